package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

func (b *binder) bindFunc(s *scope, f *ast.Func) (expr.Node, error) {
	name := f.Name.Last().Text
	if f.Over != nil {
		return b.bindWindow(s, f)
	}
	if b.anyValue(f) {
		return b.bindExpr(s, f.Args[0])
	}
	if expr.IsAggregate(name) {
		return b.bindAggregate(s, f)
	}
	if isGrouping(name) {
		return b.bindGrouping(s, f)
	}
	if strings.EqualFold(name, "GROUP_ID") {
		return b.bindGroupID(s, f)
	}
	switch {
	case expr.IsWindowFunc(name):
		return nil, refuse(stateWrongFunction, f.Pos(), "window function %s needs OVER (…)", strings.ToUpper(name))
	case f.Distinct:
		return nil, refuse(stateWrongFunction, f.Pos(), "DISTINCT is for aggregates, %s is none", name)
	case f.Filter != nil:
		return nil, refuse(stateWrongFunction, f.Pos(), "FILTER is for aggregates, %s is none", name)
	case len(f.OrderBy)+len(f.WithinGroup) > 0:
		return nil, refuse(stateWrongFunction, f.Pos(), "ORDER BY within a call is for aggregates, %s is none", name)
	}
	words := 0
	if fn, ok := expr.Lookup(name); ok {
		words = fn.Words(len(f.Args))
	}
	args := make([]expr.Node, len(f.Args))
	for i, a := range f.Args {
		if i < words {
			if w, ok := word(a); ok {
				args[i] = expr.NewConst(sqltypes.StringValue(w))
				continue
			}
		}
		var err error
		if args[i], err = b.bindExpr(s, a); err != nil {
			return nil, err
		}
	}
	return b.opt.Dialect.NewCall(name, args)
}

// anyValue reports a call of MySQL's ANY_VALUE, which is no aggregate: it only
// tells that its argument may be of any row of the group.
func (b *binder) anyValue(f *ast.Func) bool {
	return b.opt.Dialect == expr.MySQL && f.Over == nil && len(f.Args) == 1 && strings.EqualFold(f.Name.Last().Text, "ANY_VALUE")
}

// word is a word argument, such as the unit in DATEADD(day, 1, d), bare or
// quoted as the commercial drivers write it.
func word(x ast.Expr) (string, bool) {
	ref, ok := x.(*ast.ColumnRef)
	if !ok || len(ref.Name.Parts) != 1 {
		return "", false
	}
	return ref.Name.Parts[0].Text, true
}

// bindAggregate binds an aggregate's arguments beneath the grouping and
// returns its column above it.
func (b *binder) bindAggregate(s *scope, f *ast.Func) (expr.Node, error) {
	name := f.Name.Last().Text
	if at, level := b.aggregateScope(s, f); level > 0 {
		if at.grouped == nil {
			at.owns = at.groupable
			return nil, refuse(stateGrouping, f.Pos(), "aggregate %s is of the query around, by its columns, and cannot stand in its FROM or WHERE", name)
		}
		n, err := b.bindAggregate(at, f)
		if err != nil {
			return nil, err
		}
		return outerOf(n, level), nil
	}
	if s.inAggregate {
		return nil, refuse(stateGrouping, f.Pos(), "aggregates cannot be nested: %s", name)
	}
	if s.grouped == nil {
		return nil, refuse(stateGrouping, f.Pos(), "aggregate %s cannot stand here; use HAVING, or a subquery", name)
	}
	g, attach := s.grouped, s.attach
	s.grouped, s.attach, s.inAggregate = nil, s.attachBelow, true
	defer func() { s.grouped, s.attach, s.inAggregate = g, attach, false }()

	a, err := b.aggregateOf(s, f, func(x ast.Expr) (expr.Node, error) { return b.bindExpr(s, x) })
	if err != nil {
		return nil, err
	}
	return g.aggregateCall(a), nil
}

// joinedText makes the arguments of MySQL's GROUP_CONCAT one text, and its
// SEPARATOR the second argument.
func (b *binder) joinedText(xs []expr.Node, separator ast.Expr, bind func(ast.Expr) (expr.Node, error)) ([]expr.Node, error) {
	var text expr.Node
	for _, x := range xs {
		part, err := expr.NewCast(x, sqltypes.Of(sqltypes.Varchar), false)
		if err != nil {
			return nil, err
		}
		if text == nil {
			text = part
		} else if text, err = expr.Concat(text, part); err != nil {
			return nil, err
		}
	}
	if separator == nil {
		return []expr.Node{text}, nil
	}
	sep, err := bind(separator)
	return []expr.Node{text, sep}, err
}

// aggregateScope finds the query that an aggregate is of: the nearest one of
// whose columns it speaks. SUM(t.b) in a subquery about each group of t is the
// group's. level is how many rows further out that is. The arguments before
// WITHIN GROUP do not count: PERCENTILE_DISC(t.p) WITHIN GROUP (ORDER BY u.x)
// is of u's query.
func (b *binder) aggregateScope(s *scope, f *ast.Func) (at *scope, level int) {
	at, level = s, -1
	look := func(x ast.Expr) {
		ast.Inspect(x, func(n ast.Node) bool {
			if _, sub := n.(ast.Query); sub {
				level = 0
				return false
			}
			ref, ok := n.(*ast.ColumnRef)
			if !ok {
				return true
			}
			if in, up := s.scopeOf(ref); in != nil && (level < 0 || up < level) {
				at, level = in, up
			}
			return true
		})
	}
	if len(f.WithinGroup) == 0 {
		for _, x := range f.Args {
			look(x)
		}
	}
	for _, it := range append(slices.Clip(f.OrderBy), f.WithinGroup...) {
		look(it.X)
	}
	if f.Filter != nil {
		look(f.Filter)
	}
	return at, max(level, 0)
}

// aggregateOf makes the aggregate of a call, its operands bound by bind.
func (b *binder) aggregateOf(s *scope, f *ast.Func, bind func(ast.Expr) (expr.Node, error)) (*expr.Aggregate, error) {
	c := expr.AggregateCall{Name: f.Name.Last().Text, Distinct: f.Distinct, Within: len(f.WithinGroup) > 0}
	if f.Nulls != ast.NullsDefault {
		return nil, fail(providers.KindSyntax, f.Pos(), "IGNORE NULLS and RESPECT NULLS are for window functions, %s is an aggregate", c.Name)
	}
	c.Star = len(f.Args) == 1 && isStar(f.Args[0])
	args := f.Args
	if c.Star {
		args = nil
	}
	for _, x := range args {
		n, err := bind(x)
		if err == nil {
			n, err = b.opt.Dialect.Summand(c.Name, n)
		}
		if err != nil {
			return nil, err
		}
		c.Args = append(c.Args, n)
	}
	if len(args) > 0 && (f.Separator != nil || b.opt.Dialect == expr.MySQL && strings.EqualFold(c.Name, "GROUP_CONCAT")) {
		var err error
		if c.Args, err = b.joinedText(c.Args, f.Separator, bind); err != nil {
			return nil, err
		}
	}
	for _, it := range append(slices.Clip(f.OrderBy), f.WithinGroup...) {
		n, err := bind(it.X)
		if err != nil {
			return nil, err
		}
		k := orderKey(n, it)
		c.Order = append(c.Order, expr.SortTerm{X: n, Order: expr.Order{Desc: k.desc, NullsFirst: k.nullsFirst}})
	}
	if f.Filter != nil {
		var err error
		if c.Filter, err = bind(f.Filter); err != nil {
			return nil, err
		}
	}
	return c.Bind()
}

func isStar(x ast.Expr) bool {
	_, ok := x.(*ast.Star)
	return ok
}

// typeNames maps the names of types, as the dialects spell them, to kinds.
var typeNames = map[string]sqltypes.Kind{
	"BOOL": sqltypes.Bool, "BOOLEAN": sqltypes.Bool, "BIT": sqltypes.Bool,
	"TINYINT": sqltypes.SmallInt, "SMALLINT": sqltypes.SmallInt, "INT2": sqltypes.SmallInt,
	"INT": sqltypes.Integer, "INTEGER": sqltypes.Integer, "INT4": sqltypes.Integer, "MEDIUMINT": sqltypes.Integer,
	"BIGINT": sqltypes.BigInt, "INT8": sqltypes.BigInt, "SIGNED": sqltypes.BigInt, "SIGNED INTEGER": sqltypes.BigInt,
	"REAL": sqltypes.Real, "FLOAT4": sqltypes.Real,
	"DOUBLE": sqltypes.Double, "DOUBLE PRECISION": sqltypes.Double, "FLOAT": sqltypes.Double, "FLOAT8": sqltypes.Double,
	"DECIMAL": sqltypes.Decimal, "NUMERIC": sqltypes.Decimal, "DEC": sqltypes.Decimal, "NUMBER": sqltypes.Decimal,
	"MONEY": sqltypes.Decimal, "SMALLMONEY": sqltypes.Decimal,
	"CHAR": sqltypes.Varchar, "CHARACTER": sqltypes.Varchar, "VARCHAR": sqltypes.Varchar, "CHARACTER VARYING": sqltypes.Varchar,
	"NCHAR": sqltypes.Varchar, "NVARCHAR": sqltypes.Varchar, "TEXT": sqltypes.Varchar, "NTEXT": sqltypes.Varchar,
	"STRING": sqltypes.Varchar, "CLOB": sqltypes.Varchar, "LONGTEXT": sqltypes.Varchar,
	"TINYTEXT": sqltypes.Varchar, "MEDIUMTEXT": sqltypes.Varchar,
	"BINARY": sqltypes.Varbinary, "VARBINARY": sqltypes.Varbinary, "BYTEA": sqltypes.Varbinary, "BLOB": sqltypes.Varbinary,
	"TINYBLOB": sqltypes.Varbinary, "MEDIUMBLOB": sqltypes.Varbinary, "LONGBLOB": sqltypes.Varbinary,
	"DATE": sqltypes.Date, "TIME": sqltypes.Time, "TIME WITHOUT TIME ZONE": sqltypes.Time,
	"TIMESTAMP": sqltypes.Timestamp, "TIMESTAMP WITHOUT TIME ZONE": sqltypes.Timestamp,
	"DATETIME": sqltypes.Timestamp, "DATETIME2": sqltypes.Timestamp, "SMALLDATETIME": sqltypes.Timestamp,
	"TIMESTAMPTZ": sqltypes.TimestampTZ, "TIMESTAMP WITH TIME ZONE": sqltypes.TimestampTZ, "DATETIMEOFFSET": sqltypes.TimestampTZ,
	"YEAR": sqltypes.SmallInt,
	"UUID": sqltypes.UUID, "UNIQUEIDENTIFIER": sqltypes.UUID, "GUID": sqltypes.UUID,
	"INTERVAL": sqltypes.Interval, "INTERVAL DAY TO SECOND": sqltypes.Interval, "JSON": sqltypes.JSON, "JSONB": sqltypes.JSON,
}

// wholeTypes are integers that no kind is made for, by the smallest type that
// holds them all.
var wholeTypes = map[string]sqltypes.Type{
	"UTINYINT": sqltypes.Of(sqltypes.SmallInt), "TINYINT UNSIGNED": sqltypes.Of(sqltypes.SmallInt),
	"USMALLINT": sqltypes.Of(sqltypes.Integer), "SMALLINT UNSIGNED": sqltypes.Of(sqltypes.Integer), "MEDIUMINT UNSIGNED": sqltypes.Of(sqltypes.Integer),
	"UINTEGER": sqltypes.Of(sqltypes.BigInt), "INT UNSIGNED": sqltypes.Of(sqltypes.BigInt), "INTEGER UNSIGNED": sqltypes.Of(sqltypes.BigInt),
	"UBIGINT": sqltypes.DecimalType(20, 0), "BIGINT UNSIGNED": sqltypes.DecimalType(20, 0),
	"HUGEINT": sqltypes.DecimalType(39, 0), "UHUGEINT": sqltypes.DecimalType(39, 0), "BIGNUM": sqltypes.DecimalType(sqltypes.MaxDigits, 0),
}

// TypeOf reads a type name with its facets.
func TypeOf(t ast.TypeName) (sqltypes.Type, error) {
	switch strings.ToUpper(t.Name) {
	case "ENUM", "SET": // of MySQL: the texts that they list are not checked
		return sqltypes.Of(sqltypes.Varchar), nil
	}
	if whole, ok := wholeTypes[strings.ToUpper(t.Name)]; ok && !t.Array {
		return whole, nil
	}
	kind, ok := typeNames[strings.ToUpper(t.Name)]
	if !ok || t.Array {
		return sqltypes.Type{}, &providers.Error{Kind: providers.KindType, State: "42704", Message: "type " + t.Name + " is not known", Position: int(t.Pos()) + 1}
	}
	out := sqltypes.Of(kind)
	facets := make([]int, len(t.Args))
	for i, a := range t.Args {
		if strings.EqualFold(a, "MAX") {
			facets[i] = sqltypes.Unlimited
			continue
		}
		n, err := strconv.Atoi(a)
		if err != nil || n < 0 {
			return out, fail(providers.KindType, t.Pos(), "%s(%s): %q is not a length", t.Name, strings.Join(t.Args, ","), a)
		}
		facets[i] = n
	}
	switch kind {
	case sqltypes.Varchar, sqltypes.Varbinary:
		if len(facets) > 0 {
			out.Length = facets[0]
		}
	case sqltypes.Decimal:
		if len(facets) > 0 {
			out.Precision, out.Scale = facets[0], 0
		}
		if len(facets) > 1 {
			out.Scale = facets[1]
		}
		if strings.HasSuffix(strings.ToUpper(t.Name), "MONEY") {
			out.Precision, out.Scale = 19, 4
		}
		if out.Precision == 0 || out.Precision > sqltypes.MaxDigits {
			return out, refuse("22023", t.Pos(), "the precision of %s must lie within 1 and %d", t.Name, sqltypes.MaxDigits)
		}
		if out.Precision >= 0 && out.Scale > out.Precision {
			return out, fail(providers.KindType, t.Pos(), "the scale of %s is larger than its precision", out)
		}
	}
	return out, nil
}
