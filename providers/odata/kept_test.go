package odata_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
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

// twins is a set of pairs of columns that hold the same values and have the same
// type in the metadata. The database keeps the second of each pair in another form,
// and compares it so.
func twins(t *testing.T) *odatatest.Schema {
	columns := []odatatest.Column{
		{Name: "ID", Type: odatatest.EdmInt32},
		{Name: "Code", Type: odatatest.EdmString, MaxLength: 8, Nullable: true},
		{Name: "PaddedCode", Type: odatatest.EdmString, MaxLength: 8, Nullable: true, Kept: odatatest.Padded},
		{Name: "Price", Type: odatatest.EdmDecimal, Precision: 12, Scale: 2, Nullable: true},
		{Name: "RealPrice", Type: odatatest.EdmDecimal, Precision: 12, Scale: 2, Nullable: true, Kept: odatatest.AsReal},
		{Name: "Seen", Type: odatatest.EdmDateTimeOffset},
		{Name: "DaySeen", Type: odatatest.EdmDateTimeOffset, Kept: odatatest.AsDay},
		{Name: "Count", Type: odatatest.EdmInt32, Nullable: true},
		{Name: "AnyCount", Type: odatatest.EdmInt32, Nullable: true, Kept: odatatest.PassedOver},
	}
	codes := []any{"FULLSIZE", "A", nil, "ABC", "FULLCODE", "XYZ12"}
	prices := []any{"1.50", "2.25", "3.37", nil, "100.01"} // some are exact in binary
	var rows [][]any
	for i := range 60 {
		code, price, count := codes[i%len(codes)], prices[i%len(prices)], any(i%7)
		seen := fmt.Sprintf("2024-02-%02dT00:00:00Z", i%28+1)
		if i%3 == 1 {
			seen = fmt.Sprintf("2024-02-%02dT%02d:30:00Z", i%28+1, i%24)
		}
		if i%7 == 3 {
			count = nil
		}
		rows = append(rows, []any{i, code, code, price, price, seen, seen, count, count})
	}
	source, err := odatatest.Rows(columns, rows...)
	require.NoError(t, err)
	return &odatatest.Schema{Namespace: "Stock", Container: "All", Sets: []*odatatest.Set{
		{Name: "Twins", Type: "Twin", Columns: columns, Key: []string{"ID"}, Rows: source}}}
}

func openTwins(t *testing.T) providers.Provider {
	srv := odatatest.NewServer(odatatest.V4, twins(t))
	t.Cleanup(srv.Close)
	p, err := providers.Open("odata", providers.Options{Properties: map[string]string{"URL": srv.URL, "Service": "Stock"}, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	return p
}

// TestColumnsOfOneTypeThatAreComparedInTheirOwnWay runs the conformance suite, whose
// queries must give the same rows with pushdown and without.
func TestColumnsOfOneTypeThatAreComparedInTheirOwnWay(t *testing.T) {
	providertest.Run(t, providertest.Harness{Open: openTwins})
}

// What was found of one column holds for it alone: its twin is still asked for.
func TestWhatIsFoundOfAColumnHoldsForItAlone(t *testing.T) {
	p := openTwins(t)
	defer p.Close()
	tab, err := p.Table(t.Context(), "", "Twins")
	require.NoError(t, err)
	for _, test := range []struct {
		good, bad string
		value     sqltypes.Value
	}{
		{"Code", "PaddedCode", sqltypes.StringValue("ABC")},
		{"Price", "RealPrice", sqltypes.NumValue(sqltypes.NewNum(337, 2))},
		{"Seen", "DaySeen", sqltypes.TimestampTZValue(0)},
		{"Count", "AnyCount", sqltypes.IntValue(3)},
	} {
		t.Run(test.bad, func(t *testing.T) {
			equal := func(column string) *providers.ScanPlan {
				at := tab.Info().Find(column)
				plan, err := tab.Plan(t.Context(), &providers.ScanRequest{Columns: []int{at}, Filter: []providers.Predicate{&providers.Call{
					Func: providers.Eq, T: sqltypes.Of(sqltypes.Bool),
					Args: []providers.Expr{&providers.ColumnRef{Column: at, Name: column, T: tab.Info().Columns[at].Type}, &providers.Const{Value: test.value}}}}})
				require.NoError(t, err)
				return plan
			}
			for _, column := range []string{test.good, test.bad} { // the first reading tries it
				r, err := equal(column).Open(t.Context(), nil)
				if err == nil {
					require.NoError(t, r.Close())
				}
				assert.Equal(t, column == test.good, err == nil, "%s: %v", column, err)
			}
			assert.NotEqual(t, providers.None, equal(test.good).Filter[0])
			assert.Equal(t, providers.None, equal(test.bad).Filter[0])
			assert.Contains(t, equal(test.bad).Reasons[0], "the service cannot be relied on for = of Twins."+test.bad)
		})
	}
}

// A set that answers nothing without a condition cannot be tried. What the query
// says is sent, and looked through again.
func TestASetThatDemandsAConditionIsAskedUntried(t *testing.T) {
	data, err := odatatest.NewData(twins(t), odatatest.BinaryOrder)
	require.NoError(t, err)
	service := odatatest.NewHandler(odatatest.V4, data, odatatest.WithGzip(false))
	demanding := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/$metadata"):
			held := httptest.NewRecorder()
			service.ServeHTTP(held, r)
			w.Header().Set("Content-Type", held.Header().Get("Content-Type"))
			_, _ = io.WriteString(w, strings.Replace(held.Body.String(), `<EntitySet Name="Twins"`, `<EntitySet requires-filter="true" Name="Twins"`, 1)) // a client that has gone fails its own test
		case !r.URL.Query().Has("$filter"):
			http.Error(w, "a condition is demanded", http.StatusBadRequest)
		default:
			service.ServeHTTP(w, r)
		}
	}))
	defer demanding.Close()
	p, err := providers.Open("odata", providers.Options{Properties: map[string]string{"URL": demanding.URL, "Service": "Stock", "Pagesize": "2"}, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	defer p.Close()
	_, rows, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, "SELECT ID FROM Twins WHERE ID < 7")
	require.NoError(t, err)
	assert.Len(t, rows, 7, "over several pages")
	tab, err := p.Table(t.Context(), "", "Twins")
	require.NoError(t, err)
	plan, err := tab.Plan(t.Context(), &providers.ScanRequest{Columns: []int{0}, Keys: &providers.KeyBatch{Columns: []int{0}, Tuples: [][]sqltypes.Value{{sqltypes.IntValue(4)}}}})
	require.NoError(t, err)
	assert.Equal(t, providers.Superset, plan.Keys)
	r, err := plan.Open(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, r.Next(t.Context(), newBatch(plan)))
	require.NoError(t, r.Close())
}

// What the keys of a join hold is known when rows have been handed on, and the join
// cannot be planned anew. Where the service cannot be relied on for them, all rows
// are read.
func TestKeysThatCannotBeTriedAreLookedForHere(t *testing.T) {
	p := openTwins(t)
	defer p.Close()
	tab, err := p.Table(t.Context(), "", "Twins")
	require.NoError(t, err)
	for column, key := range map[string]sqltypes.Value{
		"Code":      sqltypes.StringValue("Ä"), // no row has such a letter
		"RealPrice": sqltypes.NumValue(sqltypes.NewNum(337, 2)),
	} {
		t.Run(column, func(t *testing.T) {
			request := &providers.ScanRequest{Columns: []int{0}, Keys: &providers.KeyBatch{Columns: []int{tab.Info().Find(column)}, Tuples: [][]sqltypes.Value{{key}}}}
			for range 2 { // before it is tried, and after
				plan, err := tab.Plan(t.Context(), request)
				require.NoError(t, err)
				assert.NotEqual(t, providers.Exact, plan.Keys)
				r, err := plan.Open(t.Context(), nil)
				require.NoError(t, err)
				batch, rows := newBatch(plan), 0
				for err = r.Next(t.Context(), batch); err == nil; err = r.Next(t.Context(), batch) {
					rows += batch.Len()
				}
				assert.ErrorIs(t, err, io.EOF)
				require.NoError(t, r.Close())
				assert.Equal(t, 60, rows)
			}
		})
	}
}

func TestTrialsKeepToThePagesAndTheURLsOfAService(t *testing.T) {
	for name, test := range map[string]struct{ page, url int }{"pages of two rows": {2, 2048}, "short URLs": {0, 450}} {
		t.Run(name, func(t *testing.T) {
			srv := odatatest.NewServer(odatatest.V4, twins(t), odatatest.WithPageSize(test.page))
			defer srv.Close()
			p, err := providers.Open("odata", providers.Options{Properties: map[string]string{"URL": srv.URL, "Service": "Stock", "MaxURLLength": strconv.Itoa(test.url)},
				Logger: slog.New(slog.DiscardHandler), Now: time.Now})
			require.NoError(t, err)
			defer p.Close()
			tab, err := p.Table(t.Context(), "", "Twins")
			require.NoError(t, err)
			for column, value := range map[string]sqltypes.Value{"Price": sqltypes.NumValue(sqltypes.NewNum(337, 2)), "Code": sqltypes.StringValue("ABC")} {
				at := tab.Info().Find(column)
				request := &providers.ScanRequest{Columns: []int{at}, Filter: []providers.Predicate{&providers.Call{Func: providers.Eq, T: sqltypes.Of(sqltypes.Bool),
					Args: []providers.Expr{&providers.ColumnRef{Column: at, Name: column, T: tab.Info().Columns[at].Type}, &providers.Const{Value: value}}}}}
				for range 2 {
					plan, err := tab.Plan(t.Context(), request)
					require.NoError(t, err)
					assert.NotEqual(t, providers.None, plan.Filter[0], plan.Reasons[0])
					r, err := plan.Open(t.Context(), nil)
					require.NoError(t, err)
					require.NoError(t, r.Close())
				}
			}
			for _, r := range srv.Requests() {
				assert.Less(t, len(srv.URL)+len("/Twins?")+len(r.Query), test.url+1)
			}
		})
	}
}
