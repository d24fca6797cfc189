package sqlengine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// binding gives the parameters of a procedure their values. Its errors name the
// parameter and never its value, which may be a secret, even one that was
// written for another parameter.
type binding struct {
	*Statement
	session Session
	info    *providers.ProcedureInfo
	args    []Arg
}

// refused makes an error about a parameter.
func (b *binding) refused(p *providers.Parameter, pos ast.Pos, format string, args ...any) error {
	return refused(pos, providers.KindParameter, "%s: parameter %s %s", b.info.Name, p.Name, fmt.Sprintf(format, args...))
}

// bind gives each parameter that takes a value the one that the call gives it,
// of the parameter's type.
func (b *binding) bind(ctx context.Context, t *ast.Call) ([]sqltypes.Value, error) {
	given, err := matchArguments(b.info, t)
	if err != nil {
		return nil, err
	}
	var values []sqltypes.Value
	for i := range b.info.Parameters {
		p := &b.info.Parameters[i]
		if !p.Direction.Takes() {
			continue
		}
		v, pos := sqltypes.NullOf(p.Type.Kind), t.Pos()
		if a := given[i]; a != nil {
			pos = a.Pos()
			if v, err = b.argument(ctx, p, a.Value); err != nil {
				return nil, err
			}
		}
		if v, err = b.accept(p, v, pos); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// matchArguments finds the parameter of each argument: by name, or by place as
// long as none had a name.
func matchArguments(info *providers.ProcedureInfo, t *ast.Call) (map[int]*ast.CallArg, error) {
	var takes []int
	var names []string
	for i := range info.Parameters {
		if info.Parameters[i].Direction.Takes() {
			takes, names = append(takes, i), append(names, info.Parameters[i].Name)
		}
	}
	given, named := map[int]*ast.CallArg{}, false
	for n := range t.Args {
		a := &t.Args[n]
		i := -1
		switch {
		case a.Out:
			return nil, refused(a.Pos(), providers.KindUnsupported, "OUTPUT is not supported: what %s gives back comes as rows", info.Name)
		case !a.Name.IsZero():
			named = true
			if i = info.Find(a.Name.Text); i < 0 {
				return nil, refused(a.Pos(), providers.KindParameter, "%s has no parameter %s%s; %s", info.Name, ast.QuoteName(a.Name.Text),
					nearest.Suffix(a.Name.Text, names), takesWhat(names))
			}
		case named:
			return nil, refused(a.Pos(), providers.KindParameter, "%s: argument %d has no name, but follows one that has; name all that follow", info.Name, n+1)
		case n >= len(takes):
			return nil, refused(a.Pos(), providers.KindParameter, "%s: argument %d is too many; %s", info.Name, n+1, takesWhat(names))
		default:
			i = takes[n]
		}
		if given[i] != nil {
			return nil, refused(a.Pos(), providers.KindParameter, "%s: parameter %s is given twice", info.Name, info.Parameters[i].Name)
		}
		given[i] = a
	}
	return given, nil
}

func takesWhat(names []string) string {
	if len(names) == 0 {
		return "it takes none"
	}
	return "it takes " + strings.Join(names, ", ")
}

// argument computes the value of an argument and converts it to the type of
// its parameter.
func (b *binding) argument(ctx context.Context, p *providers.Parameter, x ast.Expr) (sqltypes.Value, error) {
	if _, isDefault := x.(*ast.Default); isDefault {
		return sqltypes.NullOf(p.Type.Kind), nil
	}
	given, err := b.constant(ctx, x)
	if err != nil {
		return given, b.about(p, err, x.Pos())
	}
	t := p.Type
	t.Length = sqltypes.Unlimited // a cast would cut what is too long
	n, err := expr.NewCast(expr.NewConst(given), t, false)
	if err != nil {
		return given, b.refused(p, x.Pos(), "takes %s, not %s", p.Type, given.Kind)
	}
	v, err := expr.Eval(n, &expr.Frame{Stmt: &expr.Statement{Ctx: ctx, Now: b.engine.opt.Now(), Zone: b.engine.zoneOf(b.session)}})
	if err != nil {
		return given, b.refused(p, x.Pos(), "takes %s: the %s that was given is none, or out of range", p.Type, given.Kind)
	}
	if p.Type.Length > 0 && !v.Null && (p.Type.Kind == sqltypes.Varchar && utf8.RuneCountInString(v.S) > p.Type.Length ||
		p.Type.Kind == sqltypes.Varbinary && len(v.S) > p.Type.Length) {
		return given, b.refused(p, x.Pos(), "takes %s: what was given is longer", p.Type)
	}
	return v, nil
}

// constant evaluates an expression as SELECT without FROM does.
func (b *binding) constant(ctx context.Context, x ast.Expr) (v sqltypes.Value, err error) {
	ast.Inspect(x, func(n ast.Node) bool {
		if _, query := n.(ast.Query); query && err == nil {
			err = refused(n.Pos(), providers.KindUnsupported, "a query is no constant: run it first and bind its value")
		}
		return err == nil
	})
	if err != nil {
		return v, err
	}
	c, err := b.query(ctx, call{session: b.session, args: b.args, query: &ast.Select{Loc: ast.Loc(x.Pos()), Items: []ast.SelectItem{{X: x}}}})
	if err != nil {
		return v, err
	}
	row := tuple.NewBatch(c.Layout())
	if err = c.Next(ctx, row); err == nil {
		v = c.Layout().Value(row.Row(0), 0)
	}
	return v, errors.Join(err, c.Close())
}

// about names the parameter in the error of an argument, and drops what
// would tell its value: a text that fits no type, or a word without quotes that
// was taken for a column.
func (b *binding) about(p *providers.Parameter, err error, pos ast.Pos) error {
	var e *providers.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Position > 0 {
		pos = ast.Pos(e.Position - 1)
	}
	switch e.Kind {
	case providers.KindColumn, providers.KindNotFound:
		return b.refused(p, pos, "is given the name of a column, but takes a constant; text stands in single quotes")
	case providers.KindValue:
		return b.refused(p, pos, "cannot be computed, because a value does not fit its type or range (SQLSTATE %s)", e.SQLState())
	}
	return &providers.Error{Kind: e.Kind, State: e.State, Position: int(pos) + 1,
		Message: fmt.Sprintf("%s: parameter %s: %s", b.info.Name, p.Name, e.Message)}
}

// accept is the value that a parameter takes for one that was given, which is
// NULL if none was.
func (b *binding) accept(p *providers.Parameter, v sqltypes.Value, pos ast.Pos) (sqltypes.Value, error) {
	blank := v.Null || v.Kind.IsText() && strings.TrimSpace(v.S) == ""
	if p.HasDefault() && (v.Null || blank && p.Allowed != nil) {
		return p.Default, nil
	}
	switch {
	case p.Required && blank:
		return v, b.refused(p, pos, "is required and must be neither NULL nor blank")
	case p.Allowed == nil || v.Null:
		return v, nil
	case blank:
		return sqltypes.NullOf(p.Type.Kind), nil
	}
	for _, a := range p.Allowed {
		if strings.EqualFold(a, strings.TrimSpace(v.S)) {
			return sqltypes.StringValue(a), nil
		}
	}
	return v, b.refused(p, pos, "must be %s", strings.Join(p.Allowed, " or "))
}
