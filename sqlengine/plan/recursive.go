package plan

import (
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// lRecursive gives the rows of seed, then those that step makes of them, then
// those that it makes of those, until there is none.
type lRecursive struct {
	name               string
	seed, step         lnode
	fromSeed, fromStep []int
	ids                []int
	distinct           bool // UNION: a row that came before does not come again
	work               *lWork
	most               int64
}

func (n *lRecursive) columns() []int { return n.ids }

// lWork stands, in the step of a recursion, for the rows of the round before.
type lWork struct {
	name string
	out  []outColumn
	node *WorkTable
}

func (n *lWork) columns() []int {
	ids := make([]int, len(n.out))
	for i, o := range n.out {
		ids[i] = o.id
	}
	return ids
}

func (n *lWork) use(*binder) *bound { return &bound{root: n, out: n.out} }

// WorkTable names the rows of a recursion's round.
type WorkTable struct{ Name string }

// Recursive runs Seed, and then Step over and over: Work, within it, gives the
// rows of the round before. It ends with a round of no rows, and in an error
// after Most rounds.
type Recursive struct {
	Seed, Step Node
	Distinct   bool
	Table      *WorkTable
	Most       int64
	layout     *tuple.Layout
}

// Work gives the rows of the round before of a recursion.
type Work struct {
	Table  *WorkTable
	layout *tuple.Layout
}

func (n *Recursive) Layout() *tuple.Layout { return n.layout }
func (n *Recursive) Inputs() []Node        { return []Node{n.Seed, n.Step} }
func (n *Work) Layout() *tuple.Layout      { return n.layout }
func (n *Work) Inputs() []Node             { return nil }

// mostRounds is how far a recursion goes unless it is told otherwise: a query
// that needs more rather has no end.
const mostRounds = 1_000_000

// bindRecursive binds a WITH query that names itself.
func (b *binder) bindRecursive(c *cte) (*bound, error) {
	name := c.def.Name.Text
	op, err := b.recursiveForm(c.def)
	if err != nil {
		return nil, err
	}
	scope, err := b.withScope(op, c.scope)
	if err != nil {
		return nil, err
	}
	seed, err := b.bindQuery(op.Left, scope)
	if err != nil {
		return nil, err
	}
	if len(c.def.Columns) > len(seed.out) {
		return nil, refuse(statePosition, c.def.Pos(), "`%s` has %d columns, %d names are given for them", name, len(seed.out), len(c.def.Columns))
	}
	out := &bound{}
	c.work = &lWork{name: name, node: &WorkTable{Name: name}}
	defer func() { c.work = nil }()
	seeds := make([]expr.Node, len(seed.out))
	for i, o := range seed.out {
		one, t, err := expr.Unify(b.outExpr(seed, i))
		if err != nil {
			return nil, located(err, op.Left.Pos())
		}
		if t.Kind == sqltypes.Null { // as PostgreSQL has it
			t = sqltypes.Of(sqltypes.Varchar)
			one[0] = nullOf(t)
		}
		seeds[i] = one[0]
		column := o.name
		if i < len(c.def.Columns) {
			column = c.def.Columns[i].Text
		}
		t = sqltypes.Of(t.Kind) // of any length and scale: the rounds may make them longer
		c.work.out = append(c.work.out, outColumn{b.newColumn(column, t, false), column})
		out.out = append(out.out, outColumn{b.newColumn(column, t, false), column})
	}
	step, err := b.bindQuery(op.Right, scope)
	if err != nil {
		return nil, err
	}
	steps, err := b.stepColumns(c, op, step)
	if err != nil {
		return nil, err
	}
	r := &lRecursive{name: name, distinct: !op.All, work: c.work, most: b.rounds}
	r.seed, r.fromSeed = b.projected(seed, seeds)
	r.step, r.fromStep = b.projected(step, steps)
	for _, o := range out.out {
		r.ids = append(r.ids, o.id)
	}
	// MySQL stops the recursion at so many rows.
	out.root, err = b.limited(r, op.Limit, nil, scope)
	return out, err
}

// stepColumns are the columns of the recursive term in the types of the other.
func (b *binder) stepColumns(c *cte, op *ast.SetOp, step *bound) ([]expr.Node, error) {
	work := c.work
	if len(step.out) != len(work.out) {
		return nil, fail(providers.KindSyntax, op.Pos(), "each side of UNION must have as many columns: there are %d and %d", len(work.out), len(step.out))
	}
	steps := make([]expr.Node, len(step.out))
	for i := range step.out {
		want := b.ref(work.out[i].id)
		if b.opt.Dialect == expr.MySQL { // what goes on is converted to what was begun with
			x, err := b.opt.Dialect.NewCast(b.outExpr(step, i), want.T, false)
			if err != nil {
				return nil, located(err, op.Right.Pos())
			}
			steps[i] = x
			continue
		}
		pair, t, err := expr.Unify(want, b.outExpr(step, i))
		if err != nil || t.Kind != want.T.Kind {
			return nil, fail(providers.KindType, op.Right.Pos(), "column `%s` of `%s` is %s where the recursion begins and %s where it goes on; write CAST(… AS …) where it begins",
				work.out[i].name, work.name, want.T, b.cols[step.out[i].id].t)
		}
		steps[i] = pair[1]
	}
	return steps, nil
}

// roundsOf is how many rounds a recursion of a statement may take: what OPTION
// (MAXRECURSION n) behind it says, where 0 is no limit, else the option's.
func roundsOf(q ast.Query, o Options) (int64, error) {
	for _, text := range ast.TailOf(q).Options {
		number, ok := strings.CutPrefix(text, "MAXRECURSION ")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 {
			return 0, fail(providers.KindSyntax, q.Pos(), "OPTION (MAXRECURSION n) needs a number of rounds, %q is none", number)
		}
		return n, nil
	}
	if o.MaxRecursion > 0 {
		return o.MaxRecursion, nil
	}
	return mostRounds, nil
}

func (p *physical) recursive(n *lRecursive) (built, error) {
	seed, err := p.exactly(n.seed, n.fromSeed)
	if err != nil {
		return seed, err
	}
	step, err := p.exactly(n.step, n.fromStep)
	if err != nil {
		return step, err
	}
	r := &Recursive{Seed: seed.node, Step: cached(step.node), Distinct: n.distinct, Table: n.work.node, Most: n.most,
		layout: tuple.NewLayout(p.typesOf(n.ids))}
	return built{node: r, cols: n.ids, rows: max(seed.rows*10, unknownWork)}, nil
}

// unknownWork is what a round is taken to hold: tables that are larger are
// asked for the rows that belong to it, smaller ones are read once.
const unknownWork = lookupRows + 1

func (p *physical) work(n *lWork) (built, error) {
	ids := n.columns()
	return built{node: &Work{Table: n.node, layout: tuple.NewLayout(p.typesOf(ids))}, cols: ids, rows: unknownWork}, nil
}

func (p *physical) typesOf(ids []int) []sqltypes.Type {
	types := make([]sqltypes.Type, len(ids))
	for i, id := range ids {
		types[i] = p.cols[id].t
	}
	return types
}
