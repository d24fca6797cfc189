package plan

import (
	"encoding/hex"
	"fmt"
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
	switch strings.ToLower(x.Name.Last().Text) {
	case "version":
		return expr.NewConst(sqltypes.StringValue(b.opt.Statement.Version)), nil
	case "version_comment":
		return expr.NewConst(sqltypes.StringValue("epicorerp")), nil
	case "autocommit":
		return expr.NewConst(sqltypes.IntValue(1)), nil
	}
	return nil, unsupported(x.Pos(), "system variable @@"+x.Name.String()+" is not known")
}

// bindInterval turns INTERVAL '30' DAY into the text form that INTERVAL values
// are read from.
func (b *binder) bindInterval(s *scope, x *ast.Interval) (expr.Node, error) {
	if x.To != "" {
		return nil, unsupported(x.Pos(), "INTERVAL … TO … is not supported yet")
	}
	n, err := b.bindExpr(s, x.Value)
	if err != nil {
		return nil, err
	}
	c, ok := expr.Fold(n).(*expr.Const)
	if !ok {
		return nil, unsupported(x.Pos(), "an INTERVAL whose value is not a constant is not supported yet")
	}
	if c.V.Null {
		return &expr.Const{V: sqltypes.NullOf(sqltypes.Interval), T: sqltypes.Of(sqltypes.Interval)}, nil
	}
	text := c.V.Text()
	if x.Unit != "" {
		text = fmt.Sprintf("%s %s", text, x.Unit)
	}
	return expr.Coerce(expr.NewConst(sqltypes.StringValue(text)), sqltypes.Of(sqltypes.Interval))
}
