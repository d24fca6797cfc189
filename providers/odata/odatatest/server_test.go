package odatatest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func shop(t testing.TB) *Schema {
	t.Helper()
	cust := []Column{{Name: "ID", Type: EdmInt32}, {Name: "Name", Type: EdmString, MaxLength: 50, Nullable: true},
		{Name: "Limit", Type: EdmDecimal, Precision: 19, Scale: 4, Nullable: true}, {Name: "Big", Type: EdmInt64},
		{Name: "Since", Type: EdmDate, Nullable: true}, {Name: "Changed", Type: EdmDateTimeOffset, Nullable: true},
		{Name: "Active", Type: EdmBoolean}, {Name: "UID", Type: EdmGuid}, {Name: "Rate", Type: EdmDouble, Nullable: true},
		{Name: "Opens", Type: EdmTimeOfDay, Nullable: true}, {Name: "Lead", Type: EdmDuration, Nullable: true},
		{Name: "Kind", Type: EdmEnum, Enum: "Kind"}, {Name: "Calc", Type: EdmString, Computed: true, Nullable: true}}
	rows, err := Rows(cust,
		[]any{1, "Milk & Co", "100.50", "9007199254740993", "2020-02-29", "2024-01-31T10:20:30.5Z", true, "00000000-0000-0000-0000-000000000001", 1.5, "08:30:00", "P1DT2H", 1, "x"},
		[]any{2, "O'Brien", "0.10", 2, nil, "2024-02-01T00:00:00+02:00", false, "00000000-0000-0000-0000-000000000002", nil, nil, nil, 3, nil},
		[]any{3, nil, nil, 3, "2021-12-31", nil, true, "00000000-0000-0000-0000-00000000000a", -2.0, "23:59:59.25", "PT90M", 0, nil},
		[]any{4, "milk & co  ", "100.5", -4, "2022-01-01", "2023-06-01T12:00:00Z", false, "00000000-0000-0000-0000-00000000000b", 0.0, nil, nil, 2, nil},
		[]any{5, "Ünïcode 漢字 100%_\\", "12345678901234567890.1234", 5, nil, nil, true, "00000000-0000-0000-0000-00000000000c", 3.25, nil, nil, 0, nil})
	require.NoError(t, err)
	ord := []Column{{Name: "Cust", Type: EdmInt32}, {Name: "No", Type: EdmInt32}, {Name: "Total", Type: EdmDecimal, Precision: 12, Scale: 2, Nullable: true},
		{Name: "Note", Type: EdmString, Nullable: true}, {Name: "Rev", Type: EdmInt64}}
	orders, err := Rows(ord, []any{1, 10, "5.00", "a", 1}, []any{1, 11, "7.25", nil, 2}, []any{2, 20, "0.01", "b/c", 3}, []any{4, 40, nil, "a", 4})
	require.NoError(t, err)
	return &Schema{Namespace: "Shop.Model", Container: "Box",
		Enums: []Enum{{Name: "Kind", Flags: true, Members: []EnumMember{{"None", 0}, {"Retail", 1}, {"Whole", 2}}}},
		Sets: []*Set{
			{Name: "Customers", Type: "Customer", Columns: cust, Key: []string{"ID"}, Rows: rows,
				Navigations: []Navigation{{Name: "Orders", Target: "Orders", Many: true, On: [][2]string{{"ID", "Cust"}}}}},
			{Name: "Orders", Type: "Order", Columns: ord, Key: []string{"Cust", "No"}, Rows: orders, ETag: "Rev",
				Navigations: []Navigation{{Name: "Customer", Target: "Customers", On: [][2]string{{"Cust", "ID"}}}}},
		}}
}

func get(t testing.TB, s *Server, path string, head ...string) (int, string, http.Header) {
	t.Helper()
	return do(t, s, "GET", path, nil, head...)
}

func do(t testing.TB, s *Server, method, path string, body io.Reader, head ...string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, body)
	require.NoError(t, err)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b), resp.Header
}

func value(t testing.TB, body string) []map[string]any {
	t.Helper()
	var m struct{ Value []map[string]any }
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&m), body)
	return m.Value
}

func server(t testing.TB, v Version, opts ...Option) *Server {
	t.Helper()
	s := NewServer(v, shop(t), opts...)
	t.Cleanup(s.Close)
	return s
}

func column(rows []map[string]any, name string) string {
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprint(r[name]))
	}
	return strings.Join(out, " ")
}

func q(s string) string { return strings.ReplaceAll(s, " ", "%20") }

func TestDocumentsDescribeTheService(t *testing.T) {
	t.Run("V4 metadata has enums, facets, navigation and bindings", func(t *testing.T) {
		_, body, head := get(t, server(t, V4), "/$metadata")
		for _, want := range []string{`<edmx:Edmx Version="4.0"`, `<EnumType Name="Kind" IsFlags="true">`, `<Property Name="Limit" Type="Edm.Decimal" Precision="19" Scale="4"/>`, `Type="Collection(Shop.Model.Order)"`,
			`<ReferentialConstraint Property="Cust" ReferencedProperty="ID"/>`, `<NavigationPropertyBinding Path="Orders" Target="Orders"/>`, `Type="Edm.Date"`} {
			assert.Contains(t, body, want)
		}
		assert.Equal(t, "4.0", head.Get("OData-Version"))
		assert.Equal(t, "application/xml", head.Get("Content-Type"))
	})
	t.Run("V3 metadata has associations and no types of V4", func(t *testing.T) {
		_, body, head := get(t, server(t, V3), "/$metadata")
		assert.Contains(t, body, `m:MaxDataServiceVersion="3.0"`)
		assert.Contains(t, body, `<Association Name="Customers_Orders">`)
		assert.Contains(t, body, `<Property Name="Since" Type="Edm.DateTime"/>`)
		assert.NotContains(t, body, "Edm.TimeOfDay")
		assert.NotContains(t, body, "EnumType")
		assert.Equal(t, "3.0;", head.Get("DataServiceVersion"))
	})
	t.Run("both are well-formed XML", func(t *testing.T) {
		for _, v := range []Version{V3, V4} {
			_, body, _ := get(t, server(t, v), "/$metadata")
			var x struct {
				Inner string `xml:",innerxml"`
			}
			assert.NoError(t, xml.Unmarshal([]byte(body), &x))
		}
	})
	t.Run("the service document lists sets in the shape of the version", func(t *testing.T) {
		_, body, _ := get(t, server(t, V4), "/")
		assert.Contains(t, body, `{"name":"Orders","kind":"EntitySet","url":"Orders"}`)
		_, body, _ = get(t, server(t, V3), "/", "Accept", "application/atomsvc+xml")
		assert.Contains(t, body, `<collection href="Orders">`)
	})
}

func TestNumbersAndDatesTakeTheFormOfTheVersion(t *testing.T) {
	_, v4, _ := get(t, server(t, V4), "/Customers(1)")
	assert.Contains(t, v4, `"Limit":100.50,"Big":9007199254740993,"Since":"2020-02-29","Changed":"2024-01-31T10:20:30.5Z"`)
	assert.Contains(t, v4, `"Opens":"08:30:00","Lead":"P1DT2H","Kind":"Retail"`)
	_, v3, _ := get(t, server(t, V3), "/Customers(1)")
	assert.Contains(t, v3, `"Limit":"100.50","Big":"9007199254740993","Since":"2020-02-29T00:00:00","Changed":"2024-01-31T10:20:30.5Z"`)
	_, wide, _ := get(t, server(t, V4), "/Customers(5)?$select=Limit,Name")
	assert.Contains(t, wide, `"Name":"Ünïcode 漢字 100%_\\","Limit":12345678901234567890.1234`)
}

func TestOtherFormsOfNumbersAndDates(t *testing.T) {
	t.Run("IEEE754Compatible makes strings of long numbers in V4", func(t *testing.T) {
		_, body, _ := get(t, server(t, V4), "/Customers(1)?$select=ID,Limit,Big,Since&$expand=Orders($select=Total,No;$top=1)", "Accept", "application/json;IEEE754Compatible=true")
		assert.Contains(t, body, `"ID":1,"Limit":"100.50","Big":"9007199254740993","Since":"2020-02-29","Orders":[{"@odata.etag":"W/\"1\"","No":10,"Total":"5.00"}]`)
	})
	t.Run("V3 may send its dates with a Z", func(t *testing.T) {
		rows, _, err := NewHandler(V3, server(t, V3).Data, WithZuluDates()).Query("Customers", "ID eq 1", "", 0, 1)
		require.NoError(t, err)
		assert.Contains(t, string(rows[0]), `"Since":"2020-02-29T00:00:00Z"`)
	})
}

func TestQueryOptions(t *testing.T) {
	s := server(t, V4)
	for _, c := range []struct{ path, column, want string }{
		{"/Customers?$orderby=Name desc", "ID", "5 4 2 1 3"}, {"/Customers?$orderby=Name", "ID", "3 1 2 4 5"}, {"/Customers?$orderby=Active,Limit desc,ID", "ID", "4 2 5 1 3"},
		{"/Customers?$orderby=length(Name) desc&$top=2", "ID", "5 4"}, {"/Customers?$orderby=ID desc&$skip=1&$top=2", "ID", "4 3"}, {"/Customers?$skip=10", "ID", ""}, {"/Customers?$top=0", "ID", ""},
		{"/Customers?$filter=Name eq @n&@n='O''Brien'", "ID", "2"}, {"/Customers?$filter=ID gt @a and ID lt @b&@a=1&@b=@c&@c=4", "ID", "2 3"}, {"/Customers(1)/Orders?$filter=Total gt 6", "No", "11"},
		{"/Orders?$filter=Customer/Name eq 'O''Brien'", "No", "20"}, {"/Orders?$orderby=Customer/Name desc,No desc", "No", "40 20 11 10"},
	} {
		t.Run(c.path, func(t *testing.T) {
			code, body, _ := get(t, s, q(c.path))
			require.Equal(t, 200, code, body)
			assert.Equal(t, c.want, column(value(t, body), c.column))
		})
	}
	t.Run("$select prints the chosen properties only", func(t *testing.T) {
		_, body, _ := get(t, s, "/Customers?$select=Name,ID&$top=1")
		assert.Contains(t, body, `"value":[{"ID":1,"Name":"Milk & Co"}]`)
	})
	t.Run("$count counts before $top in V4 and V3", func(t *testing.T) {
		_, body, _ := get(t, s, q("/Customers?$filter=ID gt 1&$count=true&$top=1"))
		assert.Contains(t, body, `"@odata.count":4`)
		_, body, _ = get(t, server(t, V3), q("/Customers?$filter=ID gt 1&$inlinecount=allpages&$top=1"))
		assert.Contains(t, body, `"odata.count":"4"`)
		_, body, head := get(t, s, q("/Customers/$count?$filter=contains(Name,'i')"))
		assert.Equal(t, "3", body)
		assert.Equal(t, "text/plain", head.Get("Content-Type"))
	})
	t.Run("$expand takes nested options in V4", func(t *testing.T) {
		_, body, _ := get(t, s, q("/Customers?$select=ID&$top=1&$expand=Orders($select=No;$filter=Total gt 1;$orderby=No desc;$top=1;$count=true;$expand=Customer($select=ID))"))
		assert.Contains(t, body, `{"ID":1,"Orders@odata.count":2,"Orders":[{"@odata.etag":"W/\"2\"","No":11,"Customer":{"ID":1}}]}`)
	})
	t.Run("$expand takes paths in V3", func(t *testing.T) {
		_, body, _ := get(t, server(t, V3), "/Customers(2)?$expand=Orders/Customer&$select=ID,Orders/No,Orders/Customer/ID")
		assert.Contains(t, body, `"ID":2,"Orders":[{"odata.etag":"W/\"3\"","No":20,"Customer":{"ID":2}}]`)
	})
}

func TestAddresses(t *testing.T) {
	s := server(t, V4)
	for _, c := range []struct {
		path string
		code int
		want string
	}{
		{"/Orders(1,10)", 200, `"No":10`}, {"/Orders(No=10,Cust=1)", 200, `"No":10`}, {"/Orders(1,99)", 404, "Record not found"}, {"/Orders(1)", 400, "number of keys"}, {"/Orders('1',10)", 400, "does not match type 'Edm.Int32' of key property 'Cust'"},
		{"/Orders(Cust=1,Foo=10)", 400, "'Foo' is not a key property"}, {"/Orders(1,10)/Note", 200, `"value":"a"`}, {"/Orders(2,20)/Note/$value", 200, "b/c"}, {"/Orders(1,11)/Note", 204, ""}, {"/Orders(1,10)/Customer", 200, `"ID":1`},
		{"/Customers(1)/Orders(1,11)", 200, `"No":11`}, {"/Customers(1)/Orders/$count", 200, "2"}, {"/Nope", 404, "segment 'Nope'"}, {"/Customers(1)/Nope", 404, "segment 'Nope'"}, {"/Customers?$top=x", 400, "non-negative integer"}, {"/Customers?$Top=1", 400, "'$Top' is not supported"},
		{"/Customers?$inlinecount=allpages", 400, "not supported"}, {"/Customers?$filter=ID%20eq", 400, "syntax error at position 2"}, {"/Customers?$top=1&$top=2", 400, "more than once"}, {"/Customers?$format=atom", 406, "JSON only"}, {"/Customers?$expand=Nope", 400, "'Nope'"}, {"/Customers?$select=nope", 400, "'nope'"},
	} {
		t.Run(c.path, func(t *testing.T) {
			code, body, _ := get(t, s, c.path)
			assert.Equal(t, c.code, code, body)
			assert.Contains(t, body, c.want)
		})
	}
	t.Run("errors take the shape of the version", func(t *testing.T) {
		_, body, _ := get(t, s, "/Nope")
		assert.JSONEq(t, `{"error":{"code":"","message":"Resource not found for the segment 'Nope'."}}`, body)
		_, body, _ = get(t, server(t, V3), "/Nope")
		assert.JSONEq(t, `{"odata.error":{"code":"","message":{"lang":"en-US","value":"Resource not found for the segment 'Nope'."}}}`, body)
	})
	t.Run("wrong case is ignored by a lenient service", func(t *testing.T) {
		_, body, _ := get(t, server(t, V3, WithLenientOptions()), "/Customers?$Top=1")
		assert.Len(t, value(t, body), 5)
	})
}

func TestPaging(t *testing.T) {
	follow := func(t *testing.T, s *Server, first string) (pages int, seen string) {
		next := s.URL + first
		for next != "" {
			_, body, _ := get(t, s, strings.TrimPrefix(next, s.URL))
			pages++
			require.Less(t, pages, 20)
			var m map[string]any
			require.NoError(t, json.Unmarshal([]byte(body), &m))
			seen += column(value(t, body), "ID") + "|"
			next = ""
			for _, k := range []string{"@odata.nextLink", "odata.nextLink"} {
				if l, ok := m[k].(string); ok {
					base, err := url.Parse(s.URL + first)
					require.NoError(t, err)
					u, err := base.Parse(l)
					require.NoError(t, err)
					next = u.String()
				}
			}
		}
		return pages, seen
	}
	for name, opts := range map[string][]Option{"absolute": {WithPageSize(2)}, "relative": {WithPageSize(2), WithRelativeNextLinks()}, "below a base path": {WithPageSize(2), WithBasePath("/a/b")}} {
		for _, v := range []Version{V3, V4} {
			t.Run(fmt.Sprintf("next links are followed to the end: %s, V%d", name, v), func(t *testing.T) {
				n, seen := follow(t, server(t, v, opts...), "/Customers?$orderby=ID%20desc")
				assert.Equal(t, 3, n)
				assert.Equal(t, "5 4|3 2|1|", seen)
			})
			t.Run(fmt.Sprintf("$top bounds all pages together: %s, V%d", name, v), func(t *testing.T) {
				n, seen := follow(t, server(t, v, opts...), "/Customers?$top=3&$skip=1")
				assert.Equal(t, 2, n)
				assert.Equal(t, "2 3|4|", seen)
			})
		}
	}
	t.Run("a client may ask for smaller pages", func(t *testing.T) {
		_, body, head := get(t, server(t, V4), "/Customers", "Prefer", "odata.maxpagesize=3")
		assert.Len(t, value(t, body), 3)
		assert.Contains(t, body, "@odata.nextLink")
		assert.Equal(t, "odata.maxpagesize=3", head.Get("Preference-Applied"))
	})
	t.Run("a silent cap has no next link", func(t *testing.T) {
		s := server(t, V4, WithPaging(func(*http.Request) Paging { return Paging{Default: 2, Max: 4} }))
		_, body, _ := get(t, s, "/Customers")
		assert.Len(t, value(t, body), 2)
		_, body, _ = get(t, s, "/Customers?$top=5&$count=true")
		assert.Len(t, value(t, body), 4)
		assert.NotContains(t, body, "nextLink")
		assert.Contains(t, body, `"@odata.count":5`)
	})
	t.Run("a cap may refuse", func(t *testing.T) {
		code, body, _ := get(t, server(t, V4, WithPaging(func(*http.Request) Paging { return Paging{Max: 4, Reject: true} })), "/Customers?$top=5")
		assert.Equal(t, 400, code)
		assert.Contains(t, body, "limit of '4'")
	})
}

func TestWrites(t *testing.T) {
	s := server(t, V4)
	code, body, head := do(t, s, "POST", "/Orders", strings.NewReader(`{"@odata.type":"#x","Cust":3,"No":30,"Total":12.50,"Rev":9007199254740995}`))
	require.Equal(t, 201, code, body)
	assert.Equal(t, s.URL+"/Orders(3,30)", head.Get("Location"))
	assert.Contains(t, body, `"Total":12.50,"Note":null,"Rev":9007199254740995`)
	code, body, _ = do(t, s, "POST", "/Orders", strings.NewReader(`{"Cust":3,"No":30}`))
	assert.Equal(t, 409, code, body)
	for bad, want := range map[string]string{`{"Cust":3}`: "No is required", `{"Cust":3,"No":31,"Nope":1}`: "'Nope' does not exist", `{"Cust":3,"No":"x"}`: "'No'", `nope`: "Unable to deserialize", `{"Cust":3,"No":31,"Total":"1.x"}`: "'Total'"} {
		code, body, _ = do(t, s, "POST", "/Orders", strings.NewReader(bad))
		assert.Equal(t, 400, code)
		assert.Contains(t, body, want)
	}
	code, _, _ = do(t, s, "PATCH", "/Orders(3,30)", strings.NewReader(`{"Note":"new","Rev":10}`), "If-Match", `W/"1"`)
	assert.Equal(t, 412, code)
	code, _, head = do(t, s, "PATCH", "/Orders(3,30)", strings.NewReader(`{"Note":"new","Rev":10}`), "If-Match", `W/"9007199254740995"`)
	assert.Equal(t, 204, code)
	assert.Equal(t, `W/"10"`, head.Get("ETag"))
	code, body, _ = do(t, s, "PATCH", "/Orders(3,30)", strings.NewReader(`{"Total":1.10}`), "Prefer", "return=representation")
	assert.Equal(t, 200, code)
	assert.Contains(t, body, `"Total":1.10,"Note":"new"`)
	code, _, _ = get(t, s, "/Orders(3,30)", "If-None-Match", `W/"10"`)
	assert.Equal(t, 304, code)
	code, _, _ = do(t, s, "DELETE", "/Orders(3,30)", nil)
	assert.Equal(t, 204, code)
	code, _, _ = do(t, s, "DELETE", "/Orders(3,30)", nil)
	assert.Equal(t, 404, code)
	assert.Equal(t, 4, s.Data.Count("Orders"))
	t.Run("a strict service wants If-Match", func(t *testing.T) {
		code, _, _ := do(t, server(t, V4, WithRequiredETag()), "DELETE", "/Orders(1,10)", nil)
		assert.Equal(t, 428, code)
	})
	t.Run("V3 tunnels MERGE through POST", func(t *testing.T) {
		code, _, _ := do(t, server(t, V3), "POST", "/Orders(1,10)", strings.NewReader(`{"Total":"2.00"}`), "X-HTTP-Method", "MERGE")
		assert.Equal(t, 204, code)
	})
	t.Run("rows move while a program reads", func(t *testing.T) {
		require.NoError(t, s.Insert("Customers", map[string]any{"ID": 0, "Name": "first"}))
		require.NoError(t, s.Update("Customers", map[string]any{"Name": "changed"}, 2))
		require.NoError(t, s.Data.Delete("Customers", 4))
		_, body, _ := get(t, s, "/Customers?$select=ID,Name")
		assert.Equal(t, "0 1 2 3 5", column(value(t, body), "ID"))
		assert.Contains(t, body, `"changed"`)
		assert.Error(t, s.Data.Delete("Customers", 4))
		assert.Error(t, s.Insert("Nope", nil))
	})
}

func TestFaultsAndCounters(t *testing.T) {
	var fault atomic.Pointer[Fault]
	s := server(t, V4, WithFault(func(*http.Request, int) *Fault { return fault.Load() }))
	fetch := func() (int, string, error) {
		r, err := http.NewRequest("GET", s.URL+"/Customers?api-key=secret", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Basic c2VjcmV0")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b), err
	}
	_, whole, err := fetch()
	require.NoError(t, err)
	t.Run("a status replaces the answer", func(t *testing.T) {
		fault.Store(&Fault{Status: 503, Body: "<html>", Header: http.Header{"Retry-After": {"1"}}})
		code, body, err := fetch()
		require.NoError(t, err)
		assert.Equal(t, 503, code)
		assert.Equal(t, "<html>", body)
	})
	t.Run("a reset comes in the middle of the body", func(t *testing.T) {
		fault.Store(&Fault{ResetAfter: 20})
		_, body, err := fetch()
		assert.Error(t, err)
		assert.LessOrEqual(t, len(body), 20)
	})
	t.Run("a truncated body ends cleanly", func(t *testing.T) {
		fault.Store(&Fault{TruncateAfter: 40})
		_, body, err := fetch()
		require.NoError(t, err)
		assert.Equal(t, whole[:40], body)
	})
	t.Run("a dropped connection has no answer", func(t *testing.T) {
		fault.Store(&Fault{Drop: true})
		_, _, err := fetch()
		assert.Error(t, err)
	})
	t.Run("requests are recorded without their secrets", func(t *testing.T) {
		fault.Store(nil)
		s.ResetCounters()
		_, _, err := fetch()
		require.NoError(t, err)
		require.Equal(t, 1, s.Recorder.Count())
		assert.Equal(t, 1, s.CountPath("/Customers"))
		rec := s.Requests()[0]
		assert.Equal(t, "GET /Customers?api-key=***", rec.Line())
		assert.NotContains(t, fmt.Sprint(rec), "c2VjcmV0")
	})
}

func TestGzipIsOptional(t *testing.T) {
	for _, on := range []bool{true, false} {
		s := server(t, V4, WithGzip(on))
		_, body, head := get(t, s, "/Customers", "Accept-Encoding", "gzip")
		assert.Equal(t, on, head.Get("Content-Encoding") == "gzip")
		assert.Equal(t, on, strings.HasPrefix(body, "\x1f\x8b"))
	}
}

func TestConcurrentReadsAndWritesDoNotRace(t *testing.T) {
	s := server(t, V4)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 25 {
				assert.NoError(t, s.Insert("Orders", map[string]any{"Cust": 1, "No": 1000 + w*100 + i}))
				_, body, _ := get(t, s, "/Customers?$expand=Orders&$orderby=Name&$top=3")
				assert.NotEmpty(t, body)
				assert.NoError(t, s.Data.Delete("Orders", 1, 1000+w*100+i))
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 4, s.Data.Count("Orders"))
}
