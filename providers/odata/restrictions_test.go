package odata

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

const restrictedService = `<?xml version="1.0"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:Reference Uri="x"><edmx:Include Namespace="Org.OData.Capabilities.V1" Alias="Cap"/></edmx:Reference>
<edmx:DataServices><Schema Namespace="NS" Alias="Self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="Base"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityType Name="Thing" BaseType="Self.Base"><Property Name="Name" Type="Edm.String"/><Property Name="Secret" Type="Edm.Int32"/><Property Name="Flag" Type="Edm.Boolean"/>
<NavigationProperty Name="Parent" Type="Self.Thing"><ReferentialConstraint Property="Secret" ReferencedProperty="ID"/></NavigationProperty>
<NavigationProperty Name="Owner" Type="Self.Thing"><ReferentialConstraint Property="Secret" ReferencedProperty="ID"/></NavigationProperty></EntityType>
<Function Name="Found"><Parameter Name="Site" Type="Edm.String" Nullable="false"/><Parameter Name="From" Type="Edm.Date"/><ReturnType Type="Collection(Self.Thing)"/></Function>
<Function Name="Bound" IsBound="true"><Parameter Name="it" Type="Self.Thing"/><ReturnType Type="Edm.Int32"/></Function>
<Function Name="Odd"><Parameter Name="it" Type="Self.Thing"/><ReturnType Type="Edm.Int32"/></Function>
<EntityContainer Name="C">
<EntitySet Name="Things" EntityType="Self.Thing">
<NavigationPropertyBinding Path="Parent" Target="Things"/><NavigationPropertyBinding Path="Owner" Target="Things"/>
<Annotation Term="Cap.FilterRestrictions"><Record><PropertyValue Property="Filterable" Bool="true"/><PropertyValue Property="NonFilterableProperties"><Collection><PropertyPath>Secret</PropertyPath><PropertyPath> Flag </PropertyPath></Collection></PropertyValue></Record></Annotation>
<Annotation Term="Cap.SortRestrictions"><Record><PropertyValue Property="NonSortableProperties"><Collection><PropertyPath>Name</PropertyPath></Collection></PropertyValue></Record></Annotation>
<Annotation Term="Cap.ExpandRestrictions"><Record><PropertyValue Property="NonExpandableProperties"><Collection><NavigationPropertyPath>Owner</NavigationPropertyPath></Collection></PropertyValue></Record></Annotation>
</EntitySet>
<EntitySet Name="Locked" EntityType="Self.Thing"/>
<FunctionImport Name="Found" Function="Self.Found" EntitySet="Things"/><FunctionImport Name="Odd" Function="Self.Odd"/>
</EntityContainer>
<Annotations Target="Self.C/Locked"><Annotation Term="Org.OData.Capabilities.V1.TopSupported" Bool="false"/><Annotation Term="Cap.SkipSupported"><Bool>false</Bool></Annotation>
<Annotation Term="Cap.CountRestrictions"><Record><PropertyValue Property="Countable" Bool="false"/></Record></Annotation>
<Annotation Term="Cap.FilterRestrictions"><Record><PropertyValue Property="Filterable" Bool="false"/></Record></Annotation>
<Annotation Term="Cap.SortRestrictions"><Record><PropertyValue Property="Sortable"><Bool>false</Bool></PropertyValue></Record></Annotation>
<Annotation Term="Cap.ExpandRestrictions"><Record><PropertyValue Property="Expandable" Bool="false"/></Record></Annotation></Annotations>
</Schema></edmx:DataServices></edmx:Edmx>`

func restrictedTable(t *testing.T, name string) *Table {
	m, err := ReadModel([]byte(restrictedService))
	require.NoError(t, err)
	return NewTable(&Service{Root: "https://host/svc", Traits: DefaultTraits(V4)}, m, m.Find(name), TableOptions{})
}

func TestRestrictionsOfTheMetadataAreObeyed(t *testing.T) {
	number := func(tab *Table, column string) providers.Predicate {
		i := tab.Info().Find(column)
		return &providers.Call{Func: providers.Eq, T: sqltypes.Of(sqltypes.Bool), Args: []providers.Expr{
			&providers.ColumnRef{Column: i, Name: column, T: tab.Info().Columns[i].Type}, &providers.Const{Value: sqltypes.IntValue(7)}}}
	}
	flag := func(tab *Table) providers.Predicate {
		i := tab.Info().Find("Flag")
		return &providers.ColumnRef{Column: i, Name: "Flag", T: sqltypes.Of(sqltypes.Bool)}
	}
	things, locked := restrictedTable(t, "Things"), restrictedTable(t, "Locked")
	plan := func(tab *Table, r *providers.ScanRequest) *providers.ScanPlan {
		p, err := tab.Plan(t.Context(), r)
		require.NoError(t, err)
		return p
	}
	t.Run("what cannot be filtered is not", func(t *testing.T) {
		p := plan(things, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{number(things, "ID"), number(things, "Secret"), flag(things)}})
		assert.Equal(t, []providers.Verdict{providers.Exact, providers.None, providers.None}, p.Filter)
		assert.Contains(t, p.Reasons[1], "the metadata says that the server does not filter by Secret")
		p = plan(locked, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{number(locked, "ID")}})
		assert.Equal(t, []providers.Verdict{providers.None}, p.Filter)
	})
	t.Run("what cannot be sorted is not", func(t *testing.T) {
		p := plan(things, &providers.ScanRequest{Columns: []int{0}, Order: []providers.OrderTerm{{Column: things.Info().Find("Name"), NullsFirst: true}}})
		assert.Equal(t, "the server cannot sort by Name", p.OrderReason)
		assert.Equal(t, []string{"GET https://host/svc/Locked?$select=ID"}, plan(locked, &providers.ScanRequest{Columns: []int{0}}).Requests,
			"neither sorted nor counted nor cut")
	})
	t.Run("what cannot be expanded is not", func(t *testing.T) {
		expand := func(tab *Table, navigation string) providers.Verdict {
			return plan(tab, &providers.ScanRequest{Columns: []int{0}, Expand: []providers.ExpandTerm{{Navigation: navigation, Columns: []int{0}, Target: tab.Info()}}}).Expand
		}
		assert.Equal(t, providers.Exact, expand(things, "Parent"))
		assert.Equal(t, providers.None, expand(things, "Owner"))
		assert.Equal(t, providers.None, expand(locked, "Parent"))
	})
}

func TestFunctionsOfTheMetadata(t *testing.T) {
	m, err := ReadModel([]byte(restrictedService))
	require.NoError(t, err)
	require.Len(t, m.Functions, 1, "bound ones, and those that take more than plain values, cannot be called by an import")
	f := m.Functions[0]
	assert.Equal(t, []any{"Found", "Things", "NS.Thing", true}, []any{f.Name, f.Set, f.Type, f.Collection})
	set := *m.Find("Things")
	for _, p := range f.Parameters {
		p.Input, p.Hidden, p.Required = true, true, !p.Nullable
		set.Properties = append(set.Properties, p)
	}
	tab := NewTable(&Service{Root: "https://host/svc", Traits: DefaultTraits(V4)}, m, &set, TableOptions{Call: f.Name})
	is := func(name string, v sqltypes.Value) providers.Predicate {
		i := tab.Info().Find(name)
		return &providers.Call{Func: providers.Eq, T: sqltypes.Of(sqltypes.Bool), Args: []providers.Expr{
			&providers.ColumnRef{Column: i, Name: name, T: tab.Info().Columns[i].Type}, &providers.Const{Value: v}}}
	}
	t.Run("its parameters travel by aliases", func(t *testing.T) {
		p, err := tab.Plan(t.Context(), &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{is("Site", sqltypes.StringValue("O'Hare/2")), is("From", sqltypes.DateValue(19000))}})
		require.NoError(t, err)
		assert.Equal(t, []string{"GET https://host/svc/Found(Site=@Site,From=@From)?$orderby=ID&@Site='O''Hare/2'&@From=2022-01-08&$select=ID&$top=1000&$count=true"}, p.Requests)
	})
	t.Run("one that may not be null is required", func(t *testing.T) {
		_, err := tab.Plan(t.Context(), &providers.ScanRequest{Columns: []int{0}})
		assert.ErrorIs(t, err, providers.KindParameter)
	})
}
