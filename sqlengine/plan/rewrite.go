package plan

import (
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// pushDown moves every condition as near to the tables as it may go, turns
// outer joins into inner ones where a condition drops the rows that the outer
// side added, and copies constants across equal columns of inner joins.
func pushDown(b *binder, n lnode) lnode {
	r := &rewriter{binder: b}
	return r.push(n, nil)
}

type rewriter struct{ binder *binder }

// push returns n with conds applied to its rows.
func (r *rewriter) push(n lnode, conds []expr.Node) lnode {
	switch n := n.(type) {
	case *lScan:
		n.filters = append(n.filters, conds...)
		return n
	case *lFilter:
		return r.push(n.input, append(n.conds, conds...))
	case *lProject:
		return r.pushProject(n, conds)
	case *lJoin:
		return r.pushJoin(n, conds)
	case *lApply:
		return r.pushApply(n, conds)
	case *lAggregate:
		return r.pushAggregate(n, conds)
	case *lSort:
		n.input = r.push(n.input, conds)
		return n
	case *lDistinct:
		n.input = r.push(n.input, conds)
		return n
	case *lUnion:
		return r.pushUnion(n, conds)
	case *lOnce:
		for i := range n.cells {
			n.cells[i].query = r.push(n.cells[i].query, nil)
		}
		n.input = r.push(n.input, conds)
		return n
	case *lLimit:
		n.input = r.push(n.input, nil) // a condition above LIMIT stays above it
		return filtered(n, conds)
	case *lSetOp:
		n.left, n.right = r.push(n.left, nil), r.push(n.right, nil)
		return filtered(n, conds)
	case *lFetch:
		n.input = r.push(n.input, nil)
		return filtered(n, conds)
	case *lDistinctOn:
		return r.pushDistinctOn(n, conds)
	case *lVariants:
		return r.pushVariants(n, conds)
	case *lGrandTotals:
		n.input = r.push(n.input, nil) // its rows are those of no input
		return filtered(n, conds)
	}
	return filtered(n, conds)
}

// filtered puts conditions above a node.
func filtered(n lnode, conds []expr.Node) lnode {
	if len(conds) == 0 {
		return n
	}
	return &lFilter{input: n, conds: conds}
}

// pushProject replaces computed columns by what computes them, unless that
// must not be done twice.
func (r *rewriter) pushProject(n *lProject, conds []expr.Node) lnode {
	by := make(map[int]expr.Node, len(n.items))
	for _, it := range n.items {
		by[it.id] = it.x
	}
	var below, above []expr.Node
	for _, c := range conds {
		stable := true
		moved := expr.Transform(c, func(x expr.Node) expr.Node {
			if col, ok := x.(*expr.Column); ok && by[col.Index] != nil {
				if expr.VolatilityOf(by[col.Index]) == expr.Volatile {
					stable = false
				}
				return by[col.Index]
			}
			return x
		})
		if stable {
			below = append(below, moved)
		} else {
			above = append(above, c)
		}
	}
	n.input = r.push(n.input, below)
	return filtered(n, above)
}

// pushAggregate moves conditions on grouping columns below the grouping.
func (r *rewriter) pushAggregate(n *lAggregate, conds []expr.Node) lnode {
	by := make(map[int]expr.Node, len(n.groupBy))
	for _, g := range n.groupBy {
		by[g.id] = g.x
	}
	var below, above []expr.Node
	for _, c := range conds {
		onKeys := len(by) > 0 && len(expr.Columns(c)) > 0
		for id := range expr.Columns(c) {
			onKeys = onKeys && by[id] != nil && expr.VolatilityOf(by[id]) != expr.Volatile
		}
		if !onKeys {
			above = append(above, c)
			continue
		}
		below = append(below, substitute(c, by))
	}
	n.input = r.push(n.input, below)
	return filtered(n, above)
}

func substitute(c expr.Node, by map[int]expr.Node) expr.Node {
	return expr.Transform(c, func(x expr.Node) expr.Node {
		if col, ok := x.(*expr.Column); ok && by[col.Index] != nil {
			return by[col.Index]
		}
		return x
	})
}

func (r *rewriter) pushUnion(n *lUnion, conds []expr.Node) lnode {
	for i := range n.inputs {
		by := make(map[int]expr.Node, len(n.ids))
		for j, id := range n.ids {
			by[id] = r.binder.ref(n.from[i][j])
		}
		var own []expr.Node
		for _, c := range conds {
			own = append(own, substitute(c, by))
		}
		n.inputs[i] = r.push(n.inputs[i], own)
	}
	return n
}

// pushJoin sends each condition to the side it speaks of. A condition of WHERE
// may enter the side that an outer join keeps, a condition of ON only the
// other one.
func (r *rewriter) pushJoin(n *lJoin, conds []expr.Node) lnode {
	left, right := setOf(n.left.columns()), setOf(n.right.columns())
	if n.kind == Left && rejectsNulls(conds, right) {
		n.kind = Inner
	}
	if n.kind == Inner {
		n, conds = connected(n, conds)
		left, right = setOf(n.left.columns()), setOf(n.right.columns())
	}
	if n.kind == Full {
		n.kind = r.narrowFull(n, conds, left, right)
		left, right = setOf(n.left.columns()), setOf(n.right.columns())
	}
	var toLeft, toRight, on, above []expr.Node
	if n.kind == Inner {
		conds = append(conds, n.on...)
		n.on = nil
		conds = implied(conds)
	}
	for _, c := range conds {
		switch {
		case expr.VolatilityOf(c) == expr.Volatile:
			above = append(above, c)
		case left.within(c) && n.kind != Full:
			toLeft = append(toLeft, c)
		case n.kind == Inner && right.within(c):
			toRight = append(toRight, c)
		case n.kind == Inner:
			on = append(on, c)
		default:
			above = append(above, c)
		}
	}
	for _, c := range n.on {
		// A condition without columns of the left side narrows the right one.
		if right.within(c) && n.kind != Full && expr.VolatilityOf(c) != expr.Volatile {
			toRight = append(toRight, c)
		} else {
			on = append(on, c)
		}
	}
	if n.kind != Inner && n.kind != Full {
		toRight = append(toRight, impliedRight(append(append([]expr.Node(nil), toLeft...), filtersBelow(n.left)...), on, right)...)
	}
	n.on = on
	n.left, n.right = r.push(n.left, toLeft), r.push(n.right, toRight)
	return filtered(n, above)
}

// narrowFull turns a FULL join into LEFT or INNER where conditions drop the
// rows that one side or both would add.
func (r *rewriter) narrowFull(n *lJoin, conds []expr.Node, left, right idSet) JoinKind {
	noLeftNulls, noRightNulls := rejectsNulls(conds, left), rejectsNulls(conds, right)
	switch {
	case noLeftNulls && noRightNulls:
		return Inner
	case noLeftNulls: // every result has a left row
		return Left
	case noRightNulls:
		n.left, n.right = n.right, n.left
		return Left
	}
	return Full
}

func (r *rewriter) pushApply(n *lApply, conds []expr.Node) lnode {
	left := setOf(n.left.columns())
	var toLeft, above []expr.Node
	for _, c := range conds {
		if left.within(c) && expr.VolatilityOf(c) != expr.Volatile {
			toLeft = append(toLeft, c)
		} else {
			above = append(above, c)
		}
	}
	n.left, n.right = r.push(n.left, toLeft), r.push(n.right, nil)
	return filtered(n, above)
}

// rejectsNulls reports whether some condition cannot be true of a row whose
// columns in ids are all NULL.
func rejectsNulls(conds []expr.Node, ids idSet) bool {
	for _, c := range conds {
		if !ids.touches(c) || correlated(c) {
			continue
		}
		probe := expr.Transform(c, func(x expr.Node) expr.Node {
			if col, ok := x.(*expr.Column); ok && ids[col.Index] {
				return &expr.Const{V: sqltypes.NullOf(col.T.Kind), T: col.T}
			}
			return x
		})
		if never(expr.Fold(strictNulls(probe)), true) {
			return true
		}
	}
	return false
}

// never reports whether a condition can only be NULL or the opposite of value.
func never(n expr.Node, value bool) bool {
	switch n := n.(type) {
	case *expr.Const:
		return n.V.Null || (n.V.I != 0) != value
	case *expr.Negation:
		return never(n.X, !value)
	case *expr.Logical:
		// AND is true when all are, false when one is; OR the other way round.
		one := n.Or == value
		for _, a := range n.Args {
			if never(a, value) != one {
				return !one
			}
		}
		return one
	}
	return false
}

// strictNulls makes comparisons and arithmetic with a NULL operand NULL, also
// where the other operand is a column: folding alone needs constants.
func strictNulls(n expr.Node) expr.Node {
	return expr.Transform(n, func(x expr.Node) expr.Node {
		strict := false
		switch x := x.(type) {
		case *expr.Compare:
			strict = x.Op < expr.Distinct
		case *expr.Arith, *expr.Unary, *expr.Join, *expr.Like, *expr.Regex, *expr.Negation:
			strict = true
		case *expr.Cast:
			strict = true
		case *expr.InList:
			if k, ok := x.X.(*expr.Const); ok && k.V.Null {
				return &expr.Const{V: sqltypes.NullOf(sqltypes.Bool), T: boolType}
			}
		case *expr.NullTest:
			if k, ok := x.X.(*expr.Const); ok {
				return expr.NewConst(sqltypes.BoolValue(k.V.Null != x.Not))
			}
		}
		if strict {
			for _, c := range x.Children() {
				if k, ok := c.(*expr.Const); ok && k.V.Null {
					return &expr.Const{V: sqltypes.NullOf(x.Type().Kind), T: x.Type()}
				}
			}
		}
		return x
	})
}

// implied adds, for each equality of two columns and each comparison of one of
// them with a constant, the comparison of the other: WHERE o.Company = 'EPIC06'
// narrows the lines that are joined by Company too.
func implied(conds []expr.Node) []expr.Node {
	out := conds
	for _, c := range conds {
		a, b, ok := columnEquality(c)
		if !ok {
			continue
		}
		for _, k := range conds {
			out = appendNew(out, transfer(k, a, b))
			out = appendNew(out, transfer(k, b, a))
		}
	}
	return out
}

// impliedRight is implied for outer and semi joins: only from left to right,
// and only to narrow which right rows are read.
func impliedRight(known, on []expr.Node, right idSet) []expr.Node {
	var out []expr.Node
	for _, c := range on {
		a, b, ok := columnEquality(c)
		if !ok {
			continue
		}
		if right[a.Index] {
			a, b = b, a
		}
		if right[a.Index] || !right[b.Index] {
			continue
		}
		for _, k := range known {
			out = appendNew(out, transfer(k, a, b))
		}
	}
	return out
}

func filtersBelow(n lnode) []expr.Node {
	switch n := n.(type) {
	case *lScan:
		return n.filters
	case *lFilter:
		return append(append([]expr.Node(nil), n.conds...), filtersBelow(n.input)...)
	}
	return nil
}

func columnEquality(c expr.Node) (a, b *expr.Column, ok bool) {
	eq, is := c.(*expr.Compare)
	if !is || eq.Op != expr.EQ {
		return nil, nil, false
	}
	a, okA := eq.A.(*expr.Column)
	b, okB := eq.B.(*expr.Column)
	return a, b, okA && okB && a.T.Kind == b.T.Kind
}

// transfer restates a comparison of column from with constants for column to.
func transfer(k expr.Node, from, to *expr.Column) expr.Node {
	constantsOnly := func(xs []expr.Node) bool {
		for _, x := range xs {
			if _, ok := x.(*expr.Const); !ok {
				return false
			}
		}
		return true
	}
	is := func(x expr.Node) bool {
		c, ok := x.(*expr.Column)
		return ok && c.Index == from.Index
	}
	switch k := k.(type) {
	case *expr.Compare:
		if k.Op <= expr.GE && k.Op != expr.NE {
			if is(k.A) && constantsOnly([]expr.Node{k.B}) {
				return &expr.Compare{Op: k.Op, A: to, B: k.B}
			}
			if is(k.B) && constantsOnly([]expr.Node{k.A}) {
				return &expr.Compare{Op: k.Op, A: k.A, B: to}
			}
		}
	case *expr.InList:
		if is(k.X) && !k.Not && constantsOnly(k.List) {
			return &expr.InList{X: to, List: k.List}
		}
	}
	return nil
}

func appendNew(conds []expr.Node, c expr.Node) []expr.Node {
	if c == nil {
		return conds
	}
	for _, k := range conds {
		if expr.Equal(k, c) {
			return conds
		}
	}
	return append(conds, c)
}
