package sage200test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is a row as the database prints it, by field.
type row map[string]json.RawMessage

// find reads rows of a resource; take < 0 means all.
func (s *Server) find(res *resource, filter, orderBy string, skip, take int) ([]row, error) {
	texts, _, err := s.handler.Query(res.name, filter, orderBy, skip, take)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, res *resource, parent int64, parts []string) error {
	q, err := s.query(r, res)
	if err != nil {
		return err
	}
	if parent >= 0 {
		own := fmt.Sprintf("%s eq %d", res.link(strings.Split(strings.TrimPrefix(r.URL.Path, s.cfg.path+"/"), "/")[0]), parent)
		if q.filter != "" {
			own += " and (" + q.filter + ")"
		}
		q.filter = own
	}
	if q.count {
		rows, err := s.find(res, q.filter, "", 0, -1)
		if err != nil {
			return err
		}
		return send(w, []byte(strconv.Itoa(len(rows))))
	}
	rows, err := s.find(res, q.filter, q.orderBy, q.skip, q.top)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteByte('[')
	for i, found := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := s.print(&b, res, found, q); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return send(w, b.Bytes())
}

// print writes a row as the API does: the fields of its own, instants to the
// millisecond, and what is expanded.
func (s *Server) print(b *bytes.Buffer, res *resource, found row, q *query) error {
	b.WriteByte('{')
	first := true
	member := func(name string, value []byte) {
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteByte('"')
		b.WriteString(name)
		b.WriteString(`":`)
		b.Write(value)
	}
	for _, c := range res.fields {
		if len(q.selected) == 0 || slices.Contains(q.selected, c.name) {
			member(c.name, c.wire(found[c.name]))
		}
	}
	for _, o := range q.expand {
		text, err := s.expanded(o, found, q)
		if err != nil {
			return err
		}
		member(o.name, text)
	}
	b.WriteByte('}')
	return nil
}

// expanded is the value of an object or a collection of a row.
func (s *Server) expanded(o *object, found row, q *query) ([]byte, error) {
	if o.target == "" {
		inner := &resource{fields: o.fields}
		values := row{}
		for _, c := range o.fields {
			values[c.name] = found[o.name+"__"+c.name]
		}
		var b bytes.Buffer
		err := s.print(&b, inner, values, &query{})
		return b.Bytes(), err
	}
	target, there, here := s.resources[o.target], o.column, "id"
	if !o.many {
		there, here = "id", o.column
	}
	if q.related[o] == nil {
		all, err := s.find(target, "", "", 0, -1)
		if err != nil {
			return nil, err
		}
		groups := map[string][]row{}
		for _, r := range all {
			groups[string(r[there])] = append(groups[string(r[there])], r)
		}
		q.related[o] = groups
	}
	var b bytes.Buffer
	for i, r := range q.related[o][string(found[here])] {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := s.print(&b, target, r, &query{}); err != nil {
			return nil, err
		}
	}
	switch {
	case o.many:
		return []byte("[" + b.String() + "]"), nil
	case b.Len() == 0:
		return []byte("null"), nil
	}
	return b.Bytes(), nil
}

// wire prints a value: SqlClient rounds a datetime to the millisecond.
func (c column) wire(value json.RawMessage) []byte {
	if value == nil {
		return []byte("null")
	}
	if c.kind == 't' || c.kind == 'd' {
		if at, err := time.Parse(`"2006-01-02T15:04:05.9999999Z07:00"`, string(value)); err == nil {
			return []byte(at.Round(time.Millisecond).Format(`"2006-01-02T15:04:05.999Z07:00"`))
		}
	}
	return value
}

// row answers a request for one row.
func (s *Server) row(w http.ResponseWriter, r *http.Request, res *resource, id int64) error {
	verb := map[string]string{http.MethodGet: "I", http.MethodPut: "U", http.MethodDelete: "D"}[r.Method]
	if verb == "" || !strings.Contains(res.verbs, verb) {
		return refuse(http.StatusMethodNotAllowed, "The requested resource does not support http method '%s'.", r.Method)
	}
	found, err := s.find(res, fmt.Sprintf("id eq %d", id), "", 0, 1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return refuse(http.StatusNotFound, "The record with Id %d was not found.", id)
	}
	switch r.Method {
	case http.MethodDelete:
		if err := s.handler.Delete(res.name, id); err != nil {
			return err
		}
		w.WriteHeader(http.StatusOK) // not 204
		return nil
	case http.MethodPut:
		changes, err := res.body(r)
		if err != nil {
			return err
		}
		if err := s.handler.Update(res.name, changes, id); err != nil {
			return err
		}
	}
	return s.one(w, r, res, id)
}

func (s *Server) one(w http.ResponseWriter, r *http.Request, res *resource, id int64) error {
	q, err := s.query(r, res)
	if err != nil {
		return err
	}
	found, err := s.find(res, fmt.Sprintf("id eq %d", id), "", 0, 1)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.print(&b, res, found[0], q); err != nil {
		return err
	}
	return send(w, b.Bytes())
}

// add answers a POST with the record and 200, not 201.
func (s *Server) add(w http.ResponseWriter, r *http.Request, res *resource) error {
	values, err := res.body(r)
	if err != nil {
		return err
	}
	last, err := s.find(res, "", "id desc", 0, 1)
	if err != nil {
		return err
	}
	next := id(0)
	if len(last) > 0 {
		if next, err = strconv.ParseInt(string(last[0]["id"]), 10, 64); err != nil {
			return err
		}
	}
	next++
	values["id"] = next
	if err := s.handler.Insert(res.name, values); err != nil {
		return err
	}
	return s.one(w, r, res, next)
}

// body reads the fields of a record that is added or changed.
func (r *resource) body(req *http.Request) (map[string]any, error) {
	d := json.NewDecoder(req.Body)
	d.UseNumber()
	values := map[string]any{}
	if err := d.Decode(&values); err != nil {
		return nil, refuse(http.StatusBadRequest, "The request body is not valid JSON.")
	}
	unknown := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !r.has(name) || name == "id" {
			unknown[name] = []string{"The field is unknown or read-only."}
		}
	}
	if len(unknown) > 0 {
		return nil, &apiError{status: http.StatusBadRequest, message: "The request is invalid.", fields: unknown}
	}
	return values, nil
}
