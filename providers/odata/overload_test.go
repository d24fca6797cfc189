package odata

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

const overloadsV4 = `<edmx:Edmx Version="4.0" xmlns:edmx="x"><edmx:DataServices><Schema Namespace="NS" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="Person"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityType Name="Manager" BaseType="NS.Person"/>
<Function Name="Near"><Parameter Name="lat" Type="Edm.Double" Nullable="false"/><Parameter Name="lon" Type="Edm.Double" Nullable="false"/><ReturnType Type="Collection(NS.Person)"/></Function>
<Function Name="Near"><Parameter Name="city" Type="Edm.String" Nullable="false"/><ReturnType Type="Edm.String"/></Function>
<Function Name="Near"><ReturnType Type="Collection(NS.Person)"/></Function>
<Function Name="Near"><Parameter Name="city" Type="Edm.Int32" Nullable="false"/><Parameter Name="most" Type="Edm.Int32"/><ReturnType Type="Edm.Int32"/></Function>
<Function Name="Pick"><Parameter Name="a" Type="Edm.Int32"/><Parameter Name="b" Type="Edm.Int32"/><ReturnType Type="Edm.Int32"/></Function>
<Function Name="Pick"><Parameter Name="a" Type="Edm.Int32"/><Parameter Name="c" Type="Edm.Int32"/><ReturnType Type="Edm.Int32"/></Function>
<Function Name="Pay" IsBound="true"><Parameter Name="it" Type="NS.Person"/><ReturnType Type="Edm.Int32"/></Function>
<Function Name="Pay" IsBound="true"><Parameter Name="it" Type="NS.Manager"/><ReturnType Type="Edm.Decimal"/></Function>
<Function Name="Pay" IsBound="true"><Parameter Name="all" Type="Collection(NS.Person)"/><ReturnType Type="Edm.Int32"/></Function>
<EntityContainer Name="C"><EntitySet Name="People" EntityType="NS.Person"/><EntitySet Name="Managers" EntityType="NS.Manager"/>
<FunctionImport Name="Near" Function="NS.Near"/><FunctionImport Name="Pick" Function="NS.Pick"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

const overloadsV3 = `<edmx:Edmx Version="1.0" xmlns:edmx="x"><edmx:DataServices m:DataServiceVersion="3.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><Schema Namespace="NS" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">
<EntityContainer Name="C"><FunctionImport Name="Find" ReturnType="Edm.Int32" m:HttpMethod="GET"><Parameter Name="id" Type="Edm.Int32"/></FunctionImport>
<FunctionImport Name="Find" ReturnType="Edm.Int32" m:HttpMethod="GET"><Parameter Name="name" Type="Edm.String"/></FunctionImport>
<FunctionImport Name="Find" ReturnType="Edm.Int32" m:HttpMethod="POST"><Parameter Name="id" Type="Edm.Int32"/></FunctionImport></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

func TestACallIsOfTheOverloadThatHasItsParameters(t *testing.T) {
	null, text, number := sqltypes.Value{Null: true}, sqltypes.StringValue, sqltypes.IntValue
	degrees := sqltypes.Value{Kind: sqltypes.Double}
	value := `{"value":5}`
	for _, test := range []struct {
		name, metadata, procedure string
		args                      []sqltypes.Value
		exchange                  []exchange
		want                      []string
	}{
		{"two are given", overloadsV4, "Near", []sqltypes.Value{degrees, degrees, null}, []exchange{{"GET /Near(lat=@lat,lon=@lon)?@lat=0.0&@lon=0.0", `{"value":[{"ID":1}]}`}}, []string{"1"}},
		{"another one is given", overloadsV4, "Near", []sqltypes.Value{null, null, text("Ulm")}, []exchange{{"GET /Near(city=@city)?@city='Ulm'", `{"value":"here"}`}}, []string{"here"}},
		{"nothing is given", overloadsV4, "Near", []sqltypes.Value{null, null, null}, []exchange{{"GET /Near()?", `{"value":[{"ID":2}]}`}}, []string{"2"}},
		{"a parameter of another type is another procedure's", overloadsV4, "Near_2", []sqltypes.Value{number(7), null}, []exchange{{"GET /Near(city=@city,most=@most)?@city=7&@most=null", value}}, []string{"5"}},
		{"what tells two apart is given", overloadsV4, "Pick", []sqltypes.Value{number(1), null, number(3)}, []exchange{{"GET /Pick(a=@a,c=@c)?@a=1&@c=3", value}}, []string{"5"}},
		{"the key says that it is of an entity", overloadsV4, "People_Pay", []sqltypes.Value{number(7)}, []exchange{{"GET /People(7)/NS.Pay()?", value}}, []string{"5"}},
		{"and without one, of all", overloadsV4, "People_Pay", []sqltypes.Value{null}, []exchange{{"GET /People/NS.Pay()?", value}}, []string{"5"}},
		{"that of the derived type is the service's choice, whose result is read", overloadsV4, "Managers_Pay", []sqltypes.Value{number(7)}, []exchange{{"GET /Managers(7)/NS.Pay()?", `{"value":5.25}`}}, []string{"5.25"}},
		{"of V3", overloadsV3, "Find", []sqltypes.Value{null, text("x")}, []exchange{{"GET /Find?name='x'", value}}, []string{"5"}},
		{"an action is none of the function's", overloadsV3, "Find_2", []sqltypes.Value{number(4)}, []exchange{{"POST /Find?id=4", value}}, []string{"5"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := callText(t, called(t, test.metadata, test.exchange...), test.procedure, test.args...)
			require.NoError(t, err)
			assert.Equal(t, test.want, rows)
		})
	}
}

func TestACallOfNoOverloadIsAnErrorThatNamesThem(t *testing.T) {
	p := called(t, overloadsV4)
	null, number := sqltypes.Value{Null: true}, sqltypes.IntValue(1)
	_, err := callText(t, p, "Pick", number, null, null)
	assert.ErrorIs(t, err, providers.KindParameter)
	assert.ErrorContains(t, err, "Pick takes (a, b) or (a, c): what is given fits more than one of them")
	_, err = callText(t, p, "Pick", null, number, number)
	assert.ErrorContains(t, err, "Pick takes (a, b) or (a, c): what is given fits none of them")
}

func TestAProcedureListsTheParametersOfItsOverloads(t *testing.T) {
	p := called(t, overloadsV4)
	names, err := p.Procedures(t.Context(), "NS")
	require.NoError(t, err)
	var listed []string
	for _, n := range names {
		line := n.Name
		proc, err := p.Procedure(t.Context(), "NS", n.Name)
		require.NoError(t, err)
		for _, q := range proc.Info().Parameters {
			line += " " + q.Name
			if q.Required {
				line += "!"
			}
		}
		for _, c := range proc.Info().Results {
			line += " → " + c.Name
		}
		listed = append(listed, line)
	}
	assert.Equal(t, []string{"Near lat lon city", "Near_2 city! most → Value", "Pick a b c → Value", "People_Pay ID → Value", "Managers_Pay ID"}, listed)
}
