package odatatest

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestApply(t *testing.T) {
	s := NewServer(V4, shop(t), WithApply(Applying{}))
	defer s.Close()
	const context = `{"@odata.context":"`
	for _, test := range []struct{ name, set, apply, want string }{
		{"rows are counted", "Orders", "aggregate($count as N)", `[{"@odata.id":null,"N":4}]`},
		{"methods pass over null", "Orders", "aggregate(Total with sum as S,Total with min as L,Total with max as G,Note with countdistinct as D,$count as N)",
			`[{"@odata.id":null,"S":12.26,"L":0.01,"G":7.25,"D":2,"N":4}]`},
		{"no rows make one row", "Orders", "filter(No gt 99)/aggregate(Total with sum as S,$count as N)", `[{"@odata.id":null,"S":null,"N":0}]`},
		{"null is a group", "Orders", "groupby((Note),aggregate($count as N))", `[{"@odata.id":null,"Note":"a","N":2},{"@odata.id":null,"Note":null,"N":1},{"@odata.id":null,"Note":"b/c","N":1}]`},
		{"a filter comes first", "Orders", "filter(Note eq 'a' or Cust eq 2)/groupby((Cust,Note),aggregate(No with max as M))",
			`[{"@odata.id":null,"Cust":1,"Note":"a","M":10},{"@odata.id":null,"Cust":2,"Note":"b/c","M":20},{"@odata.id":null,"Cust":4,"Note":"a","M":40}]`},
		{"enumerations are groups by name", "Customers", "filter(ID lt 3)/groupby((Kind),aggregate($count as N))", `[{"@odata.id":null,"Kind":"Retail","N":1},{"@odata.id":null,"Kind":"Retail,Whole","N":1}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body, _ := get(t, s, "/"+test.set+"?$apply="+url.QueryEscape(test.apply))
			assert.Equal(t, 200, status, body)
			assert.Equal(t, context+s.URL+`/$metadata#`+test.set+`","value":`+test.want+"}", body)
		})
	}
	for name, apply := range map[string]string{
		"an unknown property": "groupby((None),aggregate($count as N))", "an alias that is a property": "aggregate(No with sum as Total)",
		"a filter behind the rest": "aggregate($count as N)/filter(N gt 1)", "a method that is none": "aggregate(No with product as P)",
		"a sum of texts": "aggregate(Note with sum as S)", "groups of nothing": "groupby((Note))", "nothing": "", "no transformation": "identity",
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			status, _, _ := get(t, s, "/Orders?$apply="+url.QueryEscape(apply))
			assert.Contains(t, []int{400, 501}, status)
		})
	}
	t.Run("other options are not taken beside it", func(t *testing.T) {
		status, _, _ := get(t, s, "/Orders?$apply="+url.QueryEscape("aggregate($count as N)")+"&$top=1")
		assert.Equal(t, 501, status)
	})
	t.Run("groups come in pages", func(t *testing.T) {
		paged := NewServer(V4, shop(t), WithApply(Applying{}), WithPageSize(2))
		defer paged.Close()
		_, body, _ := get(t, paged, "/Orders?$apply=groupby((Note),aggregate($count%20as%20N))")
		assert.Contains(t, body, `"@odata.nextLink":"`+paged.URL+`/Orders?$apply=groupby((Note),aggregate($count%20as%20N))&$skiptoken=2"`)
		_, body, _ = get(t, paged, "/Orders?$apply=groupby((Note),aggregate($count%20as%20N))&$skiptoken=2")
		assert.Contains(t, body, `"Note":"b/c"`)
		assert.NotContains(t, body, "nextLink")
	})
	t.Run("the metadata announce it", func(t *testing.T) {
		_, body, _ := get(t, s, "/$metadata")
		assert.Contains(t, body, "ApplySupportedDefaults")
		for _, silent := range []*Server{NewServer(V4, shop(t)), NewServer(V4, shop(t), WithApply(Applying{Unannounced: true})), NewServer(V3, shop(t), WithApply(Applying{}))} {
			defer silent.Close()
			_, body, _ := get(t, silent, "/$metadata")
			assert.NotContains(t, body, "ApplySupported")
		}
	})
	t.Run("V3 does not know it", func(t *testing.T) {
		old := NewServer(V3, shop(t), WithApply(Applying{}))
		defer old.Close()
		status, _, _ := get(t, old, "/Orders?$apply=aggregate($count%20as%20N)")
		assert.Equal(t, 400, status)
	})
}
