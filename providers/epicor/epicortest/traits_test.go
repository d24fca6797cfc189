package epicortest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

func column(rows []any, name string) string {
	var out []string
	for _, r := range rows {
		m, _ := r.(map[string]any)
		out = append(out, fmt.Sprint(m[name]))
	}
	return strings.Join(out, " ")
}

func enc(s string) string { return strings.ReplaceAll(s, " ", "%20") }

const so, cu = "Erp.BO.SalesOrderSvc/", "Erp.BO.CustomerSvc/"

func TestServices(t *testing.T) {
	c := start(t)
	t.Run("hundreds are listed in both versions", func(t *testing.T) {
		assert.Greater(t, len(c.v1("").rows()), 400)
		assert.Equal(t, len(c.v1("").rows()), len(c.v2("").rows()))
		assert.Contains(t, c.v1("", "Accept", "application/atomsvc+xml").body, `href="Erp.BO.SalesOrderSvc"`)
	})
	t.Run("each has a document and metadata of its own", func(t *testing.T) {
		for _, name := range serviceNames() {
			if name == "Ice.Lib.SessionModSvc" {
				continue
			}
			for _, a := range []answer{c.v1(name + "/$metadata"), c.v2(name + "/$metadata")} {
				require.Equal(t, 200, a.status, name)
				var x struct {
					Inner string `xml:",innerxml"`
				}
				require.NoError(t, xml.Unmarshal([]byte(a.body), &x), name)
				require.Contains(t, a.body, `<EntitySet Name="List"`)
			}
		}
		assert.Contains(t, column(c.v2(so).rows(), "name"), "SalesOrders OrderDtls OrderRels List")
	})
	t.Run("an unknown service is 404", func(t *testing.T) {
		a := c.v2("Erp.BO.NopeSvc/Nopes")
		assert.Equal(t, 404, a.status)
		assert.Equal(t, "Epicor.RESTApi.ApiException", a.json["ErrorType"])
	})
	t.Run("services are found without regard to case, sets are not", func(t *testing.T) {
		assert.Equal(t, 200, c.v2("erp.bo.customersvc/Customers").status)
		assert.Equal(t, 404, c.v2("Erp.BO.CustomerSvc/customers").status)
	})
	t.Run("keys have the order and the spelling of the product", func(t *testing.T) {
		po := c.v2("Erp.BO.POSvc/$metadata").body
		assert.Contains(t, po, `<EntityType Name="PODetail"><Key><PropertyRef Name="Company"/><PropertyRef Name="PONUM"/><PropertyRef Name="POLine"/></Key>`)
		assert.Contains(t, po, `<EntityType Name="POHeader"><Key><PropertyRef Name="Company"/><PropertyRef Name="PONum"/></Key>`)
		assert.Contains(t, c.v2("Erp.BO.CompanySvc/$metadata").body, `<PropertyRef Name="Company1"/>`)
		assert.Contains(t, c.v2("Erp.BO.PlantSvc/$metadata").body, `<PropertyRef Name="Plant1"/>`)
	})
	t.Run("another service shows the same rows", func(t *testing.T) {
		require.NoError(t, c.s.Insert(cu+"ShipToes", map[string]any{"CustNum": 1, "ShipToNum": "NEW", "Name": "here too"}))
		assert.Contains(t, c.v2("Erp.BO.ShipToSvc/ShipToes('EPIC06',1,'NEW')").body, "here too")
	})
}

func TestReads(t *testing.T) {
	c := start(t)
	t.Run("v1 sends decimals and Int64 as strings and dates without a zone", func(t *testing.T) {
		b := c.v1(so + "OrderDtls('EPIC06',5001,1)").body
		assert.Contains(t, b, `"UnitPrice":"12.52500"`)
		assert.Contains(t, b, `"SysRevID":"90071992547`)
		assert.Regexp(t, `"NeedByDate":"\d{4}-\d\d-\d\dT00:00:00"`, b)
		assert.Contains(t, b, `"odata.metadata":`)
	})
	t.Run("v2 sends numbers and midnight Z", func(t *testing.T) {
		b := c.v2(so + "OrderDtls('EPIC06',5001,1)").body
		assert.Contains(t, b, `"UnitPrice":12.52500`)
		assert.Contains(t, b, `"SysRevID":90071992547`)
		assert.Regexp(t, `"NeedByDate":"\d{4}-\d\d-\d\dT00:00:00Z"`, b)
	})
	t.Run("100 rows come by default without a next link", func(t *testing.T) {
		for _, a := range []answer{c.v1(cu + "Customers?$inlinecount=allpages"), c.v2(cu + "Customers?$count=true"), c.v2(cu + "List"), c.v2("BaqSvc/zAllCustomers/Data"), c.v1("BaqSvc/zAllCustomers/")} {
			assert.Len(t, a.rows(), 100)
			assert.NotContains(t, a.body, "nextLink")
		}
		assert.Contains(t, c.v2(cu+"Customers?$count=true").body, `"@odata.count":300`)
		assert.Contains(t, c.v1(cu+"Customers?$inlinecount=allpages").body, `"odata.count":"300"`)
		assert.Len(t, c.v2(cu+"Customers?$top=250").rows(), 250)
	})
	t.Run("options in wrong case are ignored in v1 and refused in v2", func(t *testing.T) {
		assert.Len(t, c.v1(cu+"Customers?$Top=3").rows(), 100)
		assert.Equal(t, 400, c.v2(cu+"Customers?$Top=3").status)
	})
	t.Run("column names are case-sensitive", func(t *testing.T) {
		assert.Equal(t, 400, c.v2(cu+enc("Customers?$filter=custnum eq 1")).status)
		assert.Equal(t, 400, c.v1(cu+"Customers?$select=custnum").status)
	})
	t.Run("filters speak the language of the version", func(t *testing.T) {
		assert.Equal(t, "2", column(c.v1(cu+enc("Customers?$filter=substringof('O''Brien',Name)")).rows(), "CustNum"))
		assert.Equal(t, "2", column(c.v2(cu+enc("Customers?$filter=contains(Name,'O''Brien')")).rows(), "CustNum"))
		v1, v2 := c.v1(so+enc("SalesOrders?$filter=OrderDate ge datetime'2024-01-01' and OrderDate lt datetime'2024-01-02T00:00:00'")), c.v2(so+enc("SalesOrders?$filter=OrderDate ge 2024-01-01T00:00:00Z and OrderDate lt 2024-01-02T00:00:00Z"))
		assert.NotEmpty(t, v1.rows())
		assert.Equal(t, column(v1.rows(), "OrderNum"), column(v2.rows(), "OrderNum"))
		assert.Equal(t, 400, c.v2(so+enc("SalesOrders?$filter=OrderDate ge datetime'2024-01-01'")).status)
	})
	t.Run("List is keyless and read-only", func(t *testing.T) {
		assert.NotContains(t, c.v2(cu+"$metadata").body, `<EntityType Name="CustomerList"><Key>`)
		assert.Equal(t, 400, c.v2(cu+"List('EPIC06',1)").status)
		assert.Equal(t, 405, c.do("POST", "/api/v2/odata/EPIC06/"+cu+"List", `{}`).status)
	})
	t.Run("children are reached along navigation and as sets", func(t *testing.T) {
		want := column(c.v2(so+enc("OrderDtls?$filter=OrderNum eq 5004")).rows(), "OrderLine")
		assert.Equal(t, "1 2 3 4 5", want)
		for _, a := range []answer{c.v1(so + "SalesOrders('EPIC06',5004)/OrderDtls"), c.v2(so + "SalesOrders('EPIC06',5004)/OrderDtls"), c.v2(so + "SalesOrders(Company='EPIC06',OrderNum=5004)/OrderDtls")} {
			assert.Equal(t, want, column(a.rows(), "OrderLine"))
		}
		assert.Contains(t, c.v1(so+"SalesOrders('EPIC06',5004)?$expand=OrderDtls/OrderRels").body, `"OrderRels":[{`)
		assert.Contains(t, c.v2(so+"SalesOrders('EPIC06',5004)?$expand=OrderDtls($expand=OrderRels;$select=OrderLine)").body, `{"OrderLine":1,"OrderRels":[{`)
		assert.Equal(t, 2, len(c.v2("Erp.BO.POSvc/POes('EPIC06',4001)/PODetails").rows()))
	})
	t.Run("generated sets agree with each other at both ends", func(t *testing.T) {
		n := c.s.Rows(so + "OrderDtls")
		require.Equal(t, 5000, n)
		last := c.v2(so + enc("OrderDtls?$orderby=OrderNum desc,OrderLine desc&$top=1")).rows()
		head := c.v2(so + enc("SalesOrders?$orderby=OrderNum desc&$top=1")).rows()
		assert.Equal(t, column(head, "OrderNum"), column(last, "OrderNum"))
		assert.Equal(t, column(head, "TotalLines"), column(last, "OrderLine"))
		assert.Equal(t, 1500, c.s.Rows(so+"SalesOrders"))
	})
	t.Run("awkward keys can be addressed", func(t *testing.T) {
		for _, p := range c.s.companies["EPIC06"].parts[:16] {
			key := url.PathEscape(strings.ReplaceAll(p, "'", "''"))
			a := c.v2("Erp.BO.PartSvc/Parts('EPIC06','" + key + "')")
			require.Equal(t, 200, a.status, "%s: %s", p, a.body)
			assert.Equal(t, p, a.json["PartNum"])
		}
	})
	t.Run("computed columns may refuse filters", func(t *testing.T) {
		strict := start(t, WithComputedRefused(), WithSecureErrors())
		a := strict.v2(cu + enc("Customers?$filter=BTContactName eq 'x'"))
		assert.Equal(t, 500, a.status)
		assert.NotContains(t, a.body, "BTContactName")
		assert.Equal(t, 500, strict.v1(cu+"Customers?$orderby=BTContactName").status)
		assert.Equal(t, 200, c.v2(cu+enc("Customers?$filter=BTContactName eq 'x'")).status)
	})
	t.Run("UD columns lie inline and system columns end each row", func(t *testing.T) {
		b := c.v2(cu + "Customers('EPIC06',1)").body
		assert.Contains(t, b, `"Segment_c":`)
		assert.Contains(t, b, `"BitFlag":0,"RowMod":""}`)
	})
	t.Run("a collation of SQL Server finds other spellings", func(t *testing.T) {
		ci := start(t, WithCollation(odatatest.CaseInsensitive))
		f := cu + enc("Customers?$filter=Name eq 'ADDISON, INC.'")
		assert.Len(t, ci.v2(f).rows(), 3)
		assert.Len(t, c.v2(f).rows(), 1)
	})
}

func TestCaps(t *testing.T) {
	t.Run("$top above the cap is cut in silence", func(t *testing.T) {
		a := start(t, WithCap(120)).v2(cu + "Customers?$top=250")
		assert.Equal(t, 200, a.status)
		assert.Len(t, a.rows(), 120)
		assert.NotContains(t, a.body, "nextLink")
	})
	t.Run("$top above the cap may be refused", func(t *testing.T) {
		a := start(t, WithCap(120), WithCapRejecting()).v2(cu + "Customers?$top=250")
		assert.Equal(t, 400, a.status)
		assert.Contains(t, a.json["ErrorMessage"], "limit of '120'")
	})
	t.Run("the cap may change in the middle of a scan", func(t *testing.T) {
		c := start(t, WithCapFunc(func(n int) int { return []int{0, 50, 20}[n%3] }))
		assert.Len(t, c.v2(cu+"Customers?$top=100").rows(), 50)
		assert.Len(t, c.v2(cu+"Customers?$top=100&$skip=50").rows(), 20)
		assert.Len(t, c.v2(cu+"Customers?$top=100&$skip=70").rows(), 100)
	})
	t.Run("reading by what was received sees every row once", func(t *testing.T) {
		c := start(t, WithCap(37))
		seen := 0
		for {
			n := len(c.v1(cu + fmt.Sprintf("Customers?$top=200&$skip=%d&$orderby=Company,CustNum", seen)).rows())
			if n == 0 {
				break
			}
			seen += n
		}
		assert.Equal(t, 300, seen)
	})
}

func TestAuthentication(t *testing.T) {
	c := start(t, WithAPIKey("scoped", "Erp.BO.CustomerSvc"))
	t.Run("a wrong password, a wrong key and missing rights are three kinds of 401", func(t *testing.T) {
		a := c.v2(cu+"Customers", "Authorization", "Basic bWFuYWdlcjpub3Bl")
		assert.Equal(t, 401, a.status)
		assert.Equal(t, "Invalid username or password.", a.json["ErrorMessage"])
		assert.Equal(t, "REST API Exception", a.json["ReasonPhrase"])
		assert.Equal(t, "System.UnauthorizedAccessException", a.json["ErrorType"])
		assert.Regexp(t, `^[0-9a-f-]{36}$`, a.json["CorrelationId"])
		a = c.v2(cu+"Customers", "x-api-key", "bad-key")
		assert.Equal(t, 401, a.status)
		assert.Equal(t, "Invalid API Key bad-key.\r\nCompany EPIC06.", a.json["ErrorMessage"])
		limited := "Basic bGltaXRlZDpsaW1pdGVk"
		a = c.v2("Erp.BO.CompanySvc/Companies", "Authorization", limited)
		assert.Equal(t, 401, a.status)
		assert.Equal(t, "Access denied (Erp.BO.Company.GetRows).", a.json["ErrorMessage"])
		assert.Equal(t, 200, c.v2(cu+"Customers", "Authorization", limited).status)
	})
	t.Run("no credentials are 401, and v1 wants no key", func(t *testing.T) {
		assert.Equal(t, 401, c.v2(cu+"Customers", "Authorization", "").status)
		assert.Equal(t, 401, c.v2(cu+"Customers", "x-api-key", "").status)
		assert.Equal(t, 200, c.v1(cu+"Customers", "x-api-key", "").status)
		assert.Equal(t, 200, c.v2(cu+"Customers?api-key="+DefaultAPIKey, "x-api-key", "").status)
	})
	t.Run("a key may be scoped", func(t *testing.T) {
		assert.Equal(t, 200, c.v2(cu+"Customers", "x-api-key", "scoped").status)
		assert.Equal(t, 401, c.v2(so+"SalesOrders", "x-api-key", "scoped").status)
	})
	t.Run("TokenResource gives a bearer token as XML or JSON", func(t *testing.T) {
		a := c.do("POST", "/TokenResource.svc/", "", "Authorization", "", "username", DefaultUser, "password", DefaultPassword)
		assert.Contains(t, a.body, "<Token><AccessToken>")
		a = c.do("POST", "/TokenResource.svc/", "", "Authorization", "", "username", DefaultUser, "password", DefaultPassword, "Accept", "application/json")
		assert.Equal(t, "Bearer", a.json["TokenType"])
		assert.Equal(t, "3600", fmt.Sprint(a.json["ExpiresIn"]))
		bearer := "Bearer " + fmt.Sprint(a.json["AccessToken"])
		assert.Equal(t, 200, c.v2(cu+"Customers", "Authorization", bearer).status)
		c.s.ExpireTokens()
		assert.Equal(t, 401, c.v2(cu+"Customers", "Authorization", bearer).status)
		a = c.do("POST", "/TokenResource.svc/", "", "Authorization", "", "username", DefaultUser, "password", "no")
		assert.Equal(t, 401, a.status)
		for _, r := range c.s.Requests() {
			assert.NotContains(t, fmt.Sprint(r), DefaultPassword)
			assert.NotContains(t, fmt.Sprint(r), DefaultAPIKey)
		}
	})
	t.Run("an identity provider's token is its subject's, if the server knows that user", func(t *testing.T) {
		c := start(t, WithIssuer(func(token string) (string, error) {
			name, ok := strings.CutPrefix(token, "of-")
			if !ok {
				return "", errors.New("not signed")
			}
			return name, nil
		}))
		assert.Equal(t, 200, c.v2(cu+"Customers", "Authorization", "Bearer of-manager").status)
		assert.Equal(t, 401, c.v2(cu+"Customers", "Authorization", "Bearer of-nobody").status)
		a := c.v2(cu+"Customers", "Authorization", "Bearer forged")
		assert.Equal(t, 401, a.status)
		assert.Equal(t, "Invalid or expired token.", a.json["ErrorMessage"])
		a = c.do("POST", "/TokenResource.svc/", "", "Authorization", "", "username", DefaultUser, "password", DefaultPassword, "Accept", "application/json")
		assert.Equal(t, 200, c.v2(cu+"Customers", "Authorization", "Bearer "+fmt.Sprint(a.json["AccessToken"])).status, "the server's own are still good")
	})
}

func TestCompanies(t *testing.T) {
	c := start(t)
	t.Run("v1 takes the company from CallSettings, else the user's default", func(t *testing.T) {
		assert.Contains(t, c.v1("Erp.BO.CompanySvc/Companies").body, `"EPIC06"`)
		assert.Contains(t, c.v1("Erp.BO.CompanySvc/Companies", "CallSettings", `{"Company":"EPIC07","Plant":"nowhere","Foo":1}`).body, `"EPIC07"`)
		assert.Contains(t, c.v1("Erp.BO.CompanySvc/Companies", "Authorization", "Basic Y2xlcms6Y2xlcms7cGFzcycx").body, `"EPIC07"`)
		assert.Equal(t, 400, c.v1(cu+"Customers", "CallSettings", `{"Company":"EPIC99"}`).status)
		assert.Equal(t, 400, c.v1(cu+"Customers", "CallSettings", `Company=EPIC06`).status)
	})
	t.Run("v2 takes it from the URL, which wins", func(t *testing.T) {
		a := c.do("GET", "/api/v2/odata/EPIC07/Erp.BO.CompanySvc/Companies", "", "CallSettings", `{"Company":"EPIC06"}`)
		assert.Contains(t, a.body, `"EPIC07"`)
		assert.Equal(t, 400, c.do("GET", "/api/v2/odata/EPIC99/"+cu+"Customers", "").status)
	})
	t.Run("the same order number exists in both with other contents", func(t *testing.T) {
		a, b := c.v2(so+"SalesOrders('EPIC06',5001)"), c.do("GET", "/api/v2/odata/EPIC07/"+so+"SalesOrders('EPIC07',5001)", "")
		assert.Equal(t, a.json["OrderNum"], b.json["OrderNum"])
		assert.NotEqual(t, a.json["SysRowID"], b.json["SysRowID"])
		assert.Equal(t, 404, c.v2(so+"SalesOrders('EPIC07',5001)").status)
	})
}

func TestSessions(t *testing.T) {
	c := start(t, WithSeats(2))
	login := func() string {
		a := c.do("POST", "/api/v1/Ice.Lib.SessionModSvc/Login", "{}")
		require.Equal(t, 200, a.status, a.body)
		return fmt.Sprint(a.json["returnObj"])
	}
	id := login()
	info := `{"SessionID":"` + id + `"}`
	t.Run("a session holds a seat", func(t *testing.T) {
		assert.Equal(t, 1, c.s.Sessions())
		login()
		a := c.v1(cu + "Customers")
		assert.Equal(t, 400, a.status)
		assert.Contains(t, a.json["ErrorMessage"], "Maximum number of users")
		assert.Equal(t, 200, c.v1(cu+"Customers", "SessionInfo", info).status)
		assert.Equal(t, 200, c.v2(cu+"Customers", "License", `{"ClaimedLicense":"00000003-9439-4B30-A6F4-6D2FD4B9FD0F","SessionID":"`+id+`"}`).status)
	})
	t.Run("a session that is gone is 410", func(t *testing.T) {
		c.s.ExpireSessions()
		a := c.v1(cu+"Customers", "SessionInfo", info)
		assert.Equal(t, 410, a.status)
		assert.Equal(t, "Ice.Common.InvalidSessionException", a.json["ErrorType"])
	})
	t.Run("Logout gives the seat back", func(t *testing.T) {
		id := login()
		assert.Equal(t, 200, c.do("POST", "/api/v1/Ice.Lib.SessionModSvc/Logout", "{}", "SessionInfo", `{"SessionID":"`+id+`"}`).status)
		assert.Equal(t, 0, c.s.Sessions())
	})
}

func TestBAQs(t *testing.T) {
	c := start(t)
	t.Run("they are listed, and have metadata with RowIdent as the key", func(t *testing.T) {
		assert.Len(t, c.v1("BaqSvc/").rows(), 5)
		b := c.v2("BaqSvc/PartsByVendor/$metadata").body
		assert.Contains(t, b, `<PropertyRef Name="RowIdent"/>`)
		assert.Contains(t, b, `Name="PartPC1_ProdCode"`)
		assert.Contains(t, c.v2("BaqSvc/PartsByVendor").body, `"name":"Data"`)
		assert.Equal(t, 404, c.v2("BaqSvc/Nope/Data").status)
	})
	t.Run("parameters come by name, and a mandatory one is missed by name", func(t *testing.T) {
		a := c.v2("BaqSvc/PartsByVendor/Data")
		assert.Equal(t, 400, a.status)
		assert.Contains(t, a.json["ErrorMessage"], "CurrentPlant")
		a = c.v2("BaqSvc/PartsByVendor/Data?CurrentPlant=MfgSys&vendorId=001008")
		require.Equal(t, 200, a.status)
		assert.NotEmpty(t, a.rows())
		assert.Equal(t, "001008", a.rows()[0].(map[string]any)["Vendor_VendorID"])
	})
	t.Run("list parameters are repeated", func(t *testing.T) {
		one, two := c.v1("BaqSvc/OrdersByStatus/?Currency=USD&$top=5000"), c.v1("BaqSvc/OrdersByStatus/?Currency=USD&Currency=EUR&$top=5000")
		assert.Greater(t, len(two.rows()), len(one.rows()))
		assert.Equal(t, 400, c.v1("BaqSvc/OrdersByStatus/?Currency=USD&OpenOnly=true&OpenOnly=false").status)
	})
	t.Run("RowIdent numbers the rows of each answer", func(t *testing.T) {
		for _, p := range []string{"$top=2", "$top=2&$skip=10"} {
			assert.Equal(t, "00000001-0000-0000-0000-000000000000 00000002-0000-0000-0000-000000000000", column(c.v2("BaqSvc/zAllCustomers/Data?"+p).rows(), "RowIdent"))
		}
	})
	t.Run("options work or are ignored as the server is set up", func(t *testing.T) {
		p := "BaqSvc/zAllCustomers/Data?$top=1&$skip=4"
		assert.Equal(t, "5", column(c.v2(p).rows(), "Customer_CustNum"))
		assert.Equal(t, "1", column(start(t, WithoutBAQSkip()).v2(p).rows(), "Customer_CustNum"))
		p = enc("BaqSvc/zAllCustomers/Data?$filter=Customer_CustNum gt 298&$orderby=Customer_CustNum desc")
		assert.Equal(t, "300 299", column(c.v2(p).rows(), "Customer_CustNum"))
		assert.Len(t, start(t, WithoutBAQOptions()).v2(p).rows(), 100)
	})
	t.Run("swagger names the parameters", func(t *testing.T) {
		b := c.do("GET", "/api/swagger/v1/baq/OpenOrderLines", "").body
		assert.Contains(t, b, `"name":"FromDate"`)
		assert.Contains(t, b, `"collectionFormat":"multi"`)
	})
	t.Run("dates are parameters too", func(t *testing.T) {
		a := c.v2("BaqSvc/OpenOrderLines/Data?FromDate=2024-01-01&ProdCode=PUMP&ProdCode=VALVE&$top=10000")
		require.NotEmpty(t, a.rows())
		for _, r := range a.rows() {
			assert.GreaterOrEqual(t, r.(map[string]any)["OrderHed_OrderDate"], "2024-01-01")
		}
		assert.Equal(t, 400, c.v2("BaqSvc/OpenOrderLines/Data?FromDate=soon").status)
	})
}

func TestMethods(t *testing.T) {
	c := start(t)
	post := func(p, body string) answer { return c.do("POST", "/api/v2/odata/EPIC06/"+p, body) }
	t.Run("GetRows pages by a where clause", func(t *testing.T) {
		a := post(cu+"GetRows", `{"whereClauseCustomer":"CustNum > 10 AND Country = 'Germany' BY CustNum DESC","whereClauseShipTo":"","pageSize":3,"absolutePage":1}`)
		require.Equal(t, 200, a.status, a.body)
		rows, _ := a.json["returnObj"].(map[string]any)["Customer"].([]any)
		assert.Equal(t, "262 252 242", column(rows, "CustNum"))
		assert.Equal(t, true, a.json["parameters"].(map[string]any)["morePages"])
		a = c.do("GET", "/api/v1/"+cu+"GetRows?whereClauseCustomer="+url.QueryEscape("Name LIKE 'Dal%'")+"&whereClauseShipTo=&pageSize=0&absolutePage=0", "")
		assert.Contains(t, a.body, "Dalton")
		assert.Equal(t, 400, post(cu+"GetRows", `{"whereClauseCustomer":"Name = 'open"}`).status)
	})
	t.Run("GetList and GetByID", func(t *testing.T) {
		a := post(cu+"GetList", `{"whereClause":"CustNum <= 2","pageSize":0,"absolutePage":0}`)
		assert.Contains(t, a.body, `"CustomerList":[{`)
		a = c.v2(so + "GetByID?orderNum=5004")
		require.Equal(t, 200, a.status, a.body)
		tables := a.json["returnObj"].(map[string]any)
		assert.Len(t, tables["OrderHed"], 1)
		assert.Len(t, tables["OrderDtl"], 5)
		assert.Len(t, tables["OrderRel"], 5)
		assert.Equal(t, 404, post(so+"GetByID", `{"orderNum":1}`).status)
		assert.Equal(t, 400, post(so+"GetByID", `{}`).status)
	})
	t.Run("UpdateExt answers 200 with the errors inside", func(t *testing.T) {
		a := post(cu+"UpdateExt", `{"ds":{"Customer":[{"CustNum":99999,"Name":"x","RowMod":"U"},{"CustNum":7,"Name":"changed by UpdateExt","RowMod":"U"}]},"continueProcessingOnError":true}`)
		require.Equal(t, 200, a.status)
		errs := a.json["returnObj"].(map[string]any)["BOUpdError"].([]any)
		require.Len(t, errs, 1)
		assert.Equal(t, "Record not found.", errs[0].(map[string]any)["ErrorText"])
		assert.Equal(t, true, a.json["parameters"].(map[string]any)["errorsOccurred"])
		assert.Equal(t, "changed by UpdateExt", c.v2(cu + "Customers('EPIC06',7)").json["Name"])
		a = post(cu+"UpdateExt", `{"ds":{"Customer":[{"CustNum":7,"Name":"stale","SysRevID":1,"RowMod":"U"}]}}`)
		assert.Contains(t, a.body, "modified by another user")
	})
}

func TestWrites(t *testing.T) {
	c := start(t)
	for _, base := range []string{"/api/v1/", "/api/v2/odata/EPIC06/"} {
		t.Run("POST, PATCH and DELETE change the rows at "+base, func(t *testing.T) {
			a := c.do("POST", base+"Ice.BO.UD01Svc/UD01s", `{"Company":"EPIC06","Key1":"Z","Key2":"","Key3":"","Key4":"","Key5":"","Number01":"1.500000000","Character01":"neu"}`)
			require.Equal(t, 201, a.status, a.body)
			rev := fmt.Sprint(a.json["SysRevID"])
			key := base + "Ice.BO.UD01Svc/UD01s('EPIC06','Z','','','','')"
			b := c.do("PATCH", key, `{"Number01":2.25}`)
			assert.Equal(t, 204, b.status)
			assert.Empty(t, b.body)
			got := c.do("GET", key, "")
			assert.Contains(t, got.body, "2.25")
			assert.Greater(t, fmt.Sprint(got.json["SysRevID"]), rev)
			assert.Equal(t, a.json["SysRowID"], got.json["SysRowID"])
			assert.Equal(t, 409, c.do("POST", base+"Ice.BO.UD01Svc/UD01s", `{"Company":"EPIC06","Key1":"Z","Key2":"","Key3":"","Key4":"","Key5":""}`).status)
			assert.Equal(t, 204, c.do("DELETE", key, "").status)
			assert.Equal(t, "Ice.Common.RecordNotFoundException", c.do("DELETE", key, "").json["ErrorType"])
			bad := c.do("POST", base+"Ice.BO.UD01Svc/UD01s", `[`)
			assert.Equal(t, "Unable to deserialize entity. Input data is not in correct format.", bad.json["ErrorMessage"])
		})
	}
	t.Run("rows can be moved from the outside", func(t *testing.T) {
		before := c.s.Rows(so + "OrderDtls")
		require.NoError(t, c.s.Insert(so+"OrderDtls", map[string]any{"OrderNum": 5001, "OrderLine": 99, "UnitPrice": "1.00000"}))
		require.NoError(t, c.s.Delete(so+"OrderDtls", 5002, 1))
		require.NoError(t, c.s.Update(so+"OrderDtls", map[string]any{"OrderQty": "3.5"}, 5002, 2))
		assert.Equal(t, before, c.s.Rows(so+"OrderDtls"))
		assert.Equal(t, "5001 5001 5002 5003", column(c.v2(so+"OrderDtls?$top=4").rows(), "OrderNum"))
		assert.Error(t, c.s.Insert("Nope", nil))
		assert.Error(t, c.s.Delete(so+"OrderDtls", 1, 1))
	})
}

func TestFaults(t *testing.T) {
	for name, f := range map[string]*Fault{"502": BadGateway(), "503": ServiceUnavailable(), "504": GatewayTimeout(), "429": TooManyRequests("Wed, 21 Oct 2030 07:28:00 GMT")} {
		t.Run(name+" comes once and then the answer", func(t *testing.T) {
			c := start(t, WithFault(func(_ *http.Request, n int) *Fault {
				if n == 1 {
					return f
				}
				return nil
			}))
			a := c.v2(cu + "Customers")
			assert.Equal(t, name, fmt.Sprint(a.status))
			assert.NotContains(t, a.header.Get("Content-Type"), "json")
			assert.Equal(t, 200, c.v2(cu+"Customers").status)
			assert.Equal(t, 2, c.s.Recorder.Count())
		})
	}
	t.Run("errors may have the OData shape", func(t *testing.T) {
		assert.Contains(t, start(t, WithODataErrors()).v2("Erp.BO.NopeSvc/").body, `{"error":{"code":"Epicor.RESTApi.ApiException"`)
	})
	t.Run("the instance may be absent or deep", func(t *testing.T) {
		for _, inst := range []string{"", "a/b"} {
			s := New(WithInstance(inst))
			r := httptestRequest("/" + strings.TrimPrefix(inst+"/api/v2/odata/EPIC06/"+cu+"Customers?$top=1", "/"))
			w := &recorder{head: http.Header{}}
			s.Handler().ServeHTTP(w, r)
			assert.Equal(t, 200, w.status)
			assert.Contains(t, w.body.String(), strings.TrimPrefix(inst+"/api/v2/odata/EPIC06/"+cu+"$metadata#Customers", "/"))
		}
	})
}

type recorder struct {
	status int
	head   http.Header
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.head }
func (r *recorder) WriteHeader(s int)           { r.status = s }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func httptestRequest(path string) *http.Request {
	r, err := http.NewRequest("GET", "http://example.test"+path, nil)
	if err != nil {
		panic(err)
	}
	r.SetBasicAuth(DefaultUser, DefaultPassword)
	r.Header.Set("x-api-key", DefaultAPIKey)
	return r
}
