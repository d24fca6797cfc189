package exec

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

type row = []sqltypes.Value

var (
	intT  = sqltypes.Of(sqltypes.BigInt)
	textT = sqltypes.Of(sqltypes.Varchar)
	numT  = sqltypes.Of(sqltypes.Decimal)
	fltT  = sqltypes.Of(sqltypes.Double)
	boolT = sqltypes.Of(sqltypes.Bool)
)

// fakeTable is a table in memory.
type fakeTable struct {
	types []sqltypes.Type
	rows  []row
	batch int // rows a batch; 0 is tuple.TargetRows
	// failAt makes the batch that has this row fail with failure; -1 never.
	failAt  int
	failure error
	// block makes Next wait for its context once these rows are out; -1 never.
	block int
	// onRow is called before a row; a table that has it does not look at its context.
	onRow func(at int)
	// superset answers key batches with all rows.
	superset bool

	opens, closes, pulled atomic.Int64
	overlaps              atomic.Int64 // readers closed while Next ran
	mu                    sync.Mutex
	keyBatches            []int // tuples of each key batch that was opened
}

func table(types []sqltypes.Type, rows ...row) *fakeTable {
	return &fakeTable{types: types, rows: rows, failAt: -1, block: -1}
}

func (t *fakeTable) Info() *providers.TableInfo {
	info := &providers.TableInfo{Schema: "test", Name: "fake"}
	for i, ty := range t.types {
		info.Columns = append(info.Columns, providers.Column{Name: fmt.Sprintf("c%d", i), Type: ty, Nullable: true})
	}
	return info
}

func (t *fakeTable) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	types := make([]sqltypes.Type, len(r.Columns))
	for i, c := range r.Columns {
		types[i] = t.types[c]
	}
	p := &providers.ScanPlan{Layout: tuple.NewLayout(types), Keys: providers.Exact}
	p.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t.opens.Add(1)
		var wanted map[string]bool
		if r.Keys != nil && r.Keys.Tuples != nil {
			t.mu.Lock()
			t.keyBatches = append(t.keyBatches, len(r.Keys.Tuples))
			t.mu.Unlock()
			wanted = map[string]bool{}
			for _, k := range r.Keys.Tuples {
				for _, v := range k {
					if v.Null {
						return nil, fmt.Errorf("a key tuple has a NULL")
					}
				}
				if wanted[valueKey(k...)] {
					return nil, fmt.Errorf("key tuple %v came twice", k)
				}
				wanted[valueKey(k...)] = true
			}
		}
		return &fakeReader{t: t, request: r, wanted: wanted}, nil
	}
	return p, nil
}

func valueKey(vs ...sqltypes.Value) string {
	var b []byte
	for _, v := range vs {
		b = expr.AppendValueKey(b, v)
	}
	return string(b)
}

type fakeReader struct {
	t       *fakeTable
	request *providers.ScanRequest
	wanted  map[string]bool
	at      int
	closed  bool
	batches int64
	busy    atomic.Bool
}

func (r *fakeReader) Next(ctx context.Context, out *tuple.Batch) error {
	if r.closed {
		return fmt.Errorf("Next after Close")
	}
	r.busy.Store(true)
	defer r.busy.Store(false)
	out.Reset()
	size := r.t.batch
	if size == 0 {
		size = tuple.TargetRows
	}
	for r.at < len(r.t.rows) && out.Len() < size {
		if r.t.onRow != nil {
			r.t.onRow(r.at)
		} else if err := ctx.Err(); err != nil {
			return err
		}
		if r.at == r.t.failAt {
			return r.t.failure
		}
		if r.at == r.t.block {
			break
		}
		src := r.t.rows[r.at]
		r.at++
		r.t.pulled.Add(1)
		if r.wanted != nil && !r.t.superset {
			key := make(row, len(r.request.Keys.Columns))
			for i, c := range r.request.Keys.Columns {
				key[i] = src[c]
			}
			if !r.wanted[valueKey(key...)] {
				continue
			}
		}
		dst := out.AddRow()
		for i, c := range r.request.Columns {
			if err := out.SetValue(dst, i, src[c]); err != nil {
				return err
			}
		}
	}
	if out.Len() > 0 {
		r.batches++
		return nil
	}
	if r.at == r.t.block {
		<-ctx.Done()
		for range 1000 { // a reader that takes its time to end
			runtime.Gosched()
		}
		return ctx.Err()
	}
	return io.EOF
}

func (r *fakeReader) Close() error {
	if r.busy.Load() {
		r.t.overlaps.Add(1)
	}
	if !r.closed {
		r.closed = true
		r.t.closes.Add(1)
	}
	return nil
}

func (r *fakeReader) Stats() providers.ScanStats {
	return providers.ScanStats{Requests: r.batches, Bytes: 10 * r.batches}
}

// scanOf reads all columns of a table.
func scanOf(t testing.TB, tab *fakeTable) *plan.Scan {
	t.Helper()
	r := &providers.ScanRequest{}
	for i := range tab.types {
		r.Columns = append(r.Columns, i)
	}
	p, err := tab.Plan(t.Context(), r)
	require.NoError(t, err)
	return &plan.Scan{Table: tab, Request: r, Plan: p, Alias: "t"}
}

func col(i int, t sqltypes.Type) expr.Node {
	return &expr.Column{Index: i, Name: fmt.Sprintf("c%d", i), T: t}
}

func outer(level, i int, t sqltypes.Type) expr.Node {
	return &expr.Outer{Level: level, Index: i, Name: fmt.Sprintf("o%d", i), T: t}
}

func lit(v sqltypes.Value) expr.Node { return expr.NewConst(v) }

func op(op string, a, b expr.Node) expr.Node {
	n, err := expr.NewBinary(op, a, b)
	if err != nil {
		panic(err)
	}
	return n
}

func in(v int64) sqltypes.Value { return sqltypes.IntValue(v) }
func tx(s string) sqltypes.Value {
	return sqltypes.StringValue(s)
}
func dec(s string) sqltypes.Value {
	d, err := sqltypes.ParseNum(s)
	if err != nil {
		panic(err)
	}
	return sqltypes.NumValue(d)
}

var null = sqltypes.NullOf(sqltypes.BigInt)

// show prints rows one a line, values apart by a space.
func show(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		for i, v := range r {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(v.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func lines(s ...string) string {
	if len(s) == 0 {
		return ""
	}
	return strings.Join(s, "\n") + "\n"
}

// drain reads a cursor to its end.
func drain(ctx context.Context, c *Cursor) (out []row, err error) {
	b := tuple.NewBatch(c.Layout())
	for {
		if err := c.Next(ctx, b); err == io.EOF {
			return out, nil
		} else if err != nil {
			return out, err
		}
		if b.Len() == 0 {
			return out, fmt.Errorf("a batch without rows")
		}
		out = append(out, boxed(b)...)
	}
}

func boxed(b *tuple.Batch) (out []row) {
	for i := range b.Len() {
		r := make(row, b.Layout.Columns())
		for c := range r {
			r[c] = b.Layout.Value(b.Row(i), c)
		}
		out = append(out, r)
	}
	return out
}

// try runs a plan and checks that it leaves neither memory nor goroutines.
func try(t testing.TB, n plan.Node, opt Options) ([]row, error) {
	t.Helper()
	if opt.Budget == nil {
		opt.Budget = providers.NewBudget(0)
	}
	opt.SpillDirectory = t.TempDir()
	c, err := Run(t.Context(), n, opt)
	if err != nil {
		settled(t, opt.Budget)
		return nil, err
	}
	rows, err := drain(t.Context(), c)
	require.NoError(t, c.Close())
	require.NoError(t, c.Close(), "a second Close")
	settled(t, opt.Budget)
	noFiles(t, opt.SpillDirectory)
	return rows, err
}

// noFiles checks that no temporary file is left, neither by name nor open
// without one.
func noFiles(t testing.TB, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left, "files that were left")
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		for _, f := range open {
			to, _ := os.Readlink("/proc/self/fd/" + f.Name())
			assert.NotContains(t, to, ".spill", "an open file")
		}
	}
}

// result runs a plan that must not fail, and again in memory that is too small
// for it: the answer must be the same.
func result(t testing.TB, n plan.Node) []row {
	t.Helper()
	rows := firstResult(t, n)
	for _, budget := range []int64{1, 40_000} {
		spilled, err := try(t, n, Options{Budget: providers.NewBudget(budget)})
		require.NoError(t, err, "in %d bytes", budget)
		if _, ok := n.(*plan.Sort); ok {
			require.Equal(t, show(rows), show(spilled), "in %d bytes", budget)
		} else {
			require.Equal(t, sortedLines(rows), sortedLines(spilled), "in %d bytes", budget)
		}
	}
	return rows
}

// firstResult runs a plan once, that must not fail.
func firstResult(t testing.TB, n plan.Node) []row {
	t.Helper()
	rows, err := try(t, n, Options{})
	require.NoError(t, err)
	return rows
}

// sortedLines prints rows in an order of their own.
func sortedLines(rows []row) string {
	lines := strings.SplitAfter(show(rows), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// stacks is where settled looks for goroutines; tests run one at a time.
var stacks = make([]byte, 1<<20)

// settled checks that a run has given all back and that nothing of it runs.
func settled(t testing.TB, b *providers.Budget) {
	t.Helper()
	assert.Zero(t, b.Used(), "bytes that were not given back to the budget")
	for range 1000 {
		if !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("exec.(*eager).first")) {
			return
		}
		time.Sleep(time.Millisecond) // a goroutine past its last statement still shows
	}
	t.Error("a goroutine of package exec still runs")
}
