package sqlengine_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// tpchTables are the columns of TPC-H's tables, in the order of their files.
var tpchTables = map[string]string{
	"region":   "r_regionkey INTEGER KEY, r_name VARCHAR, r_comment VARCHAR",
	"nation":   "n_nationkey INTEGER KEY, n_name VARCHAR, n_regionkey INTEGER, n_comment VARCHAR",
	"supplier": "s_suppkey INTEGER KEY, s_name VARCHAR, s_address VARCHAR, s_nationkey INTEGER, s_phone VARCHAR, s_acctbal DECIMAL(15,2), s_comment VARCHAR",
	"customer": "c_custkey INTEGER KEY, c_name VARCHAR, c_address VARCHAR, c_nationkey INTEGER, c_phone VARCHAR, c_acctbal DECIMAL(15,2), c_mktsegment VARCHAR, c_comment VARCHAR",
	"part":     "p_partkey INTEGER KEY, p_name VARCHAR, p_mfgr VARCHAR, p_brand VARCHAR, p_type VARCHAR, p_size INTEGER, p_container VARCHAR, p_retailprice DECIMAL(15,2), p_comment VARCHAR",
	"partsupp": "ps_partkey INTEGER KEY, ps_suppkey INTEGER KEY, ps_availqty INTEGER, ps_supplycost DECIMAL(15,2), ps_comment VARCHAR",
	"orders":   "o_orderkey INTEGER KEY, o_custkey INTEGER, o_orderstatus VARCHAR, o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority VARCHAR, o_clerk VARCHAR, o_shippriority INTEGER, o_comment VARCHAR",
	"lineitem": "l_orderkey INTEGER KEY, l_partkey INTEGER, l_suppkey INTEGER, l_linenumber INTEGER KEY, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag VARCHAR, l_linestatus VARCHAR, l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipinstruct VARCHAR, l_shipmode VARCHAR, l_comment VARCHAR",
}

// playTPCH runs the 22 queries over the data at scale 0.01 and compares with
// the answers recorded there, numbers to a millionth.
func playTPCH(t *testing.T, dir string) {
	var text strings.Builder
	for name, columns := range tpchTables {
		fmt.Fprintf(&text, "table tpch.%s\n%s\n", name, columns)
		f, err := os.Open(filepath.Join(dir, "data-sf0.01", name+".tbl.gz"))
		require.NoError(t, err)
		z, err := gzip.NewReader(f)
		require.NoError(t, err)
		for in := bufio.NewScanner(z); in.Scan(); {
			for i, cell := range strings.Split(in.Text(), "|") {
				if i > 0 {
					text.WriteByte('|')
				}
				fmt.Fprintf(&text, "'%s'", strings.ReplaceAll(cell, "'", "''"))
			}
			text.WriteByte('\n')
		}
		require.NoError(t, f.Close())
	}
	m, err := providertest.ParseMemory(text.String())
	require.NoError(t, err)
	for q := 1; q <= 22; q++ {
		t.Run(fmt.Sprintf("query %d", q), func(t *testing.T) {
			sql, err := os.ReadFile(filepath.Join(dir, "queries-duckdb", fmt.Sprintf("q%02d.sql", q)))
			require.NoError(t, err)
			answer, err := os.ReadFile(filepath.Join(dir, "answers-sf0.01", fmt.Sprintf("q%02d.csv", q)))
			require.NoError(t, err)
			want := strings.Split(strings.TrimSuffix(string(answer), "\n"), "\n")[1:]
			for _, o := range []sqlengine.Options{pushed, here} {
				begin := time.Now()
				_, rows, err := providertest.Answer(t.Context(), m, o, string(sql))
				require.NoError(t, err)
				t.Logf("pushdown %v: %d rows in %.2f s", o.Pushdown, len(rows), time.Since(begin).Seconds())
				if assert.Len(t, rows, len(want)) {
					for i := range rows {
						require.True(t, sameCells(rows[i], want[i]), "row %d is %v, want %s", i+1, rows[i], want[i])
					}
				}
			}
		})
	}
}

func sameCells(row []sqltypes.Value, want string) bool {
	cells := strings.Split(want, "|")
	if len(cells) != len(row) {
		return false
	}
	for i, v := range row {
		got := v.Text()
		x, errX := strconv.ParseFloat(got, 64)
		y, errY := strconv.ParseFloat(cells[i], 64)
		if errX == nil && errY == nil && math.Abs(x-y) <= 1e-6*math.Max(1, math.Abs(y)) {
			continue
		}
		if got != cells[i] {
			return false
		}
	}
	return true
}
