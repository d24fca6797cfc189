// Package sqlengine joins the phases of a query: text, tree, plan, rows.
//
// An Engine belongs to one provider and is safe for concurrent use; the local
// views and the sizes of tables, for the order of joins, are all that it keeps
// between statements. What a session holds (its
// default schema, settings and temporary tables) is the caller's and comes with
// each call.
//
// It imports its own subpackages and providers. It never imports net/http,
// database/sql, procedures or a concrete provider.
package sqlengine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/catalog"
	"github.com/epicorerp/epicorerp/sqlengine/exec"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Options fix how an engine reads and runs statements.
type Options struct {
	Dialect  parse.Dialect
	Parser   string // a front registered with package parse; "" for its own parser
	Pushdown bool
	// MaxMemory bounds the bytes a query may hold; 0 means no bound.
	MaxMemory int64
	// SpillDirectory is where a query that needs more puts its temporary files,
	// the system's directory for those if ""; with NoSpill it fails instead.
	SpillDirectory string
	NoSpill        bool
	// MaxRows cuts queries without aggregation; below 1 means no cut.
	MaxRows int64
	// MaxRecursion bounds the rounds of WITH RECURSIVE; below 1 means a million.
	MaxRecursion int64
	// Zone is where CURRENT_DATE is reckoned; UTC if nil.
	Zone *time.Location
	// Now is the clock; time.Now if nil.
	Now           func() time.Time
	User, Version string // what CURRENT_USER and VERSION() answer
	Readonly      bool
	// Without names rewrite rules of plan.RuleNames that are not applied: for
	// tests that compare the answers.
	Without []string
	// ViewSchema is the schema of local views; UserViews if "".
	ViewSchema string
	// Facts are what the catalog tells of the connection.
	Facts catalog.Facts
	// Procedures are what EXEC and CALL run; nil for none. Their schema "" holds
	// those that a bare name finds first.
	Procedures providers.ProcedureProvider
	// Listed, when set, says whether the provider's listings show a table: some
	// leave tables out that can be queried by name.
	Listed func(providers.TableName) bool
}

// Engine runs SQL over one provider.
type Engine struct {
	provider providers.Provider
	opt      Options
	views    *views
	catalog  *catalog.Catalog
	sizes    sizes
}

// New makes an engine. It does no I/O.
func New(p providers.Provider, o Options) *Engine {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ViewSchema == "" {
		o.ViewSchema = "UserViews"
	}
	if o.Procedures == nil {
		o.Procedures = noProcedures{}
	}
	e := &Engine{provider: p, opt: o, views: &views{schema: o.ViewSchema, byName: map[string]*plan.View{}},
		sizes: sizes{known: map[string]size{}}}
	e.catalog = catalog.New(listing{e}, o.Facts)
	return e
}

// Arg is a bound argument: by name, or by position from 1.
type Arg struct {
	Name    string
	Ordinal int
	Value   sqltypes.Value
}

// Cursor gives the rows of a query. It belongs to one goroutine at a time.
type Cursor interface {
	Columns() []plan.Column
	Layout() *tuple.Layout
	// Next replaces the content of out by at least one row; io.EOF comes only
	// at the proven end, and a cancelled query ends in its context's error.
	Next(ctx context.Context, out *tuple.Batch) error
	Close() error
}

// Statement is a parsed statement. It may be run many times, also at once.
type Statement struct {
	engine *Engine
	tree   ast.Statement
	params parse.ParamInfo
}

// Prepare parses a statement. Errors are *providers.Error with a Position.
func (e *Engine) Prepare(sql string) (*Statement, error) {
	tree, err := parse.Parse(sql, parse.Options{Dialect: e.opt.Dialect, Front: e.opt.Parser})
	if err != nil {
		return nil, syntaxError(err)
	}
	return &Statement{engine: e, tree: tree, params: parse.Params(tree)}, nil
}

func syntaxError(err error) error {
	out := &providers.Error{Kind: providers.KindSyntax, Message: err.Error(), Err: err}
	var at *parse.Error
	if errors.As(err, &at) {
		out.Position = int(at.Pos) + 1
	}
	return out
}

// NumInput is the number of arguments, or -1 where they may be named.
func (s *Statement) NumInput() int {
	if len(s.params.Names) > 0 {
		return -1
	}
	return s.params.Count
}

// IsQuery reports whether the statement yields rows.
func (s *Statement) IsQuery() bool {
	switch s.tree.(type) {
	case ast.Query, *ast.Explain, *ast.Show, *ast.Describe, *ast.Call:
		return true
	}
	return false
}

// Query runs a statement that yields rows. The context ends the whole query.
func (s *Statement) Query(ctx context.Context, session Session, args []Arg) (Cursor, error) {
	switch t := s.tree.(type) {
	case ast.Query:
		return s.query(ctx, call{session: session, args: args, query: t})
	case *ast.Explain:
		return s.explain(ctx, session, t, args)
	case *ast.Show:
		return s.show(ctx, session, t, args)
	case *ast.Describe:
		return s.describe(ctx, session, t)
	case *ast.Call:
		return s.callProcedure(ctx, session, t, args)
	}
	return nil, s.unsupported()
}

// Exec runs a statement that yields none. It may change the session, which no
// other statement may be changing at the same time.
func (s *Statement) Exec(ctx context.Context, session *Session, args []Arg) (affected int64, err error) {
	switch t := s.tree.(type) {
	case *ast.Use:
		session.Schema = t.Name.String()
		return 0, nil
	case *ast.Set:
		return 0, s.set(session, t, args)
	case *ast.Reset:
		return 0, s.reset(session, t)
	case *ast.SetTransaction:
		return 0, s.setTransaction(t)
	case *ast.CreateView:
		return 0, s.createView(ctx, *session, t)
	case *ast.AlterView:
		return 0, s.alterView(ctx, *session, t)
	case *ast.Drop:
		if t.Kind == ast.DropView {
			return 0, s.dropViews(t)
		}
	}
	if affected, ok, err := s.temporary(ctx, session, args); ok || err != nil {
		return affected, err
	}
	return 0, s.unsupported()
}

// unsupported names the statement that is not there.
func (s *Statement) unsupported() error {
	word := statementWords(s.tree)
	e := &providers.Error{Kind: providers.KindUnsupported, Position: int(s.tree.Pos()) + 1}
	switch s.tree.(type) {
	case *ast.Insert, *ast.Update, *ast.Delete, *ast.Merge:
		e.Message = word + " is not supported yet: this release reads"
		if s.engine.opt.Readonly {
			e.Message = word + " is refused: the connection is Readonly"
		}
	case ast.Query, *ast.Explain, *ast.Call:
		e.Message = "this statement yields rows; run it as a query"
	case *ast.Begin, *ast.Commit, *ast.Rollback, *ast.Savepoint, *ast.ReleaseSavepoint:
		e.Message = "transactions are not written as SQL; use BeginTx with ReadOnly"
	default:
		e.Message = "statement " + word + " is not supported yet"
	}
	return e
}

// statementWords are the words that a kind of statement begins with.
func statementWords(tree ast.Statement) string {
	var b strings.Builder
	for i, r := range strings.TrimPrefix(fmt.Sprintf("%T", tree), "*ast.") {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// call is one run of a query: what it is planned from.
type call struct {
	session Session
	args    []Arg
	query   ast.Query
	narrow  plan.Narrow
	learned int // times that a table learnt what it cannot ask for
	profile bool
	whole   bool            // MaxRows does not count
	into    []plan.Target   // the columns that the rows go into
	view    *plan.View      // known before the engine's own
	shown   providers.Table // what a bare SHOW in FROM means: the rows of SHOW
}

// plan binds the arguments and plans the query with them.
func (s *Statement) plan(ctx context.Context, c call) (*plan.Plan, *expr.Statement, error) {
	e := s.engine
	schema := e.schemaOf(c.session)
	stmt := &expr.Statement{Ctx: ctx, Now: e.opt.Now(), Zone: e.zoneOf(c.session),
		Schema: schema, User: e.opt.User, Version: e.opt.Version}
	o := plan.Options{Catalog: e.provider, Schema: schema, Bind: s.binder(c.args), Statement: stmt, Pushdown: e.opt.Pushdown,
		Narrow: c.narrow, MaxRows: e.opt.MaxRows, MaxRecursion: e.opt.MaxRecursion, Without: e.opt.Without, Count: e.rowsOf, Into: c.into, Local: s.local(c), Dialect: e.dialect(),
		Variable: func(name string) (sqltypes.Value, bool) { return e.variable(c.session, name) }}
	if c.whole {
		o.MaxRows = 0
	}
	p, err := plan.Build(ctx, c.query, o)
	return p, stmt, err
}

// local finds the names that a run knows before the provider does. In a view
// they mean what they mean to every session.
func (s *Statement) local(c call) func(string, string, *plan.View) (plan.Named, error) {
	return func(schema, name string, within *plan.View) (plan.Named, error) {
		session := c.session
		switch {
		case c.shown != nil && schema == "" && name == showName:
			return plan.Named{Table: c.shown}, nil
		case c.view != nil && (schema == "" || s.engine.views.owns(schema)) && strings.EqualFold(name, c.view.Name):
			return plan.Named{View: c.view}, nil
		case within != nil:
			session = Session{Schema: within.DefaultSchema}
		case c.view != nil:
			session = Session{Schema: c.view.DefaultSchema}
		}
		if (within != nil || c.view != nil) && schema == "" && isTemporaryName(name) {
			return plan.Named{}, &providers.Error{Kind: providers.KindNotFound, Message: "a view cannot read temporary table " + name + ", which other connections do not have"}
		}
		return s.engine.known(session, schema, name)
	}
}

// dialect says whose rules hold for values: MySQL's where its language is spoken.
func (e *Engine) dialect() expr.Dialect {
	if e.opt.Dialect == parse.MySQL {
		return expr.MySQL
	}
	return expr.PostgreSQL
}

// query plans and starts a query. A server that refuses what was asked of it
// is asked for less, as long as no row has been handed on.
func (s *Statement) query(ctx context.Context, c call) (*cursor, error) {
	for {
		cur, err := s.start(ctx, c)
		if err == nil || !s.narrower(&c, err) {
			return cur, err
		}
	}
}

// maxLearned is how often a query is planned anew in full.
const maxLearned = 8

// narrower makes the next run ask for less, if the error says that the server
// refused what it was asked and there is less to ask for.
func (s *Statement) narrower(c *call, err error) bool {
	var refused *providers.Error
	if !errors.As(err, &refused) || !refused.Refused || c.narrow >= plan.RowsOnly || !s.engine.opt.Pushdown {
		return false
	}
	if refused.Learned && c.learned < maxLearned {
		c.learned++
		return true
	}
	c.narrow++
	return true
}

// start plans and starts a query once.
func (s *Statement) start(ctx context.Context, c call) (*cursor, error) {
	p, stmt, err := s.plan(ctx, c)
	if err != nil {
		return nil, err
	}
	run, err := exec.Run(ctx, p.Root, exec.Options{Statement: stmt, Profile: c.profile, Now: s.engine.opt.Now,
		Budget: providers.NewBudget(s.engine.opt.MaxMemory), SpillDirectory: s.engine.opt.SpillDirectory, NoSpill: s.engine.opt.NoSpill})
	if err != nil {
		return nil, runError(err)
	}
	return &cursor{Cursor: run, plan: p, statement: s, ctx: ctx, call: c}, nil
}

// binder finds the argument of a parameter. Arguments without names go to
// named parameters in the order of their first use.
func (s *Statement) binder(args []Arg) func(*ast.Param) (sqltypes.Value, error) {
	return func(p *ast.Param) (sqltypes.Value, error) {
		ordinal := p.Ordinal
		if p.Name != "" {
			for i, n := range s.params.Names {
				if strings.EqualFold(n, p.Name) {
					ordinal = i + 1
				}
			}
		}
		for _, a := range args {
			if p.Name != "" && strings.EqualFold(strings.TrimLeft(a.Name, ":@$"), p.Name) || a.Name == "" && a.Ordinal == ordinal {
				return a.Value, nil
			}
		}
		return sqltypes.Value{}, &providers.Error{Kind: providers.KindParameter, Position: int(p.Pos()) + 1,
			Message: fmt.Sprintf("no value for parameter %s; %d arguments were given", ast.Print(p), len(args))}
	}
}

// cursor is a running plan with the names of its columns.
type cursor struct {
	*exec.Cursor
	plan      *plan.Plan
	statement *Statement
	ctx       context.Context // of the whole query
	call      call
	begun     bool // rows were handed on
}

func (c *cursor) Columns() []plan.Column { return c.plan.Columns }

// Next gives the next rows. When the server refuses the first request, the
// query starts again and asks for less.
func (c *cursor) Next(ctx context.Context, out *tuple.Batch) error {
	for {
		err := runError(c.Cursor.Next(ctx, out))
		if err == nil {
			c.begun = true
			return nil
		}
		if c.begun || c.statement == nil || !c.statement.narrower(&c.call, err) {
			return err
		}
		if closeErr := c.Cursor.Close(); closeErr != nil {
			return err
		}
		next, err := c.statement.query(c.ctx, c.call)
		if err != nil {
			return err
		}
		c.Cursor, c.plan, c.call = next.Cursor, next.plan, next.call
		*out = *tuple.NewBatch(next.Layout())
	}
}

// runError gives the errors of expressions their SQLSTATE; errors of providers
// and contexts stay as they are.
func runError(err error) error {
	var state interface{ SQLState() string }
	var already *providers.Error
	if err == nil || errors.As(err, &already) || !errors.As(err, &state) {
		return err
	}
	return plan.ExprError(err)
}
