package odata

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSetsOfOtherContainersAreToldApart(t *testing.T) {
	const head = `<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices m:DataServiceVersion="2.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
<Schema Namespace="Types" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"><EntityType Name="Order"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/>
<NavigationProperty Name="Before" Relationship="Types.Follows" FromRole="Later" ToRole="Earlier"/></EntityType>
<Association Name="Follows"><End Type="Types.Order" Role="Later" Multiplicity="*"/><End Type="Types.Order" Role="Earlier" Multiplicity="0..1"/></Association></Schema>`
	container := func(name, isDefault string) string {
		return `<EntityContainer Name="` + name + `"` + isDefault + `><EntitySet Name="Orders" EntityType="Types.Order"/><EntitySet Name="` + name + `Only" EntityType="Types.Order"/>
<AssociationSet Name="F" Association="Types.Follows"><End Role="Later" EntitySet="Orders"/><End Role="Earlier" EntitySet="Orders"/></AssociationSet>
<FunctionImport Name="` + name + `Count" ReturnType="Edm.Int32" m:HttpMethod="GET"/></EntityContainer>`
	}
	yes, no := ` m:IsDefaultEntityContainer="true"`, ` m:IsDefaultEntityContainer="false"`
	schema := func(namespace, inner string) string {
		return `<Schema Namespace="` + namespace + `" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">` + inner + `</Schema>`
	}
	for _, test := range []struct {
		name, schemas string
		want          map[string]string // path by schema and name
		before        map[string]string // the set that Before leads to
		calls         map[string]string
	}{
		{
			name: "one schema, the default container last", schemas: schema("NS", container("Old", no)+container("Main", yes)),
			want:   map[string]string{"NS.Orders": "Orders", "NS.MainOnly": "MainOnly", "NS.Old_Orders": "Old.Orders", "NS.OldOnly": "Old.OldOnly"},
			before: map[string]string{"Orders": "Orders", "Old_Orders": "Old_Orders"},
			calls:  map[string]string{"MainCount": "MainCount", "OldCount": "Old.OldCount"},
		},
		{
			name: "a schema each", schemas: schema("A", container("Main", yes)) + schema("B", container("Old", "")),
			want:  map[string]string{"A.Orders": "Orders", "A.MainOnly": "MainOnly", "B.Orders": "Old.Orders", "B.OldOnly": "Old.OldOnly"},
			calls: map[string]string{"MainCount": "MainCount", "OldCount": "Old.OldCount"},
		},
		{
			name: "one alone, which says that it is not the default", schemas: schema("A", container("Main", no)),
			want:  map[string]string{"A.Orders": "Orders", "A.MainOnly": "MainOnly"},
			calls: map[string]string{"MainCount": "MainCount"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := ReadModel([]byte(head + test.schemas + `</edmx:DataServices></edmx:Edmx>`))
			require.NoError(t, err)
			paths := map[string]string{}
			for _, s := range m.Sets {
				paths[s.Namespace+"."+s.Name] = s.path()
				if want := test.before[s.Name]; want != "" {
					assert.Equal(t, want, s.Navigations[0].Target)
				}
			}
			assert.Equal(t, test.want, paths)
			calls := map[string]string{}
			for _, o := range m.Operations {
				calls[o.Name] = o.Wire
			}
			assert.Equal(t, test.calls, calls)
		})
	}
}
