package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

var layout = tuple.NewLayout([]sqltypes.Type{sqltypes.Of(sqltypes.BigInt)})

// numbers is a scan of 0, 1, 2, … in segments of several pages.
type numbers struct {
	segments, pages, rows int
	next                  int
	gate                  chan struct{} // unless nil, a page waits for a token
	failAt                int           // segment that fails on its last page; -1 for none
	firstArrived          atomic.Bool
	tooEarly              atomic.Bool
	active, peak, fetched atomic.Int32
}

func (n *numbers) Next() (Segment, error) {
	if n.next > 0 && !n.firstArrived.Load() {
		n.tooEarly.Store(true)
	}
	if n.next == n.segments {
		return nil, io.EOF
	}
	n.next++
	return &numberSegment{n: n, index: n.next - 1}, nil
}

type numberSegment struct {
	n           *numbers
	index, page int
}

var errServer = errors.New("server failed")

func (s *numberSegment) Next(ctx context.Context, pool *Pool) ([]*tuple.Batch, error) {
	n := s.n
	for p := n.peak.Load(); n.active.Add(1) > p; p = n.peak.Load() {
		if n.peak.CompareAndSwap(p, p+1) {
			break
		}
		n.active.Add(-1)
	}
	defer n.active.Add(-1)
	if n.gate != nil {
		select {
		case <-n.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	n.fetched.Add(1)
	n.firstArrived.Store(true)
	if s.index == n.failAt && s.page == n.pages-1 {
		return nil, errServer
	}
	b := pool.Get()
	for i := range n.rows {
		layout.SetInt(b.AddRow(), 0, int64((s.index*n.pages+s.page)*n.rows+i))
	}
	if s.page++; s.page == n.pages {
		return []*tuple.Batch{b}, io.EOF
	}
	return []*tuple.Batch{b}, nil
}

func readAll(t *testing.T, r *Reader) ([]int64, error) {
	t.Helper()
	var got []int64
	b := tuple.NewBatch(layout)
	for {
		if err := r.Next(t.Context(), b); err != nil {
			return got, err
		}
		require.Positive(t, b.Len(), "a batch that is handed on has rows")
		for i := range b.Len() {
			got = append(got, b.Row(i).Int(layout.Slot(0)))
		}
	}
}

func TestRowsComeInOrderWhateverTheConcurrency(t *testing.T) {
	for _, concurrency := range []int{1, 2, 3, 8, 64} {
		for _, maxBytes := range []int{1, 1000, 1 << 20} {
			t.Run(fmt.Sprintf("%d segments at once, %d bytes ahead", concurrency, maxBytes), func(t *testing.T) {
				n := &numbers{segments: 20, pages: 3, rows: 7, failAt: -1}
				r := NewReader(t.Context(), n, Options{Layout: layout, Concurrency: concurrency, MaxBytes: maxBytes})
				got, err := readAll(t, r)
				require.ErrorIs(t, err, io.EOF)
				require.NoError(t, r.Close())
				require.Len(t, got, 20*3*7)
				for i, v := range got {
					require.EqualValues(t, i, v)
				}
				assert.LessOrEqual(t, int(n.peak.Load()), concurrency)
				assert.False(t, n.tooEarly.Load(), "the second segment was asked for before the first page came")
			})
		}
	}
}

func TestTheFirstPageGoesAlone(t *testing.T) {
	n := &numbers{segments: 50, pages: 2, rows: 3, failAt: -1}
	r := NewReader(t.Context(), n, Options{Layout: layout, Concurrency: 8})
	b := tuple.NewBatch(layout)
	require.NoError(t, r.Next(t.Context(), b))
	require.NoError(t, r.Close())
	assert.EqualValues(t, 1, n.fetched.Load(), "a consumer that stops after the first page costs one request")
}

func TestAnErrorComesAfterTheRowsBeforeIt(t *testing.T) {
	n := &numbers{segments: 10, pages: 2, rows: 5, failAt: 4}
	r := NewReader(t.Context(), n, Options{Layout: layout, Concurrency: 4})
	got, err := readAll(t, r)
	require.ErrorIs(t, err, errServer)
	assert.Len(t, got, 4*2*5+5)
	require.ErrorIs(t, r.Next(t.Context(), tuple.NewBatch(layout)), errServer, "the error stays")
	require.NoError(t, r.Close())
}

func TestAnEmptyScanEndsAtOnce(t *testing.T) {
	r := NewReader(t.Context(), &numbers{failAt: -1}, Options{Layout: layout})
	_, err := readAll(t, r)
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, r.Close())
}

func TestACancelledScanEndsInTheContextsError(t *testing.T) {
	for name, cancelReader := range map[string]bool{"of the scan": false, "of the call": true} {
		t.Run("context "+name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			scan, cancelScan := context.WithCancel(t.Context())
			call, cancelCall := context.WithCancel(t.Context())
			defer cancelScan()
			defer cancelCall()
			n := &numbers{segments: 9, pages: 2, rows: 1, failAt: -1, gate: make(chan struct{}, 1)}
			n.gate <- struct{}{}
			r := NewReader(scan, n, Options{Layout: layout, Concurrency: 4})
			b := tuple.NewBatch(layout)
			require.NoError(t, r.Next(call, b))
			var wg sync.WaitGroup
			var err error
			wg.Go(func() { err = r.Next(call, b) })
			if cancelReader {
				cancelCall()
			} else {
				cancelScan()
			}
			wg.Wait()
			require.ErrorIs(t, err, context.Canceled)
			require.NotErrorIs(t, err, io.EOF)
			require.NoError(t, r.Close())
			require.NoError(t, r.Close(), "closing twice is fine")
			assert.LessOrEqual(t, runtime.NumGoroutine(), before+1, "no goroutine is left")
		})
	}
}

func TestPagesThatWaitAreBoundedByBytes(t *testing.T) {
	n := &numbers{segments: 200, pages: 1, rows: 1000, failAt: -1}
	r := NewReader(t.Context(), n, Options{Layout: layout, Concurrency: 4, MaxBytes: 50_000})
	b := tuple.NewBatch(layout)
	for {
		err := r.Next(t.Context(), b)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		r.mu.Lock()
		waiting := r.waiting
		r.mu.Unlock()
		// Up to Concurrency pages are under way when the bound is reached.
		require.LessOrEqual(t, waiting, 50_000+5*32_768)
	}
	require.NoError(t, r.Close())
}
