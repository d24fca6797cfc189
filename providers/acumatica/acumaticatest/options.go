package acumaticatest

import (
	"net/http"
	"time"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// Fault spoils one answer; see odatatest.Fault.
type Fault = odatatest.Fault

// The account, tenant, instance and endpoint that the site has if no option
// says otherwise.
const (
	DefaultUser     = "admin"
	DefaultPassword = "Acumatica123"
	DefaultTenant   = "U100"
	DefaultInstance = "AcumaticaERP"
	EndpointName    = "Default"
	EndpointVersion = "24.200.001"
)

type settings struct {
	instance     string
	tenant       string
	anyTenant    bool
	users        map[string]string
	tokens       func(token string) bool
	identity     http.Handler
	seats        int
	seatStatus   int
	badLogin     int
	bareList     bool
	madeUpIDs    bool
	sessionIDs   bool
	ignoreSkip   bool
	cap          int
	renewTickets bool
	polls        int
	customers    int
	contract     []byte
	giPage       int
	legacy       bool
	collation    odatatest.Collation
	wire         []odatatest.Option
}

func defaults() settings {
	return settings{
		instance: DefaultInstance, tenant: DefaultTenant, users: map[string]string{DefaultUser: DefaultPassword},
		tokens: func(string) bool { return false }, seatStatus: http.StatusInternalServerError, badLogin: http.StatusInternalServerError,
		customers: 40, polls: 2, collation: odatatest.CaseInsensitive,
	}
}

// Option is a trait or a size of the site.
type Option func(*settings)

// WithInstance sets the path before /entity; "" is possible.
func WithInstance(name string) Option { return func(s *settings) { s.instance = name } }

// WithSingleTenant makes the sign-in take any tenant, as sites with one do.
func WithSingleTenant() Option { return func(s *settings) { s.anyTenant = true } }

// WithUser adds an account.
func WithUser(name, password string) Option {
	return func(s *settings) { s.users[name] = password }
}

// WithTokens takes bearer tokens for which valid says true.
func WithTokens(valid func(token string) bool) Option { return func(s *settings) { s.tokens = valid } }

// WithIdentity has the site's identity provider: it answers what lies under
// /identity of the instance, as if that were at its root, and the addresses of its
// own pages, which lie outside of the instance.
func WithIdentity(provider http.Handler) Option { return func(s *settings) { s.identity = provider } }

// WithSeats limits the sessions of API users. 0, the default, is no limit.
func WithSeats(n int) Option { return func(s *settings) { s.seats = n } }

// WithSeatStatus sets the status of a sign-in without a seat: 500, the default,
// with a message, or 429 with a plain text that says nothing.
func WithSeatStatus(status int) Option { return func(s *settings) { s.seatStatus = status } }

// WithBadLoginStatus sets the status of a sign-in with a wrong password, 500 by
// default as releases up to 2025 answer.
func WithBadLoginStatus(status int) Option { return func(s *settings) { s.badLogin = status } }

// WithBareEndpointList lists endpoints as old builds do, without what surrounds
// the array.
func WithBareEndpointList() Option { return func(s *settings) { s.bareList = true } }

// WithMadeUpIDs gives records an id that is new in each answer, as those without
// a note in the database have.
func WithMadeUpIDs() Option { return func(s *settings) { s.madeUpIDs = true } }

// WithSessionIDs gives records an id that is made up for the session, as the guide
// says of those without a note.
func WithSessionIDs() Option { return func(s *settings) { s.sessionIDs = true } }

// WithIgnoredSkip makes the contract-based interface ignore $skip, as some
// report of it.
func WithIgnoredSkip() Option { return func(s *settings) { s.ignoreSkip = true } }

// WithCap cuts every page of records after n, whatever $top says.
func WithCap(n int) Option { return func(s *settings) { s.cap = n } }

// WithRenewedTickets sends a new authentication cookie with every answer, as
// forms authentication with a sliding expiration does from time to time. The one
// before is not taken any more.
func WithRenewedTickets() Option { return func(s *settings) { s.renewTickets = true } }

// WithPolls sets how often a long operation answers 202 before it is done.
func WithPolls(n int) Option { return func(s *settings) { s.polls = n } }

// WithCustomers sets how many customers there are (40 by default); there are
// three orders for two of them.
func WithCustomers(n int) Option { return func(s *settings) { s.customers = n } }

// WithContract serves the entities of an OpenAPI document, with made-up records,
// in place of the wholesaler's. The sign-in, the inquiries and the classes stay.
func WithContract(document []byte) Option { return func(s *settings) { s.contract = document } }

// WithInquiryPages cuts the answers of generic inquiries and classes after n
// rows, with a next link.
func WithInquiryPages(n int) Option { return func(s *settings) { s.giPage = n } }

// WithLegacyFeeds serves generic inquiries at /odata/{tenant} (OData V3) and
// classes at /odatav4/{tenant}, as releases before 2024 R2 do.
func WithLegacyFeeds() Option { return func(s *settings) { s.legacy = true } }

// WithCollation sets how the database compares strings; CaseInsensitive is the
// default.
func WithCollation(c odatatest.Collation) Option { return func(s *settings) { s.collation = c } }

// WithLatency delays every answer.
func WithLatency(d time.Duration) Option {
	return func(s *settings) { s.wire = append(s.wire, odatatest.WithLatency(d)) }
}

// WithFault may spoil the answer to request n (from 1).
func WithFault(f func(r *http.Request, n int) *Fault) Option {
	return func(s *settings) { s.wire = append(s.wire, odatatest.WithFault(f)) }
}

// TooManyRequests is the answer to a request that the queue does not take:
// more than 20 wait, or it waited for too long.
func TooManyRequests(retryAfter string) *Fault {
	h := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
	if retryAfter != "" {
		h.Set("Retry-After", retryAfter)
	}
	return &Fault{Status: http.StatusTooManyRequests, Header: h, Body: "The custom error module does not recognize this error."}
}
