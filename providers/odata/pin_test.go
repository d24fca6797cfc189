package odata

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// TestUniformColumn reads a set whose key begins with a company, from servers
// that cut their answers: whatever companies there are, each row comes once.
func TestUniformColumn(t *testing.T) {
	type run struct {
		company string
		rows    int
	}
	for _, test := range []struct {
		name string
		runs []run
	}{
		{"one company", []run{{"EPIC06", 700}}},
		{"some rows of another company behind", []run{{"EPIC06", 700}, {"ZZ", 90}}},
		{"some rows of another company before", []run{{"", 7}, {"EPIC06", 700}}},
		{"the first page of another company", []run{{"AA", 150}, {"EPIC06", 700}}},
		{"companies that differ in case", []run{{"EPIC06", 300}, {"epic06", 300}}},
		{"a quote in the company", []run{{"O'B", 700}, {"O'C", 50}}},
		{"fewer rows than a page", []run{{"EPIC06", 7}}},
	} {
		for _, v := range []Version{V4, V3} {
			for _, collation := range []odatatest.Collation{odatatest.BinaryOrder, odatatest.CaseInsensitive} {
				for _, connections := range []int{1, 8} {
					t.Run(fmt.Sprintf("%s, %s, collation %d, %d connections", test.name, v, collation, connections), func(t *testing.T) {
						schema, n := shop(t, 1), 0
						set := schema.Sets[1]
						var rows [][]any
						for _, r := range test.runs {
							for i := range r.rows {
								n++
								id := 100 + i/3 + i/50*9
								if r.company == "epic06" {
									id += 1000 // the key is unique to a database that ignores case
								}
								rows = append(rows, []any{r.company, id, i%3 + 1, "x"})
							}
						}
						var err error
						set.Rows, err = odatatest.Rows(set.Columns, rows...)
						require.NoError(t, err)
						version := map[Version]odatatest.Version{V4: odatatest.V4, V3: odatatest.V3}[v]
						srv := odatatest.NewServer(version, schema, odatatest.WithCollation(collation), odatatest.WithPaging(func(*http.Request) odatatest.Paging {
							return odatatest.Paging{Default: 60, Max: 60}
						}))
						defer srv.Close()
						table := connect(t, srv.URL, v, func(tr *Traits) {
							tr.SilentCap, tr.PreferPageSize, tr.PageSize, tr.Concurrency = true, false, 100, connections
							tr.UniformColumns = []string{"Company"}
						})("Lines")
						wanted := columns(t, table, "Company", "OrderID", "Line")
						all, err := read(t, plan(t, table, &providers.ScanRequest{Columns: wanted}))
						require.NoError(t, err)
						assert.Equal(t, n, len(all))
						distinct := slices.Clone(all)
						slices.Sort(distinct)
						assert.Equal(t, n, len(slices.Compact(distinct)))
						if n > 200 {
							some, err := read(t, plan(t, table, &providers.ScanRequest{Columns: wanted, Limit: int64(n) - 33, Offset: 12}))
							require.NoError(t, err)
							assert.Equal(t, n-33, len(some))
							assert.Equal(t, all[12:n-21], some)
						}
					})
				}
			}
		}
	}
	t.Run("one company is read by the number behind it, with one question for others", func(t *testing.T) {
		schema := shop(t, 300)
		srv := odatatest.NewServer(odatatest.V4, schema, odatatest.WithPaging(func(*http.Request) odatatest.Paging { return odatatest.Paging{Max: 60} }))
		defer srv.Close()
		table := connect(t, srv.URL, V4, func(tr *Traits) {
			tr.SilentCap, tr.PreferPageSize, tr.UniformColumns = true, false, []string{"Company"}
		})("Lines")
		srv.ResetCounters()
		all, err := read(t, plan(t, table, &providers.ScanRequest{Columns: columns(t, table, "OrderID", "Line")}))
		require.NoError(t, err)
		assert.Equal(t, 900, len(all))
		others := 0
		for _, r := range srv.Requests() {
			assert.NotContains(t, r.Query, "$skip")
			if strings.Contains(r.Query, "Company%20ne") {
				others++
			}
		}
		assert.Equal(t, 1, others)
	})
}
