package odata

import (
	"strconv"
	"strings"
)

// The elements of annotations. V4 writes a value as an attribute or as an
// element, whichever its author likes.
type (
	xmlAnnotations struct {
		Notes []xmlAnnotation `xml:"Annotation"`
	}
	xmlAnnotation struct {
		Term string `xml:"Term,attr"`
		xmlValue
	}
	xmlValue struct {
		String     string         `xml:"String,attr"`
		Bool       string         `xml:"Bool,attr"`
		Path       string         `xml:"PropertyPath,attr"`
		Text       string         `xml:"String"`
		BoolText   string         `xml:"Bool"`
		Int        string         `xml:"Int,attr"`
		IntText    string         `xml:"Int"`
		PathText   string         `xml:"PropertyPath"`
		AnyPath    string         `xml:"AnyPropertyPath"`
		Record     *xmlRecord     `xml:"Record"`
		Collection *xmlCollection `xml:"Collection"`
	}
	xmlRecord struct {
		Values []xmlPropertyValue `xml:"PropertyValue"`
	}
	xmlPropertyValue struct {
		Property string `xml:"Property,attr"`
		xmlValue
	}
	xmlCollection struct {
		Strings     []string    `xml:"String"`
		Paths       []string    `xml:"PropertyPath"`
		AnyPaths    []string    `xml:"AnyPropertyPath"`
		Navigations []string    `xml:"NavigationPropertyPath"`
		Records     []xmlRecord `xml:"Record"`
	}
	// The attributes that SAP's V2 services put beside a property and a set.
	sapFilter struct {
		Filterable  string `xml:"filterable,attr"`
		Sortable    string `xml:"sortable,attr"`
		Required    string `xml:"required-in-filter,attr"`
		Restriction string `xml:"filter-restriction,attr"`
	}
	sapSet struct {
		Searchable string `xml:"searchable,attr"`
		Pageable   string `xml:"pageable,attr"`
		Topable    string `xml:"topable,attr"`
		Countable  string `xml:"countable,attr"`
		Requires   string `xml:"requires-filter,attr"`
	}
)

func (v *xmlValue) text() string { return strings.TrimSpace(first(v.String, v.Text)) }

func (v *xmlValue) bool() string { return strings.TrimSpace(first(v.Bool, v.BoolText)) }

// number reads a whole number; ok is false where there is none.
func (v *xmlValue) number() (n int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(first(v.Int, v.IntText)))
	return n, err == nil
}

// tagged reads a term that is a mere tag: true unless it says false.
func (v *xmlValue) tagged() bool { return v.bool() != "false" }

// member returns a member of the record that an annotation holds, an empty one
// where it is missing.
func (v *xmlValue) member(name string) *xmlValue {
	if v.Record == nil {
		return &xmlValue{}
	}
	return v.Record.member(name)
}

func (r *xmlRecord) member(name string) *xmlValue {
	for i := range r.Values {
		if r.Values[i].Property == name {
			return &r.Values[i].xmlValue
		}
	}
	return &xmlValue{}
}

// list returns the texts and paths of a collection.
func (v *xmlValue) list() []string {
	if v.Collection == nil {
		return nil
	}
	c := v.Collection
	var out []string
	for _, group := range [...][]string{c.Strings, c.Paths, c.AnyPaths, c.Navigations} {
		for _, s := range group {
			out = append(out, strings.TrimSpace(s))
		}
	}
	return out
}

// describe returns the first text that says what something is.
func describe(label, summary string, notes []xmlAnnotation) string {
	for i := range notes {
		if strings.HasSuffix(notes[i].Term, ".Description") {
			return notes[i].text()
		}
	}
	return first(label, strings.TrimSpace(summary))
}

// tagged says that a term that is a mere tag is among annotations.
func tagged(notes []xmlAnnotation, term string) bool {
	for i := range notes {
		if strings.HasSuffix(notes[i].Term, "."+term) {
			return notes[i].tagged()
		}
	}
	return false
}

// computed says that the server makes up a property's value.
func computed(notes []xmlAnnotation) bool { return tagged(notes, "Computed") }
