package acumaticatest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// Server is an Acumatica site. Its Recorder counts the requests.
type Server struct {
	*odatatest.Recorder
	// URL is the address of the instance, as the URL property of the driver takes
	// it: http://127.0.0.1:port/AcumaticaERP. It is "" before Listen.
	URL string

	cfg      settings
	contract *contract
	gi, dac  *odataFeed
	serial   atomic.Int64

	mu          sync.Mutex
	orders      map[string][]int // of the records of entities
	sessions    map[string]*userSession
	logins      int
	badLogins   int
	overlaps    int
	invocations []Invocation
	polls       map[string]int // 202s left, by operation

	endpoint *odatatest.Endpoint
}

// New makes a server that listens nowhere: mount its Handler, or call Listen. It
// panics if the contract that an option gives cannot be read.
func New(opts ...Option) *Server {
	cfg := defaults()
	for _, o := range opts {
		o(&cfg)
	}
	cfg.instance = strings.Trim(cfg.instance, "/")
	s := &Server{cfg: cfg, contract: wholesaler(), orders: map[string][]int{}, sessions: map[string]*userSession{}, polls: map[string]int{}}
	if cfg.contract != nil {
		c, err := foreign(cfg.contract)
		if err != nil {
			panic("acumaticatest: " + err.Error())
		}
		s.contract = c
	}
	s.gi, s.dac = s.inquiries(), s.classes()
	s.Recorder = odatatest.Wrap(http.HandlerFunc(s.serve), cfg.wire...)
	return s
}

// NewServer starts a server on a loopback port; it panics if there is none, as
// httptest.NewServer does. Close it when done.
func NewServer(opts ...Option) *Server {
	s := New(opts...)
	if err := s.Listen("127.0.0.1:0"); err != nil {
		panic("acumaticatest: " + err.Error())
	}
	return s
}

// Listen starts serving at host:port until Close.
func (s *Server) Listen(address string) error {
	e, err := odatatest.Listen(address, s.Handler())
	if err != nil {
		return fmt.Errorf("acumaticatest: %w", err)
	}
	s.endpoint, s.URL = e, e.URL+s.root()
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

// DSN is a connection string of the server, as the default user.
func (s *Server) DSN() string {
	return fmt.Sprintf("URL=%s;Company=%s;User=%s;Password=%s", s.URL, s.cfg.tenant, DefaultUser, DefaultPassword)
}

// root is the path of the instance.
func (s *Server) root() string {
	if s.cfg.instance == "" {
		return ""
	}
	return "/" + s.cfg.instance
}

// base is the path of the endpoint.
func (s *Server) base() string { return s.root() + "/entity/" + EndpointName + "/" + EndpointVersion }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, s.root())
	switch {
	case s.cfg.identity != nil && !ok:
		s.cfg.identity.ServeHTTP(w, r)
	case s.cfg.identity != nil && strings.HasPrefix(path, "/identity/"):
		http.StripPrefix(s.root(), s.cfg.identity).ServeHTTP(w, r)
	case !ok:
		http.Error(w, "<html><body><h2>404 - File or directory not found.</h2></body></html>", http.StatusNotFound)
	case path == "/entity/auth/login":
		s.login(w, r)
	case path == "/entity/auth/logout":
		s.logout(w, r)
	case path == "/entity" || strings.HasPrefix(path, "/entity/"):
		s.within(w, r, false, func() { s.rest(w, r, strings.TrimPrefix(path, "/entity")) })
	default:
		s.within(w, r, true, func() { s.odata(w, r, path) })
	}
}

// within answers a request in its session.
func (s *Server) within(w http.ResponseWriter, r *http.Request, basic bool, answer func()) {
	u := s.enter(w, r, basic)
	if u == nil {
		return
	}
	defer s.leave(u)
	answer()
}

// versions are those of the system endpoint, the newest neither first nor last
// by its text.
var versions = []string{"17.200.001", EndpointVersion, "9.200.001", "22.200.001"}

func (s *Server) rest(w http.ResponseWriter, r *http.Request, path string) {
	if strings.Trim(path, "/") == "" {
		var list []object
		for _, v := range versions {
			list = append(list, object{"name": EndpointName, "version": v, "href": s.root() + "/entity/" + EndpointName + "/" + v})
		}
		list = append(list, object{"name": "MANUFACTURING", "version": "24.200.001", "href": s.root() + "/entity/MANUFACTURING/24.200.001"})
		if s.cfg.bareList {
			writeJSON(w, http.StatusOK, list)
			return
		}
		writeJSON(w, http.StatusOK, object{"version": object{"acumaticaBuildVersion": "24.200.0059", "databaseVersion": "24.200.0059"}, "endpoints": list})
		return
	}
	rest, ok := strings.CutPrefix(path, "/"+EndpointName+"/"+EndpointVersion)
	if !ok || rest == "" {
		writeError(w, &restError{http.StatusNotFound, "System.InvalidOperationException", "The endpoint is not found."})
		return
	}
	s.entities(w, r, rest)
}

// odata finds the feed of a path.
func (s *Server) odata(w http.ResponseWriter, r *http.Request, path string) {
	gi, dac := "/t/"+s.cfg.tenant+"/api/odata/gi", "/t/"+s.cfg.tenant+"/api/odata/dac"
	if s.cfg.legacy {
		gi, dac = "/odata/"+s.cfg.tenant, "/odatav4/"+s.cfg.tenant
	}
	switch {
	case path == gi || strings.HasPrefix(path, gi+"/"):
		s.gi.serve(w, r)
	case path == dac || strings.HasPrefix(path, dac+"/"):
		s.dac.serve(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// order are the places of an entity's records, in the order of the keys.
func (s *Server) order(e *entity) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ordered(e))
}

func (s *Server) ordered(e *entity) []int {
	o, ok := s.orders[e.name]
	if !ok {
		for i := range s.size(e) {
			o = append(o, i)
		}
		s.orders[e.name] = o
	}
	return o
}

// Delete takes the record at a place out of an entity.
func (s *Server) Delete(entity string, place int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.contract.entities[entity]
	s.orders[entity] = slices.Delete(slices.Clone(s.ordered(e)), place, place+1)
}

// Insert puts a new record at a place of an entity.
func (s *Server) Insert(entity string, place int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.contract.entities[entity]
	o := slices.Clone(s.ordered(e))
	s.orders[entity] = slices.Insert(o, place, slices.Max(o)+1000)
}
