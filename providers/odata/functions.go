package odata

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// functionsOf resolves the function imports of a container. V4 imports an
// unbound function, of whose overloads the first is taken; V3 and V2 declare all
// of it in the import.
func (d *document) functionsOf(c *container) []*Function {
	var out []*Function
	for i := range c.Functions {
		x := &c.Functions[i]
		overloads := d.described(x, x.Function, false)
		if len(overloads) == 0 {
			continue
		}
		returns, parameters := overloads[0].returns(), overloads[0].Parameters
		element, many := collectionOf(strings.TrimSpace(returns))
		f := &Function{Name: x.Name, Set: x.EntitySet[strings.LastIndexByte(x.EntitySet, '/')+1:], Type: d.qualified(element), Collection: many}
		for _, p := range parameters {
			if property, ok := d.parameter(p); ok {
				f.Parameters = append(f.Parameters, property)
			}
		}
		if x.Name != "" && len(f.Parameters) == len(parameters) {
			out = append(out, f)
		}
	}
	return out
}

// parameter is a parameter of a function; ok is false if it takes more than one
// plain value.
func (d *document) parameter(x xmlProperty) (Property, bool) {
	typ := d.qualified(strings.TrimSpace(x.Type))
	if def := d.definitions[typ]; def != nil {
		typ = def.Underlying
	}
	p := Property{Path: []string{x.Name}, Edm: typ, Column: providers.Column{Name: x.Name, Nullable: x.Nullable != "false"}}
	if _, plain := edmKinds[typ]; !plain || x.Name == "" {
		return p, false
	}
	var ok bool
	p.Type, ok = sqlType(typ, x)
	return p, ok
}

// call writes the address of a function import with the values of its
// parameters, which V4 takes by aliases (OData 4.0 part 2, section 5.3.1), and
// V3 and V2 among the query options.
func (p *planner) call() error {
	t := &p.t.svc.Traits
	path := escape(p.t.call, false)
	if t.Version != V4 {
		p.scan.path = path
		return nil
	}
	var names []string
	for c := range p.t.set.Properties {
		prop := &p.t.set.Properties[c]
		values := p.inputs[c]
		if !prop.Input || len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return &providers.Error{Kind: providers.KindParameter, Message: prop.Name + " of " + p.t.info.Name + " takes one value"}
		}
		text, err := t.literal(prop, values[0])
		if err != nil {
			return &providers.Error{Kind: providers.KindParameter, Message: prop.Name + " of " + p.t.info.Name + ": " + err.Error(), Err: err}
		}
		alias := "@" + prop.Path[0]
		names = append(names, escape(prop.Path[0], false)+"="+alias)
		p.scan.options = append(p.scan.options, option{alias, text})
	}
	p.scan.path = path + "(" + strings.Join(names, ",") + ")"
	return nil
}
