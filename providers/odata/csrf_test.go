package odata

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

func TestAServiceThatGuardsAgainstForgedRequestsIsGivenItsToken(t *testing.T) {
	var token atomic.Value
	token.Store("first")
	srv := odatatest.NewServer(odatatest.V4, shop(t, 40), odatatest.WithForgeryGuard(func() string { return token.Load().(string) }))
	defer srv.Close()
	orders := connectGuarded(t, srv.URL)
	read := func() []string {
		t.Helper()
		p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{longCondition(orders, 60)}})
		rows, err := read(t, p)
		require.NoError(t, err)
		return rows
	}
	posts := func() (n int) {
		for _, r := range srv.Requests() {
			if r.Method == http.MethodPost {
				n++
			}
		}
		return n
	}
	want := []string{"10", "11", "30", "31", "50", "51"}
	assert.Equal(t, want, read())
	first := posts()
	srv.ResetCounters()
	assert.Equal(t, want, read())
	assert.Equal(t, first-1, posts(), "the token is kept")

	token.Store("second")
	srv.ResetCounters()
	assert.Equal(t, want, read())
	assert.Equal(t, first, posts(), "and replaced when it has run out")
}

func TestAServiceThatWantsATokenAndGivesNoneIsAnError(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 40), odatatest.WithForgeryGuard(func() string { return "" }))
	defer srv.Close()
	orders := connectGuarded(t, srv.URL)
	p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{longCondition(orders, 60)}})
	_, err := read(t, p)
	require.ErrorIs(t, err, providers.KindPermission)
	assert.ErrorContains(t, err, forgeryHeader)
}

func connectGuarded(t *testing.T, url string) *Table {
	t.Helper()
	tab := connect(t, url, V4, func(tr *Traits) { tr.Batch = true })("Orders")
	tab.svc.forgery = &forgeryTokens{}
	return tab
}
