package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Walk visits n and what is below it, parents first; visit returns false to
// leave out the operands of a node.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, c := range n.Children() {
		Walk(c, visit)
	}
}

// Transform rebuilds a tree from its leaves up: fn gets each node over its
// transformed operands. Parts that do not change are shared.
func Transform(n Node, fn func(Node) Node) Node {
	children := n.Children()
	var out []Node
	for i, c := range children {
		if t := Transform(c, fn); t != c {
			if out == nil {
				out = append([]Node(nil), children...)
			}
			out[i] = t
		}
	}
	if out != nil {
		n = n.WithChildren(out)
	}
	return fn(n)
}

// Conjuncts returns the conditions that n joins by AND.
func Conjuncts(n Node) []Node {
	l, ok := n.(*Logical)
	if !ok || l.Or {
		return []Node{n}
	}
	var out []Node
	for _, a := range l.Args {
		out = append(out, Conjuncts(a)...)
	}
	return out
}

// Columns returns the indexes of the row's columns that n reads.
func Columns(n Node) map[int]bool {
	out := map[int]bool{}
	Walk(n, func(n Node) bool {
		if c, ok := n.(*Column); ok {
			out[c.Index] = true
		}
		return true
	})
	return out
}

// Remap moves every column to another index.
func Remap(n Node, to func(int) int) Node {
	return Transform(n, func(n Node) Node {
		c, ok := n.(*Column)
		if !ok {
			return n
		}
		i := to(c.Index)
		if i == c.Index {
			return n
		}
		moved := *c
		moved.Index = i
		return &moved
	})
}

// VolatilityOf returns the largest volatility in a tree. Values of enclosing
// rows and late constants count as stable.
func VolatilityOf(n Node) Volatility {
	v := Immutable
	Walk(n, func(n Node) bool {
		switch n := n.(type) {
		case *Call:
			v = max(v, n.Fn.Volatility)
		case *Outer, *Late, *DayRange:
			v = max(v, Stable)
		}
		return true
	})
	return v
}

// Equal reports whether two trees are the same expression. Volatile calls are
// equal to nothing.
func Equal(a, b Node) bool {
	if !sameHead(a, b) || a.Type() != b.Type() {
		return false
	}
	ca, cb := a.Children(), b.Children()
	if len(ca) != len(cb) {
		return false
	}
	for i := range ca {
		if !Equal(ca[i], cb[i]) {
			return false
		}
	}
	return true
}

func sameHead(a, b Node) bool {
	switch a := a.(type) {
	case *Column:
		b, ok := b.(*Column)
		return ok && a.Index == b.Index
	case *Outer:
		b, ok := b.(*Outer)
		return ok && a.Index == b.Index && a.Level == b.Level
	case *Const:
		b, ok := b.(*Const)
		return ok && sameValue(a.V, b.V)
	case *DayRange:
		b, ok := b.(*DayRange)
		return ok && *a == *b
	case *Late:
		b, ok := b.(*Late)
		return ok && a.Set == b.Set
	case *Compare:
		b, ok := b.(*Compare)
		return ok && a.Op == b.Op
	case *Logical:
		b, ok := b.(*Logical)
		return ok && a.Or == b.Or
	case *Negation:
		_, ok := b.(*Negation)
		return ok
	case *NullTest:
		b, ok := b.(*NullTest)
		return ok && a.Not == b.Not
	case *BoolTest:
		b, ok := b.(*BoolTest)
		return ok && a.Not == b.Not && a.Truth == b.Truth
	case *Arith:
		b, ok := b.(*Arith)
		return ok && a.Op == b.Op && a.MySQL == b.MySQL
	case *Unary:
		b, ok := b.(*Unary)
		return ok && a.Op == b.Op
	case *Join:
		_, ok := b.(*Join)
		return ok
	case *InList:
		b, ok := b.(*InList)
		return ok && a.Not == b.Not
	case *Like:
		b, ok := b.(*Like)
		return ok && a.Not == b.Not && a.Insensitive == b.Insensitive && (a.Escape == nil) == (b.Escape == nil)
	case *Regex:
		b, ok := b.(*Regex)
		return ok && a.Not == b.Not && a.Insensitive == b.Insensitive
	case *Case:
		_, ok := b.(*Case)
		return ok
	case *Cast:
		b, ok := b.(*Cast)
		return ok && a.Try == b.Try && a.Lenient == b.Lenient
	case *Call:
		b, ok := b.(*Call)
		return ok && a.Fn == b.Fn && a.Fn.Volatility != Volatile
	}
	return false
}

// sameValue also tells 1.0 from 1.00, which print differently.
func sameValue(a, b sqltypes.Value) bool {
	if a.Kind != b.Kind || a.Null != b.Null {
		return false
	}
	if a.Null {
		return true
	}
	if a.Kind == sqltypes.Decimal {
		return a.D.Scale() == b.D.Scale() && a.D.Cmp(b.D) == 0
	}
	return a.Text() == b.Text()
}
