package acumaticatest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// restError is an error of the contract-based interface.
type restError struct {
	status  int
	typ     string
	message string
}

func (e *restError) Error() string { return e.message }

func writeError(w http.ResponseWriter, e *restError) {
	writeJSON(w, e.status, object{
		"message": "An error has occurred.", "exceptionMessage": e.message, "exceptionType": e.typ,
		"stackTrace": "   at PX.Api.ContractBased.Soap.SystemController.Something() in C:\\build\\Something.cs:line 42",
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client may have gone
}

// entities answers the requests under the endpoint.
func (s *Server) entities(w http.ResponseWriter, r *http.Request, path string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "swagger.json" {
		if s.cfg.contract != nil {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(s.cfg.contract) // the client may have gone
			return
		}
		writeJSON(w, http.StatusOK, s.contract.document("http://"+r.Host+s.root()))
		return
	}
	e := s.contract.entities[parts[0]]
	if e == nil {
		writeError(w, &restError{http.StatusNotFound, "System.InvalidOperationException", "No entity " + parts[0] + " in the endpoint."})
		return
	}
	err := s.entity(w, r, e, parts[1:])
	var own *restError
	var bad *filterError
	switch {
	case errors.As(err, &own):
		writeError(w, own)
	case errors.As(err, &bad):
		writeError(w, &restError{http.StatusInternalServerError, bad.typ, bad.message})
	}
}

func (s *Server) entity(w http.ResponseWriter, r *http.Request, e *entity, rest []string) error {
	switch {
	case len(rest) == 0 && r.Method == http.MethodGet:
		return s.list(w, r, e)
	case len(rest) == 0 && r.Method == http.MethodPut:
		return s.put(w, r, e)
	case len(rest) == 1 && rest[0] == "$adHocSchema":
		writeJSON(w, http.StatusOK, s.adHoc(s.top(e, 0), 0))
		return nil
	case len(rest) >= 1 && r.Method == http.MethodGet && rest[0] == "status":
		return s.poll(w, r, rest[1])
	case len(rest) == 1 && r.Method == http.MethodPost:
		return s.act(w, r, e, rest[0])
	case r.Method == http.MethodGet:
		return s.byKeys(w, r, e, rest)
	}
	return &restError{http.StatusMethodNotAllowed, "System.NotSupportedException", "The requested resource does not support http method '" + r.Method + "'."}
}

// query is what a request asks of records.
type query struct {
	selects, expands, customs []string
	filter                    test
	fields                    []string
	top, skip                 int
	session                   string
}

func (s *Server) query(r *http.Request, e *entity) (*query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &restError{http.StatusBadRequest, "System.UriFormatException", err.Error()}
	}
	list := func(name string) []string {
		if values.Get(name) == "" {
			return nil
		}
		return strings.Split(values.Get(name), ",")
	}
	q := &query{selects: list("$select"), expands: list("$expand"), customs: list("$custom"), top: -1}
	if q.filter, q.fields, err = s.filter(values.Get("$filter")); err != nil {
		return nil, err
	}
	for _, name := range q.fields {
		if !s.canFilter(e, name) {
			return nil, &filterError{"PX.Api.ContractBased.OptimizedExport.CannotOptimizeException", "Optimization cannot be performed. The following fields cause the error: " + name}
		}
	}
	if c, err := r.Cookie(sessionCookie); err == nil {
		q.session = c.Value
	}
	// $orderby is ignored.
	for name, to := range map[string]*int{"$top": &q.top, "$skip": &q.skip} {
		if text := values.Get(name); text != "" {
			if *to, err = strconv.Atoi(text); err != nil || *to < 0 {
				return nil, &restError{http.StatusBadRequest, "System.FormatException", name + " is not valid."}
			}
		}
	}
	if s.cfg.ignoreSkip {
		q.skip = 0
	}
	if s.cfg.cap > 0 && (q.top < 0 || q.top > s.cfg.cap) {
		q.top = s.cfg.cap
	}
	if len(q.selects) > 0 && e.noSelect {
		return nil, &restError{http.StatusInternalServerError, "System.NullReferenceException", "Object reference not set to an instance of an object."}
	}
	return q, nil
}

// canFilter says whether a filter may name a field at all.
func (s *Server) canFilter(e *entity, name string) bool {
	if strings.HasPrefix(name, "cf.") {
		return true
	}
	if member, rest, nested := strings.Cut(name, "/"); nested {
		of := find(e.linked, member)
		return of != nil && s.canFilter(of, rest)
	}
	_, ok := e.field(name)
	return ok && (!e.filterFails || slices.Contains(e.keys, name))
}

// list answers GET of an entity: a bare array, in the order of the keys whatever
// is asked.
func (s *Server) list(w http.ResponseWriter, r *http.Request, e *entity) error {
	q, err := s.query(r, e)
	if err != nil {
		return err
	}
	if e.isInquiry { // a new form, without results
		writeJSON(w, http.StatusOK, []object{{"id": s.top(e, 0).id(), "rowNumber": 1, "note": object{}, "custom": object{}}})
		return nil
	}
	silent := e.computed && slices.ContainsFunc(q.fields, func(f string) bool { return !slices.Contains(e.keys, f) })
	page := []json.RawMessage{}
	seen := 0
	for _, i := range s.order(e) {
		rec := s.top(e, i)
		if silent || !q.filter(rec) {
			continue
		}
		if seen++; seen <= q.skip {
			continue
		}
		if q.top >= 0 && len(page) >= q.top {
			break
		}
		page = append(page, s.render(rec, q, len(page)+1))
	}
	writeJSON(w, http.StatusOK, page)
	return nil
}

func (s *Server) byKeys(w http.ResponseWriter, r *http.Request, e *entity, keys []string) error {
	q, err := s.query(r, e)
	if err != nil {
		return err
	}
	for _, i := range s.order(e) {
		rec := s.top(e, i)
		if rec.id() == keys[0] || slices.Equal(rec.keys(), keys) {
			writeJSON(w, http.StatusOK, s.render(rec, q, 1))
			return nil
		}
	}
	return &restError{http.StatusInternalServerError, "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException", "No entity satisfies the condition."}
}

func (r *record) keys() []string {
	var out []string
	for _, k := range r.of.keys {
		f, _ := r.of.field(k)
		out = append(out, fmt.Sprint(r.value(f)))
	}
	return out
}

// render writes a record as JSON, its members in the order of the real thing.
func (s *Server) render(r *record, q *query, number int) json.RawMessage {
	return s.renderAt(r, q, "", number)
}

func (s *Server) renderAt(r *record, q *query, at string, number int) json.RawMessage {
	b := &jsonObject{}
	id := r.id()
	if s.cfg.sessionIDs {
		id = (&record{place: q.session + r.place, i: r.i}).id()
	}
	if s.cfg.madeUpIDs {
		id = fmt.Sprintf("00000000-0000-4000-8000-%012d", s.serial.Add(1))
	}
	b.add("id", id)
	b.add("rowNumber", number)
	b.add("note", wrapped(among("note", "", "", "called twice")(r)))
	for _, f := range r.of.fields {
		if q.selected(at + f.name) {
			b.add(f.name, wrapped(r.value(f)))
		}
	}
	for _, m := range r.of.linked {
		if slices.Contains(q.expands, at+m.name) && q.selected(at+m.name) {
			b.add(m.name, s.renderAt(r.inner(m.name, m.of, 0), q, at+m.name+"/", 1))
		}
	}
	for _, m := range r.of.details {
		if !slices.Contains(q.expands, at+m.name) || !q.selected(at+m.name) {
			continue
		}
		rows := []json.RawMessage{}
		for i, row := range r.rows(m.name, m.of) {
			rows = append(rows, s.renderAt(row, q, at+m.name+"/", i+1))
		}
		b.add(m.name, rows)
	}
	custom := map[string]map[string]object{}
	for _, f := range r.of.custom {
		if slices.Contains(q.customs, at+f.view+"."+f.field) {
			if custom[f.view] == nil {
				custom[f.view] = map[string]object{}
			}
			custom[f.view][f.field] = object{"type": "Custom" + f.kind + "Field", "value": plain(r.customValue(f))}
		}
	}
	b.add("custom", custom)
	if at == "" && slices.Contains(q.expands, "files") {
		b.add("files", s.files(r))
	}
	if at == "" {
		b.add("_links", object{"self": s.base() + "/" + r.of.name + "/" + id})
	}
	return b.close()
}

// files are the files that are attached to a record.
func (s *Server) files(r *record) []object {
	list := []object{}
	for i := range r.pick("#files", 3) {
		file := r.inner("files", r.of, i)
		list = append(list, object{"id": file.id(), "filename": fmt.Sprintf(`%s (%s)\scan%d.pdf`, r.of.name, strings.Join(r.keys(), ", "), i+1),
			"href": s.base() + "/files/" + file.id(), "comment": nil})
	}
	return list
}

// selected says whether $select has a field or a member, as a whole or in part.
// What $expand asks for, $select must have too.
func (q *query) selected(path string) bool {
	if len(q.selects) == 0 {
		return true
	}
	for _, s := range q.selects {
		if s == path || strings.HasPrefix(s, path+"/") || strings.HasPrefix(path, s+"/") {
			return true
		}
	}
	return false
}

// wrapped is a value as fields hold it: {} without one.
func wrapped(v any) object {
	if v == nil {
		return object{}
	}
	return object{"value": plain(v)}
}

func plain(v any) any {
	if t, ok := v.(time.Time); ok {
		return t.Format("2006-01-02T15:04:05.999-07:00")
	}
	return v
}

// jsonObject writes members in the order in which they are added.
type jsonObject struct{ b []byte }

func (o *jsonObject) add(name string, v any) {
	value, err := json.Marshal(v)
	if err != nil {
		value = []byte("null")
	}
	sep := byte(',')
	if len(o.b) == 0 {
		sep = '{'
	}
	o.b = append(append(append(append(o.b, sep), strconv.Quote(name)...), ':'), value...)
}

func (o *jsonObject) close() json.RawMessage { return append(o.b, '}') }

// adHoc is the schema of custom fields: a record without anything else.
func (s *Server) adHoc(r *record, depth int) object {
	out := object{"id": r.id(), "rowNumber": 1}
	custom := map[string]map[string]object{}
	for _, f := range r.of.custom {
		if custom[f.view] == nil {
			custom[f.view] = map[string]object{}
		}
		custom[f.view][f.field] = object{"type": "Custom" + f.kind + "Field", "value": nil}
	}
	out["custom"] = custom
	if len(r.of.workflow) > 0 {
		var actions []object
		for _, a := range r.of.workflow {
			asked := object{}
			if f := a.dialog; f.field != "" {
				asked["parameters"] = object{"custom": object{f.view: object{f.field: object{"type": "Custom" + f.kind + "Field", "value": nil}}}}
			}
			actions = append(actions, object{a.name: asked})
		}
		out["_workflowActions"] = actions
	}
	if depth > 3 {
		return out
	}
	for _, m := range r.of.linked {
		out[m.name] = s.adHoc(r.inner(m.name, m.of, 0), depth+1)
	}
	for _, m := range r.of.details {
		out[m.name] = []object{s.adHoc(r.inner(m.name, m.of, 0), depth+1)}
	}
	return out
}
