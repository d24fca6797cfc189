package epicor

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// openAPI is what is read of a description of methods: OpenAPI 3, which Kinetic
// has for v2 and later servers for v1 too, and Swagger 2.0 of earlier ones. Each
// method has a path of its own, what it takes as the members of one object, and
// what it gives back as the members returnObj and parameters of another.
type openAPI struct {
	Paths       map[string]map[string]json.RawMessage
	Definitions map[string]*schema // Swagger 2.0
	Components  struct{ Schemas map[string]*schema }
}

// schema is a JSON schema as far as it tells types.
type schema struct {
	Ref         string `json:"$ref"`
	Type        string
	Format      string
	Description string
	Required    []string
	Properties  properties
	Items       *schema
}

// properties keep the order of the document, which is that of tables and
// columns.
type properties []property

type property struct {
	name   string
	schema *schema
}

// UnmarshalJSON reads the properties in their order.
func (p *properties) UnmarshalJSON(raw []byte) error {
	members, ok := membersOf(raw)
	if !ok {
		return nil
	}
	for _, m := range members {
		s := &schema{}
		if err := json.Unmarshal(m.raw, s); err != nil {
			return err
		}
		*p = append(*p, property{m.name, s})
	}
	return nil
}

// operation is what one verb does at a path.
type operation struct {
	Summary, Description string
	Parameters           []operationParameter
	RequestBody          struct{ Content map[string]mediaType }
	Responses            map[string]struct {
		Schema  *schema // Swagger 2.0
		Content map[string]mediaType
	}
}

type operationParameter struct {
	Name, In, Description string
	Required              bool
	Type, Format          string // Swagger 2.0
	Schema                *schema
}

type mediaType struct{ Schema *schema }

// described is what a description tells of a method.
type described struct {
	name, description string
	// reads says that the method changes nothing, byGet that it has no POST.
	reads, byGet bool
	parameters   []providers.Parameter
	answer       *shape // nil where nothing is told
}

// shape is the form of a value in an answer: a plain one of a type, the rows of
// a table, or an object of further ones.
type shape struct {
	typ     sqltypes.Type
	columns []providers.Column // of rows
	members []shapeMember      // of an object
}

type shapeMember struct {
	name  string
	shape *shape
}

// member returns the shape of a member, nil if nothing is known of it.
func (s *shape) member(name string) *shape {
	if s == nil {
		return nil
	}
	for i := range s.members {
		if s.members[i].name == name {
			return s.members[i].shape
		}
	}
	return nil
}

// readMethods reads the methods of a description, in the order of their names.
// What is no description has none.
func readMethods(body []byte) []*described {
	var doc openAPI
	if json.Unmarshal(body, &doc) != nil {
		return nil
	}
	var out []*described
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		name := lastPart(path)
		if name == "" || strings.ContainsAny(name, "({$") {
			continue // a set or a row
		}
		if m := doc.method(name, doc.Paths[path]); m != nil {
			out = append(out, m)
		}
	}
	return out
}

// method reads the operations of a path: the POST tells what a method takes and
// gives, a GET beside it, or alone, that it changes nothing.
func (d *openAPI) method(name string, verbs map[string]json.RawMessage) *described {
	post, get := verb(verbs, "post"), verb(verbs, "get")
	main := post
	if main == nil {
		main = get
	}
	if main == nil || slices.ContainsFunc(main.Parameters, func(p operationParameter) bool { return strings.HasPrefix(p.Name, "$") }) {
		return nil // nothing, or a set
	}
	m := &described{name: name, description: oneLine(main.Description), reads: get != nil, byGet: post == nil}
	if m.description == "" {
		m.description = oneLine(main.Summary)
	}
	if body := post.body(); body != nil {
		in := d.resolve(body)
		for _, p := range in.Properties {
			m.parameters = append(m.parameters, parameter(p.name, d.plain(p.schema), slices.Contains(in.Required, p.name), p.schema.Description))
		}
	}
	for _, p := range main.Parameters {
		if p.In != "query" || p.Name == "" || p.Name == "api-key" {
			continue
		}
		s := p.Schema
		if s == nil {
			s = &schema{Type: p.Type, Format: p.Format}
		}
		m.parameters = append(m.parameters, parameter(p.Name, d.plain(s), p.Required, p.Description))
	}
	if answer := main.answer(); answer != nil {
		m.answer = d.shape(answer, 0)
	}
	return m
}

func verb(verbs map[string]json.RawMessage, name string) *operation {
	op := &operation{}
	if raw, ok := verbs[name]; !ok || json.Unmarshal(raw, op) != nil {
		return nil
	}
	return op
}

// body is the schema of what the operation takes.
func (o *operation) body() *schema {
	if o == nil {
		return nil
	}
	for _, c := range o.RequestBody.Content {
		return c.Schema
	}
	for _, p := range o.Parameters {
		if p.In == "body" {
			return p.Schema
		}
	}
	return nil
}

// answer is the schema of what the operation gives back.
func (o *operation) answer() *schema {
	r := o.Responses["200"]
	for _, c := range r.Content {
		return c.Schema
	}
	return r.Schema
}

// resolve follows the references of a schema, none of them twice.
func (d *openAPI) resolve(s *schema) *schema {
	for range 10 {
		if s == nil || s.Ref == "" {
			break
		}
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		if s = d.Components.Schemas[name]; s == nil {
			s = d.Definitions[name]
		}
	}
	if s == nil {
		return &schema{}
	}
	return s
}

// plain is the type of a parameter: what is no plain value is given as JSON.
func (d *openAPI) plain(s *schema) sqltypes.Type {
	s = d.resolve(s)
	switch s.Type {
	case "integer":
		if s.Format == "int32" || s.Format == "int16" {
			return sqltypes.Of(sqltypes.Integer)
		}
		return sqltypes.Of(sqltypes.BigInt)
	case "number":
		return sqltypes.Of(sqltypes.Decimal)
	case "boolean":
		return sqltypes.Of(sqltypes.Bool)
	case "string":
		switch s.Format {
		case "date":
			return sqltypes.Of(sqltypes.Date)
		case "date-time":
			return sqltypes.Of(sqltypes.Timestamp)
		case "uuid":
			return sqltypes.Of(sqltypes.UUID)
		}
		return sqltypes.VarcharType(sqltypes.Unlimited)
	}
	return sqltypes.Of(sqltypes.JSON)
}

// maxShapeDepth is as deep as answers are: a method's output, a tableset, its
// tables.
const maxShapeDepth = 4

// shape reads what a schema tells of a value.
func (d *openAPI) shape(s *schema, depth int) *shape {
	s = d.resolve(s)
	switch {
	case depth > maxShapeDepth:
	case s.Type == "array" && s.Items != nil:
		row := d.resolve(s.Items)
		if len(row.Properties) == 0 {
			break
		}
		out := &shape{typ: sqltypes.Of(sqltypes.JSON)}
		for _, p := range row.Properties {
			out.columns = append(out.columns, providers.Column{Name: p.name, Type: d.plain(p.schema), Nullable: true, Description: oneLine(d.resolve(p.schema).Description)})
		}
		return out
	case len(s.Properties) > 0:
		out := &shape{typ: sqltypes.Of(sqltypes.JSON)}
		for _, p := range s.Properties {
			out.members = append(out.members, shapeMember{p.name, d.shape(p.schema, depth+1)})
		}
		return out
	}
	return &shape{typ: d.plain(s)}
}

// parameter is an input of a method. A required text may be blank, which the
// server can tell apart from one that is missing; what GetRows and GetList take
// besides has the values that ask for all rows.
func parameter(name string, t sqltypes.Type, required bool, description string) providers.Parameter {
	p := providers.Parameter{Name: name, Type: t, Description: oneLine(description), Required: required && !t.Kind.IsText()}
	switch {
	case strings.HasPrefix(name, "whereClause") && t.Kind == sqltypes.Varchar:
		p.Default = sqltypes.StringValue("")
	case (name == "pageSize" || name == "absolutePage") && t.Kind.IsInteger():
		p.Default, p.Required = sqltypes.Value{Kind: t.Kind}, false
	}
	return p
}
