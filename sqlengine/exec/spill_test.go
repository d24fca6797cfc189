package exec

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// wideNum is a decimal that does not fit a slot.
func wideNum(i int) sqltypes.Value {
	return sqltypes.NumValue(sqltypes.NewNum(int64(i)+1<<60, 3))
}

// spillLayout has text and decimals, which lie in the arena.
func spillLayout() *tuple.Layout { return tuple.NewLayout([]sqltypes.Type{intT, textT, numT}) }

func spillRow(i int) row {
	r := row{in(int64(i)), tx(string(make([]byte, i%50))), wideNum(i)}
	r[i%3] = []sqltypes.Value{r[i%3], sqltypes.NullOf(r[i%3].Kind)}[i%2]
	return r
}

// batchOf packs rows.
func batchOf(t testing.TB, l *tuple.Layout, rows ...row) *tuple.Batch {
	t.Helper()
	b := tuple.NewBatch(l)
	for _, r := range rows {
		dst := b.AddRow()
		for c, v := range r {
			require.NoError(t, b.SetValue(dst, c, v))
		}
	}
	return b
}

// testRun is a run with a budget and a directory of its own, which must be
// empty again when the test ends.
func testRun(t testing.TB, budget int64) *run {
	t.Helper()
	b := providers.NewBudget(budget)
	dir := t.TempDir()
	t.Cleanup(func() {
		assert.Zero(t, b.Used(), "bytes that were not given back to the budget")
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Empty(t, left, "files that were left")
	})
	return newRun(t.Context(), plan.NewValues(nil, nil), Options{Budget: b, SpillDirectory: dir})
}

func TestSpool(t *testing.T) {
	const rows = 20_000
	for name, budget := range map[string]int64{"without a bound": 0, "that fits": 64 << 20, "in a quarter": 600_000, "in next to nothing": 1} {
		t.Run("keeps rows "+name, func(t *testing.T) {
			r := testRun(t, budget)
			s := r.spool(spillLayout(), "window", nil)
			defer s.close()
			var all []row
			for i := range rows {
				all = append(all, spillRow(i))
				require.NoError(t, s.addBatch(batchOf(t, spillLayout(), all[i])))
			}
			require.Equal(t, rows, s.len())
			require.Equal(t, budget > 0 && budget < 1<<20, s.blocks != nil, "spilled")
			l := spillLayout()
			for i := range rows { // in an order that jumps
				i = i * 7919 % rows
				got, err := s.row(i)
				require.NoError(t, err)
				require.Equal(t, all[i], row{l.Value(got, 0), l.Value(got, 1), l.Value(got, 2)})
			}
			for range 2 {
				reader, n := spoolReader{s: s}, 0
				for out := tuple.NewBatch(l); ; {
					err := reader.next(t.Context(), out)
					if err == io.EOF {
						break
					}
					require.NoError(t, err)
					for _, got := range boxed(out) {
						require.Equal(t, all[n], got)
						n++
					}
				}
				require.Equal(t, rows, n)
			}
			if budget > 1 {
				assert.LessOrEqual(t, r.budget.Peak(), budget+budget/4)
			}
		})
	}
	t.Run("gives rows that stay while few other chunks are asked for", func(t *testing.T) {
		s := testRun(t, 1).spool(spillLayout(), "window", nil)
		defer s.close()
		for i := range 10 * chunkRows {
			require.NoError(t, s.addBatch(batchOf(t, spillLayout(), spillRow(i))))
		}
		for i := range 6 {
			first, err := s.row(i * chunkRows)
			require.NoError(t, err)
			for k := 1; k < spoolCache; k++ {
				_, err := s.row((i + k) * chunkRows)
				require.NoError(t, err)
			}
			assert.Equal(t, spillRow(i * chunkRows)[2], spillLayout().Value(first, 2))
		}
	})
	t.Run("fails with the operator's name when it must not spill", func(t *testing.T) {
		r := testRun(t, 100_000)
		r.noSpill = true
		s := r.spool(spillLayout(), "window", nil)
		defer s.close()
		var err error
		for i := 0; i < rows && err == nil; i++ {
			err = s.addBatch(batchOf(t, spillLayout(), spillRow(i)))
		}
		require.ErrorIs(t, err, providers.KindMemory)
		assert.ErrorContains(t, err, "window needs more memory")
	})
}

func TestSpillFile(t *testing.T) {
	batch := func(t *testing.T) *tuple.Batch { return batchOf(t, spillLayout(), spillRow(1), spillRow(2)) }
	t.Run("is this user's alone, and has no name where the system allows", func(t *testing.T) {
		r := testRun(t, 0)
		s := r.spill("sort", nil)
		defer s.close()
		_, err := s.write(batch(t))
		require.NoError(t, err)
		info, err := s.f.Stat()
		require.NoError(t, err)
		left, err := os.ReadDir(r.spillDir)
		require.NoError(t, err)
		switch runtime.GOOS {
		case "windows", "plan9", "js", "wasip1":
		default:
			assert.Empty(t, left)
			assert.Equal(t, os.FileMode(0o600), info.Mode())
		}
	})
	for name, c := range map[string]struct {
		break_ func(t *testing.T, s *spill)
		want   string
		state  string
	}{
		"that is cut off": {func(t *testing.T, s *spill) { require.NoError(t, s.f.Truncate(10)) },
			"sort does not fit MaxMemory, and reading a temporary file failed: unexpected EOF", "58030"},
		"that was written over": {func(t *testing.T, s *spill) { _, err := s.f.WriteAt([]byte{0xff}, 9); require.NoError(t, err) },
			"reading a temporary file failed: it is not what was written", "58030"},
		"that is closed": {func(t *testing.T, s *spill) { require.NoError(t, s.f.Close()) }, "reading a temporary file failed", "58030"},
	} {
		t.Run(name+" fails with the operator's name", func(t *testing.T) {
			s := testRun(t, 0).spill("sort", nil)
			defer s.close()
			at, err := s.write(batch(t))
			require.NoError(t, err)
			c.break_(t, s)
			err = s.read(at, batch(t))
			require.ErrorContains(t, err, c.want)
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.state, e.State)
			assert.False(t, errors.Is(err, io.EOF), "an error that passes for the end of the rows")
		})
	}
	t.Run("on a full disk fails with the state of one", func(t *testing.T) {
		full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
		if err != nil {
			t.Skip("no /dev/full here")
		}
		s := testRun(t, 0).spill("GROUP BY", nil)
		s.f = full
		defer s.close()
		_, err = s.write(batch(t))
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.ErrorContains(t, err, "GROUP BY does not fit MaxMemory, and writing a temporary file failed")
		var e *providers.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "53100", e.State)
	})
	t.Run("in a directory that is not there fails", func(t *testing.T) {
		r := testRun(t, 0)
		r.spillDir = filepath.Join(r.spillDir, "nowhere")
		_, err := r.spill("sort", nil).write(batch(t))
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}

func TestSharesOfMemory(t *testing.T) {
	r := testRun(t, 1<<20)
	r.shares.least, r.shares.rest = 1<<18, 1<<19 // of two operators
	a, b := r.reservation("sort"), r.reservation("GROUP BY")
	defer a.release()
	defer b.release()
	assert.True(t, a.fits(3<<18), "an operator may have what nobody else can count on")
	assert.False(t, a.fits(3<<18+1), "it may not have the least share of another one")
	assert.True(t, b.fits(1<<18))
	assert.False(t, b.fits(1<<18+1))
	a.shrink(1 << 18)
	assert.True(t, b.fits(3<<18), "what was given back is there for the other one")
}
