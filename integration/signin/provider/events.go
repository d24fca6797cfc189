package provider

import "time"

// Event is something that happened at the provider. It holds secrets: tests search for them where they must not be.
type Event struct {
	Millis int64  `json:"at"`
	Name   string `json:"event"` // granted, refused, revoked, authorized, unauthorized or broken
	Grant  string // the grant type of a token request
	Client string
	// Family names the sign-in that a refresh token descends from.
	Family string
	Error  string // of a request that was refused
	Detail string
	Sent   map[string]any // parameters of the request
	Answer Answer         // of a token request that was granted
	Issuer string         `json:"issuer"`
}

// Answer is that of the token endpoint.
type Answer struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	ExpiresIn    int    `json:"expires_in"`
}

// At is when it happened.
func (e Event) At() time.Time { return time.UnixMilli(e.Millis) }

// Events are in the order in which they happened.
type Events []Event

// Where returns those that match.
func (es Events) Where(match func(Event) bool) Events {
	var found Events
	for _, e := range es {
		if match(e) {
			found = append(found, e)
		}
	}
	return found
}

// Named returns those of a name.
func (es Events) Named(name string) Events {
	return es.Where(func(e Event) bool { return e.Name == name })
}

// Granted returns the token requests of a grant type that succeeded.
func (es Events) Granted(grant string) Events {
	return es.Where(func(e Event) bool { return e.Name == "granted" && e.Grant == grant })
}

// secretParameters are those of a request that nobody else may learn.
var secretParameters = []string{"code", "code_verifier", "refresh_token", "client_secret", "client_assertion", "password", "device_code"}

// Secrets returns every token, code, code verifier, assertion, secret and password that passed the provider.
func (es Events) Secrets() []string {
	seen, found := map[string]bool{}, []string(nil)
	add := func(s string) {
		if s != "" && !seen[s] {
			seen[s] = true
			found = append(found, s)
		}
	}
	for _, e := range es {
		add(e.Answer.AccessToken)
		add(e.Answer.RefreshToken)
		add(e.Answer.IDToken)
		for _, name := range secretParameters {
			if s, ok := e.Sent[name].(string); ok {
				add(s)
			}
		}
	}
	return found
}
