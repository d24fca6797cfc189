package odatatest

// Kept is how a database keeps a column where its type in the metadata tells no
// such thing: values are compared as they are kept and sent as they were written.
type Kept int

// Ways of keeping.
const (
	AsDeclared Kept = iota
	// Padded is a text with blanks up to its MaxLength, as of type CHAR.
	Padded
	// AsReal is a number rounded to 32 bits of floating point.
	AsReal
	// AsDay is an instant of which the day alone is left.
	AsDay
	// PassedOver is a value that is not looked at: whatever it is compared with,
	// the condition is taken for true.
	PassedOver
)

// value is the value that conditions see.
func (k Kept) value(v Value, c *Column) Value {
	switch {
	case v.IsNull():
	case k == Padded && len(v.s) < c.MaxLength:
		for len(v.s) < c.MaxLength {
			v.s += " "
		}
	case k == AsReal:
		return Double(float64(float32(v.float())))
	case k == AsDay:
		v.i -= v.i % (86400 * ticksPerSecond)
	}
	return v
}
