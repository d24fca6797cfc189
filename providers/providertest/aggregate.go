package providertest

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// aggregateRows groups rows: one row a group in the order in which groups first
// occur, and exactly one when there is no grouping column.
func aggregateRows(a *providers.Aggregate, rows [][]sqltypes.Value) ([][]sqltypes.Value, error) {
	groups := map[string][][]sqltypes.Value{}
	var order []string
	for _, row := range rows {
		key := rowKey(pick(row, a.GroupBy))
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], row)
	}
	if len(a.GroupBy) == 0 && len(order) == 0 {
		order = []string{""}
	}
	var out [][]sqltypes.Value
	for _, key := range order {
		var row []sqltypes.Value
		if len(a.GroupBy) > 0 {
			row = pick(groups[key][0], a.GroupBy)
		}
		for _, c := range a.Calls {
			v, err := aggregateValue(c, groups[key])
			if err != nil {
				return nil, err
			}
			row = append(row, v)
		}
		out = append(out, row)
	}
	return out, nil
}

func aggregateValue(c providers.AggregateCall, rows [][]sqltypes.Value) (sqltypes.Value, error) {
	if c.Column < 0 {
		return sqltypes.Value{Kind: c.Type.Kind, I: int64(len(rows))}, nil
	}
	var values []sqltypes.Value
	seen := map[string]bool{}
	for _, row := range rows {
		v := row[c.Column]
		if key := rowKey([]sqltypes.Value{v}); !v.Null && !(c.Distinct && seen[key]) {
			seen[key] = true
			values = append(values, v)
		}
	}
	if c.Func == "COUNT" {
		return sqltypes.Value{Kind: c.Type.Kind, I: int64(len(values))}, nil
	}
	if len(values) == 0 {
		return sqltypes.NullOf(c.Type.Kind), nil
	}
	if c.Func == "MIN" || c.Func == "MAX" {
		best := values[0]
		for _, v := range values {
			if cmp := sqltypes.Compare(v, best); c.Func == "MIN" && cmp < 0 || c.Func == "MAX" && cmp > 0 {
				best = v
			}
		}
		return best, nil
	}
	var sum sqltypes.Num
	for _, v := range values {
		var err error
		if sum, err = sum.Add(exact(v)); err != nil {
			return sqltypes.Value{}, err
		}
	}
	if c.Func == "AVG" {
		var err error
		if sum, err = sum.Quo(sqltypes.NumFromInt(int64(len(values)))); err != nil {
			return sqltypes.Value{}, err
		}
	}
	if !c.Type.Kind.IsInteger() {
		return sqltypes.NumValue(sum), nil
	}
	i, ok := sum.Int64()
	if !ok {
		return sqltypes.Value{}, &providers.Error{Kind: providers.KindValue, State: "22003", Message: "the sum is out of range"}
	}
	return sqltypes.Value{Kind: c.Type.Kind, I: i}, nil
}

// rowKey is the same for rows that are equal as SQL's DISTINCT sees them:
// decimals by value, NULLs alike. Floats count as equal in their first twelve
// digits, for sums of them depend on the order of the rows.
func rowKey(row []sqltypes.Value) string {
	var b strings.Builder
	for _, v := range row {
		b.WriteString(cellKey(v))
		b.WriteByte(0)
	}
	return b.String()
}
