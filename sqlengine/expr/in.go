package expr

import (
	"math"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// constSet answers whether a value is among the constants of an IN list.
type constSet struct {
	ints  map[int64]struct{}
	bytes map[string]struct{}
	nums  map[numKey]struct{}
	wide  map[string]struct{} // decimals beyond int64, as text without zeros at the end
	kind  sqltypes.Kind
}

type numKey struct {
	coef  int64
	scale int
}

func newConstSet(k sqltypes.Kind) *constSet {
	s := &constSet{kind: k}
	switch k.Storage() {
	case sqltypes.StoreBytes:
		s.bytes = map[string]struct{}{}
	case sqltypes.StoreDecimal:
		s.nums, s.wide = map[numKey]struct{}{}, map[string]struct{}{}
	default:
		s.ints = map[int64]struct{}{}
	}
	return s
}

func (s *constSet) add(v sqltypes.Value) {
	switch s.kind.Storage() {
	case sqltypes.StoreInt:
		s.ints[v.I] = struct{}{}
	case sqltypes.StoreFloat:
		s.ints[floatKey(v.F)] = struct{}{}
	case sqltypes.StoreBytes:
		s.bytes[v.S] = struct{}{}
	default:
		d := v.D.TrimZeros()
		if c, ok := d.Small(); ok {
			s.nums[numKey{c, d.Scale()}] = struct{}{}
		} else {
			s.wide[d.String()] = struct{}{}
		}
	}
}

func (s *constSet) hasNum(d sqltypes.Num) bool {
	if c, ok := d.Small(); ok {
		c, scale := sqltypes.TrimSmall(c, d.Scale())
		_, found := s.nums[numKey{c, scale}]
		return found
	}
	if len(s.wide) == 0 && len(s.nums) == 0 {
		return false
	}
	d = d.TrimZeros()
	if _, ok := d.Small(); ok {
		return s.hasNum(d)
	}
	_, found := s.wide[d.String()]
	return found
}

// floatKey maps equal floats to equal integers: one zero, one NaN.
func floatKey(x float64) int64 {
	switch {
	case x == 0:
		return 0
	case x != x:
		return math.MaxInt64
	}
	return int64(math.Float64bits(x))
}

func (c *compiler) inList(n *InList) (*Compiled, error) {
	x, err := c.compile(n.X)
	if err != nil {
		return nil, err
	}
	k := n.X.Type().Kind
	if k == sqltypes.Interval {
		return c.inLinear(n, x, n.List, newConstSet(k), false)
	}
	set, hasNull := newConstSet(k), false
	var rest []Node
	for _, item := range n.List {
		switch v, ok := item.(*Const); {
		case !ok:
			rest = append(rest, item)
		case v.V.Null:
			hasNull = true
		default:
			set.add(v.V)
		}
	}
	if rest != nil {
		return c.inLinear(n, x, rest, set, hasNull)
	}
	return c.inSet(n.Not, x, set, hasNull), nil
}

func (c *compiler) inSet(not bool, x *Compiled, set *constSet, hasNull bool) *Compiled {
	out := &Compiled{Type: boolType}
	answer := func(found bool) (int64, bool) { return b2i(found != not), !found && hasNull }
	switch {
	case x.Int != nil:
		ints := set.ints
		out.Int = func(f *Frame) (int64, bool) {
			v, null := x.Int(f)
			if null {
				return 0, true
			}
			_, found := ints[v]
			return answer(found)
		}
	case x.Bytes != nil:
		texts := set.bytes
		out.Int = func(f *Frame) (int64, bool) {
			v, null := x.Bytes(f)
			if null {
				return 0, true
			}
			_, found := texts[string(v)]
			return answer(found)
		}
	case x.Num != nil:
		out.Int = func(f *Frame) (int64, bool) {
			v, null := x.Num(f)
			if null {
				return 0, true
			}
			return answer(set.hasNum(v))
		}
	default:
		out.Int = func(f *Frame) (int64, bool) {
			v, null := x.Float(f)
			if null {
				return 0, true
			}
			_, found := set.ints[floatKey(v)]
			return answer(found)
		}
	}
	return out
}

func (s *constSet) has(d datum) bool {
	var found bool
	switch s.kind.Storage() {
	case sqltypes.StoreInt:
		_, found = s.ints[d.I]
	case sqltypes.StoreFloat:
		_, found = s.ints[floatKey(d.F)]
	case sqltypes.StoreBytes:
		_, found = s.bytes[string(d.B)]
	default:
		found = s.hasNum(d.D)
	}
	return found
}

// inLinear looks into the set of constants first, then at each other item.
func (c *compiler) inLinear(n *InList, x *Compiled, rest []Node, set *constSet, hasNull bool) (*Compiled, error) {
	items, err := c.all(rest)
	if err != nil {
		return nil, err
	}
	k, not := n.X.Type().Kind, n.Not
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) {
		v := x.eval(f)
		if v.Null {
			return 0, true
		}
		if set.has(v) {
			return b2i(!not), false
		}
		unknown := hasNull
		for _, item := range items {
			w := item.eval(f)
			if f.Err != nil {
				return 0, true
			}
			if w.Null {
				unknown = true
			} else if compareDatum(k, v, w) == 0 {
				return b2i(!not), false
			}
		}
		return b2i(not), unknown
	}}, nil
}
