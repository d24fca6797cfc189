package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

// test compiles a condition of which only TRUE matters: FALSE and NULL need
// not be told apart, which saves work below AND and OR.
func (c *compiler) test(n Node) (testFunc, error) {
	switch n := n.(type) {
	case *Logical:
		return c.testLogical(n)
	case *Compare:
		if t := c.testCompare(n); t != nil {
			return t, nil
		}
		cmp, err := c.order(n.Op, n.A, n.B)
		if err != nil {
			return nil, err
		}
		if n.Op == Distinct || n.Op == NotDistinct {
			break
		}
		mask := orderMask(n.Op)
		return func(f *Frame) bool {
			o, null := cmp(f)
			return !null && mask>>(o+1)&1 != 0
		}, nil
	case *Like:
		if t, err := c.testLike(n); t != nil || err != nil {
			return t, err
		}
	case *Column:
		if n.T.Kind == sqltypes.Bool && c.layout != nil && n.Index < c.layout.Columns() {
			col, slot := n.Index, c.layout.Slot(n.Index)
			return func(f *Frame) bool { return !f.Row.Null(col) && f.Row.Int(slot) != 0 }, nil
		}
	}
	x, err := c.compile(n)
	if err != nil {
		return nil, err
	}
	get := x.Int
	return func(f *Frame) bool {
		v, null := get(f)
		return !null && v != 0
	}, nil
}

func (c *compiler) testLogical(n *Logical) (testFunc, error) {
	tests := make([]testFunc, len(n.Args))
	for i, a := range n.Args {
		var err error
		if tests[i], err = c.test(a); err != nil {
			return nil, err
		}
	}
	a, b := tests[0], tests[1]
	switch {
	case n.Or && len(tests) == 2:
		return func(f *Frame) bool { return a(f) || f.Err == nil && b(f) }, nil
	case n.Or:
		return func(f *Frame) bool {
			for _, t := range tests {
				if t(f) {
					return true
				}
				if f.Err != nil {
					return false
				}
			}
			return false
		}, nil
	case len(tests) == 2:
		return func(f *Frame) bool { return a(f) && b(f) }, nil
	case len(tests) == 3:
		third := tests[2]
		return func(f *Frame) bool { return a(f) && b(f) && third(f) }, nil
	}
	return func(f *Frame) bool {
		for _, t := range tests {
			if !t(f) {
				return false
			}
		}
		return true
	}, nil
}

// logical evaluates left to right and stops at the value that decides.
func (c *compiler) logical(n *Logical) (*Compiled, error) {
	args, err := c.all(n.Args)
	if err != nil {
		return nil, err
	}
	decides := b2i(n.Or)
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) {
		unknown := false
		for _, a := range args {
			v, null := a.Int(f)
			if f.Err != nil {
				return 0, true
			}
			if null {
				unknown = true
			} else if v == decides {
				return v, false
			}
		}
		return 1 - decides, unknown
	}}, nil
}

func (c *compiler) negation(n *Negation) (*Compiled, error) {
	x, err := c.compile(n.X)
	if err != nil {
		return nil, err
	}
	get := x.Int
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) { v, null := get(f); return v ^ 1, null }}, nil
}

func (c *compiler) nullTest(n *NullTest) (*Compiled, error) {
	not := n.Not
	if col, ok := n.X.(*Column); ok && c.layout != nil && col.Index < c.layout.Columns() {
		i := col.Index
		return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) { return b2i(f.Row.Null(i) != not), false }}, nil
	}
	x, err := c.compile(n.X)
	if err != nil {
		return nil, err
	}
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) { return b2i(x.isNull(f) != not), false }}, nil
}

func (c *compiler) boolTest(n *BoolTest) (*Compiled, error) {
	x, err := c.compile(n.X)
	if err != nil {
		return nil, err
	}
	get, not, truth := x.Int, n.Not, n.Truth
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) {
		v, null := get(f)
		is := null == (truth == Unknown) && (null || v == int64(truth))
		return b2i(is != not), false
	}}, nil
}
