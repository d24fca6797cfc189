//go:build !purego

package epicorerp

import (
	"database/sql/driver"
	"time"
	"unsafe"
)

// The functions here make an interface value that points at a value which lies
// in a slice already. Putting the value into an interface the usual way would
// copy it to an allocation of its own, which for a row of 30 columns costs more
// than all else that is done to it. The value pointed at must not change any
// more. Build with the tag purego to do without package unsafe.

// boxesShareMemory says that the values of a slab have no allocations of their own.
const boxesShareMemory = true

// box is how an interface value without methods lies in memory: its type, then
// a pointer to its value.
type box struct {
	typ, value unsafe.Pointer
}

var (
	intType    = typeOf(int64(0))
	floatType  = typeOf(float64(0))
	stringType = typeOf("")
	timeType   = typeOf(time.Time{})
)

func typeOf(v any) unsafe.Pointer { return (*box)(unsafe.Pointer(&v)).typ }

func boxed(typ, value unsafe.Pointer) driver.Value {
	b := box{typ, value}
	return *(*driver.Value)(unsafe.Pointer(&b))
}

func boxInt(p *int64) driver.Value      { return boxed(intType, unsafe.Pointer(p)) }
func boxFloat(p *float64) driver.Value  { return boxed(floatType, unsafe.Pointer(p)) }
func boxString(p *string) driver.Value  { return boxed(stringType, unsafe.Pointer(p)) }
func boxTime(p *time.Time) driver.Value { return boxed(timeType, unsafe.Pointer(p)) }
