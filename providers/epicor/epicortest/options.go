package epicortest

import (
	"net/http"
	"time"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// Fault spoils one answer; see odatatest.Fault.
type Fault = odatatest.Fault

// User is an account of the server.
type User struct {
	Name, Password string
	Companies      []string // the first is the default of v1 calls without CallSettings
	// Denied services answer 401 "Access denied (…)": authenticated, no rights.
	Denied []string
}

// The account, key, instance and companies that the server has if no option
// says otherwise.
const (
	DefaultUser     = "manager"
	DefaultPassword = "Epicor123"
	DefaultAPIKey   = "NxWgEy5C1jQgdF0aC0sNt7gTXh0bTUvqQzvsaC2rVqEyH"
	DefaultInstance = "kinetic"
	DefaultCompany  = "EPIC06"
	OtherCompany    = "EPIC07"
)

type settings struct {
	instance       string
	customers      int
	orderLines     int
	defaultPage    int
	cap            func(request int) int
	reject         bool
	collation      odatatest.Collation
	users          []User
	apiKeys        map[string][]string
	secureErrors   bool
	odataErrors    bool
	refuseComputed bool
	baqSkip        bool
	baqOptions     bool
	setFilters     bool
	hiddenRows     int // of each table, that no set shows
	// rowsPage is the most rows that GetRows and GetList give at once, 0 for all.
	rowsPage        int
	firstPage       int
	methodDocuments bool
	functionPaths   bool
	seats           int
	tokenLifetime   time.Duration
	subject         func(token string) (user string, err error)
	handler         []odatatest.Option
	wire            []odatatest.Option
}

func defaults() settings {
	return settings{
		instance: DefaultInstance, customers: 300, orderLines: 5000, defaultPage: 100,
		cap: func(int) int { return 0 }, baqSkip: true, baqOptions: true, setFilters: true, methodDocuments: true, functionPaths: true, tokenLifetime: time.Hour,
		users: []User{
			{Name: DefaultUser, Password: DefaultPassword, Companies: []string{DefaultCompany, OtherCompany}},
			{Name: "clerk", Password: "clerk;pass'1", Companies: []string{OtherCompany}},
			{Name: "limited", Password: "limited", Companies: []string{DefaultCompany}, Denied: []string{"Erp.BO.CompanySvc", "Erp.BO.LaborSvc"}},
		},
		apiKeys: map[string][]string{DefaultAPIKey: nil},
	}
}

// Option is a trait or a size of the server.
type Option func(*settings)

// WithInstance sets the path before /api: "" or several parts are possible.
func WithInstance(name string) Option { return func(s *settings) { s.instance = name } }

// WithOrderLines sets how many order lines and releases EPIC06 has (5,000 by
// default); there are three orders for every ten. They are computed when read,
// so a million costs no memory.
func WithOrderLines(n int) Option { return func(s *settings) { s.orderLines = n } }

// WithCustomers sets how many customers EPIC06 has (300 by default).
func WithCustomers(n int) Option { return func(s *settings) { s.customers = n } }

// WithDefaultPage sets how many rows come when $top is absent (100 by default).
func WithDefaultPage(n int) Option { return func(s *settings) { s.defaultPage = n } }

// WithCap cuts every answer after n rows whatever $top says, silently. By
// default $top is honoured as it is.
func WithCap(n int) Option { return WithCapFunc(func(int) int { return n }) }

// WithCapFunc decides about the cap by the number of the request (from 1, over
// all requests since the start); 0 means no cap.
func WithCapFunc(f func(request int) int) Option { return func(s *settings) { s.cap = f } }

// WithCapRejecting answers 400 to a $top above the cap instead of cutting.
func WithCapRejecting() Option { return func(s *settings) { s.reject = true } }

// WithLatency delays every answer.
func WithLatency(d time.Duration) Option {
	return func(s *settings) { s.wire = append(s.wire, odatatest.WithLatency(d)) }
}

// WithSkipCost delays an answer by d for each row that $skip passes over.
func WithSkipCost(d time.Duration) Option {
	return func(s *settings) { s.handler = append(s.handler, odatatest.WithSkipCost(d)) }
}

// WithFault may spoil the answer to request n (from 1).
func WithFault(f func(r *http.Request, n int) *Fault) Option {
	return func(s *settings) { s.wire = append(s.wire, odatatest.WithFault(f)) }
}

// WithCollation sets how the database compares strings; BinaryOrder is the default.
func WithCollation(c odatatest.Collation) Option { return func(s *settings) { s.collation = c } }

// WithGzip turns compression on (the default) or off.
func WithGzip(on bool) Option {
	return func(s *settings) { s.handler = append(s.handler, odatatest.WithGzip(on)) }
}

// WithZuluDates makes v1 print dates with a Z, as some servers do.
func WithZuluDates() Option {
	return func(s *settings) { s.handler = append(s.handler, odatatest.WithZuluDates()) }
}

// WithUsers replaces the accounts.
func WithUsers(users ...User) Option { return func(s *settings) { s.users = users } }

// WithAPIKey adds an API key; with services given, its access scope is limited
// to them.
func WithAPIKey(key string, services ...string) Option {
	return func(s *settings) { s.apiKeys[key] = services }
}

// WithSecureErrors hides the detail of errors of status 500.
func WithSecureErrors() Option { return func(s *settings) { s.secureErrors = true } }

// WithODataErrors answers with OData error bodies instead of Epicor's.
func WithODataErrors() Option { return func(s *settings) { s.odataErrors = true } }

// WithComputedRefused answers 500 when a computed column is filtered or sorted
// by: it is not in the database.
func WithComputedRefused() Option { return func(s *settings) { s.refuseComputed = true } }

// WithoutBAQSkip makes BAQs ignore $skip.
func WithoutBAQSkip() Option { return func(s *settings) { s.baqSkip = false } }

// WithoutBAQOptions makes BAQs ignore $filter, $orderby and $select.
func WithoutBAQOptions() Option { return func(s *settings) { s.baqOptions = false } }

// WithoutSetFilters answers 400 to $filter on every entity set: rows are found
// by GetRows alone.
func WithoutSetFilters() Option { return func(s *settings) { s.setFilters = false } }

// WithPagesFromOne makes GetRows and GetList count absolutePage from 1; 0 is the
// first page too.
func WithPagesFromOne() Option { return func(s *settings) { s.firstPage = 1 } }

// WithHiddenRows has each table of the database hold n more rows than its set
// shows, as business logic that hides rows does: only SQL sees them.
func WithHiddenRows(n int) Option { return func(s *settings) { s.hiddenRows = n } }

// WithRowsCap cuts what GetRows and GetList give after n rows of the primary
// table whatever pageSize says, silently but for morePages.
func WithRowsCap(n int) Option { return func(s *settings) { s.rowsPage = n } }

// WithoutMethodDocuments leaves the methods of services out of the descriptions
// under /api/swagger: only $metadata of v2 tells them.
func WithoutMethodDocuments() Option { return func(s *settings) { s.methodDocuments = false } }

// WithoutFunctionPaths describes function libraries by documents without a path,
// as servers have been seen to: what a function takes is then not told.
func WithoutFunctionPaths() Option { return func(s *settings) { s.functionPaths = false } }

// WithSeats limits the licence seats: sessions hold one each, a call without a
// session takes one while it runs. 0, the default, is no limit.
func WithSeats(n int) Option { return func(s *settings) { s.seats = n } }

// WithTokenLifetime sets ExpiresIn of bearer tokens (an hour by default); a
// negative one makes tokens that have run out already.
func WithTokenLifetime(d time.Duration) Option { return func(s *settings) { s.tokenLifetime = d } }

// WithIssuer lets in bearer tokens that an identity provider has issued, as a
// server behind Entra or Epicor Identity does, besides those of
// TokenResource.svc. subject checks a token and tells whose it is; who is not
// among the server's users stays outside.
func WithIssuer(subject func(token string) (user string, err error)) Option {
	return func(s *settings) { s.subject = subject }
}

// The answers of proxies and load balancers, for WithFault.

// BadGateway is the HTML page of a proxy that has lost the application pool.
func BadGateway() *Fault { return htmlFault(502, "Bad Gateway") }

// ServiceUnavailable is the HTML page of IIS whose application pool is stopped.
func ServiceUnavailable() *Fault { return htmlFault(503, "Service Unavailable") }

// GatewayTimeout is the HTML page of a proxy that waited in vain.
func GatewayTimeout() *Fault { return htmlFault(504, "Gateway Time-out") }

func htmlFault(status int, title string) *Fault {
	return &Fault{Status: status, Header: http.Header{"Content-Type": {"text/html; charset=us-ascii"}},
		Body: "<!DOCTYPE HTML>\r\n<HTML><HEAD><TITLE>" + title + "</TITLE></HEAD><BODY><h2>" + title + "</h2><hr></BODY></HTML>\r\n"}
}

// TooManyRequests is a 429 whose Retry-After is given in seconds or as an HTTP date.
func TooManyRequests(retryAfter string) *Fault {
	return &Fault{Status: 429, Header: http.Header{"Retry-After": {retryAfter}, "Content-Type": {"text/plain"}}, Body: "Too Many Requests"}
}
