package exec

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// windowFunc computes the column of one call.
type windowFunc interface {
	// looks tells whether the rows up to the current one, and those equal to it
	// in the order, are all that counts, and whether those that are equal do.
	looks() (streams, peers bool)
	// start is called before the first row.
	start() error
	// begin starts a partition.
	begin(p *partition) error
	// value writes the column of the partition's current row.
	value(p *partition, out *tuple.Batch, row []uint64, col int) error
	bytes() int64
	// reset gives memory back.
	reset()
}

func newWindowFunc(c *expr.WindowCall, order []plan.SortKey, l *tuple.Layout, f *expr.Frame) (windowFunc, error) {
	if c.Func == expr.Aggregated {
		return newFrameAggregate(c, order, l, f)
	}
	args, err := compileAll(c.Args, l)
	if err != nil {
		return nil, err
	}
	switch c.Func {
	case expr.Lag, expr.Lead:
		return &neighbour{lead: c.Func == expr.Lead, args: args, nulls: newPresent(c, args[0], f), frame: f}, nil
	case expr.FirstValue, expr.LastValue, expr.NthValue:
		v := &frameValue{fn: c.Func, args: args, frames: newFrames(c.Frame, order, l, f), nulls: newPresent(c, args[0], f), frame: f}
		return v, nil
	}
	return &ranking{fn: c.Func, args: args, frame: f}, nil
}

// ranking numbers rows by their place.
type ranking struct {
	fn      expr.WindowFunc
	args    []*expr.Compiled
	frame   *expr.Frame
	buckets sqltypes.Value // of NTILE
}

func (r *ranking) looks() (streams, peers bool) {
	switch r.fn {
	case expr.RowNumber:
		return true, false
	case expr.Rank, expr.DenseRank:
		return true, true
	case expr.Ntile:
		return false, false
	}
	return false, true
}

func (r *ranking) start() error { return nil }

func (r *ranking) begin(p *partition) error {
	if r.fn != expr.Ntile {
		return nil
	}
	first, err := p.at(0)
	if err != nil {
		return err
	}
	move(r.frame, first)
	if r.buckets, err = r.args[0].Value(r.frame); err != nil {
		return err
	}
	if !r.buckets.Null && r.buckets.I <= 0 {
		return &expr.Error{State: "22014", Msg: "the number of buckets of NTILE must be greater than zero"}
	}
	return nil
}

func (r *ranking) value(p *partition, out *tuple.Batch, row []uint64, col int) error {
	l := out.Layout
	switch r.fn {
	case expr.RowNumber:
		l.SetInt(row, col, int64(p.row)+1)
	case expr.Rank:
		l.SetInt(row, col, int64(p.start(p.group))+1)
	case expr.DenseRank:
		l.SetInt(row, col, int64(p.group)+1)
	case expr.PercentRank:
		share := 0.0
		if p.n > 1 {
			share = float64(p.start(p.group)) / float64(p.n-1)
		}
		l.SetFloat(row, col, share)
	case expr.CumeDist:
		l.SetFloat(row, col, float64(p.start(p.group+1))/float64(p.n))
	default:
		if r.buckets.Null {
			tuple.SetNull(row, col)
			return nil
		}
		l.SetInt(row, col, bucket(int64(p.row), int64(p.n), r.buckets.I))
	}
	return nil
}

// bucket is the number of the bucket of a row; the first ones have one row
// more where they cannot be even.
func bucket(row, rows, buckets int64) int64 {
	size, more := rows/buckets, rows%buckets
	if row < more*(size+1) {
		return row/(size+1) + 1
	}
	return more + (row-more*(size+1))/size + 1
}

func (r *ranking) bytes() int64 { return 0 }
func (r *ranking) reset()       {}

// present knows which rows have a value, for IGNORE NULLS.
type present struct {
	arg   *expr.Compiled
	frame *expr.Frame
	rows  []uint32
}

// newPresent is nil where NULL counts like any value.
func newPresent(c *expr.WindowCall, arg *expr.Compiled, f *expr.Frame) *present {
	if !c.IgnoreNulls {
		return nil
	}
	return &present{arg: arg, frame: f}
}

func (v *present) begin(p *partition) error {
	if v == nil {
		return nil
	}
	v.rows = v.rows[:0]
	for i := range p.n {
		r, err := p.at(i)
		if err != nil {
			return err
		}
		move(v.frame, r)
		if !v.arg.IsNull(v.frame) {
			v.rows = append(v.rows, uint32(i))
		}
		if err := p.pause(1); err != nil {
			return err
		}
	}
	return v.frame.Err
}

// before is how many rows with a value lie before a row.
func (v *present) before(row int) int {
	at, _ := slices.BinarySearch(v.rows, uint32(row))
	return at
}

func (v *present) bytes() int64 {
	if v == nil {
		return 0
	}
	return 4 * int64(cap(v.rows))
}

// neighbour is LAG and LEAD.
type neighbour struct {
	lead  bool
	args  []*expr.Compiled // value, distance, default
	nulls *present
	frame *expr.Frame
}

func (v *neighbour) looks() (streams, peers bool) { return false, false }
func (v *neighbour) start() error                 { return nil }
func (v *neighbour) begin(p *partition) error     { return v.nulls.begin(p) }

func (v *neighbour) value(p *partition, out *tuple.Batch, row []uint64, col int) error {
	here, err := p.at(p.row)
	if err != nil {
		return err
	}
	move(v.frame, here)
	away, null := v.args[1].Int(v.frame)
	if null || v.frame.Err != nil {
		tuple.SetNull(row, col)
		return v.frame.Err
	}
	if !v.lead {
		away = -away
	}
	if at, ok := v.target(p, away); ok {
		there, err := p.at(at)
		if err != nil {
			return err
		}
		move(v.frame, there)
		return v.args[0].Store(v.frame, out, row, col)
	}
	return v.args[2].Store(v.frame, out, row, col)
}

// target is the row so many after the current one, or before it.
func (v *neighbour) target(p *partition, away int64) (int, bool) {
	if away > maxRows || away < -maxRows {
		return 0, false
	}
	if v.nulls == nil || away == 0 {
		at := p.row + int(away)
		return at, at >= 0 && at < p.n
	}
	at := v.nulls.before(p.row) + int(away)
	if away > 0 {
		at = v.nulls.before(p.row+1) + int(away) - 1
	}
	if at < 0 || at >= len(v.nulls.rows) {
		return 0, false
	}
	return int(v.nulls.rows[at]), true
}

func (v *neighbour) bytes() int64 { return v.nulls.bytes() }
func (v *neighbour) reset() {
	if v.nulls != nil {
		v.nulls.rows = nil
	}
}

// frameValue is FIRST_VALUE, LAST_VALUE and NTH_VALUE.
type frameValue struct {
	fn     expr.WindowFunc
	args   []*expr.Compiled
	frames *frames
	nulls  *present
	frame  *expr.Frame
}

func (v *frameValue) looks() (streams, peers bool) { return false, v.frames.peers() }
func (v *frameValue) start() error                 { return v.frames.prepare() }

func (v *frameValue) begin(p *partition) error {
	v.frames.begin()
	return v.nulls.begin(p)
}

func (v *frameValue) value(p *partition, out *tuple.Batch, row []uint64, col int) error {
	n, ok, err := v.place(p)
	if err != nil {
		return err
	}
	spans, err := v.frames.of(p)
	if err != nil {
		return err
	}
	at := -1
	if ok {
		at = v.pick(spans, n)
	}
	if at < 0 {
		tuple.SetNull(row, col)
		return nil
	}
	there, err := p.at(at)
	if err != nil {
		return err
	}
	move(v.frame, there)
	return v.args[0].Store(v.frame, out, row, col)
}

// place is which row of the frame is wanted, from 0; -1 is the last.
func (v *frameValue) place(p *partition) (n int64, ok bool, err error) {
	switch v.fn {
	case expr.FirstValue:
		return 0, true, nil
	case expr.LastValue:
		return -1, true, nil
	}
	here, err := p.at(p.row)
	if err != nil {
		return 0, false, err
	}
	move(v.frame, here)
	n, null := v.args[1].Int(v.frame)
	if v.frame.Err == nil && !null && n <= 0 {
		v.frame.Fail(&expr.Error{State: "22016", Msg: "the place that NTH_VALUE asks for must be greater than zero"})
	}
	return n - 1, !null, v.frame.Err
}

// pick finds a row of the frame; -1 if there is none.
func (v *frameValue) pick(spans []span, n int64) int {
	if n < 0 {
		for _, s := range slices.Backward(spans) {
			if last, ok := v.lastOf(s); ok {
				return last
			}
		}
		return -1
	}
	for _, s := range spans {
		have := int64(s.len())
		first := 0
		if v.nulls != nil && have > 0 {
			first = v.nulls.before(s.from)
			have = int64(v.nulls.before(s.to) - first)
		}
		if n >= have {
			n -= have
			continue
		}
		if v.nulls != nil {
			return int(v.nulls.rows[first+int(n)])
		}
		return s.from + int(n)
	}
	return -1
}

func (v *frameValue) lastOf(s span) (int, bool) {
	if v.nulls == nil || s.len() == 0 {
		return s.to - 1, s.len() > 0
	}
	at := v.nulls.before(s.to) - 1
	if at < 0 || int(v.nulls.rows[at]) < s.from {
		return 0, false
	}
	return int(v.nulls.rows[at]), true
}

func (v *frameValue) bytes() int64 { return v.nulls.bytes() }
func (v *frameValue) reset() {
	if v.nulls != nil {
		v.nulls.rows = nil
	}
}
