package acumatica_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// invoke calls a procedure with arguments by name and returns the rows of its
// result as text.
func invoke(t *testing.T, p providers.Provider, name string, args map[string]sqltypes.Value) ([]string, error) {
	t.Helper()
	return invokeIn(t.Context(), t, p, name, args)
}

func invokeIn(ctx context.Context, t *testing.T, p providers.Provider, name string, args map[string]sqltypes.Value) ([]string, error) {
	t.Helper()
	proc, err := p.(providers.ProcedureProvider).Procedure(t.Context(), "REST", name)
	require.NoError(t, err)
	info := proc.Info()
	values := make([]sqltypes.Value, len(info.Parameters))
	for i, param := range info.Parameters {
		values[i] = sqltypes.NullOf(param.Type.Kind)
	}
	for n, v := range args {
		i := info.Find(n)
		require.GreaterOrEqual(t, i, 0, n)
		values[i] = v
	}
	results, err := proc.Call(ctx, values, nil)
	if err != nil {
		return nil, err
	}
	require.Len(t, results, 1)
	defer func() { _ = results[0].Rows.Close() }()
	var out []string
	b := tuple.NewBatch(tuple.NewLayout(results[0].Types()))
	for {
		if err := results[0].Rows.Next(ctx, b); err == io.EOF {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		for r := range b.Len() {
			var cells []string
			for c := range b.Layout.Columns() {
				cells = append(cells, b.Layout.Value(b.Row(r), c).String())
			}
			out = append(out, strings.Join(cells, "|"))
		}
	}
}

func TestActionsAreProcedures(t *testing.T) {
	order := map[string]sqltypes.Value{"OrderType": text("SO"), "OrderNbr": text("SO000001")}
	t.Run("they are listed with the writing of records", func(t *testing.T) {
		p := open(t, serve(t)).(providers.ProcedureProvider)
		names, err := p.Procedures(t.Context(), "rest")
		require.NoError(t, err)
		var list []string
		for _, n := range names {
			list = append(list, n.Name)
		}
		assert.Equal(t, []string{"Customer_Put", "PurchaseOrder_Put", "SalesOrder_Put", "Shipment_Put", "StockItem_Put",
			"Customer_ChangeCustomerID", "SalesOrder_ReleaseFromHold", "SalesOrder_SalesOrderCreateShipment"}, list)
		_, err = p.Procedure(t.Context(), "REST", "SalesOrder_ReleaseFromHld")
		assert.Contains(t, failure(t, err, providers.KindNotFound).Message, "did you mean")
		names, err = p.Procedures(t.Context(), "GI")
		require.NoError(t, err)
		assert.Empty(t, names)
	})
	t.Run("one that is done at once", func(t *testing.T) {
		s := serve(t)
		out, err := invoke(t, open(t, s), "SalesOrder_ReleaseFromHold", order)
		require.NoError(t, err)
		assert.Empty(t, out)
		assert.Equal(t, []acumaticatest.Invocation{{Entity: "SalesOrder", Action: "ReleaseFromHold",
			Body: `{"entity":{"OrderNbr":{"value":"SO000001"},"OrderType":{"value":"SO"}}}`}}, s.Invocations())
	})
	t.Run("the waiting ends with the context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := serve(t, acumaticatest.WithPolls(1<<30), acumaticatest.WithFault(func(r *http.Request, n int) *acumaticatest.Fault {
			if strings.Contains(r.URL.Path, "/status/") && n > 20 {
				cancel()
			}
			return nil
		}))
		_, err := invokeIn(ctx, t, open(t, s), "SalesOrder_SalesOrderCreateShipment", order)
		assert.ErrorIs(t, err, context.Canceled)
	})
	t.Run("and never leads to another server", func(t *testing.T) {
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/SalesOrder/") {
				return &acumaticatest.Fault{Status: 202, Header: http.Header{"Location": {"http://attacker.example/x"}, "Retry-After": {"0"}}}
			}
			return nil
		}))
		_, err := invoke(t, open(t, s), "SalesOrder_SalesOrderCreateShipment", order)
		failure(t, err, providers.KindOrigin)
	})
	t.Run("nor goes on without an address", func(t *testing.T) {
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/SalesOrder/") {
				return &acumaticatest.Fault{Status: 202}
			}
			return nil
		}))
		_, err := invoke(t, open(t, s), "SalesOrder_SalesOrderCreateShipment", order)
		failure(t, err, providers.KindResponse)
	})
	t.Run("a field that is a parameter, too, has the entity before its name", func(t *testing.T) {
		s := serve(t)
		_, err := invoke(t, open(t, s), "Customer_ChangeCustomerID", map[string]sqltypes.Value{"Customer_CustomerID": text("C000001"), "CustomerID": text("NEW")})
		require.NoError(t, err)
		assert.Equal(t, `{"entity":{"CustomerID":{"value":"C000001"}},"parameters":{"CustomerID":{"value":"NEW"}}}`, s.Invocations()[0].Body)
	})
	t.Run("a record is needed", func(t *testing.T) {
		_, err := invoke(t, open(t, serve(t)), "SalesOrder_ReleaseFromHold", nil)
		failure(t, err, providers.KindParameter)
	})
	t.Run("a lost answer is not followed by a second call", func(t *testing.T) {
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/SalesOrder/") {
				return &acumaticatest.Fault{ResetAfter: 1}
			}
			return nil
		}))
		_, err := invoke(t, open(t, s, "MaxRetries", "3"), "SalesOrder_SalesOrderCreateShipment", order)
		require.Error(t, err)
		assert.Len(t, s.Invocations(), 1)
	})
}

func TestARecordIsWrittenByPut(t *testing.T) {
	s := serve(t)
	p := open(t, s)
	out, err := invoke(t, p, "Customer_Put", map[string]sqltypes.Value{"CustomerID": text("c000002"), "CustomerName": text("Alta Ace"), "CreditLimit": whole(5)})
	require.NoError(t, err)
	require.Len(t, out, 1)
	assert.Contains(t, out[0], "'C000002'|")
	t.Run("a condition on it that does not hold is a conflict", func(t *testing.T) {
		_, err := invoke(t, p, "Customer_Put", map[string]sqltypes.Value{"CustomerID": text("NONE")})
		failure(t, err, providers.KindConflict)
	})
}

func TestActionsOfAWorkflowAreProceduresThatAreFoundByTheirNames(t *testing.T) {
	order := map[string]sqltypes.Value{"OrderType": text("SO"), "OrderNbr": text("SO000001")}
	s := serve(t)
	p := open(t, s, "IncludeCustomFields", "false")
	_, err := invoke(t, p, "SalesOrder_PutOnHold", order)
	require.NoError(t, err)
	order["Reason"] = text("Abandoned")
	_, err = invoke(t, p, "salesorder_cancelorder", order)
	require.NoError(t, err)
	assert.Equal(t, []acumaticatest.Invocation{
		{Entity: "SalesOrder", Action: "PutOnHold", Body: `{"entity":{"OrderNbr":{"value":"SO000001"},"OrderType":{"value":"SO"}}}`},
		{Entity: "SalesOrder", Action: "CancelOrder", Body: `{"entity":{"OrderNbr":{"value":"SO000001"},"OrderType":{"value":"SO"}},` +
			`"parameters":{"custom":{"FilterPreview":{"Reason":{"type":"CustomStringField","value":"Abandoned"}}}}}`},
	}, s.Invocations())
	schemas := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Path, "$adHocSchema") {
			schemas++
		}
	}
	assert.Equal(t, 1, schemas, "asked for once")
	_, err = p.(providers.ProcedureProvider).Procedure(t.Context(), "REST", "SalesOrder_CancelOrdr")
	assert.Contains(t, failure(t, err, providers.KindNotFound).Message, "did you mean `SalesOrder_CancelOrder`")
}
