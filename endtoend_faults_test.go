package epicorerp_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// quickRetry has a server ask for the next attempt at once, so that tests need
// not wait.
func quickRetry(status int) *epicortest.Fault {
	return &epicortest.Fault{Status: status, Header: http.Header{"Retry-After": {"0"}, "Content-Type": {"text/html"}}, Body: "<html><title>Busy</title></html>"}
}

// onceEach spoils the first answer to each request for order lines that pick
// chooses; asked again, the server is fine.
func onceEach(pick func(n int) *epicortest.Fault) epicortest.Option {
	var mu sync.Mutex
	seen := map[string]bool{}
	return epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasSuffix(r.URL.Path, "/OrderDtls") || seen[r.URL.RawQuery] {
			return nil
		}
		seen[r.URL.RawQuery] = true
		return pick(len(seen))
	})
}

func TestPassingFaultsCostNoRows(t *testing.T) {
	const n = 1_500
	for name, f := range map[string]*epicortest.Fault{
		"503, then fine":                        quickRetry(503),
		"429, then fine":                        quickRetry(429),
		"502 of a proxy, then fine":             quickRetry(502),
		"a reset amid the page, then fine":      {ResetAfter: 3000},
		"a reset amid the head, then fine":      {ResetAfter: 1},
		"no answer at all, then fine":           {Drop: true},
		"a page cut amid a row, then fine":      {TruncateAfter: 5000},
		"a page cut at its very end, then fine": {TruncateAfter: 1},
	} {
		t.Run(name, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, version string) {
				spoilt := 0
				s := kinetic(t, epicortest.WithOrderLines(n), epicortest.WithCap(100), onceEach(func(n int) *epicortest.Fault {
					if n%7 != 1 && n%7 != 4 {
						return nil
					}
					spoilt++
					return f
				}))
				db := openDB(t, s, version)
				sum, err := sumLines(t.Context(), db, "SELECT * FROM OrderDtls")
				require.NoError(t, err)
				assert.Equal(t, wanted(t, n), sum)
				assert.Greater(t, spoilt, 5)
			})
		})
	}
}

// TestRandomFaultsNeverShortenAResult spoils requests at random, some of them
// for good. A scan ends in all the rows or in an error.
func TestRandomFaultsNeverShortenAResult(t *testing.T) {
	const n, rounds = 1_200, 30
	want := wanted(t, n)
	whole, failed := 0, 0
	for seed := range uint64(rounds) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			var mu sync.Mutex
			version, limit, rate := []string{"v1", "v2"}[r.IntN(2)], []int{37, 100, 250}[r.IntN(3)], r.IntN(12)
			spoil := func(req *http.Request, _ int) *epicortest.Fault {
				mu.Lock()
				defer mu.Unlock()
				if !strings.HasSuffix(req.URL.Path, "/OrderDtls") || r.IntN(100) >= rate {
					return nil
				}
				return randomFault(r)
			}
			s := kinetic(t, epicortest.WithOrderLines(n), epicortest.WithCapFunc(func(int) int { return limit }), epicortest.WithFault(spoil))
			db := openDB(t, s, version, "MaxRetries=2")
			sum, err := sumLines(t.Context(), db, "SELECT * FROM OrderDtls")
			if err == nil {
				whole++
				assert.Equal(t, want, sum)
				return
			}
			failed++
			var e *epicorerp.Error
			require.ErrorAs(t, err, &e)
		})
	}
	assert.Positive(t, whole, "some scans were to succeed")
	assert.Positive(t, failed, "some scans were to fail")
}

func randomFault(r *rand.Rand) *epicortest.Fault {
	f := []*epicortest.Fault{
		quickRetry(503), quickRetry(429), quickRetry(502), {Status: 500, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"HttpStatus":500,"ErrorMessage":"An error has occurred.","ErrorType":"System.Exception"}`},
		{Drop: true}, {ResetAfter: 1 + r.IntN(20_000)}, {TruncateAfter: 1 + r.IntN(20_000)}, {TruncateAfter: 1},
		{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html><body>maintenance</body></html>"},
		{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: ""},
		{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: "{}"},
		{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"error":{"code":"","message":"failed half-way"}}`},
		{Status: 204},
	}
	return f[r.IntN(len(f))]
}
