package epicorerp_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// countries serves cities whose countries are written in another case than the
// countries themselves, which the server's collation takes for equal.
func countries(t testing.TB) *odatatest.Schema {
	rows := func(columns []odatatest.Column, rows ...[]any) odatatest.Source {
		source, err := odatatest.Rows(columns, rows...)
		require.NoError(t, err)
		return source
	}
	country := []odatatest.Column{{Name: "Code", Type: odatatest.EdmString, MaxLength: 3}, {Name: "Since", Type: odatatest.EdmInt32}}
	city := []odatatest.Column{{Name: "ID", Type: odatatest.EdmInt32}, {Name: "Country", Type: odatatest.EdmString, MaxLength: 3, Nullable: true}}
	return &odatatest.Schema{Namespace: "World", Container: "Atlas", Sets: []*odatatest.Set{
		{Name: "Countries", Type: "Country", Columns: country, Key: []string{"Code"},
			Navigations: []odatatest.Navigation{{Name: "Cities", Target: "Cities", Many: true, On: [][2]string{{"Code", "Country"}}}},
			Rows:        rows(country, []any{"DE", 1871}, []any{"fr", 1792}, []any{"UK", 1922})},
		{Name: "Cities", Type: "City", Columns: city, Key: []string{"ID"},
			Navigations: []odatatest.Navigation{{Name: "Land", Target: "Countries", On: [][2]string{{"Country", "Code"}}}},
			Rows:        rows(city, []any{1, "DE"}, []any{2, "de"}, []any{3, "FR"}, []any{4, nil}, []any{5, "fr"})},
	}}
}

func TestRelationsByTextAreTheSameWithAndWithoutTheServer(t *testing.T) {
	s := odatatest.NewServer(odatatest.V4, countries(t), odatatest.WithCollation(odatatest.CaseInsensitive))
	t.Cleanup(s.Close)
	const inner, outer = "SELECT c.ID, l.Since FROM Cities c JOIN Countries l ON l.Code = c.Country WHERE c.ID = ?",
		"SELECT c.ID, l.Since FROM Cities c LEFT JOIN Countries l ON l.Code = c.Country WHERE c.ID = ?"
	for name, test := range map[string]struct {
		sql          string
		city         int
		want, server []string // what Collation=server takes for right
	}{
		"the same text":                      {inner, 1, []string{"1 | 1871"}, []string{"1 | 1871"}},
		"a text in another case":             {inner, 2, nil, []string{"2 | 1871"}},
		"no text":                            {inner, 4, nil, nil},
		"the same text, outer join":          {outer, 5, []string{"5 | 1792"}, []string{"5 | 1792"}},
		"a text in another case, outer join": {outer, 3, []string{"3 | NULL"}, []string{"3 | 1792"}},
		"no text, outer join":                {outer, 4, []string{"4 | NULL"}, []string{"4 | NULL"}},
	} {
		t.Run(name, func(t *testing.T) {
			for property, want := range map[string][]string{"Pushdown=on": test.want, "Pushdown=off": test.want, "Collation=server": test.server} {
				got, err := texts(t.Context(), openDSN(t, "odata:URL="+s.URL+";"+property), test.sql, test.city)
				require.NoError(t, err)
				assert.Equal(t, want, got, property)
			}
		})
	}
}
