package epicorerp_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// cancelCase is a moment at which a query is given up: when the server has
// taken a request that it will never answer.
type cancelCase struct {
	name  string
	query string
	// hangs says which request it is.
	hangs func(r *http.Request, lines int) bool
	// answer, unless nil, is what comes in place of a hanging server.
	answer *epicortest.Fault
}

func onPath(end string) func(*http.Request, int) bool {
	return func(r *http.Request, _ int) bool { return strings.HasSuffix(r.URL.Path, end) }
}

// onPage is the nth request for order lines.
func onPage(n int) func(*http.Request, int) bool {
	return func(r *http.Request, lines int) bool {
		return strings.HasSuffix(r.URL.Path, "/OrderDtls") && lines >= n
	}
}

var cancelCases = []cancelCase{
	{name: "while it connects", query: "SELECT OrderNum FROM SalesOrders", hangs: onPath("/" + orderService + "/")},
	{name: "while metadata is read", query: "SELECT OrderNum FROM SalesOrders", hangs: onPath("/$metadata")},
	{name: "before the first page", query: "SELECT * FROM OrderDtls", hangs: onPage(1)},
	{name: "at the second page", query: "SELECT * FROM OrderDtls", hangs: onPage(2)},
	{name: "amid many requests at once", query: "SELECT * FROM OrderDtls", hangs: onPage(12)},
	{name: "while it counts", query: "SELECT COUNT(*) FROM OrderDtls", hangs: onPage(1)},
	{name: "while it sorts", query: "SELECT * FROM OrderDtls ORDER BY LineDesc, OrderNum", hangs: onPage(9)},
	{name: "while it groups", query: "SELECT PartNum, SUM(ExtPriceDtl) FROM OrderDtls GROUP BY PartNum", hangs: onPage(9)},
	{name: "while a hash table is built", query: "SELECT r.OrderNum FROM OrderRels r JOIN OrderDtls l ON l.PartNum = r.PartNum", hangs: onPage(9)},
	{name: "while keys are looked up", query: "SELECT o.OrderNum, l.OrderLine FROM SalesOrders o JOIN OrderDtls l ON l.OrderNum = o.OrderNum WHERE o.CustNum = 7", hangs: onPage(1)},
	{name: "while it waits to try again", query: "SELECT * FROM OrderDtls", hangs: onPage(3), answer: epicortest.TooManyRequests("30")},
}

// giveUp runs a query until the server hangs, cancels it, and returns how long
// the driver took to notice, and its error.
func giveUp(t *testing.T, version string, c cancelCase, background func(*sql.DB) context.Context) (time.Duration, error) {
	var lines atomic.Int64
	hanging := make(chan struct{}, 64)
	s := kinetic(t, epicortest.WithOrderLines(30_000), epicortest.WithCap(500), epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
		if strings.HasSuffix(r.URL.Path, "/OrderDtls") {
			lines.Add(1)
		}
		if !c.hangs(r, int(lines.Load())) {
			return nil
		}
		select {
		case hanging <- struct{}{}:
		default:
		}
		if c.answer != nil {
			return c.answer
		}
		return &epicortest.Fault{Delay: time.Hour}
	}))
	db := openDB(t, s, version)
	ctx, cancel := context.WithCancel(background(db))
	defer cancel()
	failed := make(chan error, 1)
	go func() { failed <- readAll(ctx, db, c.query) }()
	select {
	case <-hanging:
	case err := <-failed:
		require.FailNow(t, "the query ended before the server could hang", "%v", err)
	}
	if c.answer != nil {
		time.Sleep(20 * time.Millisecond) // lets the answer arrive; the result is the same if it does not
	}
	start := time.Now()
	cancel()
	err := <-failed
	return time.Since(start), err
}

func readAll(ctx context.Context, db *sql.DB, query string) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func TestACancelledQueryEndsAndLeavesNothing(t *testing.T) {
	for _, c := range cancelCases {
		t.Run(c.name, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, version string) {
				_, err := giveUp(t, version, c, func(*sql.DB) context.Context { return t.Context() })
				assert.ErrorIs(t, err, context.Canceled)
			})
		})
	}
}

func TestAQueryWhoseTimeIsUpSaysSo(t *testing.T) {
	s := kinetic(t, epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
		if strings.HasSuffix(r.URL.Path, "/OrderDtls") {
			return &epicortest.Fault{Delay: time.Hour}
		}
		return nil
	}))
	db := openDB(t, s, "v2")
	require.NoError(t, db.Ping())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	assert.ErrorIs(t, readAll(ctx, db, "SELECT * FROM OrderDtls"), context.DeadlineExceeded)
	var n int
	assert.NoError(t, db.QueryRow("SELECT COUNT(*) FROM SalesOrders").Scan(&n), "the connection serves on")
	assert.Positive(t, n)
}

func TestRowsThatAreClosedEarlyLeaveNothing(t *testing.T) {
	s := kinetic(t, epicortest.WithOrderLines(30_000), epicortest.WithCap(100))
	db := openDB(t, s, "v1")
	for range 20 {
		rows, err := db.Query("SELECT * FROM OrderDtls")
		require.NoError(t, err)
		for range 250 {
			require.True(t, rows.Next())
		}
		require.NoError(t, rows.Close())
		require.NoError(t, rows.Err())
	}
	nothingRuns(t)
}

// measuring reports whether -ratios was given.
func measuring() bool {
	return flag.Lookup("ratios").Value.(flag.Getter).Get().(bool)
}

// TestRatiosOfCancellation measures, and so runs under -ratios alone.
func TestRatiosOfCancellation(t *testing.T) {
	if !measuring() {
		return
	}
	fmt.Println("A cancelled query returns (goal: within 100 ms of the cancel):")
	for _, c := range cancelCases {
		var worst time.Duration
		for range 5 {
			took, err := giveUp(t, "v2", c, func(*sql.DB) context.Context { return t.Context() })
			require.ErrorIs(t, err, context.Canceled)
			worst = max(worst, took)
		}
		fmt.Printf("  %-30s worst of 5: %8.3f ms  %s\n", c.name, worst.Seconds()*1000, map[bool]string{true: "PASS", false: "SHORT"}[worst <= 100*time.Millisecond])
		assert.LessOrEqual(t, worst, 100*time.Millisecond, c.name)
	}
}
