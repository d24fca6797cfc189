package sqlengine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
)

// views are the views of an engine: all its sessions see the same ones.
type views struct {
	schema string
	mu     sync.RWMutex
	byName map[string]*plan.View // by name in lower case
}

// owns reports whether a schema is that of the views.
func (vs *views) owns(schema string) bool { return strings.EqualFold(schema, vs.schema) }

func (vs *views) find(name string) *plan.View {
	vs.mu.RLock()
	defer vs.mu.RUnlock()
	return vs.byName[strings.ToLower(name)]
}

// names are sorted.
func (vs *views) names() []string {
	vs.mu.RLock()
	defer vs.mu.RUnlock()
	names := make([]string, 0, len(vs.byName))
	for _, v := range vs.byName {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	return names
}

func (vs *views) missing(name string) error {
	return &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"there is no view %q in %s%s", name, vs.schema, nearest.Suffix(name, vs.names()))}
}

// put adds a view or changes one, as mode allows.
func (vs *views) put(v *plan.View, mode putMode) (done bool, err error) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	key := strings.ToLower(v.Name)
	switch exists := vs.byName[key] != nil; {
	case exists && mode == keepView:
		return false, nil
	case exists && mode == newView:
		return false, &providers.Error{Kind: providers.KindConflict, State: "42P07", Message: fmt.Sprintf(
			"there is a view %s already; write CREATE OR REPLACE LOCAL VIEW to change it", v)}
	}
	vs.byName[key] = v
	return true, nil
}

// putMode says what becomes of a view that is there already.
type putMode uint8

const (
	newView     putMode = iota // it is in the way
	keepView                   // it stays
	replaceView                // it goes
)

// ViewText is a view as it is written outside of SQL.
type ViewText struct{ Name, Query string }

// DefineViews adds views whose queries are read by the engine's dialect: all of
// them, or none. Nothing is asked of the server: names in the queries are looked
// up when a view is used. The error names the view, and says where in its query.
func (e *Engine) DefineViews(list []ViewText) error {
	e.views.mu.Lock()
	defer e.views.mu.Unlock()
	all := maps.Clone(e.views.byName)
	for _, text := range list {
		v := &plan.View{Schema: e.views.schema, Name: text.Name}
		err := e.readView(v, text.Query)
		key := strings.ToLower(text.Name)
		if err == nil && all[key] != nil {
			err = &providers.Error{Kind: providers.KindConflict, State: "42P07", Message: "there is a view of this name already"}
		}
		if err != nil {
			return fmt.Errorf("view %q: %w", text.Name, err)
		}
		all[key] = v
	}
	e.views.byName = all
	return nil
}

func (e *Engine) readView(v *plan.View, query string) error {
	tree, err := parse.Parse(query, parse.Options{Dialect: e.opt.Dialect})
	if err != nil {
		return syntaxError(err)
	}
	q, ok := tree.(ast.Query)
	if !ok {
		return refused(tree.Pos(), providers.KindSyntax, "it is no query, such as SELECT")
	}
	v.Query = q
	return e.checkView(v, ast.Name{Parts: []ast.Ident{{Text: v.Name}}})
}

// checkView refuses what no view can be.
func (e *Engine) checkView(v *plan.View, name ast.Name) error {
	q := name.Qualifier()
	switch {
	case !q.IsZero() && !e.views.owns(q.String()):
		return refused(q.Pos(), providers.KindNotFound, "local views are in schema %s, not in %s", e.views.schema, q)
	case v.Name == "" || isTemporaryName(v.Name):
		return refused(name.Pos(), providers.KindSyntax, "%q is no name for a view", v.Name)
	}
	var parameter *ast.Param
	ast.Inspect(v.Query, func(n ast.Node) bool {
		if p, ok := n.(*ast.Param); ok && parameter == nil {
			parameter = p
		}
		return parameter == nil
	})
	if parameter != nil {
		return refused(parameter.Pos(), providers.KindParameter, "a view's query cannot hold parameters; put the condition where the view is used")
	}
	return nil
}

// createView runs CREATE LOCAL VIEW. The query is planned once, so that a name
// that is wrong is found now.
func (s *Statement) createView(ctx context.Context, session Session, t *ast.CreateView) error {
	switch {
	case t.Materialized:
		return refused(t.Pos(), providers.KindUnsupported, "materialized views are not supported")
	case t.Temporary:
		return refused(t.Pos(), providers.KindUnsupported, "temporary views are not supported; write CREATE LOCAL VIEW, which lasts as long as the sql.DB")
	case !t.Local:
		return refused(t.Pos(), providers.KindUnsupported, "the server takes no views; write CREATE LOCAL VIEW for one that the driver keeps")
	case t.CheckOption:
		return refused(t.Pos(), providers.KindUnsupported, "WITH CHECK OPTION: local views are not written to")
	}
	mode := newView
	if t.OrReplace {
		mode = replaceView
	} else if t.IfNotExists {
		mode = keepView
	}
	return s.defineView(ctx, session, t.Name, t.Columns, t.Query, mode)
}

// alterView runs ALTER LOCAL VIEW: the view must be there.
func (s *Statement) alterView(ctx context.Context, session Session, t *ast.AlterView) error {
	if !t.Local {
		return refused(t.Pos(), providers.KindUnsupported, "the server's views cannot be changed; write ALTER LOCAL VIEW for one that the driver keeps")
	}
	if s.engine.views.find(t.Name.Last().Text) == nil {
		return at(s.engine.views.missing(t.Name.Last().Text), t.Name.Pos())
	}
	return s.defineView(ctx, session, t.Name, t.Columns, t.Query, replaceView)
}

func (s *Statement) defineView(ctx context.Context, session Session, name ast.Name, columns []ast.Ident, q ast.Query, mode putMode) error {
	e := s.engine
	v := &plan.View{Schema: e.views.schema, Name: name.Last().Text, Columns: columns, Query: q, DefaultSchema: e.schemaOf(session)}
	if err := e.checkView(v, name); err != nil {
		return err
	}
	// The query stands in this text, so it is planned as it stands, with the
	// view in its place already: a circle is found, and errors point to it.
	p, _, err := s.plan(ctx, call{session: session, query: q, view: v})
	if err != nil {
		return err
	}
	names := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		names[i] = c.Name
	}
	if len(columns) > 0 {
		if len(columns) != len(names) {
			return refused(columns[0].Pos(), providers.KindSyntax, "view %s names %d columns, its query has %d", v, len(columns), len(names))
		}
		for i, c := range columns {
			names[i] = c.Text
		}
	}
	for i, name := range names {
		if slices.ContainsFunc(names[:i], func(o string) bool { return strings.EqualFold(o, name) }) {
			return refused(q.Pos(), providers.KindSyntax, "view %s would have two columns %q; name them: CREATE LOCAL VIEW %s (a, b, …) AS", v, name, v.Name)
		}
	}
	_, err = e.views.put(v, mode)
	return at(err, name.Pos())
}

// dropViews runs DROP LOCAL VIEW: all of the names, or none.
func (s *Statement) dropViews(t *ast.Drop) error {
	vs := s.engine.views
	switch {
	case !t.Local || t.Materialized || t.Temporary:
		return refused(t.Pos(), providers.KindUnsupported, "the server's views cannot be dropped; write DROP LOCAL VIEW for one that the driver keeps")
	case t.Cascade:
		return refused(t.Pos(), providers.KindUnsupported, "CASCADE: drop the views that use this one by their names")
	}
	vs.mu.Lock()
	defer vs.mu.Unlock()
	var keys []string
	for _, name := range t.Names {
		key := strings.ToLower(name.Last().Text)
		q := name.Qualifier()
		switch {
		case vs.byName[key] != nil && (q.IsZero() || vs.owns(q.String())):
			keys = append(keys, key)
		case !t.IfExists:
			return refused(name.Pos(), providers.KindNotFound, "there is no view %s", name)
		}
	}
	for _, key := range keys {
		delete(vs.byName, key)
	}
	return nil
}

// refused makes an error of a kind at a position of the text.
//
//go:noinline
func refused(pos ast.Pos, kind providers.Kind, format string, args ...any) error {
	return &providers.Error{Kind: kind, Position: int(pos) + 1, Message: fmt.Sprintf(format, args...)}
}

// at gives an error its place in the text, unless it has one.
//
//go:noinline
func at(err error, pos ast.Pos) error {
	e, ok := err.(*providers.Error)
	if !ok || e.Position > 0 {
		return err
	}
	c := *e
	c.Position = int(pos) + 1
	return &c
}
