package providertest

import (
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// samples are up to three values of a column: the smallest, one from the
// middle and the largest.
func (tb *table) samples(column int) []sqltypes.Value {
	var values []sqltypes.Value
	for _, row := range tb.rows {
		if v := row[column]; !v.Null && v.Kind != sqltypes.Interval && v.Kind != sqltypes.JSON && v.Kind != sqltypes.Varbinary {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return nil
	}
	slices.SortFunc(values, sqltypes.Compare)
	picked := []sqltypes.Value{values[0], values[len(values)/2], values[len(values)-1]}
	return slices.CompactFunc(picked, func(a, b sqltypes.Value) bool { return sqltypes.Compare(a, b) == 0 })
}

func boolCall(f providers.Func, args ...providers.Expr) providers.Expr {
	return &providers.Call{Func: f, Args: args, T: sqltypes.Of(sqltypes.Bool)}
}

// predicates are conditions on one column, made of its own values.
func (tb *table) predicates(column int) []providers.Expr {
	c := &tb.info.Columns[column]
	ref := &providers.ColumnRef{Column: column, Name: c.Name, T: c.Type}
	out := []providers.Expr{boolCall(providers.IsNull, ref), boolCall(providers.IsNotNull, ref)}
	consts := []providers.Expr{ref}
	for _, v := range tb.samples(column) {
		k := &providers.Const{Value: v}
		consts = append(consts, k)
		for _, f := range []providers.Func{providers.Eq, providers.Ne, providers.Lt, providers.Le, providers.Gt, providers.Ge, providers.Same} {
			out = append(out, boolCall(f, ref, k))
		}
		out = append(out, boolCall(providers.Not, boolCall(providers.Eq, ref, k)),
			boolCall(providers.Or, boolCall(providers.Lt, ref, k), boolCall(providers.IsNull, ref)),
			boolCall(providers.Not, boolCall(providers.Or, boolCall(providers.Gt, ref, k), boolCall(providers.Eq, ref, k))),
			boolCall(providers.And, boolCall(providers.Ge, ref, k), boolCall(providers.IsNotNull, ref)))
		out = append(out, tb.functionPredicates(ref, k)...)
	}
	if len(consts) > 1 {
		out = append(out, boolCall(providers.In, consts...), boolCall(providers.Not, boolCall(providers.In, consts...)))
	}
	return out
}

// functionPredicates compare functions of a column, as its kind allows.
func (tb *table) functionPredicates(ref *providers.ColumnRef, k *providers.Const) []providers.Expr {
	integer, text := sqltypes.Of(sqltypes.BigInt), sqltypes.Of(sqltypes.Varchar)
	call := func(f providers.Func, t sqltypes.Type, args ...providers.Expr) providers.Expr {
		return &providers.Call{Func: f, Args: args, T: t}
	}
	num := func(i int64) providers.Expr { return &providers.Const{Value: sqltypes.IntValue(i)} }
	str := func(s string) providers.Expr { return &providers.Const{Value: sqltypes.StringValue(s)} }
	switch kind := ref.T.Kind; {
	case kind == sqltypes.Varchar:
		rs := []rune(k.Value.S)
		part := string(rs[:min(2, len(rs))])
		tail := string(rs[max(0, len(rs)-2):])
		return []providers.Expr{
			boolCall(providers.Like, ref, str(escaped(part)+"%"), str(`\`)), boolCall(providers.Like, ref, str("%"+escaped(tail)), str(`\`)),
			boolCall(providers.Like, ref, str("%"+escaped(tail)+"%"), str(`\`)), boolCall(providers.Not, boolCall(providers.Like, ref, str("_%"+escaped(tail)), str(`\`))),
			boolCall(providers.Eq, call(providers.Lower, text, ref), call(providers.Lower, text, k)),
			boolCall(providers.Eq, call(providers.Upper, text, ref), call(providers.Upper, text, k)),
			boolCall(providers.Eq, call(providers.Trim, text, ref), call(providers.Trim, text, k)),
			boolCall(providers.Gt, call(providers.Length, integer, ref), num(int64(len(rs)-1))),
			boolCall(providers.Eq, call(providers.Substring, text, ref, num(2), num(2)), call(providers.Substring, text, k, num(2), num(2))),
			boolCall(providers.Eq, call(providers.Position, integer, str(part), ref), num(1)),
			boolCall(providers.Eq, call(providers.Concat, text, ref, str("!")), str(k.Value.S+"!")),
		}
	case kind.IsInteger() && k.Value.I > -1000 && k.Value.I < 1_000_000:
		return []providers.Expr{
			boolCall(providers.Eq, call(providers.Add, integer, ref, num(1)), num(k.Value.I+1)),
			boolCall(providers.Lt, call(providers.Mul, integer, ref, num(2)), num(2*k.Value.I)),
			boolCall(providers.Eq, call(providers.Div, integer, ref, num(3)), num(k.Value.I/3)),
			boolCall(providers.Eq, call(providers.Mod, integer, ref, num(3)), num(k.Value.I%3)),
			boolCall(providers.Ge, call(providers.Neg, integer, ref), num(-k.Value.I)),
		}
	case kind == sqltypes.Decimal:
		return []providers.Expr{
			boolCall(providers.Ge, call(providers.Floor, ref.T, ref), k), boolCall(providers.Lt, call(providers.Ceiling, ref.T, ref), k),
			boolCall(providers.Gt, call(providers.Sub, sqltypes.Of(sqltypes.Decimal), ref, k), num(0)),
		}
	case kind == sqltypes.Date || kind == sqltypes.Timestamp:
		days := k.Value.I
		if kind == sqltypes.Timestamp {
			days, _ = sqltypes.SplitTicks(days)
		}
		y, m, d := sqltypes.Civil(days)
		return []providers.Expr{
			boolCall(providers.Eq, call(providers.Year, integer, ref), num(int64(y))), boolCall(providers.Ge, call(providers.Month, integer, ref), num(int64(m))),
			boolCall(providers.Ne, call(providers.Day, integer, ref), num(int64(d))),
		}
	}
	return nil
}

// escaped writes text so that LIKE with escape \ takes it as it is.
func escaped(s string) string {
	var out []rune
	for _, r := range s {
		if r == '%' || r == '_' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

// thoroughly is how many columns of a kind go through everything, the key beside
// them.
const thoroughly = 2

// shared is a column's part of what the columns of its kind are tried with: all
// of it for the key and the first columns, and in turns a third for the others.
// Tables of a hundred columns have few kinds.
func shared[T any](tb *table, column int, all []T) []T {
	rank := 0
	for c := range column {
		if tb.info.Columns[c].Type.Kind == tb.info.Columns[column].Type.Kind && !tb.info.Columns[c].Input {
			rank++
		}
	}
	if rank < thoroughly || slices.Contains(tb.info.Key, column) {
		return all
	}
	var part []T
	for i := rank % 3; i < len(all); i += 3 {
		part = append(part, all[i])
	}
	return part
}
