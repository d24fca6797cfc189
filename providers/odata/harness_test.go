package odata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// shop is a schema of n orders with three lines each, n parts with text keys
// and n keyless log rows. Names repeat, some values are null.
func shop(t testing.TB, n int) *odatatest.Schema {
	orders := []odatatest.Column{
		{Name: "ID", Type: odatatest.EdmInt32},
		{Name: "Name", Type: odatatest.EdmString, Nullable: true},
		{Name: "Price", Type: odatatest.EdmDecimal, Precision: 18, Scale: 4, Nullable: true},
		{Name: "At", Type: odatatest.EdmDateTimeOffset, Nullable: true},
		{Name: "Qty", Type: odatatest.EdmInt32, Nullable: true},
		{Name: "Big", Type: odatatest.EdmInt64, Nullable: true},
		{Name: "Rev", Type: odatatest.EdmInt32},
	}
	lines := []odatatest.Column{
		{Name: "Company", Type: odatatest.EdmString}, {Name: "OrderID", Type: odatatest.EdmInt32},
		{Name: "Line", Type: odatatest.EdmInt32}, {Name: "Text", Type: odatatest.EdmString, Nullable: true},
	}
	parts := []odatatest.Column{{Name: "PartNum", Type: odatatest.EdmString}, {Name: "Qty", Type: odatatest.EdmInt32, Nullable: true}}
	logs := []odatatest.Column{{Name: "Text", Type: odatatest.EdmString}, {Name: "N", Type: odatatest.EdmInt32}}
	var o, l, p, g [][]any
	for i := range n {
		id := 10 + i + i/7*3 // with gaps
		var name any = fmt.Sprintf("Näme '%d' & %% + \"q\"\\", i%5)
		var qty any = i % 11
		if i%4 == 3 {
			name, qty = nil, nil
		}
		o = append(o, []any{id, name, fmt.Sprintf("%d.50", i), "2024-02-29T12:00:00.1234567Z", qty, 9007199254740993 + int64(i), 1})
		for k := range 3 {
			l = append(l, []any{"EPIC06", id, k + 1, fmt.Sprintf("line %d", k)})
		}
		p = append(p, []any{fmt.Sprintf("P'%04d/ü", i), i})
		g = append(g, []any{fmt.Sprintf("event %d", i/3), i})
	}
	source := func(columns []odatatest.Column, rows [][]any) odatatest.Source {
		s, err := odatatest.Rows(columns, rows...)
		require.NoError(t, err)
		return s
	}
	return &odatatest.Schema{Namespace: "Shop", Container: "Box", Sets: []*odatatest.Set{
		{Name: "Orders", Type: "Order", Columns: orders, Key: []string{"ID"}, ETag: "Rev", Rows: source(orders, o),
			Navigations: []odatatest.Navigation{{Name: "Lines", Target: "Lines", Many: true, On: [][2]string{{"ID", "OrderID"}}}}},
		{Name: "Lines", Type: "Line", Columns: lines, Key: []string{"Company", "OrderID", "Line"}, Rows: source(lines, l),
			Navigations: []odatatest.Navigation{{Name: "Order", Target: "Orders", On: [][2]string{{"OrderID", "ID"}}}}},
		{Name: "Parts", Type: "Part", Columns: parts, Key: []string{"PartNum"}, Rows: source(parts, p)},
		{Name: "Log", Type: "Entry", Columns: logs, ReadOnly: true, Rows: source(logs, g)},
	}}
}

// connect returns the tables of a service, with its traits changed.
func connect(t testing.TB, url string, v Version, change func(*Traits)) func(set string) *Table {
	c, err := httpx.New(httpx.Config{Origins: []string{url}, Retry: httpx.Retry{MaxAttempts: 3, BaseDelay: 1, MaxDelay: 2}})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	svc := &Service{Client: c, Root: url, Traits: DefaultTraits(v)}
	if change != nil {
		change(&svc.Traits)
	}
	m, err := svc.Metadata(t.Context())
	require.NoError(t, err)
	require.Equal(t, v, m.Version)
	return func(set string) *Table {
		s := m.Find(set)
		require.NotNil(t, s, set)
		return NewTable(svc, m, s, TableOptions{})
	}
}

// What all providers' tests share.
var (
	column  = providertest.Ref
	columns = providertest.Columns
)

func plan(t testing.TB, table providers.Table, r *providers.ScanRequest) *providers.ScanPlan {
	p, err := table.Plan(t.Context(), r)
	require.NoError(t, err)
	return p
}

// read reads a whole scan as lines of text.
func read(t testing.TB, p *providers.ScanPlan) ([]string, error) {
	rows, _, err := readStats(t.Context(), t, p)
	return rows, err
}

func readStats(ctx context.Context, t testing.TB, p *providers.ScanPlan) ([]string, providers.ScanStats, error) {
	r, err := p.Open(ctx, nil)
	require.NoError(t, err)
	defer r.Close()
	b := tuple.NewBatch(p.Layout)
	rows := []string{}
	for {
		err := r.Next(ctx, b)
		stats := r.(providers.StatsReader).Stats()
		if errors.Is(err, io.EOF) {
			return rows, stats, nil
		}
		if err != nil {
			return rows, stats, err
		}
		require.Positive(t, b.Len())
		for i := range b.Len() {
			cells := make([]string, p.Layout.Columns())
			for c := range cells {
				if cells[c] = "∅"; !b.Row(i).Null(c) {
					cells[c] = p.Layout.Value(b.Row(i), c).Text()
				}
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
}

// wantOrders is what a scan of ID and Name gives.
func wantOrders(n int) []string {
	rows := []string{}
	for i := range n {
		name := fmt.Sprintf("Näme '%d' & %% + \"q\"\\", i%5)
		if i%4 == 3 {
			name = "∅"
		}
		rows = append(rows, strconv.Itoa(10+i+i/7*3)+"|"+name)
	}
	return rows
}
