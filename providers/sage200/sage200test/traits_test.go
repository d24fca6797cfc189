package sage200test_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
)

// client asks a server as a program would, without the driver.
type client struct {
	*sage200test.Server
	t      *testing.T
	header http.Header
}

func start(t *testing.T, opts ...sage200test.Option) client {
	s := sage200test.NewServer(opts...)
	t.Cleanup(s.Close)
	return client{s, t, http.Header{
		"Authorization": {"Bearer " + sage200test.DefaultToken}, "Ocp-Apim-Subscription-Key": {sage200test.DefaultKey},
		"X-Site": {sage200test.DefaultSite}, "X-Company": {"1"},
	}}
}

// without returns the client without a header; with, with another value.
func (c client) with(name, value string) client {
	c.header = c.header.Clone()
	if c.header.Del(name); value != "" {
		c.header.Set(name, value)
	}
	return c
}

func (c client) do(method, path, body string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.URL+"/"+strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	require.NoError(c.t, err)
	r.Header = c.header
	resp, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return resp.StatusCode, string(text)
}

func (c client) rows(path string) []map[string]any {
	c.t.Helper()
	status, body := c.do(http.MethodGet, path, "")
	require.Equal(c.t, http.StatusOK, status, body)
	var rows []map[string]any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	require.NoError(c.t, d.Decode(&rows), "a bare array: %s", body)
	return rows
}

func (c client) refused(path string, status int, message string) {
	c.t.Helper()
	got, body := c.do(http.MethodGet, path, "")
	assert.Equal(c.t, status, got, path)
	assert.Contains(c.t, body, message, path)
}

func TestARequestWithoutAValidSiteOrCompanyIs401(t *testing.T) {
	c := start(t)
	for _, bad := range []client{c.with("X-Site", ""), c.with("X-Company", ""), c.with("X-Company", "9"), c.with("X-Site", "c3a91133-a250-454f-a9ac-000000000000")} {
		bad.refused("customers?$top=1", 401, `{"Message":"Authorization has been denied for this request."}`)
		assert.Len(t, bad.rows("sites"), 1, "the list of companies needs neither")
	}
}

func TestAWrongKeyOrTokenIs401InTheWordsOfItsLayer(t *testing.T) {
	c := start(t)
	c.with("Ocp-Apim-Subscription-Key", "").refused("customers", 401, `"statusCode":401`)
	c.with("Ocp-Apim-Subscription-Key", "x").refused("customers", 401, "invalid subscription key")
	c.with("Authorization", "Bearer old").refused("customers", 401, "Access token is missing or invalid")
	start(t, sage200test.WithQuietTokenErrors()).with("Authorization", "").refused("customers", 401, "Authorization has been denied")
}

func TestModulesAndVersionsAre403And404(t *testing.T) {
	c := start(t, sage200test.WithDenied("suppliers"), sage200test.WithoutResources("products"))
	c.refused("suppliers", 403, "do not have access")
	c.refused("products", 404, "No HTTP resource was found")
	c.refused("customer_fruits", 404, "No HTTP resource was found")
}

func TestSkipNeedsAnOrder(t *testing.T) {
	c := start(t)
	c.refused("customers?$skip=10", 400, "$skip")
	assert.Len(t, c.rows("customers?$skip=10&$orderby=id&$top=3"), 3)
}

func TestRowsAreCutAt500And5000WithoutAWord(t *testing.T) {
	c := start(t, sage200test.WithRows("customers", 6000))
	assert.Len(t, c.rows("customers?$select=id"), 500)
	assert.Len(t, c.rows("customers?$select=id&$top=9999"), 5000)
	c.refused("customers?$top=-1", 400, "not a number")
	start(t, sage200test.WithTopRejected()).refused("customers?$top=5001", 400, "5000")
}

func TestACountIsABareNumber(t *testing.T) {
	c := start(t)
	_, body := c.do(http.MethodGet, "customers?$count=true", "")
	assert.Equal(t, "130", body)
	_, body = c.do(http.MethodGet, "customers?$count=true&$filter=on_hold eq true", "")
	assert.Regexp(t, `^\d+$`, body)
	assert.NotEqual(t, "130", body)
}

func TestDeleteAnswers200AndSoDoTheOtherWrites(t *testing.T) {
	c := start(t)
	status, body := c.do(http.MethodPost, "departments", `{"code":"ZZ","name":"New"}`)
	require.Equal(t, 200, status, body)
	var record struct{ ID json.Number }
	require.NoError(t, json.Unmarshal([]byte(body), &record))
	status, body = c.do(http.MethodPut, "departments/"+record.ID.String(), `{"name":"Newer"}`)
	assert.Equal(t, 200, status)
	assert.Contains(t, body, `"name":"Newer"`)
	status, body = c.do(http.MethodDelete, "departments/"+record.ID.String(), "")
	assert.Equal(t, 200, status)
	assert.Empty(t, body)
	status, _ = c.do(http.MethodGet, "departments/"+record.ID.String(), "")
	assert.Equal(t, 404, status)
	status, body = c.do(http.MethodPost, "departments", `{"colour":"red"}`)
	assert.Equal(t, 400, status)
	assert.Contains(t, body, `"ModelState":{"colour"`)
	status, _ = c.do(http.MethodPost, "customer_views", `{}`)
	assert.Equal(t, 405, status)
}

func TestWhatTheAPIDoesNotDocumentIsRefused(t *testing.T) {
	c := start(t)
	for _, path := range []string{
		"customers?$filter=id in (1,2)", "customers?$filter=not (id eq 1)", "customers?$filter=tolower(name) eq 'x'",
		"customers?$filter=main_address/city eq 'x'", "customers?$filter=colour eq 1", "customers?$search=x", "customers?$select=colour",
		"customers?$orderby=colour", "customers?$expand=colour", "customers?$select=main_address.city", "customers?$filter=id eq",
	} {
		c.refused(path, 400, "Message")
	}
	assert.NotEmpty(t, c.rows("customers?$filter=contains(name,'in (') eq false and startswith(name,'A')"))
}

func TestObjectsAndCollectionsComeOnlyWhenExpanded(t *testing.T) {
	c := start(t)
	row := c.rows("sop_orders?$top=1")[0]
	assert.NotContains(t, row, "delivery_address")
	assert.NotContains(t, row, "lines")
	row = c.rows("sop_orders?$expand=delivery_address,customer,lines&$top=1&$select=id,customer.name")[0]
	assert.Len(t, row, 4)
	assert.IsType(t, map[string]any{}, row["delivery_address"])
	assert.Contains(t, row["customer"], "reference")
	for _, line := range row["lines"].([]any) {
		assert.Equal(t, row["id"], line.(map[string]any)["sop_order_id"])
	}
}

func TestEnumerationsAreNumbersInTheDatabaseAndNamesOnTheWire(t *testing.T) {
	c := start(t)
	name := c.rows("sop_orders?$filter=document_status eq 'EnumDocumentStatusCompleted'&$top=5000&$select=id,document_status")
	number := c.rows("sop_orders?$filter=document_status eq '2'&$top=5000&$select=id,document_status")
	require.NotEmpty(t, name)
	assert.Equal(t, name, number)
	assert.Equal(t, "EnumDocumentStatusCompleted", number[0]["document_status"])
	c.refused("sop_orders?$filter=document_status eq 'Nonsense'", 400, "Message")
	c.refused("sop_orders?$filter=startswith(document_status,'Enum')", 400, "Message")
	first := c.rows("sop_orders?$orderby=document_status desc&$top=1")[0]
	assert.Equal(t, "EnumDocumentStatusCancelled", first["document_status"], "the greatest number, not the last name")
}

// SqlClient rounds SQL Server's datetime to milliseconds, so that the value which
// was read is not found again.
func TestInstantsAreComparedWithMoreDigitsThanAreSent(t *testing.T) {
	c := start(t)
	clipped := 0
	for _, row := range c.rows("customers?$select=id,date_time_updated&$top=50") {
		at := row["date_time_updated"].(string)
		if !strings.HasSuffix(at, "0Z") && strings.Contains(at, ".") {
			clipped++
			assert.Empty(t, c.rows("customers?$select=id&$filter=date_time_updated eq "+at+" and id eq "+row["id"].(json.Number).String()), at)
		}
	}
	assert.NotZero(t, clipped)
	assert.NotEmpty(t, c.rows("sop_orders?$filter=document_date ge 2016-02-23&$top=1"), "a date alone")
}

func TestDecimalsKeepTheirPlacesAndSomeValuesAreNull(t *testing.T) {
	c := start(t)
	_, body := c.do(http.MethodGet, "sop_orders?$select=total_net_value,spare_number_1,exchange_rate,customer_document_no&$top=500", "")
	assert.Regexp(t, `"total_net_value":-?\d+\.\d{2}[,}]`, body)
	assert.Regexp(t, `"spare_number_1":-?\d+\.\d{5}[,}]`, body)
	assert.Regexp(t, `"exchange_rate":-?\d+\.\d{6}[,}]`, body)
	assert.Contains(t, body, `"customer_document_no":null`)
}

func TestAResourceUnderAnotherIsListedThereAlone(t *testing.T) {
	c := start(t)
	order := c.rows("sop_order_line_views?$top=1&$orderby=sop_order_id")[0]["sop_order_id"].(json.Number).String()
	for _, line := range c.rows("sop_orders/" + order + "/sop_order_lines") {
		assert.Equal(t, order, line["sop_order_id"].(json.Number).String())
	}
	c.refused("sop_order_lines", 404, "No HTTP resource")
	assert.NotEmpty(t, c.rows("customers/1000/sop_orders?$top=5"))
}

func TestMetadataDescribesTheFields(t *testing.T) {
	fields := start(t).rows("sop_orders?$metadata=true")
	byName := map[string]map[string]any{}
	for _, f := range fields {
		byName[f["name"].(string)] = f
	}
	assert.Equal(t, map[string]any{"name": "total_net_value", "type": "number", "format": "decimal 2dp"}, byName["total_net_value"])
	assert.Equal(t, "array", byName["lines"]["type"])
	assert.NotEmpty(t, byName["delivery_address"]["properties"])
}

func TestRecordedRequestsHoldNoSecret(t *testing.T) {
	c := start(t)
	c.rows("currencies")
	for _, r := range c.Requests() {
		assert.Equal(t, "***", r.Header.Get("Authorization"))
		assert.Equal(t, "***", r.Header.Get("ocp-apim-subscription-key"))
		assert.Equal(t, sage200test.DefaultSite, r.Header.Get("X-Site"))
	}
}
