package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// lVariants gives each row of its input once a variant, with the variant's own
// columns behind those of the input.
type lVariants struct {
	input lnode
	ids   []int
	rows  [][]expr.Node // by variant, then as ids
}

func (n *lVariants) columns() []int { return append(slices.Clone(n.input.columns()), n.ids...) }

// Variants gives each row of its input once for every element of Rows: a row
// of those expressions. Grouping sets and UNPIVOT read their input once by it.
type Variants struct {
	Input  Node
	Rows   [][]expr.Node
	layout *tuple.Layout
}

func (n *Variants) Layout() *tuple.Layout { return n.layout }
func (n *Variants) Inputs() []Node        { return []Node{n.Input} }

// NewVariants makes a Variants whose rows have the given types.
func NewVariants(input Node, rows [][]expr.Node, types []sqltypes.Type) *Variants {
	return &Variants{Input: input, Rows: rows, layout: tuple.NewLayout(types)}
}

func (p *physical) variants(n *lVariants, need idSet) (built, error) {
	below := idSet{}
	for _, id := range n.input.columns() {
		if need[id] {
			below[id] = true
		}
	}
	var mine []int // positions in ids
	for i, id := range n.ids {
		if !need[id] {
			continue
		}
		mine = append(mine, i)
		for _, row := range n.rows {
			below.add(row[i])
		}
	}
	in, err := p.build(n.input, below, nothing)
	if err != nil {
		return in, err
	}
	var cols []int
	var types []sqltypes.Type
	var passed []expr.Node
	for _, id := range in.cols {
		if need[id] {
			cols, types, passed = append(cols, id), append(types, p.cols[id].t), append(passed, p.expr(p.ref(id), in.cols))
		}
	}
	for _, i := range mine {
		cols, types = append(cols, n.ids[i]), append(types, p.cols[n.ids[i]].t)
	}
	rows := make([][]expr.Node, len(n.rows))
	for v, row := range n.rows {
		rows[v] = slices.Clone(passed)
		for _, i := range mine {
			rows[v] = append(rows[v], p.expr(row[i], in.cols))
		}
	}
	return built{node: NewVariants(in.node, rows, types), cols: cols, rows: in.rows * float64(len(rows))}, nil
}

// pushVariants moves conditions below that mean the same for every variant.
func (r *rewriter) pushVariants(n *lVariants, conds []expr.Node) lnode {
	by := map[int]expr.Node{}
	varies := idSet{}
	for i, id := range n.ids {
		by[id] = n.rows[0][i]
		for _, row := range n.rows[1:] {
			if !expr.Equal(row[i], by[id]) {
				varies[id] = true
			}
		}
	}
	var below, above []expr.Node
	for _, c := range conds {
		if varies.touches(c) || expr.VolatilityOf(c) == expr.Volatile {
			above = append(above, c)
		} else {
			below = append(below, substitute(c, by))
		}
	}
	n.input = r.push(n.input, below)
	return filtered(n, above)
}

// lGrandTotals adds, where its input has no row, the groups of the grouping
// sets that have no keys.
type lGrandTotals struct {
	input lnode
	agg   *lAggregate
	set   int   // the column that tells the set
	empty []int // the sets without keys
}

func (n *lGrandTotals) columns() []int { return n.input.columns() }

// IfEmpty passes its input on, or gives Rows where it has none.
type IfEmpty struct {
	Input Node
	Rows  [][]expr.Node // constants
}

func (n *IfEmpty) Layout() *tuple.Layout { return n.Input.Layout() }
func (n *IfEmpty) Inputs() []Node        { return []Node{n.Input} }

func (p *physical) grandTotals(n *lGrandTotals, need idSet) (built, error) {
	in, err := p.build(n.input, with(need, p.ref(n.set)), nothing)
	if err != nil {
		return in, err
	}
	e := &IfEmpty{Input: in.node}
	for _, set := range n.empty {
		row := make([]expr.Node, len(in.cols))
		for i, id := range in.cols {
			row[i] = nullOf(p.cols[id].t)
			if id == n.set {
				row[i] = setNumber(set)
			}
			for _, c := range n.agg.calls {
				if c.id == id {
					row[i] = ofNoRows(c.x)
				}
			}
		}
		e.Rows = append(e.Rows, row)
	}
	in.node = e
	return in, nil
}

// ofNoRows is the value of an aggregate over no rows: counts are 0, others NULL.
func ofNoRows(a *expr.Aggregate) expr.Node {
	if !a.Nullable() {
		return &expr.Const{V: sqltypes.Value{Kind: a.Type().Kind}, T: a.Type()}
	}
	return nullOf(a.Type())
}
