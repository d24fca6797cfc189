package odata

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
)

const peopleService = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:DataServices><Schema Namespace="NS" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="Rights" IsFlags="true"><Member Name="None" Value="0"/><Member Name="Read" Value="1"/><Member Name="Write" Value="2"/><Member Name="ReadWrite" Value="3"/></EnumType>
<ComplexType Name="Place"><Property Name="City" Type="Edm.String"/><Property Name="Zip" Type="Edm.Int32"/></ComplexType>
<ComplexType Name="Abroad" BaseType="NS.Place"><Property Name="Country" Type="Edm.String"/></ComplexType>
<EntityType Name="Person"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/><Property Name="Name" Type="Edm.String"/>
<Property Name="Rights" Type="NS.Rights"/><Property Name="Emails" Type="Collection(Edm.String)"/><Property Name="Places" Type="Collection(NS.Place)"/>
<NavigationProperty Name="Trips" Type="Collection(NS.Trip)" ContainsTarget="true"/></EntityType>
<EntityType Name="Boss" BaseType="NS.Person"><Property Name="Bonus" Type="Edm.Decimal" Scale="2" Precision="9"/></EntityType>
<EntityType Name="Trip"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32" Nullable="false"/><Property Name="Budget" Type="Edm.Int32"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="People" EntityType="NS.Person">
<Annotation Term="Org.OData.Capabilities.V1.SearchRestrictions"><Record><PropertyValue Property="Searchable" Bool="true"/></Record></Annotation></EntitySet>
<Singleton Name="Me" Type="NS.Person"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

// people answers each request, by its path and its decoded query, with a page.
func people(t *testing.T, properties map[string]string, pages map[string]string) providers.Provider {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.PathUnescape(r.URL.RawQuery)
		assert.NoError(t, err)
		w.Header().Set("Content-Type", "application/json")
		switch page, ok := pages[r.URL.Path+"?"+query]; {
		case r.URL.Path == "/$metadata":
			_, err = w.Write([]byte(peopleService))
		case ok:
			_, err = w.Write([]byte(page))
		default:
			t.Errorf("unexpected request %s?%s", r.URL.Path, query)
			w.WriteHeader(http.StatusNotFound)
		}
		assert.NoError(t, err)
	}))
	t.Cleanup(srv.Close)
	all := map[string]string{"URL": srv.URL, "ODataCapabilities": "filter,orderby,top,skip,count,select,expand,keyset,has,contains,null"}
	for name, v := range properties {
		all[name] = v
	}
	p, err := Open(providers.Options{Properties: all, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p
}

func TestCollectionsInsideOfEntitiesAreViews(t *testing.T) {
	const order = "/People?$orderby=ID&"
	for _, test := range []struct {
		name, view string
		columns    []string
		filter     func(tab providers.Table) []providers.Predicate
		pages      map[string]string
		want       []string
	}{
		{name: "contained entities come with their parent's key, over nested next links", view: "People_Trips", columns: []string{"Budget", "People_ID", "No"},
			pages: map[string]string{
				order + "$expand=Trips&$select=ID&$top=1000&$count=true": `{"@odata.count":3,"value":[
					{"ID":1,"Trips":[{"No":7,"Budget":70}],"Trips@odata.nextLink":"People(1)/Trips?$skip=1"},{"ID":2,"Trips":[]},{"ID":3,"Trips":[{"No":7,"Budget":null}]}]}`,
				"/People(1)/Trips?$skip=1": `{"value":[{"No":8,"Budget":80}]}`,
			}, want: []string{"70|1|7", "80|1|8", "∅|3|7"}},
		{name: "a condition on the parent's key is the server's, one on the items is checked again", view: "People_Trips", columns: []string{"No"},
			filter: func(tab providers.Table) []providers.Predicate {
				return []providers.Predicate{compare(tab, providers.Eq, "People_ID", 1), compare(tab, providers.Gt, "Budget", 50)}
			},
			pages: map[string]string{
				"/People?$filter=ID eq 1&$orderby=ID&$expand=Trips($select=No;$filter=Budget gt 50)&$select=ID&$top=1000&$count=true": `{"@odata.count":1,"value":[{"ID":1,"Trips":[{"No":7}]}]}`,
			}, want: []string{"7"}},
		{name: "plain values have one column", view: "People_Emails", columns: []string{"People_ID", "Value"},
			pages: map[string]string{
				order + "$select=ID,Emails&$top=1000&$count=true": `{"@odata.count":3,"value":[{"ID":1,"Emails":["a@b","c\u0040d",null]},{"ID":2,"Emails":null},{"ID":3}]}`,
			}, want: []string{"1|a@b", "1|c@d", "1|∅"}},
		{name: "complex values have theirs, those of derived types too", view: "People_Places", columns: []string{"People_ID", "City", "Zip", "Country"},
			pages: map[string]string{
				order + "$select=ID,Places&$top=1000&$count=true": `{"@odata.count":1,"value":[{"ID":1,"Places":[{"City":"Ulm","Zip":89073},{"@odata.type":"#NS.Abroad","City":"Linz","Zip":4020,"Country":"AT"}]}]}`,
			}, want: []string{"1|Ulm|89073|∅", "1|Linz|4020|AT"}},
		{name: "a singleton has them too", view: "Me_Trips", columns: []string{"Me_ID", "No"},
			pages: map[string]string{"/Me?$expand=Trips($select=No)&$select=ID": `{"ID":5,"Trips":[{"No":1},{"No":2}]}`}, want: []string{"5|1", "5|2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tab, err := people(t, nil, test.pages).Table(t.Context(), "", test.view)
			require.NoError(t, err)
			assert.True(t, tab.Info().View)
			r := &providers.ScanRequest{Columns: columns(t, tab, test.columns...)}
			if test.filter != nil {
				r.Filter = test.filter(tab)
			}
			p := plan(t, tab, r)
			if test.filter != nil {
				assert.Equal(t, []providers.Verdict{providers.Exact, providers.Superset}, p.Filter)
			}
			rows, err := read(t, p)
			require.NoError(t, err)
			assert.Equal(t, test.want, rows)
		})
	}
}

// compare is a comparison of a column with a whole number.
func compare(tab providers.Table, f providers.Func, column string, n int64) providers.Predicate {
	return call(f, ref(tab, column), num(n))
}

func ref(tab providers.Table, column string) *providers.ColumnRef {
	i := tab.Info().Find(column)
	return &providers.ColumnRef{Column: i, Name: column, T: tab.Info().Columns[i].Type}
}

func TestViewsOfCollectionsAreDescribed(t *testing.T) {
	p := people(t, nil, nil)
	tab, err := p.Table(t.Context(), "NS", "people_trips")
	require.NoError(t, err)
	info := tab.Info()
	assert.Equal(t, []int{0, 1}, info.Key, "the parent's key and the item's")
	assert.Equal(t, []providers.Navigation{{Name: "People", Schema: "NS", Table: "People", Pairs: []providers.ColumnPair{{Column: 0, Other: "ID"}}}}, info.Navigations)

	names, err := people(t, map[string]string{"NavigationPropertiesAsViews": "false"}, nil).Tables(t.Context(), "")
	require.NoError(t, err)
	assert.Len(t, names, 2)
	names, err = people(t, map[string]string{"SupportsExpand": "false"}, nil).Tables(t.Context(), "")
	require.NoError(t, err)
	assert.Len(t, names, 6, "values come without $expand, trips do not")
}

func TestColumnsOfDerivedTypesAreNotAskedForByName(t *testing.T) {
	tab, err := people(t, nil, map[string]string{
		"/People?$orderby=ID&$top=1000&$count=true": `{"@odata.count":2,"value":[{"ID":1,"Name":"a"},{"@odata.type":"#NS.Boss","ID":2,"Bonus":1.50}]}`,
	}).Table(t.Context(), "", "People")
	require.NoError(t, err)
	r := &providers.ScanRequest{Columns: columns(t, tab, "ID", "Bonus"), Filter: []providers.Predicate{compare(tab, providers.Eq, "Bonus", 1)},
		Order: []providers.OrderTerm{{Column: columns(t, tab, "Bonus")[0], NullsFirst: true}}}
	p := plan(t, tab, r)
	assert.Equal(t, []providers.Verdict{providers.None}, p.Filter)
	assert.Equal(t, providers.None, p.Order)
	rows, err := read(t, p)
	require.NoError(t, err)
	assert.Equal(t, []string{"1|∅", "2|1.50"}, rows)
}

func TestSearchIsAnInput(t *testing.T) {
	tab, err := people(t, nil, map[string]string{
		"/People?$orderby=ID&$search=red AND \"big\"&$select=ID&$top=1000&$count=true": `{"@odata.count":1,"value":[{"ID":1}]}`,
	}).Table(t.Context(), "", "People")
	require.NoError(t, err)
	p := plan(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "ID"), Filter: []providers.Predicate{call(providers.Eq, ref(tab, "$search"), str(`red AND "big"`))}})
	assert.Equal(t, []providers.Verdict{providers.Exact}, p.Filter)
	rows, err := read(t, p)
	require.NoError(t, err)
	assert.Equal(t, []string{"1"}, rows)
}

func TestFlagsAreFilteredByHas(t *testing.T) {
	tab, err := people(t, nil, nil).Table(t.Context(), "", "People")
	require.NoError(t, err)
	for _, test := range []struct {
		pattern string
		want    providers.Verdict
		request string
	}{
		{"%Read%", providers.Superset, "(Rights has NS.Rights'Read' or Rights has NS.Rights'ReadWrite')"},
		{"Writ%", providers.Superset, "(Rights has NS.Rights'Write' or Rights has NS.Rights'ReadWrite')"},
		{"%ea%it%", providers.Superset, "(Rights has NS.Rights'Read' or Rights has NS.Rights'ReadWrite') and (Rights has NS.Rights'Write' or Rights has NS.Rights'ReadWrite')"},
		{"%N%", providers.None, ""}, // every value has the member of value 0
		{"%1%", providers.None, ""}, // a value without a name
		{"%x%", providers.None, ""},
		{"Read", providers.None, ""},
	} {
		t.Run(test.pattern, func(t *testing.T) {
			p := plan(t, tab, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{call(providers.Like, ref(tab, "Rights"), str(test.pattern))}})
			assert.Equal(t, []providers.Verdict{test.want}, p.Filter)
			if test.request != "" {
				request, err := url.PathUnescape(p.Requests[0])
				require.NoError(t, err)
				assert.Contains(t, request, "$filter="+test.request+"&")
			}
		})
	}
}

func TestCapabilitiesNarrowWhatIsPushed(t *testing.T) {
	ask := func(t *testing.T, words string) string {
		tab, err := people(t, map[string]string{"ODataCapabilities": words}, nil).Table(t.Context(), "", "People")
		require.NoError(t, err)
		p := plan(t, tab, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{
			compare(tab, providers.Eq, "ID", 1), call(providers.Like, ref(tab, "Name"), str("%a%")), call(providers.IsNull, ref(tab, "Name"))}})
		request, err := url.PathUnescape(p.Requests[0])
		require.NoError(t, err)
		return request[len("GET http://"):]
	}
	for words, want := range map[string]string{
		"":                     "$filter=ID eq 1 and contains(Name,'a') and Name eq null&$orderby=ID&$select=ID&$top=1000&$count=true",
		"none":                 "",
		"filter":               "$filter=ID eq 1",
		"filter, NULL":         "$filter=ID eq 1 and Name eq null",
		"-contains -count":     "$filter=ID eq 1 and Name eq null&$orderby=ID&$select=ID&$top=1000",
		"-filter":              "$orderby=ID&$select=ID&$top=1000&$count=true",
		"top;orderby;contains": "$orderby=ID&$top=1000",
	} {
		t.Run(words, func(t *testing.T) {
			_, query, _ := strings.Cut(ask(t, words), "?")
			assert.Equal(t, want, query)
		})
	}
	_, err := Open(providers.Options{Properties: map[string]string{"URL": "http://127.0.0.1", "ODataCapabilities": "contians"}, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	assert.ErrorIs(t, err, providers.KindProperty)
	assert.ErrorContains(t, err, "contains")
}

func TestServicesThatDoNotExpandAreFoundOut(t *testing.T) {
	for name, member := range map[string]string{
		"the member is not there":           "",
		"a link stands in its place":        `,"Trips":{"__deferred":{"uri":"People(1)/Trips"}}`,
		"another thing stands in its place": `,"Trips":7`,
	} {
		t.Run(name, func(t *testing.T) {
			tab, err := people(t, nil, map[string]string{
				"/People?$orderby=ID&$expand=Trips&$select=ID&$top=1000&$count=true": `{"@odata.count":1,"value":[{"ID":1` + member + `}]}`,
			}).Table(t.Context(), "", "People_Trips")
			require.NoError(t, err)
			_, err = read(t, plan(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "No", "Budget")}))
			require.Error(t, err)
			if name == "the member is not there" {
				assert.ErrorContains(t, err, "passes over $expand")
			}
		})
	}
}
