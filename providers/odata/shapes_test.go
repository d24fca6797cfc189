package odata

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// service makes tables of a golden model over a handler.
func service(t testing.TB, golden string, change func(*Traits), h http.HandlerFunc) func(set string) *Table {
	a, err := txtar.ParseFile("testdata/csdl/" + golden)
	require.NoError(t, err)
	m, err := ReadModel(a.Files[0].Data)
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := httpx.New(httpx.Config{Origins: []string{srv.URL}, Retry: httpx.Retry{MaxAttempts: 1}})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	svc := &Service{Client: c, Root: srv.URL, Traits: DefaultTraits(m.Version)}
	if change != nil {
		change(&svc.Traits)
	}
	return func(set string) *Table { return NewTable(svc, m, m.Find(set), TableOptions{}) }
}

func TestComplexPropertiesAndCollections(t *testing.T) {
	orders := service(t, "v4.txtar", nil, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Ship,Ship_City,Tags,Any,Color,Took,Company,ID", r.URL.Query().Get("$select"))
		fmt.Fprint(w, `{"value":[
			{"Company":"E","ID":1,"Ship":{"Street":"A \"b\"","City":"Köln","Country":{"City":"x"}},"Ship_City":"flat","Tags":["a",{"b":[1]}],"Any":7.50,"Color":"Red","Took":"P1DT2H"},
			{"ID":2,"Company":"E","Ship":null,"Tags":[]},
			{"Company":"E","ID":3,"Ship":{"City":null}}]}`)
	})("Orders")
	p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "Ship_City", "Ship_Street", "Ship_Country_City", "Ship_City2", "Tags", "Any", "Color", "Took")})
	rows, err := read(t, p)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	assert.Contains(t, rows[0], `Köln|A "b"|x|flat|["a",{"b":[1]}]|7.50|Red|`)
	assert.Equal(t, "∅|∅|∅|∅|[]|∅|∅|∅", rows[1])
	assert.Equal(t, "∅|∅|∅|∅|∅|∅|∅|∅", rows[2], "nothing of the row before is left")
}

func TestComplexPropertyThatIsNoObject(t *testing.T) {
	orders := service(t, "v4.txtar", nil, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"value":[{"Company":"E","ID":1,"Ship":"nowhere"}]}`)
	})("Orders")
	_, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "Ship_City")}))
	require.ErrorIs(t, err, providers.KindResponse)
	assert.ErrorContains(t, err, `"Ship"`)
}

func TestSingleton(t *testing.T) {
	status, body := 200, `{"@odata.context":"x","Name":"Ann"}`
	me := service(t, "v4.txtar", nil, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/Me", r.URL.Path)
		assert.Empty(t, r.URL.Query().Get("$top"))
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})("Me")
	p := plan(t, me, &providers.ScanRequest{Columns: columns(t, me, "Name")})
	rows, err := read(t, p)
	require.NoError(t, err)
	assert.Equal(t, []string{"Ann"}, rows)
	status, body = 204, ""
	rows, err = read(t, p)
	require.NoError(t, err)
	assert.Empty(t, rows)
}

func TestNestedNextLinksOfExpandedRows(t *testing.T) {
	orders := service(t, "v4.txtar", nil, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/Orders":
			assert.Equal(t, "Lines($select=Company)", r.URL.Query().Get("$expand"))
			fmt.Fprint(w, `{"value":[{"Company":"E","ID":1,"Lines":[{"Company":"a"}],"Lines@odata.nextLink":"Orders(1)/Lines?$skip=1"},{"Company":"E","ID":2,"Lines":[{"Company":"d"}]}]}`)
		case r.URL.Query().Get("$skip") == "1":
			fmt.Fprint(w, `{"value":[{"Company":"b"}],"@odata.nextLink":"Lines?$skip=2"}`)
		default:
			assert.Equal(t, "/Orders(1)/Lines", r.URL.Path, "relative to the page before")
			fmt.Fprint(w, `{"value":[{"Company":"c"}]}`)
		}
	})
	head, line := orders("Orders"), orders("Lines")
	p := plan(t, head, &providers.ScanRequest{Columns: columns(t, head, "ID"), Expand: []providers.ExpandTerm{
		{Navigation: "Lines", Columns: columns(t, line, "Company"), Target: line.Info()}}})
	rows, err := read(t, p)
	require.NoError(t, err)
	assert.Equal(t, []string{"1|a", "1|b", "1|c", "2|d"}, rows)
}
