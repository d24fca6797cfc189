package servers_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/servers"
)

// All of this is about the servers, not the driver: that they hold the rows, what they answer rightly, and which of
// their faults the driver meets. A failing comparison of the driver can so be told from a failing server.

var files = os.DirFS("../testdata")

// root is the service root of each running server.
var root = map[servers.Kind]string{}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	for _, kind := range []servers.Kind{servers.Teiid, servers.Olingo2} {
		server, serr := servers.Start(ctx, servers.Options{Kind: kind, Work: "../.work/java", CSV: "../testdata/erp"})
		if serr != nil {
			return 1, serr
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		root[kind] = server.URL
	}
	return m.Run(), nil
}

// get asks for an address.
func get(t *testing.T, address string) (status int, body []byte) {
	t.Helper()
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

// escaped writes a part of an address with blanks as %20, which both protocols want.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// getAll follows the next links of V4 and takes the one page of V2.
func getAll(t *testing.T, address string) (entities []map[string]any) {
	t.Helper()
	for pages := 0; address != ""; pages++ {
		require.Less(t, pages, 100, "next links without an end")
		status, body := get(t, address)
		require.Equal(t, http.StatusOK, status, "%s: %s", address, body)
		var p struct {
			Value []map[string]any `json:"value"`
			Next  string           `json:"@odata.nextLink"`
			D     struct {
				Results []map[string]any `json:"results"`
				Next    string           `json:"__next"`
			} `json:"d"`
		}
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		require.NoError(t, d.Decode(&p))
		entities = append(append(entities, p.Value...), p.D.Results...)
		address = p.Next + p.D.Next
	}
	return entities
}

func TestServersHoldTheRowsOfTheFiles(t *testing.T) {
	for kind, url := range root {
		for _, table := range oracle.Tables {
			t.Run(string(kind)+" "+table, func(t *testing.T) {
				want, err := oracle.ReadSet(files, "erp", table)
				require.NoError(t, err)
				got := oracle.Answer{Types: want.Types}
				for _, entity := range getAll(t, url+"/"+table) {
					row := make([]oracle.Cell, len(want.Names))
					for i, name := range want.Names {
						v, ok := entity[name]
						require.True(t, ok, "no property %s", name)
						row[i], err = jsonCell(want.Types[i], v)
						require.NoError(t, err, name)
					}
					got.Rows = append(got.Rows, row)
				}
				assert.Empty(t, oracle.Diff(want, got, false))
			})
		}
	}
}

var (
	tickForm = regexp.MustCompile(`^/Date\((-?\d+)\)/$`)
	timeForm = regexp.MustCompile(`^PT(\d+)H(\d+)M(\d+)S$`)
)

func jsonCell(t oracle.Type, v any) (oracle.Cell, error) {
	switch v := v.(type) {
	case json.Number:
		return oracle.FromText(t, v.String())
	case string:
		if t == oracle.Bytes {
			// OData V4 wants the URL alphabet; both servers write the standard one.
			b, err := base64.StdEncoding.DecodeString(v)
			if err != nil {
				return oracle.Cell{}, err
			}
			return oracle.FromDriver(t, b)
		}
		if m := tickForm.FindStringSubmatch(v); m != nil {
			ms, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				return oracle.Cell{}, err
			}
			return oracle.FromDriver(t, time.UnixMilli(ms))
		}
		if m := timeForm.FindStringSubmatch(v); m != nil {
			v = fmt.Sprintf("%02s:%02s:%02s", m[1], m[2], m[3])
		}
		return oracle.FromText(t, v)
	}
	return oracle.FromDriver(t, v)
}

func TestServersCountFilters(t *testing.T) {
	for kind, filters := range map[servers.Kind][]filter{servers.Teiid: teiidFilters, servers.Olingo2: olingo2Filters} {
		for _, f := range filters {
			t.Run(fmt.Sprintf("%s: %s where %s", kind, f.set, f.filter), func(t *testing.T) {
				status, body := get(t, root[kind]+"/"+f.set+"/$count?$filter="+escaped(f.filter))
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
}

func TestTheCountsOfTheFiltersAreThoseOfPostgreSQL(t *testing.T) {
	address := os.Getenv(oracle.URLVariable)
	if address == "" {
		t.Logf("%s is not set: the counts are taken as they are written", oracle.URLVariable)
		return
	}
	pg, err := oracle.OpenPostgres(t.Context(), address, files, "erp")
	require.NoError(t, err)
	defer func() { assert.NoError(t, pg.Close()) }()
	for _, f := range append(append([]filter(nil), teiidFilters...), olingo2Filters...) {
		a, err := pg.Ask(t.Context(), oracle.Query{Oracle: "SELECT count(*) FROM " + f.set + " WHERE " + f.sql})
		if assert.NoError(t, err, f.sql) {
			assert.Equal(t, strconv.Itoa(f.count), a.Rows[0][0].Text, f.sql)
		}
	}
}

// TestTeiidForgetsTopWhenItCounts pins a fault that a driver has to survive: with $count=true and a $top above a page,
// the next links go on to the end of the set.
func TestTeiidForgetsTopWhenItCounts(t *testing.T) {
	assert.Len(t, getAll(t, root[servers.Teiid]+"/OrderDtl?$count=true&$top=600"), 12532)
	assert.Len(t, getAll(t, root[servers.Teiid]+"/OrderDtl?$top=600"), 600)
}

func TestServersSkipAndTake(t *testing.T) {
	for kind, url := range root {
		for address, want := range map[string]int{"?$skip=12000&$top=500": 500, "?$skip=12500&$top=500": 32, "?$top=0": 0, "?$skip=20000": 0} {
			t.Run(string(kind)+" "+address, func(t *testing.T) {
				assert.Len(t, getAll(t, url+"/OrderDtl"+address+"&$orderby=Company,OrderNum,OrderLine"), want)
			})
		}
	}
}

func TestServersFindUglyKeys(t *testing.T) {
	for kind, root := range root {
		for _, key := range []string{"A/B-1", "O'RING", "100%", "x y", "Ω-1", "a+b", "Q?1", "H#2"} {
			t.Run(string(kind)+" "+key, func(t *testing.T) {
				literal := escaped(strings.ReplaceAll(key, "'", "''"))
				status, body := get(t, root+"/Parts(Company='%C3%9CBER',PartNum='"+literal+"')")
				require.Equal(t, http.StatusOK, status, "%s", body)
				type part struct{ Company, PartNum string }
				var p struct {
					part
					D part `json:"d"`
				}
				require.NoError(t, json.Unmarshal(body, &p))
				assert.Equal(t, "ÜBER", p.Company+p.D.Company)
				assert.Equal(t, key, p.PartNum+p.D.PartNum)
			})
		}
		status, _ := get(t, root+"/Parts(Company='MFG',PartNum='none')")
		assert.Equal(t, http.StatusNotFound, status)
	}
}
