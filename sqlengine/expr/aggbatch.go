package expr

import (
	"math"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// SkipGroup is the group of a row that goes to none.
const SkipGroup uint32 = math.MaxUint32

// AddBatch adds the rows of a batch to groups, one number a row. It is Add for
// each of them, without the calls of closures where the argument is a column.
func AddBatch(s States, groups []uint32, b *tuple.Batch, f *Frame) {
	if s, ok := s.(batchStates); ok && s.addBatch(groups, b, f) {
		return
	}
	for i, g := range groups {
		if g != SkipGroup {
			f.Row, f.Scratch = b.Row(i), f.Scratch[:0]
			s.Add(int(g), f)
		}
	}
}

// batchStates can add a batch at once; false means that this one cannot.
type batchStates interface {
	addBatch(groups []uint32, b *tuple.Batch, f *Frame) bool
}

func (s *countStates) addBatch(groups []uint32, b *tuple.Batch, _ *Frame) bool {
	if len(s.args) > 1 || len(s.args) == 1 && s.args[0].column == 0 {
		return false
	}
	if len(s.args) == 0 {
		for _, g := range groups {
			if g != SkipGroup {
				s.n[g]++
			}
		}
		return true
	}
	col := s.args[0].column - 1
	for i, g := range groups {
		if g != SkipGroup && !b.Row(i).Null(col) {
			s.n[g]++
		}
	}
	return true
}

// addBatch of sums and means of decimals; they are what reports are made of.
func (s *moments) addBatch(groups []uint32, b *tuple.Batch, f *Frame) bool {
	if s.arg.column == 0 || s.arg.Num == nil || s.kind > average {
		return false
	}
	col, slot := s.arg.column-1, b.Layout.Slot(s.arg.column-1)
	for i, g := range groups {
		row := b.Row(i)
		if g == SkipGroup || row.Null(col) {
			continue
		}
		s.n[g]++
		if coef, scale, ok := sqltypes.UnpackDecimal(row.Slots[slot]); ok && s.exact.small[g].AddSmall(coef, scale) {
			continue
		}
		if err := s.exact.add(int(g), row.Num(slot)); err != nil {
			f.Fail(err)
			return true
		}
	}
	return true
}

func (s *extremes) addBatch(groups []uint32, b *tuple.Batch, f *Frame) bool {
	if s.arg.column == 0 || s.sign == 0 {
		return false
	}
	switch {
	case s.ints != nil:
		s.addInts(groups, b)
	case s.nums != nil:
		s.addNums(groups, b)
	default:
		return false
	}
	return true
}

func (s *extremes) addInts(groups []uint32, b *tuple.Batch) {
	col, slot, largest := s.arg.column-1, b.Layout.Slot(s.arg.column-1), s.sign > 0
	for i, g := range groups {
		row := b.Row(i)
		if g == SkipGroup || row.Null(col) {
			continue
		}
		if v := row.Int(slot); !s.has[g] || largest && v > s.ints[g] || !largest && v < s.ints[g] {
			s.has[g], s.ints[g] = true, v
		}
	}
}

func (s *extremes) addNums(groups []uint32, b *tuple.Batch) {
	col, slot, largest := s.arg.column-1, b.Layout.Slot(s.arg.column-1), s.sign > 0
	for i, g := range groups {
		row := b.Row(i)
		if g == SkipGroup || row.Null(col) {
			continue
		}
		coef, scale, packed := sqltypes.UnpackDecimal(row.Slots[slot])
		if was, small := s.nums[g].Small(); packed && small && s.has[g] && s.nums[g].Scale() == scale {
			if largest && coef > was || !largest && coef < was {
				s.nums[g] = sqltypes.NewNum(coef, scale)
			}
			continue
		}
		s.take(int(g), datum{D: row.Num(slot)})
	}
}
