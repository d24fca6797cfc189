package odata

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// What $apply makes of a column is tried like a condition (trial.go): on some rows of
// the set, which are told by their keys, and whose groups and aggregates are computed
// here too. The outcome is remembered for the column and the method.

// maxTried and maxTriedGroup bound the rows that are tried together, and those of a
// group among them.
const (
	maxTried      = 24
	maxTriedGroup = 8
)

// tryNulls tries whether the service tells null from a value: by the column itself
// where the first rows show both. Many a column may be null and never is: then by
// another column of the set, which is enough where the rows with a value and those
// without are all rows, as each answer must prove.
func (s *groupScan) tryNulls(ctx context.Context) error {
	g, known := s.g, s.g.t.svc.trials
	for _, c := range g.nullable() {
		if _, tried := known.verdict(g.t.nullsOf(c)); tried {
			continue
		}
		shows, rows, err := g.t.showsNulls(ctx, c)
		if err == nil && rows == 0 {
			continue // nothing is lost of a set without rows
		}
		if err == nil && shows < 0 {
			known.note(g.t.nullsOf(c), fmt.Sprintf("whether the service tells null from a value could not be tried: no column in the first rows of %s shows both", g.t.info.Name))
			continue
		}
		if err == nil {
			err = s.scan.try(ctx, []trial{{f: providers.IsNull, column: shows}, {f: providers.IsNotNull, column: shows}})
		}
		var e *providers.Error
		switch {
		case err == nil:
			known.note(g.t.nullsOf(c), "")
		case errors.As(err, &e) && e.Refused:
			known.note(g.t.nullsOf(c), e.Message)
		default:
			return err
		}
	}
	return nil
}

// showsNulls looks in the first rows for a column with values and nulls, at the given
// one first; -1 if there is none. It says how many rows there were.
func (t *Table) showsNulls(ctx context.Context, column int) (shows, rows int, err error) {
	sample := &tester{t: t, columns: []int{column}}
	for c := range t.set.Properties {
		if p := &t.set.Properties[c]; p.Nullable && c != column && p.Edm != "" && !p.Input && !p.annotation() && !p.Expanded && !p.Derived && !p.NoFilter && len(sample.columns) < maxShown {
			sample.columns = append(sample.columns, c)
		}
	}
	if err := sample.read(ctx); err != nil {
		return -1, 0, err
	}
	for i, c := range sample.columns {
		null := func(row []sqltypes.Value) bool { return row[i].Null }
		if slices.ContainsFunc(sample.rows, null) && slices.ContainsFunc(sample.rows, func(row []sqltypes.Value) bool { return !null(row) }) {
			return c, len(sample.rows), nil
		}
	}
	return -1, len(sample.rows), nil
}

// maxShown bounds the columns that are looked through for nulls.
const maxShown = 40

// tryMethods tries what is not known yet.
func (s *groupScan) tryMethods(ctx context.Context) error {
	g, known := s.g, s.g.t.svc.trials
	needed := slices.ContainsFunc(g.parts, func(part *groupPart) bool { return known != nil && g.asked(part) && len(g.untried(part)) > 0 })
	if needed {
		if err := known.take(ctx); err != nil {
			return err
		}
		defer known.leave()
		t := &tester{t: g.t, columns: g.t.set.keyAnd(g.columns())}
		if err := t.read(ctx); err != nil {
			return err
		}
		// Rows whose keys have nothing in them that a service might misread, if there are.
		marked := func(row []sqltypes.Value) bool {
			return slices.ContainsFunc(row[:len(g.t.set.Key)], func(v sqltypes.Value) bool { return len(marksIn(v.S)) > 0 })
		}
		if plain := slices.DeleteFunc(slices.Clone(t.rows), marked); len(plain) > 1 {
			t.rows = plain
		}
		for _, part := range g.parts {
			if err := s.tryPart(ctx, t, part); err != nil {
				return err
			}
		}
	}
	if why := g.wrong(); why != "" {
		return untrusted(why)
	}
	return nil
}

// columns are all that the aggregates read.
func (g *grouping) columns() []int {
	var columns []int
	for _, c := range g.by {
		columns = append(columns, c.column)
	}
	for _, part := range g.parts {
		if part.column >= 0 {
			columns = append(columns, part.column)
		}
		for _, m := range part.methods {
			columns = append(columns, m.column)
		}
	}
	return columns
}

// tryPart tries the features of a part, all at once, and each by itself where that
// fails.
func (s *groupScan) tryPart(ctx context.Context, t *tester, part *groupPart) error {
	g, known := s.g, s.g.t.svc.trials
	if !g.asked(part) || len(t.rows) == 0 {
		return nil // nothing is lost of a set without rows
	}
	keys, rows := g.told(t, part, g.chosen(t))
	together := groupPart{column: part.column, notNull: part.notNull}
	var fit []feature
	for _, f := range g.untried(part) {
		if keys != "" && g.telling(t, part, f, rows) {
			fit = append(fit, f)
			for _, m := range f.methods {
				if !slices.Contains(together.methods, m) {
					together.methods = append(together.methods, m)
				}
			}
			continue
		}
		// Two rows may tell what many do not.
		why := fmt.Sprintf("whether the service knows %s could not be tried: the first %d rows of %s are of no use", f.name, len(t.rows), g.t.info.Name)
		if pair := g.pair(t, part, f); pair != nil {
			var err error
			if why, err = s.tryFeature(ctx, t, part, f, pair); err != nil {
				return err
			}
		}
		known.note(f.name, why)
	}
	if len(fit) == 0 {
		return nil
	}
	wrong, err := s.check(ctx, t, &together, keys, rows)
	if err != nil {
		return err
	}
	for _, f := range fit {
		why := ""
		if wrong != "" {
			if why, err = s.tryFeature(ctx, t, part, f, rows); err != nil {
				return err
			}
		}
		known.note(f.name, why)
	}
	return nil
}

// tryFeature tries one feature with some rows, and says what is wrong with it.
func (s *groupScan) tryFeature(ctx context.Context, t *tester, part *groupPart, f feature, rows [][]sqltypes.Value) (why string, err error) {
	one := &groupPart{column: part.column, notNull: part.notNull, methods: f.methods}
	keys, rows := s.g.told(t, one, rows)
	why, err = s.check(ctx, t, one, keys, rows)
	if why != "" {
		why = fmt.Sprintf("the service cannot be relied on for %s: %s", f.name, why)
	}
	return why, err
}

// pair looks for two rows that tell a feature.
func (g *grouping) pair(t *tester, part *groupPart, f feature) [][]sqltypes.Value {
	for i, a := range t.rows {
		for _, b := range t.rows[:i] {
			if two := [][]sqltypes.Value{a, b}; g.telling(t, part, f, two) {
				return two
			}
		}
	}
	return nil
}

// chosen are rows to try with: two without a value to group by, then those of the
// larger groups.
func (g *grouping) chosen(t *tester) (rows [][]sqltypes.Value) {
	groups := map[string][][]sqltypes.Value{}
	var order []string
	for _, row := range t.rows {
		key := g.keyOf(t, row)
		text := keyText(key)
		if groups[text] == nil {
			order = append(order, text)
		}
		groups[text] = append(groups[text], row)
		if slices.ContainsFunc(key, func(v sqltypes.Value) bool { return v.Null }) && len(rows) < 2 {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(len(groups[b]), len(groups[a])) })
	for _, text := range order {
		most := maxTriedGroup
		if len(g.by) == 0 {
			most = maxTried
		}
		for _, row := range groups[text][:min(most, len(groups[text]))] {
			if !slices.ContainsFunc(rows, func(other []sqltypes.Value) bool { return &other[0] == &row[0] }) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// told writes the condition that tells rows by their keys, of as many as a URL has
// room for.
func (g *grouping) told(t *tester, part *groupPart, rows [][]sqltypes.Value) (keys string, _ [][]sqltypes.Value) {
	for n := min(len(rows), maxTried); n > 1; n /= 2 {
		var conditions []string
		for i := range rows[:n] {
			at := slices.IndexFunc(t.rows, func(row []sqltypes.Value) bool { return &row[0] == &rows[i][0] })
			key := t.key(at)
			if key == "" {
				return "", nil
			}
			conditions = append(conditions, "("+key+")")
		}
		keys = "(" + strings.Join(conditions, " or ") + ")"
		if len(g.t.svc.requestURL(g.t.path, []option{{"$apply", g.text(part, keys, part.notNull)}})) <= g.t.svc.Traits.urlLimit() {
			return keys, rows[:n]
		}
	}
	return "", nil
}

func (g *grouping) keyOf(t *tester, row []sqltypes.Value) []sqltypes.Value {
	key := make([]sqltypes.Value, len(g.by))
	for i, c := range g.by {
		key[i] = row[slices.Index(t.columns, c.column)]
	}
	return key
}

// expected groups rows here.
func (g *grouping) expected(t *tester, part *groupPart, rows [][]sqltypes.Value) map[string]*group {
	out, members := map[string]*group{}, map[string][][]sqltypes.Value{}
	for _, row := range rows {
		if part.column >= 0 && row[slices.Index(t.columns, part.column)].Null {
			continue
		}
		key := g.keyOf(t, row)
		text := keyText(key)
		if out[text] == nil {
			out[text] = &group{key: key}
		}
		out[text].n++
		members[text] = append(members[text], row)
	}
	for text, x := range out {
		for _, m := range part.methods {
			at := slices.Index(t.columns, m.column)
			var values []sqltypes.Value
			for _, row := range members[text] {
				values = append(values, row[at])
			}
			x.values = append(x.values, aggregated(m.name, values))
		}
	}
	return out
}

// What a service gives that keeps numbers as text.
const (
	leastText    = "least text"
	greatestText = "greatest text"
)

// aggregated is what a method gives of values, none of which is null.
func aggregated(name string, values []sqltypes.Value) sqltypes.Value {
	seen := map[string]bool{}
	best, sum := values[0], sqltypes.Num{}
	for _, v := range values {
		seen[keyText([]sqltypes.Value{v})] = true
		c := sqltypes.Compare(v, best)
		if name == leastText || name == greatestText {
			c = strings.Compare(v.Text(), best.Text())
		}
		if smaller := name == methodMin || name == leastText; smaller && c < 0 || !smaller && c > 0 {
			best = v
		}
		if total, err := sum.Add(exactNumber(v)); err == nil { // of some rows: no sum is out of range
			sum = total
		}
	}
	switch name {
	case methodSum:
		return sqltypes.NumValue(sum)
	case methodDistinct:
		return sqltypes.NumValue(sqltypes.NumFromInt(int64(len(seen))))
	}
	return best
}

// exactNumber is the number that a value is, 0 if it is none.
func exactNumber(v sqltypes.Value) sqltypes.Num {
	switch {
	case v.Kind == sqltypes.Decimal:
		return v.D
	case v.Kind.IsInteger():
		return sqltypes.NumFromInt(v.I)
	}
	return sqltypes.Num{}
}

// telling says whether the groups of rows tell a service that knows a feature from one
// that takes it for another.
func (g *grouping) telling(t *tester, part *groupPart, f feature, rows [][]sqltypes.Value) bool {
	one := &groupPart{column: part.column}
	if f.methods == nil {
		return len(g.expected(t, one, rows)) > 1
	}
	m := f.methods[0]
	one.methods = []method{m, {m.column, methodMin}, {m.column, methodMax}, {m.column, leastText}, {m.column, greatestText}}
	number := g.t.set.Properties[m.column].Type.Kind.IsNumeric()
	for _, x := range g.expected(t, one, rows) {
		outcome, least, most := x.values[0], x.values[1], x.values[2]
		tells := false
		switch m.name {
		case methodSum:
			tells = exactNumber(outcome).Cmp(exactNumber(least)) != 0 && exactNumber(outcome).Cmp(exactNumber(most)) != 0
		case methodDistinct:
			tells = exactNumber(outcome).Cmp(sqltypes.NumFromInt(x.n)) < 0
		case methodMin:
			tells = sqltypes.Compare(least, most) != 0 && (!number || sqltypes.Compare(least, x.values[3]) != 0)
		case methodMax:
			tells = sqltypes.Compare(least, most) != 0 && (!number || sqltypes.Compare(most, x.values[4]) != 0)
		}
		if tells {
			return true
		}
	}
	return false
}

// check asks for the groups of some rows and compares. A refusal is no error: it
// tells what the service cannot do.
func (s *groupScan) check(ctx context.Context, t *tester, part *groupPart, keys string, rows [][]sqltypes.Value) (wrong string, err error) {
	g := s.g
	found, err := s.read(ctx, part, g.t.svc.requestURL(g.t.path, []option{{"$apply", g.text(part, keys, part.notNull)}}))
	var u *unusable
	if errors.As(err, &u) {
		return u.why, nil
	}
	if err != nil {
		return "", err
	}
	expected := g.expected(t, part, rows)
	for _, x := range found {
		want := expected[keyText(x.key)]
		delete(expected, keyText(x.key))
		switch {
		case x.n == 0:
		case want == nil:
			return "it gives a group that is not there", nil
		case x.n != want.n:
			return fmt.Sprintf("it counts %d rows in a group of %d", x.n, want.n), nil
		}
		for i, m := range part.methods {
			if x.n > 0 && !sameOutcome(x.values[i], want.values[i]) {
				return fmt.Sprintf("the %s of %s is %s and not %s", m.name, g.t.set.Properties[m.column].Name, x.values[i], want.values[i]), nil
			}
		}
	}
	if len(expected) > 0 {
		return "it leaves a group out", nil
	}
	return "", nil
}

func sameOutcome(got, want sqltypes.Value) bool {
	switch {
	case got.Null:
		return false
	case got.Kind == sqltypes.Decimal:
		return got.D.Cmp(exactNumber(want)) == 0
	}
	return sqltypes.Compare(got, want) == 0
}
