package oauthtest

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// family is all the tokens that came of one sign-in.
type family struct {
	app             *App
	user            string
	scope, audience string
	current         string // the refresh token that is good
	refreshes       int
	inside          int // refreshes of it that are being answered now
	revoked         bool
}

type accessToken struct {
	family *family
	expiry time.Time
	ended  bool
}

type refreshToken struct {
	family *family
	used   time.Time // zero until it is
}

func (s *Server) newFamily(app *App, user, scope, audience string) *family {
	f := &family{app: app, user: user, scope: scope, audience: audience}
	s.families = append(s.families, f)
	return f
}

func (s *Server) newAccess(f *family) string {
	token := unguessable("at_")
	if s.cfg.jwt {
		token = s.jwtLike(f)
	}
	s.access[token] = &accessToken{family: f, expiry: s.cfg.now().Add(s.cfg.accessLife)}
	return token
}

func (s *Server) newRefresh(f *family) string {
	f.current = unguessable("rt_")
	s.refresh[f.current] = &refreshToken{family: f}
	return f.current
}

// jwtLike has the three parts of a JWT; the signature is random.
func (s *Server) jwtLike(f *family) string {
	now := s.cfg.now()
	part := func(v map[string]any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and numbers
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "k1"}) + "." +
		part(map[string]any{"iss": s.Issuer(), "sub": f.user, "azp": f.app.ID, "aud": f.audience, "scp": f.scope,
			"iat": now.Unix(), "exp": now.Add(s.cfg.accessLife).Unix(), "jti": unguessable("")}) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(unguessable("")))
}

// enter notes a refresh that begins; two of one family at once are what a
// rotating refresh token must be kept from.
func (s *Server) enter(form url.Values) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.refresh[form.Get("refresh_token")]
	if form.Get("grant_type") != grantRefresh || t == nil {
		return func() {}
	}
	if t.family.inside++; t.family.inside > 1 {
		s.counts.ConcurrentRefreshes++
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		t.family.inside--
	}
}

// fromRefresh rotates (RFC 6749, section 6). A token that was used before has
// been stolen by one of the two who use it: both lose the family (RFC 9700,
// section 4.14.2).
func (s *Server) fromRefresh(app *App, form url.Values) (map[string]any, *failure) {
	refuse := func(aadsts int, suberror, text string) (map[string]any, *failure) {
		return nil, &failure{code: "invalid_grant", description: text, aadsts: aadsts, suberror: suberror}
	}
	t := s.refresh[form.Get("refresh_token")]
	switch {
	case t == nil:
		return refuse(9002313, "", "The refresh token is malformed or unknown.")
	case t.family.app != app:
		return refuse(700005, "", "The refresh token was made for another application.")
	case t.family.revoked:
		return refuse(50173, "bad_token", "The grant has been revoked.")
	case !t.used.IsZero() && s.cfg.grace >= 0 && !s.cfg.now().Before(t.used.Add(s.cfg.grace)):
		s.counts.Reuses++
		s.revoke(t.family)
		return refuse(70000, "bad_token", "The refresh token was used before: the grant is revoked.")
	}
	scope := form.Get("scope")
	if scope == "" {
		scope = t.family.scope
	}
	if s.cfg.shape != Entra && !within(scope, t.family.scope) {
		return nil, &failure{code: "invalid_scope", description: "The scope goes beyond what was granted.", aadsts: 70011}
	}
	t.family.refreshes++
	s.counts.Refreshes++
	if s.cfg.rotate && t.used.IsZero() {
		t.used = s.cfg.now()
	}
	return s.issue(t.family, scope, s.cfg.rotate), nil
}

func within(scope, granted string) bool {
	all := strings.Fields(granted)
	return !slices.ContainsFunc(strings.Fields(scope), func(one string) bool { return !slices.Contains(all, one) })
}

// revoke ends a family; the lock is held.
func (s *Server) revoke(f *family) {
	if !f.revoked {
		f.revoked = true
		s.counts.Revoked++
	}
}

// Valid reports whether a resource server would let an access token in.
func (s *Server) Valid(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.access[token]
	return t != nil && !t.ended && !t.family.revoked && s.cfg.now().Before(t.expiry)
}

// EndAccess makes the access tokens that were given out invalid before their
// time; refresh tokens stay.
func (s *Server) EndAccess() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.access {
		t.ended = true
	}
}

// EndSessions revokes every family, as a change of password does.
func (s *Server) EndSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.families {
		s.revoke(f)
	}
}
