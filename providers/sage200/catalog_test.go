package sage200_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
)

func TestTheListOfResourcesTakesNoRequest(t *testing.T) {
	s := serve(t)
	p := connect(t, s)
	list, err := p.Tables(t.Context(), "sage200")
	require.NoError(t, err)
	views := map[string]bool{}
	for _, name := range list {
		views[name.Name] = name.View
	}
	assert.Zero(t, s.Count())
	assert.Greater(t, len(list), 240)
	for name, view := range map[string]bool{
		"customers": false, "sop_orders": false, "warehouse_holdings": false, "customer_views": true, "lookup_products": true,
		"sop_document_status_types": true, "currencies": true, "nominal_transaction_enquiry_views": true,
	} {
		got, there := views[name]
		assert.True(t, there, name)
		assert.Equal(t, view, got, name)
	}
	standard, err := connect(t, s, "Schema", "StandardUK").Tables(t.Context(), "")
	require.NoError(t, err)
	for _, name := range standard {
		assert.False(t, strings.HasPrefix(name.Name, "traceable_"), "Sage 200 Professional only")
	}
	_, err = p.Tables(t.Context(), "dbo")
	failure(t, err, providers.KindNotFound)
}

func TestColumnsComeFromTheServerOnce(t *testing.T) {
	s := serve(t)
	p := connect(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := p.Table(t.Context(), "", "Customers")
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, 1, s.Count())
	info := table(t, p, "customers").Info()
	assert.Equal(t, []int{0}, info.Key)
	for name, want := range map[string]string{
		"id": "BIGINT", "balance": "DECIMAL", "name": "VARCHAR(60)", "on_hold": "BOOLEAN", "settlement_discount_days": "SMALLINT",
		"account_opened": "TIMESTAMP", "main_address_city": "VARCHAR(60)", "currency": "JSON", "contacts": "JSON",
	} {
		i := info.Find(name)
		require.GreaterOrEqual(t, i, 0, name)
		assert.True(t, strings.HasPrefix(info.Columns[i].Type.String(), want), "%s is %s", name, info.Columns[i].Type)
		assert.Equal(t, strings.HasPrefix(name, "main_") || want == "JSON", info.Columns[i].Hidden, name)
	}
	p.Refresh()
	table(t, p, "customers")
	assert.Equal(t, 2, s.Count())
}

func TestAResourceThatNobodyListedIsAskedFor(t *testing.T) {
	s := serve(t, sage200test.WithOpenAPI([]byte(`{"swagger":"2.0","definitions":{"w":{"type":"object","properties":{"id":{"type":"integer","format":"int64"},"name":{"type":"string"}}}},
		"paths":{"/brand_new_widgets":{"get":{"responses":{"200":{"schema":{"type":"array","items":{"$ref":"#/definitions/w"}}}}}}}}`)))
	p := connect(t, s)
	assert.Len(t, mustQuery(t, p, "SELECT * FROM brand_new_widgets"), 25)
	assert.Empty(t, table(t, p, "brand_new_widgets").Info().Key, "nobody says that id names a row")
	_, err := p.Table(t.Context(), "", "custmers")
	assert.Equal(t, "there is no resource \"custmers\"; did you mean `customers`?", failure(t, err, providers.KindNotFound).Message)
	before := s.Count()
	_, err = p.Table(t.Context(), "", "../sites?x=")
	failure(t, err, providers.KindNotFound)
	assert.Equal(t, before, s.Count(), "what is no name is not asked for")
}

func TestNamesOfOtherDriversAreFound(t *testing.T) {
	p := connect(t, serve(t))
	assert.Equal(t, "customer_views", table(t, p, "CustomerViews").Info().Name)
	assert.Equal(t, "tax_codes", table(t, p, "TAXCODES").Info().Name)
}

func TestACancelledQueryEndsInItsContextsError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := connect(t, serve(t)).Table(ctx, "", "customers")
	assert.ErrorIs(t, err, context.Canceled)
}
