package odata

import (
	"slices"
	"strings"
)

// valueCollections finds the collections of complex and plain values of the
// entities of a set, or of complex values: their own, those of derived types, and
// those within their complex values.
func (d *document) valueCollections(s *Set) {
	types := d.entities
	if d.entities[s.Type] == nil {
		types = d.complexes
	}
	g := gatherer{d: d, set: s, first: len(s.Collections), around: []string{s.Type}}
	g.members(d.chain(types, s.Type))
	g.derived = true
	g.members(d.below(types, s.Type))
	s.Collections = slices.DeleteFunc(s.Collections, func(c Collection) bool { return c.Derived && slices.Contains(g.clashing, c.path()) })
}

// gatherer adds collections of values to a set.
type gatherer struct {
	d     *document
	set   *Set
	first int // of those that are added

	within  []string // the complex values around
	around  []string // their types
	derived bool
	// clashing are the paths that derived types use for different things: the name
	// in the answer does not tell which one it is.
	clashing []string
}

func (g *gatherer) members(types []*xmlStructured) {
	for _, t := range types {
		for _, x := range t.Properties {
			element, many := collectionOf(strings.TrimSpace(x.Type))
			typ := g.d.qualified(element)
			switch {
			case x.Name == "":
			case many:
				g.add(x, typ)
			case g.d.complexes[typ] != nil && len(g.within)+1 < maxComplexDepth && !slices.Contains(g.around, typ):
				g.enter(x.Name, typ)
			}
		}
	}
}

// enter adds the collections within a complex value.
func (g *gatherer) enter(name, typ string) {
	outer := *g
	g.within, g.around = append(slices.Clone(g.within), name), append(slices.Clone(g.around), typ)
	g.members(g.d.chain(g.d.complexes, typ))
	g.derived = true
	g.members(g.d.below(g.d.complexes, typ))
	g.within, g.around, g.derived = outer.within, outer.around, outer.derived
}

func (g *gatherer) add(x xmlProperty, typ string) {
	d, s := g.d, g.set
	if len(g.within) > 0 && len(s.Collections) >= maxNestedCollections {
		return
	}
	c := Collection{Name: x.Name, Within: g.within, Derived: g.derived, Type: typ}
	for i := g.first; i < len(s.Collections) && g.derived; i++ {
		if twin := &s.Collections[i]; twin.path() == c.path() {
			if twin.Type != typ {
				g.clashing = append(g.clashing, c.path())
			}
			return
		}
	}
	c.Items, c.Plain = d.values(x, typ), d.complexes[typ] == nil
	c.Items.Name = strings.Join(append(slices.Clone(c.Within), c.Name), "_")
	if len(c.Items.Properties) > 0 {
		s.Collections = append(s.Collections, c)
	}
}

// path is how a request names the collection.
func (c *Collection) path() string {
	return strings.Join(append(slices.Clone(c.Within), c.Name), "/")
}
