package odata

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

const applyingService = `<?xml version="1.0"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:Reference Uri="x"><edmx:Include Namespace="Org.OData.Aggregation.V1" Alias="Aggregation"/></edmx:Reference>
<edmx:DataServices><Schema Namespace="NS" Alias="Self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<ComplexType Name="Address"><Property Name="Zip" Type="Edm.Int32" Nullable="false"/></ComplexType>
<EntityType Name="Sale"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/>
<Property Name="Site" Type="Edm.Int32" Nullable="false"><Annotation Term="Aggregation.Groupable"/></Property>
<Property Name="Qty" Type="Edm.Int32" Nullable="false"><Annotation Term="Org.OData.Aggregation.V1.Aggregatable" Bool="true"/></Property>
<Property Name="AggTotal" Type="Edm.Int32" Nullable="false"><Annotation Term="Aggregation.Groupable" Bool="false"/></Property>
<Property Name="Place" Type="Self.Address" Nullable="false"/></EntityType>
<EntityType Name="Typed" BaseType="Self.Sale"><Annotation Term="Aggregation.ApplySupported"><Record><PropertyValue Property="PropertyRestrictions" Bool="true"/></Record></Annotation></EntityType>
<EntityContainer Name="C">
<EntitySet Name="All" EntityType="Self.Sale"><Annotation Term="Aggregation.ApplySupported"/></EntitySet>
<EntitySet Name="Typed" EntityType="Self.Typed"/>
<EntitySet Name="Silent" EntityType="Self.Sale"/>
<EntitySet Name="Listed" EntityType="Self.Sale"/>
<EntitySet Name="Ungrouped" EntityType="Self.Sale"><Annotation Term="Aggregation.ApplySupported"><Record>
<PropertyValue Property="Transformations"><Collection><String>aggregate</String></Collection></PropertyValue></Record></Annotation></EntitySet>
</EntityContainer>
<Annotations Target="Self.C/Listed"><Annotation Term="Aggregation.ApplySupported"><Record>
<PropertyValue Property="GroupableProperties"><Collection><PropertyPath>Site</PropertyPath><AnyPropertyPath>Place/Zip</AnyPropertyPath></Collection></PropertyValue>
<PropertyValue Property="AggregatableProperties"><Collection>
<Record><PropertyValue Property="Property" PropertyPath="Qty"/></Record>
<Record><PropertyValue Property="Property" PropertyPath="Site"/><PropertyValue Property="SupportedAggregationMethods"><Collection><String>max</String><String>sum</String></Collection></PropertyValue></Record>
</Collection></PropertyValue></Record></Annotation></Annotations>
</Schema></edmx:DataServices></edmx:Edmx>`

func applyingTable(t *testing.T, metadata, name string) *Table {
	m, err := ReadModel([]byte(metadata))
	require.NoError(t, err)
	traits := DefaultTraits(V4)
	traits.AnnouncedApply = true
	return NewTable(&Service{Root: "https://host/svc", Traits: traits}, m, m.Find(name), TableOptions{})
}

// aggregate makes the request of GROUP BY columns with one call over a column, COUNT(*)
// if it is "".
func aggregate(t *testing.T, tab *Table, by []string, function, column string) *providers.ScanRequest {
	call := providers.AggregateCall{Func: function, Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}
	if column != "" {
		call.Column = columns(t, tab, column)[0]
	}
	return &providers.ScanRequest{Aggregate: &providers.Aggregate{GroupBy: columns(t, tab, by...), Calls: []providers.AggregateCall{call}}}
}

func TestWhatTheMetadataSayOfApplyIsObeyed(t *testing.T) {
	for _, test := range []struct {
		name, set        string
		by               []string
		function, column string
		asked, why       string
	}{
		{"everything may be asked where nothing else is said", "All", []string{"Site", "Place_Zip"}, "SUM", "Qty", "groupby((Site,Place/Zip),aggregate(Qty with sum as Agg_1,Qty with min as Agg_2,Qty with max as Agg_3,$count as Agg_0))", ""},
		{"of a set that says nothing, nothing is asked", "Silent", []string{"Site"}, "COUNT", "", "", ""},
		{"a set may know no groups", "Ungrouped", []string{"Site"}, "COUNT", "", "", "other transformations"},
		{"a set without groups aggregates", "Ungrouped", nil, "MAX", "Qty", "aggregate(Qty with max as Agg_1,$count as Agg_0)", ""},
		{"properties may be listed", "Listed", []string{"Site"}, "SUM", "Qty", "groupby((Site),aggregate(Qty with sum as Agg_1,Qty with min as Agg_2,Qty with max as Agg_3,$count as Agg_0))", ""},
		{"those of a complex type too", "Listed", []string{"Place_Zip"}, "COUNT", "", "groupby((Place/Zip),aggregate($count as Agg_0))", ""},
		{"what is not listed is not grouped by", "Listed", []string{"Qty"}, "COUNT", "", "", "does not group by Qty"},
		{"nor aggregated", "Listed", []string{"Site"}, "MAX", "ID", "", `"max" of ID`},
		{"a listed method is asked for", "Listed", nil, "MAX", "Site", "aggregate(Site with max as Agg_1,$count as Agg_0)", ""},
		{"no other is", "Listed", nil, "MIN", "Site", "", `"min" of Site`},
		{"nor one whose proof takes another", "Listed", nil, "SUM", "Site", "", `"min" of Site`},
		{"V1.0 tags properties that may be grouped by", "Typed", []string{"Site"}, "SUM", "Qty", "groupby((Site),aggregate(Qty with sum as Agg_1,Qty with min as Agg_2,Qty with max as Agg_3,$count as Agg_0))", ""},
		{"and none that is not tagged", "Typed", []string{"ID"}, "COUNT", "", "", "does not group by ID"},
		{"or whose tag says no", "Typed", []string{"AggTotal"}, "COUNT", "", "", "does not group by AggTotal"},
		{"nor aggregates one", "Typed", nil, "MAX", "Site", "", `"max" of Site`},
	} {
		t.Run(test.name, func(t *testing.T) {
			tab := applyingTable(t, applyingService, test.set)
			p := plan(t, tab, aggregate(t, tab, test.by, test.function, test.column))
			assert.Contains(t, p.AggregateReason, test.why)
			assert.Equal(t, test.why == "", p.AggregateReason == "", p.AggregateReason)
			if assert.Equal(t, test.asked != "", p.Aggregate == providers.Exact) && test.asked != "" {
				assert.Equal(t, "GET https://host/svc/"+test.set+"?$apply="+strings.ReplaceAll(test.asked, " ", "%20"), p.Requests[0])
			}
		})
	}
	t.Run("a system that is built on this provider is not asked unless it says so", func(t *testing.T) {
		m, err := ReadModel([]byte(applyingService))
		require.NoError(t, err)
		tab := NewTable(&Service{Root: "https://host/svc", Traits: DefaultTraits(V4)}, m, m.Find("All"), TableOptions{})
		p := plan(t, tab, aggregate(t, tab, []string{"Site"}, "COUNT", ""))
		assert.Equal(t, providers.None, p.Aggregate)
		assert.Empty(t, p.AggregateReason)
	})
	t.Run("a set that demands a condition cannot be read to try it", func(t *testing.T) {
		demanding := strings.Replace(applyingService, `<EntitySet Name="All" EntityType="Self.Sale">`, `<EntitySet Name="All" EntityType="Self.Sale"><Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions"><Record><PropertyValue Property="RequiresFilter" Bool="true"/></Record></Annotation>`, 1)
		tab := applyingTable(t, demanding, "All")
		request := aggregate(t, tab, []string{"Site"}, "COUNT", "")
		request.Filter = []providers.Predicate{&providers.Call{Func: providers.Eq, T: sqltypes.Of(sqltypes.Bool), Args: []providers.Expr{
			&providers.ColumnRef{Column: 0, Name: "ID", T: sqltypes.Of(sqltypes.Integer)}, &providers.Const{Value: sqltypes.IntValue(7)}}}}
		assert.Equal(t, providers.Exact, plan(t, tab, request).Aggregate, "a service that is relied on")
		tab.svc.trials = newTrials()
		assert.Equal(t, providers.None, plan(t, tab, request).Aggregate)
	})
	t.Run("defaults of the container hold for all its sets, and a set's own word for itself", func(t *testing.T) {
		all := strings.Replace(applyingService, `<EntityContainer Name="C">`, `<EntityContainer Name="C"><Annotation Term="Aggregation.ApplySupportedDefaults"><Record>
<PropertyValue Property="Transformations"><Collection><String>aggregate</String><String>groupby</String></Collection></PropertyValue></Record></Annotation>`, 1)
		silent, ungrouped := applyingTable(t, all, "Silent"), applyingTable(t, all, "Ungrouped")
		assert.Equal(t, providers.Exact, plan(t, silent, aggregate(t, silent, []string{"Site"}, "COUNT", "")).Aggregate)
		assert.Equal(t, providers.None, plan(t, ungrouped, aggregate(t, ungrouped, []string{"Site"}, "COUNT", "")).Aggregate)
		filtered := aggregate(t, silent, []string{"Site"}, "COUNT", "")
		filtered.Filter = []providers.Predicate{&providers.Call{Func: providers.Eq, T: sqltypes.Of(sqltypes.Bool), Args: []providers.Expr{
			&providers.ColumnRef{Column: 0, Name: "ID", T: sqltypes.Of(sqltypes.Integer)}, &providers.Const{Value: sqltypes.IntValue(7)}}}}
		assert.Contains(t, plan(t, silent, filtered).AggregateReason, "other transformations", "filter is not among them")
	})
}

// Groups by properties of complex types come as objects.
func TestGroupsByPropertiesOfComplexTypes(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		want   []string
		why    string
	}{
		"as objects":                       {`{"@odata.context":"x","value":[{"Place":{"Zip":7},"Agg_0":"2","Agg_0@odata.type":"#Decimal"},{"Agg_0":3,"Place":{"Zip":8}}]}`, []string{"7|2", "8|3"}, ""},
		"one group of which is not told":   {`{"value":[{"Place":{"Zip":7},"Agg_0":2},{"Place":{},"Agg_0":3}]}`, nil, "groups by Place_Zip without telling its value"},
		"none of which is told":            {`{"value":[{"Agg_0":5}]}`, nil, "groups by Place_Zip without telling its value"},
		"flattened":                        {`{"value":[{"Place_Zip":7,"Agg_0":5}]}`, nil, "groups by Place_Zip without telling its value"},
		"without their number":             {`{"value":[{"Place":{"Zip":7}},{"Place":{"Zip":8}}]}`, nil, "a group has no number of rows"},
		"of another type":                  {`{"value":[{"Place":{"Zip":"A7"},"Agg_0":5}]}`, nil, "not the one that was asked for"},
		"of no form":                       {`{"values":[]}`, nil, "not the one that was asked for"},
		"with a next link that leads back": {`{"value":[{"Place":{"Zip":7},"Agg_0":5}],"@odata.nextLink":"?$apply=groupby((Place/Zip),aggregate($count%20as%20Agg_0))"}`, nil, "lead nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				body := `{"@odata.count":5,"value":[]}`
				switch {
				case strings.HasSuffix(r.URL.Path, "$metadata"):
					body = applyingService
				case strings.Contains(r.URL.RawQuery, "$apply"):
					body = test.answer
				}
				_, _ = w.Write([]byte(body)) // a client that has gone fails its own test
			}))
			defer srv.Close()
			tab := connect(t, srv.URL, V4, func(t *Traits) { t.AnnouncedApply = true })("All")
			request := aggregate(t, tab, []string{"Place_Zip"}, "COUNT", "")
			rows, err := read(t, plan(t, tab, request))
			if test.why == "" {
				require.NoError(t, err)
				assert.Equal(t, test.want, rows)
				return
			}
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.True(t, e.Refused && e.Learned)
			assert.Contains(t, e.Message, test.why)
			again := plan(t, tab, request)
			assert.Equal(t, providers.None, again.Aggregate)
			assert.Contains(t, again.AggregateReason, test.why)
		})
	}
}

// What is not an answer of the service at all is its error, and no reason not to ask
// it again.
func TestAnswersThatAreBrokenAreErrorsOfTheQuery(t *testing.T) {
	for name, answer := range map[string]string{"cut": `{"value":[{"Place":{"Zip":7},"Agg_`, "a page of HTML": "<html>sign in</html>"} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := `{"@odata.count":5,"value":[]}`
				if query, err := url.QueryUnescape(r.URL.RawQuery); err == nil && strings.Contains(query, "$apply") {
					asked++
					body = answer
				}
				if strings.HasSuffix(r.URL.Path, "$metadata") {
					body = applyingService
				}
				_, _ = w.Write([]byte(body)) // a client that has gone fails its own test
			}))
			defer srv.Close()
			tab := connect(t, srv.URL, V4, func(t *Traits) { t.AnnouncedApply = true })("All")
			request := aggregate(t, tab, []string{"Site"}, "COUNT", "")
			_, err := read(t, plan(t, tab, request))
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.False(t, e.Refused)
			assert.Equal(t, providers.Exact, plan(t, tab, request).Aggregate)
			assert.Equal(t, name == "cut", asked > 1, "one that is cut is asked for once more")
		})
	}
}
