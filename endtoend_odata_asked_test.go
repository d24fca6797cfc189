package epicorerp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// everyKind has what the CSDL of V4 can say of a service.
const everyKind = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="NS" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="Rights" IsFlags="true"><Member Name="Read" Value="1"/><Member Name="Write" Value="2"/></EnumType>
<TypeDefinition Name="Money" UnderlyingType="Edm.Decimal" Precision="9" Scale="2"/><TypeDefinition Name="Code" UnderlyingType="Edm.String" MaxLength="8"/>
<ComplexType Name="Place"><Property Name="City" Type="Edm.String"/></ComplexType>
<EntityType Name="Person"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/><Property Name="Code" Type="NS.Code"/><Property Name="Home" Type="NS.Place"/>
<Property Name="Rights" Type="NS.Rights"/><Property Name="Photo" Type="Edm.Stream"/><Property Name="Emails" Type="Collection(Edm.String)"/><Property Name="TeamNo" Type="Edm.Int32"/>
<NavigationProperty Name="Team" Type="NS.Team" Partner="Members"><ReferentialConstraint Property="TeamNo" ReferencedProperty="No"/></NavigationProperty>
<NavigationProperty Name="Trips" Type="Collection(NS.Trip)" ContainsTarget="true"/></EntityType>
<EntityType Name="Boss" BaseType="NS.Person"><Property Name="Bonus" Type="NS.Money"/></EntityType>
<EntityType Name="Trip"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityType Name="Team"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32" Nullable="false"/><NavigationProperty Name="Members" Type="Collection(NS.Person)" Partner="Team"/></EntityType>
<Function Name="Near"><Parameter Name="city" Type="Edm.String" Nullable="false"/><ReturnType Type="Collection(NS.Team)"/></Function>
<Function Name="Near"><Parameter Name="no" Type="Edm.Int32" Nullable="false"/><Parameter Name="most" Type="Edm.Int32"/><ReturnType Type="Collection(Edm.String)"/></Function>
<Action Name="Reset"/>
<EntityContainer Name="C"><EntitySet Name="People" EntityType="NS.Person"><NavigationPropertyBinding Path="Team" Target="Teams"/></EntitySet><EntitySet Name="Teams" EntityType="NS.Team"/><Singleton Name="Me" Type="NS.Boss"/>
<FunctionImport Name="Near" Function="NS.Near"/><ActionImport Name="Reset" Action="NS.Reset"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

// answering is a service that answers each path with a text, "" for no content,
// whatever the query says.
func answering(t *testing.T, metadata string, answers map[string]string) (string, *odatatest.Recorder) {
	recorder := odatatest.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, there := answers[r.URL.Path]
		if r.URL.Path == "/$metadata" {
			body, there = metadata, true
		}
		w.Header().Set("Content-Type", "application/json")
		if !there {
			w.WriteHeader(http.StatusNotFound)
		} else if body == "" {
			w.WriteHeader(http.StatusNoContent)
		}
		_, _ = io.WriteString(w, body) // a client that has gone fails its own test
	}))
	srv := httptest.NewServer(recorder)
	t.Cleanup(srv.Close)
	return srv.URL, recorder
}

// What a service has is reached by SQL: each line asks for one kind of thing that
// metadata of V4 can describe.
func TestODataIsAskedInSQL(t *testing.T) {
	people := `{"ID":1,"Code":"a","Home":{"City":"Ulm"},"Rights":"Read,Write","Emails":["x","y"],"TeamNo":7,"Trips":[{"No":5},{"No":6}]},
		{"@odata.type":"#NS.Boss","ID":2,"Code":null,"Home":null,"Rights":"Read","Emails":[],"TeamNo":null,"Bonus":12345.60,"Trips":[]}`
	root, _ := answering(t, everyKind, map[string]string{
		"/": `{"value":[]}`, "/People": `{"value":[` + people + `]}`, "/Teams": `{"value":[{"No":7},{"No":8}]}`,
		"/Me":   `{"ID":2,"Code":"b","Home":{"City":null},"Rights":null,"Emails":[],"TeamNo":8,"Bonus":0.10}`,
		"/Near": "", "/Near(city=@city)": `{"value":[{"No":8}]}`, "/Near(no=@no,most=@most)": `{"value":["x","y"]}`, "/Reset": "",
	})
	db := openDSN(t, "odata:URL="+root+";ODataCapabilities=expand")
	for _, test := range []struct {
		name, query string
		want        []string
	}{
		{"sets and singletons are tables, and collections are views", "SELECT TableName, TableType FROM sys_tables WHERE SchemaName = 'NS' ORDER BY 1",
			[]string{"Me | TABLE", "Me_Emails | VIEW", "Me_Trips | VIEW", "People | TABLE", "People_Emails | VIEW", "People_Trips | VIEW", "Teams | TABLE", "Teams_Members | VIEW"}},
		{"columns are of the types beneath, and there is none for a stream", "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale FROM information_schema.columns WHERE table_name = 'People' ORDER BY ordinal_position",
			[]string{"ID | integer | NULL | 10 | 0", "Code | varchar | 8 | NULL | NULL", "Home_City | varchar | NULL | NULL | NULL", "Rights | varchar | NULL | NULL | NULL", "Emails | json | NULL | NULL | NULL", "TeamNo | integer | NULL | 10 | 0", "Bonus | decimal | NULL | 9 | 2"}},
		{"a relation is a foreign key", "SELECT ColumnName, ReferencedTableName, ReferencedColumnName FROM sys_foreignkeys WHERE TableName = 'People'", []string{"TeamNo | Teams | No"}},
		{"and one of the standard's", "SELECT table_name, referenced_table_name FROM information_schema.referential_constraints WHERE table_name = 'People'", []string{"People | Teams"}},
		{"by columns", "SELECT column_name, referenced_column_name FROM information_schema.key_column_usage WHERE table_name = 'People' AND referenced_table_name = 'Teams'", []string{"TeamNo | No"}},
		{"the columns of derived types are NULL for others", "SELECT ID, Bonus FROM People ORDER BY ID", []string{"1 | NULL", "2 | 12345.60"}},
		{"complex values are columns", "SELECT ID, Home_City FROM People ORDER BY ID", []string{"1 | Ulm", "2 | NULL"}},
		{"enumerations are names", "SELECT ID FROM People WHERE Rights LIKE '%Write%'", []string{"1"}},
		{"a singleton is one row", "SELECT ID, Code, Bonus FROM Me", []string{"2 | b | 0.10"}},
		{"contained entities are a view", "SELECT People_ID, No FROM People_Trips ORDER BY No DESC", []string{"1 | 6", "1 | 5"}},
		{"plain values are a view", "SELECT Value FROM People_Emails ORDER BY 1", []string{"x", "y"}},
		{"relations are joined along", "SELECT p.ID, t.No FROM Teams t LEFT JOIN People p ON p.TeamNo = t.No ORDER BY t.No", []string{"1 | 7", "NULL | 8"}},
		{"an overload of a function is called by its parameters", "EXEC Near city = 'Ulm'", []string{"8"}},
		{"and another by its", "EXEC Near no = 7", []string{"x", "y"}},
		{"an action is called", "EXEC Reset", nil},
		{"the catalog has the parameters of all overloads", "SELECT ColumnName, Ordinal, IsRequired FROM sys_procedureparameters WHERE ProcedureName = 'Near' ORDER BY Ordinal", []string{"city | 1 | false", "no | 2 | false", "most | 3 | false"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := texts(t.Context(), db, test.query)
			require.NoError(t, err)
			assert.Equal(t, test.want, rows)
		})
	}
	_, err := texts(t.Context(), db, "EXEC Near city = 'Ulm', no = 7")
	assert.ErrorContains(t, err, "Near takes (city) or (no, most): what is given fits none of them")
}

func TestSearchInAndHasAreAskedOfServicesThatKnowThem(t *testing.T) {
	root, recorder := answering(t, everyKind, map[string]string{"/": "{}", "/People": `{"value":[{"ID":1,"Rights":"Read,Write"},{"ID":2,"Rights":"Read"}]}`})
	for _, test := range []struct {
		words, condition, request string
		want                      []string
	}{
		{"search", "Search = 'red AND big'", "$search=red AND big", []string{"1", "2"}},
		{"search", "Search = 'red' AND ID > 1", "$search=red", []string{"2"}},
		{"filter,in", "ID IN (1, 2)", "$filter=ID in (1,2)", []string{"1", "2"}},
		{"filter", "ID IN (1, 2)", "$filter=(ID eq 1 or ID eq 2)", []string{"1", "2"}},
		{"filter,has", "Rights LIKE '%Write%'", "$filter=(Rights has NS.Rights'Write')", []string{"1"}},
	} {
		t.Run(test.words+": "+test.condition, func(t *testing.T) {
			db := openDSN(t, "odata:URL="+root+";ODataCapabilities="+test.words)
			recorder.ResetCounters()
			rows, err := texts(t.Context(), db, "SELECT ID FROM People WHERE "+test.condition+" ORDER BY ID")
			require.NoError(t, err)
			assert.Equal(t, test.want, rows)
			var asked []string
			for _, r := range recorder.Requests() {
				line, err := url.PathUnescape(r.Line())
				require.NoError(t, err)
				asked = append(asked, line)
			}
			assert.Contains(t, asked, "GET /People?"+test.request)
		})
	}
	_, err := texts(t.Context(), openDSN(t, "odata:URL="+root+";ODataCapabilities=none"), "SELECT ID FROM People WHERE Search = 'red'")
	assert.ErrorContains(t, err, "Search", "no service is asked that does not announce it")
}

// held has collections that are not members of their set's entities: those within
// a complex value, and those of a derived type.
const held = `<edmx:Edmx Version="%s" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="NS" xmlns="%s">
<ComplexType Name="Phone"><Property Name="Number" Type="Edm.String"/></ComplexType>
<ComplexType Name="Place"><Property Name="City" Type="Edm.String"/><Property Name="Phones" Type="Collection(NS.Phone)"/><Property Name="Next" Type="NS.Place"/></ComplexType>
<EntityType Name="Person"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/><Property Name="Home" Type="NS.Place"/></EntityType>
<EntityType Name="Boss" BaseType="NS.Person"><Property Name="Titles" Type="Collection(Edm.String)"/><Property Name="Odd" Type="Collection(Edm.String)"/></EntityType>
<EntityType Name="Guest" BaseType="NS.Person"><Property Name="Odd" Type="Collection(Edm.Int32)"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="People" EntityType="NS.Person"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

func TestCollectionsWithinComplexValuesAndOfDerivedTypesAreViews(t *testing.T) {
	const v3, v4 = "http://schemas.microsoft.com/ado/2009/11/edm", "http://docs.oasis-open.org/odata/ns/edm"
	const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">`
	entry := func(properties string) string {
		return `<entry><content type="application/xml"><m:properties>` + properties + `</m:properties></content></entry>`
	}
	for _, form := range []struct{ name, metadata, document, people string }{
		{"V4", fmt.Sprintf(held, "4.0", v4), "{}", `{"value":[{"ID":1,"Home":{"City":"Ulm","Phones":[{"Number":"11"},{"Number":"12"}]}},
			{"@odata.type":"#NS.Boss","ID":2,"Home":null,"Titles":["Dr","Prof"]},{"ID":3,"Home":{"City":null}},{"@odata.type":"#NS.Boss","ID":4,"Home":{"Phones":null},"Titles":[]},{"ID":5,"Home":{"Phones":[{"Number":null}]}}]}`},
		{"V3 in verbose JSON", fmt.Sprintf(held, "1.0", v3), `{"d":{"EntitySets":[]}}`, `{"d":{"results":[{"ID":1,"Home":{"__metadata":{"type":"NS.Place"},"City":"Ulm","Phones":{"__metadata":{"type":"Collection(NS.Phone)"},"results":[{"Number":"11"},{"Number":"12"}]}}},
			{"ID":2,"Home":null,"Titles":{"results":["Dr","Prof"]}},{"ID":3,"Home":{"City":null}},{"ID":4,"Home":{"Phones":null},"Titles":{"results":[]}},{"ID":5,"Home":{"Phones":{"results":[{"Number":null}]}}}]}}`},
		{"V3 in Atom", fmt.Sprintf(held, "1.0", v3), `<service/>`, atom +
			entry(`<d:ID m:type="Edm.Int32">1</d:ID><d:Home m:type="NS.Place"><d:City>Ulm</d:City><d:Phones m:type="Collection(NS.Phone)"><d:element><d:Number>11</d:Number></d:element><d:element><d:Number>12</d:Number></d:element></d:Phones></d:Home>`) +
			entry(`<d:ID m:type="Edm.Int32">2</d:ID><d:Home m:null="true"/><d:Titles m:type="Collection(Edm.String)"><d:element>Dr</d:element><d:element>Prof</d:element></d:Titles>`) +
			entry(`<d:ID m:type="Edm.Int32">5</d:ID><d:Home m:type="NS.Place"><d:Phones m:type="Collection(NS.Phone)"><d:element><d:Number m:null="true"/></d:element></d:Phones></d:Home>`) + `</feed>`},
	} {
		t.Run(form.name, func(t *testing.T) {
			root, recorder := answering(t, form.metadata, map[string]string{"/": form.document, "/People": form.people})
			db := openDSN(t, "odata:URL="+root+";ODataCapabilities=select")
			for _, test := range []struct {
				query string
				want  []string
			}{
				{"SELECT TableName FROM sys_tables WHERE SchemaName = 'NS' ORDER BY 1", []string{"People", "People_Home_Phones", "People_Titles"}}, // neither Home_Next_Phones nor Odd
				{"SELECT People_ID, Number FROM People_Home_Phones ORDER BY 1, 2", []string{"1 | 11", "1 | 12", "5 | NULL"}},
				{"SELECT People_ID, Value FROM People_Titles ORDER BY 2", []string{"2 | Dr", "2 | Prof"}},
				{"SELECT p.Home_City, COUNT(n.Number) FROM People p LEFT JOIN People_Home_Phones n ON n.People_ID = p.ID WHERE p.ID < 3 GROUP BY p.ID, p.Home_City ORDER BY p.ID", []string{"Ulm | 2", "NULL | 0"}},
				{"SELECT ID FROM People p WHERE EXISTS (SELECT 1 FROM People_Home_Phones n WHERE n.People_ID = p.ID AND n.Number > '11')", []string{"1"}},
			} {
				rows, err := texts(t.Context(), db, test.query)
				require.NoError(t, err, test.query)
				assert.Equal(t, test.want, rows, test.query)
			}
			for _, r := range recorder.Requests() {
				assert.NotContains(t, r.Query, "Titles", "the set's own type has no such property")
			}
		})
	}
}

// associated is metadata of V2 or V3, whose relations are associations.
const associated = `<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices%s xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><Schema Namespace="NS" xmlns="%s">
<EntityType Name="Order"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/><Property Name="Cust" Type="Edm.Int64"/><Property Name="At" Type="Edm.DateTime"/><NavigationProperty Name="Customer" Relationship="NS.Of" FromRole="Orders" ToRole="Customer"/></EntityType>
<EntityType Name="Customer"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int64" Nullable="false"/></EntityType>
<Association Name="Of"><End Role="Customer" Type="NS.Customer" Multiplicity="0..1"/><End Role="Orders" Type="NS.Order" Multiplicity="*"/>
<ReferentialConstraint><Principal Role="Customer"><PropertyRef Name="No"/></Principal><Dependent Role="Orders"><PropertyRef Name="Cust"/></Dependent></ReferentialConstraint></Association>
<EntityContainer Name="C"><EntitySet Name="Orders" EntityType="NS.Order"/><EntitySet Name="Customers" EntityType="NS.Customer"/>
<AssociationSet Name="OfSet" Association="NS.Of"><End Role="Customer" EntitySet="Customers"/><End Role="Orders" EntitySet="Orders"/></AssociationSet></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

func TestODataVersionGoesBeforeWhatTheMetadataSay(t *testing.T) {
	const v2, v3 = "http://schemas.microsoft.com/ado/2008/09/edm", "http://schemas.microsoft.com/ado/2009/11/edm"
	for _, test := range []struct{ name, service, namespace, rows, version string }{
		{"nothing but the namespace of V2, and nothing set", "", v2, `{"d":{"results":[%s]}}`, ""},
		{"nothing but the namespace of V3, and nothing set", "", v3, `{"odata.metadata":"x","value":[%s]}`, ""},
		{"metadata of V3 of a service of V2", ` m:DataServiceVersion="1.0" m:MaxDataServiceVersion="3.0"`, v3, `{"d":{"results":[%s]}}`, "2.0"},
		{"metadata of V2 of a service of V3", ` m:DataServiceVersion="2.0"`, v2, `{"odata.metadata":"x","value":[%s]}`, "3.0"},
		{"metadata of V3 of a service that answers as V4", "", v3, `{"value":[%s]}`, "4.0"},
		{"metadata of V3 of a service that answers as V4.01", "", v3, `{"@context":"x","value":[%s]}`, "4.01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			order := `{"ID":1,"Cust":"9007199254740993","At":"\/Date(1709164800000)\/"}`
			if !strings.HasPrefix(test.rows, `{"d"`) {
				order = `{"ID":1,"Cust":9007199254740993,"At":"2024-02-29T00:00:00"}`
			}
			document := strings.Replace(strings.Replace(test.rows, "%s", "", 1), "results", "EntitySets", 1)
			root, _ := answering(t, fmt.Sprintf(associated, test.service, test.namespace), map[string]string{"/": document, "/Orders": fmt.Sprintf(test.rows, order)})
			db := openDSN(t, "odata:URL="+root+";ODataCapabilities=none;ODataVersion="+test.version)
			rows, err := texts(t.Context(), db, "SELECT ID, Cust, CAST(At AS DATE) FROM Orders")
			require.NoError(t, err)
			require.Len(t, rows, 1)
			assert.Contains(t, rows[0], "1 | 9007199254740993 | 2024-02-29")
			rows, err = texts(t.Context(), db, "SELECT TableName, ColumnName, ReferencedTableName, ReferencedColumnName FROM sys_foreignkeys WHERE SchemaName = 'NS' AND TableName = 'Orders'")
			require.NoError(t, err)
			assert.Equal(t, []string{"Orders | Cust | Customers | No"}, rows, "associations are foreign keys")
		})
	}
}

// numbered is a schema of one set with so many rows.
func numbered(t testing.TB, n int) *odatatest.Schema {
	columns := []odatatest.Column{{Name: "ID", Type: odatatest.EdmInt32}, {Name: "Name", Type: odatatest.EdmString, Nullable: true}, {Name: "Amount", Type: odatatest.EdmInt32, Nullable: true}}
	rows := make([][]any, n)
	for i := range rows {
		rows[i] = []any{i, fmt.Sprintf("name %d", i), i % 10}
		if i%7 == 0 {
			rows[i][2] = nil
		}
	}
	source, err := odatatest.Rows(columns, rows...)
	require.NoError(t, err)
	return &odatatest.Schema{Namespace: "NS", Container: "C", Sets: []*odatatest.Set{{Name: "Things", Type: "Thing", Columns: columns, Key: []string{"ID"}, Rows: source}}}
}

func TestLongListsComeInSeveralRequestsAndEachRowOnce(t *testing.T) {
	var list []string
	for i := 0; i < 3000; i += 3 {
		list = append(list, fmt.Sprint(i), fmt.Sprint(i)) // twice, which is once
	}
	in := "ID IN (" + strings.Join(list, ",") + ")"
	for _, form := range odataForms {
		t.Run(form.name, func(t *testing.T) {
			s := odatatest.NewServer(form.version, numbered(t, 2000), append([]odatatest.Option{odatatest.WithPageSize(100)}, form.options...)...)
			defer s.Close()
			db := openDSN(t, "odata:URL="+s.URL+";MaxURLLength=1500")
			for query, want := range map[string][]string{
				"SELECT COUNT(*), COUNT(DISTINCT ID), SUM(ID) FROM Things WHERE " + in:                                 {"667 | 667 | 666333"},
				"SELECT ID FROM Things WHERE " + in + " ORDER BY ID DESC LIMIT 3":                                      {"1998", "1995", "1992"},
				"SELECT ID FROM Things WHERE " + in + " ORDER BY ID LIMIT 3 OFFSET 300":                                {"900", "903", "906"},
				"SELECT COUNT(*) FROM Things WHERE NOT (" + in + ")":                                                   {"1333"},
				"SELECT COUNT(*) FROM Things WHERE Amount = 1 AND " + in + " AND Name LIKE 'name 1%'":                  {"31"},
				"SELECT COUNT(*) FROM (SELECT ID FROM Things WHERE " + in + " LIMIT 500) AS some WHERE ID IS NOT NULL": {"500"},
			} {
				rows, err := texts(t.Context(), db, query)
				require.NoError(t, err)
				assert.Equal(t, want, rows, query[:40])
			}
			for _, r := range s.Requests() {
				assert.LessOrEqual(t, len(s.URL)+len(r.Path)+1+len(r.Query), 1500)
			}
			few := strings.Join(list[1200:2000], ",") // 400 of 2000 rows, in pages of 100
			for query, want := range map[string]string{
				"ID IN (" + few + ") ORDER BY Amount, ID":       "order here (the rows of a long list come by several requests",
				"ID IN (" + few + ") ORDER BY ID DESC LIMIT 3":  "order here (the rows of a long list come by several requests",
				"Amount IN (1," + few + ") ORDER BY ID":         "order here (the rows of a long list come by several requests",
				"Amount IN (1," + few + ") ORDER BY ID LIMIT 3": "order at the server: ID", // three are soon found
			} {
				rows, err := texts(t.Context(), db, "EXPLAIN SELECT ID FROM Things WHERE "+query)
				require.NoError(t, err)
				assert.Contains(t, strings.Join(rows, "\n"), want)
			}
		})
	}
}

func TestEveryRequestHasWhatTheConnectionAdds(t *testing.T) {
	for _, form := range odataForms {
		t.Run(form.name, func(t *testing.T) {
			s := odatatest.NewServer(form.version, numbered(t, 60), append([]odatatest.Option{odatatest.WithPageSize(20), odatatest.WithRelativeNextLinks()}, form.options...)...)
			defer s.Close()
			var mu sync.Mutex
			var paths []string
			checked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				paths = append(paths, r.Method+" "+r.URL.Path)
				mu.Unlock()
				assert.Equal(t, "blue", r.Header.Get("X-Tenant"), r.URL)
				assert.Contains(t, r.Header.Get("Cookie"), "sso=1", r.URL)
				assert.Equal(t, "100", r.URL.Query().Get("sap-client"), r.URL)
				assert.Len(t, r.URL.Query()["sap-client"], 1, "%s: once", r.URL)
				if form.version == odatatest.V4 && r.Method == http.MethodGet && r.URL.Path == "/Things" {
					assert.Contains(t, r.Header.Get("Prefer"), "odata.maxpagesize=10", r.URL)
				}
				query := r.URL.Query() // the service behind knows no such option
				query.Del("sap-client")
				r.URL.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
				s.ServeHTTP(w, r)
			}))
			defer checked.Close()
			db := openDSN(t, "odata:URL="+checked.URL+";Pagesize=10;CustomHeaders=X-Tenant: blue;Cookies=sso=1;CustomURLParams=sap-client=100;ODataCapabilities=+batch")
			var wide strings.Builder
			for i := range 90 {
				fmt.Fprintf(&wide, " OR ID > %d AND ID < %d", 1000+20*i, 1011+20*i)
			}
			for query, want := range map[string]string{
				"SELECT COUNT(*), SUM(ID) FROM Things":                                                 "60 | 1770",
				"SELECT COUNT(Name) FROM Things":                                                       "60",
				"SELECT COUNT(Amount) FROM Things WHERE (ID < 50" + wide.String() + ") AND Amount > 3": "25",
			} {
				rows, err := texts(t.Context(), db, query)
				require.NoError(t, err)
				assert.Equal(t, []string{want}, rows)
			}
			mu.Lock()
			defer mu.Unlock()
			assert.Contains(t, paths, "GET /$metadata")
			if form.version == odatatest.V4 {
				assert.Contains(t, paths, "POST /$batch")
			}
		})
	}
}

// Each word of ODataCapabilities alone lets the service be asked for that, and
// the answer is the same with any.
func TestEachWordOfODataCapabilitiesIsAllThatIsAsked(t *testing.T) {
	words := map[string]string{ // what must not be in a request without the word
		"filter": "$filter=", "orderby": "$orderby=", "top": "$top=", "skip": "$skip=", "count": "$count=true", "select": "$select=",
		"keyset": "ID gt", "in": " in (", "contains": "contains(", "startswith": "startswith(", "endswith": "endswith(", "null": "null", "add": " add ", "sub": " sub ", "mul": " mul ",
	}
	sets := []string{"none", "expand", "search", "any", "has", "year", "month", "day", "hour", "minute", "apply", "query", "batch"}
	for word := range words {
		sets = append(sets, word, "filter,"+word)
	}
	s := odatatest.NewServer(odatatest.V4, numbered(t, 40), odatatest.WithPageSize(15))
	defer s.Close()
	for _, set := range sets {
		t.Run(set, func(t *testing.T) {
			db := openDSN(t, "odata:URL="+s.URL+";Pagesize=12;ODataCapabilities="+set)
			s.ResetCounters()
			for query, want := range map[string]string{
				"SELECT COUNT(*) FROM Things WHERE Amount > 3 OR Amount IS NULL":                     "26",
				"SELECT SUM(ID) FROM Things WHERE ID IN (1, 5, 39) AND Name LIKE '%e 3%'":            "39",
				"SELECT COUNT(*) FROM Things WHERE Name LIKE 'name 1%' AND Name NOT LIKE '%5'":       "10",
				"SELECT MAX(ID) FROM (SELECT ID FROM Things ORDER BY ID LIMIT 5 OFFSET 10) AS later": "14",
				"SELECT COUNT(*) FROM Things WHERE ID * 2 + 1 - 3 > 10":                              "33",
			} {
				rows, err := texts(t.Context(), db, query)
				require.NoError(t, err)
				assert.Equal(t, []string{want}, rows, query)
			}
			for _, r := range s.Requests() {
				line, err := url.PathUnescape(r.Line())
				require.NoError(t, err)
				for word, text := range words {
					if !slices.Contains(strings.Split(set, ","), word) {
						assert.NotContains(t, line, text, word)
					}
				}
			}
		})
	}
}
