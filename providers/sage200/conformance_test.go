package sage200_test

import (
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
)

// TestConformance runs the suite that every provider must pass over tables, views
// and collections within tables, with a database that compares text by bytes and
// one that does not, and in pages that do not hold a table.
func TestConformance(t *testing.T) {
	for _, test := range []struct {
		name   string
		tables []string
		opts   []sage200test.Option
		more   []string
	}{
		{"by bytes", []string{"customers", "sop_orders_lines", "sop_order_lines"}, nil, nil},
		{"without regard to case, in small pages", []string{"suppliers", "customer_views", "sop_orders_memos"},
			[]sage200test.Option{sage200test.WithCollation(odatatest.CaseInsensitive)}, []string{"Pagesize", "11"}},
		{"cut before the page's end", []string{"lookup_sop_orders", "company_details", "sop_order_line_views"},
			[]sage200test.Option{sage200test.WithMaxTop(13)}, []string{"Pagesize", "50"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := test.opts
			for name, n := range map[string]int{"sop_orders": 12, "sop_order_lines": 20, "sop_order_line_views": 30, "customers": 16, "suppliers": 25, "customer_views": 30, "lookup_sop_orders": 30, "sop_order_memos": 20} {
				opts = append(opts, sage200test.WithRows(name, n))
			}
			s := serve(t, opts...)
			providertest.Run(t, providertest.Harness{
				Open:   func(t *testing.T) providers.Provider { return connect(t, s, test.more...) },
				Tables: test.tables,
			})
		})
	}
}
