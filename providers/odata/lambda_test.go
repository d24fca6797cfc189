package odata

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

const lambdaService = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:DataServices><Schema Namespace="NS" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<ComplexType Name="Place"><Property Name="City" Type="Edm.String"/><Property Name="At" Type="NS.Point"/></ComplexType>
<ComplexType Name="Point"><Property Name="X" Type="Edm.Int32"/></ComplexType>
<EntityType Name="Customer"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/><Property Name="Code" Type="Edm.String"/><Property Name="X" Type="Edm.Int32"/>
<Property Name="Places" Type="Collection(NS.Place)"/><Property Name="Emails" Type="Collection(Edm.String)"/><Property Name="Marks" Type="Collection(Edm.Int32)"/>
<NavigationProperty Name="Orders" Type="Collection(NS.Order)" Partner="Customer"/><NavigationProperty Name="Coded" Type="Collection(NS.Coded)" Partner="Owner"/>
<NavigationProperty Name="Notes" Type="Collection(NS.Note)" ContainsTarget="true"/></EntityType>
<EntityType Name="Order"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32" Nullable="false"/><Property Name="CustomerID" Type="Edm.Int32"/>
<Property Name="Freight" Type="Edm.Decimal" Scale="2"/><Property Name="Ship" Type="NS.Place"/><Property Name="Secret" Type="Edm.Int32"/>
<NavigationProperty Name="Customer" Type="NS.Customer" Partner="Orders"><ReferentialConstraint Property="CustomerID" ReferencedProperty="ID"/></NavigationProperty></EntityType>
<EntityType Name="Coded"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32" Nullable="false"/><Property Name="Code" Type="Edm.String"/>
<NavigationProperty Name="Owner" Type="NS.Customer" Partner="Coded"><ReferentialConstraint Property="Code" ReferencedProperty="Code"/></NavigationProperty></EntityType>
<EntityType Name="Note"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Customers" EntityType="NS.Customer"><Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions"><Record>
<PropertyValue Property="NonFilterableProperties"><Collection><PropertyPath>Marks</PropertyPath><PropertyPath>Places/At/X</PropertyPath></Collection></PropertyValue></Record></Annotation></EntitySet>
<EntitySet Name="Orders" EntityType="NS.Order"><Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions"><Record>
<PropertyValue Property="NonFilterableProperties"><Collection><PropertyPath>Secret</PropertyPath></Collection></PropertyValue></Record></Annotation></EntitySet>
<EntitySet Name="Codes" EntityType="NS.Coded"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

// lambdas are the tables of the service and its views.
func lambdas(t *testing.T, change func(*Traits)) (customers *Table, others map[string]*providers.TableInfo) {
	m, err := ReadModel([]byte(lambdaService))
	require.NoError(t, err)
	svc := &Service{Root: "http://127.0.0.1", Traits: DefaultTraits(V4)}
	svc.Traits.Any = true
	if change != nil {
		change(&svc.Traits)
	}
	others = map[string]*providers.TableInfo{}
	for _, s := range m.Sets {
		others[s.Name] = NewTable(svc, m, s, TableOptions{}).Info()
	}
	customers = NewTable(svc, m, m.Find("Customers"), TableOptions{})
	for _, v := range itemViews(customers, nil, customers.set.Collections, m) {
		others[v.Info().Name] = v.Info()
	}
	return customers, others
}

// related is the condition that a row of another table belongs to a customer.
func related(t *testing.T, customers *Table, of *providers.TableInfo, here, there string, where ...providers.Predicate) *providers.Exists {
	ref := func(info *providers.TableInfo, name string) *providers.ColumnRef {
		at := info.Find(name)
		require.GreaterOrEqual(t, at, 0, name)
		return &providers.ColumnRef{Column: at, Name: info.Columns[at].Name, T: info.Columns[at].Type}
	}
	return &providers.Exists{Of: of, Where: where, On: []providers.Equality{{Here: ref(customers.Info(), here), There: ref(of, there)}}}
}

func compares(of *providers.TableInfo, column string, f providers.Func, v sqltypes.Value) providers.Predicate {
	at := of.Find(column)
	ref := &providers.ColumnRef{Column: at, Name: column, T: of.Columns[at].Type}
	if v.Null {
		return &providers.Call{Func: f, Args: []providers.Expr{ref}, T: sqltypes.Of(sqltypes.Bool)}
	}
	return &providers.Call{Func: f, Args: []providers.Expr{ref, &providers.Const{Value: v}}, T: sqltypes.Of(sqltypes.Bool)}
}

func TestConditionsOnItemsAreWrittenAsLambdas(t *testing.T) {
	number, text, null := sqltypes.IntValue(5), sqltypes.StringValue("a"), sqltypes.NullOf(sqltypes.Null)
	for _, test := range []struct {
		name, of, here, there string
		column                string // of the condition, "" for none
		f                     providers.Func
		value                 sqltypes.Value
		version               Version
		collation             bool
		filter                string
		verdict, negated      providers.Verdict
		reason                string
	}{
		{name: "any at all", of: "Orders", here: "ID", there: "CustomerID", filter: "Orders/any()", verdict: providers.Exact, negated: providers.Exact},
		{name: "a number of related entities", of: "Orders", here: "ID", there: "CustomerID", column: "Freight", f: providers.Gt, value: number,
			filter: "Orders/any(x1:x1/Freight gt 5)", verdict: providers.Exact, negated: providers.Exact},
		{name: "unequal, which null is not", of: "Orders", here: "ID", there: "CustomerID", column: "Freight", f: providers.Ne, value: number,
			filter: "Orders/any(x1:(x1/Freight ne 5 and x1/Freight ne null))", verdict: providers.Exact, negated: providers.Exact},
		{name: "null", of: "Orders", here: "ID", there: "CustomerID", column: "Freight", f: providers.IsNull, value: null,
			filter: "Orders/any(x1:x1/Freight eq null)", verdict: providers.Exact, negated: providers.Exact},
		{name: "inside of a complex property", of: "Orders", here: "ID", there: "CustomerID", column: "Ship_At_X", f: providers.Le, value: number,
			filter: "Orders/any(x1:x1/Ship/At/X le 5)", verdict: providers.Exact, negated: providers.Exact},
		{name: "text may be equal to the server alone", of: "Orders", here: "ID", there: "CustomerID", column: "Ship_City", f: providers.Eq, value: text,
			filter: "Orders/any(x1:x1/Ship/City eq 'a')", verdict: providers.Superset, reason: unknownCollation},
		{name: "text by the server's collation", of: "Orders", here: "ID", there: "CustomerID", column: "Ship_City", f: providers.Eq, value: text, collation: true,
			filter: "Orders/any(x1:x1/Ship/City eq 'a')", verdict: providers.Exact, negated: providers.Exact},
		{name: "what cannot be written is left out", of: "Orders", here: "ID", there: "CustomerID", column: "Ship_City", f: providers.Lt, value: text,
			filter: "Orders/any()", verdict: providers.Superset, reason: unknownCollation},
		{name: "text that relates", of: "Codes", here: "Code", there: "Code", filter: "Coded/any()", verdict: providers.Superset, reason: unknownCollation},
		{name: "text that relates by the server's collation", of: "Codes", here: "Code", there: "Code", collation: true, filter: "Coded/any()",
			verdict: providers.Exact, negated: providers.Exact},
		{name: "the view of related entities", of: "Customers_Coded", here: "ID", there: "Customers_ID", column: "No", f: providers.Eq, value: number,
			filter: "Coded/any(x1:x1/No eq 5)", verdict: providers.Exact, negated: providers.Exact},
		{name: "contained entities", of: "Customers_Notes", here: "ID", there: "Customers_ID", column: "No", f: providers.Gt, value: number,
			filter: "Notes/any(x1:x1/No gt 5)", verdict: providers.Exact, negated: providers.Exact},
		{name: "complex values", of: "Customers_Places", here: "ID", there: "Customers_ID", column: "City", f: providers.Eq, value: text, collation: true,
			filter: "Places/any(x1:x1/City eq 'a')", verdict: providers.Exact, negated: providers.Exact},
		{name: "plain values", of: "Customers_Emails", here: "ID", there: "Customers_ID", column: "Value", f: providers.Eq, value: text, collation: true,
			filter: "Emails/any(x1:x1 eq 'a')", verdict: providers.Exact, negated: providers.Exact},
		{name: "V3", of: "Customers_Notes", here: "ID", there: "Customers_ID", column: "No", f: providers.Gt, value: number, version: V3,
			filter: "Notes/any(x1:x1/No gt 5)", verdict: providers.Exact, negated: providers.Exact},
		{name: "V2", of: "Orders", here: "ID", there: "CustomerID", version: V2, reason: "OData V2 has no any()"},
		{name: "a collection that the metadata keeps out", of: "Customers_Marks", here: "ID", there: "Customers_ID",
			reason: "the metadata says that the server does not filter by Marks"},
		{name: "a property of its items that the metadata keeps out", of: "Customers_Places", here: "ID", there: "Customers_ID", column: "At_X", f: providers.Eq, value: number,
			filter: "Places/any()", verdict: providers.Superset, reason: "the metadata says that the server does not filter by At_X"},
		{name: "a property that the related set keeps out", of: "Orders", here: "ID", there: "CustomerID", column: "Secret", f: providers.Eq, value: number,
			filter: "Orders/any()", verdict: providers.Superset, reason: "the metadata says that the server does not filter by Secret"},
		{name: "another equality", of: "Orders", here: "X", there: "CustomerID", reason: "no collection of Customers leads to Orders"},
		{name: "the key of the entity itself", of: "Customers_Notes", here: "ID", there: "Customers_ID", column: "Customers_ID", f: providers.Gt, value: number,
			reason: "Customers_ID > 5 is no condition on the items of Notes alone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			customers, others := lambdas(t, func(tr *Traits) {
				tr.Version, tr.ServerCollation = test.version, test.collation
			})
			var where []providers.Predicate
			if test.column != "" {
				where = append(where, compares(others[test.of], test.column, test.f, test.value))
			}
			e := related(t, customers, others[test.of], test.here, test.there, where...)
			p := plan(t, customers, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{e}})
			assert.Equal(t, test.verdict.String()+" "+test.reason, p.Filter[0].String()+" "+p.Reasons[0])
			assert.Equal(t, test.filter, filterOf(t, p))

			not := &providers.Call{Func: providers.Not, Args: []providers.Expr{e}, T: sqltypes.Of(sqltypes.Bool)}
			p = plan(t, customers, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{not}})
			assert.Equal(t, test.negated.String()+" "+test.reason, p.Filter[0].String()+" "+p.Reasons[0])
			if test.negated == providers.Exact {
				assert.Equal(t, "not "+test.filter, filterOf(t, p))
			} else {
				assert.Empty(t, filterOf(t, p))
			}
		})
	}
}

func filterOf(t *testing.T, p *providers.ScanPlan) string {
	_, query, _ := strings.Cut(strings.TrimPrefix(p.Requests[0], "GET "), "?")
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	return values.Get("$filter")
}

func TestOnlyServersKnownToHaveLambdasAreAskedForThem(t *testing.T) {
	for _, version := range []Version{V4, V3, V2} {
		assert.False(t, DefaultTraits(version).Any, "a provider for a known system says that it does")
	}
	var traits Traits
	require.NoError(t, traits.allow("+any"))
	assert.True(t, traits.Any)
	require.NoError(t, traits.allow("filter"))
	assert.False(t, traits.Any)
	customers, others := lambdas(t, func(tr *Traits) { tr.Any = false })
	p := plan(t, customers, &providers.ScanRequest{Filter: []providers.Predicate{related(t, customers, others["Orders"], "ID", "CustomerID")}})
	assert.Equal(t, "the server is not known to have any()", p.Reasons[0])
}
