package acumatica

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// contract is what an endpoint offers: the entities of its OpenAPI document,
// and their actions.
type contract struct {
	name     string    // of the endpoint, with its version
	files    bool      // whether records tell the files that are attached to them
	entities []*entity // by name
	actions  []*action
}

// entity is a type of record, top-level or inside of one.
type entity struct {
	name    string
	fields  []field
	linked  []member // one record each
	details []member // collections
}

// field is a value, which comes as {"value": …}, or as {} when there is none.
type field struct {
	name string
	typ  sqltypes.Type
}

// member is where another entity stands.
type member struct {
	name string
	of   *entity
}

// action is something that can be done to a record: POST {entity}/{name}.
type action struct {
	entity     *entity
	name       string
	parameters []field
	dialog     []customField // what the form's dialog box asks for
}

// find returns the top-level entity of a name, without regard to case.
func (c *contract) find(name string) *entity {
	for _, e := range c.entities {
		if strings.EqualFold(e.name, name) {
			return e
		}
	}
	return nil
}

// openAPI is what is read of an OpenAPI 3 document.
type openAPI struct {
	OpenAPI string `json:"openapi"`
	Info    struct {
		Title string `json:"title"`
	} `json:"info"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Body struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Format     string             `json:"format"`
	Items      *schema            `json:"items"`
	AllOf      []*schema          `json:"allOf"`
	Properties map[string]*schema `json:"properties"`
}

// refName is the name of the schema that a reference leads to.
func (s *schema) refName() string {
	if s == nil {
		return ""
	}
	return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
}

// ofBody is the schema of an operation's request body.
func (o operation) ofBody() string {
	c, ok := o.Body.Content["application/json"]
	if !ok {
		return ""
	}
	return c.Schema.refName()
}

// base is the schema that all entities are built on: its members are the
// system's, not the record's.
const base = "Entity"

// readContract reads the OpenAPI document of an endpoint.
func readContract(document []byte) (*contract, error) {
	var d openAPI
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, err
	}
	if d.OpenAPI == "" || d.Paths == nil {
		return nil, fmt.Errorf("this is no OpenAPI document")
	}
	r := &contractReader{schemas: d.Components.Schemas, done: map[string]*entity{}}
	c := &contract{name: d.Info.Title}
	if e := d.Components.Schemas[base]; e != nil {
		c.files = e.Properties[filesMember] != nil
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		parts := strings.Split(strings.Trim(path, "/"), "/")
		if len(parts) == 1 {
			put, ok := d.Paths[path]["put"]
			if !ok || r.schemas[put.ofBody()] == nil {
				continue
			}
			e := *r.entity(put.ofBody())
			e.name = parts[0] // as the address spells it
			c.entities = append(c.entities, &e)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		parts := strings.Split(strings.Trim(path, "/"), "/")
		if len(parts) == 2 && !strings.ContainsAny(parts[1], "{$") {
			if post, ok := d.Paths[path]["post"]; ok && c.find(parts[0]) != nil {
				c.actions = append(c.actions, &action{entity: c.find(parts[0]), name: parts[1], parameters: r.parameters(post.ofBody())})
			}
		}
	}
	return c, nil
}

// contractReader resolves schemas into entities, each once: they may contain
// each other.
type contractReader struct {
	schemas map[string]*schema
	done    map[string]*entity
}

func (r *contractReader) entity(name string) *entity {
	if e := r.done[name]; e != nil {
		return e
	}
	e := &entity{name: name}
	r.done[name] = e
	properties := r.properties(name, map[string]bool{})
	for _, p := range slices.Sorted(maps.Keys(properties)) {
		s := properties[p]
		switch {
		case s.Ref != "" && r.schemas[s.refName()] != nil:
			if typ, ok := r.value(s.refName()); ok {
				e.fields = append(e.fields, field{p, typ})
			} else {
				e.linked = append(e.linked, member{p, r.entity(s.refName())})
			}
		case s.Type == "array" && r.schemas[s.Items.refName()] != nil:
			e.details = append(e.details, member{p, r.entity(s.Items.refName())})
		}
	}
	return e
}

// properties are those of a schema and of what it is built on, but the base.
func (r *contractReader) properties(name string, seen map[string]bool) map[string]*schema {
	all := map[string]*schema{}
	s := r.schemas[name]
	if name == base || s == nil || seen[name] {
		return all
	}
	seen[name] = true
	for _, part := range append([]*schema{s}, s.AllOf...) {
		maps.Copy(all, r.properties(part.refName(), seen))
		maps.Copy(all, part.Properties)
	}
	return all
}

// value says that a schema wraps a value, and of which type.
func (r *contractReader) value(name string) (sqltypes.Type, bool) {
	s := r.schemas[name]
	v := s.Properties["value"]
	if v == nil || v.Ref != "" || len(s.AllOf) > 0 {
		return sqltypes.Type{}, false
	}
	for p := range s.Properties {
		if p != "value" && p != "error" {
			return sqltypes.Type{}, false
		}
	}
	return valueType(name, v), true
}

// valueType goes by the wrapper's name where the schema says less: decimals are
// called doubles there, whose digits would not do for amounts.
func valueType(name string, v *schema) sqltypes.Type {
	switch name {
	case "DecimalValue":
		return sqltypes.Of(sqltypes.Decimal)
	case "ShortValue", "ByteValue":
		return sqltypes.Of(sqltypes.SmallInt)
	case "DateOnlyValue":
		return sqltypes.Of(sqltypes.Date)
	}
	switch v.Type {
	case "boolean":
		return sqltypes.Of(sqltypes.Bool)
	case "integer":
		if v.Format == "int64" {
			return sqltypes.Of(sqltypes.BigInt)
		}
		return sqltypes.Of(sqltypes.Integer)
	case "number":
		return sqltypes.Of(sqltypes.Double)
	case "string":
		switch v.Format {
		case "date-time":
			return sqltypes.Of(sqltypes.TimestampTZ)
		case "date":
			return sqltypes.Of(sqltypes.Date)
		case "uuid":
			return sqltypes.Of(sqltypes.UUID)
		}
		return sqltypes.Of(sqltypes.Varchar)
	}
	return sqltypes.Of(sqltypes.JSON)
}

// parameters are those of an action, by the schema of its body.
func (r *contractReader) parameters(name string) []field {
	s := r.schemas[name]
	if s == nil || s.Properties["parameters"] == nil {
		return nil
	}
	var out []field
	parameters := s.Properties["parameters"].Properties
	for _, p := range slices.Sorted(maps.Keys(parameters)) {
		if wrapper := parameters[p].refName(); r.schemas[wrapper] != nil {
			if typ, ok := r.value(wrapper); ok {
				out = append(out, field{p, typ})
			}
		}
	}
	return out
}
