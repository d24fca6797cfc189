package epicor_test

import (
	"context"
	"slices"
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
)

// TestConformance runs the suite that every provider must pass over services
// and BAQs, with a database that compares text by bytes and one that does not,
// cut at a number of rows or not.
func TestConformance(t *testing.T) {
	services := []string{
		"Erp.BO.CustomerSvc.ShipToes", "Erp.BO.SalesOrderSvc.OrderDtls",
		"Erp.BO.CompanySvc.Companies", "Erp.BO.CustomerSvc.List",
	}
	baqs := []string{"BaqSvc.zAllCustomers", "BaqSvc.PartsByVendor"}
	for _, test := range []struct {
		name, version string
		tables        []string
		opts          []epicortest.Option
		more          []string
	}{
		{"v1, cut", "v1", slices.Concat(services, baqs), []epicortest.Option{epicortest.WithCap(11)}, nil},
		{"v2 without regard to case", "v2", slices.Concat(services, baqs), []epicortest.Option{epicortest.WithCollation(odatatest.CaseInsensitive)}, nil},
		{"BAQs that ignore all options", "v2", baqs, []epicortest.Option{epicortest.WithoutBAQOptions(), epicortest.WithoutBAQSkip()}, []string{"Pagesize", "10"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, append(test.opts, epicortest.WithOrderLines(25), epicortest.WithCustomers(22), epicortest.WithGzip(false))...)
			providertest.Run(t, providertest.Harness{
				Open: func(t *testing.T) providers.Provider {
					return unnumbered{open(t, s, test.version, test.more...)}
				},
				Tables: test.tables,
			})
		})
	}
}

// unnumbered leaves out RowIdent, the one column whose value is not the row's
// but the answer's.
type unnumbered struct{ providers.Provider }

func (u unnumbered) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	tab, err := u.Provider.Table(ctx, schema, name)
	if err != nil {
		return nil, err
	}
	info := *tab.Info()
	if last := len(info.Columns) - 1; info.Columns[last].Name == "RowIdent" {
		info.Columns = info.Columns[:last]
		return cutTable{tab, &info}, nil
	}
	return tab, nil
}

type cutTable struct {
	providers.Table
	info *providers.TableInfo
}

func (c cutTable) Info() *providers.TableInfo { return c.info }
