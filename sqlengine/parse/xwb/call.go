package xwb

import (
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

var (
	// special are calls whose arguments this language reads in a way of its own.
	special = wordSet("array position overlay try_cast safe_cast try_convert")

	// calledBare are functions that need no parentheses.
	calledBare = wordSet("current_timestamp current_date current_time localtime localtimestamp utc_date utc_time utc_timestamp")

	// clauseCalls are functions whose name begins a clause elsewhere.
	clauseCalls = wordSet("left right mod")
)

func (m *mapping) call(e sqlparser.Expr) ast.Expr {
	switch e := e.(type) {
	case *sqlparser.FuncExpr:
		return m.function(e)
	case *sqlparser.GroupConcatExpr:
		f := m.calling("group_concat", e.Exprs)
		f.Distinct = e.Distinct != ""
		f.OrderBy = m.order(e.OrderBy)
		if sep := e.Separator; sep != "" {
			sep = strings.TrimSuffix(strings.TrimPrefix(sep, " separator '"), "'")
			f.Separator = &ast.Literal{Kind: ast.String, Text: sep}
		}
		return f
	case *sqlparser.SubstrExpr:
		return m.substring(e)
	case *sqlparser.ValuesFuncExpr:
		if !m.inAssignment {
			m.unsupported("VALUES(…) outside ON DUPLICATE KEY UPDATE")
		}
		f := m.calling("values", nil)
		f.Args = []ast.Expr{m.primary(e.Name)}
		return f
	case *sqlparser.Default:
		if e.ColName == "" {
			m.unsupported("DEFAULT within an expression")
		}
		f := m.calling("default", nil)
		f.Args = []ast.Expr{m.primary(&sqlparser.ColName{Name: sqlparser.NewColIdent(e.ColName)})}
		return f
	}
	m.unsupported("this expression")
	return nil
}

// calling begins a call of a function that xwb1989 knows by name.
func (m *mapping) calling(name string, args sqlparser.SelectExprs) *ast.Func {
	id := m.ident(name)
	return &ast.Func{Loc: id.Loc, Name: ast.Name{Parts: []ast.Ident{id}}, Args: m.arguments(args)}
}

func (m *mapping) arguments(list sqlparser.SelectExprs) []ast.Expr {
	var out []ast.Expr
	for _, it := range m.items(list) {
		if !it.Alias.IsZero() {
			refuse(int(it.Alias.Loc), "an argument has no alias")
		}
		out = append(out, it.X)
	}
	return out
}

func (m *mapping) function(e *sqlparser.FuncExpr) ast.Expr {
	lower := e.Name.Lowered()
	if special[lower] && e.Qualifier.IsEmpty() {
		m.unsupported(e.Name.String() + "(…)")
	}
	if !e.Qualifier.IsEmpty() {
		n := m.name(e.Qualifier.String(), e.Name.String())
		return &ast.Func{Loc: ast.Loc(n.Pos()), Name: n, Distinct: e.Distinct, Args: m.arguments(e.Exprs)}
	}
	if ast.Clause(strings.ToUpper(lower)) && !clauseCalls[lower] {
		m.unsupported(e.Name.String() + "(…)")
	}
	f := m.calling(e.Name.String(), e.Exprs)
	f.Distinct = e.Distinct
	switch {
	case calledBare[lower]:
		f.NoParens = m.bare(lower)
	case lower == "row" || lower == "trim" || lower == "mid":
		m.plainArguments(f)
		if lower == "row" && len(f.Args) > 0 {
			return &ast.Row{Loc: f.Loc, Items: f.Args}
		}
	}
	return f
}

// plainArguments refuses what xwb1989 takes in any call.
func (m *mapping) plainArguments(f *ast.Func) {
	odd := f.Distinct || len(f.Args) == 0
	for _, a := range f.Args {
		_, star := a.(*ast.Star)
		odd = odd || star
	}
	if odd {
		m.unsupported(f.Name.String() + " of these arguments")
	}
}

// bare reports whether the function is called without parentheses, which the
// tree does not tell.
func (m *mapping) bare(lower string) bool {
	called := 0
	for i := range m.tokens {
		if m.tokens[i].kind == word && m.tokens[i].lower == lower && m.at(i+1).shown() == "(" {
			called++
		}
	}
	if called > 0 && called < m.count(lower) {
		m.unsupported(strings.ToUpper(lower) + " with parentheses and without in one statement")
	}
	if called == 0 && strings.HasPrefix(lower, "utc_") && !m.mysql() {
		m.unsupported(strings.ToUpper(lower) + " without parentheses outside MySQL")
	}
	return called == 0 && !strings.HasPrefix(lower, "utc_")
}

// substring maps SUBSTR and SUBSTRING, which the tree does not tell apart.
func (m *mapping) substring(e *sqlparser.SubstrExpr) ast.Expr {
	name := "substr"
	if m.count(name) == 0 {
		name = "substring"
	} else if m.count("substring") > 0 {
		m.unsupported("SUBSTR and SUBSTRING in one statement")
	}
	f := m.calling(name, nil)
	f.Args = []ast.Expr{m.primary(e.Name), m.expr(e.From)}
	if e.To != nil {
		f.Args = append(f.Args, m.expr(e.To))
	}
	return f
}
