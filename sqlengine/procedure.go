package sqlengine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/catalog"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// callProcedure runs CALL and EXEC. All about the call that can be wrong is
// found before the procedure makes its first request.
func (s *Statement) callProcedure(ctx context.Context, session Session, t *ast.Call, args []Arg) (Cursor, error) {
	if t.Return != nil {
		return nil, refused(t.Return.Pos(), providers.KindUnsupported,
			"procedures have no return code: what they give back comes as rows, so leave out %s =", ast.Print(t.Return))
	}
	p, err := s.engine.procedure(ctx, session, t.Name)
	if err != nil {
		return nil, err
	}
	info := p.Info()
	if s.engine.opt.Readonly && !info.ReadOnly {
		return nil, refused(t.Pos(), providers.KindUnsupported, "%s is refused: the connection is Readonly, and the procedure may change data", info.Name)
	}
	values, err := (&binding{s, session, info, args}).bind(ctx, t)
	if err != nil {
		return nil, err
	}
	sets, err := p.Call(ctx, values, providers.NewBudget(s.engine.opt.MaxMemory))
	if err != nil {
		return nil, err
	}
	if len(sets) == 0 {
		sets = []providers.ResultSet{providers.NewResultSet(nil)}
	}
	return newResults(ctx, sets), nil
}

// procedure finds what a call names. A bare name finds the procedures that
// belong to no schema before those of the session's: the former sign in, so
// that they must be found without asking a server. Where the session has no
// schema, it finds those of the only one that has some.
func (e *Engine) procedure(ctx context.Context, session Session, name ast.Name) (providers.Procedure, error) {
	schemas := e.procedureSchemas(session, name)
	for i := 0; i < len(schemas); i++ {
		p, err := e.opt.Procedures.Procedure(ctx, schemas[i], name.Last().Text)
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, providers.KindNotFound) {
			return nil, at(err, name.Pos())
		}
		if i > 0 || name.Qualifier().String() != "" || e.schemaOf(session) != "" {
			continue
		}
		there, err := e.opt.Procedures.ProcedureSchemas(ctx)
		if err != nil {
			return nil, at(err, name.Pos())
		}
		if len(there) == 1 {
			schemas = append(schemas, there[0])
		}
	}
	return nil, e.noProcedure(ctx, schemas, name)
}

// procedureSchemas are where a name is looked up. What belongs to no schema is
// found in the catalog's too, where the listings show it.
func (e *Engine) procedureSchemas(session Session, name ast.Name) []string {
	schema := name.Qualifier().String()
	bare := schema == ""
	if bare {
		schema = e.schemaOf(session)
	}
	switch {
	case schema == "" || strings.EqualFold(schema, catalog.System):
		return []string{""}
	case bare:
		return []string{"", schema}
	}
	return []string{schema}
}

// ProcedureSchemas lists the schemas that have procedures.
func (e *Engine) ProcedureSchemas(ctx context.Context) ([]string, error) {
	return e.opt.Procedures.ProcedureSchemas(ctx)
}

// Procedures lists the procedures of a schema; the schema "" has those that
// belong to none.
func (e *Engine) Procedures(ctx context.Context, schema string) ([]providers.ProcedureName, error) {
	return e.opt.Procedures.Procedures(ctx, schema)
}

// DescribeProcedure tells the parameters of a procedure. The result must not be
// changed.
func (e *Engine) DescribeProcedure(ctx context.Context, schema, name string) (*providers.ProcedureInfo, error) {
	p, err := e.opt.Procedures.Procedure(ctx, schema, name)
	if err != nil {
		return nil, err
	}
	return p.Info(), nil
}

// noProcedures is what an engine has that was given none.
type noProcedures struct{}

func (noProcedures) ProcedureSchemas(context.Context) ([]string, error) { return nil, nil }

func (noProcedures) Procedures(context.Context, string) ([]providers.ProcedureName, error) {
	return nil, nil
}

func (noProcedures) Procedure(_ context.Context, _, name string) (providers.Procedure, error) {
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: "there is no procedure " + name}
}

// noProcedure offers the nearest of the names there are, and lists some.
func (e *Engine) noProcedure(ctx context.Context, schemas []string, name ast.Name) error {
	var names []string
	for _, schema := range schemas {
		list, err := e.opt.Procedures.Procedures(ctx, schema)
		if err != nil {
			return at(err, name.Pos())
		}
		for _, p := range list {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	const most = 10
	there := "; there is none"
	if n := len(names); n > most {
		there = fmt.Sprintf("; there are %s and %d more, which sys_procedures lists", strings.Join(names[:most], ", "), n-most)
	} else if n > 0 {
		there = "; there is " + strings.Join(names, ", ")
	}
	return refused(name.Pos(), providers.KindNotFound, "there is no procedure %s%s%s", name, nearest.Suffix(name.Last().Text, names), there)
}

// ResultSets is the Cursor of a procedure, which may answer several times.
type ResultSets interface {
	Cursor
	// HasNext reports whether there is a result set behind the current one.
	HasNext() bool
	// NextResultSet goes on to the next result set, whose columns and layout the
	// cursor then has.
	NextResultSet() error
}

// results gives the rows of a call, one result set after the other.
type results struct {
	ctx    context.Context // of the whole call
	sets   []providers.ResultSet
	layout *tuple.Layout
}

func newResults(ctx context.Context, sets []providers.ResultSet) *results {
	return &results{ctx: ctx, sets: sets, layout: tuple.NewLayout(sets[0].Types())}
}

func (r *results) Columns() []plan.Column {
	columns := make([]plan.Column, len(r.sets[0].Columns))
	for i, c := range r.sets[0].Columns {
		columns[i] = plan.Column{Name: c.Name, Type: c.Type, Nullable: c.Nullable}
	}
	return columns
}

func (r *results) Layout() *tuple.Layout { return r.layout }

func (r *results) Next(ctx context.Context, out *tuple.Batch) error {
	err := r.ctx.Err()
	if err == nil {
		err = r.sets[0].Rows.Next(ctx, out)
	}
	if over := r.ctx.Err(); over != nil {
		err = over
	}
	return err
}

func (r *results) HasNext() bool { return len(r.sets) > 1 }

func (r *results) NextResultSet() error {
	err := r.sets[0].Rows.Close()
	r.sets = r.sets[1:]
	r.layout = tuple.NewLayout(r.sets[0].Types())
	return err
}

func (r *results) Close() error {
	var errs []error
	for i := range r.sets {
		errs = append(errs, r.sets[i].Rows.Close())
	}
	return errors.Join(errs...)
}
