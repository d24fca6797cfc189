package epicor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// member is a member of a JSON object.
type member struct {
	name string
	raw  json.RawMessage
}

// membersOf reads an object's members in their order; ok is false for what is no
// object. A later member of the same name replaces the earlier one.
func membersOf(raw []byte) (list []member, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	at := map[string]int{}
	for dec.More() {
		t, err := dec.Token()
		name, isName := t.(string)
		if err != nil || !isName {
			return nil, false
		}
		m := member{name: name}
		if dec.Decode(&m.raw) != nil {
			return nil, false
		}
		if i, twice := at[name]; twice {
			list[i] = m
			continue
		}
		at[name] = len(list)
		list = append(list, m)
	}
	return list, true
}

// memberOf returns a member's value, nil if it is not there or null.
func memberOf(list []member, name string) json.RawMessage {
	for _, m := range list {
		if m.name == name && !isNull(m.raw) {
			return m.raw
		}
	}
	return nil
}

func isNull(raw []byte) bool { return len(raw) == 0 || string(raw) == "null" }

// rowsIn reads an array of objects; ok is false for any other value. An empty
// array is one of rows only where the description says so.
func rowsIn(raw []byte, s *shape) (rows [][]member, ok bool) {
	var elements []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		return nil, false
	}
	for _, e := range elements {
		row, isObject := membersOf(e)
		if !isObject {
			return nil, false
		}
		rows = append(rows, row)
	}
	return rows, len(rows) > 0 || s != nil && s.columns != nil
}

// answer collects the result sets of a call: each table of a dataset is one, and
// the plain values that a method gives back are one row at the end.
type answer struct {
	zoned bool // instants carry a zone
	sets  []providers.ResultSet
	plain []member
	types []sqltypes.Type // of the plain values, as described
}

// addAll takes the members of an object: those that are described, in that order
// and whether they came or not, then the others.
func (a *answer) addAll(members []member, s *shape, depth int) {
	if s != nil {
		for _, d := range s.members {
			a.add(d.name, memberOf(members, d.name), d.shape, depth)
		}
	}
	for _, m := range members {
		if s.member(m.name) == nil {
			a.add(m.name, m.raw, nil, depth)
		}
	}
}

// add takes a value that was given back under a name.
func (a *answer) add(name string, raw json.RawMessage, s *shape, depth int) {
	switch {
	case name == extensionTables && (isNull(raw) || string(raw) == "[]"):
		return
	case s != nil && s.columns != nil && isNull(raw):
		raw = json.RawMessage("[]")
	case s != nil && s.members != nil && isNull(raw):
		return
	}
	if rows, ok := rowsIn(raw, s); ok {
		a.rows(rows, s)
		return
	}
	members, isObject := membersOf(raw)
	if !isObject || depth > maxShapeDepth {
		t := sqltypes.Type{}
		if s != nil && s.members == nil && s.columns == nil {
			t = s.typ
		}
		a.plain, a.types = append(a.plain, member{name, raw}), append(a.types, t)
		return
	}
	inner := &answer{zoned: a.zoned}
	inner.addAll(members, s, depth+1)
	a.sets = append(a.sets, inner.result()...)
}

// extensionTables is the member of a tableset for tables that it does not know;
// it is empty in all that has been seen.
const extensionTables = "ExtensionTables"

// result returns all result sets.
func (a *answer) result() []providers.ResultSet {
	if a.plain == nil {
		return a.sets
	}
	row := a.plain
	s := &shape{}
	for i, t := range a.types {
		s.columns = append(s.columns, providers.Column{Name: row[i].name, Type: t, Nullable: true})
	}
	a.plain = nil
	a.rows([][]member{row}, s)
	return a.sets
}

// rows adds a result set of rows. Its columns are those that are described, in
// their order, then those that only the rows show.
func (a *answer) rows(rows [][]member, s *shape) {
	var columns []providers.Column
	at := map[string]int{}
	if s != nil {
		for _, c := range s.columns {
			if a.zoned && c.Type.Kind == sqltypes.Timestamp {
				c.Type = sqltypes.Of(sqltypes.TimestampTZ)
			}
			at[c.Name] = len(columns)
			columns = append(columns, c)
		}
	}
	for _, row := range rows {
		for _, m := range row {
			if _, known := at[m.name]; !known {
				at[m.name] = len(columns)
				columns = append(columns, providers.Column{Name: m.name, Nullable: true})
			}
		}
	}
	cells := make([][]json.RawMessage, len(rows))
	for i, row := range rows {
		cells[i] = make([]json.RawMessage, len(columns))
		for _, m := range row {
			cells[i][at[m.name]] = m.raw
		}
	}
	values := make([][]sqltypes.Value, len(rows))
	for i := range values {
		values[i] = make([]sqltypes.Value, len(columns))
	}
	for c := range columns {
		columns[c].Type = fill(values, cells, c, columns[c].Type)
	}
	a.sets = append(a.sets, providers.NewResultSet(columns, values...))
}

// fill converts a column and returns its type: the one that is described if all
// values fit it, else the narrowest that they have. Descriptions are coarse, and
// whatever a call has done, its answer must be readable.
func fill(values [][]sqltypes.Value, cells [][]json.RawMessage, c int, described sqltypes.Type) sqltypes.Type {
	candidates := []sqltypes.Type{
		described, sqltypes.Of(sqltypes.Bool), sqltypes.Of(sqltypes.BigInt), sqltypes.Of(sqltypes.Decimal),
		sqltypes.VarcharType(sqltypes.Unlimited), sqltypes.Of(sqltypes.JSON),
	}
	for i, t := range candidates {
		if i == 0 && t.Kind == sqltypes.Null {
			continue
		}
		if fits(values, cells, c, t, i > 0) {
			return t
		}
	}
	return sqltypes.Of(sqltypes.JSON) // it takes everything
}

func fits(values [][]sqltypes.Value, cells [][]json.RawMessage, c int, t sqltypes.Type, strict bool) bool {
	some := false
	for i := range cells {
		raw := cells[i][c]
		if isNull(raw) {
			values[i][c] = sqltypes.NullOf(t.Kind)
			continue
		}
		v, ok := scalar(raw, t, strict)
		if !ok {
			return false
		}
		values[i][c], some = v, true
	}
	// Nothing but nulls are a text of nobody knows what.
	return some || !strict || t.Kind == sqltypes.Varchar
}

// scalar reads a plain value. Numbers may come as strings, as v1 sends them,
// where a number is expected; strict keeps strings strings.
func scalar(raw json.RawMessage, t sqltypes.Type, strict bool) (sqltypes.Value, bool) {
	text, isString := string(raw), raw[0] == '"'
	if isString && json.Unmarshal(raw, &text) != nil {
		return sqltypes.Value{}, false
	}
	isNumber := raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
	number := isNumber || isString && !strict
	switch t.Kind {
	case sqltypes.Bool:
		return sqltypes.BoolValue(text == "true"), (text == "true" || text == "false") && (!isString || !strict)
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt:
		n, err := jsonpage.ParseInt64([]byte(text))
		small := t.Kind == sqltypes.BigInt || n == int64(int32(n))
		whole := !strict || !strings.ContainsAny(text, ".eE") // 1.00 is an amount
		return sqltypes.Value{Kind: t.Kind, I: n}, err == nil && number && small && whole
	case sqltypes.Decimal:
		d, err := sqltypes.ParseNum(text)
		return sqltypes.NumValue(d.Padded(t.Scale)), err == nil && number
	case sqltypes.Varchar:
		return sqltypes.StringValue(text), isString
	case sqltypes.UUID:
		b, err := jsonpage.AppendGUID(nil, []byte(text))
		return sqltypes.UUIDValue(string(b)), err == nil && isString
	case sqltypes.Date:
		d, err := jsonpage.ParseDate([]byte(text))
		return sqltypes.DateValue(d), err == nil && isString
	case sqltypes.Timestamp, sqltypes.TimestampTZ:
		ts, err := jsonpage.ParseTimestamp([]byte(text))
		if t.Kind == sqltypes.Timestamp {
			return sqltypes.TimestampValue(ts.Clock), err == nil && isString && !ts.HasZone
		}
		return sqltypes.TimestampTZValue(ts.Instant()), err == nil && isString && ts.HasZone
	case sqltypes.Varbinary:
		b, err := base64.StdEncoding.DecodeString(text)
		return sqltypes.BytesValue(b), err == nil && isString
	case sqltypes.JSON:
		return sqltypes.Value{Kind: sqltypes.JSON, S: strings.TrimSpace(string(raw))}, true
	}
	return sqltypes.Value{}, false
}
