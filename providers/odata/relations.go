package odata

import (
	"slices"
	"strings"
)

// navigation resolves a navigation property: V4 names the related type and
// may list equal properties; V3 and V2 name an association that does.
func (d *document) navigation(c *container, s *Set, x xmlNav) (Navigation, bool) {
	n := Navigation{Name: x.Name, Nullable: x.Nullable != "false"}
	if x.Name == "" {
		return n, false
	}
	if x.Relationship == "" {
		element, many := collectionOf(x.Type)
		n.Type, n.Collection = d.qualified(element), many
		for _, r := range x.Constraints {
			n.Pairs = append(n.Pairs, [2]string{wireColumn(r.Property), wireColumn(r.Referenced)})
		}
		return n, n.Type != ""
	}
	a := d.associations[d.qualified(x.Relationship)]
	if a == nil {
		return n, false
	}
	for _, e := range a.Ends {
		if e.Role == x.ToRole {
			n.Type, n.Collection = d.qualified(e.Type), e.Multiplicity == "*"
			n.Nullable = e.Multiplicity != "1"
		}
	}
	for _, r := range a.Constraints {
		here, there := r.Dependent, r.Principal
		if r.Principal.Role == x.FromRole && r.Dependent.Role == x.ToRole {
			here, there = there, here
		}
		if here.Role != x.FromRole || len(here.Refs) != len(there.Refs) {
			continue
		}
		for i := range here.Refs {
			n.Pairs = append(n.Pairs, [2]string{wireColumn(here.Refs[i].Name), wireColumn(there.Refs[i].Name)})
		}
	}
	for _, as := range c.AssociationSets {
		if d.qualified(as.Association) != d.qualified(x.Relationship) {
			continue
		}
		for _, e := range as.Ends {
			if e.Role == x.ToRole {
				n.Target = c.known(e.EntitySet)
			}
		}
	}
	return n, n.Type != ""
}

// navigations adds the navigation properties of a set's type, and says which of
// them contain entities.
func (d *document) navigations(c *container, s *Set) (contained map[string]bool) {
	contained = map[string]bool{}
	for _, t := range d.chain(d.entities, s.Type) {
		for _, x := range t.Navigations {
			if n, ok := d.navigation(c, s, x); ok {
				contained[n.Name] = x.Contains == "true"
				s.Navigations = append(s.Navigations, n)
			}
		}
	}
	for _, t := range d.below(d.entities, s.Type) {
		for _, x := range t.Navigations {
			if n, ok := d.navigation(c, s, x); ok {
				n.Inferred = true // $expand would need the name of the type
				s.Navigations = append(s.Navigations, n)
			}
		}
	}
	return contained
}

// bind notes the sets that navigations lead to. within is the path of the
// entities that have them, as "Trips/"; "" for those of the set itself.
func (s *Set) bind(c *container, bindings []xmlBinding, within string) {
	for _, b := range bindings {
		// A path may name derived types; a target in another container is written
		// Container/Set.
		steps := slices.DeleteFunc(strings.Split(b.Path, "/"), func(step string) bool { return strings.Contains(step, ".") })
		path := strings.Join(steps, "/")
		for i := range s.Navigations {
			if path == within+s.Navigations[i].Name {
				s.Navigations[i].Target = c.known(b.Target[strings.LastIndexByte(b.Target, '/')+1:])
			}
		}
	}
}

// wireColumn is the column name of a property path.
func wireColumn(path string) string { return strings.ReplaceAll(path, "/", "_") }

// link completes the navigations of a model: the equal properties that only
// the partner at the other end lists, and the target where one set alone has
// the related type. It returns the sets by their type.
func (d *document) link(m *Model) (byType map[string][]*Set) {
	byType = map[string][]*Set{}
	for _, s := range m.Sets {
		if !s.Singleton {
			byType[s.Type] = append(byType[s.Type], s)
		}
	}
	for _, s := range m.Sets {
		partners := d.partners(s)
		for i := range s.Navigations {
			n := &s.Navigations[i]
			if n.Target == "" && len(byType[n.Type]) == 1 && !s.contains(n.Name) {
				n.Target = byType[n.Type][0].Name
			}
			if len(n.Pairs) == 0 && partners[n.Name] != "" {
				n.Pairs = d.mirrored(n.Type, partners[n.Name])
			}
			n.Pairs = known(n.Pairs, s, m.Find(n.Target))
		}
		s.aim()
		s.heed(m)
	}
	return byType
}

// aim tells the collections of related entities their set.
func (s *Set) aim() {
	for i := range s.Collections {
		c := &s.Collections[i]
		for _, n := range s.Navigations {
			if c.Related && n.Name == c.Name {
				c.Target = n.Target
			}
		}
	}
}

// contains says that a navigation leads to entities that exist within those of
// the set alone.
func (s *Set) contains(navigation string) bool {
	return slices.ContainsFunc(s.Collections, func(c Collection) bool { return c.Contained && c.Name == navigation })
}

// partners returns the Partner of each navigation of a set's type.
func (d *document) partners(s *Set) map[string]string {
	partners := map[string]string{}
	for _, t := range d.chain(d.entities, s.Type) {
		for _, n := range t.Navigations {
			if n.Partner != "" {
				partners[n.Name] = n.Partner
			}
		}
	}
	return partners
}

// mirrored returns the equal properties of a navigation of another type, with
// the sides exchanged.
func (d *document) mirrored(typ, navigation string) [][2]string {
	var pairs [][2]string
	for _, t := range d.chain(d.entities, typ) {
		for _, n := range t.Navigations {
			if n.Name != navigation {
				continue
			}
			for _, r := range n.Constraints {
				pairs = append(pairs, [2]string{wireColumn(r.Referenced), wireColumn(r.Property)})
			}
		}
	}
	return pairs
}

// known drops all pairs when one names a column that is not there: a relation
// by some of its columns would be another one.
func known(pairs [][2]string, here, there *Set) [][2]string {
	for _, p := range pairs {
		if here.Column(p[0]) < 0 || there != nil && there.Column(p[1]) < 0 {
			return nil
		}
	}
	return pairs
}
