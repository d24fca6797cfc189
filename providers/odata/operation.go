package odata

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Operation is a function or an action: of the service as a whole, or of the
// entities of a set. Overloads are operations of one name.
type Operation struct {
	Namespace   string // of the container
	Name        string // of the procedure: that of the import, or Set_Name
	Wire        string // as it stands in the path
	Description string
	// Action operations may change something and are sent by POST.
	Action bool
	// Method is that of V2 and V3 services which say it: the parameters are then
	// query options. "" is GET for a function, and POST with a body for an action.
	Method string
	// Set is the one whose entity the operation is of, nil if it is of none;
	// Collection says that it is of the set as a whole.
	Set        *Set
	Collection bool
	bound      []*xmlStructured // the type that it is bound to, its base types first
	Parameters []Property       // beside the key of the entity
	Result     *Result          // nil if there is none
}

// Result is what an operation gives back.
type Result struct {
	Type  string // qualified
	Many  bool
	Plain bool // a value, not an object
	Items *Set // columns; a plain value has the one property Value
}

// operationsOf finds what the containers import, and what is bound to the types
// of their sets.
func (d *document) operationsOf(m *Model) {
	for i := range d.containers {
		c := &d.containers[i]
		for k := range c.Functions {
			d.imported(m, c, &c.Functions[k], c.Functions[k].Function, false)
		}
		for k := range c.Actions {
			d.imported(m, c, &c.Actions[k], c.Actions[k].Action, true)
		}
	}
	for _, name := range d.names {
		for _, o := range d.operations[name] {
			if o.IsBound == "true" && len(o.Parameters) > 0 {
				d.bound(m, name, o, d.actions[o])
			}
		}
	}
}

// imported adds an operation of the service. V2 and V3 describe it where they
// import it, and there it may be bound too.
func (d *document) imported(m *Model, c *container, x *xmlOperation, of string, action bool) {
	if of == "" {
		action = x.HTTPMethod != "GET" && (x.HTTPMethod != "" || x.Effects != "false")
	}
	if of == "" && x.IsBindable == "true" && len(x.Parameters) > 0 {
		// V3's way into an operation of an entity is Set(key)/Container.Name.
		d.bound(m, c.Name+"."+x.Name, x, action)
		return
	}
	for _, described := range d.described(x, of, action) {
		o := &Operation{Namespace: c.namespace, Name: x.Name, Wire: first(c.address(x.Name), x.Name), Action: action, Description: describe(x.Label, x.Summary, slices.Concat(x.Notes, described.Notes))}
		if of == "" {
			o.Method = x.HTTPMethod
		}
		d.signature(o, described, described.Parameters)
		m.operation(o)
	}
}

// described returns what V4 says of the operation that is imported, which is all
// overloads of it; V2 and V3 say it in the import itself.
func (d *document) described(x *xmlOperation, of string, action bool) []*xmlOperation {
	if of == "" {
		return []*xmlOperation{x}
	}
	var overloads []*xmlOperation
	for _, o := range d.operations[d.qualified(of)] {
		if o.IsBound != "true" && d.actions[o] == action {
			overloads = append(overloads, o)
		}
	}
	return overloads
}

// returns is the type of the result, "" if there is none.
func (x *xmlOperation) returns() string {
	if x.Return != nil {
		return x.Return.Type
	}
	return x.Returns
}

// bound adds an operation for each set that has entities of the type that it is
// bound to, or of one derived from it.
func (d *document) bound(m *Model, name string, x *xmlOperation, action bool) {
	element, many := collectionOf(x.Parameters[0].Type)
	typ := d.qualified(element)
	short := name[strings.LastIndexByte(name, '.')+1:]
	for _, s := range m.Sets {
		if !d.isA(s.Type, typ) || len(s.Key) == 0 && !many && !s.Singleton || many && s.Singleton {
			continue
		}
		o := &Operation{Namespace: s.Namespace, Name: s.Name + "_" + short, Wire: name, Action: action, Set: s, Collection: many, bound: d.chain(d.entities, typ),
			Description: describe(x.Label, x.Summary, x.Notes)}
		d.signature(o, x, x.Parameters[1:])
		m.operation(o)
	}
}

// isA says whether a type is another or derived from it.
func (d *document) isA(typ, base string) bool {
	return slices.ContainsFunc(d.chain(d.entities, typ), func(t *xmlStructured) bool { return t.qualified == base })
}

func (d *document) signature(o *Operation, x *xmlOperation, parameters []xmlProperty) {
	f := flattener{d: d, set: &Set{}, taken: map[string]int{}}
	for _, p := range parameters {
		if p.Mode == "Out" {
			continue
		}
		if _, many := collectionOf(p.Type); many || d.complexes[d.qualified(p.Type)] != nil || d.entities[d.qualified(p.Type)] != nil {
			// Objects and collections are given as the JSON text that is sent.
			o.Parameters = append(o.Parameters, Property{Path: []string{p.Name}, Column: providers.Column{
				Name: p.Name, Type: sqltypes.Of(sqltypes.JSON), Nullable: p.Nullable != "false", Description: describe(p.Label, p.Summary, p.Notes)}})
			continue
		}
		before := len(f.set.Properties)
		f.property(p, nil, false)
		o.Parameters = append(o.Parameters, f.set.Properties[before:]...)
	}
	typ := x.returns()
	if typ == "" {
		return
	}
	element, many := collectionOf(strings.TrimSpace(typ))
	r := &Result{Type: d.qualified(element), Many: many}
	switch {
	case d.entities[r.Type] != nil:
		r.Items = &Set{Type: r.Type, Name: o.Name}
		d.entity(r.Items, r.Type)
	default:
		p := xmlProperty{Name: o.Name}
		if x.Return != nil {
			p = *x.Return
			p.Name = o.Name
		}
		p.Type = r.Type
		r.Items, r.Plain = d.values(p, r.Type), d.complexes[r.Type] == nil
	}
	if len(r.Items.Properties) > 0 {
		o.Result = r
	}
}
