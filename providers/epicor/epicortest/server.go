package epicortest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// Server is a Kinetic server. Its Recorder counts the requests.
type Server struct {
	*odatatest.Recorder
	// URL is the address without the instance, as the URL property of the
	// driver takes it: http://127.0.0.1:port. It is "" before Listen.
	URL string

	cfg       settings
	companies map[string]*company
	services  map[string]string // lower case -> name
	revision  atomic.Int64

	mu       sync.Mutex
	datas    map[string]*odatatest.Data    // by company and service
	handlers map[string]*odatatest.Handler // by version, company and service

	auth authority

	endpoint *odatatest.Endpoint
}

// New makes a server that listens nowhere: mount its Handler, or call Listen.
func New(opts ...Option) *Server {
	cfg := defaults()
	for _, o := range opts {
		o(&cfg)
	}
	cfg.instance = strings.Trim(cfg.instance, "/")
	s := &Server{cfg: cfg, datas: map[string]*odatatest.Data{}, handlers: map[string]*odatatest.Handler{}, services: map[string]string{}}
	s.companies = map[string]*company{
		DefaultCompany: newCompany(DefaultCompany, "Epicor Education", cfg.customers, cfg.orderLines),
		OtherCompany:   newCompany(OtherCompany, "Epicor Éducation Europe", max(1, cfg.customers/8), min(500, cfg.orderLines)),
	}
	for _, n := range serviceNames() {
		s.services[strings.ToLower(n)] = n
	}
	s.revision.Store(9107199254740993)
	s.auth.start(&s.cfg)
	s.Recorder = odatatest.Wrap(http.HandlerFunc(s.serve), cfg.wire...)
	return s
}

// NewServer starts a server on a loopback port; it panics if there is none, as
// httptest.NewServer does. Close it when done.
func NewServer(opts ...Option) *Server {
	s := New(opts...)
	if err := s.Listen("127.0.0.1:0"); err != nil {
		panic("epicortest: " + err.Error())
	}
	return s
}

// Listen starts serving at host:port until Close.
func (s *Server) Listen(address string) error {
	e, err := odatatest.Listen(address, s.Handler())
	if err != nil {
		return fmt.Errorf("epicortest: %w", err)
	}
	s.endpoint, s.URL = e, e.URL
	return nil
}

// Close stops serving and breaks the connections that are left.
func (s *Server) Close() {
	if s.endpoint != nil {
		s.endpoint.Close()
	}
}

// Handler answers every request of the server, recorder included.
func (s *Server) Handler() http.Handler { return s.Recorder }

// Instance is the path before /api, without slashes at its ends.
func (s *Server) Instance() string { return s.cfg.instance }

// DSN is a connection string of the server for an API version, "v1" or "v2",
// as the default user in EPIC06.
func (s *Server) DSN(version string) string {
	u := s.cfg.users[0]
	dsn := fmt.Sprintf("URL=%s;ERPInstance=%s;User=%s;Password=%s;ApiVersion=%s;Company=%s", s.URL, s.cfg.instance, quoteProperty(u.Name), quoteProperty(u.Password), version, u.Companies[0])
	if version == "v2" {
		keys := make([]string, 0, len(s.cfg.apiKeys))
		for k, scope := range s.cfg.apiKeys {
			if len(scope) == 0 {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		if len(keys) > 0 {
			dsn += ";ApiKey=" + quoteProperty(keys[0])
		}
	}
	return dsn
}

// quoteProperty quotes a value with ';' or quotes in it.
func quoteProperty(v string) string {
	if strings.ContainsAny(v, `;'"={} `) {
		return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
	}
	return v
}

// call is one request on its way: who asks, in which company, in which version.
type call struct {
	version odatatest.Version
	base    string // path before the service name
	company *company
	user    *User
	rest    []string // path parts after the base
	raw     string   // the same, still escaped

	functions bool // of a function library, not of a service
	staging   bool // of one that may not be promoted
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	root := ""
	if s.cfg.instance != "" {
		root = "/" + s.cfg.instance
	}
	p, ok := strings.CutPrefix(r.URL.EscapedPath(), root)
	switch {
	case !ok:
		http.Error(w, "<html><body><h2>404 - File or directory not found.</h2></body></html>", http.StatusNotFound)
	case strings.EqualFold(strings.TrimRight(p, "/"), "/TokenResource.svc"):
		s.token(w, r)
	case strings.HasPrefix(p, "/api/v1/") || p == "/api/v1":
		s.route(w, r, &call{version: odatatest.V3, base: root + "/api/v1", raw: strings.TrimPrefix(p, "/api/v1")})
	case strings.HasPrefix(p, "/api/v2/odata/"):
		id, rest, _ := strings.Cut(strings.TrimPrefix(p, "/api/v2/odata/"), "/")
		s.route(w, r, &call{version: odatatest.V4, base: root + "/api/v2/odata/" + id, raw: "/" + rest, company: s.companies[id]})
	case strings.HasPrefix(p, "/api/v2/efx/"):
		rest, staging := strings.CutPrefix(strings.TrimPrefix(p, "/api/v2/efx/"), "staging/")
		id, rest, _ := strings.Cut(rest, "/")
		s.route(w, r, &call{version: odatatest.V4, base: root + "/api/v2/efx/" + id, raw: "/" + rest, company: s.companies[id], functions: true, staging: staging})
	case strings.HasPrefix(p, "/api/swagger/"):
		s.swagger(w, r, strings.Split(strings.TrimPrefix(p, "/api/swagger/"), "/"))
	default:
		http.Error(w, "<html><body><h2>404 - File or directory not found.</h2></body></html>", http.StatusNotFound)
	}
}

// route authenticates, finds the company and hands on to the service.
func (s *Server) route(w http.ResponseWriter, r *http.Request, c *call) {
	release, err := s.admit(r, c)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	defer release()
	c.rest = strings.Split(strings.Trim(c.raw, "/"), "/")
	name := c.rest[0]
	switch {
	case c.functions:
		if err := s.efx(w, r, c); err != nil {
			s.writeError(w, r, err)
		}
		return
	case name == "":
		s.serviceList(w, r, c, s.serviceDocument())
		return
	case name == "BaqSvc":
		s.baq(w, r, c)
		return
	}
	service, known := s.services[strings.ToLower(name)]
	switch {
	case !known:
		err = &restError{status: 404, kind: apiException, message: fmt.Sprintf("Service %s is not found.", name)}
	case service == "Ice.Lib.SessionModSvc":
		err = s.session(w, r, c)
	default:
		err = s.service(w, r, c, service)
	}
	if err != nil {
		s.writeError(w, r, err)
	}
}

func (s *Server) service(w http.ResponseWriter, r *http.Request, c *call, service string) error {
	if slices.Contains(c.user.Denied, service) {
		return &restError{status: 401, kind: unauthorized, message: "Access denied (" + strings.TrimSuffix(service, "Svc") + "." + s.methodOf(r, c, service) + ")."}
	}
	if len(c.rest) == 2 {
		if def := findMethod(service, c.rest[1]); def != nil {
			return s.method(w, r, c, service, def)
		}
	}
	if !s.cfg.setFilters && strings.Contains(strings.ReplaceAll(r.URL.RawQuery, "%24", "$"), "$filter=") {
		return &restError{status: 400, kind: odataException, message: "The query specified in the URI is not valid. Query option 'Filter' is not allowed."}
	}
	h, err := s.handler(c, service)
	if err != nil {
		return err
	}
	h.ServeHTTP(w, r)
	return nil
}

// methodOf names the business-object method behind a request, as the message
// of a refusal does.
func (s *Server) methodOf(r *http.Request, c *call, service string) string {
	last := c.rest[len(c.rest)-1]
	switch {
	case len(c.rest) == 2 && findMethod(service, last) != nil:
		return last
	case r.Method != http.MethodGet:
		return "UpdateExt"
	case last == "List":
		return "GetList"
	case strings.Contains(last, "("):
		return "GetByID"
	}
	return "GetRows"
}

// data makes the rows of a service of a company when they are first asked for.
func (s *Server) data(company, service string) (*odatatest.Data, error) {
	key := company + "/" + service
	s.mu.Lock()
	d := s.datas[key]
	s.mu.Unlock()
	if d != nil {
		return d, nil
	}
	d, err := s.schema(service, s.companies[company]) // outside the lock: it may need another service
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.datas[key]; first != nil {
		return first, nil
	}
	s.datas[key] = d
	return d, nil
}

func (s *Server) handler(c *call, service string) (*odatatest.Handler, error) {
	d, err := s.data(c.company.id, service)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprint(c.version, c.base, c.company.id, service, c.rest[0])
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.handlers[key]; h != nil {
		return h, nil
	}
	h := odatatest.NewHandler(c.version, d, s.options(c.version, c.base+"/"+c.rest[0])...)
	s.handlers[key] = h
	return h, nil
}

func (s *Server) options(v odatatest.Version, base string) []odatatest.Option {
	opts := []odatatest.Option{
		odatatest.WithBasePath(base), odatatest.WithPaging(s.paging), odatatest.WithBeforeWrite(s.beforeWrite),
		odatatest.WithErrorWriter(func(w http.ResponseWriter, r *http.Request, e *odatatest.Error) { s.writeError(w, r, e) }),
	}
	if v == odatatest.V3 { // a misspelt option is passed over in silence
		opts = append(opts, odatatest.WithLenientOptions())
	}
	if s.cfg.refuseComputed {
		opts = append(opts, odatatest.WithRefusedColumns())
	}
	return append(opts, s.cfg.handler...)
}

func (s *Server) paging(r *http.Request) odatatest.Paging {
	return odatatest.Paging{Default: s.cfg.defaultPage, Max: s.cfg.cap(odatatest.RequestNumber(r)), Reject: s.cfg.reject}
}

// beforeWrite does what UpdateExt does to every row: a new row version, and a
// row id for a new row.
func (s *Server) beforeWrite(c odatatest.Change) error {
	if c.New == nil {
		return nil
	}
	for i, col := range c.Set.Columns {
		switch {
		case col.Name == "SysRevID":
			c.New[i] = odatatest.Int(s.revision.Add(1))
		case col.Name == "SysRowID" && c.Old == nil:
			c.New[i] = rowID(0xadd, int(s.revision.Add(1)))
		case col.Name == "SysRowID":
			c.New[i] = c.Old[i]
		case col.Name == "RowMod":
			c.New[i] = odatatest.String("")
		}
	}
	return nil
}

// serviceDocument is the list of services.
func (s *Server) serviceDocument() []string {
	out := make([]string, 0, len(s.services))
	for _, n := range s.services {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// serviceList prints names as a service document: JSON, or AtomPub where v1 is
// asked for XML.
func (s *Server) serviceList(w http.ResponseWriter, r *http.Request, c *call, names []string) {
	if accept := r.Header.Get("Accept"); c.version == odatatest.V3 && strings.Contains(accept, "xml") && !strings.Contains(accept, "json") {
		type collection struct {
			Href  string `xml:"href,attr"`
			Title string `xml:"http://www.w3.org/2005/Atom title"`
		}
		doc := struct {
			XMLName    xml.Name     `xml:"http://www.w3.org/2007/app service"`
			Collection []collection `xml:"workspace>collection"`
		}{}
		for _, n := range names {
			doc.Collection = append(doc.Collection, collection{n, n})
		}
		w.Header().Set("Content-Type", "application/atomsvc+xml")
		_ = xml.NewEncoder(w).Encode(doc) // the client may have gone
		return
	}
	type entry struct {
		Name string `json:"name"`
		Kind string `json:"kind,omitempty"`
		URL  string `json:"url"`
	}
	entries := make([]entry, len(names))
	for i, n := range names {
		entries[i] = entry{Name: n, URL: n}
		if c.version == odatatest.V4 {
			entries[i].Kind = "EntitySet"
		}
	}
	context := "@odata.context"
	if c.version == odatatest.V3 {
		context = "odata.metadata"
	}
	writeJSON(w, 200, map[string]any{context: "http://" + r.Host + c.base + "/$metadata", "value": entries})
}

// Insert adds a row to "Service/Set" of EPIC06 while the server runs; the row
// names its columns, the company may be left out.
func (s *Server) Insert(set string, row map[string]any) error {
	d, name, company, err := s.locate(set)
	if err != nil {
		return err
	}
	full := map[string]any{}
	if def := d.Set(name); def != nil && slices.Contains(def.Key, "Company") {
		full["Company"] = company
	}
	for k, v := range row {
		full[k] = v
	}
	return d.InsertWith(name, full, s.beforeWrite)
}

// Update changes columns of the row of "Service/Set" with this key, its parts
// in key order after the company.
func (s *Server) Update(set string, changes map[string]any, key ...any) error {
	d, name, company, err := s.locate(set)
	if err != nil {
		return err
	}
	return d.UpdateWith(name, changes, s.beforeWrite, fullKey(d, name, company, key)...)
}

// Delete removes the row of "Service/Set" with this key, its parts in key
// order after the company.
func (s *Server) Delete(set string, key ...any) error {
	d, name, company, err := s.locate(set)
	if err != nil {
		return err
	}
	return d.Delete(name, fullKey(d, name, company, key)...)
}

// Rows is the number of rows of "Service/Set" now.
func (s *Server) Rows(set string) int {
	d, name, _, err := s.locate(set)
	if err != nil {
		return 0
	}
	return d.Count(name)
}

func fullKey(d *odatatest.Data, set, company string, key []any) []any {
	if def := d.Set(set); def != nil && len(def.Key) == len(key)+1 {
		return append([]any{company}, key...)
	}
	return key
}

// locate reads "Service/Set" or "Company/Service/Set".
func (s *Server) locate(path string) (d *odatatest.Data, set, company string, err error) {
	parts := strings.Split(path, "/")
	if len(parts) == 2 {
		parts = append([]string{DefaultCompany}, parts...)
	}
	if len(parts) != 3 || s.companies[parts[0]] == nil {
		return nil, "", "", fmt.Errorf("epicortest: %q is not Service/Set", path)
	}
	service, ok := s.services[strings.ToLower(parts[1])]
	if !ok {
		return nil, "", "", fmt.Errorf("epicortest: no service %q", parts[1])
	}
	d, err = s.data(parts[0], service)
	return d, parts[2], parts[0], err
}
