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

// Paging is how many rows an answer may hold; zero means no limit.
type Paging struct {
	Default int  // rows when $top is absent
	Max     int  // rows even when $top asks for more
	Links   bool // print a next link when rows are left; else the cut is silent
	Reject  bool // answer 400 when $top is above Max, instead of cutting
}

type config struct {
	collation      Collation
	paging         func(*http.Request) Paging
	relativeLinks  bool
	gzip           bool
	lenientOptions bool
	refuseComputed bool
	requireETag    bool
	zuluDates      bool
	base           string
	now            func() time.Time
	writeError     func(http.ResponseWriter, *http.Request, *Error)
	beforeWrite    func(Change) error
	skipCost       time.Duration
	latency        time.Duration
	fault          func(*http.Request, int) *Fault
}

// Option is a trait of the service.
type Option func(*config)

// WithCollation sets how strings compare; the default is BinaryOrder.
func WithCollation(c Collation) Option { return func(g *config) { g.collation = c } }

// WithPageSize cuts answers after n rows, with a next link.
func WithPageSize(n int) Option {
	return WithPaging(func(*http.Request) Paging { return Paging{Default: n, Max: n, Links: true} })
}

// WithPaging decides about the page size request by request.
func WithPaging(f func(*http.Request) Paging) Option { return func(g *config) { g.paging = f } }

// WithRelativeNextLinks prints next links relative to the request's folder.
func WithRelativeNextLinks() Option { return func(g *config) { g.relativeLinks = true } }

// WithGzip turns compression for clients that accept it on or off; it is on by default.
func WithGzip(on bool) Option { return func(g *config) { g.gzip = on } }

// WithLenientOptions ignores unknown system query options, wrong case
// included, instead of answering 400.
func WithLenientOptions() Option { return func(g *config) { g.lenientOptions = true } }

// WithRefusedColumns answers 500 to filters and orders on Computed columns.
func WithRefusedColumns() Option { return func(g *config) { g.refuseComputed = true } }

// WithZuluDates makes a V3 service print Edm.DateTime with a Z, as some do.
func WithZuluDates() Option { return func(g *config) { g.zuluDates = true } }

// WithRequiredETag answers 428 to PATCH and DELETE without If-Match on sets
// that have an ETag.
func WithRequiredETag() Option { return func(g *config) { g.requireETag = true } }

// WithBasePath mounts the service below a path such as "/erp/api/v1/Svc".
func WithBasePath(p string) Option {
	return func(g *config) { g.base = strings.TrimRight(p, "/") }
}

// WithNow sets the clock of now(); the default is 2024-06-15T12:00:00Z, so that
// answers do not depend on the day of the test.
func WithNow(f func() time.Time) Option { return func(g *config) { g.now = f } }

// WithErrorWriter replaces the error body of the protocol version.
func WithErrorWriter(f func(http.ResponseWriter, *http.Request, *Error)) Option {
	return func(g *config) { g.writeError = f }
}

// WithBeforeWrite is called with every change under the writers' lock; it may
// fill Change.New in, or refuse the change by an error (an *Error keeps its
// status).
func WithBeforeWrite(f func(Change) error) Option { return func(g *config) { g.beforeWrite = f } }

// WithSkipCost makes every row that $skip passes over cost this much time, as
// deep paging does on real servers.
func WithSkipCost(d time.Duration) Option { return func(g *config) { g.skipCost = d } }

// WithLatency delays every answer.
func WithLatency(d time.Duration) Option { return func(g *config) { g.latency = d } }

// WithFault may spoil the answer to a request; n counts requests from 1.
func WithFault(f func(r *http.Request, n int) *Fault) Option { return func(g *config) { g.fault = f } }

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

func buildConfig(opts []Option) config {
	g := config{gzip: true, now: func() time.Time { return time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC) }}
	for _, o := range opts {
		o(&g)
	}
	return g
}

func newHandler(v Version, d *Data, g config) *Handler {
	h := &Handler{Data: d, version: v, cfg: g}
	if h.cfg.writeError == nil {
		h.cfg.writeError = h.protocolError
	}
	return h
}

func (h *Handler) annotation(name string) string {
	if h.version == V3 {
		return `"odata.` + name + `":`
	}
	return `"@odata.` + name + `":`
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.serve(w, r); err != nil {
		h.cfg.writeError(w, r, asError(err))
	}
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
	} else {
		w.Header().Set("OData-Version", "4.0")
	}
	if len(segs) == 0 {
		return h.serviceDocument(w, r)
	}
	if segs[0] == "$metadata" {
		w.Header().Set("Content-Type", "application/xml")
		return h.send(w, r, 200, []byte(h.metadata()))
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

// pathSegments splits the escaped path at slashes outside quotes and unescapes
// each part: a key may hold an escaped slash.
func pathSegments(p string) ([]string, error) {
	var out []string
	start, quoted := 0, false
	add := func(s string) error {
		if s == "" {
			return nil
		}
		u, err := url.PathUnescape(s)
		if err != nil {
			return badRequest("The path is not well encoded: %v", err)
		}
		out = append(out, u)
		return nil
	}
	for i := 0; i < len(p); i++ {
		switch {
		case p[i] == '\'' || strings.HasPrefix(p[i:], "%27"):
			quoted = !quoted
		case p[i] == '/' && !quoted:
			if err := add(p[start:i]); err != nil {
				return nil, err
			}
			start = i + 1
		}
	}
	return out, add(p[start:])
}

func (h *Handler) negotiate(r *http.Request) error {
	accept := strings.ToLower(r.Header.Get("Accept") + " " + r.URL.Query().Get("$format"))
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
		for _, s := range h.schema.Sets {
			fmt.Fprintf(&b, `<collection href="%s"><atom:title>%s</atom:title></collection>`, escape(s.Name), escape(s.Name))
		}
		b.WriteString(`</workspace></service>`)
		w.Header().Set("Content-Type", "application/atomsvc+xml")
		return h.send(w, r, 200, []byte(b.String()))
	}
	var b []byte
	b = append(b, '{')
	if h.version == V3 {
		b = append(b, `"odata.metadata":`...)
	} else {
		b = append(b, `"@odata.context":`...)
	}
	b = append(appendString(b, h.root(r)+"/$metadata"), `,"value":[`...)
	for i, s := range h.schema.Sets {
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

// resource is what a path leads to: rows of a table, or one row.
type resource struct {
	t        *table
	v        *view
	row      int // -1: the whole view
	null     bool
	count    bool
	property int // -1: none
	raw      bool
	set      bool // an entity set itself, as inserts need
}

func (h *Handler) resolve(c *compiler, segs []string) (resource, error) {
	name, key, keyed := cutKey(segs[0])
	t := h.tables[name]
	if t == nil {
		return resource{}, &Error{Status: 404, Message: fmt.Sprintf("Resource not found for the segment '%s'.", name)}
	}
	res := resource{t: t, v: c.view(t), row: -1, property: -1, set: !keyed}
	if keyed {
		if err := h.locate(&res, key); err != nil {
			return res, err
		}
	}
	for i, seg := range segs[1:] {
		last := i == len(segs)-2
		switch {
		case seg == "$count" && res.row < 0 && last:
			res.count = true
		case seg == "$value" && res.property >= 0 && last:
			res.raw = true
		case res.property >= 0 || res.row < 0:
			return res, &Error{Status: 404, Message: fmt.Sprintf("Resource not found for the segment '%s'.", seg)}
		default:
			if err := h.step(c, &res, seg); err != nil {
				return res, err
			}
		}
		if res.null && !last {
			return res, &Error{Status: 404, Message: fmt.Sprintf("Resource not found for the segment '%s'.", seg)}
		}
	}
	return res, nil
}

// step goes from a row to a property or along a navigation property.
func (h *Handler) step(c *compiler, res *resource, seg string) error {
	res.set = false
	name, key, keyed := cutKey(seg)
	if col, ok := res.t.columns[name]; ok && !keyed {
		res.property = col
		return nil
	}
	nav := res.t.set.navigation(name)
	if nav == nil {
		return &Error{Status: 404, Message: fmt.Sprintf("Resource not found for the segment '%s'.", name)}
	}
	target, here, there := c.join(res.t, nav)
	v := c.view(target)
	rows := related(rowRef{res.v, res.row}, v, here, there)
	res.t, res.row = target, -1
	res.v = &view{t: target, base: picking{v, rows}}
	switch {
	case !nav.Many && len(rows) > 0:
		res.row = 0
	case !nav.Many:
		res.null = true
	case keyed:
		return h.locate(res, key)
	}
	return nil
}

func (h *Handler) locate(res *resource, key string) error {
	vals, err := h.parseKey(res.t, key)
	if err != nil {
		return err
	}
	j, found := res.v.find(vals)
	if !found {
		return &Error{Status: 404, Code: "RecordNotFound", Message: "Record not found."}
	}
	res.row, res.set = j, false
	return nil
}

func cutKey(seg string) (name, key string, keyed bool) {
	i := strings.IndexByte(seg, '(')
	if i < 0 || !strings.HasSuffix(seg, ")") {
		return seg, "", false
	}
	return seg[:i], seg[i+1 : len(seg)-1], true
}

// parseKey reads a key predicate: values in key order, or Name=value pairs.
func (h *Handler) parseKey(t *table, s string) ([]Value, error) {
	if len(t.key) == 0 {
		return nil, badRequest("The set '%s' has no key.", t.set.Name)
	}
	parts := split(s, ',')
	if len(parts) != len(t.key) {
		return nil, badRequest("The number of keys specified in the URI does not match number of key properties for the resource '%s'.", t.set.Name)
	}
	out := make([]Value, len(parts))
	named := 0
	for i, part := range parts {
		part = strings.TrimSpace(part)
		pos := i
		if eq := strings.IndexByte(part, '='); eq > 0 && !strings.ContainsAny(part[:eq], "'(") {
			pos = -1
			for k, col := range t.key {
				if t.set.Columns[col].Name == part[:eq] {
					pos = k
				}
			}
			if pos < 0 {
				return nil, badRequest("'%s' is not a key property of '%s'.", part[:eq], t.set.Name)
			}
			part = part[eq+1:]
			named++
		}
		e, err := parseExpr(h.version, part)
		if err != nil {
			return nil, badRequest("%v", err)
		}
		col := t.set.Columns[t.key[pos]]
		l, ok := e.(*literal)
		if !ok || !comparable(l.value.kind, col.Type.kindIn(h.version)) || l.value.IsNull() {
			return nil, badRequest("The key value (%s) does not match type '%s' of key property '%s'.", part, col.Type.name(h.version), col.Name)
		}
		out[pos] = l.value
	}
	if named != 0 && named != len(parts) {
		return nil, badRequest("A key predicate is either all by position or all by name.")
	}
	return out, nil
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
func (h *Handler) pageLimit(w http.ResponseWriter, r *http.Request, q *query) (limit int, links bool, err error) {
	p := Paging{}
	if h.cfg.paging != nil {
		p = h.cfg.paging(r)
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
	limit, links, err := h.pageLimit(w, r, q)
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
		name = `"@odata.context":`
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
	if s.etag >= 0 {
		tag := etagOf(res.v, res.row, s.etag)
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
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
