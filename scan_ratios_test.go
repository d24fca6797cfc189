package epicorerp

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// These tests measure whole scans beside plain downloads of the same pages in
// the same run, and hold the ratios to goals. They run under -ratios alone.

func verdict(met bool) string {
	if met {
		return "PASS"
	}
	return "SHORT"
}

// scanAll reads a query to its end as most programs do, every value into an
// any, and returns the number of rows.
func scanAll(t testing.TB, db *sql.DB, query string) (n int) {
	rows, err := db.Query(query)
	require.NoError(t, err)
	defer rows.Close()
	names, err := rows.Columns()
	require.NoError(t, err)
	values, dest := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		n++
		if err := rows.Scan(dest...); err != nil { // require would cost more than Scan
			require.NoError(t, err)
		}
	}
	require.NoError(t, rows.Err())
	return n
}

func openScan(t testing.TB, dsn string) *sql.DB {
	db, err := sql.Open("epicorerp", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// download gets pages over so many connections at once and throws them away,
// or hands each to see.
func download(t testing.TB, s *orderServer, pages, connections int, see func([]byte)) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	defer client.CloseIdleConnections()
	work := make(chan int)
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			var body []byte
			for i := range work {
				resp, err := client.Get(s.pageURL(i))
				if !assert.NoError(t, err) || !assert.Equal(t, http.StatusOK, resp.StatusCode) {
					continue
				}
				if see == nil {
					_, err = io.Copy(io.Discard, resp.Body)
				} else {
					body = append(body[:0], make([]byte, resp.ContentLength)...)
					_, err = io.ReadFull(resp.Body, body)
					see(body)
				}
				assert.NoError(t, err)
				assert.NoError(t, resp.Body.Close())
			}
		})
	}
	for i := range pages {
		work <- i
	}
	close(work)
	wg.Wait()
}

// TestRatiosOfScansWithLatency: at 20 ms a request, a scan is to be as fast as
// a plain download of its pages, and so many times faster on so many connections.
func TestRatiosOfScansWithLatency(t *testing.T) {
	if !*ratios {
		return
	}
	const page, rounds = 100, 3
	for _, uneven := range []bool{false, true} {
		fmt.Printf("SELECT * at 20 ms a request, 100 rows a page, beside a plain download of full pages (goal: 0.95, speed-up 0.80 x N); %s:\n",
			map[bool]string{false: "5 lines an order", true: "1 to 9 lines an order, one number in ten without"}[uneven])
		var sequential float64
		for _, n := range []int{1, 2, 4, 8} {
			if uneven && n != 1 && n != 8 {
				continue
			}
			pages := 125 * n // as long for each
			s := newOrderServer(t, pages*page, page, 20*time.Millisecond)
			if uneven {
				s.unevenly()
			}
			raws, scans, requests := raceDownload(t, s, n, pages, rounds)
			speed, up := ratio(raws, scans), 1.0
			rate := float64(pages*page) / median(scans)
			if n == 1 {
				sequential = rate
			} else {
				up = rate / sequential
			}
			fmt.Printf("  %d connections: %7.0f rows/s, %d requests for %d pages; %5.3f of the download %s; speed-up %4.2f %s\n",
				n, rate, requests, pages, speed, verdict(speed >= 0.95), up, verdict(up >= 0.8*float64(n)))
			if !uneven {
				assert.GreaterOrEqual(t, speed, 0.95, "%d connections", n)
				assert.GreaterOrEqual(t, up, 0.8*float64(n))
			}
		}
	}
}

// Half a page costs as much as a whole one: reading by ranges of the key must
// not take many more requests than there are pages.
func TestScansAskForFullPages(t *testing.T) {
	const pages, page = 400, 100
	for name, c := range map[string]struct {
		server *orderServer
		most   int64
	}{
		"as many lines in each order": {newOrderServer(t, pages*page, page, 0), pages + pages/20},
		"one to nine lines an order":  {newOrderServer(t, pages*page, page, 0).unevenly(), pages + pages/6},
	} {
		t.Run(name, func(t *testing.T) {
			db := openScan(t, c.server.dsn("MaxConnections=8"))
			require.Equal(t, pages*page, scanAll(t, db, "SELECT OrderNum, OrderLine FROM OrderDtls"))
			assert.LessOrEqual(t, c.server.requests.Load(), c.most)
			assert.Greater(t, c.server.requests.Load(), int64(pages))
		})
	}
}

// raceDownload times downloads and scans by turns, in seconds.
func raceDownload(t testing.TB, s *orderServer, connections, pages, rounds int) (raws, scans []float64, requests int64) {
	db := openScan(t, s.dsn("Compression=false;MaxConnections="+strconv.Itoa(connections)))
	scanAll(t, db, "SELECT OrderNum FROM OrderDtls LIMIT 1") // reads the metadata
	for range rounds {
		runtime.GC()
		start := time.Now()
		download(t, s, pages, connections, nil)
		raws = append(raws, time.Since(start).Seconds())
		s.requests.Store(0)
		start = time.Now()
		rows := scanAll(t, db, "SELECT * FROM OrderDtls")
		scans = append(scans, time.Since(start).Seconds())
		require.Equal(t, s.rows, rows)
	}
	return raws, scans, s.requests.Load()
}

// TestRatiosOfScansWithoutLatency: from memory to memory, a scan is to cost no
// more than a download that looks at every byte.
func TestRatiosOfScansWithoutLatency(t *testing.T) {
	if !*ratios {
		return
	}
	const rows, rounds = 100_000, 7
	fmt.Println("SELECT * on loopback, one connection, beside a download with json.Valid (goal: 0.90 of its speed) and a plain one (0.30 at 100 rows a page):")
	for _, page := range []int{100, 1000} {
		s := newOrderServer(t, rows, page, 0)
		db := openScan(t, s.dsn("Compression=false;MaxConnections=1"))
		scanAll(t, db, "SELECT OrderNum FROM OrderDtls LIMIT 1")
		valid := func(b []byte) {
			if !json.Valid(b) {
				t.Error("not JSON")
			}
		}
		var plain, checked, scans, checkedCPU, scansCPU []float64
		for range rounds {
			runtime.GC()
			start := time.Now()
			download(t, s, rows/page, 1, nil)
			plain = append(plain, time.Since(start).Seconds())
			start, cpu := time.Now(), cpuTime()
			download(t, s, rows/page, 1, valid)
			checked, checkedCPU = append(checked, time.Since(start).Seconds()), append(checkedCPU, (cpuTime()-cpu).Seconds())
			start, cpu = time.Now(), cpuTime()
			n := scanAll(t, db, "SELECT * FROM OrderDtls")
			scans, scansCPU = append(scans, time.Since(start).Seconds()), append(scansCPU, (cpuTime()-cpu).Seconds())
			require.Equal(t, rows, n)
		}
		speed, ofPlain := ratio(checked, scans), ratio(plain, scans)
		fmt.Printf("  %4d rows a page: %7.0f rows/s; %4.2f of the checked download %s (by CPU time %4.2f); %4.2f of the plain one", page, rows/median(scans), speed, verdict(speed >= 0.9), ratio(checkedCPU, scansCPU), ofPlain)
		if page == 100 {
			fmt.Print(" ", verdict(ofPlain >= 0.3))
		}
		fmt.Println()
		assert.GreaterOrEqual(t, speed, 0.9, "%d rows a page", page)
	}
}

// TestRatiosOfFirstRows: the first row costs one request, and little more.
func TestRatiosOfFirstRows(t *testing.T) {
	if !*ratios {
		return
	}
	const latency, rounds = 20 * time.Millisecond, 15
	fmt.Println("The first row of SELECT * at 20 ms a request (goal: one request and at most 10 ms):")
	for _, page := range []int{100, 1000} {
		s := newOrderServer(t, 100_000, page, latency)
		db := openScan(t, s.dsn("Compression=false"))
		scanAll(t, db, "SELECT OrderNum FROM OrderDtls LIMIT 1")
		var beyond []float64
		for range rounds {
			rows, first := 0, time.Duration(0)
			start := time.Now()
			r, err := db.Query("SELECT * FROM OrderDtls")
			require.NoError(t, err)
			for rows == 0 && r.Next() {
				rows, first = 1, time.Since(start)
			}
			require.NoError(t, r.Close())
			require.Equal(t, 1, rows)
			beyond = append(beyond, (first-latency).Seconds()*1000)
		}
		more := median(beyond)
		fmt.Printf("  %4d rows a page: %5.2f ms beyond the request %s\n", page, more, verdict(more <= 10))
		assert.LessOrEqual(t, more, 10.0)
	}
}

type codes int

func (c codes) Len() int { return int(c) }
func (c codes) At(row, column int) odatatest.Value {
	switch column {
	case 0:
		return odatatest.Int(int64(row + 1))
	case 1:
		return odatatest.String(fmt.Sprintf("C%08d", row+1))
	}
	return odatatest.String("Some customer of some name, row by row the same")
}

// TestRatiosOfKeyWindows: where a server pays for each row that $skip passes
// over, reading by ranges of the key is to be twice as fast as by row numbers.
// The same rows are read from a set whose key is a number, and from one whose
// key is a text, which can only be paged by number.
func TestRatiosOfKeyWindows(t *testing.T) {
	if !*ratios {
		return
	}
	const rows, page, rounds = 50_000, 1000, 5
	columns := []odatatest.Column{{Name: "ID", Type: odatatest.EdmInt32}, {Name: "Code", Type: odatatest.EdmString}, {Name: "Name", Type: odatatest.EdmString}}
	set := func(name, key string) *odatatest.Set {
		return &odatatest.Set{Name: name, Type: name + "Row", Columns: columns, Key: []string{key}, Rows: codes(rows)}
	}
	schema := &odatatest.Schema{Namespace: "P", Container: "C", Sets: []*odatatest.Set{set("ByNumber", "ID"), set("ByText", "Code")}}
	s := odatatest.NewServer(odatatest.V4, schema, odatatest.WithLatency(20*time.Millisecond), odatatest.WithSkipCost(2*time.Microsecond), odatatest.WithGzip(false), odatatest.WithPageSize(page))
	defer s.Close()
	fmt.Println("50,000 rows, 1,000 a page, 20 ms a request and 2 us for each row that $skip passes over (goal: by key 2 times as fast as by row number):")
	for _, n := range []int{4, 8} {
		db := openScan(t, "Provider=OData;URL="+s.URL+";Pagesize=1000;MaxConnections="+strconv.Itoa(n))
		var byKey, byNumber []float64
		for round := range rounds + 1 {
			s.ResetCounters()
			for _, set := range []string{"ByText", "ByNumber"} {
				start := time.Now()
				got := scanAll(t, db, "SELECT * FROM "+set)
				require.Equal(t, rows, got)
				if took := time.Since(start).Seconds(); round > 0 && set == "ByText" {
					byNumber = append(byNumber, took)
				} else if round > 0 {
					byKey = append(byKey, took)
				}
			}
		}
		skips, keys := 0, 0
		for _, r := range s.Requests() {
			switch {
			case strings.HasSuffix(r.Path, "/ByText") && strings.Contains(r.Query, "skip"):
				skips++
			case strings.HasSuffix(r.Path, "/ByNumber") && strings.Contains(r.Query, "$filter"):
				keys++
			}
		}
		require.Greater(t, skips, 40, "the text key was to be paged by row number")
		require.Greater(t, keys, 40, "the number key was to be paged by key")
		faster := ratio(byNumber, byKey)
		fmt.Printf("  %d connections: by row number %7.0f rows/s, by key %7.0f rows/s: %4.2f times as fast %s\n", n, rows/median(byNumber), rows/median(byKey), faster, verdict(faster >= 2))
		assert.GreaterOrEqual(t, faster, 2.0)
	}
}

const scanChild = "EPICORERP_SCAN_CHILD"

// TestRatiosChild is the process whose memory is measured.
func TestRatiosChild(t *testing.T) {
	dsn := os.Getenv(scanChild)
	if dsn == "" {
		return
	}
	db := openScan(t, dsn)
	start := time.Now()
	n := scanAll(t, db, "SELECT * FROM OrderDtls")
	fmt.Printf("rows %d\nseconds %.1f\npeak %d\n", n, time.Since(start).Seconds(), peakMemory(t))
}

// peakMemory is the most memory that the process has had resident, in bytes.
func peakMemory(t testing.TB) int64 {
	status, err := os.Open("/proc/self/status")
	require.NoError(t, err)
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(text, "kB")), 10, 64)
			require.NoError(t, err)
			return kib << 10
		}
	}
	t.Fatal("/proc/self/status has no VmHWM")
	return 0
}

// TestRatiosOfMemory: a scan's memory does not depend on how much it reads. What
// the collector lets a process grow to varies, and a short scan has few
// collections: of short ones the largest of several counts.
func TestRatiosOfMemory(t *testing.T) {
	if !*ratios || runtime.GOOS != "linux" {
		return
	}
	const short, long, runs = 200_000, 10_000_000, 20
	fmt.Println("Peak resident memory of a process that reads SELECT * over 30 columns, 8 connections (goal: 64 MB, and 1.1 times that of 200,000 rows):")
	for _, page := range []int{100, 1000} {
		var few float64
		for range runs {
			peak, _ := scanInChild(t, short, page)
			few = max(few, peak)
		}
		many, seconds := scanInChild(t, long, page)
		fmt.Printf("  %4d rows a page: %5.1f MB for %d rows (%.1f s) %s; %5.1f MB for %d, %4.2f times %s\n",
			page, many, long, seconds, verdict(many <= 64), few, short, many/few, verdict(many <= 1.1*few))
		assert.LessOrEqual(t, many, 64.0)
		assert.LessOrEqual(t, many/few, 1.1)
	}
}

// scanInChild reads so many rows in a process of its own, and returns the
// memory that it took, in MB, and the time, in seconds.
func scanInChild(t *testing.T, rows, page int) (peak, seconds float64) {
	s := newOrderServer(t, rows, page, 0)
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestRatiosChild$", "-test.v", "-test.timeout=10m")
	child.Env = append(os.Environ(), scanChild+"="+s.dsn("Compression=false;MaxConnections=8"))
	out, err := child.CombinedOutput()
	require.NoError(t, err, string(out))
	told := map[string]float64{}
	for line := range strings.SplitSeq(string(out), "\n") {
		if name, value, ok := strings.Cut(line, " "); ok {
			told[name], _ = strconv.ParseFloat(value, 64)
		}
	}
	require.Equal(t, float64(rows), told["rows"], string(out))
	return told["peak"] / 1e6, told["seconds"]
}
