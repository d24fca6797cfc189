package sqlengine

import (
	"maps"
	"time"

	"github.com/epicorerp/epicorerp/providers"
)

// Session is what lasts from statement to statement of one connection. Its zero
// value is a session's beginning. It is a value: a copy is how things were when
// it was made, and a running query keeps one.
type Session struct {
	Schema string // where bare names are looked up; "" for the provider's default

	zone     *time.Location    // of SET TIME ZONE; nil for the engine's
	settings map[string]string // that were set and are only remembered
	// temporaries are the temporary tables by their names in lower case. The map
	// and what is in it are never changed: a statement puts others in place.
	temporaries map[string]*temporary
	budget      *providers.Budget // of the temporary tables
}

// schemaOr is where a session looks bare names up.
func (e *Engine) schemaOf(s Session) string {
	if s.Schema != "" {
		return s.Schema
	}
	return e.provider.DefaultSchema()
}

func (e *Engine) zoneOf(s Session) *time.Location {
	if s.zone != nil {
		return s.zone
	}
	return e.opt.Zone
}

// withTemporary puts a temporary table in place of the one of its name, or
// takes that away if t is nil.
func (s *Session) withTemporary(key string, t *temporary) {
	all := maps.Clone(s.temporaries)
	if all == nil {
		all = map[string]*temporary{}
	}
	if all[key] = t; t == nil {
		delete(all, key)
	}
	s.temporaries = all
}

// remember keeps the value of a setting.
func (s *Session) remember(name, value string) {
	all := maps.Clone(s.settings)
	if all == nil {
		all = map[string]string{}
	}
	all[name] = value
	s.settings = all
}

// forget takes a setting back to its default.
func (s *Session) forget(name string) {
	all := maps.Clone(s.settings)
	delete(all, name)
	s.settings = all
}
