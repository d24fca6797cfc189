package sage200test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// schema is a JSON Schema of an OpenAPI document.
type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Format     string
	MaxLength  int
	Properties map[string]*schema
	Items      *schema
}

// documentRows is how many rows a resource of a document has.
const documentRows = 25

// documentResources makes resources of the collections of a Swagger 2.0 document.
func documentResources(text []byte) ([]*resource, error) {
	var doc struct {
		Swagger string
		Paths   map[string]map[string]json.RawMessage
		Defs    map[string]*schema `json:"definitions"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if doc.Swagger == "" || len(doc.Paths) == 0 {
		return nil, fmt.Errorf("no Swagger document")
	}
	var list []*resource
	for _, path := range sortedKeys(doc.Paths) {
		item := doc.Paths[path]
		var get struct {
			Responses map[string]struct{ Schema *schema }
		}
		if item["get"] == nil || json.Unmarshal(item["get"], &get) != nil {
			continue
		}
		answer := get.Responses["200"].Schema
		if answer == nil || answer.Type != "array" || answer.Items == nil {
			continue
		}
		path = strings.Trim(path, "/")
		name := path[strings.LastIndexByte(path, '/')+1:]
		if under, _, ok := strings.Cut(path, "/"); ok && (doc.Paths["/"+name]["get"] != nil || doc.Paths["/"+under]["get"] == nil) {
			continue // the whole list is there too
		}
		r := &resource{name: name, path: name, verbs: "L", rows: documentRows}
		if parts := strings.Split(path, "/"); len(parts) == 3 {
			r.path = parts[0] + "/{" + strings.TrimSuffix(parts[0], "s") + "_id}/" + name
		}
		if doc.Paths["/"+path+"/{Id}"] != nil || doc.Paths["/"+name+"/{Id}"] != nil {
			r.verbs += "I"
		}
		lists := r.fill(resolve(doc.Defs, answer.Items), doc.Defs)
		list = append(list, r)
		list = append(list, lists...)
	}
	return list, nil
}

func resolve(all map[string]*schema, s *schema) *schema {
	if s.Ref != "" {
		if t := all[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]; t != nil {
			return t
		}
	}
	return s
}

// fill takes the fields of a schema. What its arrays hold are resources that
// cannot be read by themselves.
func (r *resource) fill(s *schema, all map[string]*schema) (lists []*resource) {
	for _, name := range sortedKeys(s.Properties) {
		p := resolve(all, s.Properties[name])
		switch {
		case p.Type == "array" && p.Items != nil:
			inner := &resource{name: r.name + "." + name, path: r.name + "." + name, verbs: "-", rows: 2 * documentRows}
			inner.plain(resolve(all, p.Items), all)
			inner.fields = append(inner.fields, column{name: "of_" + r.name, kind: 'l', of: r.name})
			r.objects = append(r.objects, object{name: name, target: inner.name, column: "of_" + r.name, many: true})
			lists = append(lists, inner)
		case p.Type == "object" || len(p.Properties) > 0:
			inner := &resource{}
			inner.plain(p, all)
			if len(inner.fields) == 0 {
				inner.fields = []column{{name: "id", kind: 'l'}, {name: "name", kind: 's', size: 60, nullable: true}}
			}
			r.objects = append(r.objects, object{name: name, fields: inner.fields})
		default:
			r.fields = append(r.fields, columnOf(name, p))
		}
	}
	return lists
}

// plain takes the fields that are no objects and no arrays.
func (r *resource) plain(s *schema, all map[string]*schema) {
	for _, name := range sortedKeys(s.Properties) {
		if p := resolve(all, s.Properties[name]); p.Type != "array" && p.Type != "object" && len(p.Properties) == 0 {
			r.fields = append(r.fields, columnOf(name, p))
		}
	}
}

func columnOf(name string, p *schema) column {
	c := column{name: name, kind: 's', size: p.MaxLength, nullable: name != "id"}
	switch {
	case p.Type == "integer" && p.Format == "int16":
		c.kind = 'h'
	case p.Type == "integer" && p.Format == "int32":
		c.kind = 'i'
	case p.Type == "integer":
		c.kind = 'l'
	case p.Type == "boolean":
		c.kind = 'b'
	case p.Type == "number":
		c.kind = 'n'
		if _, err := fmt.Sscanf(p.Format, "decimal %ddp", &c.size); err != nil {
			c.size = 5
		}
	case p.Format == "date-time":
		c.kind = 't'
	}
	return c
}
