package oauthtest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The grant types (RFC 6749, RFC 8628).
const (
	grantCode     = "authorization_code"
	grantRefresh  = "refresh_token"
	grantClient   = "client_credentials"
	grantPassword = "password"
	grantDevice   = "urn:ietf:params:oauth:grant-type:device_code"
)

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	form, f := readForm(r)
	if f != nil {
		s.fail(w, f)
		return
	}
	grant := form.Get("grant_type")
	leave := s.enter(form)
	defer leave()
	s.cfg.before(grant)

	s.mu.Lock()
	fault, spoilt := s.nextFault(grant)
	if spoilt && fault.Status != 0 {
		s.mu.Unlock()
		fault.answer(w)
		return
	}
	answer, failed := s.grant(r, form)
	s.mu.Unlock()
	switch {
	case fault.Lost:
		panic(http.ErrAbortHandler) // closes the connection without an answer
	case failed != nil:
		s.fail(w, failed)
	default:
		if fault.Change != nil {
			fault.Change(answer)
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

// readForm refuses what RFC 6749 section 3.2 forbids: parameters in the query
// and parameters that are there twice.
func readForm(r *http.Request) (url.Values, *failure) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, &failure{code: "invalid_request", description: "The body must be application/x-www-form-urlencoded.", aadsts: 900144}
	}
	if err := r.ParseForm(); err != nil || r.URL.RawQuery != "" {
		return nil, &failure{code: "invalid_request", description: "The request is malformed.", aadsts: 9002313}
	}
	for _, values := range r.PostForm {
		if len(values) != 1 {
			return nil, &failure{code: "invalid_request", description: "A parameter is there twice.", aadsts: 9000411}
		}
	}
	return r.PostForm, nil
}

// grant authenticates the client and answers; the lock is held.
func (s *Server) grant(r *http.Request, form url.Values) (map[string]any, *failure) {
	grant := form.Get("grant_type")
	s.counts.Tokens[grant]++
	app, f := s.authenticate(r, form)
	if f != nil {
		return nil, f
	}
	if grant == "" {
		return nil, &failure{code: "invalid_request", description: "The request body must contain the following parameter: 'grant_type'.", aadsts: 900144}
	}
	if app.Grants != nil && !slices.Contains(app.Grants, grant) {
		return nil, &failure{code: "unauthorized_client", description: "The client is not allowed this grant.", aadsts: 7000116}
	}
	switch grant {
	case grantCode:
		return s.fromCode(app, form)
	case grantRefresh:
		return s.fromRefresh(app, form)
	case grantPassword:
		return s.fromPassword(app, form)
	case grantClient:
		if s.cfg.shape != Acumatica {
			return s.fromClient(app, form)
		}
	case grantDevice:
		return s.fromDevice(app, form)
	}
	return nil, &failure{code: "unsupported_grant_type", description: "The provider does not support the grant type.", aadsts: 70003}
}

// fromCode trades a code, once (RFC 6749, section 4.1.3; RFC 7636, section 4.6).
func (s *Server) fromCode(app *App, form url.Values) (map[string]any, *failure) {
	refuse := func(aadsts int, text string) (map[string]any, *failure) {
		return nil, &failure{code: "invalid_grant", description: text, aadsts: aadsts}
	}
	a := s.codes[form.Get("code")]
	switch {
	case a == nil:
		return refuse(9002313, "The authorization code is malformed or unknown.")
	case a.app != app:
		return refuse(700005, "The authorization code was made for another application.")
	case a.family != nil:
		s.revoke(a.family) // RFC 6749, section 4.1.2
		return refuse(54005, "The authorization code was already redeemed.")
	case !s.cfg.now().Before(a.expiry):
		return refuse(70008, "The authorization code has expired.")
	case form.Get("redirect_uri") != a.redirect:
		return refuse(500112, "The reply address does not match the one of the authorization request.")
	}
	challenge := sha256.Sum256([]byte(form.Get("code_verifier")))
	if n := len(form.Get("code_verifier")); n < 43 || n > 128 ||
		subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(challenge[:])), []byte(a.challenge)) != 1 {
		return refuse(501481, "The code_verifier does not match the code_challenge of the authorization request.")
	}
	a.family = s.newFamily(app, a.user, a.scope, a.audience)
	return s.issue(a.family, a.scope, wantsRefresh(a.scope)), nil
}

func (s *Server) fromPassword(app *App, form url.Values) (map[string]any, *failure) {
	name, known := s.checkPassword(form.Get("username"), form.Get("password"))
	if !known {
		return nil, &failure{code: "invalid_grant", description: "Error validating credentials due to invalid username or password.", aadsts: 50126}
	}
	f := s.newFamily(app, name, form.Get("scope"), form.Get("audience"))
	return s.issue(f, form.Get("scope"), wantsRefresh(form.Get("scope"))), nil
}

// fromClient never gives a refresh token (RFC 6749, section 4.4.3).
func (s *Server) fromClient(app *App, form url.Values) (map[string]any, *failure) {
	if app.public() {
		return nil, &failure{code: "invalid_client", description: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", aadsts: 7000218}
	}
	if s.cfg.shape == Entra && !strings.HasSuffix(form.Get("scope"), "/.default") {
		return nil, &failure{code: "invalid_scope", description: "The provided value for the input parameter 'scope' is not valid: it must end in /.default.", aadsts: 1002012}
	}
	f := s.newFamily(app, "", form.Get("scope"), form.Get("audience"))
	return s.issue(f, form.Get("scope"), false), nil
}

func wantsRefresh(scope string) bool {
	return slices.Contains(strings.Fields(scope), "offline_access")
}

// issue makes the answer of RFC 6749 section 5.1.
func (s *Server) issue(f *family, scope string, refresh bool) map[string]any {
	answer := map[string]any{
		"access_token": s.newAccess(f), "token_type": "Bearer", "scope": scope,
		"expires_in": int64(s.cfg.accessLife / time.Second),
	}
	if s.cfg.shape == Entra {
		answer["ext_expires_in"] = answer["expires_in"]
	}
	if refresh {
		answer["refresh_token"] = s.newRefresh(f)
	}
	if slices.Contains(strings.Fields(scope), "openid") {
		answer["id_token"] = s.jwtLike(f)
	}
	return answer
}
