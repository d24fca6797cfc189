package plan

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// lTableFunc is a call of a table function. Its arguments are constants or
// speak of rows around.
type lTableFunc struct {
	call     *expr.TableCall
	ids      []int
	numbered bool // the last column is WITH ORDINALITY's
}

func (n *lTableFunc) columns() []int { return n.ids }

// TableFunc gives the rows of a call, with their numbers as last column if
// Numbered.
type TableFunc struct {
	Call     *expr.TableCall
	Numbered bool
	layout   *tuple.Layout
}

func (n *TableFunc) Layout() *tuple.Layout { return n.layout }
func (n *TableFunc) Inputs() []Node        { return nil }

func (n *TableFunc) title() string { return "Rows of " + n.Call.Name + "(" + list(n.Call.Args) + ")" }

// functionRows is what a table function is taken to make.
const functionRows = 100

func (p *physical) tableFunc(n *lTableFunc) (built, error) {
	call := n.call.WithArgs(p.exprs(n.call.Args, nil))
	return built{node: &TableFunc{Call: call, Numbered: n.numbered, layout: tuple.NewLayout(p.typesOf(n.ids))}, cols: n.ids, rows: functionRows}, nil
}

// besideScope is the scope of what stands in FROM behind other tables and may
// speak of their columns: of a row around, if there is one.
func (b *binder) besideScope(s *scope, left lnode) *scope {
	if left == nil {
		return &scope{parent: s.parent, once: s.once}
	}
	around := *s // a copy: the columns of what stands here come later
	in := around.inner()
	in.once = func(c onceCell) { s.once(c) }
	return in
}

// bindTableFunc binds a function in FROM; it is LATERAL without the word.
func (b *binder) bindTableFunc(s *scope, t *ast.TableFunc, left lnode) (lnode, error) {
	if t.ColumnDefs != nil {
		return nil, unsupported(t.Pos(), "column definitions behind a function; name its columns alone")
	}
	args, err := b.bindAll(b.besideScope(s, left), t.Call.Args)
	if err != nil {
		return nil, err
	}
	call, err := expr.NewTableCall(t.Call.Name.Last().Text, args)
	if err != nil {
		return nil, located(err, t.Pos())
	}
	n := &lTableFunc{call: call, numbered: t.WithOrdinality}
	q := &bound{root: n}
	for _, c := range call.Columns {
		name := c.Name
		if strings.EqualFold(name, call.Name) && !t.Alias.Name.IsZero() {
			name = t.Alias.Name.Text // a function of one value is called as its table is
		}
		b.callColumn(n, q, name, c.Type)
	}
	if n.numbered {
		b.callColumn(n, q, "ordinality", sqltypes.Of(sqltypes.BigInt))
	}
	alias := t.Alias
	if alias.Name.IsZero() {
		alias.Name = t.Call.Name.Last()
	}
	return b.beside(s, left, q, alias, t.Pos())
}

func (b *binder) callColumn(n *lTableFunc, q *bound, name string, t sqltypes.Type) {
	id := b.newColumn(name, t, false)
	n.ids = append(n.ids, id)
	q.out = append(q.out, outColumn{id, name})
}

// beside adds what was bound in besideScope to FROM.
func (b *binder) beside(s *scope, left lnode, q *bound, alias ast.Alias, at ast.Pos) (lnode, error) {
	if err := b.addDerived(s, q, alias, at); err != nil {
		return nil, err
	}
	switch {
	case left == nil:
		return q.root, nil
	case dependsOnRow(q.root):
		return &lApply{kind: Inner, left: left, right: q.root}, nil
	}
	return lowered(q.root), nil
}

// bindJSONTable binds JSON_TABLE. A value that does not fit its column's type is
// NULL there, as the standard has it.
func (b *binder) bindJSONTable(s *scope, t *ast.JSONTable, left lnode) (lnode, error) {
	doc, err := b.bindExpr(b.besideScope(s, left), t.Doc)
	if err != nil {
		return nil, err
	}
	path, err := b.bindExpr(&scope{}, t.Path)
	if err != nil {
		return nil, err
	}
	text, ok := expr.FoldStatement(path, b.opt.Statement).(*expr.Const)
	if !ok || text.V.Null || text.V.Kind != sqltypes.Varchar {
		return nil, fail(providers.KindType, t.Path.Pos(), "the path of JSON_TABLE must be a text constant")
	}
	var types []sqltypes.Type
	columns, err := jsonTableColumns(t.Columns, &types)
	if err != nil {
		return nil, err
	}
	call, err := expr.NewJSONTable(doc, text.V.S, columns)
	if err != nil {
		return nil, located(err, t.Pos())
	}
	n := &lTableFunc{call: call}
	q := &bound{}
	typed := &lProject{input: n}
	for i, c := range call.Columns {
		id := b.newColumn(c.Name, c.Type, false)
		n.ids = append(n.ids, id)
		x, err := expr.NewCast(b.ref(id), types[i], true)
		if err != nil {
			return nil, located(err, t.Pos())
		}
		out := b.newColumn(c.Name, types[i], false)
		typed.items = append(typed.items, item{out, x})
		q.out = append(q.out, outColumn{out, c.Name})
	}
	q.root = typed
	return b.beside(s, left, q, t.Alias, t.Pos())
}

// jsonTableColumns reads the columns of JSON_TABLE and, of those that are no
// NESTED, the types in order.
func jsonTableColumns(defs []ast.JSONColumn, types *[]sqltypes.Type) ([]expr.JSONTableColumn, error) {
	out := make([]expr.JSONTableColumn, len(defs))
	for i, d := range defs {
		c := expr.JSONTableColumn{Name: d.Name.Text, Ordinality: d.Ordinality, Exists: d.Exists}
		t := sqltypes.Of(sqltypes.BigInt)
		var err error
		if !d.Ordinality {
			if c.Path, err = jsonColumnPath(d); err != nil {
				return nil, located(err, d.Pos())
			}
		}
		switch {
		case d.Nested != nil:
			if c.Nested, err = jsonTableColumns(d.Nested, types); err != nil {
				return nil, err
			}
			out[i] = c
			continue
		case !d.Ordinality:
			if t, err = TypeOf(d.Type); err != nil {
				return nil, err
			}
		}
		*types = append(*types, t)
		out[i] = c
	}
	return out, nil
}

// jsonColumnPath is the path of a column: $.name where none is written.
func jsonColumnPath(d ast.JSONColumn) (*expr.JSONPath, error) {
	lit, ok := d.Path.(*ast.Literal)
	if !ok {
		return expr.ParseJSONPath(`$."`+strings.ReplaceAll(d.Name.Text, `"`, `\"`)+`"`, true)
	}
	return expr.ParseJSONPath(lit.Text, true)
}
