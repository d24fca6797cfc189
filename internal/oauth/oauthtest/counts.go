package oauthtest

import "maps"

// Counts says what the provider was asked.
type Counts struct {
	Discovery int
	Devices   int            // device authorization requests
	Tokens    map[string]int // token requests by grant type, those that failed included
	Refreshes int            // refreshes that succeeded
	Reuses    int            // refresh tokens that came a second time
	Revoked   int            // families that were revoked
	// ConcurrentRefreshes came while another of their family was under way.
	ConcurrentRefreshes int
}

// Counts returns the numbers so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Tokens = maps.Clone(c.Tokens)
	return c
}

// Family is what came of one sign-in.
type Family struct {
	App, User, Scope, Audience string
	Refreshes                  int
	Revoked                    bool
}

// Families returns every sign-in so far, oldest first.
func (s *Server) Families() []Family {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Family, len(s.families))
	for i, f := range s.families {
		all[i] = Family{App: f.app.ID, User: f.user, Scope: f.scope, Audience: f.audience, Refreshes: f.refreshes, Revoked: f.revoked}
	}
	return all
}

// Secrets returns every token and code that was ever given out, for tests that
// look for them where they must not be.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for token := range s.access {
		all = append(all, token)
	}
	for token := range s.refresh {
		all = append(all, token)
	}
	for code := range s.codes {
		all = append(all, code)
	}
	for code := range s.devices {
		all = append(all, code)
	}
	return all
}
