package sage200

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// document is an OpenAPI document, as far as tables are made of it: Swagger 2.0,
// in which the vendor publishes them, and OpenAPI 3.0.
type document struct {
	Swagger, OpenAPI string
	Paths            map[string]struct{ Get, Post, Put, Delete *operation }
	Definitions      map[string]*schema
	Components       struct{ Schemas map[string]*schema }
}

type operation struct {
	Responses map[string]struct {
		Schema  *schema
		Content map[string]struct{ Schema *schema }
	}
}

// schema is a JSON Schema.
type schema struct {
	Ref                       string `json:"$ref"`
	Type, Format, Description string
	MaxLength                 int
	ReadOnly                  bool
	Enum                      []json.RawMessage
	Properties                members
	Items                     *schema
}

// members are the properties of a schema in the order of the document.
type members []member

type member struct {
	name   string
	schema *schema
}

// UnmarshalJSON keeps the order, which a map would lose.
func (m *members) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("properties are no object: %v", cmp.Or[any](err, t))
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var s schema
		if err := d.Decode(&s); err != nil {
			return err
		}
		*m = append(*m, member{name.(string), &s})
	}
	return nil
}

// readOpenAPI returns the resources of a document: every path that answers GET
// with an array of objects. A collection under a row of another one is a table
// only if it cannot be read by itself: what is listed for one customer is the
// whole list filtered.
func readOpenAPI(text []byte) ([]resource, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	if d.Swagger == "" && d.OpenAPI == "" || len(d.Paths) == 0 {
		return nil, fmt.Errorf("no OpenAPI document: it has no swagger or openapi version, or no paths")
	}
	if d.Definitions == nil {
		d.Definitions = d.Components.Schemas
	}
	found := map[string]*resource{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		r := d.collection(path)
		if r == nil {
			continue
		}
		if before := found[r.name]; before == nil || len(r.inputs()) < len(before.inputs()) {
			found[r.name] = r
		}
	}
	var list []resource
	for _, name := range slices.Sorted(maps.Keys(found)) {
		list = append(list, *found[name])
	}
	return list, nil
}

// collection makes the resource of a path, nil if no rows are listed there.
func (d *document) collection(path string) *resource {
	item := d.Paths[path]
	row := d.rowOf(item.Get)
	path = strings.Trim(path, "/")
	name := path[strings.LastIndexByte(path, '/')+1:]
	if row == nil || !plausible.MatchString(name) {
		return nil
	}
	r := &resource{
		name: name, path: snakeInputs(path), writable: item.Post != nil,
		description: plainText(row.Description), fields: d.fields(row, nil),
	}
	for p, other := range d.Paths {
		// A row of the collection, whatever its parameter is called; or of the same
		// collection where it lies at the top.
		of, parameter, nested := cutLast(strings.Trim(p, "/"))
		if nested && strings.HasPrefix(parameter, "{") && (of == path || of == name) {
			r.byID = r.byID || other.Get != nil
			r.writable = r.writable || other.Put != nil || other.Delete != nil
		}
	}
	return r
}

// cutLast cuts a path before its last segment.
func cutLast(path string) (before, last string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// rowOf returns the type of the rows that an operation answers with, nil if it
// answers with something else.
func (d *document) rowOf(o *operation) *schema {
	if o == nil {
		return nil
	}
	ok := o.Responses["200"]
	s := ok.Schema
	for _, c := range ok.Content {
		s = cmp.Or(s, c.Schema)
	}
	if s == nil || s.Type != "array" || s.Items == nil {
		return nil
	}
	return d.resolve(s.Items)
}

// resolve follows a reference within the document.
func (d *document) resolve(s *schema) *schema {
	if s == nil || s.Ref == "" {
		return s
	}
	target := d.Definitions[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	if target == nil || target.Ref != "" {
		return nil
	}
	return target
}

// fields lists the members of an object; types are those that it lies in, since
// an order's lines may have their order.
func (d *document) fields(s *schema, types []*schema) []field {
	if s == nil || len(types) > maxDepth || slices.Contains(types, s) {
		return nil
	}
	types = append(slices.Clone(types), s)
	var fields []field
	for _, m := range s.Properties {
		own := m.schema
		if !isName(m.name) {
			continue
		}
		t := d.resolve(own)
		if t == nil {
			t = &schema{Type: "object"}
		}
		f := field{Name: m.name, Type: t.Type, Format: t.Format, Description: plainText(own.Description), MaxLength: t.MaxLength, ReadOnly: own.ReadOnly}
		switch {
		case f.isArray():
			f.Members = d.fields(d.resolve(t.Items), types)
		case f.isObject() || len(t.Properties) > 0:
			f.Type = "object"
			f.Members = d.fields(t, types)
		case t.Type == "string" && len(t.Enum) > 0:
			f.Type = "enum"
		}
		fields = append(fields, f)
	}
	return fields
}

// snakeInputs writes the parameters of a path as columns are written:
// {sopOrderId} becomes {sop_order_id}.
func snakeInputs(path string) string {
	return pathInput.ReplaceAllStringFunc(path, func(name string) string {
		var b strings.Builder
		for i, c := range name {
			if c >= 'A' && c <= 'Z' {
				if i > 1 {
					b.WriteByte('_')
				}
				c += 'a' - 'A'
			}
			b.WriteRune(c)
		}
		return b.String()
	})
}

// plainText takes the line breaks of HTML out of a description.
func plainText(s string) string {
	for _, tag := range [...]string{"<br />", "<br/>", "<br>"} {
		s = strings.ReplaceAll(s, tag, " ")
	}
	return oneLine(s)
}
