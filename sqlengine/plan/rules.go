package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// rule is one rewrite of the logical tree: another tree with the same rows. A
// rule that changes something calls changed, which EXPLAIN shows.
type rule struct {
	name    string
	rewrite func(*rewriter, lnode) (lnode, error)
}

// phase is a row of rules that are applied in order, again and again while one
// of them finds something, at most `rounds` times.
type phase struct {
	rounds int
	rules  []rule
}

// The phases. Subqueries become joins first, so that all else sees joins;
// then conditions travel as far down as they go, which shows outer joins that
// are none and constants that are known on both sides of an equality; then the
// tables are asked which semi and anti joins they do, and the other joins are put
// in order; what limits, sorts and leaves out comes last, on a
// tree that keeps its shape.
var phases = []phase{
	{1, []rule{{"decorrelation", decorrelate}}},
	{4, []rule{
		{"constant folding", foldConstants},
		{"common factors of OR", factorConditions},
		{"predicate pushdown", pushPredicates},
		{"outer join simplification", simplifyOuterJoins},
		{"transitive equalities", addImplied},
	}},
	{1, []rule{
		{"exists at the server", askExists},
		{"semi join to join", joinSemiJoins},
		{"join order", orderJoins},
	}},
	{2, []rule{
		{"redundant distinct", dropDistinct},
		{"redundant sort", dropSorts},
		{"limit pushdown", pushLimits},
		{"column pruning", pruneColumns},
	}},
}

// RuleNames are the names of the rewrite rules, in the order in which they are
// applied: what Options.Without takes and EXPLAIN prints.
func RuleNames() []string {
	var names []string
	for _, p := range phases {
		for _, r := range p.rules {
			names = append(names, r.name)
		}
	}
	return append(names, sharedScans)
}

// rewriter applies the rules to the tree of one statement.
type rewriter struct {
	*binder
	out   []int // the columns of the result
	fired []string
	name  string // of the rule at work
	again bool   // a rule of this round has changed something
}

// wants makes columns the result of the tree to be rewritten.
func (r *rewriter) wants(out []outColumn) {
	r.out = nil
	for _, o := range out {
		r.out = append(r.out, o.id)
	}
}

// rewrite applies all rules but those left out.
func (r *rewriter) rewrite(n lnode, out []outColumn) (lnode, error) {
	r.wants(out)
	for _, p := range phases {
		var err error
		if n, err = r.apply(n, p); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (r *rewriter) apply(n lnode, p phase) (lnode, error) {
	r.again = true
	for round := 0; round < p.rounds && r.again; round++ {
		r.again = false
		for _, rule := range p.rules {
			if slices.Contains(r.opt.Without, rule.name) {
				continue
			}
			r.name = rule.name
			var err error
			if n, err = rule.rewrite(r, n); err != nil {
				return nil, err
			}
		}
	}
	return n, nil
}

// changed notes that the rule at work has found something.
//
//go:noinline
func (r *rewriter) changed() {
	r.again = true
	if !slices.Contains(r.fired, r.name) {
		r.fired = append(r.fired, r.name)
	}
}

// bottomUp replaces every node by what f makes of it, inputs first.
func bottomUp(n lnode, f func(lnode) (lnode, error)) (lnode, error) {
	var failed error
	mapInputs(n, func(in lnode) lnode {
		if failed != nil {
			return in
		}
		out, err := bottomUp(in, f)
		if err != nil {
			failed = err
			return in
		}
		return out
	})
	if failed != nil {
		return nil, failed
	}
	return f(n)
}

// substitute replaces columns by the expressions they stand for.
//
//go:noinline
func substitute(c expr.Node, by map[int]expr.Node) expr.Node {
	return expr.Transform(c, func(x expr.Node) expr.Node {
		if col, ok := x.(*expr.Column); ok && by[col.Index] != nil {
			return by[col.Index]
		}
		return x
	})
}
