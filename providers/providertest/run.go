package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Harness tells Run what to test.
type Harness struct {
	// Open gives a provider that is ready for queries. It is called once; Run
	// closes what it gave. The data must not change while the suite runs.
	Open func(t *testing.T) providers.Provider
	// Tables are names in the default schema, or schema and table with a point
	// between them; all tables of the default schema if empty. Each is read
	// whole, many times: give tables of a few rows to a few thousand.
	Tables []string
	// Queries are run besides those that are generated, with pushdown on and
	// off. Their rows must not depend on the plan: no LIMIT without an ORDER BY
	// that leaves nothing open.
	Queries []Query
	// Calls are calls of stored procedures, for a provider that has some
	// (providers.ProcedureProvider). What they change must not show in Tables.
	Calls []Call
	// ServerCollation says that the provider orders and compares text as its
	// server does, not by bytes: what is said of text then goes unchecked.
	ServerCollation bool
	// Timeout bounds a scan; a minute if zero.
	Timeout time.Duration
}

// Query is a SELECT for the differential test.
type Query struct {
	SQL string
	// Ordered compares rows in sequence: for an ORDER BY that is total.
	Ordered bool
}

// suite is a running conformance test.
type suite struct {
	Harness
	provider providers.Provider
}

// table is a table under test and all its rows.
type table struct {
	*suite
	providers.Table
	info *providers.TableInfo
	rows [][]sqltypes.Value
}

// Run checks that a provider keeps the contract of package providers. Each
// check is a subtest whose name says what must hold.
func Run(t *testing.T, h Harness) {
	s := start(t, h)
	t.Run("Ping answers", func(t *testing.T) {
		if err := s.provider.Ping(s.context(t)); err != nil {
			t.Error(err)
		}
	})
	if len(s.Tables) == 0 {
		list, err := s.provider.Tables(s.context(t), s.provider.DefaultSchema())
		if err != nil {
			t.Fatalf("Tables: %v", err)
		}
		for _, n := range list {
			s.Tables = append(s.Tables, n.Schema+"."+n.Name)
		}
	}
	if len(s.Tables) == 0 {
		t.Fatal("there is no table to test")
	}
	var tables []*table
	for _, name := range s.Tables {
		t.Run(name, func(t *testing.T) {
			if tb := s.table(t, name); tb != nil {
				tables = append(tables, tb)
			}
		})
	}
	s.procedures(t)
	t.Run("rows are the same with pushdown on and off", func(t *testing.T) { s.differential(t, tables) })
}

// RunProcedures makes those checks of Run alone that are about stored
// procedures.
func RunProcedures(t *testing.T, h Harness) {
	start(t, h).procedures(t)
}

func start(t *testing.T, h Harness) *suite {
	if h.Timeout == 0 {
		h.Timeout = time.Minute
	}
	s := &suite{Harness: h, provider: h.Open(t)}
	t.Cleanup(func() {
		if err := s.provider.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func (s *suite) context(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), s.Timeout)
	t.Cleanup(cancel)
	return ctx
}

// table runs the checks of one table; nil when its rows could not be read, or
// when it has none without inputs that nobody here knows.
func (s *suite) table(t *testing.T, name string) *table {
	schema, short := splitName(name)
	if schema == "" {
		schema = s.provider.DefaultSchema()
	}
	found, err := s.provider.Table(s.context(t), schema, short)
	if err != nil {
		t.Fatalf("Table: %v", err)
	}
	tb := &table{suite: s, Table: found, info: found.Info()}
	t.Run("its description is sound", tb.checkInfo)
	t.Run("its name is found without regard to case, and a wrong one is answered by the nearest", tb.checkLookup)
	if slices.ContainsFunc(tb.info.Columns, func(c providers.Column) bool { return c.Required }) {
		t.Run("a scan without its required input is refused", tb.checkRequired)
		return nil
	}
	read := t.Run("all its rows can be read", func(t *testing.T) { tb.readAll(t) })
	if !read {
		return nil
	}
	t.Run("keys are unique and nothing is NULL that may not be", tb.checkRows)
	t.Run("columns come in the order of the request", tb.checkColumns)
	t.Run("the end is repeated, and closing twice is fine", tb.checkEnd)
	t.Run("a cancelled scan ends in its context's error and leaves nothing running", tb.checkCancel)
	t.Run("verdicts on filters hold", tb.checkFilters)
	t.Run("an order that is Exact is an order", tb.checkOrder)
	t.Run("a limit that is Exact is exact", tb.checkLimit)
	t.Run("aggregates that are Exact are exact", tb.checkAggregates)
	t.Run("a batch of keys gives the rows with those keys", tb.checkKeys)
	t.Run("an expand is a join", tb.checkExpand)
	return tb
}

// plan asks the table and checks the form of its answer.
func (tb *table) plan(t *testing.T, r *providers.ScanRequest) *providers.ScanPlan {
	t.Helper()
	p, err := tb.Plan(tb.context(t), r)
	if err != nil {
		t.Fatalf("Plan(%s): %v", requestText(tb.info, r), err)
	}
	if len(p.Filter) != len(r.Filter) {
		t.Fatalf("Plan(%s) gives %d verdicts for %d predicates", requestText(tb.info, r), len(p.Filter), len(r.Filter))
	}
	if p.Open == nil || p.Layout == nil {
		t.Fatalf("Plan(%s) has no Open or no Layout", requestText(tb.info, r))
	}
	for i, v := range p.Filter {
		if v != providers.Exact && (i >= len(p.Reasons) || p.Reasons[i] == "") {
			t.Errorf("Plan gives no reason why %s is %s", r.Filter[i], v)
		}
	}
	for what, v := range map[string]providers.Verdict{"order": p.Order, "limit": p.Limit, "aggregate": p.Aggregate, "expand": p.Expand} {
		if v == providers.Superset {
			t.Errorf("the verdict on the %s is superset: that is for filters and keys", what)
		}
	}
	return p
}

// read plans a request and reads its rows.
func (tb *table) read(t *testing.T, r *providers.ScanRequest) (*providers.ScanPlan, [][]sqltypes.Value) {
	t.Helper()
	for range maxRefused {
		p := tb.plan(t, r)
		rows, err := scanned(tb.context(t), p)
		if err == nil {
			return p, rows
		}
		// The provider may have learnt that its server cannot be asked for this:
		// a new plan then asks for less.
		if refused := (*providers.Error)(nil); !errors.As(err, &refused) || !refused.Refused {
			t.Fatalf("scan of %s: %v", requestText(tb.info, r), err)
		}
	}
	t.Fatalf("scan of %s: refused however often it is planned", requestText(tb.info, r))
	return nil, nil
}

// maxRefused is how many plans of one request may be refused.
const maxRefused = 4

// all are the positions of the columns; inputs read as NULL here.
func (tb *table) all() []int {
	out := make([]int, len(tb.info.Columns))
	for i := range out {
		out[i] = i
	}
	return out
}

// plain are the positions of the columns that are no inputs.
func (tb *table) plain() []int {
	return slices.DeleteFunc(tb.all(), func(c int) bool { return tb.info.Columns[c].Input })
}

// unchecked reports a column whose comparisons are the server's own.
func (tb *table) unchecked(c int) bool {
	return tb.ServerCollation && tb.info.Columns[c].Type.Kind.IsText()
}

func requestText(info *providers.TableInfo, r *providers.ScanRequest) string {
	s := fmt.Sprintf("%s: columns %v", info.Name, r.Columns)
	for _, f := range r.Filter {
		s += " where " + f.String()
	}
	for _, o := range r.Order {
		s += " by " + info.Columns[o.Column].Name
	}
	if r.Limit > 0 || r.Offset > 0 {
		s += fmt.Sprintf(" limit %d after %d", r.Limit, r.Offset)
	}
	if r.Keys != nil {
		s += fmt.Sprintf(" with %d keys", len(r.Keys.Tuples))
	}
	return s
}
