package epicortest

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// swagger answers /api/swagger/{version}/…: the description of a BAQ with its
// parameters at v1/baq/{id} and v2/baq/{company}/{id}, of the methods of a
// service at v1/methods/{service} and v2/methods/{service}.json, of a function
// library at v2/efx/{company}/{library}.
func (s *Server) swagger(w http.ResponseWriter, r *http.Request, parts []string) {
	user, err := s.auth.authenticate(r)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	last := parts[len(parts)-1]
	var doc map[string]any
	switch {
	case len(parts) > 2 && parts[1] == "baq":
		doc = describeBAQ(parts[0], last)
	case len(parts) == 3 && parts[1] == "methods" && s.cfg.methodDocuments:
		doc = s.describeMethods(parts[0], strings.TrimSuffix(last, ".json"), user)
	case len(parts) == 4 && parts[0] == "v2" && parts[1] == "efx":
		doc = s.describeLibrary(strings.TrimSuffix(last, ".json"))
	}
	if doc == nil {
		s.writeError(w, r, &restError{status: 404, kind: apiException, message: "No description at this address."})
		return
	}
	writeJSON(w, 200, doc)
}

func describeBAQ(version, id string) map[string]any {
	b := findBAQ(id)
	if b == nil {
		return nil
	}
	params := []map[string]any{}
	for _, p := range b.parameters {
		m := map[string]any{"name": p.name, "in": "query", "required": p.required, "type": p.kind}
		if p.kind == "date" {
			m["type"], m["format"] = "string", "date-time"
		}
		if p.list {
			m["items"] = map[string]any{"type": m["type"]}
			m["type"], m["collectionFormat"] = "array", "multi"
		}
		params = append(params, m)
	}
	path := "/"
	if version == "v2" {
		path = "/Data"
	}
	return map[string]any{"swagger": "2.0", "info": map[string]any{"title": id, "description": b.description, "version": version},
		"paths": map[string]any{path: map[string]any{"get": map[string]any{"operationId": "Get_" + id, "parameters": params}}}}
}

// describeMethods is an OpenAPI 3 document as Kinetic has one for each service:
// {Method}_input and {Method}_output under components/schemas, a GET beside the
// POST for what only reads.
func (s *Server) describeMethods(version, name string, user *User) map[string]any {
	service, known := s.services[strings.ToLower(name)]
	if !known {
		return nil
	}
	d, err := s.data(user.Companies[0], service)
	if err != nil {
		return nil
	}
	sets := d.Sets()
	namespace := strings.TrimSuffix(service, "Svc")
	system, _, _ := strings.Cut(service, ".")
	doc := &schemas{byName: map[string]any{}, system: system, sets: sets}
	doc.tablesets(namespace)
	paths := map[string]any{}
	for _, m := range methods(service) {
		in := m.in(sets)
		doc.add(m.name+"_input", object(doc.members(in), names(in)))
		out := map[string]any{}
		if m.returns != "" {
			out["returnObj"] = doc.typeOf(m.returns)
		}
		if m.out != "" {
			out["parameters"] = map[string]any{"type": "object", "properties": doc.members(m.out), "description": "output parameters"}
		}
		doc.add(m.name+"_output", object(out, nil))
		answers := map[string]any{"200": map[string]any{"description": "OK", "content": jsonContent(m.name + "_output")},
			"500": map[string]any{"description": "Internal server error. Server is unable to process the request."}}
		operations := map[string]any{"post": map[string]any{"summary": "Invoke method " + m.name, "description": m.summary, "operationId": m.name,
			"requestBody": map[string]any{"description": "Input parameters", "content": jsonContent(m.name + "_input"), "required": true}, "responses": answers}}
		if m.reads {
			var params []any
			for _, f := range strings.Fields(in) {
				name, typ, _ := strings.Cut(f, ":")
				params = append(params, map[string]any{"name": name, "in": "query", "required": true, "allowEmptyValue": typ == "s", "schema": doc.typeOf(typ)})
			}
			operations["get"] = map[string]any{"summary": "Invoke method " + m.name, "description": m.summary, "operationId": "Get_" + m.name, "parameters": params, "responses": answers}
		}
		paths["/"+m.name] = operations
	}
	return map[string]any{"openapi": "3.0.1", "info": map[string]any{"title": service, "version": version}, "paths": paths,
		"components": map[string]any{"schemas": doc.byName}}
}

// schemas collects the schemas of a document.
type schemas struct {
	byName map[string]any
	system string
	short  string // beginning of the tablesets' names
	sets   []*odatatest.Set
}

func (d *schemas) add(name string, schema any) { d.byName[name] = schema }

func (d *schemas) name(plain string) string { return d.system + ".Tablesets." + plain }

// tablesets describes the tablesets of a service: that of its tables and that
// of its list, and the one that UpdateExt answers with.
func (d *schemas) tablesets(namespace string) {
	d.short = d.name(namespace[strings.LastIndexByte(namespace, '.')+1:])
	var all ordered
	for _, set := range d.sets {
		d.add(d.name(set.Type+"Row"), object(d.columns(set), nil))
		rows := map[string]any{"type": "array", "items": reference(d.name(set.Type + "Row"))}
		if set.Name == "List" {
			d.add(d.short+"ListTableset", object(map[string]any{set.Type: rows}, nil))
			continue
		}
		all = append(all, entry{set.Type, rows})
	}
	d.add(d.short+"Tableset", object(all, nil))
	text := map[string]any{"type": "string"}
	d.add("Ice.BOUpdErrorRow", object(map[string]any{"TableName": text, "ErrorLevel": text, "ErrorType": text, "ErrorText": text, "ErrorSysRowID": map[string]any{"type": "string", "format": "uuid"}}, nil))
	d.add("Ice.BOUpdErrorTableset", object(map[string]any{"BOUpdError": map[string]any{"type": "array", "items": reference("Ice.BOUpdErrorRow")}}, nil))
}

// columns are as coarse as the product's: amounts are numbers.
func (d *schemas) columns(set *odatatest.Set) ordered {
	var out ordered
	for _, c := range set.Columns {
		out = append(out, entry{c.Name, d.typeOf(map[odatatest.Type]string{odatatest.EdmInt32: "i", odatatest.EdmInt64: "l", odatatest.EdmDecimal: "n", odatatest.EdmBoolean: "b",
			odatatest.EdmGuid: "g", odatatest.EdmDateTime: "d", odatatest.EdmDateTimeOffset: "d"}[c.Type])})
	}
	return out
}

func (d *schemas) members(list string) ordered {
	out := ordered{}
	for _, f := range strings.Fields(list) {
		name, typ, _ := strings.Cut(f, ":")
		out = append(out, entry{name, d.typeOf(typ)})
	}
	return out
}

// ordered is a JSON object whose members keep their order.
type ordered []entry

type entry struct {
	name  string
	value any
}

// MarshalJSON prints the object.
func (o ordered) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, e := range o {
		name, err := json.Marshal(e.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(e.value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

func (d *schemas) typeOf(t string) map[string]any {
	switch t {
	case "i":
		return map[string]any{"type": "integer", "format": "int32"}
	case "l":
		return map[string]any{"type": "integer", "format": "int64"}
	case "n":
		return map[string]any{"type": "number", "format": "double"}
	case "b":
		return map[string]any{"type": "boolean"}
	case "g":
		return map[string]any{"type": "string", "format": "uuid"}
	case "d":
		return map[string]any{"type": "string", "format": "date-time"}
	case "ds", "rows":
		return reference(d.short + "Tableset")
	case "list":
		return reference(d.short + "ListTableset")
	case "errors":
		return reference("Ice.BOUpdErrorTableset")
	case "any":
		return map[string]any{"type": "object"}
	}
	return map[string]any{"type": "string"}
}

func names(list string) []string {
	var out []string
	for _, f := range strings.Fields(list) {
		name, _, _ := strings.Cut(f, ":")
		out = append(out, name)
	}
	return out
}

func object(members any, required []string) map[string]any {
	o := map[string]any{"type": "object", "properties": members}
	if required != nil {
		o["required"] = required
	}
	return o
}

func reference(name string) map[string]any {
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

func jsonContent(name string) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": reference(name)}}
}
