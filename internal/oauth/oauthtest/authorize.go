package oauthtest

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// authorization is a request for a code on its way from the login page to the
// token endpoint.
type authorization struct {
	app       *App
	redirect  string
	state     string
	scope     string
	audience  string
	challenge string
	admin     bool // consent for a tenant: no code comes of it

	user   string
	expiry time.Time
	family *family // of the tokens, once the code was traded
}

func (s *Server) app(id string) *App {
	i := slices.IndexFunc(s.cfg.apps, func(a App) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &s.cfg.apps[i]
}

// authorize is the authorization endpoint (RFC 6749, section 4.1.1). As long as
// client and redirect address are not known to be right, errors stay here.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	app := s.app(q.Get("client_id"))
	if app == nil {
		s.refusePage(w, 700016, "The application was not found in the directory.")
		return
	}
	redirect := q.Get("redirect_uri")
	if !app.allows(redirect) {
		s.refusePage(w, 50011, "The redirect URI specified in the request does not match the redirect URIs configured for the application.")
		return
	}
	a := &authorization{
		app: app, redirect: redirect, state: q.Get("state"), scope: q.Get("scope"), audience: q.Get("audience"),
		challenge: q.Get("code_challenge"),
	}
	switch {
	case q.Get("response_type") != "code":
		s.redirect(w, r, a, url.Values{"error": {"unsupported_response_type"}})
	case q.Get("response_mode") != "" && q.Get("response_mode") != "query":
		s.redirect(w, r, a, url.Values{"error": {"invalid_request"}, "error_description": {"only response_mode=query is supported"}})
	case len(a.challenge) != 43 || q.Get("code_challenge_method") != "S256":
		s.redirect(w, r, a, url.Values{"error": {"invalid_request"}, "error_description": {"PKCE with S256 is required"}})
	case q.Get("prompt") == "none":
		s.redirect(w, r, a, url.Values{"error": {"login_required"}, "error_description": {"nobody is signed in"}})
	default:
		s.begin(w, a)
	}
}

// adminConsent is Entra's page where an administrator consents for a tenant.
func (s *Server) adminConsent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	app := s.app(q.Get("client_id"))
	if app == nil || !app.allows(q.Get("redirect_uri")) {
		s.refusePage(w, 50011, "The redirect URI specified in the request does not match the redirect URIs configured for the application.")
		return
	}
	s.begin(w, &authorization{app: app, redirect: q.Get("redirect_uri"), state: q.Get("state"), scope: q.Get("scope"), admin: true})
}

func (s *Server) begin(w http.ResponseWriter, a *authorization) {
	id := unguessable("request_")
	s.mu.Lock()
	s.requests[id] = a
	s.mu.Unlock()
	showPage(w, http.StatusOK, loginPage, page{Request: id, App: a.app.ID})
}

func (s *Server) refusePage(w http.ResponseWriter, aadsts int, text string) {
	p := page{Error: text}
	if s.cfg.shape == Entra {
		p.Code = aadsts
	}
	showPage(w, http.StatusBadRequest, errorPage, p)
}

func (s *Server) loginForm(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("request")
	name, known := s.checkPassword(r.PostFormValue("user"), r.PostFormValue("password"))
	s.mu.Lock()
	a := s.requests[id]
	if a != nil && known {
		a.user = name
	}
	s.mu.Unlock()
	switch {
	case a == nil:
		s.refusePage(w, 900144, "There is no such sign-in.")
	case !known:
		showPage(w, http.StatusOK, loginPage, page{Request: id, App: a.app.ID, Error: "The account or password is incorrect."})
	default:
		showPage(w, http.StatusOK, consentPage, page{Request: id, App: a.app.ID, User: a.user, Scopes: strings.Fields(a.scope)})
	}
}

func (s *Server) checkPassword(name, password string) (string, bool) {
	known := slices.Contains(s.cfg.users, User{name, password})
	return name, known
}

func (s *Server) consentForm(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("request")
	s.mu.Lock()
	a := s.requests[id]
	if a == nil || a.user == "" {
		s.mu.Unlock()
		s.refusePage(w, 900144, "There is no such sign-in.")
		return
	}
	delete(s.requests, id)
	accepted := r.PostFormValue("decision") == "accept"
	code := unguessable("code_")
	if accepted && !a.admin {
		a.expiry = s.cfg.now().Add(s.cfg.codeLife)
		s.codes[code] = a
	}
	s.mu.Unlock()
	switch {
	case !accepted && s.cfg.shape == Entra:
		s.redirect(w, r, a, url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"},
			"error_description": {"AADSTS65004: User declined to consent to access the app."}})
	case !accepted:
		s.redirect(w, r, a, url.Values{"error": {"access_denied"}, "error_description": {"The user said no."}})
	case a.admin:
		s.redirect(w, r, a, url.Values{"admin_consent": {"True"}, "tenant": {DefaultTenant}, "scope": {a.scope}})
	default:
		s.redirect(w, r, a, url.Values{"code": {code}})
	}
}

// redirect sends the browser back to the app (RFC 6749, section 4.1.2), with
// iss where the shape has it (RFC 9207).
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, a *authorization, v url.Values) {
	u, err := url.Parse(a.redirect)
	if err != nil {
		s.refusePage(w, 50011, "The redirect URI is not readable.")
		return
	}
	if a.state != "" {
		v.Set("state", a.state)
	}
	if s.cfg.shape == Plain {
		v.Set("iss", s.Issuer())
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += v.Encode()
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, u.String(), http.StatusFound)
}

// allows compares letter by letter, but leaves the port of loopback addresses
// to the app (RFC 8252, section 7.3).
func (a *App) allows(redirect string) bool {
	return slices.ContainsFunc(a.Redirects, func(registered string) bool {
		return registered == redirect || withoutLoopbackPort(registered) == withoutLoopbackPort(redirect)
	})
}

func withoutLoopbackPort(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" || u.Fragment != "" {
		return raw
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return raw
	}
	if u.Host = host; strings.Contains(host, ":") {
		u.Host = "[" + host + "]"
	}
	return u.String()
}
