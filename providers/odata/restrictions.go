package odata

import (
	"slices"
	"strings"
)

// Restrictions are what the metadata says that a set does not do, and what it
// does besides: the vocabularies Capabilities and Aggregation of OASIS, and the
// sap: attributes of V2. What the metadata is silent about is as the protocol
// promises. What it says of a property or a navigation is noted there.
type Restrictions struct {
	NoFilter, NoSort, NoCount, NoTop, NoSkip, NoExpand, NoSelect bool
	// FilterRequired says that a request without $filter is refused; Required
	// are the properties that $filter must have a condition on.
	FilterRequired bool
	Required       []string
	// NonFilterable are the paths of properties, navigations and what they lead to
	// that $filter must not name.
	NonFilterable []string
	// NonExpandable are the paths of navigations that $expand must not name, and
	// ExpandLevels is how many it may go along, 0 for any number.
	NonExpandable []string
	ExpandLevels  int
	// Functions are the ones that $filter knows, nil where nothing is said.
	Functions []string
	// Searchable says that $search is announced.
	Searchable bool
	// Apply is what is announced of $apply, nil if nothing is.
	Apply *ApplySupport
	// Batch says that $batch is announced.
	Batch bool
	// QuerySegment says that $query is announced, NoQuerySegment that it is said
	// not to be there.
	QuerySegment, NoQuerySegment bool
}

// demanding says that the set is not answered without a condition.
func (r *Restrictions) demanding() bool { return r.FilterRequired || len(r.Required) > 0 }

// restrict reads what is said of a set: of its container as a whole, then of
// the set itself, in its element or beside it.
func (d *document) restrict(s *Set, c *container, x xmlSet) {
	d.applySupport(s)
	for _, notes := range [...][]xmlAnnotation{c.Notes, d.notes[s.Container], d.notes[s.Container+"/"+x.Name], x.Notes} {
		for i := range notes {
			s.restriction(notes[i].Term[strings.LastIndexByte(notes[i].Term, '.')+1:], &notes[i].xmlValue)
		}
	}
	r := &s.Restrictions
	r.NoTop = r.NoTop || x.Pageable == "false" || x.Topable == "false"
	r.NoSkip = r.NoSkip || x.Pageable == "false"
	r.NoCount = r.NoCount || x.Countable == "false"
	r.FilterRequired = r.FilterRequired || x.Requires == "true"
	r.Searchable = r.Searchable || x.Searchable == "true"
}

// restriction takes one term, whatever alias the vocabulary has.
func (s *Set) restriction(term string, v *xmlValue) {
	r := &s.Restrictions
	no := func(member string) bool { return v.member(member).bool() == "false" }
	switch term {
	case "FilterRestrictions":
		r.NoFilter = r.NoFilter || no("Filterable")
		r.FilterRequired = v.member("RequiresFilter").bool() == "true"
		r.Required = append(r.Required, v.member("RequiredProperties").list()...)
		r.NonFilterable = append(r.NonFilterable, v.member("NonFilterableProperties").list()...)
		for i := range s.Properties {
			p := &s.Properties[i]
			p.NoFilter = p.NoFilter || r.NoFilter || slices.Contains(v.member("NonFilterableProperties").list(), p.Wire())
			p.EqualityOnly = p.EqualityOnly || slices.Contains(equalityOnly(v.member("FilterExpressionRestrictions")), p.Wire())
		}
	case "SortRestrictions":
		r.NoSort = r.NoSort || no("Sortable")
		unsortable := slices.Concat(v.member("NonSortableProperties").list(),
			v.member("AscendingOnlyProperties").list(), v.member("DescendingOnlyProperties").list())
		for i := range s.Properties {
			p := &s.Properties[i]
			p.NoSort = p.NoSort || r.NoSort || slices.Contains(unsortable, p.Wire())
		}
	case "ExpandRestrictions":
		levels, said := v.member("MaxLevels").number()
		r.NoExpand = r.NoExpand || no("Expandable") || said && levels == 0
		if levels > 0 { // -1 is no restriction
			r.ExpandLevels = levels
		}
		r.NonExpandable = append(r.NonExpandable, v.member("NonExpandableProperties").list()...)
		for i := range s.Navigations {
			n := &s.Navigations[i]
			n.NoExpand = n.NoExpand || r.NoExpand || slices.Contains(r.NonExpandable, n.Name)
		}
	case "TopSupported":
		r.NoTop = r.NoTop || !v.tagged()
	case "SkipSupported":
		r.NoSkip = r.NoSkip || !v.tagged()
	case "CountRestrictions":
		r.NoCount = r.NoCount || no("Countable")
	case "SelectSupport":
		r.NoSelect = r.NoSelect || no("Supported")
	case "SearchRestrictions":
		r.Searchable = !no("Searchable")
	case "FilterFunctions":
		r.Functions = v.list()
	case "ApplySupported", "ApplySupportedDefaults":
		r.Apply = r.Apply.with(v)
	case "BatchSupported":
		r.Batch = v.tagged()
	case "QuerySegmentSupported":
		r.QuerySegment, r.NoQuerySegment = v.tagged(), !v.tagged()
	case "BatchSupport":
		r.Batch = !no("Supported")
	}
}

// heed has the items of collections filtered by no more than the sets that they
// are of.
func (s *Set) heed(m *Model) {
	for i := range s.Collections {
		c := &s.Collections[i]
		target := m.Find(c.Target)
		if c.Target == "" || target == nil {
			continue
		}
		for k := range c.Items.Properties {
			p := &c.Items.Properties[k]
			if at := target.Column(p.Name); at >= 0 {
				p.NoFilter = p.NoFilter || target.Properties[at].NoFilter
				p.EqualityOnly = p.EqualityOnly || target.Properties[at].EqualityOnly
			}
		}
	}
}

// equalityOnly returns the properties whose AllowedExpressions are single or
// several values, but no ranges.
func equalityOnly(v *xmlValue) []string {
	if v.Collection == nil {
		return nil
	}
	var names []string
	for i := range v.Collection.Records {
		record := &v.Collection.Records[i]
		switch record.member("AllowedExpressions").text() {
		case "SingleValue", "MultiValue":
			property := record.member("Property")
			names = append(names, strings.TrimSpace(first(property.Path, property.PathText)))
		}
	}
	return names
}

// restricted is the service as a set of it is to be asked.
func (s *Service) restricted(set *Set) *Service {
	r, clone := &set.Restrictions, *s
	t := &clone.Traits
	t.Count = t.Count && !r.NoCount
	t.Top = t.Top && !r.NoTop
	t.Skip = t.Skip && !r.NoSkip
	t.Select = t.Select && !r.NoSelect
	t.Expand = t.Expand && !r.NoExpand
	t.OrderBy = t.OrderBy && !r.NoSort
	t.Keyset = t.Keyset && !r.NoFilter
	t.Batch = t.announced("batch", t.Batch || r.Batch)
	t.QuerySegment = t.announced("query", t.QuerySegment && !r.NoQuerySegment || r.QuerySegment)
	t.Apply = t.applies() && t.announced("apply", t.Apply || t.AnnouncedApply && r.Apply != nil)
	if r.Functions != nil {
		known := map[string]bool{}
		for name, ok := range t.Functions {
			known[name] = ok && r.announces(name)
		}
		t.Functions = known
	}
	return &clone
}

// announces says whether a function is among those that $filter knows; operators
// are not listed there.
func (r *Restrictions) announces(name string) bool {
	switch name {
	case "add", "sub", "mul", "has", "null":
		return true
	}
	return slices.Contains(r.Functions, name) || name == "contains" && slices.Contains(r.Functions, "substringof")
}
