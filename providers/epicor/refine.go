package epicor

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata"
)

// listSet is the keyless set that each service has beside those of its tables:
// what GetList shows of the primary one.
const listSet = "List"

// rowID is the column whose GUID identifies a row of a business object.
const rowID = "SysRowID"

// isView says whether a set is read-only by nature.
func isView(set *odata.Set) bool { return set.Name == listSet }

// refine adds to a service's metadata what Kinetic's naming rules tell.
func refine(m *odata.Model) {
	for _, set := range m.Sets {
		addAliases(set)
		addKey(set)
	}
	relate(m)
}

// addAliases lets a column be called by its plain name where the metadata has
// it with a 1 at its end: a column cannot be named like its entity type there,
// so that Company of table Company is Company1.
func addAliases(set *odata.Set) {
	entity := set.Type[strings.LastIndexByte(set.Type, '.')+1:]
	if c := set.Column(entity + "1"); c >= 0 && set.Column(entity) < 0 {
		set.Properties[c].Aliases = append(set.Properties[c].Aliases, entity)
	}
}

// addKey gives a set without a key the row id, by which its rows can be put in
// order and told apart.
func addKey(set *odata.Set) {
	if len(set.Key) > 0 {
		return
	}
	if c := set.Column(rowID); c >= 0 {
		set.Properties[c].Nullable = false
		set.Key = []odata.KeyPart{{Property: c, Name: rowID}}
	}
}

// relate completes the navigations from parents to children. A navigation is
// named like the child's set; its equal columns are the parent's key, which
// the child's key begins with. Spelling differs between tables: a purchase
// order is PONum in one and PONUM in the next. What the metadata does not
// declare is told as a relation, but the server would refuse to expand it.
func relate(m *odata.Model) {
	for _, child := range m.Sets {
		parent := parentOf(child, m)
		if parent == nil {
			continue
		}
		pairs := make([][2]string, len(parent.Key))
		for i, k := range parent.Key {
			pairs[i] = [2]string{parent.Properties[k.Property].Name, child.Properties[child.Key[i].Property].Name}
		}
		known := false
		for i := range parent.Navigations {
			n := &parent.Navigations[i]
			if n.Name != child.Name && n.Target != child.Name {
				continue
			}
			known = true
			if len(n.Pairs) == 0 && n.Collection {
				n.Target, n.Pairs = child.Name, pairs
			}
		}
		if !known {
			parent.Navigations = append(parent.Navigations, odata.Navigation{
				Name: child.Name, Type: child.Type, Target: child.Name, Collection: true, Nullable: true, Inferred: true, Pairs: pairs,
			})
		}
	}
}

// parentOf returns the set with the longest key that a set's key goes on from.
// A company alone is nobody's parent: half the database begins with it.
func parentOf(child *odata.Set, m *odata.Model) *odata.Set {
	var best *odata.Set
	for _, p := range m.Sets {
		if p == child || len(p.Key) < 2 || len(p.Key) >= len(child.Key) || best != nil && len(p.Key) <= len(best.Key) {
			continue
		}
		if keyBegins(child, p) {
			best = p
		}
	}
	return best
}

func keyBegins(child, parent *odata.Set) bool {
	for i, k := range parent.Key {
		a, b := &parent.Properties[k.Property], &child.Properties[child.Key[i].Property]
		if !strings.EqualFold(a.Name, b.Name) || a.Edm != b.Edm {
			return false
		}
	}
	return true
}
