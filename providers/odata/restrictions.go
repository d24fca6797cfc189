package odata

import (
	"slices"
	"strings"
)

// Restrictions are what annotations of the Capabilities vocabulary say that a
// set does not take. What they do not say a service is expected to do.
type Restrictions struct {
	NoFilter, NoSort, NoCount, NoTop, NoSkip, NoExpand bool
}

// restrict reads the annotations of a set, whatever alias the vocabulary has.
func (s *Set) restrict(notes []xmlAnnotation) {
	r := &s.Restrictions
	for _, n := range notes {
		switch n.Term[strings.LastIndexByte(n.Term, '.')+1:] {
		case "TopSupported":
			r.NoTop = r.NoTop || no(n.Bool, n.Truth)
		case "SkipSupported":
			r.NoSkip = r.NoSkip || no(n.Bool, n.Truth)
		case "CountRestrictions":
			r.NoCount = r.NoCount || n.denies("Countable")
		case "ExpandRestrictions":
			r.NoExpand = r.NoExpand || n.denies("Expandable")
			for i := range s.Navigations {
				nav := &s.Navigations[i]
				nav.NoExpand = nav.NoExpand || r.NoExpand || slices.Contains(n.links("NonExpandableProperties"), nav.Name)
			}
		case "FilterRestrictions":
			r.NoFilter = r.NoFilter || n.denies("Filterable")
			for i := range s.Properties {
				p := &s.Properties[i]
				p.NoFilter = p.NoFilter || r.NoFilter || slices.Contains(n.paths("NonFilterableProperties"), p.Wire())
			}
		case "SortRestrictions":
			r.NoSort = r.NoSort || n.denies("Sortable")
			for i := range s.Properties {
				p := &s.Properties[i]
				p.NoSort = p.NoSort || r.NoSort || slices.Contains(n.paths("NonSortableProperties"), p.Wire())
			}
		}
	}
}

// no says that a truth value, which has two ways to be written and true for its
// default, is false.
func no(attribute, element string) bool {
	return strings.TrimSpace(first(attribute, element)) == "false"
}

func (n *xmlAnnotation) value(property string) *xmlPropertyValue {
	for i := range n.Values {
		if n.Values[i].Property == property {
			return &n.Values[i]
		}
	}
	return &xmlPropertyValue{}
}

func (n *xmlAnnotation) denies(property string) bool {
	v := n.value(property)
	return no(v.Bool, v.Truth)
}

func (n *xmlAnnotation) paths(property string) []string { return trimmed(n.value(property).Paths) }

func (n *xmlAnnotation) links(property string) []string { return trimmed(n.value(property).Links) }

func trimmed(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strings.TrimSpace(t)
	}
	return out
}

// target is the target of annotations, its schema's alias replaced.
func (d *document) target(name string) string {
	path, member, found := strings.Cut(name, "/")
	if path = d.qualified(path); !found {
		return path
	}
	return path + "/" + member
}

// restricted is the service as a set of it is to be asked.
func (s *Service) restricted(set *Set) *Service {
	r := set.Restrictions
	if r == (Restrictions{}) {
		return s
	}
	clone := *s
	t := &clone.Traits
	t.Count = t.Count && !r.NoCount
	t.Top = t.Top && !r.NoTop
	t.Skip = t.Skip && !r.NoSkip
	t.Expand = t.Expand && !r.NoExpand
	t.OrderBy = t.OrderBy && !r.NoSort
	t.Keyset = t.Keyset && !r.NoFilter
	return &clone
}
