package expr

import (
	"fmt"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// FrameUnit is what a frame counts in.
type FrameUnit uint8

// The units. The frame of a window with ORDER BY is, unless it says otherwise,
// RANGE from the first row up to the last that is equal to the current one.
const (
	RangeFrame  FrameUnit = iota // by the value of the order
	RowsFrame                    // rows
	GroupsFrame                  // groups of rows that are equal in the order
)

// BoundKind is one end of a frame.
type BoundKind uint8

// The ends, from the first to the last possible.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// FrameBound is one end of a frame. Preceding and Following have an Offset,
// which does not depend on the row.
type FrameBound struct {
	Kind   BoundKind
	Offset Node
}

// FrameExclude is what a frame leaves out.
type FrameExclude uint8

// The exclusions.
const (
	ExcludeNothing FrameExclude = iota
	ExcludeCurrentRow
	ExcludeGroup // and the rows that are equal to it in the order
	ExcludeTies  // the rows that are equal to it, but not itself
)

// WindowFrame says which rows of its partition a row's frame has.
type WindowFrame struct {
	Unit       FrameUnit
	Start, End FrameBound
	Exclude    FrameExclude
}

// DefaultFrame is the frame of a window that does not say one.
func DefaultFrame(ordered bool) WindowFrame {
	f := WindowFrame{End: FrameBound{Kind: CurrentRow}}
	if !ordered {
		f.End.Kind = UnboundedFollowing // all rows are equal
	}
	return f
}

func (f WindowFrame) wholePartition() bool {
	return f.Start.Kind == UnboundedPreceding && f.End.Kind == UnboundedFollowing && f.Exclude == ExcludeNothing
}

func (f WindowFrame) sameShape(o WindowFrame) bool {
	return f.Unit == o.Unit && f.Start.Kind == o.Start.Kind && f.End.Kind == o.End.Kind && f.Exclude == o.Exclude
}

// String prints the frame as SQL, with a space before it; the default of a
// window with ORDER BY prints as nothing.
func (f WindowFrame) String() string {
	if f.Unit == RangeFrame && f.Start.Kind == UnboundedPreceding && f.End.Kind <= CurrentRow && f.Exclude == ExcludeNothing {
		return ""
	}
	s := fmt.Sprintf(" %s BETWEEN %s AND %s", [...]string{"RANGE", "ROWS", "GROUPS"}[f.Unit], f.Start, f.End)
	return s + [...]string{"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"}[f.Exclude]
}

// String prints the bound as SQL.
func (b FrameBound) String() string {
	s := [...]string{"UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING"}[b.Kind]
	if b.Offset != nil {
		return b.Offset.String() + " " + s
	}
	return s
}

// stateWindowing is windowing_error.
const stateWindowing = "42P20"

// Check resolves the types of a frame's offsets and refuses frames that
// cannot be. order are the terms of the window's ORDER BY.
func (f *WindowFrame) Check(order []SortTerm) error {
	switch {
	case f.Start.Kind == UnboundedFollowing:
		return errf(stateWindowing, "a frame cannot start at UNBOUNDED FOLLOWING")
	case f.End.Kind == UnboundedPreceding:
		return errf(stateWindowing, "a frame cannot end at UNBOUNDED PRECEDING")
	case f.Start.Kind == CurrentRow && f.End.Kind == Preceding, f.Start.Kind == Following && f.End.Kind < Following:
		return errf(stateWindowing, "a frame that starts at %s cannot end at %s", f.Start, f.End)
	case f.Unit == GroupsFrame && len(order) == 0:
		return errf(stateWindowing, "a frame in GROUPS needs a window with ORDER BY")
	}
	for _, b := range []*FrameBound{&f.Start, &f.End} {
		if b.Offset == nil {
			continue
		}
		if len(Columns(b.Offset)) > 0 {
			return errf("42P10", "the offset of a frame must not depend on the row: %s", clip(b.Offset.String()))
		}
		if f.Unit == RangeFrame {
			if len(order) != 1 {
				return errf(stateWindowing, "a RANGE frame with an offset needs exactly one term of ORDER BY, there are %d", len(order))
			}
			offset, err := rangeOffset(order[0].X, b.Offset)
			if err != nil {
				return err
			}
			b.Offset = offset
			continue
		}
		n, err := Coerce(b.Offset, sqltypes.Of(sqltypes.BigInt))
		if err != nil || b.Offset.Type().Kind == sqltypes.Decimal {
			return errf(stateMismatch, "the offset of a frame in ROWS or GROUPS is a whole number, not %s", clip(b.Offset.String()))
		}
		b.Offset = n
	}
	return nil
}

// rangeOffset gives a literal the type that the key of the order asks for, and
// checks any other.
func rangeOffset(key, offset Node) (Node, error) {
	k := key.Type().Kind
	if Untyped(offset) && offset.Type().Kind != sqltypes.Null {
		want := k
		if k.IsTemporal() {
			want = sqltypes.Interval
		}
		x, err := Coerce(offset, sqltypes.Of(want))
		if err != nil {
			return nil, err
		}
		offset = x
	}
	o := offset.Type().Kind
	ok := o == sqltypes.Null
	switch {
	case k.IsInteger():
		ok = ok || o.IsInteger()
	case k == sqltypes.Decimal:
		ok = ok || o.IsInteger() || o == sqltypes.Decimal
	case k.IsNumeric():
		ok = ok || o.IsNumeric()
	case k.IsTemporal() || k == sqltypes.Interval:
		ok = ok || o == sqltypes.Interval
	}
	if !ok {
		return nil, errf(stateUnsupported, "a RANGE frame over %s cannot have an offset of %s", k, o)
	}
	return typedNull(offset), nil
}

// CheckOffset evaluates an offset for what no frame can have.
func CheckOffset(offset Node, f *Frame) (int64, error) {
	v, err := Eval(offset, f)
	switch {
	case err != nil:
		return 0, err
	case v.Null:
		return 0, errf("22004", "the offset of a frame must not be NULL")
	case v.Kind == sqltypes.Interval && sqltypes.DecodeSpan(v.S).Cmp(sqltypes.Span{}) < 0,
		v.Kind.Storage() == sqltypes.StoreInt && v.I < 0,
		v.Kind.Storage() == sqltypes.StoreFloat && !(v.F >= 0),
		v.Kind == sqltypes.Decimal && v.D.Sign() < 0:
		return 0, errf("22013", "the offset of a frame must not be negative, it is %s", v.Text())
	}
	return v.I, nil
}

// Reach tells where rows lie as seen from the end of a RANGE frame with an
// offset. It belongs to one goroutine.
type Reach struct {
	order Order
	kind  sqltypes.Kind
	key   *Compiled // in the type of the limit
	limit *Compiled // key and offset; nil for integers
	delta int64     // of integers: the offset with its sign

	base struct {
		null  bool
		limit datum
		over  int    // integers: the limit is beyond all values, below (-1) or above (1)
		text  []byte // what limit.B refers to
	}
}

// NewReach compiles the end of a frame. Its offset was checked; f is for what
// it refers to.
func NewReach(t SortTerm, b FrameBound, l *tuple.Layout, f *Frame) (*Reach, error) {
	minus := (b.Kind == Preceding) != t.Desc
	k := t.X.Type().Kind
	r := &Reach{order: t.Order, kind: k}
	var err error
	if k.IsInteger() || k == sqltypes.Time { // a time of day does not wrap here
		v, err := Eval(b.Offset, f)
		if err != nil {
			return nil, err
		}
		if r.delta = v.I; k == sqltypes.Time {
			r.delta = sqltypes.DecodeSpan(v.S).Ticks
		}
		if minus {
			r.delta = -r.delta
		}
		r.key, err = Compile(t.X, l)
		return r, err
	}
	op := "+"
	if minus {
		op = "-"
	}
	limit, err := NewBinary(op, t.X, b.Offset)
	if err != nil {
		return nil, err
	}
	key, err := Coerce(t.X, sqltypes.Of(limit.Type().Kind))
	if err != nil {
		return nil, err
	}
	r.kind = limit.Type().Kind
	if r.limit, err = Compile(limit, l); err == nil {
		r.key, err = Compile(key, l)
	}
	return r, err
}

// From makes the frame's row the one whose frame ends are asked for.
func (r *Reach) From(f *Frame) error {
	d := r.key.eval(f)
	r.base.null = d.Null
	switch {
	case d.Null:
	case r.limit == nil:
		sum, ok := addInts(d.I, r.delta)
		r.base.limit.I, r.base.over = sum, 0
		if !ok {
			r.base.over = 1
			if r.delta < 0 {
				r.base.over = -1
			}
		}
	default:
		r.base.limit = r.limit.eval(f)
		r.base.text = append(r.base.text[:0], r.base.limit.B...)
		r.base.limit.B = r.base.text
	}
	return f.Err
}

// Compare tells whether the frame's row lies before (negative), at or after
// the limit in the window's order.
func (r *Reach) Compare(f *Frame) int {
	d := r.key.eval(f)
	switch {
	case d.Null && r.base.null:
		return 0
	case d.Null != r.base.null:
		if d.Null == r.order.NullsFirst {
			return -1
		}
		return 1
	}
	c := -r.base.over
	if c == 0 {
		c = compareDatum(r.kind, d, r.base.limit)
	}
	if r.order.Desc {
		return -c
	}
	return c
}
