package epicorerp

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

var ratios = flag.Bool("ratios", false, "measure what rows cost beside the token pass over the same pages, and hold them to the goals")

type (
	jsonDigits = json.Number
	jsonTime   = time.Time
)

// pageCursor decodes pages as a scan does, without a server.
type pageCursor struct {
	cols    []plan.Column
	layout  *tuple.Layout
	scanner *jsonpage.Scanner
	decoder *jsonpage.Decoder
	pages   [][]byte
	open    bool // a page is being read
}

func newPageCursor(t testing.TB, cols []pageColumn) *pageCursor {
	c := &pageCursor{}
	names, types := make([]string, len(cols)), make([]sqltypes.Type, len(cols))
	for i, col := range cols {
		names[i], types[i] = col.name, col.typ
		c.cols = append(c.cols, plan.Column{Name: col.name, Type: col.typ, Nullable: true})
	}
	var err error
	c.layout = tuple.NewLayout(types)
	c.scanner, err = jsonpage.NewScanner(names, jsonpage.Options{Shape: jsonpage.ShapeValue, Capture: []string{"@odata.nextLink"}})
	require.NoError(t, err)
	c.decoder, err = jsonpage.NewDecoder(c.scanner, c.layout, jsonpage.DecoderOptions{})
	require.NoError(t, err)
	return c
}

func (c *pageCursor) Columns() []plan.Column { return c.cols }
func (c *pageCursor) Layout() *tuple.Layout  { return c.layout }
func (c *pageCursor) Close() error           { return nil }

func (c *pageCursor) Next(_ context.Context, out *tuple.Batch) error {
	for {
		if !c.open {
			if len(c.pages) == 0 {
				return io.EOF
			}
			c.scanner.Reset(c.pages[0])
			c.pages, c.open = c.pages[1:], true
		}
		out.Reset()
		done, err := c.decoder.AppendPage(out, tuple.TargetRows)
		c.open = !done
		if err != nil || out.Len() > 0 {
			return err
		}
	}
}

func (c *pageCursor) rows(pages [][]byte) *rows {
	c.pages = pages
	ctx, cancel := context.WithCancel(context.Background())
	return newRows(ctx, cancel, c, func(int64, error) {})
}

// contender is one way over the pages.
type contender struct {
	name string
	run  func(t testing.TB, pages [][]byte) (rows int)
}

func tokenPass(t testing.TB, cols []pageColumn) contender {
	c := newPageCursor(t, cols)
	return contender{"tokens", func(t testing.TB, pages [][]byte) (n int) {
		for _, p := range pages {
			c.scanner.Reset(p)
			for c.scanner.Next() {
				n++
			}
			require.NoError(t, c.scanner.Err())
		}
		return n
	}}
}

func quoteHop(testing.TB, []pageColumn) contender {
	return contender{"hop from quote to quote", func(t testing.TB, pages [][]byte) (n int) {
		quotes := 0
		for _, p := range pages {
			for i := bytes.IndexByte(p, '"'); i >= 0; i = bytes.IndexByte(p, '"') {
				p = p[i+1:]
				quotes++
			}
		}
		require.Positive(t, quotes)
		return 0
	}}
}

func batchesOnly(t testing.TB, cols []pageColumn) contender {
	c := newPageCursor(t, cols)
	b := tuple.NewBatch(c.layout)
	return contender{"batches", func(t testing.TB, pages [][]byte) (n int) {
		c.pages = pages
		for {
			err := c.Next(context.Background(), b)
			if err == io.EOF {
				return n
			}
			require.NoError(t, err)
			n += b.Len()
		}
	}}
}

func driverRows(t testing.TB, cols []pageColumn) contender {
	c := newPageCursor(t, cols)
	dest := make([]driver.Value, len(cols))
	return contender{"driver rows", func(t testing.TB, pages [][]byte) (n int) {
		r := c.rows(pages)
		for {
			if err := r.Next(dest); err != nil {
				require.ErrorIs(t, err, io.EOF)
				require.NoError(t, r.Close())
				return n
			}
			n++
		}
	}}
}

func scannedRows(t testing.TB, cols []pageColumn) contender {
	c := newPageCursor(t, cols)
	db := sql.OpenDB(&rowsConnector{query: func(pages [][]byte) driver.Rows { return c.rows(pages) }})
	values, dest := make([]any, len(cols)), make([]any, len(cols))
	for i := range values {
		dest[i] = &values[i]
	}
	return contender{"sql.Rows scanned into *any", func(t testing.TB, pages [][]byte) (n int) {
		r, err := db.Query("", pagesArgument(pages))
		require.NoError(t, err)
		for r.Next() {
			if err := r.Scan(dest...); err != nil { // require would cost more than Scan
				require.NoError(t, err)
			}
			n++
		}
		require.NoError(t, r.Err())
		return n
	}}
}

func typedJSON(testing.TB, []pageColumn) contender {
	return contender{"encoding/json into structs", func(t testing.TB, pages [][]byte) (n int) {
		for _, p := range pages {
			var page struct {
				Value []orderRow `json:"value"`
			}
			require.NoError(t, json.Unmarshal(p, &page))
			n += len(page.Value)
		}
		return n
	}}
}

// rowsConnector opens connections that answer every query with rows over the
// pages bound to it.
type rowsConnector struct {
	query func(pages [][]byte) driver.Rows
}

type pagesArgument [][]byte

func (c *rowsConnector) Connect(context.Context) (driver.Conn, error) { return c, nil }
func (c *rowsConnector) Driver() driver.Driver                        { return nil }
func (c *rowsConnector) Prepare(string) (driver.Stmt, error)          { return nil, driver.ErrSkip }
func (c *rowsConnector) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }
func (c *rowsConnector) Close() error                                 { return nil }
func (c *rowsConnector) CheckNamedValue(*driver.NamedValue) error     { return nil }
func (c *rowsConnector) QueryContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Rows, error) {
	return c.query(args[0].Value.(pagesArgument)), nil
}

func allocsPerRow(t testing.TB, c contender, pages [][]byte) float64 {
	c.run(t, pages)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := c.run(t, pages)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n)
}

func TestRowsShareTheirAllocations(t *testing.T) {
	for name, cols := range map[string][]pageColumn{"30 columns": orderColumns, "5 columns": customerColumns} {
		t.Run(name, func(t *testing.T) {
			pages := renderPages(cols, 100, 0)
			most := 0.5
			if !boxesShareMemory {
				most = 60
			}
			assert.LessOrEqual(t, allocsPerRow(t, driverRows(t, cols), pages), most)
			assert.LessOrEqual(t, allocsPerRow(t, scannedRows(t, cols), pages), most)
		})
	}
}

// TestRowsMeetTheGoalsOfSpeed is a measurement, so it only asserts when asked
// for. CPU time is compared, round by round, so that other load on the machine
// matters little. The unit is a hop from quote to quote, which is what any
// scanner written in Go pays to find the strings: measured against the token
// pass, rows would look dearer whenever that becomes cheaper.
func TestRowsMeetTheGoalsOfSpeed(t *testing.T) {
	if !*ratios {
		return
	}
	shapes := []struct {
		name  string
		cols  []pageColumn
		most  float64
		extra []func(testing.TB, []pageColumn) contender
	}{
		{"30 columns", orderColumns, 2.5, []func(testing.TB, []pageColumn) contender{typedJSON}},
		{"5 columns", customerColumns, 3.5, nil},
	}
	for _, shape := range shapes {
		for _, size := range []int{100, 1000} {
			pages := renderPages(shape.cols, size, 16<<20) // what the queue of a scan holds
			var contenders []contender
			for _, make := range append([]func(testing.TB, []pageColumn) contender{tokenPass, quoteHop, batchesOnly, driverRows, scannedRows}, shape.extra...) {
				contenders = append(contenders, make(t, shape.cols))
			}
			spent := race(t, contenders, pages)
			unit := make([]float64, len(spent[0])) // what finding the strings of a page costs
			for i := range unit {
				unit[i] = max(spent[0][i], spent[1][i])
			}
			assert.LessOrEqual(t, ratio(spent[3], unit), shape.most, "driver rows")
			assert.LessOrEqual(t, ratio(spent[4], unit), 4.0, "sql.Rows on a busy machine")
			if len(spent) > 5 {
				assert.GreaterOrEqual(t, ratio(spent[5], spent[4]), 4.0, "beside encoding/json")
			}
			fmt.Printf("%s, %d rows a page:\n", shape.name, size)
			for i, c := range contenders {
				fmt.Printf("  %-28s %6.0f ns a row  %5.2f of the tokens\n", c.name, median(spent[i])/float64(len(pages)*size), ratio(spent[i], spent[0]))
			}
		}
	}
}

// race returns the CPU time of each contender in each round.
func race(t *testing.T, contenders []contender, pages [][]byte) [][]float64 {
	const rounds, slice = 9, 60 * time.Millisecond
	spent := make([][]float64, len(contenders))
	for range rounds {
		for i, c := range contenders {
			runtime.GC()
			start, wall, n := cpuTime(), time.Now(), 0
			for time.Since(wall) < slice || n == 0 {
				c.run(t, pages)
				n++
			}
			spent[i] = append(spent[i], float64(cpuTime()-start)/float64(n))
		}
	}
	return spent
}

func ratio(a, b []float64) float64 {
	var all []float64
	for i := range a {
		all = append(all, a[i]/b[i])
	}
	return median(all)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
