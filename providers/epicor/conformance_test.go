package epicor_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
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
		{"v1, cut", "v1", services, []epicortest.Option{epicortest.WithCap(6)}, nil},
		{"BAQs of v1, cut", "v1", baqs, []epicortest.Option{epicortest.WithCap(6)}, nil},
		{"v2 without regard to case", "v2", slices.Concat(services, baqs), []epicortest.Option{epicortest.WithCollation(odatatest.CaseInsensitive)}, []string{"ServerSQL", "true"}},
		{"BAQs that ignore all options", "v2", baqs, []epicortest.Option{epicortest.WithoutBAQOptions(), epicortest.WithoutBAQSkip()}, []string{"Pagesize", "10"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, append(test.opts, epicortest.WithOrderLines(13), epicortest.WithCustomers(13), epicortest.WithGzip(false))...)
			providertest.Run(t, providertest.Harness{
				Open: func(t *testing.T) providers.Provider {
					return unnumbered{open(t, s, test.version, test.more...)}
				},
				Tables: test.tables,
			})
		})
	}
}

// TestConformanceOfSetsThatDoNotFilter runs the suite where conditions go to
// GetRows, by pages and at once, with a cap and without.
func TestConformanceOfSetsThatDoNotFilter(t *testing.T) {
	tables := []string{"Erp.BO.CustomerSvc.Customers", "Erp.BO.WarehseSvc.Warehses", "Erp.BO.CustomerSvc.ShipToes", "Erp.BO.CompanySvc.Companies"}
	s := serve(t, epicortest.WithoutSetFilters(), epicortest.WithRowsCap(9), epicortest.WithOrderLines(25), epicortest.WithCustomers(22),
		epicortest.WithGzip(false), epicortest.WithCollation(odatatest.CaseInsensitive))
	providertest.Run(t, providertest.Harness{Tables: tables[:1], Open: func(t *testing.T) providers.Provider { return refused(t, open(t, s, "v2"), tables) }})
	t.Run("at once", func(t *testing.T) {
		s := serve(t, epicortest.WithoutSetFilters(), epicortest.WithPagesFromOne(), epicortest.WithCustomers(9), epicortest.WithGzip(false))
		providertest.Run(t, providertest.Harness{Tables: tables[1:], Open: func(t *testing.T) providers.Provider { return refused(t, open(t, s, "v1"), tables) }})
	})
}

// refused has each table learn that its set refuses conditions.
func refused(t *testing.T, p providers.Provider, tables []string) providers.Provider {
	for _, name := range tables {
		i := strings.LastIndexByte(name, '.')
		tab := table(t, p, name[:i], name[i+1:])
		key := tab.Info().Columns[tab.Info().Key[len(tab.Info().Key)-1]]
		value := whole(1)
		if key.Type.Kind.IsText() {
			value = text("x")
		}
		_, err := rows(t.Context(), tab, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{is(t, tab, key.Name, providers.Eq, value)}})
		require.Error(t, err)
	}
	return p
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

// TestConformanceOfProcedures runs the suite over methods that read and that
// change something, with results of one table and of several, over functions,
// and over methods that nobody describes.
func TestConformanceOfProcedures(t *testing.T) {
	methods := []providertest.Call{
		{Procedure: "Erp.BO.CustomerSvc.GetByID", Arguments: map[string]sqltypes.Value{"custNum": whole(2)}},
		{Procedure: "Erp.BO.CustomerSvc.GetList", Arguments: map[string]sqltypes.Value{"whereClause": text("CustNum > 10 BY CustNum"), "pageSize": whole(3)}},
		{Procedure: "Erp.BO.CustomerSvc.GetNewCustomer", Arguments: map[string]sqltypes.Value{"ds": text(`{"Customer":[]}`)}},
	}
	functions := []providertest.Call{
		{Procedure: "efx.OrderTools.OpenLines", Arguments: map[string]sqltypes.Value{"OrderNum": whole(5004)}}, {Procedure: "efx.OrderTools.Fail"},
	}
	run := func(t *testing.T, version string, calls []providertest.Call, opts ...epicortest.Option) {
		s := serve(t, opts...)
		providertest.RunProcedures(t, providertest.Harness{Calls: calls, Open: func(t *testing.T) providers.Provider { return open(t, s, version) }})
	}
	t.Run("v1", func(t *testing.T) { run(t, "v1", methods) })
	t.Run("v2", func(t *testing.T) { run(t, "v2", slices.Concat(methods, functions)) })
	t.Run("methods without description", func(t *testing.T) { run(t, "v2", methods[:1], epicortest.WithoutMethodDocuments()) })
}
