package sqlengine

import (
	"context"
	"errors"
	"io"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/exec"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// explain answers EXPLAIN: one column, a row a line. ANALYZE runs the query
// to its end first.
func (s *Statement) explain(ctx context.Context, session Session, x *ast.Explain, args []Arg) (Cursor, error) {
	q, ok := x.Stmt.(ast.Query)
	if _, procedure := x.Stmt.(*ast.Call); procedure {
		return nil, refused(x.Stmt.Pos(), providers.KindUnsupported, "EXPLAIN is for queries: a procedure has no plan; sys_procedures and sys_procedureparameters describe it")
	}
	if !ok {
		return nil, &providers.Error{Kind: providers.KindUnsupported, Position: int(x.Pos()) + 1, Message: "EXPLAIN is for queries"}
	}
	analyze := x.Analyze
	for _, o := range x.Options {
		switch o.Name {
		case "ANALYZE", "ANALYSE":
			analyze = o.Value == "" || o.Value == "TRUE" || o.Value == "ON" || o.Value == "true" || o.Value == "on"
		case "FORMAT":
			if o.Value != "TEXT" && o.Value != "text" {
				return nil, &providers.Error{Kind: providers.KindUnsupported, Position: int(x.Pos()) + 1, Message: "EXPLAIN FORMAT " + o.Value + " is not supported; TEXT is"}
			}
		}
	}
	c := call{session: session, args: args, query: q, profile: analyze}
	if analyze {
		p, actual, err := s.analyze(ctx, c)
		if err != nil {
			return nil, err
		}
		return s.lines(ctx, p.Explain(actual))
	}
	p, _, err := s.plan(ctx, c)
	if err != nil {
		return nil, err
	}
	return s.lines(ctx, p.Explain(nil))
}

// analyze runs a query to its end and returns what each operator did.
func (s *Statement) analyze(ctx context.Context, run call) (*plan.Plan, func(plan.Node) (plan.Actual, bool), error) {
	c, err := s.query(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	for b := tuple.NewBatch(c.Layout()); err == nil; {
		err = c.Next(ctx, b)
	}
	closeErr := c.Close()
	if !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if closeErr != nil {
		return nil, nil, closeErr
	}
	profile := c.Profile()
	return c.plan, func(n plan.Node) (plan.Actual, bool) {
		st, ok := profile[n]
		scanned := false
		switch n.(type) {
		case *plan.Scan, *plan.LookupJoin:
			scanned = true
		}
		return plan.Actual{Rows: st.Rows, Requests: st.Requests, Retries: st.Retries, Bytes: st.Bytes,
			Spilled: st.Spilled, Runs: st.Runs,
			Milliseconds: float64(st.Elapsed.Microseconds()) / 1000, Scanned: scanned}, ok
	}, nil
}

// lines is a cursor over a text.
func (s *Statement) lines(ctx context.Context, text []string) (Cursor, error) {
	varchar := sqltypes.Of(sqltypes.Varchar)
	rows := make([][]expr.Node, len(text))
	for i, line := range text {
		rows[i] = []expr.Node{expr.NewConst(sqltypes.StringValue(line))}
	}
	c, err := exec.Run(ctx, plan.NewValues(rows, []sqltypes.Type{varchar}), exec.Options{Now: s.engine.opt.Now})
	if err != nil {
		return nil, err
	}
	return &cursor{Cursor: c, plan: &plan.Plan{Columns: []plan.Column{{Name: "plan", Type: varchar}}}}, nil
}
