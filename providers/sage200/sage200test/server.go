package sage200test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// Server is the API of a Sage 200 company. Its Recorder counts the requests.
type Server struct {
	*odatatest.Recorder
	// URL is the address of the API with its path, as the URL property of the
	// driver takes it. It is "" before Listen.
	URL string

	cfg       settings
	resources map[string]*resource
	handler   *odatatest.Handler
	endpoint  *odatatest.Endpoint
}

// New makes a server that listens nowhere: mount its Handler, or call Listen. It
// panics if an option makes no sense, such as a document that is no OpenAPI.
func New(opts ...Option) *Server {
	cfg := defaults()
	for _, o := range opts {
		o(&cfg)
	}
	s := &Server{cfg: cfg, resources: map[string]*resource{}}
	list := ownResources()
	if cfg.document != nil {
		more, err := documentResources(cfg.document)
		if err != nil {
			panic("sage200test: " + err.Error())
		}
		list = append(list, more...)
	}
	schema := &odatatest.Schema{Namespace: "Sage", Container: "Sage200"}
	for _, name := range sortedKeys(enumerations) {
		e := odatatest.Enum{Name: name}
		for i, m := range enumerations[name] {
			e.Members = append(e.Members, odatatest.EnumMember{Name: m, Value: int64(i)})
		}
		schema.Enums = append(schema.Enums, e)
	}
	for _, r := range list {
		if n, ok := cfg.rows[r.name]; ok {
			r.rows = n
		}
		s.resources[r.name] = r
	}
	for _, name := range sortedKeys(s.resources) {
		schema.Sets = append(schema.Sets, s.resources[name].set(s.resources))
	}
	data, err := odatatest.NewData(schema, cfg.collation)
	if err != nil {
		panic("sage200test: " + err.Error())
	}
	s.handler = odatatest.NewHandler(odatatest.V4, data)
	s.Recorder = odatatest.Wrap(http.HandlerFunc(s.serve), cfg.wire...)
	return s
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// NewServer starts a server on a loopback port; it panics if there is none, as
// httptest.NewServer does. Close it when done.
func NewServer(opts ...Option) *Server {
	s := New(opts...)
	if err := s.Listen("127.0.0.1:0"); err != nil {
		panic("sage200test: " + err.Error())
	}
	return s
}

// Listen starts serving at host:port until Close.
func (s *Server) Listen(address string) error {
	e, err := odatatest.Listen(address, s.Handler())
	if err != nil {
		return fmt.Errorf("sage200test: %w", err)
	}
	s.endpoint, s.URL = e, e.URL+s.cfg.path
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

// DSN is a connection string of the server as the default user in the first
// company.
func (s *Server) DSN() string {
	c := s.cfg.companies[0]
	return fmt.Sprintf("URL=%s;SubscriptionKey=%s;OAuthAccessToken=%s;Site=%s;Company=%d", s.URL, s.cfg.keys[0], DefaultToken, c.SiteID, c.CompanyID)
}

// Data is the database, to write to while a client reads.
func (s *Server) Data() *odatatest.Data { return s.handler.Data }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if err := s.answer(w, r); err != nil {
		writeError(w, err)
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) error {
	if err := s.admit(r); err != nil {
		return err
	}
	path, ok := strings.CutPrefix(r.URL.Path, s.cfg.path+"/")
	if !ok {
		return &apiError{status: http.StatusNotFound, gateway: true, message: "Resource not found"}
	}
	if path == "sites" && !s.cfg.noSites {
		return writeJSON(w, s.cfg.companies)
	}
	if !s.placed(r) && path != "sites" {
		return refuse(http.StatusUnauthorized, unauthorised)
	}
	return s.dispatch(w, r, strings.Split(path, "/"))
}

// unauthorised is what ASP.NET says to whatever it does not let in.
const unauthorised = "Authorization has been denied for this request."

// admit checks what the gateway checks.
func (s *Server) admit(r *http.Request) error {
	key := r.Header.Get("ocp-apim-subscription-key")
	switch {
	case key == "":
		return &apiError{status: http.StatusUnauthorized, gateway: true, message: "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."}
	case !slices.Contains(s.cfg.keys, key):
		return &apiError{status: http.StatusUnauthorized, gateway: true, message: "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."}
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case ok && s.cfg.token(token):
		return nil
	case s.cfg.quietToken:
		return refuse(http.StatusUnauthorized, unauthorised)
	}
	return &apiError{status: http.StatusUnauthorized, message: "Unauthorized. Access token is missing or invalid."}
}

// placed says whether the request names a company that the user may open.
func (s *Server) placed(r *http.Request) bool {
	return slices.ContainsFunc(s.cfg.companies, func(c Company) bool {
		return strings.EqualFold(r.Header.Get("X-Site"), c.SiteID) && r.Header.Get("X-Company") == strconv.Itoa(c.CompanyID)
	})
}

// dispatch finds the resource that a path leads to.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, parts []string) error {
	res, parent := s.resources[parts[0]], int64(-1)
	if len(parts) >= 3 && s.resources[parts[2]] != nil {
		n, err := strconv.ParseInt(parts[1], 10, 64)
		res = s.resources[parts[2]]
		if err != nil || res.link(parts[0]) == "" {
			res = nil
		}
		parent, parts = n, parts[2:]
	}
	if res == nil || res.verbs == "-" || slices.Contains(s.cfg.without, res.name) || len(parts) > 2 {
		return refuse(http.StatusNotFound, "No HTTP resource was found that matches the request URI '%s'.", r.URL.Path)
	}
	if slices.Contains(s.cfg.denied, res.name) {
		return refuse(http.StatusForbidden, "You do not have access to this feature.")
	}
	if len(parts) == 2 {
		n, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return refuse(http.StatusBadRequest, "The Id must be a number.")
		}
		return s.row(w, r, res, n)
	}
	describes := r.URL.Query().Get("$metadata") == "true"
	switch {
	case r.Method == http.MethodPost && strings.Contains(res.verbs, "A"):
		return s.add(w, r, res)
	case r.Method != http.MethodGet:
		return refuse(http.StatusMethodNotAllowed, "The requested resource does not support http method '%s'.", r.Method)
	case describes && (parent >= 0 || res.path == res.name):
		return writeJSON(w, res.metadata(s.resources))
	case res.path != res.name && parent < 0:
		return refuse(http.StatusNotFound, "No HTTP resource was found that matches the request URI '%s'.", r.URL.Path)
	}
	return s.list(w, r, res, parent, parts)
}

// link is the column by which the rows belong to rows of another resource: the
// one of the path, or one that holds its ids.
func (r *resource) link(parent string) string {
	if first, rest, ok := strings.Cut(r.path, "/"); ok && first == parent {
		name, _, _ := strings.Cut(rest, "/")
		return strings.Trim(name, "{}")
	}
	for _, c := range r.fields {
		if c.of == parent && c.kind == 'l' {
			return c.name
		}
	}
	return ""
}

func writeJSON(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return send(w, text)
}

func send(w http.ResponseWriter, text []byte) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(text) // the client may have gone
	return nil
}
