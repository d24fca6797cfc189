package epicorerp_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// These tests see what a user sees: sql.Open, SQL, rows and errors on one side,
// a Kinetic server that counts its requests on the other.

var full = flag.Bool("full", false, "read the large set in every combination of server limit, API version and disturbance, not in the main ones alone")

const (
	orderService = "Erp.BO.SalesOrderSvc"
	linesSet     = orderService + "/OrderDtls"
)

// eachVersion runs a test over both generations of Kinetic's REST services.
func eachVersion(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	for _, v := range []string{"v1", "v2"} {
		t.Run(v, func(t *testing.T) { test(t, v) })
	}
}

func kinetic(t testing.TB, opts ...epicortest.Option) *epicortest.Server {
	t.Helper()
	s := epicortest.NewServer(opts...)
	t.Cleanup(s.Close)
	return s
}

// openDB opens a connection string of the server. Whatever the test does with
// the database, in the end nothing of it must run on.
func openDB(t testing.TB, s *epicortest.Server, version string, properties ...string) *sql.DB {
	t.Helper()
	return openDSN(t, strings.Join(append([]string{s.DSN(version), "Service=" + orderService}, properties...), ";"))
}

func openDSN(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("epicorerp", dsn)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, db.Close())
		nothingRuns(t)
	})
	return db
}

// openTransport opens a connection string with requests sent through rt.
func openTransport(t testing.TB, dsn string, rt http.RoundTripper) *sql.DB {
	t.Helper()
	cfg, err := epicorerp.ParseDSN(dsn)
	require.NoError(t, err)
	c, err := epicorerp.NewConnector(cfg, epicorerp.WithTransport(rt))
	require.NoError(t, err)
	db := sql.OpenDB(c)
	t.Cleanup(func() {
		require.NoError(t, db.Close())
		nothingRuns(t)
	})
	return db
}

// nothingRuns waits until no goroutine runs the driver's code.
func nothingRuns(t testing.TB) {
	t.Helper()
	var left []string
	// A goroutine that has done its work needs a moment to be gone.
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if left = running(); len(left) == 0 {
			return
		}
	}
	t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
}

// running returns the stacks of the goroutines in the driver's code, those of
// the test and of its servers left out.
func running() []string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for s := range strings.SplitSeq(string(stacks), "\n\n") {
		driver := false
		for _, p := range []string{"internal/fetch.", "internal/httpx.", "providers/odata.", "providers/epicor.", "sqlengine", "epicorerp.(*"} {
			driver = driver || strings.Contains(s, "epicorerp/"+p)
		}
		if driver && !strings.Contains(s, "testing.tRunner") && !strings.Contains(s, "test.(*") {
			found = append(found, s)
		}
	}
	return found
}

// texts reads a result as text, one string a row, NULL as "NULL".
func texts(ctx context.Context, db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, dest := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		dest[i] = &values[i]
	}
	var out []string
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		cells := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case nil:
				cells[i] = "NULL"
			case time.Time:
				cells[i] = v.Format(time.RFC3339Nano)
			case []byte:
				cells[i] = fmt.Sprintf("%x", v)
			default:
				cells[i] = fmt.Sprint(v)
			}
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return out, rows.Err()
}

// dataRequests are the recorded requests for rows of a set.
func dataRequests(s *epicortest.Server, set string) []odatatest.Request {
	var out []odatatest.Request
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Path, "/"+set) {
			out = append(out, r)
		}
	}
	return out
}

// fetchJSON asks the server without the driver, as the oracle of what it holds.
func fetchJSON(t testing.TB, s *epicortest.Server, path string, into any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+"/"+s.Instance()+"/api/v2/odata/"+epicortest.DefaultCompany+"/"+path, nil)
	require.NoError(t, err)
	r.SetBasicAuth(epicortest.DefaultUser, epicortest.DefaultPassword)
	r.Header.Set("X-Api-Key", epicortest.DefaultAPIKey)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
}
