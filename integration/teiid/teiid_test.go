package teiid_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/teiid"
)

var server *teiid.Server

func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	var err error
	server, err = teiid.Start(ctx, teiid.Options{Work: "../.work/teiid", CSV: "../testdata/erp"})
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// get asks for an address below the service root, or for a whole one.
func get(t *testing.T, address string) (status int, body []byte) {
	t.Helper()
	if !strings.HasPrefix(address, "http://") {
		address = server.URL + "/" + address
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, body
}

type page struct {
	Value []map[string]any `json:"value"`
	Next  string           `json:"@odata.nextLink"`
	Count *int             `json:"@odata.count"`
}

func getPages(t *testing.T, address string) (pages []page) {
	t.Helper()
	for address != "" {
		status, body := get(t, address)
		require.Equal(t, http.StatusOK, status, "%s: %s", address, body)
		var p page
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		require.NoError(t, d.Decode(&p))
		pages = append(pages, p)
		require.Less(t, len(pages), 100, "next links without an end")
		address = p.Next
	}
	return pages
}

func TestTheServerHoldsTheRowsOfTheFiles(t *testing.T) {
	files := os.DirFS("../testdata")
	for _, table := range oracle.Tables {
		t.Run(table, func(t *testing.T) {
			want, err := oracle.ReadSet(files, "erp", table)
			require.NoError(t, err)
			header, err := os.ReadFile("../testdata/erp/" + table + ".csv")
			require.NoError(t, err)
			line, _, _ := strings.Cut(string(header), "\n")
			columns := strings.Split(strings.TrimSpace(line), ",")
			got := oracle.Answer{Types: want.Types}
			for _, p := range getPages(t, table) {
				for _, entity := range p.Value {
					row := make([]oracle.Cell, len(columns))
					for i, c := range columns {
						v, ok := entity[c]
						require.True(t, ok, "no property %s", c)
						row[i], err = jsonCell(want.Types[i], v)
						require.NoError(t, err, c)
					}
					got.Rows = append(got.Rows, row)
				}
			}
			assert.Empty(t, oracle.Diff(want, got, false))
		})
	}
}

func jsonCell(t oracle.Type, v any) (oracle.Cell, error) {
	switch v := v.(type) {
	case json.Number:
		return oracle.FromText(t, v.String())
	case string:
		if t == oracle.Bytes {
			// OData V4 wants the URL alphabet; this server writes the standard one.
			b, err := base64.StdEncoding.DecodeString(v)
			if err != nil {
				return oracle.Cell{}, err
			}
			return oracle.FromDriver(t, b)
		}
		return oracle.FromText(t, v)
	}
	return oracle.FromDriver(t, v)
}

// TestTheServerCountsFilters is about the server, not the driver: what it gets wrong or refuses is written in the
// table, so that a failing comparison of the driver can be told from a failing server.
func TestTheServerCountsFilters(t *testing.T) {
	for _, f := range filters {
		t.Run(f.set+" where "+f.filter, func(t *testing.T) {
			status, body := get(t, f.set+"/$count?$filter="+strings.ReplaceAll(url.QueryEscape(f.filter), "+", "%20"))
			if f.quirk == "refused" {
				assert.GreaterOrEqual(t, status, 400, "%s", body)
				return
			}
			require.Equal(t, http.StatusOK, status, "%s", body)
			want := strconv.Itoa(f.count)
			if f.quirk != "" {
				want = f.quirk
			}
			assert.Equal(t, want, string(body))
		})
	}
}

func TestTheCountsOfTheFiltersAreThoseOfPostgreSQL(t *testing.T) {
	address := os.Getenv(oracle.URLVariable)
	if address == "" {
		t.Logf("%s is not set: the counts are taken as they are written", oracle.URLVariable)
		return
	}
	pg, err := oracle.OpenPostgres(t.Context(), address, os.DirFS("../testdata"), "erp")
	require.NoError(t, err)
	defer func() { assert.NoError(t, pg.Close()) }()
	for _, f := range filters {
		a, err := pg.Ask(t.Context(), oracle.Query{Oracle: "SELECT count(*) FROM " + f.set + " WHERE " + strings.ReplaceAll(f.sql, "Q?1", "Q'||chr(63)||'1")})
		if assert.NoError(t, err, f.sql) {
			assert.Equal(t, strconv.Itoa(f.count), a.Rows[0][0].Text, f.sql)
		}
	}
}

// TestTheServerForgetsTopWhenItCounts pins a fault of the server that a driver has to survive: with $count=true and a
// $top above a page, the next links go on to the end of the set, and count otherwise on the way.
func TestTheServerForgetsTopWhenItCounts(t *testing.T) {
	n := 0
	for _, p := range getPages(t, "OrderDtl?$count=true&$top=600") {
		n += len(p.Value)
	}
	assert.Equal(t, 12532, n)
	n = 0
	for _, p := range getPages(t, "OrderDtl?$top=600") {
		n += len(p.Value)
	}
	assert.Equal(t, 600, n)
}

func TestTheServerFindsUglyKeys(t *testing.T) {
	for _, key := range []string{"A/B-1", "O'RING", "100%", "x y", "Ω-1", "a+b", "Q?1", "H#2"} {
		t.Run(key, func(t *testing.T) {
			literal := url.PathEscape(strings.ReplaceAll(key, "'", "''"))
			status, body := get(t, "Parts(Company='%C3%9CBER',PartNum='"+literal+"')")
			require.Equal(t, http.StatusOK, status, "%s", body)
			var part struct{ Company, PartNum string }
			require.NoError(t, json.Unmarshal(body, &part))
			assert.Equal(t, "ÜBER", part.Company)
			assert.Equal(t, key, part.PartNum)
		})
	}
	status, _ := get(t, "Parts(Company='MFG',PartNum='none')")
	assert.Equal(t, http.StatusNotFound, status)
}
