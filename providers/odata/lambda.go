package odata

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// lambda is a collection inside of the entities of a set, and conditions on its
// items: Orders/any(x:x/Freight gt 10), as part 2 of OData 4.0 has it in 5.1.1.10
// and part 2 of OData 3.0 in 5.1.2.3.2.
type lambda struct {
	collection *Collection
	// items are those of the collection, their properties named through the
	// variable.
	items    *Set
	variable string
	where    []providers.Predicate // over items
	// related compares the columns by which entities and items belong together.
	related fragment
}

// exists writes "the collection has an item for which all conditions are true",
// or that it has none.
//
// A condition on an item is false or unknown alike: any() then passes over the
// item, so that "not" over it meets no null.
func (r *renderer) exists(e *providers.Exists, negated bool) fragment {
	l, why := r.lambda(e)
	if why != "" {
		return none("%s", why)
	}
	out := fragment{verdict: l.related.verdict, reason: l.related.reason}
	conditions := ""
	if len(l.where) > 0 {
		inner := (&renderer{l.items, r.traits}).all(l.where, false)
		if inner.verdict != providers.Exact {
			out.verdict, out.reason = min(out.verdict, providers.Superset), first(out.reason, inner.reason)
		}
		conditions = inner.text
	}
	if out.text = l.any(conditions); negated {
		if out.verdict != providers.Exact { // it would drop entities whose items it takes for others
			return none("%s", out.reason)
		}
		out.text = "not " + out.text
	}
	return out
}

// any writes that an item passes a condition, or that there is one.
func (l *lambda) any(condition string) string {
	if condition == "" {
		return l.collection.Name + "/any()"
	}
	return l.collection.Name + "/any(" + l.variable + ":" + condition + ")"
}

// lambda finds the collection whose items a condition is about, or says why
// there is none that the server can be asked about.
func (r *renderer) lambda(e *providers.Exists) (l *lambda, why string) {
	switch {
	case r.traits.Version == V2:
		return nil, "OData V2 has no any()"
	case !r.traits.Any:
		return nil, "the server is not known to have any()"
	}
	c := r.set.collectionOf(e)
	if c == nil {
		return nil, fmt.Sprintf("no collection of %s leads to %s", r.set.Name, e.Of.Name)
	}
	if hidden := r.set.Restrictions.NonFilterable; r.set.Restrictions.NoFilter || slices.Contains(hidden, c.Name) {
		return nil, fmt.Sprintf("the metadata says that the server does not filter by %s", c.Name)
	}
	l = &lambda{collection: c, related: exact(""), variable: variable(r.set, c.Items)}
	l.items = l.through(r.set.Restrictions.NonFilterable)
	if !e.Of.View { // the items of a view have the key of their entity, whatever it is
		for _, p := range e.On {
			can := r.comparable(&r.set.Properties[p.Here.Column], providers.Eq)
			if can.verdict < l.related.verdict {
				l.related = can
			}
		}
	}
	for _, w := range e.Where {
		inner, ok := l.onItems(w)
		if !ok {
			return nil, fmt.Sprintf("%s is no condition on the items of %s alone", w, c.Name)
		}
		l.where = append(l.where, inner)
	}
	if l.related.verdict == providers.None {
		return nil, l.related.reason
	}
	return l, ""
}

// collectionOf finds the collection that leads to the rows of a set or to those of
// a view of it.
func (s *Set) collectionOf(e *providers.Exists) *Collection {
	for i := range s.Collections {
		c := &s.Collections[i]
		if len(c.Within) > 0 || c.Derived { // any() would need the name of the type
			continue
		}
		if e.Of.View && e.Of.Name == s.Name+"_"+c.Items.Name && s.byKey(e.On) ||
			c.Related && c.Target == e.Of.Name && s.along(c.Name, e.On) {
			return c
		}
	}
	return nil
}

// byKey says whether the first columns of a view are compared with the key.
func (s *Set) byKey(on []providers.Equality) bool {
	return len(on) == len(s.Key) && !slices.ContainsFunc(on, func(p providers.Equality) bool {
		return p.There.Column >= len(s.Key) || s.Key[p.There.Column].Property != p.Here.Column
	})
}

// along says whether the equalities are those of a navigation.
func (s *Set) along(navigation string, on []providers.Equality) bool {
	return slices.ContainsFunc(s.Navigations, func(n Navigation) bool {
		return n.Name == navigation && !n.Inferred && len(n.Pairs) == len(on) && !slices.ContainsFunc(on, func(p providers.Equality) bool {
			return !slices.Contains(n.Pairs, [2]string{p.Here.Name, p.There.Name})
		})
	})
}

// through returns the items with their properties behind the variable.
func (l *lambda) through(nonFilterable []string) *Set {
	items := *l.collection.Items
	items.Properties = slices.Clone(items.Properties)
	for i := range items.Properties {
		p := &items.Properties[i]
		p.NoFilter = p.NoFilter || slices.Contains(nonFilterable, l.collection.Name+"/"+p.Wire())
		if p.Path = append([]string{l.variable}, p.Path...); l.collection.Plain {
			p.Path = p.Path[:1]
		}
	}
	return &items
}

// onItems states a condition on a row in terms of the items; false if it speaks
// of more.
func (l *lambda) onItems(e providers.Expr) (providers.Expr, bool) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		clone := *e
		clone.Column = l.items.Column(e.Name)
		return &clone, clone.Column >= 0
	case *providers.Call:
		clone := *e
		clone.Args = make([]providers.Expr, len(e.Args))
		for i, a := range e.Args {
			var ok bool
			if clone.Args[i], ok = l.onItems(a); !ok {
				return nil, false
			}
		}
		return &clone, true
	case *providers.Const:
		return e, true
	}
	return nil, false
}

// variable is a name that no member of some sets has: services differ in what
// they take for meant where one does.
func variable(sets ...*Set) string {
	name := "x"
	for n := 1; slices.ContainsFunc(sets, func(s *Set) bool { return s.has(name) }); n++ {
		name = "x" + strconv.Itoa(n)
	}
	return name
}

// has says whether the entities of a set have a member of a name.
func (s *Set) has(member string) bool {
	return slices.ContainsFunc(s.Properties, func(p Property) bool { return strings.EqualFold(p.Path[0], member) }) ||
		slices.ContainsFunc(s.Navigations, func(n Navigation) bool { return strings.EqualFold(n.Name, member) }) ||
		slices.ContainsFunc(s.Collections, func(c Collection) bool { return strings.EqualFold(c.Name, member) })
}

// existsIn is the lambda condition that a predicate is, or is the negation of.
func existsIn(e providers.Expr) (x *providers.Exists, negated bool) {
	if c, ok := e.(*providers.Call); ok && c.Func == providers.Not {
		e, negated = c.Args[0], true
	}
	x, _ = e.(*providers.Exists)
	return x, negated
}
