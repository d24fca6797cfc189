package epicor_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/providers"
)

func TestFirst(t *testing.T) {
	versions(t, "a table is read", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		tab := table(t, p, "Erp.BO.SalesOrderSvc", "SalesOrders")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "OrderNum CustNum OrderDate")})
		assert.Len(t, got, s.Rows("Erp.BO.SalesOrderSvc/SalesOrders"))
		t.Log(got[:3])
		for _, r := range s.Requests() {
			t.Log(r.Line())
		}
	})
}
