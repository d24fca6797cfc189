package odata

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

func lines(srv *odatatest.Server) []string {
	var out []string
	for _, r := range srv.Requests() {
		if !strings.HasSuffix(r.Path, "$metadata") {
			out = append(out, r.Line())
		}
	}
	return out
}

func TestScanOfEveryType(t *testing.T) {
	for v, tv := range testVersions {
		t.Run(v.String(), func(t *testing.T) {
			srv := odatatest.NewServer(tv, shop(t, 2))
			defer srv.Close()
			orders := connect(t, srv.URL, v, nil)("Orders")
			p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "Big", "Price", "At", "Qty", "Name", "ETag")})
			rows, err := read(t, p)
			require.NoError(t, err)
			require.Len(t, rows, 2)
			instant := "12:00:00.1234567+00"
			if v == V2 { // whose JSON counts milliseconds
				instant = "12:00:00.123+00"
			}
			assert.True(t, strings.HasPrefix(rows[1], "9007199254740994|1.5000|2024-02-29 "+instant+"|1|Näme '1' & % + \"q\"\\|"), rows[1])
			assert.NotContains(t, rows[1][strings.LastIndex(rows[1], "|"):], "∅", "the ETag is read")
		})
	}
}

func TestRequestLines(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 40), silent(10))
	defer srv.Close()
	table := connect(t, srv.URL, V4, func(tr *Traits) { tr.SilentCap, tr.FixedColumns = true, []string{"Company"} })
	orders, items := table("Orders"), table("Lines")
	id := column(t, orders, "ID")
	gt := call(providers.Gt, id, num(12))
	name := call(providers.Eq, column(t, orders, "Name"), str("a+b"))
	for _, test := range []struct {
		name  string
		table *Table
		r     *providers.ScanRequest
		want  []string // without the path
		rows  int
	}{
		{"all rows of a small set are one request", items,
			&providers.ScanRequest{Columns: columns(t, items, "Line"), Filter: []providers.Predicate{call(providers.Eq, column(t, items, "OrderID"), num(10))}},
			[]string{"$filter=OrderID%20eq%2010&$orderby=OrderID,Line&$select=Line,OrderID&$top=1000&$count=true"}, 3},
		{"a limit is one small request", orders,
			&providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{gt}, Limit: 5},
			[]string{"$filter=ID%20gt%2012&$orderby=ID&$select=ID&$top=5&$count=true"}, 5},
		{"a limit, an offset and an order", orders,
			&providers.ScanRequest{Columns: columns(t, orders, "Qty"), Order: []providers.OrderTerm{{Column: columns(t, orders, "Qty")[0], Desc: true}}, Limit: 3, Offset: 2},
			[]string{"$orderby=Qty%20desc,ID%20desc&$select=Qty,ID&$top=3&$skip=2&$count=true"}, 3},
		{"a superset filter is sent and its text encoded", orders,
			&providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{name}},
			[]string{"$filter=Name%20eq%20'a%2Bb'&$orderby=ID&$select=ID&$top=1000&$count=true"}, 0},
		{"counting is one request of one row", orders,
			&providers.ScanRequest{Filter: []providers.Predicate{gt}, Aggregate: &providers.Aggregate{Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}},
			[]string{"$filter=ID%20gt%2012&$select=ID&$top=1&$count=true"}, 1},
		{"a hint sizes the first page only", orders,
			&providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{call(providers.Lt, id, num(14))}, RowHint: 2},
			[]string{"$filter=ID%20lt%2014&$orderby=ID&$select=ID&$top=2&$count=true",
				"$filter=ID%20lt%2014%20and%20ID%20gt%2011&$orderby=ID&$select=ID&$top=1000&$count=true"}, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv.ResetCounters()
			p := plan(t, test.table, test.r)
			rows, err := read(t, p)
			require.NoError(t, err)
			assert.Len(t, rows, test.rows)
			got := lines(srv)
			for i := range got {
				got[i] = got[i][strings.Index(got[i], "?")+1:]
			}
			assert.Equal(t, test.want, got)
			assert.Equal(t, "GET "+srv.URL+"/"+test.table.path+"?"+test.want[0], p.Requests[0], "EXPLAIN shows what is sent")
		})
	}
}

func TestCountOfRows(t *testing.T) {
	for v, tv := range testVersions {
		srv := odatatest.NewServer(tv, shop(t, 23))
		defer srv.Close()
		orders := connect(t, srv.URL, v, nil)("Orders")
		r := &providers.ScanRequest{Aggregate: &providers.Aggregate{Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}}
		p := plan(t, orders, r)
		assert.Equal(t, providers.Exact, p.Aggregate)
		rows, err := read(t, p)
		require.NoError(t, err)
		assert.Equal(t, []string{"23"}, rows)
		rows, err = read(t, plan(t, connect(t, srv.URL, v, nil)("Log"), r))
		require.NoError(t, err)
		assert.Equal(t, []string{"23"}, rows, "rows without a key")
		r.Filter = []providers.Predicate{call(providers.Eq, column(t, orders, "Name"), str("x"))}
		assert.Equal(t, providers.None, plan(t, orders, r).Aggregate, "a superset must not be counted")
	}
}

func TestOrderIsFollowedAcrossPages(t *testing.T) {
	for v, tv := range testVersions {
		for _, keyset := range []bool{true, false} {
			for _, desc := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s keyset=%v desc=%v", v, keyset, desc), func(t *testing.T) {
					srv := odatatest.NewServer(tv, shop(t, 60), silent(7))
					defer srv.Close()
					orders := connect(t, srv.URL, v, func(tr *Traits) { tr.SilentCap, tr.Keyset = true, keyset })("Orders")
					qty := columns(t, orders, "Qty")[0]
					p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "Qty", "ID"),
						Order: []providers.OrderTerm{{Column: qty, Desc: desc, NullsFirst: !desc}}})
					assert.Equal(t, providers.Exact, p.Order)
					rows, err := read(t, p)
					require.NoError(t, err)
					require.Len(t, rows, 60)
					seen, last := map[string]bool{}, -2
					for i, row := range rows {
						assert.False(t, seen[row], "%s came twice", row)
						seen[row] = true
						key, err := strconv.Atoi(row[:strings.Index(row, "|")])
						if err != nil {
							key = -1 // null is the smallest
						}
						if i > 0 && desc {
							assert.LessOrEqual(t, key, last)
						} else if i > 0 {
							assert.GreaterOrEqual(t, key, last)
						}
						last = key
					}
				})
			}
		}
	}
}

func TestOrderThatStaysHere(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 1))
	defer srv.Close()
	orders := connect(t, srv.URL, V4, nil)("Orders")
	for name, nullsFirst := range map[string]bool{"Name": true, "Qty": false} {
		p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"),
			Order: []providers.OrderTerm{{Column: columns(t, orders, name)[0], NullsFirst: nullsFirst}}})
		assert.Equal(t, providers.None, p.Order, name)
		assert.NotEmpty(t, p.OrderReason)
		if name == "Name" {
			assert.Contains(t, p.Hints[0], "Collation=server")
		}
	}
}

func TestLongListsAreSplit(t *testing.T) {
	for v, tv := range testVersions {
		t.Run(v.String(), func(t *testing.T) {
			srv := odatatest.NewServer(tv, shop(t, 300))
			defer srv.Close()
			orders := connect(t, srv.URL, v, nil)("Orders")
			args := []providers.Expr{column(t, orders, "ID")}
			for i := range 500 {
				args = append(args, num(int64(i)))
			}
			p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{call(providers.In, args...)}})
			assert.Equal(t, providers.Exact, p.Filter[0])
			assert.Greater(t, len(p.Requests), 3)
			for _, r := range p.Requests {
				assert.LessOrEqual(t, len(r), DefaultMaxURLLength)
			}
			rows, err := read(t, p)
			require.NoError(t, err)
			assert.Len(t, rows, 300)

			args[0] = column(t, orders, "Name")
			for i := range args[1:] {
				args[i+1] = str(fmt.Sprintf("name %d", i))
			}
			p = plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{call(providers.In, args...)}})
			assert.Equal(t, providers.None, p.Filter[0], "rows could pass two parts of a coarser comparison")
			assert.Contains(t, p.Reasons[0], "MaxURLLength")
		})
	}
}

func TestKeyBatches(t *testing.T) {
	for v, tv := range testVersions {
		t.Run(v.String(), func(t *testing.T) {
			srv := odatatest.NewServer(tv, shop(t, 100))
			defer srv.Close()
			table := connect(t, srv.URL, v, nil)
			items := table("Lines")
			r := &providers.ScanRequest{Columns: columns(t, items, "OrderID", "Line"), Keys: &providers.KeyBatch{Columns: columns(t, items, "OrderID", "Line")}}
			p := plan(t, items, r)
			assert.Equal(t, providers.Exact, p.Keys)
			require.Greater(t, p.MaxKeys, 5)
			for i := range p.MaxKeys {
				r.Keys.Tuples = append(r.Keys.Tuples, []sqltypes.Value{sqltypes.IntValue(int64(10 + i)), sqltypes.IntValue(2)})
			}
			p = plan(t, items, r)
			assert.Len(t, p.Requests, 1)
			assert.LessOrEqual(t, len(p.Requests[0]), DefaultMaxURLLength)
			rows, err := read(t, p)
			require.NoError(t, err)
			for _, row := range rows {
				assert.True(t, strings.HasSuffix(row, "|2"))
			}
			assert.NotEmpty(t, rows)

			parts := table("Parts")
			p = plan(t, parts, &providers.ScanRequest{Columns: columns(t, parts, "Qty"), Keys: &providers.KeyBatch{
				Columns: columns(t, parts, "PartNum"), Tuples: [][]sqltypes.Value{{sqltypes.StringValue("P'0003/ü")}, {sqltypes.StringValue("none")}}}})
			assert.Equal(t, providers.Superset, p.Keys)
			rows, err = read(t, p)
			require.NoError(t, err)
			assert.Equal(t, []string{"3"}, rows)
		})
	}
}

func TestExpand(t *testing.T) {
	for v, tv := range testVersions {
		t.Run(v.String(), func(t *testing.T) {
			srv := odatatest.NewServer(tv, shop(t, 12), odatatest.WithPageSize(5))
			defer srv.Close()
			table := connect(t, srv.URL, v, nil)
			orders, items := table("Orders"), table("Lines")
			require.NoError(t, srv.Data.Insert("Orders", map[string]any{"ID": 500, "Rev": 1}))
			for _, outer := range []bool{true, false} {
				p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Expand: []providers.ExpandTerm{
					{Navigation: "Lines", Columns: columns(t, items, "Line", "Text"), Target: items.Info(), Outer: outer}}})
				assert.Equal(t, providers.Exact, p.Expand)
				rows, err := read(t, p)
				require.NoError(t, err)
				var want []string
				for i := range 12 {
					for k := range 3 {
						want = append(want, fmt.Sprintf("%d|%d|line %d", 10+i+i/7*3, k+1, k))
					}
				}
				if outer {
					want = append(want, "500|∅|∅")
				}
				assert.Equal(t, want, rows)
			}
			p := plan(t, items, &providers.ScanRequest{Columns: columns(t, items, "Line"), Expand: []providers.ExpandTerm{
				{Navigation: "Order", Columns: columns(t, orders, "ID"), Target: orders.Info()}}})
			rows, err := read(t, p)
			require.NoError(t, err)
			assert.Len(t, rows, 36)
			assert.Equal(t, "1|10", rows[0])
		})
	}
}

func TestPushdownOffReadsWholeTables(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 30))
	defer srv.Close()
	orders := connect(t, srv.URL, V4, func(tr *Traits) { tr.NoPushdown = true })("Orders")
	p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Limit: 1,
		Filter: []providers.Predicate{call(providers.Eq, column(t, orders, "ID"), num(10))}})
	assert.Equal(t, providers.None, p.Filter[0])
	assert.Equal(t, providers.None, p.Limit)
	rows, err := read(t, p)
	require.NoError(t, err)
	assert.Len(t, rows, 30)
}

func TestInputsGoIntoTheQueryString(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 3), odatatest.WithLenientOptions())
	defer srv.Close()
	base := connect(t, srv.URL, V4, nil)("Orders")
	set := *base.model.Find("Orders")
	set.Properties = append(set.Properties[:len(set.Properties):len(set.Properties)], Property{Path: []string{"Site"}, Edm: "Edm.String",
		Column: providers.Column{Name: "Site", Type: sqltypes.VarcharType(-1), Nullable: true, Hidden: true, Input: true, Required: true}})
	orders := NewTable(base.svc, base.model, &set, TableOptions{Schema: "Box"})
	_, err := orders.Plan(t.Context(), &providers.ScanRequest{Columns: columns(t, orders, "ID")})
	assert.ErrorIs(t, err, providers.KindParameter)
	p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID", "Site"),
		Filter: []providers.Predicate{call(providers.Eq, column(t, orders, "Site"), str("a&b"))}})
	assert.Equal(t, providers.Exact, p.Filter[0])
	assert.Contains(t, p.Requests[0], "Site=a%26b")
	rows, err := read(t, p)
	require.NoError(t, err)
	assert.Equal(t, "10|a&b", rows[0])
}

// TestUniformColumns reads a set whose first key column has one value in all
// rows but some, in pages by the key behind it.
func TestUniformColumns(t *testing.T) {
	for v, tv := range testVersions {
		for _, others := range []int{0, 1, 40} {
			for _, concurrency := range []int{1, 8} {
				t.Run(fmt.Sprintf("%s with %d rows of another value, %d at a time", v, others, concurrency), func(t *testing.T) {
					srv := odatatest.NewServer(tv, shop(t, 60), silent(10))
					defer srv.Close()
					for i := range others {
						require.NoError(t, srv.Data.Insert("Lines", map[string]any{"Company": "EPIC07", "OrderID": 15 + i, "Line": 1}))
					}
					items := connect(t, srv.URL, v, func(tr *Traits) {
						tr.SilentCap, tr.UniformColumns, tr.Concurrency = true, []string{"Company"}, concurrency
					})("Lines")
					rows, err := read(t, plan(t, items, &providers.ScanRequest{Columns: columns(t, items, "OrderID", "Line")}))
					require.NoError(t, err)
					want := wantLines(60)
					for i := range others {
						want = append(want, fmt.Sprintf("%d|1", 15+i))
					}
					assert.Equal(t, want, rows)
				})
			}
		}
	}
}

func TestParametersOfEveryRequestAreNotShown(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 3), odatatest.WithLenientOptions())
	defer srv.Close()
	orders := connect(t, srv.URL, V4, func(tr *Traits) { tr.Query = map[string][]string{"tenant": {"ge heim"}} })("Orders")
	p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID")})
	assert.NotContains(t, p.Requests[0], "heim")
	_, err := read(t, p)
	require.NoError(t, err)
	assert.Contains(t, srv.Requests()[1].Line(), "heim")
}
