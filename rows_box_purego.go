//go:build purego

package epicorerp

import (
	"database/sql/driver"
	"time"
)

// boxesShareMemory says that the values of a slab have no allocations of their own.
const boxesShareMemory = false

func boxInt(p *int64) driver.Value      { return *p }
func boxFloat(p *float64) driver.Value  { return *p }
func boxString(p *string) driver.Value  { return *p }
func boxTime(p *time.Time) driver.Value { return *p }
