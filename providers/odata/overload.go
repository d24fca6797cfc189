package odata

import (
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Overloads of one name are one procedure, which has the parameters of all. A
// call is of the overload that has the parameters that it gives: CSDL tells
// overloads apart by the set of their names (OData 4.01 CSDL, sections 12.2 and
// 12.4). What is written the same but means something else, since a
// parameter has another type or the operation another address, is a procedure of
// its own, Name_2.

// overload is one form of a procedure.
type overload struct {
	op       *Operation
	keys     int    // the first parameters are the key of the entity
	at       []int  // where its parameters stand among the procedure's
	required []bool // of each
}

// operation adds an operation to those of its name.
func (m *Model) operation(o *Operation) {
	if o.Name == "" {
		return
	}
	name := o.Name
	for n := 2; ; n++ {
		var there []*Operation
		for i, other := range m.Operations {
			if other.Namespace != o.Namespace || !strings.EqualFold(other.Name, o.Name) {
				continue
			}
			if o.replaces(other) {
				m.Operations[i] = o
			}
			if o.callsLike(other) {
				return
			}
			there = append(there, other)
		}
		if !slices.ContainsFunc(there, func(other *Operation) bool { return !o.goesWith(other) }) {
			m.Operations = append(m.Operations, o)
			return
		}
		o.Name = name + "_" + strconv.Itoa(n)
	}
}

// callsLike says that a call of two operations is the same request, so that the
// service chooses: by the type of the entity, for one.
func (o *Operation) callsLike(other *Operation) bool {
	mine, _ := o.arguments()
	theirs, _ := other.arguments()
	return o.goesWith(other) && len(mine) == len(theirs) && !slices.ContainsFunc(mine, func(p providers.Parameter) bool { return parameter(theirs, p.Name) < 0 })
}

// replaces says that the service calls this operation where a call names another
// one too, since it is bound to a type that is derived from the other's.
func (o *Operation) replaces(other *Operation) bool {
	return o.callsLike(other) && len(o.bound) > len(other.bound)
}

// goesWith says that two operations can be overloads of one procedure.
func (o *Operation) goesWith(other *Operation) bool {
	if o.Wire != other.Wire || o.Action != other.Action || o.Method != other.Method {
		return false
	}
	theirs, _ := other.arguments()
	mine, _ := o.arguments()
	for i := range mine {
		if at := parameter(theirs, mine[i].Name); at >= 0 && theirs[at].Type != mine[i].Type {
			return false
		}
	}
	return true
}

// arguments are the parameters that a call gives: the key of the entity, which
// are the first so many, and the operation's own.
func (o *Operation) arguments() (parameters []providers.Parameter, keys int) {
	taken := func(name string) bool {
		return slices.ContainsFunc(o.Parameters, func(q Property) bool { return strings.EqualFold(q.Name, name) })
	}
	if o.Set != nil && !o.Set.Singleton && !o.Collection {
		for _, k := range o.Set.Key {
			c := o.Set.Properties[k.Property].Column
			if taken(c.Name) {
				c.Name = o.Set.Name + "_" + c.Name
			}
			parameters = append(parameters, providers.Parameter{Name: c.Name, Type: c.Type, Required: true, Description: "key of the row of " + o.Set.Name})
			keys++
		}
	}
	for i := range o.Parameters {
		c := &o.Parameters[i].Column
		// A text may be empty without being left out.
		required := !c.Nullable && c.Type.Kind != sqltypes.Varchar
		parameters = append(parameters, providers.Parameter{Name: c.Name, Type: c.Type, Required: required, Description: c.Description})
	}
	return parameters, keys
}

func (o *Operation) results() []providers.Column {
	if o.Result == nil {
		return nil
	}
	var columns []providers.Column
	for i := range o.Result.Items.Properties {
		columns = append(columns, o.Result.Items.Properties[i].Column)
	}
	return columns
}

// add adds an overload. Only what all of them require is required, and the columns
// are told before a call only if all have the same.
func (p *Procedure) add(o *Operation) {
	f := &overload{op: o}
	parameters, keys := o.arguments()
	f.keys = keys
	before, first := p.info.Parameters, len(p.overloads) == 0
	for i, q := range parameters {
		f.required = append(f.required, i < keys || !o.Parameters[i-keys].Nullable)
		at := parameter(p.info.Parameters, q.Name)
		if at < 0 {
			at = len(p.info.Parameters)
			q.Required = q.Required && first
			p.info.Parameters = append(p.info.Parameters, q)
		}
		p.info.Parameters[at].Required = p.info.Parameters[at].Required && q.Required
		f.at = append(f.at, at)
	}
	for i := range before {
		p.info.Parameters[i].Required = p.info.Parameters[i].Required && slices.Contains(f.at, i)
	}
	same := func(a, b providers.Column) bool {
		return a.Name == b.Name && a.Type == b.Type && a.Nullable == b.Nullable
	}
	if !slices.EqualFunc(p.info.Results, o.results(), same) {
		p.info.Results = nil
	}
	p.overloads = append(p.overloads, f)
}

// parameter finds a parameter by its name.
func parameter(parameters []providers.Parameter, name string) int {
	return slices.IndexFunc(parameters, func(p providers.Parameter) bool { return strings.EqualFold(p.Name, name) })
}

// overload finds the overload that a call is of, and the arguments in the order of
// its parameters: one that has all parameters which are given, is given those that
// it requires, and leaves the fewest NULL.
func (p *Procedure) overload(args []sqltypes.Value) (*overload, []sqltypes.Value, error) {
	var fits []*overload
	for _, o := range p.overloads {
		if len(p.overloads) > 1 && !o.takes(args) {
			continue
		}
		if len(fits) > 0 && len(o.at) < len(fits[0].at) {
			fits = nil
		}
		if len(fits) == 0 || len(o.at) == len(fits[0].at) {
			fits = append(fits, o)
		}
	}
	if len(fits) != 1 {
		return nil, nil, p.undecided(len(fits))
	}
	own := make([]sqltypes.Value, 0, len(fits[0].at))
	for _, at := range fits[0].at {
		own = append(own, args[at])
	}
	return fits[0], own, nil
}

// takes says whether an overload has all parameters that are given, and is given
// all that it requires.
func (o *overload) takes(args []sqltypes.Value) bool {
	for i, v := range args {
		at := slices.Index(o.at, i)
		null := v.Null || v.Kind == sqltypes.Null
		if !null && at < 0 || null && at >= 0 && o.required[at] {
			return false
		}
	}
	return true
}

// undecided says which parameters the overloads take.
func (p *Procedure) undecided(fitting int) error {
	var forms []string
	for _, o := range p.overloads {
		var names []string
		for _, at := range o.at {
			names = append(names, p.info.Parameters[at].Name)
		}
		forms = append(forms, "("+strings.Join(names, ", ")+")")
	}
	why := "what is given fits none of them"
	if fitting > 1 {
		why = "what is given fits more than one of them"
	}
	return &providers.Error{Kind: providers.KindParameter, Message: p.info.Name + " takes " + strings.Join(forms, " or ") + ": " + why + ", where NULL is not given"}
}
