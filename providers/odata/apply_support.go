package odata

import (
	"slices"
	"strings"
)

// applies says whether a service may know $apply at all: V4 alone has it (OData Data
// Aggregation 4.0), and its answer has the form of a page of JSON.
func (t *Traits) applies() bool {
	return t.Version == V4 && !t.Bare && t.Format == Light
}

// ApplySupport is what the metadata say of $apply: the terms ApplySupported and
// ApplySupportedDefaults of the vocabulary Org.OData.Aggregation.V1. A list that
// is nil leaves everything open.
type ApplySupport struct {
	Transformations []string
	// Restricted says that only properties which are tagged, or listed here, may
	// be grouped by and aggregated.
	Restricted   bool
	Groupable    []string
	Aggregatable []AggregatableProperty
}

// AggregatableProperty is a property with the methods that aggregate it, nil for
// all of them.
type AggregatableProperty struct {
	Path    string
	Methods []string
}

// with adds a term. What a set's own says replaces what is said for all, member
// by member.
func (a *ApplySupport) with(v *xmlValue) *ApplySupport {
	out := ApplySupport{}
	if a != nil {
		out = *a
	}
	if list := v.member("Transformations").list(); len(list) > 0 {
		out.Transformations = list
	}
	if list := v.member("GroupableProperties").list(); len(list) > 0 {
		out.Groupable = list
	}
	if said := v.member("PropertyRestrictions").bool(); said != "" {
		out.Restricted = said == "true"
	}
	if c := v.member("AggregatableProperties").Collection; c != nil && len(c.Records) > 0 {
		out.Aggregatable = nil
		for i := range c.Records {
			property := c.Records[i].member("Property")
			out.Aggregatable = append(out.Aggregatable, AggregatableProperty{
				Path: strings.TrimSpace(first(property.Path, first(property.PathText, property.AnyPath))), Methods: c.Records[i].member("SupportedAggregationMethods").list()})
		}
	}
	return &out
}

// applySupport reads what is said of the set's type: V1.0 of the vocabulary puts
// ApplySupported there.
func (d *document) applySupport(s *Set) {
	for _, t := range d.chain(d.entities, s.Type) {
		for _, notes := range [...][]xmlAnnotation{t.Notes, d.notes[t.qualified]} {
			for i := range notes {
				if strings.HasSuffix(notes[i].Term, ".ApplySupported") {
					s.restriction("ApplySupported", &notes[i].xmlValue)
				}
			}
		}
	}
}

// transforms says whether a transformation may be asked for.
func (a *ApplySupport) transforms(name string) bool {
	return a == nil || a.Transformations == nil || slices.Contains(a.Transformations, name)
}

func (a *ApplySupport) groups(p *Property) bool {
	switch {
	case a == nil:
		return true
	case a.Groupable != nil:
		return slices.Contains(a.Groupable, p.Wire())
	}
	return !a.Restricted || p.Groupable
}

func (a *ApplySupport) aggregates(p *Property, method string) bool {
	switch {
	case a == nil:
		return true
	case a.Aggregatable != nil:
		return slices.ContainsFunc(a.Aggregatable, func(x AggregatableProperty) bool {
			return x.Path == p.Wire() && (x.Methods == nil || slices.Contains(x.Methods, method))
		})
	}
	return !a.Restricted || p.Aggregatable
}
