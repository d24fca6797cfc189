package fetch

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRoomCountsPagesUnderWay(t *testing.T) {
	for name, c := range map[string]struct {
		waiting, fetching, largest int
		room                       bool
	}{
		"nothing is known yet":                             {0, 7, 0, true},
		"small pages go side by side":                      {100, 7, 10, true},
		"pages under way would pass the bound":             {100, 7, 150, false},
		"half of what may run runs whatever its size":      {100, 3, 5000, true},
		"but not when as much waits as may":                {1000, 0, 10, false},
		"what waits leaves room for those alone that fit":  {700, 5, 50, true},
		"what waits leaves no room for one that is larger": {700, 5, 51, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Reader{opt: Options{Concurrency: 8, MaxBytes: 1000}, waiting: c.waiting, fetching: c.fetching, largest: c.largest}
			assert.Equal(t, c.room, r.room())
		})
	}
}
