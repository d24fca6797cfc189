package epicorerp_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// firstOrder is the least order number of the server's own orders: what a test
// puts in below comes before all of them.
const firstOrder = 5001

// tally is what rows of the order lines come to.
type tally struct {
	Rows, Orders, Lines, Thousandths int64
}

func (t *tally) add(order, line, thousandths int64) {
	t.Rows++
	t.Orders += order
	t.Lines += line
	t.Thousandths += thousandths
}

// thousandths reads a decimal of at most three places.
func thousandths(text string) (int64, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 3 {
		return 0, fmt.Errorf("%s has more than three decimals", text)
	}
	return strconv.ParseInt(whole+fraction+strings.Repeat("0", 3-len(fraction)), 10, 64)
}

var oracle = struct {
	sync.Mutex
	tallies map[int]tally
}{tallies: map[int]tally{}}

// wanted tells what n order lines come to, by one plain download.
func wanted(t testing.TB, n int) tally {
	oracle.Lock()
	defer oracle.Unlock()
	if w, ok := oracle.tallies[n]; ok {
		return w
	}
	s := epicortest.NewServer(epicortest.WithOrderLines(n), epicortest.WithGzip(false))
	defer s.Close()
	var answer struct {
		Value []struct {
			OrderNum, OrderLine int64
			ExtPriceDtl         json.Number
		}
	}
	fetchJSON(t, s, orderService+"/OrderDtls?$select=OrderNum,OrderLine,ExtPriceDtl&$top="+strconv.Itoa(n), &answer)
	var w tally
	for _, l := range answer.Value {
		amount, err := thousandths(l.ExtPriceDtl.String())
		require.NoError(t, err)
		w.add(l.OrderNum, l.OrderLine, amount)
	}
	require.EqualValues(t, n, w.Rows)
	oracle.tallies[n] = w
	return w
}

// sumLines reads all order lines and sums them up in the client. Rows below
// firstOrder are others' and not counted; a row that comes twice is an error.
func sumLines(ctx context.Context, db *sql.DB, query string) (sum tally, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return sum, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return sum, err
	}
	values, dest := make([]any, len(names)), make([]any, len(names))
	at := map[string]int{}
	for i, n := range names {
		at[n], dest[i] = i, &values[i]
	}
	order, line, price := at["OrderNum"], at["OrderLine"], at["ExtPriceDtl"]
	seen := map[[2]int64]bool{}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return sum, err
		}
		key := [2]int64{values[order].(int64), values[line].(int64)}
		if key[0] < firstOrder {
			continue
		}
		if seen[key] {
			return sum, fmt.Errorf("order %d line %d came twice", key[0], key[1])
		}
		seen[key] = true
		amount, err := thousandths(values[price].(string))
		if err != nil {
			return sum, err
		}
		sum.add(key[0], key[1], amount)
	}
	return sum, rows.Err()
}

// writer inserts and deletes order lines that sort before all others, one or
// two changes before each page that the server sends, from a goroutine of its
// own. Rows thus move to and fro under every cursor.
type writer struct {
	server  *epicortest.Server
	turn    chan chan error
	ended   chan struct{}
	changes atomic.Int64
	err     atomic.Pointer[error]
}

func (w *writer) fault(r *http.Request, _ int) *epicortest.Fault {
	if w.server == nil || !strings.HasSuffix(r.URL.Path, "/OrderDtls") {
		return nil
	}
	done := make(chan error)
	w.turn <- done
	if err := <-done; err != nil {
		w.err.Store(&err)
	}
	return nil
}

// start begins to write; before that the server is not known.
func (w *writer) start(t testing.TB, s *epicortest.Server) {
	w.server, w.turn, w.ended = s, make(chan chan error), make(chan struct{})
	go func() {
		defer close(w.ended)
		for step := 0; ; step++ {
			done, ok := <-w.turn
			if !ok {
				return
			}
			done <- w.change(step)
		}
	}()
	t.Cleanup(func() {
		s.Close() // no request asks for a change any more
		close(w.turn)
		<-w.ended
	})
}

// change does a step of a pattern that moves rows by up to seven places in
// either direction.
func (w *writer) change(step int) error {
	w.changes.Add(1)
	order := func(i int) int { return 1 + i%1000 }
	switch phase := step % 14; {
	case phase < 7:
		return w.server.Insert(linesSet, map[string]any{"OrderNum": order(step), "OrderLine": 1})
	default:
		return w.server.Delete(linesSet, order(step-7), 1)
	}
}

type scanCase struct {
	cap       string
	limit     func(request int) int
	version   string
	disturbed bool
}

func (c scanCase) String() string {
	name := c.cap + ", " + c.version
	if c.disturbed {
		name += ", while another client inserts and deletes rows before the cursor"
	}
	return name
}

// largeScans are read at full size in every run.
var largeScans = map[string]bool{
	"100 rows a page, v2": true,
	"1,000 rows a page, v1, while another client inserts and deletes rows before the cursor": true,
	"a limit that changes from page to page, v2":                                             true,
}

func scanCases() []scanCase {
	caps := []struct {
		name  string
		limit func(int) int
	}{
		{"100 rows a page", func(int) int { return 100 }},
		{"1,000 rows a page", func(int) int { return 1000 }},
		{"a limit that changes from page to page", func(n int) int { return []int{1000, 137, 400, 1000, 61, 999}[n/3%6] }},
	}
	var cases []scanCase
	for _, c := range caps {
		for _, version := range []string{"v1", "v2"} {
			for _, disturbed := range []bool{false, true} {
				cases = append(cases, scanCase{c.name, c.limit, version, disturbed})
			}
		}
	}
	return cases
}

func TestScansLoseNothingWhateverTheServerCuts(t *testing.T) {
	for _, c := range scanCases() {
		n := 25_000
		if largeScans[c.String()] || *full {
			n = 250_000
		}
		t.Run(fmt.Sprintf("%d lines, %s", n, c), func(t *testing.T) {
			want := wanted(t, n)
			w := &writer{}
			s := kinetic(t, epicortest.WithOrderLines(n), epicortest.WithCapFunc(c.limit), epicortest.WithGzip(false), epicortest.WithFault(w.fault))
			db := openDB(t, s, c.version)
			if c.disturbed {
				w.start(t, s)
			}
			var count int64
			require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM OrderDtls WHERE OrderNum >= ?", firstOrder).Scan(&count))
			assert.Equal(t, want.Rows, count)

			sum, err := sumLines(t.Context(), db, "SELECT * FROM OrderDtls")
			require.NoError(t, err)
			assert.Equal(t, want, sum)
			if c.disturbed {
				require.Nil(t, w.err.Load())
				assert.Greater(t, w.changes.Load(), want.Rows/1000, "the rows were to be disturbed throughout")
			}
		})
	}
}

func TestACountIsOneRequestWithoutRows(t *testing.T) {
	eachVersion(t, func(t *testing.T, version string) {
		s := kinetic(t, epicortest.WithOrderLines(250_000), epicortest.WithCap(100))
		db := openDB(t, s, version)
		var count int
		require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM OrderDtls").Scan(&count))
		assert.Equal(t, 250_000, count)
		requests := dataRequests(s, "OrderDtls")
		require.Len(t, requests, 1)
		assert.Contains(t, requests[0].Query, "$top=1&")
	})
}
