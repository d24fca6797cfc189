package held

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestValue(t *testing.T) {
	fetching := func(calls *int, err error) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			*calls++
			n := *calls
			select {
			case <-time.After(time.Second):
				return n, err
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
	}
	t.Run("all who ask at a time wait for one fetch", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h Value[int]
			var wg sync.WaitGroup
			calls := 0
			for range 10 {
				wg.Go(func() {
					v, err := h.Get(t.Context(), nil, fetching(&calls, nil))
					assert.NoError(t, err)
					assert.Equal(t, 1, v)
				})
			}
			wg.Wait()
			assert.Equal(t, 1, calls)
		})
	})
	t.Run("a failure is everybody's, and the next one tries again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h Value[int]
			var wg sync.WaitGroup
			calls := 0
			refused := errors.New("refused")
			for range 10 {
				wg.Go(func() {
					_, err := h.Get(t.Context(), nil, fetching(&calls, refused))
					assert.ErrorIs(t, err, refused)
				})
			}
			wg.Wait()
			assert.Equal(t, 1, calls, "a wrong password is sent once")
			_, err := h.Get(t.Context(), nil, fetching(&calls, nil))
			assert.NoError(t, err)
			assert.Equal(t, 2, calls)
		})
	})
	t.Run("whoever fetches may give up, and another goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h Value[int]
			var wg sync.WaitGroup
			calls := 0
			impatient, cancel := context.WithCancel(t.Context())
			wg.Go(func() {
				_, err := h.Get(impatient, nil, fetching(&calls, nil))
				assert.ErrorIs(t, err, context.Canceled)
			})
			synctest.Wait()
			for range 3 {
				wg.Go(func() {
					v, err := h.Get(t.Context(), nil, fetching(&calls, nil))
					assert.NoError(t, err)
					assert.Equal(t, 2, v)
				})
			}
			synctest.Wait()
			cancel()
			wg.Wait()
			assert.Equal(t, 2, calls)
		})
	})
	t.Run("whoever waits may give up while the fetch goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h Value[int]
			var wg sync.WaitGroup
			calls := 0
			wg.Go(func() {
				_, err := h.Get(t.Context(), nil, fetching(&calls, nil))
				assert.NoError(t, err)
			})
			synctest.Wait()
			impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err := h.Get(impatient, nil, fetching(&calls, nil))
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			wg.Wait()
			assert.Equal(t, 1, calls)
		})
	})
	t.Run("what is not fresh is fetched anew, and what is dropped too", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h Value[int]
			calls := 0
			_, _ = h.Get(t.Context(), nil, fetching(&calls, nil))
			v, err := h.Get(t.Context(), func(v int) bool { return v > 1 }, fetching(&calls, nil))
			assert.NoError(t, err)
			assert.Equal(t, 2, v)
			h.Drop(func(v int) bool { return v == 1 })
			_, there := h.Current()
			assert.True(t, there, "another value is meant")
			h.Drop(func(v int) bool { return v == 2 })
			_, there = h.Current()
			assert.False(t, there)
		})
	})
}
