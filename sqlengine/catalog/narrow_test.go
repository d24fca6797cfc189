package catalog

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// shelf is a source of schemas a, b and c with tables T1 and T2 each. It notes
// what it was asked for.
type shelf struct {
	mu    sync.Mutex
	asked []string
}

func (s *shelf) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, what)
}

func (s *shelf) Schemas(context.Context) ([]providers.Schema, error) {
	s.note("schemas")
	return []providers.Schema{{Name: "a"}, {Name: "b"}, {Name: "c"}}, nil
}

func (s *shelf) Tables(_ context.Context, schema string) ([]providers.TableName, error) {
	s.note("tables " + schema)
	switch schema {
	case "a", "b":
		return []providers.TableName{{Schema: schema, Name: "T1"}, {Schema: schema, Name: "T2"}}, nil
	case "c":
		return nil, &providers.Error{Kind: providers.KindPermission, Message: "not for you"}
	case "broken":
		return nil, &providers.Error{Kind: providers.KindServer, Message: "out of order"}
	}
	return nil, &providers.Error{Kind: providers.KindNotFound}
}

func (s *shelf) Describe(_ context.Context, schema, name string) (*providers.TableInfo, error) {
	s.note("describe " + schema + "." + name)
	if name != "T1" && name != "T2" || schema != "a" && schema != "b" {
		return nil, &providers.Error{Kind: providers.KindNotFound}
	}
	return &providers.TableInfo{Schema: schema, Name: name, Columns: []providers.Column{{Name: "ID", Type: sqltypes.Of(sqltypes.Integer)}}}, nil
}

func (s *shelf) ViewText(string, string) string { return "" }

func (s *shelf) ProcedureSchemas(context.Context) ([]string, error) {
	s.note("procedure schemas")
	return []string{"a", "c"}, nil
}

func (s *shelf) Procedures(_ context.Context, schema string) ([]providers.ProcedureName, error) {
	s.note("procedures " + schema)
	switch schema {
	case "", "a":
		return []providers.ProcedureName{{Schema: schema, Name: "P" + schema}, {Schema: schema, Name: "Gone"}}, nil
	case "c":
		return nil, &providers.Error{Kind: providers.KindPermission, Message: "not for you"}
	}
	return nil, &providers.Error{Kind: providers.KindNotFound}
}

func (s *shelf) DescribeProcedure(_ context.Context, schema, name string) (*providers.ProcedureInfo, error) {
	s.note("procedure " + schema + "." + name)
	if name == "Gone" {
		return nil, &providers.Error{Kind: providers.KindNotFound}
	}
	return &providers.ProcedureInfo{Schema: schema, Name: name, Parameters: []providers.Parameter{{Name: "x", Type: sqltypes.Of(sqltypes.Integer)}}}, nil
}

// scan runs a request for the names of a table's schemas and tables.
func scan(t *testing.T, table providers.Table, r *providers.ScanRequest) (names []string, err error) {
	pairs, err := pairs(t, table, r, "SchemaName", "TableName")
	for _, p := range pairs {
		if !Has(p[0]) {
			names = append(names, p[0]+"."+p[1])
		}
	}
	return names, err
}

// pairs runs a request for two columns of text.
func pairs(t *testing.T, table providers.Table, r *providers.ScanRequest, first, second string) (found [][2]string, err error) {
	info := table.Info()
	r.Columns = []int{info.Find(first), info.Find(second)}
	p, err := table.Plan(t.Context(), r)
	require.NoError(t, err)
	reader, err := p.Open(t.Context(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, reader.Close()) }()
	for b := tuple.NewBatch(p.Layout); ; {
		if err := reader.Next(t.Context(), b); err == io.EOF {
			return found, nil
		} else if err != nil {
			return found, err
		}
		for i := range b.Len() {
			found = append(found, [2]string{p.Layout.Value(b.Row(i), 0).S, p.Layout.Value(b.Row(i), 1).S})
		}
	}
}

func TestConditionsNarrowWhatIsAskedFor(t *testing.T) {
	varchar := sqltypes.Of(sqltypes.Varchar)
	schema := &providers.ColumnRef{Column: 1, Name: "SchemaName", T: varchar}
	table := &providers.ColumnRef{Column: 2, Name: "TableName", T: varchar}
	text := func(s string) providers.Expr { return &providers.Const{Value: sqltypes.StringValue(s)} }
	call := func(f providers.Func, args ...providers.Expr) providers.Expr {
		return &providers.Call{Func: f, Args: args}
	}
	null := &providers.Const{Value: sqltypes.NullOf(sqltypes.Varchar)}
	all := []string{"schemas", "tables a", "tables b", "tables c"}
	for _, test := range []struct {
		name   string
		filter providers.Expr
		asked  []string // of sys_tables
		rows   []string
	}{
		{"equality names the schema", call(providers.Eq, schema, text("a")), []string{"tables a"}, []string{"a.T1", "a.T2"}},
		{"also the other way round", call(providers.Eq, text("a"), schema), []string{"tables a"}, []string{"a.T1", "a.T2"}},
		{"a list names several", call(providers.In, schema, text("b"), text("a"), text("b")), []string{"tables a", "tables b"}, []string{"a.T1", "a.T2", "b.T1", "b.T2"}},
		{"so does OR", call(providers.Or, call(providers.Eq, schema, text("a")), call(providers.In, schema, text("b"))), []string{"tables a", "tables b"}, []string{"a.T1", "a.T2", "b.T1", "b.T2"}},
		{"OR of another column does not", call(providers.Or, call(providers.Eq, schema, text("a")), call(providers.Eq, table, text("T2"))), all, []string{"a.T1", "a.T2", "b.T2"}},
		{"AND names it by one side", call(providers.And, call(providers.Eq, table, text("T2")), call(providers.Eq, schema, text("a"))), []string{"tables a"}, []string{"a.T2"}},
		{"NULL is no name", call(providers.Eq, schema, null), nil, nil},
		{"a pattern is held against the list", call(providers.Like, schema, text("a%")), []string{"schemas", "tables a"}, []string{"a.T1", "a.T2"}},
		{"a pattern without a beginning is not", call(providers.Like, schema, text("%a")), all, []string{"a.T1", "a.T2", "b.T1", "b.T2"}},
		{"an escape ends the beginning", call(providers.Like, schema, text("!a"), text("!")), all, []string{"a.T1", "a.T2", "b.T1", "b.T2"}},
		{"case is no matter under LOWER", call(providers.Eq, call(providers.Upper, schema), text("B")), []string{"schemas", "tables b"}, []string{"b.T1", "b.T2"}},
		{"a name in another case is another name", call(providers.Eq, schema, text("A")), []string{"tables A"}, nil},
		{"NOT narrows nothing", call(providers.Not, call(providers.Eq, schema, text("a"))), all, []string{"a.T1", "a.T2", "b.T1", "b.T2"}},
		{"nor does an order", call(providers.Gt, schema, text("a")), all, []string{"a.T1", "a.T2", "b.T1", "b.T2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &shelf{}
			tables, ok := New(s, Facts{}).Find("", "sys_tables")
			require.True(t, ok)
			rows, err := scan(t, tables, &providers.ScanRequest{Filter: []providers.Predicate{test.filter}})
			require.NoError(t, err)
			slices.Sort(rows)
			slices.Sort(s.asked)
			assert.Equal(t, test.rows, rows)
			assert.Equal(t, test.asked, s.asked)
		})
	}
	t.Run("names of both are described and never listed", func(t *testing.T) {
		s := &shelf{}
		columns, _ := New(s, Facts{}).Find("sys", "sys_tablecolumns")
		rows, err := scan(t, columns, &providers.ScanRequest{Filter: []providers.Predicate{
			call(providers.In, table, text("T1"), text("T3")), call(providers.Eq, schema, text("b"))}})
		require.NoError(t, err)
		assert.Equal(t, []string{"b.T1"}, rows)
		assert.Equal(t, []string{"describe b.T1", "describe b.T3"}, s.asked)
	})
	t.Run("keys of a join are names", func(t *testing.T) {
		s := &shelf{}
		columns, _ := New(s, Facts{}).Find("sys", "sys_tablecolumns")
		rows, err := scan(t, columns, &providers.ScanRequest{Keys: &providers.KeyBatch{Columns: []int{2, 1}, Tuples: [][]sqltypes.Value{
			{sqltypes.StringValue("T1"), sqltypes.StringValue("a")}, {sqltypes.StringValue("T2"), sqltypes.StringValue("b")}}}})
		require.NoError(t, err)
		slices.Sort(rows)
		assert.Equal(t, []string{"a.T1", "b.T2"}, rows)
	})
	t.Run("a server that fails fails the listing", func(t *testing.T) {
		tables, _ := New(&shelf{}, Facts{}).Find("", "sys_tables")
		_, err := scan(t, tables, &providers.ScanRequest{Filter: []providers.Predicate{call(providers.Eq, schema, text("broken"))}})
		assert.ErrorIs(t, err, providers.KindServer)
	})
}

func TestEveryRowHasAValueOfEachColumn(t *testing.T) {
	c := New(&shelf{}, Facts{Catalog: "x", Properties: []Property{{Name: "P"}}, Information: []Fact{{"A", "B"}}})
	source := &providers.TableInfo{Schema: "s", Name: "t", Key: []int{0}, Navigations: []providers.Navigation{{Name: "N", Table: "u", Pairs: []providers.ColumnPair{{Column: 0, Other: "ID"}}}}}
	for k := sqltypes.Bool; k <= sqltypes.JSON; k++ {
		source.Columns = append(source.Columns, providers.Column{Name: k.String(), Type: sqltypes.Of(k), Nullable: true})
	}
	procedure := &providers.ProcedureInfo{Schema: "s", Name: "p", Results: source.Columns, Parameters: []providers.Parameter{
		{Name: "in", Default: sqltypes.StringValue("d"), Allowed: []string{"d", "e"}}, {Name: "ret", Direction: providers.DirectionReturn}}}
	for _, table := range c.tables {
		t.Run(table.info.Name, func(t *testing.T) {
			var rows []Row
			switch d := table.def; {
			case d.facts != nil:
				rows = d.facts(c)
			case d.ofSchema != nil:
				rows = d.ofSchema(c, providers.Schema{Name: "s"})
			case d.ofTable != nil:
				rows = d.ofTable(c, providers.TableName{Schema: "s", Name: "t", View: true})
			case d.ofProcedure != nil:
				rows = d.ofProcedure(c, providers.ProcedureName{Schema: "s", Name: "p"})
			case d.ofProcedureInfo != nil:
				rows = d.ofProcedureInfo(c, procedure)
			default:
				rows = d.ofInfo(c, source)
			}
			for _, values := range rows {
				require.Len(t, values, len(table.info.Columns))
				for i, v := range values {
					column := table.info.Columns[i]
					assert.Equal(t, column.Type.Kind, v.Kind, column.Name)
					assert.False(t, v.Null && !column.Nullable, "%s is NOT NULL", column.Name)
				}
			}
		})
	}
}

func TestProceduresAreAskedForAsFarAsConditionsSay(t *testing.T) {
	schemaIs := func(name string) []providers.Predicate {
		return []providers.Predicate{&providers.Call{Func: providers.Eq, Args: []providers.Expr{
			&providers.ColumnRef{Column: 1, Name: "SchemaName", T: sqltypes.Of(sqltypes.Varchar)}, &providers.Const{Value: sqltypes.StringValue(name)}}}}
	}
	for _, test := range []struct {
		name, table, column string
		filter              []providers.Predicate
		asked               []string
		rows                [][2]string
	}{
		{"a list makes no request for schemas without procedures", "sys_procedures", "ProcedureName", nil,
			[]string{"procedure schemas", "procedures ", "procedures a", "procedures c"},
			[][2]string{{"sys", "P"}, {"sys", "Gone"}, {"a", "Pa"}, {"a", "Gone"}}},
		{"what belongs to no schema asks no server", "sys_procedures", "ProcedureName", schemaIs("sys"),
			[]string{"procedures "}, [][2]string{{"sys", "P"}, {"sys", "Gone"}}},
		{"nor does the standard's schema, which has none", "sys_procedures", "ProcedureName", schemaIs("information_schema"), nil, nil},
		{"a schema in another case is another schema", "sys_procedures", "ProcedureName", schemaIs("SYS"), []string{"procedures "}, nil},
		{"what went away since it was listed is left out", "sys_procedureparameters", "ColumnName", schemaIs("a"),
			[]string{"procedure a.Gone", "procedure a.Pa", "procedures a"}, [][2]string{{"a", "x"}}},
		{"parameters show the schema that is listed", "sys_procedureparameters", "ColumnName", schemaIs("sys"),
			[]string{"procedure .Gone", "procedure .P", "procedures "}, [][2]string{{"sys", "x"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &shelf{}
			table, ok := New(s, Facts{}).Find("", test.table)
			require.True(t, ok)
			rows, err := pairs(t, table, &providers.ScanRequest{Filter: test.filter}, "SchemaName", test.column)
			require.NoError(t, err)
			slices.Sort(s.asked)
			assert.Equal(t, test.rows, rows)
			assert.Equal(t, test.asked, s.asked)
		})
	}
}
