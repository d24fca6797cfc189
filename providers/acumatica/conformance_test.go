package acumatica_test

import (
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// TestConformance runs the suite that every provider must pass over all three
// interfaces: with a database that compares text by bytes and one that does not,
// cut at a number of rows or not, in pages or with next links.
func TestConformance(t *testing.T) {
	feeds := []string{"GI.BI-Customers", "DAC.SOOrder", "DAC.SOLine"}
	for _, test := range []struct {
		name   string
		tables []string
		opts   []acumaticatest.Option
		more   []string
	}{
		{"records and their details, in pages of five", []string{"REST.SalesOrder", "REST.SalesOrder_Details"}, nil, []string{"Pagesize", "5"}},
		{"records with custom fields, cut at three", []string{"REST.StockItem"}, []acumaticatest.Option{acumaticatest.WithCap(3), acumaticatest.WithRenewedTickets()}, nil},
		{"details of details", []string{"REST.SalesOrder_Details_Allocations"}, nil, []string{"IncludeCustomFields", "false"}},
		{"linked entities, and files", []string{"REST.Customer_MainContact", "REST.Customer_MainContact_Address", "REST.StockItem_files"}, nil, []string{"Pagesize", "4"}},
		{"results of an inquiry", []string{"REST.InventorySummaryInquiry_Results"}, nil, nil},
		{"OData", append([]string{"GI.Customer Contacts", "DAC.BAccount"}, feeds...), nil, []string{"Pagesize", "7"}},
		{"OData with next links, and a database that compares bytes", feeds,
			[]acumaticatest.Option{acumaticatest.WithInquiryPages(6), acumaticatest.WithCollation(odatatest.BinaryOrder)}, nil},
		{"older releases' OData", feeds[:2], []acumaticatest.Option{acumaticatest.WithLegacyFeeds()}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, append(test.opts, acumaticatest.WithCustomers(6))...)
			providertest.Run(t, providertest.Harness{
				Open:   func(t *testing.T) providers.Provider { return open(t, s, test.more...) },
				Tables: test.tables,
			})
		})
	}
}

// TestConformanceOfProcedures runs the suite over the writing of a record and over
// actions that answer at once and after a while.
func TestConformanceOfProcedures(t *testing.T) {
	order := map[string]sqltypes.Value{"OrderType": text("SO"), "OrderNbr": text("SO000001")}
	s := serve(t, acumaticatest.WithCustomers(6))
	providertest.RunProcedures(t, providertest.Harness{
		Open: func(t *testing.T) providers.Provider { return open(t, s) },
		Calls: []providertest.Call{
			{Procedure: "REST.SalesOrder_Put", Arguments: order},
			{Procedure: "REST.SalesOrder_ReleaseFromHold", Arguments: order},
			{Procedure: "REST.SalesOrder_SalesOrderCreateShipment", Arguments: order},
		},
	})
}
