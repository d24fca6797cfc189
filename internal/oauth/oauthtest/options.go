package oauthtest

import (
	"crypto"
	"crypto/x509"
	"time"
)

// Shape is whose addresses, errors and habits the provider has.
type Shape uint8

// The shapes.
const (
	// Plain is a provider at /authorize, /token and /device_authorization, with
	// discovery and RFC 9207's iss.
	Plain Shape = iota
	// Entra is at /{tenant}/oauth2/v2.0/*, says AADSTS in its errors, and has
	// no verification_uri_complete.
	Entra
	// Acumatica is at /identity/connect/*; its errors mostly lack a description,
	// and it has no client credentials.
	Acumatica
)

// The account and tenant that the provider has if no option says otherwise.
const (
	DefaultUser     = "alice"
	DefaultPassword = "wonderland"
	DefaultTenant   = "contoso.onmicrosoft.com"
)

// User is an account.
type User struct{ Name, Password string }

// App is a registered client. Without Secret, Certificates and Keys it is a
// public one, which must not send a secret.
type App struct {
	ID     string
	Secret string
	// SecretIn limits where the secret may be: SecretInBody, SecretInHeader or,
	// by default, either.
	SecretIn SecretPlace
	// Certificates and Keys (by kid) may sign a client assertion.
	Certificates []*x509.Certificate
	Keys         map[string]crypto.PublicKey
	// Redirects are compared letter by letter, but for the port of a loopback
	// address (RFC 8252, section 7.3).
	Redirects []string
	// Grants that the app may use; nil for all.
	Grants []string
}

func (a *App) public() bool {
	return a.Secret == "" && len(a.Certificates) == 0 && len(a.Keys) == 0
}

// SecretPlace is where a client secret may be sent.
type SecretPlace uint8

// The places.
const (
	SecretAnywhere SecretPlace = iota
	SecretInBody               // client_secret_post
	SecretInHeader             // client_secret_basic, form-urlencoded as RFC 6749 section 2.3.1 says
)

type settings struct {
	shape          Shape
	users          []User
	apps           []App
	now            func() time.Time
	before         func(grant string)
	accessLife     time.Duration
	codeLife       time.Duration
	deviceLife     time.Duration
	deviceInterval time.Duration
	grace          time.Duration // -1 for ever
	rotate         bool
	jwt            bool
	onlyRFC8414    bool
}

func defaults() settings {
	return settings{
		now: time.Now, before: func(string) {}, rotate: true,
		users:      []User{{DefaultUser, DefaultPassword}, {"bob", "pässwörd +&%"}},
		accessLife: time.Hour, codeLife: 10 * time.Minute, deviceLife: 15 * time.Minute, deviceInterval: 5 * time.Second,
	}
}

// Option is a trait of the provider.
type Option func(*settings)

// WithShape makes the provider look like a system's.
func WithShape(shape Shape) Option { return func(s *settings) { s.shape = shape } }

// WithUsers replaces the accounts.
func WithUsers(users ...User) Option { return func(s *settings) { s.users = users } }

// WithApps registers clients.
func WithApps(apps ...App) Option { return func(s *settings) { s.apps = append(s.apps, apps...) } }

// WithClock replaces the clock. It is called while the provider is locked and
// must not call it back.
func WithClock(now func() time.Time) Option { return func(s *settings) { s.now = now } }

// WithBefore has f called with the grant type of each token request before it
// is looked at: a test can hold requests there to have several at once.
func WithBefore(f func(grant string)) Option { return func(s *settings) { s.before = f } }

// WithAccessLife sets the life of access tokens (an hour by default).
func WithAccessLife(d time.Duration) Option { return func(s *settings) { s.accessLife = d } }

// WithCodeLife sets the life of authorization codes (ten minutes by default).
func WithCodeLife(d time.Duration) Option { return func(s *settings) { s.codeLife = d } }

// WithDevice sets the life of device codes (15 minutes by default) and the
// interval of polling (5 s by default; 0 is not sent and allows any).
func WithDevice(life, interval time.Duration) Option {
	return func(s *settings) { s.deviceLife, s.deviceInterval = life, interval }
}

// WithGrace leaves a refresh token valid for d after it was used; a negative d
// is for ever, which is Entra's habit. By default there is none.
func WithGrace(d time.Duration) Option { return func(s *settings) { s.grace = d } }

// WithoutRotation answers a refresh without a new refresh token.
func WithoutRotation() Option { return func(s *settings) { s.rotate = false } }

// WithJWT makes access tokens look like JWTs instead of random letters.
func WithJWT() Option { return func(s *settings) { s.jwt = true } }

// WithOnlyRFC8414 has the metadata where RFC 8414 looks for it and not where
// OpenID Connect Discovery does.
func WithOnlyRFC8414() Option { return func(s *settings) { s.onlyRFC8414 = true } }
