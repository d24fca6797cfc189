package plan

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// How far CUBE and products of grouping sets may go: each set is one more
// grouping of every row.
const (
	maxCube = 12
	maxSets = 4096
)

// groupKeys binds GROUP BY: its expressions, and the sets of them to group by.
func (s *selection) groupKeys(g *grouping) error {
	by := s.ast.GroupBy
	if by.All {
		return s.groupAll(g)
	}
	sets := [][]int{nil}
	for _, e := range by.Elements {
		more, err := s.setsOf(g, e)
		if err != nil {
			return err
		}
		if len(sets)*len(more) > maxSets {
			return refuse(stateTooComplex, e.Pos(), "GROUP BY makes %d grouping sets, at most %d are allowed", len(sets)*len(more), maxSets)
		}
		sets = crossed(sets, more)
	}
	if by.Distinct {
		sets = distinctSets(sets)
	}
	if len(sets) != 1 {
		g.sets = sets
	}
	return nil
}

// groupAll groups by every item of the select list that calls no aggregate.
func (s *selection) groupAll(g *grouping) error {
	for _, it := range s.ast.Items {
		if star, ok := it.X.(*ast.Star); ok {
			err := s.eachColumn(star, func(c scopeColumn) error {
				s.addKey(g, c.x)
				return nil
			})
			if err != nil {
				return err
			}
			continue
		}
		if s.callsAggregate(it.X) {
			continue
		}
		n, err := s.bindExpr(s.scope, it.X)
		if err != nil {
			return err
		}
		if _, constant := n.(*expr.Const); !constant {
			s.addKey(g, n)
		}
	}
	return nil
}

// setsOf gives the grouping sets that one element of GROUP BY stands for.
func (s *selection) setsOf(g *grouping, e ast.Grouping) ([][]int, error) {
	switch e.Kind {
	case ast.Rollup, ast.Cube:
		return s.rolledUp(g, e)
	case ast.GroupingSets:
		var sets [][]int
		for _, inner := range e.Sets {
			more, err := s.setsOf(g, inner)
			if err != nil {
				return nil, err
			}
			sets = append(sets, more...)
		}
		return sets, nil
	}
	set, err := s.setOfKeys(g, e.Exprs)
	return [][]int{set}, err
}

func (s *selection) setOfKeys(g *grouping, xs []ast.Expr) ([]int, error) {
	var set []int
	for _, x := range xs {
		k, err := s.groupKey(g, x)
		if err != nil {
			return nil, err
		}
		set = union(set, []int{k})
	}
	return set, nil
}

// rolledUp gives the sets of ROLLUP, from all of its elements to none, and of
// CUBE, every choice among them.
func (s *selection) rolledUp(g *grouping, e ast.Grouping) ([][]int, error) {
	units := make([][]int, len(e.Sets))
	for i, inner := range e.Sets {
		if inner.Kind != ast.GroupExprs {
			return nil, fail(providers.KindSyntax, inner.Pos(), "ROLLUP and CUBE take columns or lists of columns in parentheses; write the other sets beside them in GROUPING SETS")
		}
		var err error
		if units[i], err = s.setOfKeys(g, inner.Exprs); err != nil {
			return nil, err
		}
	}
	if e.Kind == ast.Rollup {
		var sets [][]int
		for n := len(units); n >= 0; n-- {
			sets = append(sets, union(nil, slices.Concat(units[:n]...)))
		}
		return sets, nil
	}
	if len(units) > maxCube {
		return nil, refuse(stateTooComplex, e.Pos(), "CUBE takes at most %d elements, there are %d", maxCube, len(units))
	}
	var sets [][]int
	for left := 1<<len(units) - 1; left >= 0; left-- {
		var set []int
		for i, u := range units {
			if left>>(len(units)-1-i)&1 != 0 {
				set = union(set, u)
			}
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func union(set, more []int) []int {
	set = slices.Clone(set)
	for _, k := range more {
		if !slices.Contains(set, k) {
			set = append(set, k)
		}
	}
	return set
}

// crossed joins every set of one list with every set of the other.
func crossed(a, b [][]int) [][]int {
	out := make([][]int, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, union(x, y))
		}
	}
	return out
}

// distinctSets drops sets of the same keys.
func distinctSets(sets [][]int) [][]int {
	var out [][]int
	for _, set := range sets {
		if countSet(out, set) == 0 {
			out = append(out, set)
		}
	}
	return out
}

// countSet tells how many of the sets hold the same keys as one.
func countSet(sets [][]int, set []int) (n int) {
	for _, o := range sets {
		if len(o) == len(set) && len(union(o, set)) == len(set) {
			n++
		}
	}
	return n
}

// variants gives each row of the input once a grouping set, with the keys that
// are not in the set NULL, and the number of the set.
func (g *grouping) variants(input lnode) *lVariants {
	b := g.binder
	v := &lVariants{input: input}
	for i, k := range g.keys {
		in := k.id
		// The grouping's own column is another one than the variants' copy.
		g.keys[i].id = b.newColumn(b.cols[in].name, b.cols[in].t, false)
		b.cols[in].notNull = false
		g.agg.groupBy = append(g.agg.groupBy, item{g.keys[i].id, b.ref(in)})
		g.outputs[g.keys[i].id] = true
		v.ids = append(v.ids, in)
	}
	number := b.newColumn("grouping set", sqltypes.Of(sqltypes.Integer), true)
	g.set = b.newColumn("grouping set", sqltypes.Of(sqltypes.Integer), true)
	g.outputs[g.set] = true
	g.agg.groupBy = append(g.agg.groupBy, item{g.set, b.ref(number)})
	v.ids = append(v.ids, number)
	for n, set := range g.sets {
		var row []expr.Node
		for i, k := range g.keys {
			x := k.x
			if !slices.Contains(set, i) {
				x = nullOf(k.x.Type())
			}
			row = append(row, x)
		}
		v.rows = append(v.rows, append(row, setNumber(n)))
	}
	return v
}

func nullOf(t sqltypes.Type) *expr.Const { return &expr.Const{V: sqltypes.NullOf(t.Kind), T: t} }

func setNumber(n int) *expr.Const {
	return &expr.Const{V: sqltypes.Value{Kind: sqltypes.Integer, I: int64(n)}, T: sqltypes.Of(sqltypes.Integer)}
}

// overSets groups the variants. A set of no keys has its one group also where
// there is no row.
func (g *grouping) overSets(v *lVariants) lnode {
	g.agg.input = v
	var empty []int
	for n, set := range g.sets {
		if len(set) == 0 {
			empty = append(empty, n)
		}
	}
	if empty == nil {
		return g.agg
	}
	return &lGrandTotals{input: g.agg, agg: g.agg, set: g.set, empty: empty}
}

func isGrouping(name string) bool {
	return strings.EqualFold(name, "GROUPING") || strings.EqualFold(name, "GROUPING_ID")
}

// bindGrouping binds GROUPING(a, b): a bit an argument, the last one the
// lowest, that is 1 where the group's set does not hold it.
func (b *binder) bindGrouping(s *scope, f *ast.Func) (expr.Node, error) {
	g := s.grouped
	if g == nil || len(f.Args) == 0 || len(f.Args) > 31 {
		return nil, refuse(stateGrouping, f.Pos(), "GROUPING takes 1 to 31 expressions of GROUP BY, behind one")
	}
	s.grouped = nil
	args, err := b.bindAll(s, f.Args)
	s.grouped = g
	if err != nil {
		return nil, err
	}
	at := make([]int, len(args))
	for i, a := range args {
		if at[i] = slices.IndexFunc(g.keys, func(k item) bool { return expr.Equal(k.x, a) }); at[i] < 0 {
			return nil, refuse(stateGrouping, f.Args[i].Pos(), "argument %s of GROUPING is not an expression of GROUP BY", a)
		}
	}
	if g.sets == nil {
		return setNumber(0), nil
	}
	return g.ofSet(func(n int) int {
		bits := 0
		for _, k := range at {
			bits <<= 1
			if !slices.Contains(g.sets[n], k) {
				bits |= 1
			}
		}
		return bits
	})
}

// bindGroupID binds GROUP_ID(), which numbers the groups of equal grouping sets
// from 0.
func (b *binder) bindGroupID(s *scope, f *ast.Func) (expr.Node, error) {
	g := s.grouped
	switch {
	case g == nil || len(f.Args) > 0:
		return nil, refuse(stateGrouping, f.Pos(), "GROUP_ID takes no argument and stands behind a GROUP BY")
	case g.sets == nil:
		return setNumber(0), nil
	}
	return g.ofSet(func(n int) int { return countSet(g.sets[:n], g.sets[n]) })
}

// ofSet gives a number that the grouping set decides.
func (g *grouping) ofSet(number func(set int) int) (expr.Node, error) {
	whens := make([]expr.When, len(g.sets))
	for n := range g.sets {
		whens[n] = expr.When{Cond: setNumber(n), Result: setNumber(number(n))}
	}
	last := len(whens) - 1
	return expr.NewCase(g.binder.ref(g.set), whens[:last], whens[last].Result)
}
