package epicor_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// client runs SQL on a provider.
type client struct {
	t      *testing.T
	engine *sqlengine.Engine
}

func engine(t *testing.T, p providers.Provider, change ...func(*sqlengine.Options)) *client {
	o := sqlengine.Options{Dialect: parse.ANSI, Pushdown: true, Now: time.Now}
	o.Procedures, _ = p.(providers.ProcedureProvider)
	for _, c := range change {
		c(&o)
	}
	return &client{t, sqlengine.New(p, o)}
}

// run returns the result sets of a statement: a line of column names and types,
// then the rows, values with | between them.
func (c *client) run(sql string, args ...sqlengine.Arg) ([][]string, error) {
	ctx := c.t.Context()
	statement, err := c.engine.Prepare(sql)
	if err != nil {
		return nil, err
	}
	cursor, err := statement.Query(ctx, sqlengine.Session{}, args)
	if err != nil {
		return nil, err
	}
	defer func() { require.NoError(c.t, cursor.Close()) }()
	var sets [][]string
	for {
		set, err := readCursor(ctx, cursor)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
		more, several := cursor.(sqlengine.ResultSets)
		if !several || !more.HasNext() {
			return sets, nil
		}
		require.NoError(c.t, more.NextResultSet())
	}
}

func readCursor(ctx context.Context, cursor sqlengine.Cursor) ([]string, error) {
	var head []string
	for _, c := range cursor.Columns() {
		head = append(head, c.Name+" "+c.Type.String())
	}
	lines := []string{strings.Join(head, "|")}
	batch := tuple.NewBatch(cursor.Layout())
	for {
		switch err := cursor.Next(ctx, batch); {
		case err == io.EOF:
			return lines, nil
		case err != nil:
			return nil, err
		}
		for i := range batch.Len() {
			var cells []string
			for n := range cursor.Layout().Columns() {
				v := cursor.Layout().Value(batch.Row(i), n)
				if cells = append(cells, v.Text()); v.Null {
					cells[n] = "NULL"
				}
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
	}
}

func (c *client) must(sql string, args ...sqlengine.Arg) [][]string {
	c.t.Helper()
	sets, err := c.run(sql, args...)
	require.NoError(c.t, err, sql)
	return sets
}

// pick returns some columns of the rows of a result set.
func pick(set []string, names ...string) []string {
	var at []int
	for _, n := range names {
		for i, h := range strings.Split(set[0], "|") {
			if strings.HasPrefix(h, n+" ") {
				at = append(at, i)
			}
		}
	}
	var out []string
	for _, line := range set[1:] {
		cells := strings.Split(line, "|")
		var some []string
		for _, i := range at {
			some = append(some, cells[i])
		}
		out = append(out, strings.Join(some, "|"))
	}
	return out
}

func TestMethodsAsProcedures(t *testing.T) {
	versions(t, "GetByID gives the tables of the dataset as result sets", func(t *testing.T, version string) {
		s := serve(t)
		sets := engine(t, open(t, s, version)).must("EXEC [Erp.BO.CustomerSvc].GetByID custNum = 2")
		require.Len(t, sets, 2)
		assert.Equal(t, []string{"EPIC06|2|O'Brien & Sons"}, pick(sets[0], "Company", "CustNum", "Name"))
		assert.Equal(t, []string{"EPIC06|2|O'Brien & Sons"}, pick(sets[1], "Company", "CustNum", "Name"))
		assert.Contains(t, sets[0][0], "CustNum INTEGER|")
		assert.Contains(t, sets[0][0], "CreditLimit DECIMAL|")
		assert.Contains(t, sets[0][0], "CreditHold BOOLEAN|")
		assert.Contains(t, sets[0][0], "SysRevID BIGINT|")
		assert.Contains(t, sets[0][0], "SysRowID UUID|")
		zoned := map[string]string{"v1": "EstDate TIMESTAMP|", "v2": "EstDate TIMESTAMPTZ|"}
		assert.Contains(t, sets[0][0], zoned[version])
		assert.Equal(t, []string{"12500.500|9007199254741000"}, pick(sets[0], "CreditLimit", "SysRevID"), "digits are those of the wire")
	})
	versions(t, "a table without rows is a result set all the same", func(t *testing.T, version string) {
		sets := engine(t, open(t, serve(t), version)).must(`CALL "Erp.BO.CustomerSvc".GetRows("whereClauseCustomer" => 'CustNum < 0')`)
		require.Len(t, sets, 3)
		assert.Contains(t, sets[1][0], "ShipToNum ")
		assert.Len(t, sets[1], 1)
		assert.Equal(t, []string{"morePages BOOLEAN", "false"}, sets[2], "output parameters are a row at the end")
	})
	versions(t, "paging arguments may be left out, and morePages tells whether there is more", func(t *testing.T, version string) {
		c := engine(t, open(t, serve(t), version))
		sets := c.must("EXEC [Erp.BO.CustomerSvc].GetList whereClause = 'CustNum > 10 BY CustNum', pageSize = 3")
		assert.Equal(t, []string{"11", "12", "13"}, pick(sets[0], "CustNum"))
		assert.Equal(t, "true", sets[1][1])
		assert.Len(t, c.must("EXEC [Erp.BO.CustomerSvc].GetList")[0], 301)
	})
	versions(t, "plain values and output parameters come with their types", func(t *testing.T, version string) {
		c := engine(t, open(t, serve(t), version))
		assert.Equal(t, [][]string{{"returnObj BOOLEAN", "true"}}, c.must("EXEC [Erp.BO.PartSvc].PartExists '00C1'"))
		assert.Equal(t, [][]string{{"returnObj BOOLEAN", "false"}}, c.must("EXEC [Erp.BO.PartSvc].partexists partNum = 'none'"))
		sets := c.must("EXEC [Erp.BO.SalesOrderSvc].CheckOrderHeld @orderNum = 5008")
		assert.ElementsMatch(t, []string{"true|The order is held."}, pick(sets[0], "held", "message"))
		assert.NotContains(t, sets[0][0], "orderAmt DOUBLE", "an amount is a decimal")
	})
	versions(t, "what changes something does so once, and its refusal is told", func(t *testing.T, version string) {
		s := serve(t)
		c := engine(t, open(t, s, version))
		assert.Equal(t, []string{""}, c.must("EXEC [Erp.BO.SalesOrderSvc].CloseOrder orderNum = 5002")[0])
		_, err := c.run("EXEC [Erp.BO.SalesOrderSvc].CloseOrder orderNum = 5002")
		assert.Equal(t, "Order is already closed.", failure(t, err, providers.KindBusiness).Message)
		assert.Equal(t, []string{"false"}, c.must(`SELECT "OpenOrder" FROM "Erp.BO.SalesOrderSvc"."SalesOrders" WHERE "OrderNum" = 5002`)[0][1:])
	})
	versions(t, "a dataset is given and comes back as JSON and rows", func(t *testing.T, version string) {
		s := serve(t)
		c := engine(t, open(t, s, version))
		sets := c.must(`EXEC [Erp.BO.CustomerSvc].GetNewCustomer ds = '{"Customer":[]}'`)
		assert.Equal(t, []string{"EPIC06|A"}, pick(sets[0], "Company", "RowMod"))
		c.must(`EXEC [Erp.BO.CustomerSvc].Update ds = '{"Customer":[{"CustNum":7,"Name":"by Update","RowMod":"U"}]}'`)
		assert.Equal(t, []string{"by Update"}, c.must(`SELECT "Name" FROM "Erp.BO.CustomerSvc"."Customers" WHERE "CustNum" = 7`)[0][1:])
		_, err := c.run(`EXEC [Erp.BO.CustomerSvc].Update ds = '{"Customer":'`)
		failure(t, err, providers.KindParameter)
	})
	versions(t, "UpdateExt that says 200 with errors inside is an error", func(t *testing.T, version string) {
		c := engine(t, open(t, serve(t), version))
		_, err := c.run(`EXEC [Erp.BO.CustomerSvc].UpdateExt ds = '{"Customer":[{"CustNum":99999,"RowMod":"U"}]}', continueProcessingOnError = true, rollbackParentOnChildError = true`)
		assert.Contains(t, failure(t, err, providers.KindBusiness).Message, "Customer: Record not found.")
	})
	t.Run("errors are those of the server", func(t *testing.T) {
		s := serve(t)
		c := engine(t, open(t, s, "v2"))
		for sql, kind := range map[string]providers.Kind{
			"EXEC [Erp.BO.CustomerSvc].GetByID custNum = 999999":              providers.KindNotFound,
			"EXEC [Erp.BO.CustomerSvc].GetByID":                               providers.KindParameter,
			"EXEC [Erp.BO.CustomerSvc].GetByID custNum = 'two'":               providers.KindParameter,
			"EXEC [Erp.BO.CustomerSvc].GetByID number = 2":                    providers.KindParameter,
			"EXEC [Erp.BO.CustomerSvc].GetByName 'x'":                         providers.KindNotFound,
			"EXEC [Erp.BO.NoSuchSvc].GetByID 1":                               providers.KindNotFound,
			"EXEC [Erp.BO.CustomerSvc].GetList whereClause = 'Name = ''open'": providers.KindBusiness,
			"EXEC BaqSvc.zAllCustomers":                                       providers.KindNotFound,
		} {
			_, err := c.run(sql)
			require.ErrorIs(t, err, kind, sql)
		}
	})
	t.Run("a service may be named in short, and its methods are listed with what they do", func(t *testing.T) {
		p := open(t, serve(t), "v2").(providers.ProcedureProvider)
		list, err := p.Procedures(t.Context(), "PartSvc")
		require.NoError(t, err)
		var names []string
		for _, n := range list {
			assert.Equal(t, "Erp.BO.PartSvc", n.Schema)
			assert.NotEmpty(t, n.Description)
			names = append(names, n.Name)
		}
		assert.Equal(t, "DeleteByID GetByID GetList GetRows PartExists Update UpdateExt", strings.Join(names, " "))
	})
	versions(t, "only what is described with a GET is read-only", func(t *testing.T, version string) {
		p := open(t, serve(t), version)
		c := engine(t, p, func(o *sqlengine.Options) { o.Readonly = true })
		c.must("EXEC [Erp.BO.CustomerSvc].GetByID custNum = 2")
		c.must("EXEC [Erp.BO.SalesOrderSvc].CheckOrderHeld 5001")
		for _, sql := range []string{"EXEC [Erp.BO.SalesOrderSvc].CloseOrder 5001", "EXEC [Erp.BO.CustomerSvc].DeleteByID 3", `EXEC [Erp.BO.CustomerSvc].GetNewCustomer '{}'`} {
			_, err := c.run(sql)
			failure(t, err, providers.KindUnsupported)
		}
	})
}

func TestMethodsWithoutDescription(t *testing.T) {
	s := serve(t, epicortest.WithoutMethodDocuments())
	c := engine(t, open(t, s, "v2"))
	t.Run("the actions of the metadata are taken, and the answers tell their types", func(t *testing.T) {
		sets := c.must("EXEC [Erp.BO.CustomerSvc].GetByID custNum = 2")
		assert.Equal(t, []string{"EPIC06|2|12500.500|false"}, pick(sets[0], "Company", "CustNum", "CreditLimit", "CreditHold"))
		assert.Contains(t, sets[0][0], "CustNum BIGINT|")
	})
	t.Run("the standard methods that read are known to", func(t *testing.T) {
		ro := engine(t, open(t, s, "v2"), func(o *sqlengine.Options) { o.Readonly = true })
		ro.must("EXEC [Erp.BO.CustomerSvc].GetByID custNum = 2")
		_, err := ro.run("EXEC [Erp.BO.PartSvc].PartExists '00C1'")
		failure(t, err, providers.KindUnsupported)
	})
	t.Run("a server that describes nothing has no methods to offer", func(t *testing.T) {
		_, err := engine(t, open(t, s, "v1")).run("EXEC [Erp.BO.CustomerSvc].GetByID custNum = 2")
		failure(t, err, providers.KindNotFound)
	})
}

func TestFunctions(t *testing.T) {
	t.Run("a library is a schema, its functions are procedures that change things", func(t *testing.T) {
		p := open(t, serve(t), "v2")
		schemas, err := p.(providers.ProcedureProvider).ProcedureSchemas(t.Context())
		require.NoError(t, err)
		assert.Contains(t, schemas, "efx.OrderTools")
		assert.Contains(t, schemas, "Erp.BO.CustomerSvc")
		assert.NotContains(t, schemas, "BaqSvc")
		c := engine(t, p)
		assert.Equal(t, [][]string{{"Total DECIMAL|Text VARCHAR", "1234567890.1234567890|3 × 1234567890.1234567890"}},
			c.must("EXEC [efx.OrderTools].Multiply Price = 1234567890.1234567890, Quantity = 3"))
		sets := c.must("EXEC [EFX.ordertools].openlines OrderNum = 5004")
		require.Len(t, sets, 2)
		assert.Equal(t, "OrderLine BIGINT|OrderQty DECIMAL|PartNum VARCHAR", sets[0][0])
		assert.Equal(t, []string{"Found BOOLEAN", "true"}, sets[1])
		ro := engine(t, p, func(o *sqlengine.Options) { o.Readonly = true })
		_, err = ro.run("EXEC [efx.OrderTools].OpenLines 5004")
		failure(t, err, providers.KindUnsupported)
	})
	t.Run("what a function says of its own failure is its output, what the server says is an error", func(t *testing.T) {
		c := engine(t, open(t, serve(t), "v2"))
		assert.ElementsMatch(t, []string{"FAILED|no such pallet"}, pick(c.must("EXEC [efx.OrderTools].Fail")[0], "Status", "ErrorMessage"))
		_, err := c.run("EXEC [efx.OrderTools].Throw")
		assert.Equal(t, "The pallet is closed.", failure(t, err, providers.KindBusiness).Message)
		_, err = c.run("EXEC [efx.OrderTool].Throw")
		assert.Contains(t, failure(t, err, providers.KindNotFound).Message, "did you mean `OrderTools`")
	})
	t.Run("a function that nobody describes is called with an object", func(t *testing.T) {
		c := engine(t, open(t, serve(t, epicortest.WithoutFunctionPaths()), "v2"))
		assert.Equal(t, []string{"0.50"}, pick(c.must(`EXEC [efx.OrderTools].Multiply request = '{"Price":0.50,"Quantity":3}'`)[0], "Total"))
		assert.Equal(t, []string{"FAILED"}, pick(c.must("EXEC [efx.OrderTools].Fail")[0], "Status"))
		_, err := c.run("EXEC [efx.OrderTools].Nothing")
		failure(t, err, providers.KindNotFound)
	})
	t.Run("a library that is not promoted yet is called where its author tries it out, and listed nowhere", func(t *testing.T) {
		s := serve(t)
		p := open(t, s, "v2")
		c := engine(t, p)
		assert.Equal(t, []string{"EPIC06|hé"}, pick(c.must(`EXEC [efx.staging.Drafts].Echo request = '{"Text":"hé"}'`)[0], "Company", "Text"))
		assert.Equal(t, []string{"0.50"}, pick(c.must(`EXEC [EFX.Staging.OrderTools].Multiply request = '{"Price":0.50,"Quantity":3}'`)[0], "Total"))
		_, err := c.run(`EXEC [efx.Drafts].Echo request = '{}'`)
		failure(t, err, providers.KindNotFound)
		_, err = c.run(`EXEC [efx.staging.Drafts].Nothing`)
		failure(t, err, providers.KindNotFound)
		schemas, err := p.(providers.ProcedureProvider).ProcedureSchemas(t.Context())
		require.NoError(t, err)
		assert.NotContains(t, strings.ToLower(strings.Join(schemas, " ")), "draft")
		ro := engine(t, p, func(o *sqlengine.Options) { o.Readonly = true })
		_, err = ro.run(`EXEC [efx.staging.Drafts].Echo request = '{}'`)
		failure(t, err, providers.KindUnsupported)
	})
	t.Run("v1 has none", func(t *testing.T) {
		p := open(t, serve(t), "v1")
		_, err := engine(t, p).run("EXEC [efx.OrderTools].Fail")
		assert.Contains(t, failure(t, err, providers.KindUnsupported).Message, "ApiVersion=v2")
	})
}

func TestCallsAreSentOnce(t *testing.T) {
	broken := func(r *http.Request, _ int) *epicortest.Fault {
		if r.Method == http.MethodPost {
			return epicortest.BadGateway()
		}
		return nil
	}
	s := serve(t, epicortest.WithFault(broken))
	c := engine(t, open(t, s, "v2", "MaxRetries", "3"))
	posts := func() (n int) {
		for _, r := range s.Requests() {
			if r.Method == http.MethodPost {
				n++
			}
		}
		return n
	}
	t.Run("what may change something is not repeated", func(t *testing.T) {
		_, err := c.run("EXEC [Erp.BO.SalesOrderSvc].CloseOrder orderNum = 5002")
		assert.False(t, failure(t, err, providers.KindServer).SafeToRetry())
		assert.Equal(t, 1, posts())
	})
	t.Run("a session that has ended is new in the next call", func(t *testing.T) {
		s := serve(t)
		c := engine(t, open(t, s, "v2", "Session", "true"))
		c.must("EXEC [Erp.BO.SalesOrderSvc].CloseOrder orderNum = 5002")
		s.ExpireSessions()
		_, err := c.run("EXEC [Erp.BO.SalesOrderSvc].CloseOrder orderNum = 5003")
		failure(t, err, providers.KindSession)
		c.must("EXEC [Erp.BO.SalesOrderSvc].CloseOrder orderNum = 5003")
	})
}
