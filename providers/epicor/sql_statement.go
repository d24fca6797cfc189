package epicor

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// sqlStatement is a SELECT for the database: aggregates of one table, in groups,
// under comparisons of columns with constants. Its items are named by their
// place; the number of rows is the last.
//
//   - Groups are of whole numbers, decimals, truth values, GUIDs and instants, and
//     of text where the server's collation is wanted (Collation=server).
//   - COUNT is of rows, and of any column but a text: a set may show a blank text
//     where the table has a null. COUNT(DISTINCT …) is of numbers, truth values and
//     GUIDs: of an instant the table may know more digits than are sent.
//   - MIN and MAX are of numbers and instants: SQL Server sorts GUIDs in an order of
//     its own, and texts have nulls again.
//   - SUM is of numbers. AVG is of whole numbers, as SUM and COUNT, for the digits
//     of a quotient depend on those that its operands are written with.
//   - Conditions compare numbers, and for equality truth values, GUIDs and plain
//     texts. Instants are not compared: the count of the set's rows would not show
//     that the table keeps them in another zone.
//
// User-defined columns are in a table of their own and not asked for.
type sqlStatement struct {
	text    string
	outputs []sqlOutput
	items   int
}

// sqlOutput is a column of the answer.
type sqlOutput struct {
	column string // of the set, "" for COUNT(*)
	typ    sqltypes.Type
	item   int  // position of its item
	mean   bool // item is the sum, the next one the number of values
	whole  bool // of whole numbers
	group  bool
}

func (o *sqlOutput) text() bool { return o.typ.Kind == sqltypes.Varchar }

// read reads a value that is not null. ok is false where its form does not say
// for certain which value it is.
func (o *sqlOutput) read(raw json.RawMessage) (v sqltypes.Value, ok bool) {
	switch o.typ.Kind {
	case sqltypes.Timestamp:
		// The table's clock, which some servers of v1 print with a Z.
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return v, false
		}
		ts, err := jsonpage.ParseTimestamp([]byte(text))
		return sqltypes.TimestampValue(ts.Clock), err == nil && (!ts.HasZone || ts.Instant() == ts.Clock)
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt, sqltypes.Decimal:
		if !o.certain(raw) {
			return v, false
		}
	}
	return scalar(raw, o.typ, false)
}

// certainDigits is how many digits of a number survive floating point.
const certainDigits = 15

// certain says whether a number is what the database has. Whole numbers are sent
// as such. Those with a fraction may have been through floating point, which
// shows in no more digits than that keeps; but not where they are texts.
func (o *sqlOutput) certain(raw json.RawMessage) bool {
	switch {
	case raw[0] == '"':
		return true
	case bytes.ContainsAny(raw, "eE"):
		return false
	case o.whole:
		return !bytes.Contains(raw, []byte("."))
	}
	return len(strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(string(raw)), "0")) <= certainDigits
}

func (s *sqlStatement) types() []sqltypes.Type {
	types := make([]sqltypes.Type, len(s.outputs))
	for i := range s.outputs {
		types[i] = s.outputs[i].typ
	}
	return types
}

var errNoSQL = errors.New("not asked of the database")

// statement writes the SELECT of a request.
func (q *sqlTable) statement(set *odata.Set, r *providers.ScanRequest) (*sqlStatement, error) {
	s := &sqlStatement{}
	var items, groups []string
	item := func(expression string) int {
		items = append(items, expression+" as [C"+strconv.Itoa(len(items))+"]")
		return len(items) - 1
	}
	for _, c := range r.Aggregate.GroupBy {
		column, p, err := q.column(set, c)
		if err != nil || !q.groups(p) {
			return nil, errNoSQL
		}
		groups = append(groups, column)
		s.outputs = append(s.outputs, sqlOutput{column: p.Name, typ: p.Type, item: item(column), whole: p.Type.Kind.IsInteger(), group: true})
	}
	for _, call := range r.Aggregate.Calls {
		expressions, err := q.call(set, call)
		if err != nil {
			return nil, err
		}
		o := sqlOutput{typ: call.Type, item: len(items), mean: len(expressions) > 1, whole: true}
		if call.Column >= 0 {
			p := &set.Properties[call.Column]
			o.column, o.whole = p.Name, p.Type.Kind.IsInteger() || call.Func == "COUNT"
			if o.typ.Kind == sqltypes.Decimal && p.Type.Kind == sqltypes.Decimal {
				o.typ.Scale = p.Type.Scale // sums and extremes have the column's places
			}
		}
		s.outputs = append(s.outputs, o)
		for _, e := range expressions {
			item(e)
		}
	}
	item("count(*)")
	where := []string{"[T].[Company] = '" + q.company + "'"}
	for _, f := range r.Filter {
		cond, err := q.condition(set, f)
		if err != nil {
			return nil, err
		}
		where = append(where, cond)
	}
	s.items = len(items)
	s.text = "select " + strings.Join(items, ", ") + " from " + q.name + " as [T] where " + strings.Join(where, " and ")
	if groups != nil {
		s.text += " group by " + strings.Join(groups, ", ")
	}
	return s, nil
}

// column is one that is in the set's table of the database: no user-defined one,
// and none whose name in the metadata is another.
func (q *sqlTable) column(set *odata.Set, c int) (string, *odata.Property, error) {
	p := &set.Properties[c]
	_, doubted := q.doubted.Load(p.Name)
	if doubted || p.Input || p.Edm == "" || len(p.Path) != 1 || p.Aliases != nil || strings.HasSuffix(p.Name, "_c") || !plainName(p.Name) {
		return "", nil, errNoSQL
	}
	return "[T].[" + p.Name + "]", p, nil
}

// numeric reports numbers that are compared and added up exactly.
func numeric(p *odata.Property) bool {
	return p.Type.Kind.IsInteger() || p.Type.Kind == sqltypes.Decimal && p.Edm == "Edm.Decimal"
}

func instant(p *odata.Property) bool {
	return p.Edm == "Edm.DateTime" && p.Type.Kind == sqltypes.Timestamp || p.Edm == "Edm.DateTimeOffset" && p.Type.Kind == sqltypes.TimestampTZ
}

// groups reports columns whose equal values are one group in the database and here.
func (q *sqlTable) groups(p *odata.Property) bool {
	return numeric(p) || instant(p) || p.Type.Kind == sqltypes.Bool || p.Edm == "Edm.Guid" || p.Edm == "Edm.String" && q.svc.Traits.ServerCollation
}

// call writes an aggregate: one expression, or sum and number for a mean.
func (q *sqlTable) call(set *odata.Set, call providers.AggregateCall) ([]string, error) {
	if call.Column < 0 {
		return []string{"count(*)"}, nil
	}
	column, p, err := q.column(set, call.Column)
	if err != nil {
		return nil, err
	}
	of := "(" + column + ")"
	if call.Distinct {
		of = "(distinct " + column + ")"
	}
	can := false
	switch call.Func {
	case "COUNT":
		can = p.Edm != "Edm.String"
		if call.Distinct {
			can = numeric(p) || p.Type.Kind == sqltypes.Bool || p.Edm == "Edm.Guid"
		}
	case "MIN", "MAX":
		can, of = numeric(p) || instant(p), "("+column+")"
	case "SUM":
		can = numeric(p) // a sum that the column's type cannot hold is the server's error
	case "AVG":
		if p.Type.Kind.IsInteger() {
			return []string{"sum" + of, "count" + of}, nil
		}
	}
	if !can {
		return nil, errNoSQL
	}
	return []string{strings.ToLower(call.Func) + of}, nil
}

// condition writes a condition whose three-valued logic is SQL's own.
func (q *sqlTable) condition(set *odata.Set, e providers.Expr) (string, error) {
	c, ok := e.(*providers.Call)
	if !ok {
		return "", errNoSQL
	}
	switch c.Func {
	case providers.And, providers.Or, providers.Not:
		var parts []string
		for _, a := range c.Args {
			part, err := q.condition(set, a)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		if c.Func == providers.Not {
			return "not (" + parts[0] + ")", nil
		}
		return "(" + strings.Join(parts, " "+strings.ToLower(string(c.Func))+" ") + ")", nil
	case providers.In:
		var parts []string
		for _, a := range c.Args[1:] {
			part, err := q.comparison(set, c.Args[0], "=", a)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return "(" + strings.Join(parts, " or ") + ")", nil
	case providers.Eq, providers.Ne, providers.Lt, providers.Le, providers.Gt, providers.Ge:
		if _, isConst := c.Args[0].(*providers.Const); isConst {
			return q.comparison(set, c.Args[1], string(c.Func.Mirrored()), c.Args[0])
		}
		return q.comparison(set, c.Args[0], string(c.Func), c.Args[1])
	}
	return "", errNoSQL
}

func (q *sqlTable) comparison(set *odata.Set, column providers.Expr, operator string, constant providers.Expr) (string, error) {
	ref, isColumn := column.(*providers.ColumnRef)
	k, isConst := constant.(*providers.Const)
	if !isColumn || !isConst || k.Value.Null {
		return "", errNoSQL
	}
	name, p, err := q.column(set, ref.Column)
	if err != nil {
		return "", err
	}
	equality := operator == "=" || operator == "<>"
	switch kind := p.Type.Kind; {
	case kind.IsInteger() && k.Value.Kind.IsInteger(), numeric(p) && (k.Value.Kind == sqltypes.Decimal || k.Value.Kind.IsInteger()):
		return name + " " + operator + " " + k.Value.Text(), nil
	case kind == sqltypes.Bool && k.Value.Kind == sqltypes.Bool && equality:
		return name + " " + operator + " " + strconv.FormatInt(k.Value.I, 10), nil
	case p.Edm == "Edm.Guid" && k.Value.Kind == sqltypes.UUID && equality,
		p.Edm == "Edm.String" && q.svc.Traits.ServerCollation && k.Value.Kind == sqltypes.Varchar && equality && ordinary(k.Value.S):
		return name + " " + operator + " '" + k.Value.Text() + "'", nil
	}
	return "", errNoSQL
}
