package providertest

import (
	"errors"
	"slices"
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// checkFilters asks with one predicate at a time, then with pairs.
func (tb *table) checkFilters(t *testing.T) {
	var all []providers.Expr
	for _, c := range tb.plain() {
		if tb.unchecked(c) {
			continue
		}
		for _, p := range shared(tb, c, tb.predicates(c)) {
			tb.checkFilter(t, p)
			all = append(all, p)
		}
	}
	for i := range all {
		if i%7 == 0 {
			tb.checkFilter(t, all[i], all[(i*31+17)%len(all)])
		}
	}
}

// checkFilter verifies the rows of a filtered scan against a full one: every
// row that passes is there as often as it should, nothing is there that is not
// of the table, and each predicate that is Exact holds.
func (tb *table) checkFilter(t *testing.T, filter ...providers.Expr) {
	t.Helper()
	r := &providers.ScanRequest{Columns: tb.all(), Filter: filter}
	p, rows := tb.read(t, r)
	count := map[string]int{}
	for _, row := range rows {
		count[rowKey(row)]++
		for i, f := range filter {
			if ok, err := Passes(f, row); p.Filter[i] == providers.Exact && (err != nil || !ok) {
				t.Errorf("%s is exact, but %s came (%v)", f, rowText(row), err)
				return
			}
		}
	}
	wanted := map[string]int{}
	for _, row := range tb.rows {
		passes := true
		for _, f := range filter {
			ok, err := Passes(f, row)
			passes = passes && ok && err == nil
		}
		key := rowKey(row)
		if passes {
			if wanted[key]++; count[key] < wanted[key] {
				t.Errorf("%s: %s is missing; the verdicts are %v", requestText(tb.info, r), rowText(row), p.Filter)
				return
			}
		}
		if _, ok := count[key]; !ok {
			count[key] = 0
		}
	}
	full := map[string]int{}
	for _, row := range tb.rows {
		full[rowKey(row)]++
	}
	for _, row := range rows {
		if key := rowKey(row); count[key] > full[key] {
			t.Errorf("%s: %s came more often than the table has it", requestText(tb.info, r), rowText(row))
			return
		}
	}
}

func (tb *table) checkOrder(t *testing.T) {
	columns := tb.plain()
	for i, c := range columns {
		for _, o := range []providers.OrderTerm{{Column: c, NullsFirst: true}, {Column: c, Desc: true}, {Column: c}, {Column: c, Desc: true, NullsFirst: true}} {
			order := []providers.OrderTerm{o}
			if next := columns[(i+1)%len(columns)]; next != c {
				order = append(order, providers.OrderTerm{Column: next, Desc: !o.Desc, NullsFirst: o.Desc})
			}
			tb.checkOrdered(t, order[:1])
			tb.checkOrdered(t, order)
		}
	}
}

func (tb *table) checkOrdered(t *testing.T, order []providers.OrderTerm) {
	t.Helper()
	if slices.ContainsFunc(order, func(o providers.OrderTerm) bool { return tb.unchecked(o.Column) }) {
		return
	}
	r := &providers.ScanRequest{Columns: tb.all(), Order: order}
	p, rows := tb.read(t, r)
	if d := differ(rows, tb.rows, false); d != "" {
		t.Errorf("%s: %s", requestText(tb.info, r), d)
	}
	if p.Order != providers.Exact {
		if p.OrderReason == "" {
			t.Errorf("%s: no reason is given why the order is not exact", requestText(tb.info, r))
		}
		return
	}
	for i := 1; i < len(rows); i++ {
		if compareRows(order, rows[i-1], rows[i]) > 0 {
			t.Errorf("%s (%+v): %s comes before %s", requestText(tb.info, r), order, rowText(rows[i-1]), rowText(rows[i]))
			return
		}
	}
}

// checkLimit offers limits as the engine does: when all before was Exact.
func (tb *table) checkLimit(t *testing.T) {
	key := make([]providers.OrderTerm, len(tb.info.Key))
	for i, k := range tb.info.Key {
		key[i] = providers.OrderTerm{Column: k, NullsFirst: true}
	}
	n := int64(len(tb.rows))
	for _, order := range [][]providers.OrderTerm{nil, key} {
		if tb.plan(t, &providers.ScanRequest{Columns: tb.all(), Order: order}).Order != providers.Exact && order != nil {
			continue
		}
		for _, l := range [][2]int64{{1, 0}, {max(1, n/2), 0}, {2, 1}, {n + 5, 0}, {0, 1}, {3, n}} {
			r := &providers.ScanRequest{Columns: tb.all(), Order: order, Limit: l[0], Offset: l[1]}
			p, rows := tb.read(t, r)
			if p.Limit != providers.Exact {
				continue
			}
			want := max(0, n-l[1])
			if l[0] > 0 {
				want = min(want, l[0])
			}
			if int64(len(rows)) != want {
				t.Errorf("%s is exact and gives %d rows of %d, want %d", requestText(tb.info, r), len(rows), n, want)
			}
			if order == nil {
				continue
			}
			sorted := slices.Clone(tb.rows)
			slices.SortStableFunc(sorted, func(a, b []sqltypes.Value) int { return compareRows(order, a, b) })
			first := min(l[1], n)
			if d := differ(rows, sorted[first:first+min(want, n-first)], true); d != "" {
				t.Errorf("%s: %s", requestText(tb.info, r), d)
			}
		}
	}
	tb.checkFilteredLimit(t)
}

// checkFilteredLimit sees that no limit is Exact above a filter that is not.
func (tb *table) checkFilteredLimit(t *testing.T) {
	for _, c := range tb.plain() {
		if tb.unchecked(c) {
			continue
		}
		for i, f := range tb.predicates(c) {
			if i%3 != 0 {
				continue
			}
			r := &providers.ScanRequest{Columns: tb.all(), Filter: []providers.Expr{f}, Limit: 2}
			p, rows := tb.read(t, r)
			if p.Limit != providers.Exact {
				continue
			}
			if p.Filter[0] != providers.Exact {
				t.Errorf("%s: the limit is exact above a filter that is %s", requestText(tb.info, r), p.Filter[0])
			}
			if want := min(2, len(passing(tb.rows, f))); len(rows) != want {
				t.Errorf("%s gives %d rows, want %d", requestText(tb.info, r), len(rows), want)
			}
		}
	}
}

func passing(rows [][]sqltypes.Value, f providers.Expr) [][]sqltypes.Value {
	var out [][]sqltypes.Value
	for _, row := range rows {
		if ok, err := Passes(f, row); ok && err == nil {
			out = append(out, row)
		}
	}
	return out
}

func (tb *table) checkAggregates(t *testing.T) {
	count := providers.AggregateCall{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}
	tb.checkAggregate(t, &providers.Aggregate{Calls: []providers.AggregateCall{count}}, nil)
	for i, c := range tb.plain() {
		if tb.unchecked(c) {
			continue
		}
		calls := []providers.AggregateCall{count, {Func: "COUNT", Column: c, Type: count.Type}, {Func: "COUNT", Column: c, Distinct: true, Type: count.Type}}
		typ := tb.info.Columns[c].Type
		if k := typ.Kind; k != sqltypes.JSON && k != sqltypes.Varbinary && k != sqltypes.Interval && k != sqltypes.Bool {
			calls = append(calls, providers.AggregateCall{Func: "MIN", Column: c, Type: typ}, providers.AggregateCall{Func: "MAX", Column: c, Type: typ})
		}
		switch typ.Kind {
		case sqltypes.SmallInt, sqltypes.Integer:
			calls = append(calls, providers.AggregateCall{Func: "SUM", Column: c, Type: sqltypes.Of(sqltypes.BigInt)},
				providers.AggregateCall{Func: "AVG", Column: c, Type: sqltypes.Of(sqltypes.Decimal)})
		case sqltypes.Decimal:
			calls = append(calls, providers.AggregateCall{Func: "SUM", Column: c, Type: sqltypes.Of(sqltypes.Decimal)})
		}
		for _, call := range calls {
			tb.checkAggregate(t, &providers.Aggregate{Calls: []providers.AggregateCall{call}}, nil)
		}
		tb.checkAggregate(t, &providers.Aggregate{GroupBy: []int{c}, Calls: calls}, nil)
		tb.checkAggregate(t, &providers.Aggregate{Calls: calls}, tb.predicates(c)[i%2])
	}
}

func (tb *table) checkAggregate(t *testing.T, a *providers.Aggregate, f providers.Expr) {
	t.Helper()
	r := &providers.ScanRequest{Aggregate: a}
	rows := tb.rows
	if f != nil {
		r.Filter = []providers.Expr{f}
		if tb.plan(t, &providers.ScanRequest{Filter: r.Filter}).Filter[0] != providers.Exact {
			return
		}
		rows = passing(rows, f)
	}
	var got [][]sqltypes.Value
	for range maxRefused {
		p := tb.plan(t, r)
		if p.Aggregate != providers.Exact || f != nil && p.Filter[0] != providers.Exact {
			return
		}
		var err error
		if got, err = scanned(tb.context(t), p); err == nil {
			break
		}
		// The provider may have learnt that its server cannot be asked for this.
		if refused := (*providers.Error)(nil); !errors.As(err, &refused) || !refused.Refused {
			t.Errorf("aggregate %+v: %v", a, err)
			return
		}
	}
	want, err := aggregateRows(a, rows)
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(got, want, false); d != "" {
		t.Errorf("aggregate %+v of %s: %s", a, requestText(tb.info, r), d)
	}
}

func (tb *table) checkKeys(t *testing.T) {
	sets := [][]int{}
	if len(tb.info.Key) > 0 {
		sets = append(sets, tb.info.Key)
	}
	for _, c := range tb.plain() {
		if len(tb.samples(c)) > 0 && !tb.unchecked(c) {
			sets = append(sets, []int{c})
		}
	}
	for _, columns := range sets {
		if slices.ContainsFunc(columns, tb.unchecked) {
			continue
		}
		offer := tb.plan(t, &providers.ScanRequest{Columns: tb.all(), Keys: &providers.KeyBatch{Columns: columns}})
		if offer.Keys == providers.None {
			continue
		}
		if offer.MaxKeys < 1 {
			t.Errorf("keys %v are %s, but MaxKeys is %d", columns, offer.Keys, offer.MaxKeys)
			continue
		}
		for _, n := range []int{1, 2, offer.MaxKeys} {
			tb.checkKeyBatch(t, columns, n, offer.Keys)
		}
	}
}

func (tb *table) checkKeyBatch(t *testing.T, columns []int, n int, verdict providers.Verdict) {
	t.Helper()
	k := &providers.KeyBatch{Columns: columns}
	seen := map[string]bool{}
	for i := range tb.rows {
		tuple := pick(tb.rows[len(tb.rows)-1-i], columns)
		if key := rowKey(tuple); len(k.Tuples) < n && !seen[key] && !slices.ContainsFunc(tuple, func(v sqltypes.Value) bool { return v.Null }) {
			seen[key] = true
			k.Tuples = append(k.Tuples, tuple)
		}
	}
	if len(k.Tuples) == 0 {
		return
	}
	r := &providers.ScanRequest{Columns: tb.all(), Keys: k}
	p, rows := tb.read(t, r)
	if p.Keys != verdict {
		t.Errorf("%s: keys were %s when asked beforehand, and are %s with values", requestText(tb.info, r), verdict, p.Keys)
	}
	var want, got [][]sqltypes.Value
	for _, row := range tb.rows {
		if matchesKey(k, row) {
			want = append(want, row)
		}
	}
	for _, row := range rows {
		if matchesKey(k, row) {
			got = append(got, row)
		} else if verdict == providers.Exact {
			t.Errorf("%s is exact, but %s came", requestText(tb.info, r), rowText(row))
			return
		}
	}
	if d := differ(got, want, false); d != "" {
		t.Errorf("%s: %s", requestText(tb.info, r), d)
	}
}

func (tb *table) checkExpand(t *testing.T) {
	for i := range tb.info.Navigations {
		nav := &tb.info.Navigations[i]
		if len(nav.Pairs) == 0 {
			continue
		}
		target, err := tb.provider.Table(tb.context(t), nav.Schema, nav.Table)
		if err != nil {
			t.Errorf("navigation %s leads to %s.%s: %v", nav.Name, nav.Schema, nav.Table, err)
			continue
		}
		info := target.Info()
		for _, p := range nav.Pairs {
			if info.Find(p.Other) < 0 {
				t.Fatalf("navigation %s: %s has no column %s", nav.Name, info.Name, p.Other)
			}
		}
		other := &table{suite: tb.suite, Table: target, info: info}
		for _, outer := range []bool{false, true} {
			tb.checkExpanded(t, nav, other, outer)
		}
	}
}

func (tb *table) checkExpanded(t *testing.T, nav *providers.Navigation, other *table, outer bool) {
	t.Helper()
	term := providers.ExpandTerm{Navigation: nav.Name, Columns: other.plain(), Target: other.info, Outer: outer}
	p, err := tb.Plan(tb.context(t), &providers.ScanRequest{Columns: tb.all(), Expand: []providers.ExpandTerm{term}})
	if err != nil {
		t.Errorf("expand %s: %v", nav.Name, err)
		return
	}
	if p.Expand == providers.None || p.Expand == providers.Superset && outer {
		return
	}
	got, err := scanned(tb.context(t), p)
	if err != nil {
		t.Errorf("expand %s: %v", nav.Name, err)
		return
	}
	if p.Expand == providers.Superset {
		got = slices.DeleteFunc(got, func(row []sqltypes.Value) bool {
			related := make([]sqltypes.Value, len(other.info.Columns))
			for i, c := range term.Columns {
				related[c] = row[len(tb.all())+i]
			}
			return !joinsAlong(nav, other.info, row, related)
		})
	}
	_, related := other.read(t, &providers.ScanRequest{Columns: other.all()})
	var want [][]sqltypes.Value
	for _, row := range tb.rows {
		found := false
		for _, r := range related {
			if joinsAlong(nav, other.info, row, r) {
				found = true
				want = append(want, append(slices.Clone(row), pick(r, term.Columns)...))
			}
		}
		if !found && outer {
			nulls := slices.Clone(row)
			for _, c := range term.Columns {
				nulls = append(nulls, sqltypes.NullOf(other.info.Columns[c].Type.Kind))
			}
			want = append(want, nulls)
		}
	}
	if d := differ(got, want, false); d != "" {
		t.Errorf("expand %s (outer %v): %s", nav.Name, outer, d)
	}
}
