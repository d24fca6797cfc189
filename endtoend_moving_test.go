package epicorerp_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// Sets whose key is a text are read by row numbers, which shift when rows come
// or go before them. That is noticed, made good, and soon costs nothing more.
func TestRowsMayMoveWhileTheyAreReadByNumber(t *testing.T) {
	const parts = "Erp.BO.PartSvc/Parts"
	for name, change := range map[string]func(*epicortest.Server) error{
		"a row is inserted": func(s *epicortest.Server) error {
			return s.Insert(parts, map[string]any{"PartNum": "!!new"})
		},
		"a row is deleted": func(s *epicortest.Server) error { return s.Delete(parts, "!!0") },
		"half a page is inserted": func(s *epicortest.Server) error {
			for i := range 5 {
				if err := s.Insert(parts, map[string]any{"PartNum": fmt.Sprint("!!new", i)}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		for _, at := range []int64{2, 4, 9, 17} {
			for _, connections := range []string{"1", "3", "8"} {
				t.Run(fmt.Sprintf("%s at request %d, %s connections", name, at, connections), func(t *testing.T) {
					var s *epicortest.Server
					var seen atomic.Int64
					s = kinetic(t, epicortest.WithCap(10), epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
						if strings.HasSuffix(r.URL.Path, "/Parts") && seen.Add(1) == at {
							assert.NoError(t, change(s))
						}
						return nil
					}))
					require.NoError(t, s.Insert(parts, map[string]any{"PartNum": "!!0"}))
					db := openDB(t, s, "v2", "MaxConnections="+connections)
					read := func() ([]string, error) { return texts(t.Context(), db, "SELECT PartNum FROM [Erp.BO.PartSvc].Parts") }
					got, err := read()
					if name == "half a page is inserted" && errors.Is(err, epicorerp.ErrConflict) && epicorerp.SafeToRetry(err) {
						// Its rows come one after the other: pages that were read between them
						// may not fit together. Then the driver says so, and nothing is lost.
						s.ResetCounters()
						got, err = read()
					}
					require.NoError(t, err)
					own := map[string]int{}
					for _, p := range got {
						if !strings.HasPrefix(p, "!!") {
							own[p]++
						}
					}
					assert.Len(t, own, 200)
					for p, times := range own {
						assert.Equal(t, 1, times, p)
					}
					assert.LessOrEqual(t, len(dataRequests(s, "Parts")), 48, "201 rows, of 10 a page one is known")
				})
			}
		}
	}
}
