package odatatest

import (
	"io"
	"net/http"
	"testing"

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
	resp, err := s.Client().Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b), resp.Header
}

func TestSmoke(t *testing.T) {
	for _, v := range []Version{V3, V4} {
		s := NewServer(v, shop(t), WithPageSize(2))
		for _, p := range []string{"/", "/$metadata", "/Customers", "/Customers?$filter=ID%20gt%202&$top=5", "/Orders(1,10)", "/Customers(1)?$expand=Orders", "/Customers(1)/Orders", "/Orders/$count"} {
			code, body, _ := get(t, s, p)
			t.Log(p, code, body)
			require.Equal(t, 200, code)
		}
		s.Close()
	}
}
