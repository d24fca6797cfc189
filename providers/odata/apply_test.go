package odata_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// sales is a set whose first rows show everything that $apply is tried with: nulls,
// values that occur again, several rows a group.
func sales(t *testing.T, n int) *odatatest.Schema {
	columns := []odatatest.Column{
		{Name: "ID", Type: odatatest.EdmInt32}, {Name: "Site", Type: odatatest.EdmInt16}, {Name: "Line", Type: odatatest.EdmInt32, Nullable: true},
		{Name: "Qty", Type: odatatest.EdmInt32, Nullable: true}, {Name: "Price", Type: odatatest.EdmDecimal, Precision: 12, Scale: 2, Nullable: true},
		{Name: "Cost", Type: odatatest.EdmDecimal, Precision: 18, Scale: 4}, {Name: "Free", Type: odatatest.EdmDecimal, Nullable: true},
		{Name: "Open", Type: odatatest.EdmBoolean, Nullable: true}, {Name: "Day", Type: odatatest.EdmDate},
		{Name: "At", Type: odatatest.EdmDateTimeOffset, Nullable: true}, {Name: "Big", Type: odatatest.EdmInt64}, {Name: "Huge", Type: odatatest.EdmInt64},
		{Name: "Kind", Type: odatatest.EdmEnum, Enum: "Kind"}, {Name: "Note", Type: odatatest.EdmString, Nullable: true},
		{Name: "Weight", Type: odatatest.EdmDouble}, {Name: "Count", Type: odatatest.EdmInt32},
	}
	var rows [][]any
	for i := range n {
		null := func(every int, v any) any {
			if i%every == 1 {
				return nil
			}
			return v
		}
		rows = append(rows, []any{i + 1, i % 3, null(7, i%4), null(5, i*37%90-10), null(6, fmt.Sprintf("%d.%02d", i*13%40-5, i*29%100)),
			fmt.Sprintf("%d.0625", i*7%50+9), null(4, fmt.Sprintf("1.%d", i)), null(9, i%2 == 0), fmt.Sprintf("2024-03-%02d", i%5+1),
			null(8, fmt.Sprintf("2024-03-01T%02d:00:00Z", i%11)), int64(i%6) * 1_000_000, int64(1)<<60 + int64(i%2), i % 2, null(3, strings.Repeat("x", i%3)),
			float64(i) / 8, 1_500_000_000 + i%4})
	}
	source, err := odatatest.Rows(columns, rows...)
	require.NoError(t, err)
	return &odatatest.Schema{Namespace: "Shop", Container: "Box", Enums: []odatatest.Enum{{Name: "Kind", Members: []odatatest.EnumMember{{Name: "Order", Value: 0}, {Name: "Quote", Value: 1}}}},
		Sets: []*odatatest.Set{{Name: "Sales", Type: "Sale", Columns: columns, Key: []string{"ID"}, Rows: source}}}
}

func connected(t *testing.T, address string, properties ...string) providers.Provider {
	all := map[string]string{"URL": address, "Service": "Shop"}
	for i := 0; i < len(properties); i += 2 {
		all[properties[i]] = properties[i+1]
	}
	p, err := providers.Open("odata", providers.Options{Properties: all, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

// same runs a query with pushdown and without, which must agree to the last zero.
func same(t *testing.T, p providers.Provider, sql string) {
	t.Helper()
	_, want, err := providertest.Answer(t.Context(), p, sqlengine.Options{}, sql)
	require.NoError(t, err, sql)
	_, got, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, sql)
	require.NoError(t, err, sql)
	assert.Empty(t, providertest.Differ(got, want, false), sql)
	assert.ElementsMatch(t, lines(want), lines(got), sql)
}

// lines are rows as a program that scans texts sees them.
func lines(rows [][]sqltypes.Value) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		for _, v := range row {
			out[i] += v.Text() + "|"
		}
	}
	return out
}

func explanation(t *testing.T, p providers.Provider, sql string) string {
	t.Helper()
	_, rows, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, "EXPLAIN "+sql)
	require.NoError(t, err, sql)
	var b strings.Builder
	for _, r := range rows {
		line, err := url.PathUnescape(r[0].S)
		if err != nil {
			line = r[0].S
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// requestsOf counts the requests of $apply and those of rows that a query takes once
// what it relies on has been tried.
func requestsOf(t *testing.T, srv *odatatest.Server, p providers.Provider, sql string) (groups, rows int) {
	t.Helper()
	srv.ResetCounters()
	_, _, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, sql)
	require.NoError(t, err, sql)
	for _, r := range srv.Requests() {
		switch {
		case strings.Contains(r.Query, "$apply="):
			groups++
		case !strings.Contains(r.Query, "$top=1&"):
			rows++
		}
	}
	return groups, rows
}

// aggregated are queries that a service answers which announces $apply.
var aggregated = []string{
	"SELECT Site, COUNT(*) FROM Sales GROUP BY Site",
	"SELECT Line, COUNT(*), COUNT(Qty), SUM(Qty), AVG(Qty), MIN(Qty), MAX(Qty) FROM Sales GROUP BY Line",
	"SELECT Line, Site, SUM(Big), COUNT(DISTINCT Big) FROM Sales WHERE ID > 7 AND Day <= DATE '2024-03-04' GROUP BY Line, Site",
	"SELECT Open, SUM(Price), AVG(Price), MAX(Price) FROM Sales GROUP BY Open",
	"SELECT Site, SUM(Cost), MIN(Cost) FROM Sales GROUP BY Site HAVING COUNT(*) > 2",
	"SELECT Day, MIN(At), MAX(At), COUNT(DISTINCT Line) FROM Sales GROUP BY Day",
	"SELECT Kind, COUNT(*), MAX(Day) FROM Sales GROUP BY Kind",
	"SELECT COUNT(*), COUNT(Line), COUNT(DISTINCT Line), COUNT(DISTINCT Kind), SUM(Cost), AVG(Cost), SUM(Site), MIN(Day) FROM Sales",
	"SELECT SUM(Qty), AVG(Qty), MIN(Price), COUNT(Line), COUNT(*), COUNT(DISTINCT Site) FROM Sales WHERE ID < 0",
	"SELECT Line, SUM(Qty) FROM Sales WHERE ID < 0 GROUP BY Line",
	"SELECT SUM(Qty) FROM Sales WHERE Qty IS NULL",
	"SELECT MAX(ID) FROM Sales WHERE Line = 2",
}

// kept are queries that no service is asked.
var kept = map[string]string{
	"SELECT Note, COUNT(*) FROM Sales GROUP BY Note":     "collation is not known",
	"SELECT MAX(Note) FROM Sales":                        "collation is not known",
	"SELECT SUM(Weight), MAX(Weight) FROM Sales":         "Edm.Double",
	"SELECT SUM(Free) FROM Sales":                        "scale of Free",
	"SELECT SUM(DISTINCT Site) FROM Sales":               "SUM of Site is computed here",
	"SELECT MAX(Kind) FROM Sales":                        "by value, not by name",
	"SELECT Weight, COUNT(*) FROM Sales GROUP BY Weight": "Edm.Double",
}

func TestAggregatesAreLeftToServicesThatAnnounceApply(t *testing.T) {
	for _, test := range []struct {
		name    string
		options []odatatest.Option
		words   string
	}{
		{"in one page", []odatatest.Option{odatatest.WithApply(odatatest.Applying{})}, ""},
		{"in pages of two groups", []odatatest.Option{odatatest.WithApply(odatatest.Applying{}), odatatest.WithPaging(func(r *http.Request) odatatest.Paging {
			if strings.Contains(r.URL.RawQuery, "$apply") {
				return odatatest.Paging{Default: 2, Links: true}
			}
			return odatatest.Paging{}
		}), odatatest.WithRelativeNextLinks()}, ""},
		{"as an array without an envelope", []odatatest.Option{odatatest.WithApply(odatatest.Applying{BareArray: true})}, ""},
		{"without a row for no rows", []odatatest.Option{odatatest.WithApply(odatatest.Applying{NoRowIfEmpty: true})}, ""},
		{"with zeros for no rows", []odatatest.Option{odatatest.WithApply(odatatest.Applying{ZerosIfEmpty: true})}, ""},
		{"unannounced, by the user's word", []odatatest.Option{odatatest.WithApply(odatatest.Applying{Unannounced: true})}, "+apply"},
		{"vouched for", []odatatest.Option{odatatest.WithApply(odatatest.Applying{})}, "filter,orderby,top,skip,count,select,null,apply"},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := odatatest.NewServer(odatatest.V4, sales(t, 60), test.options...)
			defer srv.Close()
			p := connected(t, srv.URL, "ODataCapabilities", test.words)
			for _, sql := range aggregated {
				same(t, p, sql)
				groups, rows := requestsOf(t, srv, p, sql)
				assert.Positive(t, groups, sql)
				assert.Zero(t, rows, sql)
				text := explanation(t, p, sql)
				assert.Contains(t, text, "aggregate at the server", sql)
				assert.Contains(t, text, "$count of the rows proves", sql)
			}
			for sql, why := range kept {
				same(t, p, sql)
				assert.Contains(t, explanation(t, p, sql), "aggregated here: ", sql)
				assert.Contains(t, explanation(t, p, sql), why, sql)
			}
		})
	}
}

func TestApplyIsNotAskedFor(t *testing.T) {
	for name, test := range map[string]struct {
		version    odatatest.Version
		apply      odatatest.Applying
		properties []string
	}{
		"where nobody announces it":         {odatatest.V4, odatatest.Applying{Unannounced: true}, nil},
		"where the user says it lies":       {odatatest.V4, odatatest.Applying{}, []string{"ODataCapabilities", "-apply"}},
		"where the user lists other things": {odatatest.V4, odatatest.Applying{}, []string{"ODataCapabilities", "filter,count,top,null"}},
		"without pushdown":                  {odatatest.V4, odatatest.Applying{}, []string{"Pushdown", "false"}},
		"without $count to prove it":        {odatatest.V4, odatatest.Applying{}, []string{"ODataCapabilities", "-count"}},
		"in V3":                             {odatatest.V3, odatatest.Applying{}, []string{"ODataCapabilities", "+apply"}},
		"in V2":                             {odatatest.V2, odatatest.Applying{}, []string{"ODataCapabilities", "+apply"}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := odatatest.NewServer(test.version, sales(t, 30), odatatest.WithApply(test.apply))
			defer srv.Close()
			p := connected(t, srv.URL, test.properties...)
			for _, sql := range []string{aggregated[0], "SELECT SUM(Site) FROM Sales WHERE ID > 3"} {
				same(t, p, sql)
				groups, _ := requestsOf(t, srv, p, sql)
				assert.Zero(t, groups)
			}
		})
	}
}

// TestServicesThatMisaggregateAreFoundOut asks services that lie: the rows are right
// anyway, and what was found out is not asked for again and told.
func TestServicesThatMisaggregateAreFoundOut(t *testing.T) {
	for _, test := range []struct {
		name    string
		apply   odatatest.Applying
		trusted bool   // nothing is tried: the answers themselves show it
		sql     string // a query that shows it, "" for none
		why     string // what EXPLAIN says of it then
	}{
		{"passes over the filter", odatatest.Applying{IgnoreFilter: true}, false, aggregated[2], "cannot be relied on"},
		{"passes over the filter", odatatest.Applying{IgnoreFilter: true}, true, aggregated[2], "where $count says"},
		{"caps the groups", odatatest.Applying{MaxGroups: 3}, false, aggregated[1], "where $count says"},
		{"caps the groups", odatatest.Applying{MaxGroups: 3}, true, aggregated[1], "where $count says"},
		{"adds in binary floating point", odatatest.Applying{BinarySums: true}, true, "SELECT SUM(Price) FROM Sales", "more digits than are certain"},
		{"adds in binary floating point", odatatest.Applying{BinarySums: true}, false, "", ""},
		{"adds in 32 bits", odatatest.Applying{Sums32: true}, true, "SELECT SUM(Count) FROM Sales", "cannot add up to"},
		{"adds in 32 bits", odatatest.Applying{Sums32: true}, false, "SELECT SUM(Count) FROM Sales", "cannot be relied on"},
		{"leaves the group of nulls out", odatatest.Applying{NoNullGroup: true}, true, aggregated[1], "where $count says"},
		{"leaves the group of nulls out", odatatest.Applying{NoNullGroup: true}, false, aggregated[1], "leaves a group out"},
		{"takes null for 0", odatatest.Applying{NullAsZero: true}, true, aggregated[1], "without Line where $count says"},
		{"takes null for 0", odatatest.Applying{NullAsZero: true}, false, aggregated[1], "cannot be relied on"},
		{"compares texts", odatatest.Applying{TextExtremes: true}, false, "SELECT MIN(Qty) FROM Sales", "cannot be relied on for min of Sales.Qty"},
		{"counts every value", odatatest.Applying{DistinctRows: true}, false, aggregated[7], "cannot be relied on for countdistinct"},
		{"aggregates nulls", odatatest.Applying{NullsCounted: true}, true, "", ""},
		{"aggregates nulls", odatatest.Applying{NullsCounted: true}, false, "", ""},
		{"gives a group twice", odatatest.Applying{TwiceTheFirst: true}, true, "SELECT Site, COUNT(*) FROM Sales GROUP BY Site", "two groups have the same values"},
		{"knows no $apply", odatatest.Applying{Refuse: 501}, true, aggregated[0], "answers by an error"},
		{"knows no $apply", odatatest.Applying{Refuse: 400}, false, aggregated[0], "cannot be relied on"},
		{"fails", odatatest.Applying{Refuse: 500}, true, aggregated[0], "answers by an error"},
	} {
		words, name := "", test.name
		if test.trusted {
			words, name = "filter,orderby,top,skip,count,select,null,apply", name+", trusted"
		}
		t.Run(name, func(t *testing.T) {
			srv := odatatest.NewServer(odatatest.V4, sales(t, 60), odatatest.WithApply(test.apply))
			defer srv.Close()
			p := connected(t, srv.URL, "ODataCapabilities", words)
			for _, sql := range append(aggregated, "SELECT SUM(Count), SUM(Huge), MAX(Huge) FROM Sales", "SELECT Huge, COUNT(*) FROM Sales GROUP BY Huge") {
				same(t, p, sql)
			}
			if test.sql == "" {
				return
			}
			same(t, p, test.sql)
			text := explanation(t, p, test.sql)
			assert.Contains(t, text, "aggregated here: ")
			assert.Contains(t, text, test.why)
			groups, _ := requestsOf(t, srv, p, test.sql)
			assert.Zero(t, groups, "not asked again")
		})
	}
}

// A refusal of $apply holds nothing else back: the conditions of the query are still
// the service's.
func TestConditionsStayWithTheServiceThatMisaggregates(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, sales(t, 60), odatatest.WithApply(odatatest.Applying{Refuse: 501}))
	defer srv.Close()
	p := connected(t, srv.URL)
	_, rows, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, "SELECT Site, COUNT(*) FROM Sales WHERE Big > 4000000 GROUP BY Site")
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	all := srv.Requests()
	assert.Contains(t, all[len(all)-1].Line(), "$filter=Big%20gt%204000000&")
}

// A set that had no rows has shown nothing of the service.
func TestWhatASetWithoutRowsShowsIsNotRemembered(t *testing.T) {
	empty := sales(t, 0)
	srv := odatatest.NewServer(odatatest.V4, empty, odatatest.WithApply(odatatest.Applying{}))
	defer srv.Close()
	p := connected(t, srv.URL)
	for range 2 {
		for _, sql := range aggregated {
			same(t, p, sql)
		}
		assert.Contains(t, explanation(t, p, "SELECT Line, SUM(Qty) FROM Sales GROUP BY Line"),
			"first tried on rows of Sales, once for all queries: nulls of Sales.Qty; nulls of Sales.Line; groups by Sales.Line; sum in groups of Sales.Qty")
	}
}

var counted = regexp.MustCompile(`"@odata.count":(\d+)`)

func TestRowsThatChangeWhileTheyAreGroupedBlameNobody(t *testing.T) {
	for name, lasting := range map[string]int32{"once": 1, "all the time": 1 << 30} {
		t.Run(name, func(t *testing.T) {
			data, err := odatatest.NewData(sales(t, 60), odatatest.BinaryOrder)
			require.NoError(t, err)
			inner := odatatest.NewHandler(odatatest.V4, data, odatatest.WithApply(odatatest.Applying{}), odatatest.WithGzip(false))
			var changing, groups atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				query := r.URL.Query()
				if query.Has("$apply") {
					groups.Add(1)
				}
				held := httptest.NewRecorder()
				inner.ServeHTTP(held, r)
				body := held.Body.String()
				if query.Get("$top") == "1" && query.Has("$count") {
					if n := changing.Add(-1); n >= 0 { // another number each time
						body = counted.ReplaceAllString(body, fmt.Sprintf(`"@odata.count":%d`, 100+n))
					}
				}
				for name, values := range held.Header() {
					if name != "Content-Length" {
						w.Header()[name] = values
					}
				}
				w.WriteHeader(held.Code)
				_, _ = w.Write([]byte(body)) // a client that has gone fails its own test
			}))
			defer srv.Close()
			p := connected(t, srv.URL)
			sql := "SELECT Site, COUNT(*), SUM(ID) FROM Sales GROUP BY Site"
			same(t, p, sql) // what is to be tried is
			changing.Store(lasting)
			same(t, p, sql)
			changing.Store(0)
			before := groups.Load()
			same(t, p, sql)
			assert.Equal(t, before+1, groups.Load(), "it is asked again")
		})
	}
}

func TestTextsAreAggregatedByTheServersCollationOnRequest(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, sales(t, 60), odatatest.WithApply(odatatest.Applying{}))
	defer srv.Close()
	p := connected(t, srv.URL, "Collation", "server")
	for _, sql := range []string{"SELECT Note, COUNT(*), SUM(Cost) FROM Sales GROUP BY Note", "SELECT MAX(Note), COUNT(DISTINCT Note), MIN(Note) FROM Sales"} {
		same(t, p, sql)
		groups, rows := requestsOf(t, srv, p, sql)
		assert.Positive(t, groups, sql)
		assert.Zero(t, rows, sql)
	}
}
