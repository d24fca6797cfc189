package odata

import "slices"

// maxCollectionDepth is how many collections may lie within each other in a
// view. maxNestedCollections bounds those of one set that lie in others: types
// may contain each other, and what is nearer to the set is looked for more often.
const (
	maxCollectionDepth   = 4
	maxNestedCollections = 200
)

// branch is a collection whose items may have collections.
type branch struct {
	collection *Collection
	path       string   // of the items, from the set on: "Trips/"
	types      []string // of the set and of all items on the way
}

// nest finds the collections inside of the items of a set's collections, level
// by level. Entities that are a set's own are not entered, since that set has
// their collections, nor are types that lie on the way already.
func (d *document) nest(p placed, byType map[string][]*Set) {
	level := p.branches(branch{types: []string{p.set.Type}}, p.set.Collections)
	left := maxNestedCollections
	for depth := 2; depth <= maxCollectionDepth && left > 0; depth++ {
		var deeper []branch
		for _, b := range level {
			items := b.collection.Items
			d.inside(p, b, byType)
			items.Collections = items.Collections[:min(left, len(items.Collections))]
			left -= len(items.Collections)
			deeper = append(deeper, p.branches(b, items.Collections)...)
		}
		level = deeper
	}
}

// branches returns those of some collections that are to be entered.
func (p placed) branches(above branch, collections []Collection) []branch {
	var out []branch
	for i := range collections {
		c := &collections[i]
		if !c.Plain && c.Target == "" && !slices.Contains(above.types, c.Type) {
			out = append(out, branch{c, above.path + c.path() + "/", append(slices.Clone(above.types), c.Type)})
		}
	}
	return out
}

// inside adds the collections of the items of a collection.
func (d *document) inside(p placed, b branch, byType map[string][]*Set) {
	items := b.collection.Items
	contained := d.navigations(p.container, items)
	items.bind(p.container, p.element.Bindings, b.path)
	for i := range items.Navigations {
		n := &items.Navigations[i]
		if n.Target == "" && !contained[n.Name] && len(byType[n.Type]) == 1 {
			n.Target = byType[n.Type][0].Name
		}
	}
	d.collections(items, contained)
	items.aim()
}
