package expr

import "github.com/epicorerp/epicorerp/sqltypes"

// Removable are states that rows can be taken out of again, so that a frame
// slides over its rows. Floats are not: what they lost in rounding does not
// come back.
type Removable interface {
	// Track prepares for Remove: it is called before the first Grow.
	Track()
	// Remove takes the frame's row out of a group. False means that the group
	// must be built anew: the longest scale among its decimals may have gone.
	Remove(group int, f *Frame) bool
}

// AsRemovable gives states from which rows can be removed, or nil.
func AsRemovable(s States) Removable {
	switch s := s.(type) {
	case *countStates:
		return s
	case *spanSum:
		return s
	case *moments:
		if s.float() {
			return nil
		}
		return s
	case *filteredStates:
		if inner := AsRemovable(s.States); inner != nil {
			return &filteredRemovable{inner, s.test}
		}
	}
	return nil
}

type filteredRemovable struct {
	Removable
	test testFunc
}

func (s *filteredRemovable) Remove(g int, f *Frame) bool {
	return !s.test(f) || s.Removable.Remove(g, f)
}

// Track has nothing to prepare.
func (s *countStates) Track() {}

// Remove counts the row back.
func (s *countStates) Remove(g int, f *Frame) bool {
	for _, a := range s.args {
		if a.isNull(f) {
			return true
		}
	}
	s.n[g]--
	return true
}

// Track has nothing to prepare.
func (s *spanSum) Track() {}

// Remove subtracts the row's interval.
func (s *spanSum) Remove(g int, f *Frame) bool {
	b, null := s.arg(f)
	if null {
		return true
	}
	s.n[g]--
	return s.add(g, sqltypes.DecodeSpan(b).Neg()) == nil
}

// Track makes the sums of decimals count how many values have their scale.
func (s *moments) Track() {
	if s.arg.Int == nil {
		s.exact.tracked, s.square.tracked = true, true
	}
}

// Remove subtracts the row's value.
func (s *moments) Remove(g int, f *Frame) bool {
	var v sqltypes.Num
	if s.arg.Int != nil {
		i, null := s.arg.Int(f)
		if null {
			return true
		}
		if s.kind <= average {
			s.n[g]--
			if diff, ok := subInts(s.ints[g], i); ok {
				s.ints[g] = diff
				return true
			}
			return s.exact.add(g, sqltypes.NumFromInt(i).Neg()) == nil
		}
		v = sqltypes.NumFromInt(i)
	} else {
		var null bool
		if v, null = s.arg.Num(f); null {
			return true
		}
	}
	s.n[g]--
	if !s.exact.remove(g, v) {
		return false
	}
	if s.kind <= average {
		return true
	}
	square, err := v.Mul(v)
	return err == nil && s.square.remove(g, square)
}

// noteScale counts a value of the longest scale.
func (s *exactSum) noteScale(g int, scale int, n int64) {
	switch longest := s.small[g].Scale(); {
	case s.top[g] == 0 || scale > longest:
		s.top[g] = n
	case scale == longest:
		s.top[g] += n
	}
}

func (s *exactSum) remove(g int, v sqltypes.Num) bool {
	if s.tracked && v.Scale() > 0 && v.Scale() == s.small[g].Scale() {
		if s.top[g]--; s.top[g] <= 0 {
			return false
		}
	}
	return s.sumOf(g, v.Neg()) == nil
}
