package sage200_test

import (
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
)

// TestConformance runs the suite that every provider must pass over tables, views
// and children, with a database that compares text by bytes and one that does
// not, and in pages that do not hold a table.
func TestConformance(t *testing.T) {
	tables := []string{
		"customers", "sop_orders", "tax_codes", "customer_views", "sop_order_line_views",
		"sop_orders_lines", "sop_orders_memos", "lookup_sop_orders", "company_details", "sop_order_lines",
	}
	for _, test := range []struct {
		name string
		opts []sage200test.Option
		more []string
	}{
		{"by bytes", nil, nil},
		{"without regard to case, in small pages", []sage200test.Option{sage200test.WithCollation(odatatest.CaseInsensitive)}, []string{"Pagesize", "17"}},
		{"cut before the page's end", []sage200test.Option{sage200test.WithMaxTop(23)}, []string{"Pagesize", "50"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := append(test.opts, sage200test.WithRows("sop_orders", 30), sage200test.WithRows("sop_order_lines", 50),
				sage200test.WithRows("sop_order_line_views", 60), sage200test.WithRows("customers", 30),
				sage200test.WithRows("customer_views", 45), sage200test.WithRows("lookup_sop_orders", 40))
			s := serve(t, opts...)
			providertest.Run(t, providertest.Harness{
				Open:   func(t *testing.T) providers.Provider { return connect(t, s, test.more...) },
				Tables: tables,
			})
		})
	}
}
