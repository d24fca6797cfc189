package odata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// maxSample is how many rows are looked at to find ones to try with.
const maxSample = 100

// tester tries some features of one table.
type tester struct {
	t       *Table
	names   []string
	wanted  map[string]trial
	columns []int // that are read: the key's first
	rows    [][]sqltypes.Value
}

func (t *tester) run(ctx context.Context) error {
	known := t.t.svc.trials
	t.names = slices.DeleteFunc(t.names, func(name string) bool { _, tried := known.verdict(name); return tried })
	if len(t.names) == 0 {
		return nil
	}
	if err := t.sample(ctx); err != nil {
		return err
	}
	var together []attempt
	for _, name := range t.names {
		x := t.wanted[name]
		if x.order {
			if err := t.sorts(ctx, name, x); err != nil {
				return err
			}
			continue
		}
		a, ok := t.attempt(name, x)
		switch {
		case ok:
			together = append(together, a)
		case len(t.rows) > 0: // nothing is lost of a set without rows
			known.note(name, fmt.Sprintf("whether the service knows %s could not be tried: none of the first %d rows of %s is of use", name, len(t.rows), t.t.info.Name))
		}
	}
	return t.conditions(ctx, together)
}

// conditions tries conditions together where they are about one row, and each
// by itself where that fails.
func (t *tester) conditions(ctx context.Context, list []attempt) error {
	for len(list) > 0 {
		row := list[0].row
		same := slices.DeleteFunc(slices.Clone(list), func(a attempt) bool { return a.row != row })
		list = slices.DeleteFunc(list, func(a attempt) bool { return a.row == row })
		wrong, err := t.check(ctx, same)
		if err != nil {
			return err
		}
		for _, a := range same {
			why := ""
			if wrong != "" && len(same) > 1 {
				if why, err = t.check(ctx, []attempt{a}); err != nil {
					return err
				}
			} else {
				why = wrong
			}
			if why != "" {
				why = fmt.Sprintf("the service cannot be relied on for %s: %s", a.feature, why)
			}
			t.t.svc.trials.note(a.feature, why)
		}
	}
	return nil
}

// attempt is a condition that holds for a row and one that does not.
type attempt struct {
	feature  string
	row      int
	yes, not string
	// other says that not is about another row, and tells which by itself.
	other bool
}

// sample reads some rows.
func (t *tester) sample(ctx context.Context) error {
	for _, k := range t.t.set.Key {
		t.columns = append(t.columns, k.Property)
	}
	for _, name := range t.names {
		if c := t.wanted[name].column; !slices.Contains(t.columns, c) {
			t.columns = append(t.columns, c)
		}
	}
	plan, err := t.t.Plan(ctx, &providers.ScanRequest{Columns: t.columns, RowHint: maxSample})
	if err != nil {
		return err
	}
	r, err := plan.Open(ctx, nil)
	if err != nil {
		return err
	}
	b := tuple.NewBatch(plan.Layout)
	err = r.Next(ctx, b)
	if err == nil {
		for i := range min(b.Len(), maxSample) {
			row := make([]sqltypes.Value, len(t.columns))
			for c := range row {
				row[c] = plan.Layout.Value(b.Row(i), c)
				row[c].S = strings.Clone(row[c].S)
			}
			t.rows = append(t.rows, row)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return errors.Join(err, r.Close())
}

// attempt finds a row to try a condition on: the first that will do, so that
// conditions are tried together.
func (t *tester) attempt(feature string, x trial) (attempt, bool) {
	at := slices.Index(t.columns, x.column)
	for i, row := range t.rows {
		yes, not, ok := t.examples(x, row[at])
		if !ok || x.mark == 0 && !t.plainKey(row) {
			continue
		}
		a := attempt{feature: feature, row: i}
		r := &renderer{t.t.set, &t.t.svc.Traits}
		if a.yes = r.condition(yes, false).text; a.yes == "" {
			continue
		}
		if not != nil {
			if a.not = r.condition(not, false).text; a.not == "" {
				continue
			}
			return a, true
		}
		// What does not hold for a null holds for no other row either: one is needed.
		for k, other := range t.rows {
			if other[at].Null != row[at].Null {
				a.not, a.other = t.key(k)+" and "+a.yes, true
				return a, true
			}
		}
	}
	return attempt{}, false
}

// plainKey says that no text of a row's key has anything in it that a service
// might misread.
func (t *tester) plainKey(row []sqltypes.Value) bool {
	for _, v := range row[:len(t.t.set.Key)] {
		if v.Kind == sqltypes.Varchar && len(marksIn(v.S)) > 0 {
			return false
		}
	}
	return true
}

// examples are a condition of the kind that holds for a value, and one that does
// not; nil where that takes another value.
func (t *tester) examples(x trial, v sqltypes.Value) (yes, not providers.Expr, ok bool) {
	column := t.t.set.Properties[x.column].Column
	var term providers.Expr = &providers.ColumnRef{Column: x.column, Name: column.Name, T: column.Type}
	test := func(f providers.Func, values ...sqltypes.Value) providers.Expr {
		c := &providers.Call{Func: f, Args: []providers.Expr{term}, T: sqltypes.Of(sqltypes.Bool)}
		for _, v := range values {
			c.Args = append(c.Args, &providers.Const{Value: v})
		}
		return c
	}
	if x.f == providers.IsNull || x.f == providers.IsNotNull {
		return test(x.f), nil, v.Null == (x.f == providers.IsNull)
	}
	if v.Null {
		return nil, nil, false
	}
	if x.mark != 0 {
		return test(providers.Eq, v), test(providers.Eq, sqltypes.StringValue(v.S+"~")), v.Kind == sqltypes.Varchar && slices.Contains(marksIn(v.S), x.mark)
	}
	if x.part != "" {
		part, known := datePartOf(x.part, v)
		term, v = &providers.Call{Func: x.part, Args: []providers.Expr{term}, T: sqltypes.Of(sqltypes.Integer)}, sqltypes.IntValue(part)
		if !known {
			return nil, nil, false
		}
	}
	if x.f == providers.Like {
		return likeExamples(test, v.S)
	}
	less, more, ok := neighbours(v)
	if !ok {
		return nil, nil, false
	}
	switch x.f {
	case providers.Eq:
		return test(x.f, v), test(x.f, more), true
	case providers.Ne:
		return test(x.f, more), test(x.f, v), true
	case providers.Lt:
		return test(x.f, more), test(x.f, v), true
	case providers.Le:
		return test(x.f, v), test(x.f, less), true
	case providers.Gt:
		return test(x.f, less), test(x.f, v), true
	case providers.Ge:
		return test(x.f, v), test(x.f, more), true
	case providers.In:
		return test(x.f, more, v), test(x.f, more, less), true
	}
	return nil, nil, false
}

// likeExamples ask for the beginning, the end and the middle of a text, each of
// which is no other part of it.
func likeExamples(test func(providers.Func, ...sqltypes.Value) providers.Expr, text string) (yes, not providers.Expr, ok bool) {
	runes := []rune(text)
	last := len(runes) - 1
	if last < 1 || strings.ContainsAny(text, `%_\`) || runes[0] == runes[last] {
		return nil, nil, false
	}
	join := func(f providers.Func, begin, middle, end string) providers.Expr {
		return &providers.Call{Func: f, T: sqltypes.Of(sqltypes.Bool), Args: []providers.Expr{
			test(providers.Like, sqltypes.StringValue(begin+"%")), test(providers.Like, sqltypes.StringValue("%"+middle+"%")), test(providers.Like, sqltypes.StringValue("%"+end))}}
	}
	return join(providers.And, string(runes[:last]), string(runes[1:max(2, last)]), string(runes[1:])), join(providers.Or, text+"~", text+"~", text+"~"), true
}

// neighbours are a value less than another and one that is more.
func neighbours(v sqltypes.Value) (less, more sqltypes.Value, ok bool) {
	less, more = v, v
	step := int64(1)
	switch v.Kind {
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt, sqltypes.Date:
	case sqltypes.Timestamp, sqltypes.TimestampTZ:
		step = sqltypes.TicksPerDay
	case sqltypes.Time:
		if step = sqltypes.TicksPerSecond; v.I < step || v.I >= sqltypes.TicksPerDay-step {
			return less, more, false
		}
	case sqltypes.Bool:
		less.I, more.I = 1-v.I, 1-v.I
		return less, more, true
	case sqltypes.Decimal:
		one := sqltypes.NewNum(1, 0)
		var under, over error
		less.D, under = v.D.Sub(one)
		more.D, over = v.D.Add(one)
		return less, more, under == nil && over == nil
	case sqltypes.Real, sqltypes.Double:
		less.F, more.F = v.F-1, v.F+1
		return less, more, less.F < v.F && v.F < more.F
	case sqltypes.Varchar:
		less.S, more.S = "", v.S+"~"
		return less, more, v.S != ""
	case sqltypes.UUID:
		less.S, more.S = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
		return less, more, v.S != less.S && v.S != more.S
	default:
		return less, more, false
	}
	less.I, more.I = v.I-step, v.I+step
	return less, more, less.I < v.I && v.I < more.I
}

// datePartOf is a part of a date or a time.
func datePartOf(part providers.Func, v sqltypes.Value) (int64, bool) {
	text := v.Text()
	date, clock, _ := strings.Cut(text, " ")
	switch v.Kind {
	case sqltypes.Time:
		date, clock = "", text
	case sqltypes.Date, sqltypes.Timestamp:
	default:
		return 0, false
	}
	var n int64
	var err error
	switch from := map[providers.Func]string{providers.Year: cutPart(date, "-", 0), providers.Month: cutPart(date, "-", 1), providers.Day: cutPart(date, "-", 2),
		providers.Hour: cutPart(clock, ":", 0), providers.Minute: cutPart(clock, ":", 1)}[part]; from {
	case "":
		return 0, false
	default:
		_, err = fmt.Sscanf(from, "%d", &n)
	}
	return n, err == nil
}

func cutPart(s, sep string, n int) string {
	if parts := strings.Split(s, sep); n < len(parts) {
		return parts[n]
	}
	return ""
}

// key is the condition for one row of the sample.
func (t *tester) key(row int) string {
	var parts []string
	for i, k := range t.t.set.Key {
		p := &t.t.set.Properties[k.Property]
		if t.t.svc.Traits.fixed(p.Name) {
			continue
		}
		text, err := t.t.svc.Traits.literal(p, t.rows[row][i])
		if err != nil {
			return ""
		}
		parts = append(parts, p.Wire()+" eq "+text)
	}
	return strings.Join(parts, " and ")
}

// check asks for a row by its key and conditions: all that hold together, then
// any that does not. It returns what was wrong.
func (t *tester) check(ctx context.Context, list []attempt) (wrong string, err error) {
	row := list[0].row
	key := t.key(row)
	if key == "" {
		return "a row cannot be asked for by its key", nil
	}
	var yes, not []string
	for _, a := range list {
		yes, not = append(yes, a.yes), append(not, "("+key+" and "+a.not+")")
		if a.other {
			not[len(not)-1] = "(" + a.not + ")"
		}
	}
	found, wrong, err := t.find(ctx, row, key+" and "+strings.Join(yes, " and "))
	switch {
	case err != nil || wrong != "":
		return wrong, err
	case found != 1:
		return fmt.Sprintf("it gave %d rows where the condition holds for one", found), nil
	}
	outside := "(" + strings.Join(not, " or ") + ")"
	if found, wrong, err = t.find(ctx, row, outside); err == nil && wrong == "" && found != 0 {
		wrong = fmt.Sprintf("it gave %d rows where the condition does not hold", found)
	}
	return wrong, err
}

// find counts the rows of an answer. A refusal is no error: it tells what the
// service cannot do.
func (t *tester) find(ctx context.Context, row int, filter string) (found int, wrong string, err error) {
	p := newPlanner(t.t, &providers.ScanRequest{Columns: t.columns[:len(t.t.set.Key)]})
	p.order()
	p.project()
	page, keys, err := p.scan.peek(ctx, request{filters: []string{filter}, top: 3, count: t.t.svc.Traits.Count})
	var e *providers.Error
	switch {
	case errors.As(err, &e) && (e.Status == 400 || e.Status == 500 || e.Status == 501 || e.Kind == providers.KindResponse):
		return 0, "it answers a request with it by an error: " + e.Message, nil
	case err != nil:
		return 0, "", err
	}
	for _, key := range keys {
		if !sameIdentity(key, t.rows[row][:len(key)]) {
			return len(keys), "it gave rows that were not asked for", nil
		}
	}
	if page.count >= 0 && page.count != int64(len(keys)) {
		t.t.svc.trials.note(countTrial, "the service's $count does not go by $filter")
	}
	return len(keys), "", nil
}

// sorts tries $orderby by a column, up and down.
func (t *tester) sorts(ctx context.Context, feature string, x trial) error {
	wrong := ""
	property := &t.t.set.Properties[x.column]
	for _, desc := range [...]bool{false, true} {
		p := newPlanner(t.t, &providers.ScanRequest{Columns: []int{x.column}})
		p.scan.order = []sortKey{{property, desc}}
		p.project()
		_, rows, err := p.scan.peek(ctx, request{top: maxSample})
		var e *providers.Error
		switch {
		case errors.As(err, &e) && (e.Status == 400 || e.Status == 500 || e.Status == 501):
			wrong = "it answers a request with it by an error: " + e.Message
		case err != nil:
			return err
		}
		for i := 1; i < len(rows); i++ {
			if c := compareNullable(rows[i-1][0], rows[i][0]); desc && c < 0 || !desc && c > 0 {
				wrong = "rows come in another order"
			}
		}
	}
	if wrong != "" {
		wrong = fmt.Sprintf("the service cannot be relied on for %s: %s", feature, wrong)
	}
	t.t.svc.trials.note(feature, wrong)
	return nil
}

func compareNullable(a, b sqltypes.Value) int {
	switch {
	case a.Null && b.Null:
		return 0
	case a.Null:
		return -1
	case b.Null:
		return 1
	}
	return sqltypes.Compare(a, b)
}

// peek reads one page and the rows on it.
func (s *scan) peek(ctx context.Context, q request) (*page, [][]sqltypes.Value, error) {
	f := s.fresh()
	f.header, f.hashed = f.svc.header(), false
	r, err := f.reader()
	if err != nil {
		return nil, nil, err
	}
	resp, err := f.svc.get(ctx, f.url(q), f.header, f.stats)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Release()
	p, err := r.read(ctx, resp, fetch.NewPool(f.result.Layout), cut{most: -1})
	if err != nil {
		return nil, nil, err
	}
	var rows [][]sqltypes.Value
	for _, b := range p.batches {
		for i := range b.Len() {
			row := make([]sqltypes.Value, f.result.Layout.Columns())
			for c := range row {
				row[c] = f.result.Layout.Value(b.Row(i), c)
			}
			rows = append(rows, row)
		}
	}
	return p, rows, nil
}
