package oauthtest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server is an identity provider.
type Server struct {
	// URL is http://127.0.0.1:port, without a slash at its end.
	URL string

	cfg      settings
	listener net.Listener
	server   *http.Server
	mux      *http.ServeMux

	mu       sync.Mutex
	requests map[string]*authorization // pages under way, by id
	codes    map[string]*authorization
	devices  map[string]*device // by device code
	access   map[string]*accessToken
	refresh  map[string]*refreshToken
	families []*family
	jtis     map[string]time.Time
	faults   []Fault
	counts   Counts
}

// NewServer starts a provider on a loopback port; it panics if there is none,
// as httptest.NewServer does. Close it when done.
func NewServer(opts ...Option) *Server {
	s, err := Listen("127.0.0.1:0", opts...)
	if err != nil {
		panic(err)
	}
	return s
}

// Listen starts a provider at host:port.
func Listen(address string, opts ...Option) (*Server, error) {
	cfg := defaults()
	for _, o := range opts {
		o(&cfg)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("oauthtest: %w", err)
	}
	s := &Server{
		URL: "http://" + l.Addr().String(), cfg: cfg, listener: l, mux: http.NewServeMux(),
		requests: map[string]*authorization{}, codes: map[string]*authorization{}, devices: map[string]*device{},
		access: map[string]*accessToken{}, refresh: map[string]*refreshToken{}, jtis: map[string]time.Time{},
		counts: Counts{Tokens: map[string]int{}},
	}
	s.routes()
	s.server = &http.Server{Handler: s.mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			panic(fmt.Sprintf("oauthtest: %v", err))
		}
	}()
	return s, nil
}

// Handler answers the provider's requests, for servers that have it among their
// own addresses.
func (s *Server) Handler() http.Handler { return s.mux }

// Close stops the provider and breaks the connections that are left.
func (s *Server) Close() { _ = s.server.Close() }

func (s *Server) routes() {
	s.mux.HandleFunc("GET "+s.path(s.AuthorizationURL()), s.authorize)
	s.mux.HandleFunc("POST "+s.path(s.TokenURL()), s.token)
	s.mux.HandleFunc("POST "+s.path(s.DeviceURL()), s.deviceAuthorization)
	s.mux.HandleFunc("GET /device", s.devicePage)
	s.mux.HandleFunc("POST /device", s.deviceForm)
	s.mux.HandleFunc("POST /login", s.loginForm)
	s.mux.HandleFunc("POST /consent", s.consentForm)
	if s.cfg.shape == Entra {
		s.mux.HandleFunc("GET /"+DefaultTenant+"/v2.0/adminconsent", s.adminConsent)
	}
	s.mux.HandleFunc("GET "+s.path(s.DiscoveryURL()), s.discovery)
}

func (s *Server) path(url string) string { return strings.TrimPrefix(url, s.URL) }

// Issuer is the provider's name for itself.
func (s *Server) Issuer() string {
	switch {
	case s.cfg.shape == Entra:
		return s.URL + "/" + DefaultTenant + "/v2.0"
	case s.cfg.shape == Acumatica:
		return s.URL + "/identity"
	}
	return s.URL
}

func (s *Server) endpoint(plain, entra, acumatica string) string {
	switch s.cfg.shape {
	case Entra:
		return s.URL + "/" + DefaultTenant + "/oauth2/v2.0/" + entra
	case Acumatica:
		return s.URL + "/identity/connect/" + acumatica
	}
	return s.URL + "/" + plain
}

// AuthorizationURL is the address of the authorization endpoint.
func (s *Server) AuthorizationURL() string {
	return s.endpoint("authorize", "authorize", "authorize")
}

// TokenURL is the address of the token endpoint.
func (s *Server) TokenURL() string { return s.endpoint("token", "token", "token") }

// DeviceURL is the address of the device authorization endpoint.
func (s *Server) DeviceURL() string {
	return s.endpoint("device_authorization", "devicecode", "deviceauthorization")
}

// DiscoveryURL is the address of the metadata document.
func (s *Server) DiscoveryURL() string {
	base := map[Shape]string{Entra: "/" + DefaultTenant + "/v2.0", Acumatica: "/identity"}[s.cfg.shape]
	if s.cfg.onlyRFC8414 {
		return s.URL + "/.well-known/oauth-authorization-server" + base
	}
	return s.URL + base + "/.well-known/openid-configuration"
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.counts.Discovery++
	s.mu.Unlock()
	doc := map[string]any{
		"issuer":                                s.Issuer(),
		"authorization_endpoint":                s.AuthorizationURL(),
		"token_endpoint":                        s.TokenURL(),
		"device_authorization_endpoint":         s.DeviceURL(),
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query"},
		"code_challenge_methods_supported":      []string{"S256"},
		"grant_types_supported":                 []string{grantCode, grantRefresh, grantClient, grantPassword, grantDevice},
		"scopes_supported":                      []string{"openid", "offline_access"},
		"subject_types_supported":               []string{"pairwise"},
		"token_endpoint_auth_methods_supported": []string{"none", "client_secret_post", "client_secret_basic", "private_key_jwt"},
	}
	if s.cfg.shape == Plain {
		doc["authorization_response_iss_parameter_supported"] = true
	}
	writeJSON(w, http.StatusOK, doc)
}

// writeJSON answers as RFC 6749 section 5.1 asks: not to be kept by anyone.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// unguessable makes ids, codes and tokens.
func unguessable(kind string) string { return kind + rand.Text() + rand.Text() }
