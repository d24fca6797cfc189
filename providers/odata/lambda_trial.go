package odata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// lambdaTrial is one kind of condition on the items of a collection.
type lambdaTrial struct {
	lambda *lambda
	inner  *trial // over the items; nil for any() alone
	not    bool   // under "not"
}

// lambdaFeature names what is tried of a collection of the table.
func (t *Table) lambdaFeature(x lambdaTrial) string {
	name := "any() of " + t.path + "/" + x.lambda.collection.Name
	if x.inner != nil {
		name = "any() with " + t.itemsTable(x.lambda).feature(*x.inner)
	}
	if x.not {
		return "not " + name
	}
	return name
}

// itemsTable is the items of a collection as the table that trials of their
// properties are about.
func (t *Table) itemsTable(l *lambda) *Table {
	return &Table{svc: t.svc, model: t.model, set: l.items, path: t.path + "/" + l.collection.Name, info: t.info}
}

// doubtLambda weighs a condition on the items of a collection by what is known of
// the service, and notes what is to be tried.
func (p *planner) doubtLambda(e *providers.Exists, negated bool, f fragment) fragment {
	l, why := (&renderer{p.t.set, &p.t.svc.Traits}).lambda(e)
	if why == "" && (len(p.t.set.Key) == 0 || p.t.set.Restrictions.demanding() || newItemView(p.t, nil, l.collection, p.t.model) == nil) {
		why = "what the service makes of any() cannot be tried"
	}
	if why != "" {
		return none("%s", why)
	}
	list := []lambdaTrial{{lambda: l, not: negated}}
	inner := &renderer{l.items, &p.t.svc.Traits}
	for _, w := range l.where {
		if inner.condition(w, false).verdict == providers.None {
			continue // it is left out
		}
		kinds, ok := trialsOf(w, false)
		if !ok {
			return none("what the service makes of %s in any() cannot be tried", w)
		}
		for _, x := range kinds {
			if x.nullTest() && !l.items.Properties[x.column].Nullable {
				return none("%s is never null", l.items.Properties[x.column].Name)
			}
			list = append(list, lambdaTrial{l, &x, negated})
		}
	}
	if len(list) > 1 { // they show that any() is known
		list = list[1:]
	}
	for _, x := range list {
		if why, _ := p.t.svc.trials.verdict(p.t.lambdaFeature(x)); why != "" {
			return none("%s", why)
		}
	}
	p.scan.lambdas = append(p.scan.lambdas, list...)
	return f
}

// tryLambdas tries what is not known yet of the conditions on items that a scan
// relies on.
func (s *scan) tryLambdas(ctx context.Context) error {
	known := s.svc.trials
	if known == nil || len(s.lambdas) == 0 {
		return nil
	}
	missing, err := s.untriedLambdas()
	if err != nil || len(missing) == 0 {
		return err
	}
	if err := known.take(ctx); err != nil {
		return err
	}
	defer known.leave()
	for done := map[*Collection]bool{}; ; { // of a set without rows nothing comes to be known
		missing, err = s.untriedLambdas()
		missing = slices.DeleteFunc(missing, func(x lambdaTrial) bool { return done[x.lambda.collection] })
		if err != nil || len(missing) == 0 {
			return err
		}
		t := &lambdaTester{tester: tester{t: s.table}, collection: missing[0].lambda.collection, wanted: map[string]lambdaTrial{}}
		for _, x := range missing {
			if x.lambda.collection == t.collection {
				t.wanted[s.table.lambdaFeature(x)] = x
			}
		}
		if err := t.run(ctx); err != nil {
			return err
		}
		done[t.collection] = true
	}
}

// untriedLambdas are the conditions on items of which nothing is known yet. An
// error says what is known to be wrong with one.
func (s *scan) untriedLambdas() (missing []lambdaTrial, err error) {
	for _, x := range s.lambdas {
		switch why, tried := s.svc.trials.verdict(s.table.lambdaFeature(x)); {
		case why != "":
			return nil, untrusted(why)
		case !tried:
			missing = append(missing, x)
		}
	}
	return missing, nil
}

// lambdaTester tries conditions on the items of one collection: on entities of
// the set itself, whose items it has read. The rows of its tester are the keys
// of those entities.
type lambdaTester struct {
	tester
	collection *Collection
	wanted     map[string]lambdaTrial
	properties []int                // of the items, that are read
	items      [][][]sqltypes.Value // of each row
}

func (t *lambdaTester) run(ctx context.Context) error {
	var e *providers.Error
	switch err := t.sample(ctx); {
	case errors.As(err, &e) && (e.Status == 400 || e.Status == 500 || e.Status == 501):
		for name := range t.wanted {
			t.t.svc.trials.note(name, fmt.Sprintf("whether the service knows %s could not be tried, since it does not give the items: %s", name, e.Message))
		}
		return nil
	case err != nil:
		return err
	}
	if len(t.rows) == 0 { // of a set without rows none is lost
		return nil
	}
	var list []attempt
	for _, name := range slices.Sorted(maps.Keys(t.wanted)) {
		x := t.wanted[name]
		a, ok := t.alone(x)
		if x.inner != nil {
			a, ok = t.within(x)
		}
		if a.feature = name; ok {
			list = append(list, a)
		} else {
			t.t.svc.trials.note(name, fmt.Sprintf("whether the service knows %s could not be tried: none of the first %d rows is of use", name, len(t.rows)))
		}
	}
	return t.conditions(ctx, list)
}

// sample reads some entities with their items.
func (t *lambdaTester) sample(ctx context.Context) error {
	v := newItemView(t.t, nil, t.collection, t.t.model)
	keys := len(t.t.set.Key)
	for _, k := range t.t.set.Key {
		t.columns = append(t.columns, k.Property)
	}
	for _, k := range t.collection.Items.Key {
		t.properties = append(t.properties, k.Property)
	}
	for _, x := range t.wanted {
		if x.inner == nil {
			continue
		}
		for _, c := range x.inner.columns() {
			if !slices.Contains(t.properties, c) {
				t.properties = append(t.properties, c)
			}
		}
	}
	if len(t.properties) == 0 {
		t.properties = []int{0}
	}
	columns := make([]int, 0, keys+len(t.properties))
	for i := range keys {
		columns = append(columns, i)
	}
	for _, p := range t.properties {
		columns = append(columns, keys+p)
	}
	plan, err := v.plan(&providers.ScanRequest{Columns: columns, RowHint: maxSample}, true)
	if err != nil {
		return err
	}
	r, err := plan.Open(ctx, nil)
	if err != nil {
		return err
	}
	b := tuple.NewBatch(plan.Layout) // no entity's items are parted over batches
	if err = r.Next(ctx, b); err == nil {
		t.take(b, plan.Layout)
	} else if err == io.EOF {
		err = nil
	}
	return errors.Join(err, r.Close())
}

// take adds rows, one an item, and one with nulls for an entity without any.
func (t *lambdaTester) take(b *tuple.Batch, layout *tuple.Layout) {
	keys := len(t.t.set.Key)
	for i := range b.Len() {
		row := make([]sqltypes.Value, layout.Columns())
		for c := range row {
			row[c] = layout.Value(b.Row(i), c)
			row[c].S = strings.Clone(row[c].S)
		}
		if n := len(t.rows); n == 0 || !sameIdentity(t.rows[n-1], row[:keys]) {
			t.rows, t.items = append(t.rows, row[:keys]), append(t.items, nil)
		}
		if slices.ContainsFunc(row[keys:], func(v sqltypes.Value) bool { return !v.Null }) {
			last := len(t.items) - 1
			t.items[last] = append(t.items[last], row[keys:])
		}
	}
}

// alone tries any() on entities with items and on some without.
func (t *lambdaTester) alone(x lambdaTrial) (attempt, bool) {
	var some, empty []claim
	condition := x.lambda.any("")
	if x.not {
		condition = "not " + condition
	}
	for row := range t.rows {
		switch {
		case !t.plain(row):
		case len(t.items[row]) > 0:
			some = append(some, claim{row, condition})
		default:
			empty = append(empty, claim{row, condition})
		}
	}
	a := attempt{yes: ends(some), not: ends(empty)}
	if x.not {
		a.yes, a.not = a.not, a.yes
	}
	return a, len(some) > 0 && len(empty) > 0
}

// ends are the first and the last of a list.
func ends[T any](list []T) []T {
	if len(list) < 3 {
		return list
	}
	return []T{list[0], list[len(list)-1]}
}

// pinned is one item: the conditions that tell it from the others of its entity,
// and one of the kind that is tried which holds for it, and one that does not.
type pinned struct {
	row           int
	pin, yes, not string
	keys          []sqltypes.Value
	odd           int // marks in the value
}

// within tries any() with conditions of a kind on single items: on the first and
// the last one of an entity that has several, if there is one, since of one item
// any is all; and on an entity that has no such item.
func (t *lambdaTester) within(x lambdaTrial) (attempt, bool) {
	with, without := t.pinnedItems(x)
	free := x.inner.constantFree()
	if len(with) == 0 || free && len(without) == 0 {
		return attempt{}, false
	}
	hold := func(p pinned, condition string) claim {
		text := x.lambda.any(joinFilters([]string{p.pin, condition}))
		if x.not {
			text = "not " + text
		}
		return claim{p.row, text}
	}
	first := with[0]
	n := 0 // items of the first entity
	for n < len(with) && with[n].row == first.row {
		n++
	}
	var hits, misses []claim
	for _, p := range append(slices.Clone(ends(with[:n])), ends(with[n:])...) {
		if hits = append(hits, hold(p, p.yes)); !free {
			misses = append(misses, hold(p, p.not))
		}
	}
	for _, p := range ends(without) {
		misses = append(misses, hold(p, first.yes))
	}
	if row := t.without(first.keys); row >= 0 {
		misses = append(misses, claim{row, hold(first, first.yes).text})
	}
	if x.not {
		return attempt{yes: misses, not: hits}, true
	}
	return attempt{yes: hits, not: misses}, true
}

// pinnedItems are the items that a kind of condition can be tried with, those of
// entities with several of them first: with a condition that holds, and without
// one, for which none holds.
func (t *lambdaTester) pinnedItems(x lambdaTrial) (with, without []pinned) {
	var order []int
	for row := range t.rows {
		if t.plain(row) {
			order = append(order, row)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return min(2, len(t.items[b])) - min(2, len(t.items[a])) })
	items := tester{t: t.t.itemsTable(x.lambda), columns: t.properties}
	r := &renderer{items.t.set, &t.t.svc.Traits}
	for _, row := range order {
		for _, item := range t.items[row] {
			p := pinned{row: row, keys: item[:len(t.collection.Items.Key)]}
			var ok bool
			if p.pin, ok = t.pin(x.lambda, row, p.keys); !ok {
				continue
			}
			yes, not, ok := items.examples(*x.inner, item)
			if ok {
				if p.yes = r.condition(yes, false).text; not != nil {
					p.not = r.condition(not, false).text
				}
			}
			switch {
			case ok && p.yes != "" && (x.inner.constantFree() || p.not != ""):
				if x.inner.mark == 0 {
					p.odd = len(marksIn(item[items.at(x.inner.column)].S))
				}
				with = append(with, p)
			case x.inner.constantFree() || item[items.at(x.inner.column)].Null:
				without = append(without, p)
			}
		}
	}
	if len(with) > 0 { // least in them that may be misread for another reason
		least := slices.MinFunc(with, func(a, b pinned) int { return a.odd - b.odd }).odd
		with = slices.DeleteFunc(with, func(p pinned) bool { return p.odd > least })
	}
	return with, without
}

// plain says that an entity can be asked for by its key, and that nothing in it
// may be misread.
func (t *lambdaTester) plain(row int) bool {
	return t.key(row) != "" && !slices.ContainsFunc(t.rows[row], func(v sqltypes.Value) bool { return len(marksIn(v.S)) > 0 })
}

// pin is the condition for one item among those of its entity: its key, or
// nothing where it is alone.
func (t *lambdaTester) pin(l *lambda, row int, keys []sqltypes.Value) (condition string, ok bool) {
	if len(keys) == 0 {
		return "", len(t.items[row]) == 1
	}
	var parts []string
	for i, k := range t.collection.Items.Key {
		p := &l.items.Properties[k.Property]
		if keys[i].Null || len(marksIn(keys[i].S)) > 0 || p.NoFilter {
			return "", false
		}
		text, err := t.t.svc.Traits.literal(p, keys[i])
		if err != nil {
			return "", false
		}
		parts = append(parts, p.Wire()+" eq "+text)
	}
	return strings.Join(parts, " and "), true
}

// without finds an entity that has no item with a key, -1 if there is none.
func (t *lambdaTester) without(keys []sqltypes.Value) int {
	for row, items := range t.items {
		same := func(other []sqltypes.Value) bool { return sameIdentity(other[:len(keys)], keys) }
		if len(keys) > 0 && t.plain(row) && !slices.ContainsFunc(items, same) {
			return row
		}
	}
	return -1
}
