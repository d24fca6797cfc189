package plan

import (
	"errors"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// Named is what a session knows by a name: a table or a view, and neither where
// it does not know the name.
type Named struct {
	Table providers.Table
	View  *View
}

// View is a query under a name. It is bound anew wherever it is named, so that
// each use can be pushed down by itself.
type View struct {
	Schema, Name string
	Columns      []ast.Ident // in place of the query's own names
	Query        ast.Query
	// DefaultSchema is where the query looks bare names up; "" for the
	// catalog's default.
	DefaultSchema string
}

// String is the view's whole name.
func (v *View) String() string { return v.Schema + "." + v.Name }

// maxViews is how many uses of views one statement may come to: views of views
// multiply.
const maxViews = 1000

// bindView binds a view's query in place of its name.
func (b *binder) bindView(s *scope, v *View, t *ast.TableName) (lnode, error) {
	if b.expanded++; b.expanded > maxViews {
		return nil, fail(providers.KindSyntax, t.Pos(), "the views of this statement come to more than %d queries", maxViews)
	}
	for i, around := range b.views {
		if strings.EqualFold(around.String(), v.String()) {
			return nil, fail(providers.KindSyntax, t.Pos(), "it is defined by itself: %s; to read a table of that name, write its schema before it",
				chain(append(b.views[i:len(b.views):len(b.views)], v)))
		}
	}
	alias := t.Alias
	if alias.Name.IsZero() {
		alias.Name = t.Name.Last()
	}
	if len(alias.Columns) == 0 {
		alias.Columns = v.Columns
	}
	q, err := b.viewQuery(v)
	if err == nil {
		err = v.checkColumns(len(q.out))
	}
	if err != nil {
		return nil, v.failed(err, t.Pos())
	}
	return q.root, b.addDerived(s, q, alias, t.Pos())
}

// within is the view whose query is being bound, nil if none is.
func (b *binder) within() *View {
	if len(b.views) == 0 {
		return nil
	}
	return b.views[len(b.views)-1]
}

// viewQuery binds the query as the view's maker meant it, whatever is around
// it now.
func (b *binder) viewQuery(v *View) (*bound, error) {
	schema, views := b.opt.Schema, b.views
	defer func() { b.opt.Schema, b.views = schema, views }()
	if b.opt.Schema = v.DefaultSchema; v.DefaultSchema == "" {
		b.opt.Schema = b.opt.Catalog.DefaultSchema()
	}
	b.views = append(views[:len(views):len(views)], v)
	b.qualify = b.qualify || tablesNamed(v.Query) > 1
	return b.bindQuery(v.Query, nil)
}

func (v *View) checkColumns(have int) error {
	if len(v.Columns) > 0 && len(v.Columns) != have {
		return fail(providers.KindSyntax, v.Columns[0].Pos(), "it names %d columns, its query has %d", len(v.Columns), have)
	}
	return nil
}

// failed makes an error within a view's query one of the statement that names
// the view: a position in the view's text says nothing in the statement's.
func (v *View) failed(err error, at ast.Pos) error {
	e := providers.Error{Kind: providers.KindOther, Message: err.Error()}
	var told *providers.Error
	if errors.As(err, &told) {
		e = *told
	}
	e.Message, e.Position, e.Err = "view "+v.String()+": "+e.Message, int(at)+1, err
	return &e
}

func chain(views []*View) string {
	names := make([]string, len(views))
	for i, v := range views {
		names[i] = v.Name
	}
	return strings.Join(names, " → ")
}
