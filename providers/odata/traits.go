package odata

import (
	"net/http"
	"net/url"
	"time"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// Traits are the plain facts of how a server behaves. DefaultTraits is what
// the protocol promises; a provider for a known system corrects it.
type Traits struct {
	Version Version
	Format  Format

	// SilentCap says that the server cuts its answers without a next link, so
	// that a short page proves nothing: a scan ends on a count or an empty page.
	SilentCap bool
	// Bare says that a page is the array of its rows and nothing around it: no
	// next link and no count. A number of rows is asked for by a request of its
	// own, whose answer to $count=true is the number alone.
	Bare bool
	// PageSize is the $top to ask for; MaxTop bounds it if not 0.
	PageSize, MaxTop int

	// HonouredTop is a $top that a server with a silent cap is known to give in
	// full: fewer rows then mean the end.
	HonouredTop int
	// Concurrency is how many requests one scan may have under way, 0 for 8.
	Concurrency int
	// ClippedInstants says that instants may be sent with fewer digits than the
	// server compares, down to the second: SQL Server's datetime counts in
	// three-hundredths of a second, and its clients print milliseconds.
	ClippedInstants bool
	// DateLiterals says that a midnight may be written as a date alone, and is then
	// the one of the zone in which the server keeps the column.
	DateLiterals bool
	// Zone is the zone of instants that come without one; nil is UTC.
	Zone *time.Location

	Filter  bool // $filter is honoured
	Top     bool // $top is honoured
	Skip    bool // $skip is honoured
	OrderBy bool // $orderby is honoured
	Select  bool // $select is honoured
	Expand  bool // $expand is honoured
	Search  bool // $search is honoured by every set, announced or not
	// Apply says that every set is asked for aggregates by $apply, AnnouncedApply that
	// those are whose metadata announce it.
	Apply, AnnouncedApply bool
	// Count says that $count=true ($inlinecount=allpages) is answered.
	Count bool
	// Keyset allows to page by conditions on the key, such as "k gt 7".
	Keyset bool
	// KeysetText allows them on text: the server's "gt" and its $orderby are
	// known to go by the same collation.
	KeysetText bool
	// PreferPageSize sends Prefer: odata.maxpagesize to servers that page
	// themselves.
	PreferPageSize bool

	// In says that V4.01's "in" operator is understood; else "or" is used.
	In bool
	// Any says that any() over collections is understood in $filter.
	Any bool
	// Functions are the functions that may stand in $filter, by V4's names
	// (contains stands for substringof too); add, sub and mul are arithmetic.
	Functions map[string]bool
	// Vouched says that the user has listed what the service does: nothing of it
	// is tried before it is relied on.
	Vouched bool
	// DoubtfulFilter says that the server may pass over $filter: conditions are
	// sent where they may spare rows, and checked again.
	DoubtfulFilter bool
	// ServerCollation takes the server's order and equality of strings for the
	// wanted ones.
	ServerCollation bool
	// FoldingSubstrings says that the server's contains and endswith can only
	// be coarser than a comparison of bytes, as those of databases are.
	FoldingSubstrings bool
	// FixedColumns are constant in every answer because the URL or a header
	// fixes them: they are left out of $orderby and of key conditions.
	FixedColumns []string
	// UniformColumns have one value in all rows of a set as a rule, such as the
	// company. A scan whose order begins with one relies on it only as far as its
	// first page shows it, and still finds the rows with another value.
	UniformColumns []string
	// PositionalKeys writes Set('A',1) instead of Set(K1='A',K2=1).
	PositionalKeys bool
	// Pushdown off asks for nothing but whole tables.
	NoPushdown bool

	// Batch says that $batch is known: it takes the requests whose URL would be
	// too long.
	Batch bool
	// QuerySegment says that V4.01's /$query is worth asking: it takes the options
	// of such requests in a body.
	QuerySegment bool
	// MaxURLLength bounds a request URL in bytes.
	MaxURLLength int
	// Header and Query are sent along with every request.
	Header http.Header
	Query  url.Values

	said map[string]bool // the words of ODataCapabilities, and whether they are on

	// DecodeError reads an error answer of the server's own form; nil, or a nil
	// result, leaves it to the protocol's forms.
	DecodeError func(*httpx.Response) *providers.Error
}

// The values that DefaultTraits gives.
const (
	DefaultPageSize     = 1000
	DefaultMaxURLLength = 2048
)

// DefaultTraits returns what a service of a version may be expected to do.
func DefaultTraits(v Version) Traits {
	return Traits{
		Version: v, PageSize: DefaultPageSize, Filter: true, Top: true, Skip: true, OrderBy: true, Select: true,
		Expand: true, Count: true, Keyset: true, PreferPageSize: v == V4, FoldingSubstrings: true,
		ClippedInstants: v == V2, // milliseconds are all that its JSON has
		Functions: map[string]bool{
			"startswith": true, "endswith": true, "contains": true,
			"year": true, "month": true, "day": true, "hour": true, "minute": true,
			"has": v == V4, "null": true,
		},
		MaxURLLength: DefaultMaxURLLength,
	}
}

// fixed reports a column that the URL fixes.
func (t *Traits) fixed(name string) bool {
	for _, c := range t.FixedColumns {
		if c == name {
			return true
		}
	}
	return false
}

// pageSize is the $top of a page.
func (t *Traits) pageSize() int {
	n := t.PageSize
	if n <= 0 {
		n = DefaultPageSize
	}
	if t.MaxTop > 0 {
		n = min(n, t.MaxTop)
	}
	return n
}

// whyNoFilter says why conditions are not sent, "" if they are.
func (t *Traits) whyNoFilter() string {
	switch {
	case t.NoPushdown:
		return "pushdown is off"
	case !t.Filter:
		return "the server does not filter"
	}
	return ""
}
