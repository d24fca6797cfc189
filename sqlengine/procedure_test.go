package sqlengine_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

var (
	varchar = sqltypes.Of(sqltypes.Varchar)
	integer = sqltypes.Of(sqltypes.Integer)
)

// desk has procedures of its own, and some of the sales service. Each answers
// with the values it was called with, unless it is said otherwise.
type desk struct {
	calls  int
	answer func(ctx context.Context) ([]providers.ResultSet, error)
}

type deskProcedure struct {
	desk *desk
	info *providers.ProcedureInfo
}

func (d *desk) all() []*providers.ProcedureInfo {
	echo := &providers.ProcedureInfo{Name: "Echo", Description: "Gives back what it gets.", ReadOnly: true, Parameters: []providers.Parameter{
		{Name: "Text", Type: varchar, Aliases: []string{"Words"}},
		{Name: "Number", Type: integer, Default: sqltypes.Value{Kind: sqltypes.Integer, I: 7}},
		{Name: "Amount", Type: sqltypes.DecimalType(10, 2)},
		{Name: "Day", Type: sqltypes.Of(sqltypes.Date)},
		{Name: "Flag", Type: sqltypes.Of(sqltypes.Bool)},
		{Name: "Raw", Type: sqltypes.Type{Kind: sqltypes.Varbinary, Length: 2, Precision: -1, Scale: -1}},
	}}
	for _, p := range echo.Parameters {
		echo.Results = append(echo.Results, providers.Column{Name: p.Name, Type: p.Type, Nullable: true})
	}
	return []*providers.ProcedureInfo{echo,
		{Name: "Enter", Description: "Needs a token.", ReadOnly: true, Parameters: []providers.Parameter{
			{Name: "Mode", Type: varchar, Allowed: []string{"APP", "WEB"}, Default: sqltypes.StringValue("APP")},
			{Name: "Token", Type: sqltypes.VarcharType(8), Required: true, Secret: true, Description: "what lets in"},
			{Name: "Colour", Type: varchar, Allowed: []string{"red", "blue"}},
		}},
		{Schema: "Erp.BO.SalesSvc", Name: "CloseOrder", Description: "Closes an order.", Parameters: []providers.Parameter{
			{Name: "orderNum", Type: integer, Required: true}, {Name: "message", Type: varchar, Direction: providers.DirectionOut},
			{Name: "force", Type: sqltypes.Of(sqltypes.Bool), Direction: providers.DirectionInOut}, {Name: "returnValue", Type: integer, Direction: providers.DirectionReturn},
		}},
		{Schema: "Erp.BO.SalesSvc", Name: "Echo", Parameters: []providers.Parameter{{Name: "line", Type: integer}}},
		{Schema: "Erp.BO.SalesSvc", Name: "Recount"},
	}
}

func (d *desk) ProcedureSchemas(context.Context) ([]string, error) {
	return []string{"Erp.BO.SalesSvc"}, nil
}

func (d *desk) Procedures(_ context.Context, schema string) (list []providers.ProcedureName, err error) {
	for _, p := range d.all() {
		if strings.EqualFold(p.Schema, schema) {
			list = append(list, providers.ProcedureName{Schema: p.Schema, Name: p.Name, Description: p.Description})
		}
	}
	return list, nil
}

func (d *desk) Procedure(_ context.Context, schema, name string) (providers.Procedure, error) {
	if schema == "Broken" {
		return nil, &providers.Error{Kind: providers.KindServer, Message: "out of order"}
	}
	for _, p := range d.all() {
		if strings.EqualFold(p.Schema, schema) && strings.EqualFold(p.Name, name) {
			return deskProcedure{d, p}, nil
		}
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: "no such procedure"}
}

func (p deskProcedure) Info() *providers.ProcedureInfo { return p.info }

func (p deskProcedure) Call(ctx context.Context, args []sqltypes.Value, _ *providers.Budget) ([]providers.ResultSet, error) {
	p.desk.calls++
	if p.desk.answer != nil {
		return p.desk.answer(ctx)
	}
	var columns []providers.Column
	for _, param := range p.info.Parameters {
		if param.Direction.Takes() {
			columns = append(columns, providers.Column{Name: param.Name, Type: param.Type, Nullable: true})
		}
	}
	return []providers.ResultSet{providers.NewResultSet(columns, args)}, nil
}

func procedureOptions(d *desk) sqlengine.Options {
	o := sessionOptions()
	o.Procedures = d
	return o
}

// TestProcedures plays testdata/procedures.txtar. A call that is refused has
// reached no procedure.
func TestProcedures(t *testing.T) {
	m := erp(t)
	playGolden(t, "testdata/procedures.txtar", func(t *testing.T, sql string, args []sqlengine.Arg) string {
		d := &desk{}
		got := answerText(t, m, procedureOptions(d), sql, args)
		if where, message, _ := strings.Cut(got, "\n"); strings.HasPrefix(where, "error") {
			assert.Zero(t, d.calls, "a call that is refused reaches no procedure")
			assert.NotContains(t, message, "canary", "no value is in an error")
		}
		return got
	})
}

func TestAReadonlyConnectionCallsWhatOnlyReads(t *testing.T) {
	d := &desk{}
	o := procedureOptions(d)
	o.Readonly = true
	_, _, err := providertest.Answer(t.Context(), erp(t), o, "EXEC Erp.BO.SalesSvc.CloseOrder 5")
	require.ErrorIs(t, err, providers.KindUnsupported)
	assert.ErrorContains(t, err, "Readonly")
	assert.Zero(t, d.calls)
	_, rows, err := providertest.Answer(t.Context(), erp(t), o, "EXEC Enter @Token = 'x'")
	require.NoError(t, err)
	assert.Len(t, rows, 1)
}

func TestNumInputCountsTheArgumentsOfACall(t *testing.T) {
	e := sqlengine.New(erp(t), procedureOptions(&desk{}))
	for sql, want := range map[string]int{
		"EXEC Echo":                             0,
		"EXEC Echo ?, @Number = ?":              2,
		"{call Echo(?, CAST(? AS INT))}":        2,
		"CALL Echo(:a, :a)":                     -1,
		"EXEC Echo @Text = @Text, @Number = @n": -1,
	} {
		stmt, err := e.Prepare(sql)
		require.NoError(t, err)
		assert.Equal(t, want, stmt.NumInput(), sql)
		assert.True(t, stmt.IsQuery(), sql)
	}
}

// texts reads the current result set of a cursor to its end.
func texts(t *testing.T, c sqlengine.Cursor) (rows []string) {
	for b := tuple.NewBatch(c.Layout()); ; {
		err := c.Next(t.Context(), b)
		if err == io.EOF {
			return rows
		}
		require.NoError(t, err)
		for i := range b.Len() {
			rows = append(rows, c.Columns()[0].Name+"="+c.Layout().Value(b.Row(i), 0).Text())
		}
	}
}

func TestAProcedureMayAnswerSeveralTimes(t *testing.T) {
	head := []providers.Column{{Name: "OrderNum", Type: integer}}
	lines := []providers.Column{{Name: "Part", Type: varchar, Nullable: true}, {Name: "Qty", Type: integer}}
	d := &desk{answer: func(context.Context) ([]providers.ResultSet, error) {
		return []providers.ResultSet{
			providers.NewResultSet(head, []sqltypes.Value{{Kind: sqltypes.Integer, I: 100}}),
			providers.NewResultSet(nil),
			providers.NewResultSet(lines, []sqltypes.Value{sqltypes.StringValue("A-1"), {Kind: sqltypes.Integer, I: 2}}, []sqltypes.Value{sqltypes.NullOf(sqltypes.Varchar), {Kind: sqltypes.Integer, I: 3}}),
		}, nil
	}}
	stmt, err := sqlengine.New(erp(t), procedureOptions(d)).Prepare("EXEC Echo")
	require.NoError(t, err)
	c, err := stmt.Query(t.Context(), sqlengine.Session{}, nil)
	require.NoError(t, err)
	sets := c.(sqlengine.ResultSets)
	assert.Equal(t, []string{"OrderNum=100"}, texts(t, c))
	require.True(t, sets.HasNext())
	require.NoError(t, sets.NextResultSet())
	assert.Empty(t, c.Columns())
	assert.Empty(t, texts(t, c))
	require.True(t, sets.HasNext())
	require.NoError(t, sets.NextResultSet())
	assert.Len(t, c.Columns(), 2)
	assert.Equal(t, []string{"Part=A-1", "Part="}, texts(t, c))
	assert.False(t, sets.HasNext())
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
}

func TestAProcedureThatTellsNothingYieldsNoColumns(t *testing.T) {
	d := &desk{answer: func(context.Context) ([]providers.ResultSet, error) { return nil, nil }}
	columns, rows, err := providertest.Answer(t.Context(), erp(t), procedureOptions(d), "EXEC Echo")
	require.NoError(t, err)
	assert.Empty(t, columns)
	assert.Empty(t, rows)
}

func TestACallEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := &desk{answer: func(ctx context.Context) ([]providers.ResultSet, error) {
		many := make([][]sqltypes.Value, 2*tuple.TargetRows)
		for i := range many {
			many[i] = []sqltypes.Value{{Kind: sqltypes.Integer, I: int64(i)}}
		}
		return []providers.ResultSet{providers.NewResultSet([]providers.Column{{Name: "n", Type: integer}}, many...)}, nil
	}}
	stmt, err := sqlengine.New(erp(t), procedureOptions(d)).Prepare("EXEC Echo")
	require.NoError(t, err)
	c, err := stmt.Query(ctx, sqlengine.Session{}, nil)
	require.NoError(t, err)
	b := tuple.NewBatch(c.Layout())
	require.NoError(t, c.Next(t.Context(), b))
	cancel()
	assert.Equal(t, context.Canceled, c.Next(t.Context(), b))
	require.NoError(t, c.Close())
}

func TestWhatAProcedureFailsWithIsHandedOn(t *testing.T) {
	want := &providers.Error{Kind: providers.KindBusiness, Message: "the order is locked"}
	d := &desk{answer: func(context.Context) ([]providers.ResultSet, error) { return nil, want }}
	_, _, err := providertest.Answer(t.Context(), erp(t), procedureOptions(d), "EXEC Echo")
	assert.True(t, errors.Is(err, want))
}

func TestAnEngineWithoutProceduresHasNone(t *testing.T) {
	_, _, err := providertest.Answer(t.Context(), erp(t), sessionOptions(), "EXEC Echo")
	require.ErrorIs(t, err, providers.KindNotFound)
	assert.ErrorContains(t, err, "there is no procedure Echo; there is none")
	_, _, err = providertest.Answer(t.Context(), erp(t), sessionOptions(), "EXEC Some.Schema.Echo")
	require.ErrorIs(t, err, providers.KindNotFound)
}

// schemaless looks bare names up nowhere in particular.
type schemaless struct{ providers.Provider }

func (schemaless) DefaultSchema() string { return "" }

// branches has procedures in a second schema.
type branches struct{ *desk }

func (branches) ProcedureSchemas(context.Context) ([]string, error) {
	return []string{"Erp.BO.SalesSvc", "Erp.BO.OtherSvc"}, nil
}

func TestABareNameIsLookedUpInTheOnlySchemaThatHasProcedures(t *testing.T) {
	d := &desk{}
	p := schemaless{erp(t)}
	_, _, err := providertest.Answer(t.Context(), p, procedureOptions(d), "EXEC Recount")
	require.NoError(t, err)
	assert.Equal(t, 1, d.calls)
	columns, _, err := providertest.Answer(t.Context(), p, procedureOptions(d), "EXEC Echo")
	require.NoError(t, err)
	assert.Len(t, columns, 6, "what belongs to no schema goes first")
	o := procedureOptions(d)
	o.Procedures = branches{d}
	_, _, err = providertest.Answer(t.Context(), p, o, "EXEC Recount")
	assert.ErrorIs(t, err, providers.KindNotFound)
}
