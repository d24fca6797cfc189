package plan

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

func bindLiteral(l *ast.Literal) (expr.Node, error) {
	switch l.Kind {
	case ast.Null:
		return expr.NewConst(sqltypes.NullOf(sqltypes.Null)), nil
	case ast.Bool:
		return expr.NewConst(sqltypes.BoolValue(strings.EqualFold(l.Text, "TRUE"))), nil
	case ast.String:
		return expr.NewConst(sqltypes.StringValue(l.Text)), nil
	case ast.Bytes:
		return expr.NewConst(sqltypes.BytesValue([]byte(l.Text))), nil
	case ast.Number:
		if i, err := strconv.ParseInt(l.Text, 10, 64); err == nil {
			v := sqltypes.IntValue(i)
			if int64(int32(i)) == i {
				v.Kind = sqltypes.Integer
			}
			return expr.NewConst(v), nil
		}
		d, err := sqltypes.ParseNum(l.Text)
		if err != nil {
			return nil, fail(providers.KindValue, l.Pos(), "%v", err)
		}
		return expr.NewConst(sqltypes.NumValue(d)), nil
	case ast.Date, ast.Time, ast.Timestamp, ast.TimestampTZ:
		kind := map[ast.LiteralKind]sqltypes.Kind{ast.Date: sqltypes.Date, ast.Time: sqltypes.Time,
			ast.Timestamp: sqltypes.Timestamp, ast.TimestampTZ: sqltypes.TimestampTZ}[l.Kind]
		return expr.Coerce(expr.NewConst(sqltypes.StringValue(l.Text)), sqltypes.Of(kind))
	case ast.TimeTZ:
		return nil, unsupported(l.Pos(), "TIME WITH TIME ZONE")
	}
	return nil, unsupported(l.Pos(), "bit strings; write "+hex.EncodeToString([]byte(l.Text))+" as X'…'")
}

func (b *binder) bindSysVar(x *ast.SysVar) (expr.Node, error) {
	if b.opt.Variable != nil {
		if v, ok := b.opt.Variable(x.Name.Last().Text); ok {
			return expr.NewConst(v), nil
		}
	}
	return nil, unsupported(x.Pos(), "system variable @@"+x.Name.String()+" is not known; SHOW VARIABLES lists those that are")
}

// bindInterval binds INTERVAL '30' DAY, and the forms of two fields.
func (b *binder) bindInterval(s *scope, x *ast.Interval) (expr.Node, error) {
	n, err := b.bindExpr(s, x.Value)
	if err != nil {
		return nil, err
	}
	fields := x.Unit
	if x.To != "" {
		fields += " TO " + x.To
	}
	return expr.NewInterval(n, fields)
}

// bindAtTimeZone binds x AT TIME ZONE zone, where zone is a name, an offset as
// text, or an INTERVAL.
func (b *binder) bindAtTimeZone(s *scope, x *ast.AtTimeZone) (expr.Node, error) {
	args, err := b.bindAll(s, []ast.Expr{x.Zone, x.X})
	if err != nil {
		return nil, err
	}
	return expr.NewCall("TIMEZONE", args)
}

// bindOverlaps binds (a, b) OVERLAPS (c, d).
func (b *binder) bindOverlaps(s *scope, x *ast.Binary) (expr.Node, error) {
	l, lok := x.L.(*ast.Row)
	r, rok := x.R.(*ast.Row)
	if !lok || !rok || len(l.Items) != 2 || len(r.Items) != 2 {
		return nil, fail(providers.KindSyntax, x.Pos(), "OVERLAPS stands between two rows of two values: (start, end) OVERLAPS (start, end)")
	}
	ns, err := b.bindAll(s, []ast.Expr{l.Items[0], l.Items[1], r.Items[0], r.Items[1]})
	if err != nil {
		return nil, err
	}
	return expr.Overlaps(ns[0], ns[1], ns[2], ns[3])
}
