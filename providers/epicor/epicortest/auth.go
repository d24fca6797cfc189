package epicortest

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// authority knows the accounts, tokens, sessions and licence seats.
type authority struct {
	cfg *settings

	mu       sync.Mutex
	serial   int
	tokens   map[string]token
	sessions map[string]string // session id -> user
	running  int               // calls without a session
}

type token struct {
	user    string
	expires time.Time
}

func (a *authority) start(cfg *settings) {
	a.cfg, a.tokens, a.sessions = cfg, map[string]token{}, map[string]string{}
}

func (a *authority) account(name, password string) *User {
	for i := range a.cfg.users {
		u := &a.cfg.users[i]
		if strings.EqualFold(u.Name, name) && u.Password == password {
			return u
		}
	}
	return nil
}

var errCredentials = &restError{status: 401, kind: unauthorized, message: "Invalid username or password."}

// authenticate reads Basic or Bearer credentials.
func (a *authority) authenticate(r *http.Request) (*User, error) {
	if name, password, ok := r.BasicAuth(); ok {
		if u := a.account(name, password); u != nil {
			return u, nil
		}
		return nil, errCredentials
	}
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return nil, errCredentials
	}
	user, err := a.subject(bearer)
	if err != nil {
		return nil, &restError{status: 401, kind: unauthorized, message: "Invalid or expired token."}
	}
	for i := range a.cfg.users {
		if a.cfg.users[i].Name == user {
			return &a.cfg.users[i], nil
		}
	}
	return nil, errCredentials
}

var errToken = errors.New("neither the server nor its identity provider has issued this token, or it has expired")

// subject tells whose a token is, the server's own or an identity provider's.
func (a *authority) subject(bearer string) (user string, err error) {
	a.mu.Lock()
	t, own := a.tokens[bearer]
	a.mu.Unlock()
	switch {
	case own && !time.Now().After(t.expires):
		return t.user, nil
	case !own && a.cfg.subject != nil:
		return a.cfg.subject(bearer)
	}
	return "", errToken
}

// checkKey demands an API key that is known and reaches the service.
func (a *authority) checkKey(r *http.Request, company, service string) error {
	key := r.Header.Get("x-api-key")
	if key == "" {
		key = r.URL.Query().Get("api-key")
	}
	scope, known := a.cfg.apiKeys[key]
	if !known {
		return &restError{status: 401, kind: unauthorized, message: fmt.Sprintf("Invalid API Key %s.\r\nCompany %s.", key, company)}
	}
	if len(scope) > 0 && service != "" && !slices.Contains(scope, service) {
		return &restError{status: 401, kind: unauthorized, message: "Access denied (" + strings.TrimSuffix(service, "Svc") + ".GetRows)."}
	}
	return nil
}

// admit lets a call in: user, key, company, session and seat. The returned
// function gives the seat back.
func (s *Server) admit(r *http.Request, c *call) (release func(), err error) {
	if c.user, err = s.auth.authenticate(r); err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(c.raw, "/"), "/")
	if c.version == odatatest.V4 {
		id := c.base[strings.LastIndexByte(c.base, '/')+1:]
		if err := s.auth.checkKey(r, id, s.services[strings.ToLower(name)]); err != nil {
			return nil, err
		}
		if c.company == nil || !slices.Contains(c.user.Companies, id) {
			return nil, business("Company " + id + " is not valid or the user is not authorized for it.")
		}
	} else if err := s.companyOf(r, c); err != nil {
		return nil, err
	}
	return s.auth.enter(r, strings.HasSuffix(c.raw, "/Login"))
}

// companyOf takes the company of a v1 call from CallSettings, else the user's
// default. A wrong plant or an unknown member is accepted in silence.
func (s *Server) companyOf(r *http.Request, c *call) error {
	id := c.user.Companies[0]
	if h := r.Header.Get("CallSettings"); h != "" {
		var cs struct{ Company string }
		if err := json.Unmarshal([]byte(h), &cs); err != nil {
			return business("CallSettings header is not valid JSON.")
		}
		if cs.Company != "" {
			id = cs.Company
		}
	}
	if c.company = s.companies[id]; c.company == nil || !slices.Contains(c.user.Companies, id) {
		return business("Company " + id + " is not valid or the user is not authorized for it.")
	}
	return nil
}

// enter checks the session that the call names, else takes a seat for the call.
func (a *authority) enter(r *http.Request, login bool) (release func(), err error) {
	id, err := sessionID(r)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if id != "" {
		if _, ok := a.sessions[id]; !ok {
			return nil, &restError{status: 410, kind: invalidSession, message: "Invalid session. The session " + id + " does not exist or has expired."}
		}
		return func() {}, nil
	}
	if a.cfg.seats > 0 && len(a.sessions)+a.running >= a.cfg.seats {
		return nil, business("Maximum number of users exceeded on license: Web Services.")
	}
	if login { // the session itself takes the seat
		return func() {}, nil
	}
	a.running++
	return func() {
		a.mu.Lock()
		a.running--
		a.mu.Unlock()
	}, nil
}

// sessionID reads the SessionInfo or License header, each a JSON object.
func sessionID(r *http.Request) (string, error) {
	for _, name := range []string{"SessionInfo", "License"} {
		h := r.Header.Get(name)
		if h == "" {
			continue
		}
		var v struct{ SessionID string }
		if err := json.Unmarshal([]byte(h), &v); err != nil {
			return "", business(name + " header is not valid JSON.")
		}
		if v.SessionID != "" && v.SessionID != "00000000-0000-0000-0000-000000000000" {
			return strings.ToLower(v.SessionID), nil
		}
	}
	return "", nil
}

// session answers Ice.Lib.SessionModSvc.
func (s *Server) session(w http.ResponseWriter, r *http.Request, c *call) error {
	if len(c.rest) != 2 || r.Method != http.MethodPost {
		return &restError{status: 404, kind: apiException, message: "Method is not found."}
	}
	switch c.rest[1] {
	case "Login":
		id, err := s.auth.login(c.user.Name)
		if err != nil {
			return err
		}
		writeJSON(w, 200, map[string]any{"returnObj": id})
	case "Logout":
		id, err := sessionID(r)
		if err != nil {
			return err
		}
		s.auth.mu.Lock()
		delete(s.auth.sessions, id)
		s.auth.mu.Unlock()
		writeJSON(w, 200, map[string]any{})
	default:
		return &restError{status: 404, kind: apiException, message: "Method " + c.rest[1] + " is not found."}
	}
	return nil
}

func (a *authority) login(user string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cfg.seats > 0 && len(a.sessions)+a.running >= a.cfg.seats {
		return "", business("Maximum number of users exceeded on license: Web Services.")
	}
	a.serial++
	id := rowID(0x5e55, a.serial).Text()
	a.sessions[id] = user
	return id, nil
}

// Sessions is the number of open sessions.
func (s *Server) Sessions() int {
	s.auth.mu.Lock()
	defer s.auth.mu.Unlock()
	return len(s.auth.sessions)
}

// ExpireSessions ends every session, as an idle time-out or a restart of the
// application pool does: calls that name one are answered 410.
func (s *Server) ExpireSessions() {
	s.auth.mu.Lock()
	defer s.auth.mu.Unlock()
	s.auth.sessions = map[string]string{}
}

// ExpireTokens makes every bearer token invalid.
func (s *Server) ExpireTokens() {
	s.auth.mu.Lock()
	defer s.auth.mu.Unlock()
	s.auth.tokens = map[string]token{}
}

// token answers TokenResource.svc: the credentials come in headers.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	u := s.auth.account(r.Header.Get("username"), r.Header.Get("password"))
	if u == nil {
		s.writeError(w, r, errCredentials)
		return
	}
	s.auth.mu.Lock()
	s.auth.serial++
	text := fmt.Sprintf("eyJhbGciOiJIUzI1NiJ9.%s.%06d", strings.ReplaceAll(rowID(0x70c3, s.auth.serial).Text(), "-", ""), s.auth.serial)
	s.auth.tokens[text] = token{u.Name, time.Now().Add(s.cfg.tokenLifetime)}
	s.auth.mu.Unlock()
	answer := struct {
		XMLName     xml.Name `xml:"Token" json:"-"`
		AccessToken string
		ExpiresIn   int
		TokenType   string
	}{AccessToken: text, ExpiresIn: int(s.cfg.tokenLifetime / time.Second), TokenType: "Bearer"}
	if strings.Contains(r.Header.Get("Accept"), "json") {
		writeJSON(w, 200, answer)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(answer) // the client may have gone
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
