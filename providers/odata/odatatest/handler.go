package odatatest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Data is a schema with its rows, shared by the handlers that show it.
type Data struct {
	schema    *Schema
	tables    map[string]*table
	collation Collation
}

// NewData checks the schema and takes its rows over.
func NewData(s *Schema, c Collation) (*Data, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	d := &Data{schema: s, tables: map[string]*table{}, collation: c}
	for _, set := range s.Sets {
		d.tables[set.Name] = newTable(set, c)
	}
	return d, nil
}

func (d *Data) qualifiedType(s *Set) string { return d.schema.Namespace + "." + s.Type }

func (d *Data) enum(qualified string) *Enum {
	return d.enumByName(strings.TrimPrefix(qualified, d.schema.Namespace+"."))
}

func (d *Data) enumByName(name string) *Enum {
	for i := range d.schema.Enums {
		if d.schema.Enums[i].Name == name {
			return &d.schema.Enums[i]
		}
	}
	return nil
}

// Handler serves one schema in one protocol version.
type Handler struct {
	*Data
	version Version
	cfg     config
}

// NewHandler serves data; see Option for the traits. Latency and faults belong
// to Wrap and NewServer.
func NewHandler(v Version, d *Data, opts ...Option) *Handler {
	return newHandler(v, d, buildConfig(opts))
}

func newHandler(v Version, d *Data, g config) *Handler {
	h := &Handler{Data: d, version: v, cfg: g}
	if v == V2 { // V3 has all that V2 has, and most of it in the same words
		h.version, h.cfg.two = V3, true
		if g.form == formLight {
			h.cfg.form = formVerbose
		}
	}
	if h.cfg.writeError == nil {
		h.cfg.writeError = h.protocolError
	}
	return h
}

func (h *Handler) annotation(name string) string {
	if h.version == V3 {
		return `"odata.` + name + `":`
	}
	return `"` + h.control() + name + `":`
}

// control is what the names of control information begin with.
func (h *Handler) control() string {
	if h.cfg.v401 {
		return "@"
	}
	return "@odata."
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h.guard(w, r)
	if err == nil {
		err = h.serve(w, r)
	}
	if err != nil {
		h.cfg.writeError(w, r, asError(err))
	}
}

// guard is what WithForgeryGuard asks for.
func (h *Handler) guard(w http.ResponseWriter, r *http.Request) error {
	const name, session = "X-CSRF-Token", "SAP_SESSIONID_TST"
	if h.cfg.forgeryToken == nil {
		return nil
	}
	token := h.cfg.forgeryToken()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if strings.EqualFold(r.Header.Get(name), "Fetch") {
			w.Header().Set(name, token)
			http.SetCookie(w, &http.Cookie{Name: session, Value: "of-" + token, Path: "/", HttpOnly: true})
		}
		return nil
	}
	if c, err := r.Cookie(session); err == nil && c.Value == "of-"+token && r.Header.Get(name) == token {
		return nil
	}
	w.Header().Set(name, "Required")
	return &Error{Status: 403, Message: "CSRF token validation failed"}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	p, ok := strings.CutPrefix(r.URL.EscapedPath(), h.cfg.base)
	if !ok {
		return &Error{Status: 404, Message: "No service at this address."}
	}
	segs, err := pathSegments(p)
	if err != nil {
		return err
	}
	if h.version == V3 {
		w.Header().Set("DataServiceVersion", "3.0;")
		if h.cfg.two {
			w.Header().Set("DataServiceVersion", "2.0;")
		}
	} else {
		w.Header().Set("OData-Version", "4.0")
		if h.cfg.v401 {
			w.Header().Set("OData-Version", "4.01")
		}
	}
	if len(segs) == 0 {
		return h.serviceDocument(w, r)
	}
	if segs[0] == "$metadata" {
		w.Header().Set("Content-Type", "application/xml")
		return h.send(w, r, 200, []byte(h.metadata()))
	}
	if segs[0] == "$batch" && r.Method == http.MethodPost {
		return h.batch(w, r)
	}
	if h.cfg.v401 && len(segs) > 1 && segs[len(segs)-1] == "$query" {
		if r, err = h.optionsInBody(r); err != nil {
			return err
		}
		segs = segs[:len(segs)-1]
	}
	if err := h.negotiate(r); err != nil {
		return err
	}
	vals, err := parseQueryString(r.URL.RawQuery)
	if err != nil {
		return err
	}
	opts, aliases, err := h.options(vals)
	if err != nil {
		return err
	}
	c := &compiler{h: h, aliases: aliases, views: map[*table]*view{}}
	res, err := h.resolve(c, segs)
	if err != nil {
		return err
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return h.read(w, r, c, res, opts)
	case http.MethodPost:
		if m := r.Header.Get("X-HTTP-Method"); m != "" {
			return h.write(w, r, res, m)
		}
		return h.write(w, r, res, "POST")
	}
	return h.write(w, r, res, r.Method)
}

func (h *Handler) negotiate(r *http.Request) error {
	accept := strings.ToLower(r.Header.Get("Accept") + " " + r.URL.Query().Get("$format"))
	atom := strings.Contains(accept, "atom") || strings.Contains(accept, "*/*")
	switch {
	case strings.HasSuffix(r.URL.Path, "$count"):
		return nil
	case h.cfg.form == formAtom && !atom:
		return &Error{Status: 415, Message: "This service speaks Atom only; ask for application/atom+xml."}
	case h.cfg.form == formVerbose && strings.Contains(accept, "minimalmetadata"):
		return &Error{Status: 415, Message: "This service does not speak JSON light; ask for application/json;odata=verbose."}
	case h.cfg.form != formLight && (strings.TrimSpace(accept) == "" || h.cfg.form == formAtom || strings.Contains(accept, "json")):
		return nil
	}
	if strings.Contains(accept, "odata=verbose") {
		return &Error{Status: 406, Message: "This service does not speak verbose JSON; ask for application/json."}
	}
	if strings.TrimSpace(accept) == "" || strings.Contains(accept, "json") || strings.Contains(accept, "*/*") || strings.HasSuffix(r.URL.Path, "$count") {
		return nil
	}
	return &Error{Status: 406, Message: "This service speaks JSON only; ask for application/json."}
}

// root is the absolute address of the service, without a slash at its end.
func (h *Handler) root(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + h.cfg.base
}

func (h *Handler) serviceDocument(w http.ResponseWriter, r *http.Request) error {
	if accept := r.Header.Get("Accept"); h.version == V3 && strings.Contains(accept, "xml") && !strings.Contains(accept, "json") {
		var b strings.Builder
		fmt.Fprintf(&b, `<?xml version="1.0" encoding="utf-8"?><service xml:base="%s/" xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom"><workspace><atom:title>Default</atom:title>`, escape(h.root(r)))
		for _, s := range h.shown() {
			fmt.Fprintf(&b, `<collection href="%s"><atom:title>%s</atom:title></collection>`, escape(s.Name), escape(s.Name))
		}
		b.WriteString(`</workspace></service>`)
		w.Header().Set("Content-Type", "application/atomsvc+xml")
		return h.send(w, r, 200, []byte(b.String()))
	}
	if err := h.negotiate(r); err != nil {
		return err
	}
	if h.verbose() {
		b := []byte(`{"d":{"EntitySets":[`)
		for i, s := range h.shown() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s.Name)
		}
		return h.sendJSON(w, r, 200, append(b, "]}}"...))
	}
	var b []byte
	b = append(b, '{')
	if h.version == V3 {
		b = append(b, `"odata.metadata":`...)
	} else {
		b = append(b, `"@odata.context":`...)
	}
	b = append(appendString(b, h.root(r)+"/$metadata"), `,"value":[`...)
	for i, s := range h.shown() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(append(b, `{"name":`...), s.Name), ',')
		if h.version == V4 {
			b = append(b, `"kind":"EntitySet",`...)
		}
		b = append(appendString(append(b, `"url":`...), s.Name), '}')
	}
	return h.sendJSON(w, r, 200, append(b, "]}"...))
}

func (h *Handler) read(w http.ResponseWriter, r *http.Request, c *compiler, res resource, o options) error {
	switch {
	case res.null:
		w.WriteHeader(http.StatusNoContent)
		return nil
	case res.property >= 0:
		return h.readProperty(w, r, res)
	case res.row >= 0:
		return h.readEntity(w, r, c, res, o)
	}
	if text, ok := o["apply"]; ok && !res.count {
		return h.apply(w, r, c, res, text, o)
	}
	q, err := c.query(res.t, o)
	if err != nil {
		return err
	}
	if res.count {
		q.only, q.skip, q.token, q.count = true, 0, 0, true
		out, err := q.run(res.v, 0)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/plain")
		return h.send(w, r, 200, strconv.AppendInt(nil, int64(out.count), 10))
	}
	return h.readSet(w, r, q, res)
}

// pageLimit is how many rows this answer may hold, -1 for all; links tells
// whether a cut is announced.
func (h *Handler) pageLimit(w http.ResponseWriter, r *http.Request, q *query, nested bool) (limit int, links bool, err error) {
	p := Paging{}
	if h.cfg.paging != nil {
		p = h.cfg.paging(r)
	}
	if n := h.cfg.nestedPage; n > 0 && nested {
		p = Paging{Default: n, Max: n, Links: true}
	}
	if p.Reject && p.Max > 0 && q.top > p.Max {
		return 0, false, badRequest("The limit of '%d' for Top query has been exceeded. The value from the incoming request is '%d'.", p.Max, q.top)
	}
	limit = -1
	if q.top >= 0 {
		limit = max(0, q.top-q.token)
	} else if p.Default > 0 {
		limit = p.Default
	}
	if p.Max > 0 && (limit < 0 || limit > p.Max) {
		limit = p.Max
	}
	for _, pref := range strings.Split(r.Header.Get("Prefer"), ",") {
		name, val, _ := strings.Cut(strings.TrimSpace(pref), "=")
		if n, err := strconv.Atoi(val); name == "odata.maxpagesize" && err == nil && n > 0 && h.version == V4 && (h.cfg.paging == nil || p.Links) {
			w.Header().Set("Preference-Applied", "odata.maxpagesize="+val)
			p.Links = true
			if limit < 0 || n < limit {
				limit = n
			}
		}
	}
	return limit, p.Links, nil
}

func (h *Handler) readSet(w http.ResponseWriter, r *http.Request, q *query, res resource) error {
	limit, links, err := h.pageLimit(w, r, q, !res.set)
	if err != nil {
		return err
	}
	if skipped := q.skip + q.token; h.cfg.skipCost > 0 && skipped > 0 {
		if err := pause(r.Context(), h.cfg.skipCost*time.Duration(skipped)); err != nil {
			return err
		}
	}
	out, err := q.run(res.v, limit)
	if err != nil {
		return err
	}
	if h.cfg.form != formLight {
		p := page{rows: out.rows, count: -1}
		if q.count {
			p.count = out.count
		}
		if served := q.token + len(out.rows); links && out.more && (q.top < 0 || served < q.top) {
			p.next = h.nextLink(r, served)
		}
		s := h.shape(q)
		s.place(h, r)
		return h.sendPage(w, r, s, res.v, p)
	}
	buf := getBuffer()
	defer putBuffer(buf)
	b := append(*buf, '{')
	sep := ""
	if !noMetadata(r) {
		b = h.appendContext(b, r, res.t.set.Name)
		sep = ","
	}
	if q.count {
		b = append(append(b, sep...), h.annotation("count")...)
		if h.version == V3 {
			b = append(strconv.AppendInt(append(b, '"'), int64(out.count), 10), '"')
		} else {
			b = strconv.AppendInt(b, int64(out.count), 10)
		}
		sep = ","
	}
	b = append(append(b, sep...), `"value":[`...)
	s := h.shape(q)
	s.place(h, r)
	s.quote(r)
	for i, j := range out.rows {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = s.appendRow(b, res.v, j, ""); err != nil {
			return err
		}
	}
	b = append(b, ']')
	if served := q.token + len(out.rows); links && out.more && (q.top < 0 || served < q.top) {
		b = append(append(b, ','), h.annotation("nextLink")...)
		b = appendString(b, h.nextLink(r, served))
	}
	b = append(b, '}')
	*buf = b
	return h.sendJSON(w, r, 200, b)
}

func (h *Handler) nextLink(r *http.Request, served int) string {
	var keep []string
	for _, part := range strings.Split(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		if n, _ := url.QueryUnescape(name); part != "" && n != "$skiptoken" {
			keep = append(keep, part)
		}
	}
	keep = append(keep, "$skiptoken="+strconv.Itoa(served))
	p := r.URL.EscapedPath()
	if h.cfg.relativeLinks {
		return p[strings.LastIndexByte(p, '/')+1:] + "?" + strings.Join(keep, "&")
	}
	return strings.TrimSuffix(h.root(r), h.cfg.base) + p + "?" + strings.Join(keep, "&")
}

func noMetadata(r *http.Request) bool {
	a := r.Header.Get("Accept")
	return strings.Contains(a, "odata=nometadata") || strings.Contains(a, "metadata=none")
}

func (h *Handler) appendContext(b []byte, r *http.Request, fragment string) []byte {
	name := `"odata.metadata":`
	if h.version == V4 {
		name = h.annotation("context")
	}
	return appendString(append(b, name...), h.root(r)+"/$metadata#"+fragment)
}

func (h *Handler) readEntity(w http.ResponseWriter, r *http.Request, c *compiler, res resource, o options) error {
	for _, name := range []string{"filter", "orderby", "top", "skip", "inlinecount", "count", "skiptoken"} {
		if _, ok := o[name]; ok && !h.cfg.lenientOptions {
			return badRequest("The query option '$%s' cannot be applied to a single entity.", name)
		}
	}
	q, err := c.query(res.t, options{"select": o["select"], "expand": o["expand"]}.present())
	if err != nil {
		return err
	}
	s := h.shape(q)
	s.place(h, r)
	if s.etag >= 0 {
		tag := etagOf(res.v, res.row, s.etag)
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	if h.cfg.form != formLight {
		return h.sendEntity(w, r, s, res.v, res.row)
	}
	b, err := h.entity(nil, r, s, res.v, res.row)
	if err != nil {
		return err
	}
	return h.sendJSON(w, r, 200, b)
}

func (h *Handler) entity(b []byte, r *http.Request, s *shape, v *view, j int) ([]byte, error) {
	s.quote(r)
	prefix := ""
	if !noMetadata(r) {
		suffix := "/$entity"
		if h.version == V3 {
			suffix = "/@Element"
		}
		prefix = string(h.appendContext(nil, r, v.t.set.Name+suffix))
	}
	return s.appendRow(b, v, j, prefix)
}

func (o options) present() options {
	for k, v := range o {
		if v == "" {
			delete(o, k)
		}
	}
	return o
}

func (h *Handler) readProperty(w http.ResponseWriter, r *http.Request, res resource) error {
	col := res.t.set.Columns[res.property]
	v := res.v.at(res.row, res.property)
	if v.IsNull() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if res.raw {
		w.Header().Set("Content-Type", "text/plain")
		return h.send(w, r, 200, []byte(v.Text()))
	}
	b := h.appendContext([]byte{'{'}, r, res.t.set.Name+"/"+col.Name)
	b = append(b, `,"value":`...)
	b = appendJSON(b, v, col.Type, h.version, h.enumByName(col.Enum))
	return h.sendJSON(w, r, 200, append(b, '}'))
}
