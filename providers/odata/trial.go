package odata

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/providers"
)

// A service that passes over a condition or misreads it answers 200 with the
// wrong rows. Rows too many are found by looking through them again; rows that
// are missing are not. So of a service that nobody vouches for, each kind of
// condition on each column is tried before it is relied on: on a row of the set
// itself, once with a constant for which it holds and once with one for which it
// does not.
//
// What was tried is remembered for the service as long as its metadata is.

// trials are what is known of a service. known holds "" for what was answered
// rightly, and otherwise what was wrong.
type trials struct {
	turn chan struct{} // held by who is trying

	mu    sync.Mutex
	known map[string]string
}

func newTrials() *trials {
	return &trials{turn: make(chan struct{}, 1), known: map[string]string{}}
}

func (t *trials) verdict(feature string) (why string, tried bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	why, tried = t.known[feature]
	return why, tried
}

func (t *trials) note(feature, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known[feature] = why
}

// take waits for the turn to try, which leave passes on.
func (t *trials) take(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *trials) leave() { <-t.turn }

// trial is one kind of condition over one column.
type trial struct {
	f      providers.Func
	part   providers.Func // of a date, "" for the column itself
	column int
	pair   bool // with other, another column
	other  int
	// order is an $orderby that begins with the column, nil for a condition.
	order []providers.OrderTerm
	mark  mark // what a text holds, 0 for nothing in particular
}

func (x trial) nullTest() bool { return x.f == providers.IsNull || x.f == providers.IsNotNull }

// constantFree says that the condition is the same for all rows.
func (x trial) constantFree() bool { return x.pair || x.nullTest() }

// columns are those that are looked at.
func (x trial) columns() []int {
	if x.pair {
		return []int{x.column, x.other}
	}
	return []int{x.column}
}

// countTrial is the feature that $count goes by $filter.
const countTrial = "count"

// feature names what is tried. The outcome holds for that column alone: behind
// one type of the metadata lie texts with blanks at their end and without,
// decimals and floats, days and instants, and properties that are computed, which
// services do not compare alike.
func (t *Table) feature(x trial) string {
	column := t.path + "." + t.set.Properties[x.column].Name
	switch {
	case x.order != nil:
		names := make([]string, len(x.order))
		for i, o := range x.order {
			if names[i] = t.set.Properties[o.Column].Name; o.Desc {
				names[i] += " desc"
			}
		}
		return "$orderby by " + t.path + "." + strings.Join(names, ", ")
	case x.mark != 0:
		return x.mark.String() + " in " + column
	case x.pair:
		column += " and " + t.set.Properties[x.other].Name
	case x.part != "":
		column = string(x.part) + "(" + column + ")"
	}
	return string(x.f) + " of " + column
}

// tried says what is known to be wrong with a kind of condition, if it was tried.
func (t *Table) tried(x trial) (why string, tried bool) {
	return t.svc.trials.verdict(t.feature(x))
}

// trialsOf lists the kinds of conditions that an expression is made of. ok is
// false if there is one that cannot be tried.
func trialsOf(e providers.Expr, negated bool) (list []trial, ok bool) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		return []trial{{f: providers.Eq, column: e.Column}}, true
	case *providers.Call:
		switch e.Func {
		case providers.Not:
			return trialsOf(e.Args[0], !negated)
		case providers.And, providers.Or:
			for _, a := range e.Args {
				inner, fine := trialsOf(a, negated)
				if !fine {
					return nil, false
				}
				list = append(list, inner...)
			}
			return list, true
		}
		return trialsOfTest(e, negated)
	}
	return nil, false
}

// trialsOfTest lists those of a comparison or another test.
func trialsOfTest(e *providers.Call, negated bool) (list []trial, ok bool) {
	f := e.Func
	comparison := f.Opposite() != ""
	switch {
	case comparison && negated:
		f = f.Opposite()
	case f == providers.IsNull && negated:
		f = providers.IsNotNull
	case f == providers.IsNotNull && negated:
		f = providers.IsNull
	case f == providers.In && negated, f == providers.Same && negated:
		f = providers.Ne
	case f == providers.Same:
		f = providers.Eq
	}
	if _, isConst := e.Args[0].(*providers.Const); isConst && comparison {
		f = f.Mirrored()
	}
	if left, right, ok := columnPair(e); ok {
		return []trial{{f: f, column: left, pair: true, other: right}}, true
	}
	for _, a := range e.Args {
		switch a := a.(type) {
		case *providers.Const:
			if a.Value.Null { // IS NOT DISTINCT FROM NULL
				f = providers.IsNull
				if negated {
					f = providers.IsNotNull
				}
			}
		case *providers.ColumnRef:
			list = append(list, trial{column: a.Column})
		case *providers.Call:
			ref, plain := a.Args[0].(*providers.ColumnRef)
			if !plain || datePart[a.Func] == "" {
				return nil, false
			}
			list = append(list, trial{part: a.Func, column: ref.Column})
		}
	}
	if len(list) != 1 {
		return nil, false
	}
	list[0].f = f
	if e.Func == providers.Same && negated {
		list = append(list, trial{f: providers.IsNull, column: list[0].column})
	}
	for _, m := range marksOf(e) {
		list = append(list, trial{f: providers.Eq, column: list[0].column, mark: m})
	}
	return list, true
}

// columnPair recognises a test of two columns.
func columnPair(e *providers.Call) (left, right int, ok bool) {
	if len(e.Args) != 2 {
		return 0, 0, false
	}
	a, plain := e.Args[0].(*providers.ColumnRef)
	b, too := e.Args[1].(*providers.ColumnRef)
	if !plain || !too {
		return 0, 0, false
	}
	return a.Column, b.Column, true
}

// doubt weighs what a condition is rendered to by what is known of the service.
// It notes what is to be tried before the scan.
func (p *planner) doubt(e providers.Expr, f fragment) fragment {
	known := p.t.svc.trials
	if known == nil || f.verdict == providers.None || f.text == "" {
		return f
	}
	if x, negated := existsIn(e); x != nil {
		return p.doubtLambda(x, negated, f)
	}
	list, ok := trialsOf(e, false)
	switch {
	case p.t.set.Restrictions.demanding():
		return superset(f.text, "the service answers nothing without a condition, so it cannot be tried")
	case len(p.t.set.Key) == 0:
		return none("without a key, what the service makes of it cannot be tried")
	case !ok && calculates(e): // the user has vouched for the arithmetic
		return superset(f.text, "what the service makes of it cannot be tried")
	case !ok:
		return none("what the service makes of it cannot be tried")
	}
	for _, x := range list {
		if x.nullTest() && !p.t.set.Properties[x.column].Nullable {
			return none("%s is never null", p.t.set.Properties[x.column].Name)
		}
		if why, _ := p.t.tried(x); why != "" {
			return none("%s", why)
		}
	}
	p.scan.trials = append(p.scan.trials, list...)
	return f
}

// calculates says whether there is arithmetic in an expression.
func calculates(e providers.Expr) bool {
	c, ok := e.(*providers.Call)
	return ok && (arithmetic[c.Func] != "" || slices.ContainsFunc(c.Args, calculates))
}

// doubtText notes what is to be tried of a text among the keys of a join;
// false if it is known to be misread.
func (p *planner) doubtText(column int, text string) bool {
	for _, m := range marksIn(text) {
		x := trial{f: providers.Eq, column: column, mark: m}
		if why, _ := p.t.tried(x); why != "" {
			return false
		}
		p.scan.keyTrials = append(p.scan.keyTrials, x)
	}
	return true
}

// orderTrials are those of an order: of each of its columns, but for texts, which are
// left to the server by the user's word, and of all together.
func (p *planner) orderTrials() (list []trial) {
	if p.t.svc.trials == nil {
		return nil
	}
	for _, o := range p.r.Order {
		if p.t.set.Properties[o.Column].Edm != "Edm.String" {
			list = append(list, trial{column: o.Column, order: []providers.OrderTerm{{Column: o.Column, NullsFirst: true}}})
		}
	}
	if !p.keyBehindFirst() {
		list = append(list, trial{column: p.r.Order[0].Column, order: p.r.Order})
	}
	return list
}

// keyBehindFirst says that nothing but the key comes behind the first column of the
// order, as where that column is tried.
func (p *planner) keyBehindFirst() bool {
	for i, o := range p.r.Order {
		if i > 0 && (i > len(p.t.set.Key) || p.t.set.Key[i-1].Property != o.Column || o.Desc != p.r.Order[0].Desc) {
			return false
		}
	}
	return true
}

// whyNotInOrder says what is known to be wrong with the order.
func (p *planner) whyNotInOrder() string {
	for _, x := range p.orderTrials() {
		if why, _ := p.t.tried(x); why != "" {
			return why
		}
	}
	return ""
}

// counts says whether $count may be asked for with the conditions of a scan.
func (s *scan) counts(filter string) bool {
	if s.svc.trials == nil || filter == "" {
		return s.svc.Traits.Count
	}
	why, _ := s.svc.trials.verdict(countTrial)
	return s.svc.Traits.Count && why == ""
}

// announceTrials says in EXPLAIN what will be tried.
func (p *planner) announceTrials() {
	var names []string
	for _, x := range slices.Concat(p.scan.trials, p.scan.keyTrials) {
		name := p.t.feature(x)
		if _, tried := p.t.tried(x); !tried && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, x := range p.scan.lambdas {
		name := p.t.lambdaFeature(x)
		if _, tried := p.t.svc.trials.verdict(name); !tried && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if names != nil {
		p.plan.Hints = append(p.plan.Hints, fmt.Sprintf(
			"the service is first tried, once for all queries: %s; ODataCapabilities=… vouches for it", strings.Join(names, ", ")))
	}
}

// try tries what is not known yet of some kinds of conditions on columns, and of
// all that the scan asks of collections. An error that is Refused says that the
// service cannot be relied on.
func (s *scan) try(ctx context.Context, list []trial) error {
	if err := s.tryColumns(ctx, list); err != nil {
		return err
	}
	return s.tryLambdas(ctx)
}

func (s *scan) tryColumns(ctx context.Context, list []trial) error {
	known := s.svc.trials
	if known == nil {
		return nil
	}
	wanted := map[string]trial{}
	for _, x := range list {
		why, tried := s.table.tried(x)
		if why != "" {
			return untrusted(why)
		}
		if !tried {
			wanted[s.table.feature(x)] = x
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if err := known.take(ctx); err != nil {
		return err
	}
	defer known.leave()
	t := &tester{t: s.table, names: slices.Sorted(maps.Keys(wanted)), wanted: wanted}
	if err := t.run(ctx); err != nil {
		return err
	}
	// Of all that is wanted, not of what was tried here alone: another scan may have
	// had its turn first.
	for _, x := range wanted {
		if why, _ := s.table.tried(x); why != "" {
			return untrusted(why)
		}
	}
	return nil
}

// tryKeys tries what the keys of a join rely on. Where that fails, all rows are read
// for whoever joins them to look through: the join may have handed rows on, so it
// cannot be planned anew.
func (s *scan) tryKeys(ctx context.Context) error {
	err := s.try(ctx, s.keyTrials)
	var e *providers.Error
	if errors.As(err, &e) && e.Refused {
		s.filters = []string{s.unkeyed}
		return nil
	}
	return err
}

// tryKeyset tries, before a second page is asked for, the conditions on the key by
// which a scan goes on. Where they cannot be relied on, it goes on by counting rows.
func (s *scan) tryKeyset(ctx context.Context) error {
	switch {
	case s.svc.trials == nil || !s.keyset:
		return nil
	case s.set.Restrictions.demanding(): // nothing can be tried
		s.keyset = false
		return nil
	}
	var list []trial
	for _, k := range s.order {
		column := s.set.Column(k.property.Name)
		list = append(list, trial{f: providers.Eq, column: column}, trial{f: providers.Gt, column: column}, trial{f: providers.Lt, column: column},
			trial{f: providers.Ge, column: column}, trial{f: providers.Le, column: column})
		if k.property.Nullable {
			list = append(list, trial{f: providers.IsNull, column: column}, trial{f: providers.IsNotNull, column: column})
		}
	}
	err := s.try(ctx, list)
	var e *providers.Error
	if errors.As(err, &e) && e.Refused {
		s.keyset = false
		return nil
	}
	return err
}

func untrusted(why string) error {
	return &providers.Error{Kind: providers.KindUnsupported, Refused: true, Learned: true, Message: why}
}
