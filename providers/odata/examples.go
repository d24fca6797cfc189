package odata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// attempt is a kind of condition, made to hold for some rows of the sample and not
// to hold for some.
type attempt struct {
	feature  string
	yes, not []claim
}

// claim is a condition about one row.
type claim struct {
	row  int
	text string
}

// attempt finds rows to try a kind of condition on. What holds for a value must not
// hold for null either, if the sample has one; a condition without a constant, which
// is the same for all rows, needs one that it does not hold for.
func (t *tester) attempt(feature string, x trial) (attempt, bool) {
	r := &renderer{t.t.set, &t.t.svc.Traits}
	text := func(e providers.Expr) string {
		if e == nil {
			return ""
		}
		return r.condition(e, false).text
	}
	var with, without []int
	claims := make([][2]string, len(t.rows))
	for i, row := range t.rows {
		yes, not, ok := t.examples(x, row)
		claims[i] = [2]string{text(yes), text(not)}
		switch {
		case t.key(i) == "":
		case ok && claims[i][0] != "" && (x.constantFree() || claims[i][1] != ""):
			with = append(with, i)
		case x.constantFree() || row[t.at(x.column)].Null:
			without = append(without, i)
		}
	}
	if with == nil || x.constantFree() && without == nil {
		return attempt{}, false
	}
	with, without = t.telling(with, x), t.telling(without, x)
	a := attempt{feature: feature}
	for _, i := range with {
		a.yes = append(a.yes, claim{i, claims[i][0]})
	}
	if !x.constantFree() {
		without = without[:min(1, len(without))] // nulls are all alike
		for _, i := range with {
			a.not = append(a.not, claim{i, claims[i][1]})
		}
	}
	for _, i := range without {
		a.not = slices.Insert(a.not, 0, claim{i, a.yes[0].text})
	}
	return a, true
}

// shorten leaves some rows out; false if each is needed.
func (a *attempt) shorten() bool {
	if len(a.yes) == 1 && len(a.not) == 1 {
		return false
	}
	a.yes, a.not = a.yes[:(len(a.yes)+1)/2], a.not[:(len(a.not)+1)/2]
	return true
}

// at is the place of a column in the sample.
func (t *tester) at(column int) int { return slices.Index(t.columns, column) }

// spread is into how many parts the sample is cut, for a row of each.
const spread = 6

// telling picks rows to try with: the ones whose values are written shortest and
// longest, since it is short texts that are padded with blanks and long numbers that
// lose digits, and some from all over the sample, the same ones for all conditions.
// Rows with least in them that may be misread for another reason go first.
func (t *tester) telling(rows []int, x trial) []int {
	if len(rows) == 0 {
		return nil
	}
	at := t.at(x.column)
	odd := func(row int) (n int) {
		for _, v := range t.rows[row][:len(t.t.set.Key)] {
			n += len(marksIn(v.S))
		}
		if x.mark == 0 {
			n += len(marksIn(t.rows[row][at].S))
		}
		return n
	}
	least := odd(slices.MinFunc(rows, func(a, b int) int { return odd(a) - odd(b) }))
	rows = slices.DeleteFunc(slices.Clone(rows), func(row int) bool { return odd(row) > least })
	byLength := func(a, b int) int { return written(t.rows[a][at]) - written(t.rows[b][at]) }
	picked := []int{slices.MinFunc(rows, byLength), slices.MaxFunc(rows, byLength)}
	for _, row := range rows {
		if row%(len(t.rows)/spread+1) == 0 {
			picked = append(picked, row)
		}
	}
	return distinct(picked)
}

// distinct are rows each once, in their order.
func distinct(rows []int) (each []int) {
	for _, row := range rows {
		if !slices.Contains(each, row) {
			each = append(each, row)
		}
	}
	return each
}

// written is how much of a value is written, but for zeros at its end.
func written(v sqltypes.Value) int {
	text := v.Text()
	switch v.Kind {
	case sqltypes.Decimal:
		text = v.D.TrimZeros().String()
	case sqltypes.Timestamp, sqltypes.TimestampTZ:
		text = strings.TrimRight(string(sqltypes.AppendTimestamp(nil, v.I, ' ')), " :0")
	}
	return len(text)
}

// examples are a condition of the kind that holds for a row, and one that does not;
// nil where that takes another row.
func (t *tester) examples(x trial, row []sqltypes.Value) (yes, not providers.Expr, ok bool) {
	v, term := row[t.at(x.column)], t.t.columnRef(x.column)
	test := func(f providers.Func, values ...sqltypes.Value) providers.Expr {
		c := &providers.Call{Func: f, Args: []providers.Expr{term}, T: sqltypes.Of(sqltypes.Bool)}
		for _, v := range values {
			c.Args = append(c.Args, &providers.Const{Value: v})
		}
		return c
	}
	if x.nullTest() {
		return test(x.f), nil, v.Null == (x.f == providers.IsNull)
	}
	if x.pair {
		other := row[t.at(x.other)]
		return &providers.Call{Func: x.f, Args: []providers.Expr{term, t.t.columnRef(x.other)}, T: sqltypes.Of(sqltypes.Bool)}, nil,
			!v.Null && !other.Null && holds(x.f, sqltypes.Compare(v, other))
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

// columnRef is a column in an expression.
func (t *Table) columnRef(column int) providers.Expr {
	c := &t.set.Properties[column].Column
	return &providers.ColumnRef{Column: column, Name: c.Name, T: c.Type}
}

// holds says whether a comparison is true of two values that compare so.
func holds(f providers.Func, order int) bool {
	switch f {
	case providers.Eq:
		return order == 0
	case providers.Ne:
		return order != 0
	case providers.Lt:
		return order < 0
	case providers.Le:
		return order <= 0
	case providers.Gt:
		return order > 0
	}
	return order >= 0
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

// neighbours are a value less than another and one that is more, both as close as
// services that read well tell apart.
func neighbours(v sqltypes.Value) (less, more sqltypes.Value, ok bool) {
	less, more = v, v
	step := int64(1)
	switch v.Kind {
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt, sqltypes.Date:
	case sqltypes.Timestamp, sqltypes.TimestampTZ:
		step = sqltypes.TicksPerSecond
	case sqltypes.Time:
		if step = sqltypes.TicksPerSecond; v.I < step || v.I >= sqltypes.TicksPerDay-step {
			return less, more, false
		}
	case sqltypes.Bool:
		less.I, more.I = 1-v.I, 1-v.I
		return less, more, true
	case sqltypes.Decimal:
		one := sqltypes.NewNum(1, v.D.Scale())
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
