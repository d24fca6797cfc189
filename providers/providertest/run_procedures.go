package providertest

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Call is a call of a stored procedure that succeeds however often it is made.
type Call struct {
	// Procedure is a name in the default schema, or schema and name with a point
	// between them.
	Procedure string
	// Arguments are values by parameter; those that are left out have their
	// default.
	Arguments map[string]sqltypes.Value
}

// perSchema is how many of a schema's procedures are looked at besides those
// that are called: a system may have thousands.
const perSchema = 3

// procedures are the checks of a provider that has stored procedures.
func (s *suite) procedures(t *testing.T) {
	p, ok := s.provider.(providers.ProcedureProvider)
	if !ok {
		if len(s.Calls) > 0 {
			t.Error("there are Calls in the Harness, and the provider is no providers.ProcedureProvider")
		}
		return
	}
	listed := map[string][]providers.ProcedureName{}
	t.Run("procedures are listed, and found without regard to case", func(t *testing.T) {
		schemas, err := p.ProcedureSchemas(s.context(t))
		if err != nil {
			t.Fatalf("ProcedureSchemas: %v", err)
		}
		for _, schema := range schemas {
			listed[schema] = s.listProcedures(t, p, schema)
		}
	})
	for _, call := range s.Calls {
		t.Run(call.Procedure, func(t *testing.T) {
			schema, name := splitName(call.Procedure)
			if schema == "" {
				schema = s.provider.DefaultSchema()
			}
			found, err := p.Procedure(s.context(t), schema, name)
			if err != nil {
				t.Fatalf("Procedure: %v", err)
			}
			c := &calling{suite: s, Procedure: found, info: found.Info(), listed: p, given: call.Arguments}
			if !slices.ContainsFunc(listed[c.info.Schema], func(n providers.ProcedureName) bool { return n.Name == c.info.Name }) {
				t.Errorf("%s is not in the list of the schema %s", c.info.Name, c.info.Schema)
			}
			t.Run("its description is sound", func(t *testing.T) { checkProcedureInfo(t, c.info) })
			t.Run("it answers with what it describes, to the end", c.checkAnswer)
			t.Run("its parameters are found without regard to case, and what it lacks or does not know is named", c.checkArguments)
			t.Run("a Readonly connection calls it only if it changes nothing", c.checkReadonly)
			t.Run("a cancelled call ends in its context's error and leaves nothing running", c.checkCancel)
		})
	}
}

// listProcedures checks the list of one schema, and the first procedures of it.
func (s *suite) listProcedures(t *testing.T, p providers.ProcedureProvider, schema string) []providers.ProcedureName {
	list, err := p.Procedures(s.context(t), strings.ToUpper(schema))
	if err != nil {
		t.Errorf("Procedures(%s): %v", strings.ToUpper(schema), err)
		return nil
	}
	seen := map[string]bool{}
	for i, n := range list {
		if folded := strings.ToLower(n.Name); n.Name == "" || seen[folded] {
			t.Errorf("%s: the name %q is empty or not unique", schema, n.Name)
		} else {
			seen[folded] = true
		}
		if n.Schema != schema {
			t.Errorf("%s is listed in the schema %s and says that it is of %s", n.Name, schema, n.Schema)
		}
		if i >= perSchema {
			continue
		}
		for _, name := range []string{strings.ToUpper(n.Name), strings.ToLower(n.Name)} {
			found, err := p.Procedure(s.context(t), strings.ToLower(schema), name)
			if err != nil {
				t.Errorf("Procedure(%s, %s): %v", strings.ToLower(schema), name, err)
			} else if info := found.Info(); info.Name != n.Name || info.Schema != n.Schema {
				t.Errorf("Procedure(%s, %s) is %s.%s, not %s.%s", schema, name, info.Schema, info.Name, n.Schema, n.Name)
			} else if name != strings.ToUpper(n.Name) {
				checkProcedureInfo(t, info)
			}
		}
	}
	const none = "NoSuchProcedureZz"
	if _, err := p.Procedure(s.context(t), schema, none); !errors.Is(err, providers.KindNotFound) {
		t.Errorf("Procedure(%s, %s) gives %v, want an *Error of KindNotFound", schema, none, err)
	}
	return list
}

func checkProcedureInfo(t *testing.T, info *providers.ProcedureInfo) {
	seen := map[string]bool{}
	for i := range info.Parameters {
		p := &info.Parameters[i]
		for _, name := range append([]string{p.Name}, p.Aliases...) {
			if name == "" || p.Direction.Takes() && seen[strings.ToLower(name)] {
				t.Errorf("%s: the parameter name %q is empty or not unique", info.Name, name)
			}
			seen[strings.ToLower(name)] = seen[strings.ToLower(name)] || p.Direction.Takes()
		}
		if p.Type.Kind == sqltypes.Null {
			t.Errorf("%s: parameter %s has no type", info.Name, p.Name)
		}
		if p.Direction.Takes() && info.Find(p.Name) != i {
			t.Errorf("%s: parameter %s is not found by its name", info.Name, p.Name)
		}
		if p.Required && (!p.Direction.Takes() || p.HasDefault()) {
			t.Errorf("%s: parameter %s is required, and takes no value or has a default", info.Name, p.Name)
		}
		if p.HasDefault() && p.Default.Kind.Storage() != p.Type.Kind.Storage() {
			t.Errorf("%s: the default of parameter %s is %s, and no %s", info.Name, p.Name, p.Default, p.Type)
		}
		if len(p.Allowed) > 0 && p.Type.Kind != sqltypes.Varchar {
			t.Errorf("%s: parameter %s has a list of texts that are allowed, and is %s", info.Name, p.Name, p.Type)
		}
	}
	checkResultColumns(t, info.Name, info.Results)
}

func checkResultColumns(t *testing.T, procedure string, columns []providers.Column) {
	for i, c := range columns {
		if c.Name == "" || c.Type.Kind == sqltypes.Null {
			t.Errorf("%s: column %d of its result has the name %q and the type %s", procedure, i+1, c.Name, c.Type)
		}
	}
}

// calling is a procedure under test.
type calling struct {
	*suite
	providers.Procedure
	info   *providers.ProcedureInfo
	listed providers.ProcedureProvider
	given  map[string]sqltypes.Value
}

// values are the arguments as a Procedure gets them.
func (c *calling) values(t *testing.T) []sqltypes.Value {
	t.Helper()
	for name := range c.given {
		if c.info.Find(name) < 0 {
			t.Fatalf("the Harness gives %s, which is no parameter of %s", name, c.info.Name)
		}
	}
	var values []sqltypes.Value
	for i := range c.info.Parameters {
		p := &c.info.Parameters[i]
		if !p.Direction.Takes() {
			continue
		}
		v := sqltypes.NullOf(p.Type.Kind)
		if p.HasDefault() {
			v = p.Default
		}
		for name, given := range c.given {
			if c.info.Find(name) == i {
				v = given
			}
		}
		values = append(values, v)
	}
	return values
}

// answer calls the procedure and reads all that it gives.
func (c *calling) answer(t *testing.T) [][][]sqltypes.Value {
	t.Helper()
	ctx := c.context(t)
	sets, err := c.Call(ctx, c.values(t), nil)
	if err != nil {
		t.Fatalf("Call: %v", err)
	}
	if c.info.Results != nil {
		if len(sets) == 0 {
			t.Fatalf("it describes a result and gives none")
		}
		same := slices.EqualFunc(sets[0].Columns, c.info.Results, func(a, b providers.Column) bool { return a.Name == b.Name && a.Type.Kind == b.Type.Kind })
		if !same {
			t.Errorf("it gives the columns %v and describes %v", columnTexts(sets[0].Columns), columnTexts(c.info.Results))
		}
	}
	var answers [][][]sqltypes.Value
	for i := range sets {
		set := &sets[i]
		checkResultColumns(t, c.info.Name, set.Columns)
		layout := tuple.NewLayout(set.Types())
		rows, err := drain(ctx, set.Rows, layout)
		if err != nil {
			t.Errorf("result %d: %v", i+1, err)
		}
		for n, row := range rows {
			for at, v := range row {
				if v.Null && !set.Columns[at].Nullable {
					t.Errorf("result %d, row %d: %s is NULL and said never to be", i+1, n+1, set.Columns[at].Name)
				}
			}
		}
		if err := set.Rows.Next(ctx, tuple.NewBatch(layout)); !errors.Is(err, io.EOF) {
			t.Errorf("after the end of result %d Next gives %v, not io.EOF", i+1, err)
		}
		if err := errors.Join(set.Rows.Close(), set.Rows.Close()); err != nil {
			t.Errorf("Close of result %d, twice: %v", i+1, err)
		}
		answers = append(answers, rows)
	}
	return answers
}

func columnTexts(columns []providers.Column) []string {
	var out []string
	for _, c := range columns {
		out = append(out, c.Name+" "+c.Type.String())
	}
	return out
}

func (c *calling) checkAnswer(t *testing.T) {
	first := c.answer(t)
	again := c.answer(t)
	if !c.info.ReadOnly {
		return // what it changes may show
	}
	if len(first) != len(again) {
		t.Fatalf("a call that changes nothing gives %d results, and %d when it is made again", len(first), len(again))
	}
	for i := range first {
		if d := differ(again[i], first[i], false); d != "" {
			t.Errorf("a call that changes nothing is made again, and result %d has %s", i+1, d)
		}
	}
}

// run calls the procedure by SQL, with arguments by name.
func (c *calling) run(t *testing.T, o sqlengine.Options, given map[string]sqltypes.Value) ([][]sqltypes.Value, error) {
	t.Helper()
	var names []string
	var args []sqlengine.Arg
	for _, name := range slices.Sorted(maps.Keys(given)) {
		args = append(args, sqlengine.Arg{Ordinal: len(args) + 1, Value: given[name]})
		names = append(names, ast.QuoteName(name)+" => ?")
	}
	o.Procedures = c.listed
	sql := "CALL " + ast.QuoteName(c.info.Schema) + "." + ast.QuoteName(c.info.Name) + "(" + strings.Join(names, ", ") + ")"
	_, rows, err := Answer(c.context(t), c.provider, o, sql, args...)
	return rows, err
}

func (c *calling) checkArguments(t *testing.T) {
	upper := map[string]sqltypes.Value{}
	for name, v := range c.given {
		upper[strings.ToUpper(name)] = v
	}
	if _, err := c.run(t, sqlengine.Options{}, upper); err != nil {
		t.Errorf("with its parameters in capitals: %v", err)
	}
	const unknown = "NoSuchParameterZz"
	more := maps.Clone(c.given)
	if more == nil {
		more = map[string]sqltypes.Value{}
	}
	more[unknown] = sqltypes.IntValue(1)
	if _, err := c.run(t, sqlengine.Options{}, more); !errors.Is(err, providers.KindParameter) || !strings.Contains(err.Error(), unknown) {
		t.Errorf("with a parameter that there is not: %v, want an *Error of KindParameter that names it", err)
	}
	for i := range c.info.Parameters {
		p := &c.info.Parameters[i]
		if !p.Required {
			continue
		}
		less := maps.Clone(c.given)
		maps.DeleteFunc(less, func(name string, _ sqltypes.Value) bool { return c.info.Find(name) == i })
		if _, err := c.run(t, sqlengine.Options{}, less); !errors.Is(err, providers.KindParameter) || !strings.Contains(err.Error(), p.Name) {
			t.Errorf("without %s, which is required: %v, want an *Error of KindParameter that names it", p.Name, err)
		}
	}
}

func (c *calling) checkReadonly(t *testing.T) {
	_, err := c.run(t, sqlengine.Options{Readonly: true}, c.given)
	switch {
	case c.info.ReadOnly && err != nil:
		t.Errorf("it changes nothing, and is refused: %v", err)
	case !c.info.ReadOnly && !errors.Is(err, providers.KindUnsupported):
		t.Errorf("it may change data, and a Readonly connection gives %v, want an *Error of KindUnsupported", err)
	}
}

func (c *calling) checkCancel(t *testing.T) {
	values := c.values(t)
	before := goroutines()
	// Cancelled between the call and the rows.
	ctx, cancel := context.WithCancel(c.context(t))
	sets, err := c.Call(ctx, values, nil)
	if err != nil {
		t.Fatalf("Call: %v", err)
	}
	cancel()
	for i := range sets {
		c.ends(t, func() error { return sets[i].Rows.Next(ctx, tuple.NewBatch(tuple.NewLayout(sets[i].Types()))) })
		if err := sets[i].Rows.Close(); err != nil {
			t.Errorf("Close after cancel: %v", err)
		}
	}
	// Cancelled before the call.
	c.ends(t, func() error {
		sets, err := c.Call(ctx, values, nil)
		for i := range sets {
			err = errors.Join(err, sets[i].Rows.Next(ctx, tuple.NewBatch(tuple.NewLayout(sets[i].Types()))), sets[i].Rows.Close())
		}
		return err
	})
	// Left before its rows were read.
	if sets, err = c.Call(c.context(t), values, nil); err != nil {
		t.Fatalf("Call: %v", err)
	}
	for i := range sets {
		if err := sets[i].Rows.Close(); err != nil {
			t.Errorf("Close before the first row: %v", err)
		}
	}
	if left := leftOver(before); left != "" {
		t.Errorf("still running after Close:\n%s", left)
	}
}

// ends runs what is cancelled, which must end soon in the error of its context.
func (c *calling) ends(t *testing.T, f func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after cancel it gives %v", err)
		}
	case <-time.After(20 * soon): // generous: machines are busy
		t.Error("after cancel it does not return")
		<-done
	}
}
