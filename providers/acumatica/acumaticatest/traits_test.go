package acumaticatest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
)

// client is a client of a server that keeps cookies.
type client struct {
	t *testing.T
	s *acumaticatest.Server
	h *http.Client
}

func connect(t *testing.T, opts ...acumaticatest.Option) *client {
	s := acumaticatest.NewServer(opts...)
	t.Cleanup(s.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &client{t, s, &http.Client{Jar: jar}}
}

// do sends a request and returns the answer and its body.
func (c *client) do(method, path, body string, header ...string) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.s.URL+strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	require.NoError(c.t, err)
	if body == "" && method == http.MethodPost {
		req.Body = http.NoBody
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.h.Do(req)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return resp, string(b)
}

const (
	endpoint = "/entity/Default/24.200.001"
	signIn   = `{"name":"admin","password":"Acumatica123","tenant":"U100"}`
)

func (c *client) login() *client {
	resp, _ := c.do("POST", "/entity/auth/login", signIn)
	require.Equal(c.t, http.StatusNoContent, resp.StatusCode)
	return c
}

// list reads an array of records.
func (c *client) list(path string) []map[string]any {
	c.t.Helper()
	resp, body := c.do("GET", endpoint+path, "")
	require.Equal(c.t, http.StatusOK, resp.StatusCode, body)
	var out []map[string]any
	require.NoError(c.t, json.Unmarshal([]byte(body), &out))
	return out
}

func TestSessions(t *testing.T) {
	t.Run("the sign-in answers 204 and cookies, without which nothing is answered", func(t *testing.T) {
		c := connect(t)
		resp, _ := c.do("GET", endpoint+"/Customer", "")
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
		resp, body := c.do("POST", "/entity/auth/login", signIn)
		assert.Equal(t, http.StatusNoContent, resp.StatusCode)
		assert.Empty(t, body)
		assert.Len(t, resp.Cookies(), 3)
		resp, _ = c.do("GET", endpoint+"/Customer?$top=1", "")
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	})
	t.Run("a session that does not sign out keeps its seat", func(t *testing.T) {
		c := connect(t, acumaticatest.WithSeats(1)).login()
		resp, body := c.do("POST", "/entity/auth/login", signIn)
		assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
		assert.Contains(t, body, "API Login Limit")
		resp, _ = c.do("POST", "/entity/auth/logout", "")
		assert.Equal(t, http.StatusNoContent, resp.StatusCode)
		assert.Zero(t, c.s.Sessions())
		c.login()
	})
	t.Run("or is refused by a status and a text that says nothing", func(t *testing.T) {
		c := connect(t, acumaticatest.WithSeats(1), acumaticatest.WithSeatStatus(429)).login()
		resp, body := c.do("POST", "/entity/auth/login", signIn)
		assert.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
		assert.Equal(t, "The custom error module does not recognize this error.", body)
	})
	t.Run("a wrong password often enough locks the user out", func(t *testing.T) {
		c := connect(t)
		for range 5 {
			resp, _ := c.do("POST", "/entity/auth/login", `{"name":"admin","password":"x"}`)
			assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
		}
		_, body := c.do("POST", "/entity/auth/login", signIn)
		assert.Contains(t, body, "locked out")
	})
	t.Run("a wrong tenant fails, unless there is one alone", func(t *testing.T) {
		wrong := strings.Replace(signIn, "U100", "U200", 1)
		resp, body := connect(t).do("POST", "/entity/auth/login", wrong)
		assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
		assert.Contains(t, body, "PXUndefinedCompanyException")
		resp, _ = connect(t, acumaticatest.WithSingleTenant()).do("POST", "/entity/auth/login", wrong)
		assert.Equal(t, http.StatusNoContent, resp.StatusCode)
	})
	t.Run("a token opens a session, too", func(t *testing.T) {
		c := connect(t, acumaticatest.WithTokens(func(token string) bool { return token == "good" }))
		resp, _ := c.do("GET", "/entity", "", "Authorization", "Bearer bad")
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
		for range 3 {
			resp, _ = c.do("GET", "/entity", "", "Authorization", "Bearer good")
			assert.Equal(t, http.StatusOK, resp.StatusCode)
		}
		assert.Equal(t, 1, c.s.Sessions(), "as long as its cookies come back")
	})
	t.Run("OData takes name and password with each request, and opens a session for each without cookies", func(t *testing.T) {
		c := connect(t)
		c.h.Jar = nil
		for range 2 {
			req, err := http.NewRequest("GET", c.s.URL+"/t/U100/api/odata/gi", nil)
			require.NoError(t, err)
			req.SetBasicAuth("admin", "Acumatica123")
			resp, err := c.h.Do(req)
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, resp.StatusCode)
			require.NoError(t, resp.Body.Close())
		}
		assert.Equal(t, 2, c.s.Sessions())
	})
	t.Run("signing out without a length is refused", func(t *testing.T) {
		c := connect(t).login()
		pr, pw := io.Pipe()
		go func() { _ = pw.Close() }()
		req, err := http.NewRequest("POST", c.s.URL+"/entity/auth/logout", pr)
		require.NoError(t, err)
		resp, err := c.h.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusLengthRequired, resp.StatusCode)
	})
}

func TestRecords(t *testing.T) {
	t.Run("fields are wrapped, and what is not there is an empty object", func(t *testing.T) {
		c := connect(t).login()
		page := c.list("/Customer?$top=5&$skip=0")
		require.Len(t, page, 5)
		assert.Equal(t, map[string]any{"value": "C000001"}, page[0]["CustomerID"])
		empty := 0
		for _, r := range page {
			for _, f := range r {
				if m, ok := f.(map[string]any); ok && len(m) == 0 {
					empty++
				}
			}
			assert.NotContains(t, r, "MainContact")
			assert.Contains(t, r, "_links")
		}
		assert.Greater(t, empty, 5, "custom, and fields")
	})
	t.Run("amounts keep their zeros, and rowNumber begins anew on each page", func(t *testing.T) {
		c := connect(t).login()
		_, body := c.do("GET", endpoint+"/Customer?$top=2&$skip=20", "")
		assert.Regexp(t, `"CreditLimit":\{"value":\d+\.\d{4}\}`, body)
		assert.Equal(t, 2.0, c.list("/Customer?$top=2&$skip=20")[1]["rowNumber"])
	})
	t.Run("$orderby is ignored", func(t *testing.T) {
		c := connect(t).login()
		assert.Equal(t, c.list("/Customer?$top=3")[0]["id"], c.list("/Customer?$top=3&$orderby=CustomerID desc")[0]["id"])
	})
	t.Run("details come with $expand, and are dropped again by a $select without them", func(t *testing.T) {
		c := connect(t).login()
		assert.NotContains(t, c.list("/SalesOrder?$top=1")[0], "Details")
		assert.Contains(t, c.list("/SalesOrder?$top=1&$expand=Details")[0], "Details")
		assert.NotContains(t, c.list("/SalesOrder?$top=1&$expand=Details&$select=OrderNbr")[0], "Details")
		assert.Contains(t, c.list("/SalesOrder?$top=1&$expand=Details&$select=OrderNbr,Details")[0], "Details")
	})
	t.Run("$select fails for some entities", func(t *testing.T) {
		resp, _ := connect(t).login().do("GET", endpoint+"/Shipment?$select=ShipmentNbr", "")
		assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	})
	t.Run("custom fields come when they are named", func(t *testing.T) {
		c := connect(t).login()
		assert.Equal(t, map[string]any{}, c.list("/StockItem?$top=1")[0]["custom"])
		custom := c.list("/StockItem?$top=1&$custom=ItemSettings.UsrRepairItemType")[0]["custom"].(map[string]any)
		assert.Equal(t, "CustomStringField", custom["ItemSettings"].(map[string]any)["UsrRepairItemType"].(map[string]any)["type"])
		_, body := c.do("GET", endpoint+"/SalesOrder/$adHocSchema", "")
		assert.Contains(t, body, `"Details":[{"Allocations":[{"custom":{},`)
		assert.Contains(t, body, `"UsrRepairItemType":{"type":"CustomStringField","value":null}`)
	})
	t.Run("an inquiry has results by PUT alone", func(t *testing.T) {
		c := connect(t).login()
		assert.NotContains(t, c.list("/InventorySummaryInquiry?$expand=Results")[0], "Results")
		_, body := c.do("PUT", endpoint+"/InventorySummaryInquiry?$expand=Results", `{"InventoryID":{"value":"CPU"}}`)
		assert.Contains(t, body, `"Results":[{`)
	})
	t.Run("a record that is not there is an error of 500", func(t *testing.T) {
		c := connect(t).login()
		resp, _ := c.do("GET", endpoint+"/SalesOrder/SO/SO000001", "")
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		resp, body := c.do("GET", endpoint+"/SalesOrder/SO/NONE", "")
		assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
		assert.Contains(t, body, "No entity satisfies the condition")
	})
}

func TestFilters(t *testing.T) {
	for _, test := range []struct {
		name, path string
		status     int
		rows       int
	}{
		{"equality has no regard to case", "/Customer?$filter=CustomerID eq 'c000003'", 200, 1},
		{"and, or and parentheses", "/Customer?$filter=(BAccountID ge 7010 and BAccountID lt 7012) or BAccountID eq 7001", 200, 3},
		{"dates as offsets", "/SalesOrder?$filter=Date lt datetimeoffset'2024-01-03T00:00:00%2B00:00'", 200, 2},
		{"dates as days", "/SalesOrder?$filter=Date ge date'2024-02-27'", 200, 3},
		{"fields of linked entities", "/Customer?$filter=MainContact/Address/City ne null and BAccountID lt 7001", 200, 1},
		{"contains fails", "/Customer?$filter=contains(CustomerName,'a')", 500, 0},
		{"tolower fails", "/Customer?$filter=tolower(CustomerName) eq 'a'", 500, 0},
		{"not of a function fails", "/Customer?$filter=not substringof('a',CustomerName)", 500, 0},
		{"a comparison with a function finds nothing", "/Customer?$filter=substringof('0000',CustomerID) eq true", 200, 0},
		{"the function alone finds it", "/Customer?$filter=substringof('00001',CustomerID)", 200, 11},
		{"and so does startswith", "/Customer?$filter=startswith(CustomerID,'c00000')", 200, 9},
		{"a computed field finds nothing, whatever there is", "/PurchaseOrder?$filter=Status eq 'Open' or Status eq 'Closed'", 200, 0},
		{"but by its keys", "/PurchaseOrder?$filter=OrderNbr eq 'PO000002'", 200, 1},
		{"or the server fails", "/Shipment?$filter=Status eq 'Open'", 500, 0},
		{"a field of a collection fails", "/SalesOrder?$filter=Details/InventoryID eq 'CPU0001'", 500, 0},
		{"a custom field", "/StockItem?$filter=cf.String(f='ItemSettings.UsrRepairItemType') eq 'nothing'", 200, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := connect(t).login()
			path, filter, _ := strings.Cut(test.path, "$filter=")
			filter, err := url.QueryUnescape(filter)
			require.NoError(t, err)
			resp, body := c.do("GET", endpoint+path+"$filter="+url.QueryEscape(filter), "")
			require.Equal(t, test.status, resp.StatusCode, body)
			if test.status == 200 {
				var page []any
				require.NoError(t, json.Unmarshal([]byte(body), &page))
				assert.Len(t, page, test.rows)
			}
		})
	}
}

func TestWrites(t *testing.T) {
	t.Run("a record that is not taken comes back with errors inside", func(t *testing.T) {
		resp, body := connect(t).login().do("PUT", endpoint+"/Customer", `{"CustomerID":{"value":"C000001"},"CustomerClass":{"value":"NOPE"}}`)
		assert.Equal(t, http.StatusUnprocessableEntity, resp.StatusCode)
		assert.Contains(t, body, `"CustomerClass":{"error":"CustomerClass 'NOPE' cannot be found in the system.","value":"NOPE"}`)
	})
	t.Run("an action that takes time answers 202 and where to ask, until it is done", func(t *testing.T) {
		c := connect(t, acumaticatest.WithPolls(1)).login()
		resp, _ := c.do("POST", endpoint+"/SalesOrder/SalesOrderCreateShipment", `{"entity":{"id":"1"},"parameters":{"WarehouseID":{"value":"MAIN"}}}`)
		require.Equal(t, http.StatusAccepted, resp.StatusCode)
		at := strings.TrimPrefix(resp.Header.Get("Location"), "/AcumaticaERP")
		for _, status := range []int{http.StatusAccepted, http.StatusNoContent} {
			resp, _ = c.do("GET", at, "")
			assert.Equal(t, status, resp.StatusCode)
		}
	})
}

func TestFeeds(t *testing.T) {
	get := func(c *client, path string) (*http.Response, string) {
		return c.do("GET", path, "", "Authorization", "Basic YWRtaW46QWN1bWF0aWNhMTIz")
	}
	t.Run("a condition on a formula is answered by 200 and nothing", func(t *testing.T) {
		c := connect(t)
		for _, option := range []string{"$filter=Margin gt 1", "$orderby=Margin"} {
			resp, body := get(c, "/t/U100/api/odata/gi/BI-Margins?"+option)
			assert.Equal(t, http.StatusOK, resp.StatusCode)
			assert.Empty(t, body)
		}
	})
	t.Run("neither $count nor $expand", func(t *testing.T) {
		resp, _ := get(connect(t), "/t/U100/api/odata/gi/BI-Customers?$count=true")
		assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
	})
	t.Run("an inquiry with parameters has no rows without them, and some by its function", func(t *testing.T) {
		c := connect(t)
		_, body := get(c, "/t/U100/api/odata/gi/DB-StorageDetails")
		assert.Contains(t, body, `"value":[]`)
		_, body = get(c, "/t/U100/api/odata/gi/DBStorageDetails_WithParameters(Warehouse='RETAIL')?$top=1")
		assert.Contains(t, body, `"Warehouse":"RETAIL"`)
		_, body = get(c, "/t/U100/api/odata/gi/DBStorageDetails_WithParameters(Warehouse=@1)?$top=1&@1='RETAIL'&@Warehouse='RETAIL'")
		assert.Contains(t, body, `"Warehouse":"RETAIL"`)
	})
	t.Run("a field that the metadata bars cannot be selected", func(t *testing.T) {
		c := connect(t)
		_, metadata := get(c, "/t/U100/api/odata/dac/$metadata")
		assert.Contains(t, metadata, "NonFilterableProperties")
		resp, _ := get(c, "/t/U100/api/odata/dac/SOOrder?$select=NoteText")
		assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
	})
}
