package odatatest

import (
	"net/http"
	"strings"
	"time"
)

// Paging is how many rows an answer may hold; zero means no limit.
type Paging struct {
	Default int  // rows when $top is absent
	Max     int  // rows even when $top asks for more
	Links   bool // print a next link when rows are left; else the cut is silent
	Reject  bool // answer 400 when $top is above Max, instead of cutting
}

type config struct {
	form           form
	two            bool // V2
	shortResults   bool
	noWrapper      bool
	collation      Collation
	paging         func(*http.Request) Paging
	relativeLinks  bool
	nestedPage     int
	v401           bool
	jsonBatch      bool
	gzip           bool
	lenientOptions bool
	refuseComputed bool
	forgeryToken   func() string
	requireETag    bool
	zuluDates      bool
	base           string
	now            func() time.Time
	writeError     func(http.ResponseWriter, *http.Request, *Error)
	beforeWrite    func(Change) error
	skipCost       time.Duration
	apply          *Applying
	latency        time.Duration
	fault          func(*http.Request, int) *Fault
	lambdaItems    func(all, related []int) []int
}

// Option is a trait of the service.
type Option func(*config)

// WithCollation sets how strings compare; the default is BinaryOrder. It is for
// NewServer: a Handler has the collation of its Data.
func WithCollation(c Collation) Option { return func(g *config) { g.collation = c } }

// WithPageSize cuts answers after n rows, with a next link.
func WithPageSize(n int) Option {
	return WithPaging(func(*http.Request) Paging { return Paging{Default: n, Max: n, Links: true} })
}

// WithPaging decides about the page size request by request.
func WithPaging(f func(*http.Request) Paging) Option { return func(g *config) { g.paging = f } }

// WithRelativeNextLinks prints next links relative to the request's folder.
func WithRelativeNextLinks() Option { return func(g *config) { g.relativeLinks = true } }

// WithNestedPageSize cuts the related rows of each row after n, with a next link
// of their own.
func WithNestedPageSize(n int) Option { return func(g *config) { g.nestedPage = n } }

// WithVersion401 makes a V4 service one of 4.01: its control information has no
// "odata." in it, and a POST to a path that ends in /$query takes the query
// options in its body.
func WithVersion401() Option { return func(g *config) { g.v401 = true } }

// WithJSONBatch makes a V4 service take batches in JSON, and not in the multipart
// form.
func WithJSONBatch() Option { return func(g *config) { g.jsonBatch = true } }

// WithGzip turns compression for clients that accept it on or off; it is on by default.
func WithGzip(on bool) Option { return func(g *config) { g.gzip = on } }

// WithLenientOptions ignores unknown system query options, wrong case
// included, instead of answering 400.
func WithLenientOptions() Option { return func(g *config) { g.lenientOptions = true } }

// WithRefusedColumns answers 500 to filters and orders on Computed columns.
func WithRefusedColumns() Option { return func(g *config) { g.refuseComputed = true } }

// WithZuluDates makes a V3 service print Edm.DateTime with a Z, as some do.
func WithZuluDates() Option { return func(g *config) { g.zuluDates = true } }

// WithVerboseJSON makes a V3 service speak verbose JSON alone, as those do that
// are older than JSON light: {"d":{"results":[…]}}.
func WithVerboseJSON() Option { return func(g *config) { g.form = formVerbose } }

// WithShortResults makes a service of verbose JSON write {"d":[…]} where it has
// neither a count nor a next link to tell, as services of V1 do.
func WithShortResults() Option { return func(g *config) { g.shortResults = true } }

// WithoutWrapper makes a service of verbose JSON leave the "d" out:
// {"results":[…]}, or […] with WithShortResults, as behind some proxies.
func WithoutWrapper() Option { return func(g *config) { g.noWrapper = true } }

// WithAtom makes a V2 or V3 service speak Atom alone.
func WithAtom() Option { return func(g *config) { g.form = formAtom } }

// WithRequiredETag answers 428 to PATCH and DELETE without If-Match on sets
// that have an ETag.
func WithRequiredETag() Option { return func(g *config) { g.requireETag = true } }

// WithBasePath mounts the service below a path such as "/erp/api/v1/Svc".
func WithBasePath(p string) Option {
	return func(g *config) { g.base = strings.TrimRight(p, "/") }
}

// WithNow sets the clock of now(); the default is 2024-06-15T12:00:00Z, so that
// answers do not depend on the day of the test.
func WithNow(f func() time.Time) Option { return func(g *config) { g.now = f } }

// WithErrorWriter replaces the error body of the protocol version.
func WithErrorWriter(f func(http.ResponseWriter, *http.Request, *Error)) Option {
	return func(g *config) { g.writeError = f }
}

// WithBeforeWrite is called with every change under the writers' lock; it may
// fill Change.New in, or refuse the change by an error (an *Error keeps its
// status).
func WithBeforeWrite(f func(Change) error) Option { return func(g *config) { g.beforeWrite = f } }

// WithSkipCost makes every row that $skip passes over cost this much time, as
// deep paging does on real servers.
func WithSkipCost(d time.Duration) Option { return func(g *config) { g.skipCost = d } }

// WithLatency delays every answer.
func WithLatency(d time.Duration) Option { return func(g *config) { g.latency = d } }

// WithFault may spoil the answer to a request; n counts requests from 1.
func WithFault(f func(r *http.Request, n int) *Fault) Option { return func(g *config) { g.fault = f } }

// WithLambdaItems has any() and all() look at other items than the related ones:
// f chooses among the rows of the set, which it is given by number. It is for
// services that read lambdas wrongly.
func WithLambdaItems(f func(all, related []int) []int) Option {
	return func(g *config) { g.lambdaItems = f }
}

func buildConfig(opts []Option) config {
	g := config{gzip: true, now: func() time.Time { return time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC) }}
	for _, o := range opts {
		o(&g)
	}
	return g
}

// WithForgeryGuard wants a token against forged requests with whatever is no
// read, as SAP Gateway does: the one that token returns then, with the session's
// cookie. A read that asks for a token gets it.
func WithForgeryGuard(token func() string) Option {
	return func(g *config) { g.forgeryToken = token }
}
