package odata

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

const nestedService = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:DataServices><Schema Namespace="NS" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<ComplexType Name="Place"><Property Name="City" Type="Edm.String"/><Property Name="Phones" Type="Collection(NS.Phone)"/></ComplexType>
<ComplexType Name="Phone"><Property Name="Number" Type="Edm.String"/><Property Name="Lines" Type="Collection(Edm.Int32)"/></ComplexType>
<EntityType Name="Person"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/><Property Name="Name" Type="Edm.String"/><Property Name="Places" Type="Collection(NS.Place)"/>
<NavigationProperty Name="Trips" Type="Collection(NS.Trip)" ContainsTarget="true"/><NavigationProperty Name="Friends" Type="Collection(NS.Person)"/></EntityType>
<EntityType Name="Trip"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32" Nullable="false"/><Property Name="Budget" Type="Edm.Int32"/><Property Name="Tags" Type="Collection(Edm.String)"/>
<NavigationProperty Name="Stops" Type="Collection(NS.Stop)" ContainsTarget="true"/><NavigationProperty Name="Guests" Type="Collection(NS.Person)"/></EntityType>
<EntityType Name="Stop"><Key><PropertyRef Name="At"/></Key><Property Name="At" Type="Edm.Int32" Nullable="false"/><Property Name="Place" Type="NS.Place"/>
<NavigationProperty Name="Before" Type="Collection(NS.Stop)" ContainsTarget="true"/><NavigationProperty Name="Trips" Type="Collection(NS.Trip)" ContainsTarget="true"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="People" EntityType="NS.Person"><NavigationPropertyBinding Path="Trips/Guests" Target="Visitors"/></EntitySet>
<EntitySet Name="Visitors" EntityType="NS.Person"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

// views returns the views of the first set, without its tables.
func views(t *testing.T, csdl string, change func(*Traits)) map[string]*itemView {
	m, err := ReadModel([]byte(csdl))
	require.NoError(t, err)
	svc := &Service{Root: "http://127.0.0.1", Traits: DefaultTraits(V4)}
	if change != nil {
		change(&svc.Traits)
	}
	found := map[string]*itemView{}
	for _, v := range itemViews(NewTable(svc, m, m.Sets[0], TableOptions{}), nil, m.Sets[0].Collections, m) {
		found[v.Info().Name] = v
	}
	return found
}

func TestCollectionsWithinCollectionsAreFollowedToSetsAndRoundNoCircle(t *testing.T) {
	found := views(t, nestedService, nil)
	var names []string
	for name := range found {
		names = append(names, name)
	}
	assert.ElementsMatch(t, []string{
		"People_Places", "People_Places_Phones", "People_Places_Phones_Lines", "People_Friends",
		"People_Trips", "People_Trips_Tags", "People_Trips_Guests", "People_Trips_Stops", // not _Stops_Before_Before, not _Guests_Trips
		"People_Trips_Stops_Before", "People_Trips_Stops_Trips", "People_Trips_Stops_Place_Phones", "People_Trips_Stops_Place_Phones_Lines",
	}, names)

	info := found["People_Trips_Stops"].Info()
	var columns []string
	for _, c := range info.Columns {
		columns = append(columns, c.Name)
	}
	assert.Equal(t, []string{"People_ID", "People_Trips_No", "At", "Place_City", "Place_Phones"}, columns)
	assert.Equal(t, []int{0, 1, 2}, info.Key, "the keys of all on the way and the item's")
	assert.Equal(t, []providers.Navigation{
		{Name: "People", Schema: "NS", Table: "People", Pairs: []providers.ColumnPair{{Column: 0, Other: "ID"}}},
		{Name: "People_Trips", Schema: "NS", Table: "People_Trips", Pairs: []providers.ColumnPair{{Column: 0, Other: "People_ID"}, {Column: 1, Other: "No"}}},
	}, info.Navigations)
	assert.Equal(t, providers.Navigation{Name: "Guests", Schema: "NS", Table: "Visitors", Pairs: []providers.ColumnPair{{Column: 2, Other: "ID"}}},
		found["People_Trips_Guests"].Info().Navigations[2], "the binding says which set")
	assert.Empty(t, found["People_Places_Phones"].Info().Key, "nothing tells the places apart")
}

func TestACollectionBesideAKeyWithinAComplexValueHasNoView(t *testing.T) {
	keyed := func(path string) map[string]*itemView {
		return views(t, `<Edmx Version="4.01"><Schema Namespace="N"><ComplexType Name="Info"><Property Name="No" Type="Edm.Int32" Nullable="false"/><Property Name="Tags" Type="Collection(Edm.String)"/></ComplexType>
			<EntityType Name="T"><Key><PropertyRef Name="`+path+`" Alias="K"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/><Property Name="Info" Type="N.Info" Nullable="false"/></EntityType>
			<EntityContainer Name="C"><EntitySet Name="S" EntityType="N.T"/></EntityContainer></Schema></Edmx>`, nil)
	}
	assert.Contains(t, keyed("ID"), "S_Info_Tags")
	assert.Empty(t, keyed("Info/No"))
}

func TestViewsGoNoDeeperThanExpandMay(t *testing.T) {
	inside := []string{"People_Places", "People_Places_Phones", "People_Places_Phones_Lines"} // which come without $expand
	first := append(slices.Clone(inside), "People_Friends", "People_Trips", "People_Trips_Tags")
	second := append(slices.Clone(first), "People_Trips_Guests", "People_Trips_Stops", "People_Trips_Stops_Place_Phones", "People_Trips_Stops_Place_Phones_Lines")
	all := append(slices.Clone(second), "People_Trips_Stops_Before", "People_Trips_Stops_Trips")
	for restriction, want := range map[string][]string{
		`"MaxLevels" Int="0"/>`:    inside,
		`"MaxLevels" Int="1"/>`:    first,
		`"MaxLevels"><Int>2</Int>`: second,
		`"MaxLevels" Int="3"/>`:    all,
		`"MaxLevels" Int="-1"/>`:   all,
		`"NonExpandableProperties"><Collection><NavigationPropertyPath>Trips/Stops</NavigationPropertyPath></Collection>`: append(slices.Clone(first), "People_Trips_Guests"),
	} {
		if !strings.HasSuffix(restriction, "/>") {
			restriction += "</PropertyValue>"
		}
		note := `<Annotation Term="Org.OData.Capabilities.V1.ExpandRestrictions"><Record><PropertyValue Property=` + restriction + `</Record></Annotation>`
		var names []string
		for name := range views(t, strings.Replace(nestedService, "<NavigationPropertyBinding", note+"<NavigationPropertyBinding", 1), nil) {
			names = append(names, name)
		}
		assert.ElementsMatch(t, want, names, restriction)
	}
}

func TestViewsWithinViewsAreAskedForByNestedExpand(t *testing.T) {
	for _, test := range []struct {
		view, filter, request string
		version               Version
		columns               []string
	}{
		{"People_Trips_Stops", "", "$expand=Trips($select=No;$expand=Stops($select=At))&$select=ID", V4, []string{"People_ID", "People_Trips_No", "At"}},
		{"People_Trips_Stops", "People_Trips_No", "$expand=Trips($select=No;$filter=No eq 7;$expand=Stops($select=At))&$select=ID", V4, []string{"At"}},
		{"People_Trips_Stops", "At", "$expand=Trips($select=No;$expand=Stops($select=Place;$filter=At eq 7))&$select=ID", V4, []string{"Place_City"}},
		{"People_Trips_Stops", "People_ID", "$filter=ID eq 7&$orderby=ID&$expand=Trips($select=No;$expand=Stops($select=At))&$select=ID", V4, []string{"At"}},
		{"People_Trips_Tags", "", "$expand=Trips($select=No,Tags)&$select=ID", V4, []string{"Value"}},
		{"People_Places_Phones", "", "$select=ID,Places&", V4, []string{"People_ID", "Number"}},
		{"People_Trips_Stops_Place_Phones", "", "$expand=Trips($select=No;$expand=Stops($select=At,Place))&$select=ID", V4, []string{"People_Trips_Stops_At", "Number"}},
		{"People_Trips_Stops", "At", "$expand=Trips/Stops&$select=ID,Trips/No,Trips/Stops/At", V3, []string{"At"}},
		{"People_Trips_Stops", "", "$expand=Trips/Stops&$select=ID,Trips/No,Trips/Stops", V3, []string{"At", "Place_City", "Place_Phones"}},
		{"People_Trips_Tags", "", "$expand=Trips&$select=ID,Trips/No,Trips/Tags", V3, []string{"Value"}},
	} {
		t.Run(fmt.Sprint(test.view, " by ", test.filter, " in ", test.version), func(t *testing.T) {
			tab := views(t, nestedService, func(traits *Traits) { *traits = DefaultTraits(test.version) })[test.view]
			r := &providers.ScanRequest{Columns: columns(t, tab, test.columns...)}
			if test.filter != "" {
				r.Filter = []providers.Predicate{compare(tab, providers.Eq, test.filter, 7)}
			}
			p := plan(t, tab, r)
			request, err := url.PathUnescape(p.Requests[0])
			require.NoError(t, err)
			assert.Contains(t, request, test.request)
		})
	}
}

func TestNextLinksOfVersion401AreFollowedInside(t *testing.T) {
	tab, err := people(t, nil, map[string]string{
		"/People?$orderby=ID&$expand=Trips&$select=ID&$top=1000&$count=true": `{"@count":1,"value":[{"ID":1,"Trips":[{"No":7}],"Trips@nextLink":"People(1)/Trips?$skip=1"}]}`,
		"/People(1)/Trips?$skip=1": `{"value":[{"No":8}],"@nextLink":"Trips?$skip=2"}`,
		"/People(1)/Trips?$skip=2": `{"value":[{"No":9}]}`,
	}).Table(t.Context(), "", "People_Trips")
	require.NoError(t, err)
	rows, err := read(t, plan(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "No", "Budget")}))
	require.NoError(t, err)
	assert.Equal(t, []string{"7|∅", "8|∅", "9|∅"}, rows)
}

func TestETagsOfVersion401AreKept(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 3), odatatest.WithVersion401())
	defer srv.Close()
	tab := connect(t, srv.URL, V4, nil)("Orders")
	rows, err := read(t, plan(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "ID", ETagColumn)}))
	require.NoError(t, err)
	assert.Equal(t, []string{`10|W/"1"`, `11|W/"1"`, `12|W/"1"`}, rows)
}

func TestOfViewsOfOneNameTheOneNearerToASetIsThere(t *testing.T) {
	m, err := ReadModel([]byte(strings.Replace(nestedService, `<NavigationProperty Name="Friends"`,
		`<NavigationProperty Name="Trips_Stops" Type="Collection(NS.Person)"/><NavigationProperty Name="Friends"`, 1)))
	require.NoError(t, err)
	found := 0
	for _, tab := range (&Provider{}).tablesOf(&Service{Traits: DefaultTraits(V4)}, m, m.Sets) {
		if tab.Info().Name == "People_Trips_Stops" {
			found++
			assert.GreaterOrEqual(t, tab.Info().Find("ID"), 0, "the collection Trips_Stops of people, not the Stops of their Trips")
		}
	}
	assert.Equal(t, 1, found)
}

func TestTypesThatContainEachOtherMakeFewViews(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<Edmx Version="4.0"><Schema Namespace="N">`)
	for i := range 20 {
		fmt.Fprintf(&b, `<EntityType Name="T%d"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32"/>`, i)
		for k := range 20 {
			fmt.Fprintf(&b, `<NavigationProperty Name="N%d" Type="Collection(N.T%d)" ContainsTarget="true"/>`, k, k)
		}
		b.WriteString(`</EntityType>`)
	}
	b.WriteString(`<EntityContainer Name="C"><EntitySet Name="S" EntityType="N.T0"/></EntityContainer></Schema></Edmx>`)
	assert.Len(t, views(t, b.String(), nil), 20+maxNestedCollections)
}
