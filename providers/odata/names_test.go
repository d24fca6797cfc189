package odata

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

func TestNames(t *testing.T) {
	for name, want := range map[string][2]string{
		"Plain_1": {"Plain_1", "Plain_1"}, "Größe": {"Größe", "Größe"}, "Order_x0020_Date": {"Order Date", "Order_Date"},
		"a-b.c": {"a-b.c", "a_b_c"}, "1st": {"1st", "_1st"}, "": {"", "_"}, "_x0041_x": {"Ax", "Ax"}, "_x0000_": {"_x0000_", "_x0000_"}, "_xD800_": {"_xD800_", "_xD800_"}, "_x20_": {"_x20_", "_x20_"},
	} {
		assert.Equal(t, want[0], decodedName(name), name)
		assert.Equal(t, want[1], simpleName(decodedName(name)), name)
	}
	assert.Equal(t, []string{"a_b_2", "a_b", "A_B_3", "c"}, apart([]string{"a-b", "a_b", "A.B", "c"}, simpleName), "names that are simple keep theirs")
}

const oddNames = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="My.Name-Space" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="T"><Key><PropertyRef Name="Order_x0020_No"/></Key><Property Name="Order_x0020_No" Type="Edm.Int32" Nullable="false"/><Property Name="a-b" Type="Edm.Int32"/><Property Name="a_b" Type="Edm.Int32"/>
<Property Name="Parent-No" Type="Edm.Int32"/><Property Name="tags-all" Type="Collection(Edm.String)"/>
<NavigationProperty Name="Parent-Order" Type="My.Name-Space.T"><ReferentialConstraint Property="Parent-No" ReferencedProperty="Order_x0020_No"/></NavigationProperty></EntityType>
<Function Name="count-all"><Parameter Name="for-year" Type="Edm.Int32"/><ReturnType Type="Edm.Int32"/></Function>
<EntityContainer Name="C"><EntitySet Name="Order-List" EntityType="My.Name-Space.T"><NavigationPropertyBinding Path="Parent-Order" Target="Order-List"/></EntitySet><FunctionImport Name="count-all" Function="My.Name-Space.count-all"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

// odd is a service whose names need quotes.
func odd(t *testing.T, properties map[string]string) (p *Provider, asked *[]string) {
	asked = &[]string{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := `{"value":[{"Order_x0020_No":7,"a-b":1,"a_b":2,"tags-all":["x","y"]}]}`
		switch query, err := url.PathUnescape(r.URL.RawQuery); {
		case err != nil:
			t.Error(err)
		case r.URL.Path == "/$metadata":
			answer = oddNames
		default:
			*asked = append(*asked, r.URL.Path+"?"+query)
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path == "/count-all(for-year=@for-year)" || r.URL.Path == "/count-all(for-year=2024)" {
				answer = `{"value":3}`
			}
		}
		_, err := w.Write([]byte(answer))
		assert.NoError(t, err)
	}))
	t.Cleanup(srv.Close)
	all := map[string]string{"URL": srv.URL, "ODataCapabilities": "filter,select"}
	for name, v := range properties {
		all[name] = v
	}
	opened, err := Open(providers.Options{Properties: all, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, opened.Close()) })
	return opened.(*Provider), asked
}

func TestNamesAreShownAsTheUserWantsAndSentAsTheyAre(t *testing.T) {
	for _, test := range []struct {
		name, simple, decode string
		schema, table, view  string
		columns              []string
		procedure, parameter string
	}{
		{"decoded", "", "", "My.Name-Space", "Order-List", "Order-List_tags-all", []string{"Order No", "a-b", "a_b", "Parent-No"}, "count-all", "for-year"},
		{"as they are", "false", "false", "My.Name-Space", "Order-List", "Order-List_tags-all", []string{"Order_x0020_No", "a-b", "a_b", "Parent-No"}, "count-all", "for-year"},
		{"simple", "true", "true", "My_Name_Space", "Order_List", "Order_List_tags_all", []string{"Order_No", "a_b_2", "a_b", "Parent_No"}, "count_all", "for_year"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, asked := odd(t, map[string]string{"UseSimpleNames": test.simple, "DecodeXMLNames": test.decode})
			tab, err := p.Table(t.Context(), test.schema, test.table)
			require.NoError(t, err)
			assert.Equal(t, []providers.Navigation{{Name: "Parent-Order", Schema: test.schema, Table: test.table,
				Pairs: []providers.ColumnPair{{Column: 3, Other: test.columns[0]}}}}, tab.Info().Navigations)
			rows, err := read(t, plan(t, tab, &providers.ScanRequest{Columns: named(tab, test.columns...), Filter: []providers.Predicate{compare(tab, providers.Eq, test.columns[1], 1)}}))
			require.NoError(t, err)
			assert.Equal(t, []string{"7|1|2|∅"}, rows)
			assert.Equal(t, []string{"/Order-List?$filter=a-b eq 1&$select=Order_x0020_No,a-b,a_b,Parent-No"}, *asked)

			view, err := p.Table(t.Context(), test.schema, test.view)
			require.NoError(t, err)
			rows, err = read(t, plan(t, view, &providers.ScanRequest{Columns: named(view, test.table+"_"+test.columns[0], "Value")}))
			require.NoError(t, err)
			assert.Equal(t, []string{"7|x", "7|y"}, rows)

			call, err := p.Procedure(t.Context(), test.schema, test.procedure)
			require.NoError(t, err)
			assert.Equal(t, test.parameter, call.Info().Parameters[0].Name)
			_, err = call.Call(t.Context(), []sqltypes.Value{sqltypes.IntValue(2024)}, nil)
			require.NoError(t, err)
			assert.Contains(t, (*asked)[len(*asked)-1], "/count-all(for-year=")
		})
	}
}

// named are the columns of names that may have blanks in them.
func named(tab providers.Table, names ...string) (list []int) {
	for _, n := range names {
		list = append(list, ref(tab, n).Column)
	}
	return list
}

func TestFeedURLShowsOneTable(t *testing.T) {
	p, _ := odd(t, nil)
	root := p.options.String("URL")
	p, _ = odd(t, map[string]string{"URL": root, "FeedURL": root + "/Order%2DList/"})
	names, err := p.Tables(t.Context(), "")
	require.NoError(t, err)
	assert.Len(t, names, 2, "the set and the view of its collection")
	p, _ = odd(t, map[string]string{"URL": root, "FeedURL": root + "/OrderList", "UseSimpleNames": "true"})
	_, err = p.Tables(t.Context(), "")
	assert.ErrorIs(t, err, providers.KindProperty)
	assert.ErrorContains(t, err, "FeedURL")
	assert.ErrorContains(t, err, "Order-List")
}
