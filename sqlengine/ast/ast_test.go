package ast_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// statements gives the trees of the parser's list of statements.
func statements(t *testing.T) map[string]ast.Statement {
	text, err := os.ReadFile("../parse/testdata/statements.txtar")
	require.NoError(t, err)
	trees := make(map[string]ast.Statement)
	for _, f := range txtar.Parse(text).Files {
		dialect, _, _ := strings.Cut(f.Name, " ")
		opt := parse.Options{Dialect: map[string]parse.Dialect{"mysql": parse.MySQL, "postgres": parse.Postgres}[dialect]}
		for line := range strings.Lines(string(f.Data)) {
			sql := strings.ReplaceAll(strings.TrimSpace(line), "⏎", "\n")
			if stmt, err := parse.Parse(sql, opt); err == nil && !strings.HasPrefix(line, " ") {
				trees[sql] = stmt
			}
		}
	}
	require.Greater(t, len(trees), 300)
	return trees
}

var nodeType = reflect.TypeFor[ast.Node]()

// reachable counts the visitable nodes beneath v by looking into every field.
func reachable(v reflect.Value, seen map[ast.Node]bool) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			reachable(v.Elem(), seen)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Type().Implements(nodeType) {
			switch n := v.Interface().(type) {
			case ast.Statement, ast.Expr, ast.TableExpr:
				seen[n.(ast.Node)] = true
			}
		}
		reachable(v.Elem(), seen)
	case reflect.Slice:
		for i := range v.Len() {
			reachable(v.Index(i), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			reachable(v.Field(i), seen)
		}
	}
}

func TestInspectVisitsEveryNodeOnce(t *testing.T) {
	for sql, stmt := range statements(t) {
		want := make(map[ast.Node]bool)
		reachable(reflect.ValueOf(stmt), want)
		got := make(map[ast.Node]int)
		ast.Inspect(stmt, func(n ast.Node) bool {
			got[n]++
			return true
		})
		assert.Len(t, got, len(want), sql)
		for n, times := range got {
			assert.Equal(t, 1, times, "%s: %T", sql, n)
		}
	}
}

func TestInspectStopsWhereTold(t *testing.T) {
	e, err := parse.ParseExpr("f(a, b) + c", parse.Options{})
	require.NoError(t, err)
	var names []string
	ast.Inspect(e, func(n ast.Node) bool {
		if c, ok := n.(*ast.ColumnRef); ok {
			names = append(names, c.Name.String())
		}
		_, call := n.(*ast.Func)
		return !call
	})
	assert.Equal(t, []string{"c"}, names)
}

func TestEqualTellsAllStatementsApart(t *testing.T) {
	byText := make(map[string]ast.Statement)
	for _, stmt := range statements(t) {
		// Quotes make no difference; where two texts differ in nothing else
		// they are one.
		byText[strings.ReplaceAll(ast.Print(stmt), `"`, "")] = stmt
	}
	for text, a := range byText {
		for other, b := range byText {
			assert.Equal(t, text == other, ast.Equal(a, b), "%s\n%s", text, other)
		}
	}
}

func TestEqualIgnoresPositionsParenthesesAndQuotes(t *testing.T) {
	a, err := parse.ParseExpr(`a+b*c`, parse.Options{})
	require.NoError(t, err)
	b, err := parse.ParseExpr(`  ((a) + ("b" * [c]))`, parse.Options{})
	require.NoError(t, err)
	assert.True(t, ast.Equal(a, b))
	c, err := parse.ParseExpr(`a+b*C`, parse.Options{})
	require.NoError(t, err)
	assert.False(t, ast.Equal(a, c), "the spelling counts")
	assert.True(t, ast.Equal(nil, (*ast.Select)(nil)))
	assert.False(t, ast.Equal(a, nil))
}

func TestLineColumn(t *testing.T) {
	text := "ab\näöü x"
	for pos, want := range map[ast.Pos][2]int{0: {1, 1}, 2: {1, 3}, 3: {2, 1}, 5: {2, 2}, 10: {2, 5}, 99: {2, 6}, -1: {1, 1}} {
		line, column := pos.LineColumn(text)
		assert.Equal(t, want, [2]int{line, column}, "offset %d", pos)
	}
}

func TestNames(t *testing.T) {
	e, err := parse.ParseExpr(`Erp.BO."Customer Svc".Customers`, parse.Options{})
	require.NoError(t, err)
	n := e.(*ast.ColumnRef).Name
	assert.Equal(t, "Erp.BO.Customer Svc.Customers", n.String())
	assert.Equal(t, "Customers", n.Last().Text)
	assert.Equal(t, "Erp.BO.Customer Svc", n.Qualifier().String())
	assert.True(t, n.Parts[2].Quoted)
	assert.True(t, ast.Name{}.Last().IsZero())
	assert.True(t, ast.Name{}.Qualifier().IsZero())
}

func TestQuoting(t *testing.T) {
	for in, want := range map[string]string{
		`a`: `'a'`, `it's`: `'it''s'`, `a\b`: `'a\b'`, `a\`: `E'a\\'`, `a\'b`: `E'a\\''b'`,
	} {
		assert.Equal(t, want, ast.QuoteString(in))
	}
	for in, want := range map[string]string{`a`: `"a"`, `a"b`: `"a""b"`, `a\`: "`a\\`", "a`\\": "`a``\\`"} {
		assert.Equal(t, want, ast.QuoteName(in))
	}
}
