package sage200test

import (
	"net/http"
	"slices"
	"time"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// Fault spoils one answer; see odatatest.Fault.
type Fault = odatatest.Fault

// Company is an entry of GET /sites.
type Company struct {
	SiteID        string `json:"site_id"`
	SiteName      string `json:"site_name"`
	SiteShortName string `json:"site_short_name"`
	CompanyID     int    `json:"company_id"`
	CompanyName   string `json:"company_name"`
}

// The credentials and the company that the server has if no option says
// otherwise.
const (
	DefaultKey   = "5f3b7c1e9a2d4086b1f0c3d5e7a98b64"
	DefaultToken = "eyJhbGciOiJSUzI1NiJ9.sage200test.signature"
	DefaultSite  = "c3a91133-a250-454f-a9ac-08d507348a36"
)

// The paths of the two editions.
const (
	ProfessionalPath = "/uk/sage200extra/accounts/v1"
	StandardPath     = "/uk/sage200/accounts/v1"
)

type settings struct {
	path       string
	companies  []Company
	keys       []string
	token      func(string) bool
	quietToken bool
	rejectTop  bool
	noSites    bool
	maxTop     int
	collation  odatatest.Collation
	rows       map[string]int
	denied     []string
	without    []string
	document   []byte
	wire       []odatatest.Option
}

func defaults() settings {
	return settings{
		path:      ProfessionalPath,
		companies: []Company{{DefaultSite, "Sage UK Development Site", "DEV", 1, "Demodata"}},
		keys:      []string{DefaultKey}, token: func(t string) bool { return t == DefaultToken },
		maxTop: 5000, rows: map[string]int{},
	}
}

// Option is a trait or a size of the server.
type Option func(*settings)

// WithPath sets the path before the resources: StandardPath, or that of a server
// of one's own. It is ProfessionalPath otherwise.
func WithPath(path string) Option { return func(s *settings) { s.path = path } }

// WithCompanies replaces the companies that the user may open. All hold the same
// rows.
func WithCompanies(list ...Company) Option { return func(s *settings) { s.companies = list } }

// WithKey sets the only subscription key.
func WithKey(key string) Option { return func(s *settings) { s.keys = []string{key} } }

// WithToken decides which access tokens are valid.
func WithToken(valid func(token string) bool) Option { return func(s *settings) { s.token = valid } }

// WithQuietTokenErrors answers 401 to a bad token in the words that are used for
// a bad company too, as ASP.NET does behind a gateway that checks nothing.
func WithQuietTokenErrors() Option { return func(s *settings) { s.quietToken = true } }

// WithoutSites answers 404 to GET /sites.
func WithoutSites() Option { return func(s *settings) { s.noSites = true } }

// WithMaxTop sets how many rows come at most, 5,000 otherwise.
func WithMaxTop(n int) Option { return func(s *settings) { s.maxTop = n } }

// WithTopRejected answers 400 to a $top above the maximum, instead of sending
// fewer rows.
func WithTopRejected() Option { return func(s *settings) { s.rejectTop = true } }

// WithCollation sets how the database compares strings; BinaryOrder is the default.
func WithCollation(c odatatest.Collation) Option { return func(s *settings) { s.collation = c } }

// WithRows sets how many rows a resource has.
func WithRows(resource string, n int) Option { return func(s *settings) { s.rows[resource] = n } }

// WithDenied answers 403 to the resources: the user's role lacks the module.
func WithDenied(resources ...string) Option {
	return func(s *settings) { s.denied = append(s.denied, resources...) }
}

// WithoutResources answers 404 to the resources: the version of the product does
// not have them.
func WithoutResources(names ...string) Option {
	return func(s *settings) { s.without = append(s.without, names...) }
}

// WithOpenAPI serves every collection of one of the vendor's OpenAPI documents
// (Swagger 2.0) beside the resources that the server has itself, with rows made
// up by their types.
func WithOpenAPI(document []byte) Option {
	return func(s *settings) { s.document = slices.Clone(document) }
}

// WithLatency delays every answer.
func WithLatency(d time.Duration) Option {
	return func(s *settings) { s.wire = append(s.wire, odatatest.WithLatency(d)) }
}

// WithFault may spoil the answer to request n (from 1).
func WithFault(f func(r *http.Request, n int) *Fault) Option {
	return func(s *settings) { s.wire = append(s.wire, odatatest.WithFault(f)) }
}

// The answers of the gateway, for WithFault.

// TooManyRequests is the 429 of Azure API Management.
func TooManyRequests(retryAfter string) *Fault {
	return gateway(http.StatusTooManyRequests, "Rate limit is exceeded. Try again in "+retryAfter+" seconds.", http.Header{"Retry-After": {retryAfter}})
}

// QuotaExceeded is the 403 of Azure API Management when the quota of calls is used up.
func QuotaExceeded() *Fault {
	return gateway(http.StatusForbidden, "Out of call volume quota. Quota will be replenished in 01:23:45.", http.Header{})
}

// BackendUnavailable is the 503 of Azure API Management.
func BackendUnavailable() *Fault {
	return gateway(http.StatusServiceUnavailable, "Service Unavailable", http.Header{})
}
