package epicorerp_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// journeys is a schema of people with trips, which have stops, which have
// sights: entities that exist within others alone. Some have none.
func journeys(t testing.TB) *odatatest.Schema {
	text := func(name string) odatatest.Column {
		return odatatest.Column{Name: name, Type: odatatest.EdmString, Nullable: true}
	}
	number := func(name string) odatatest.Column { return odatatest.Column{Name: name, Type: odatatest.EdmInt32} }
	set := func(name, typ string, columns []odatatest.Column, key []string, rows [][]any, inside string, on ...[2]string) *odatatest.Set {
		source, err := odatatest.Rows(columns, rows...)
		require.NoError(t, err)
		s := &odatatest.Set{Name: name, Type: typ, Columns: columns, Key: key, Rows: source, Contained: name != "People"}
		if inside != "" {
			s.Navigations = []odatatest.Navigation{{Name: inside, Target: inside, Many: true, On: on}}
		}
		return s
	}
	var people, trips, stops, sights [][]any
	for p := range 4 {
		people = append(people, []any{fmt.Sprintf("p%d", p), fmt.Sprintf("Näme %d", p)})
		for trip := range p { // the first has none
			trips = append(trips, []any{trip + 10*p, fmt.Sprintf("p%d", p), 100 * trip})
			for stop := range (trip + p) % 4 {
				id := stop + 100*(trip+10*p)
				stops = append(stops, []any{id, trip + 10*p, fmt.Sprintf("city %d", stop)})
				for sight := range stop {
					sights = append(sights, []any{sight + 10*id, id, fmt.Sprintf("sight %d of %d", sight, id)})
				}
			}
		}
	}
	return &odatatest.Schema{Namespace: "Travel", Container: "All", Sets: []*odatatest.Set{
		set("People", "Person", []odatatest.Column{{Name: "UserName", Type: odatatest.EdmString}, text("Name")}, []string{"UserName"}, people, "Trips", [2]string{"UserName", "Owner"}),
		set("Trips", "Trip", []odatatest.Column{number("TripId"), text("Owner"), number("Budget")}, []string{"TripId"}, trips, "Stops", [2]string{"TripId", "Trip"}),
		set("Stops", "Stop", []odatatest.Column{number("StopId"), number("Trip"), text("City")}, []string{"StopId"}, stops, "Sights", [2]string{"StopId", "Stop"}),
		set("Sights", "Sight", []odatatest.Column{number("SightId"), number("Stop"), text("What")}, []string{"SightId"}, sights, ""),
	}}
}

// odataForms are the versions and forms in which a service may answer.
var odataForms = []struct {
	name    string
	version odatatest.Version
	options []odatatest.Option
}{
	{"V4", odatatest.V4, nil},
	{"V3 in JSON light", odatatest.V3, nil},
	{"V3 in verbose JSON", odatatest.V3, []odatatest.Option{odatatest.WithVerboseJSON()}},
	{"V3 in Atom", odatatest.V3, []odatatest.Option{odatatest.WithAtom()}},
	{"V2", odatatest.V2, nil},
	{"V2 in Atom", odatatest.V2, []odatatest.Option{odatatest.WithAtom()}},
}

func TestCollectionsWithinCollectionsAreViews(t *testing.T) {
	for _, form := range odataForms {
		t.Run(form.name, func(t *testing.T) {
			for page := range 3 { // 0: related rows come whole
				options := append([]odatatest.Option{odatatest.WithPageSize(3)}, form.options...)
				if page > 0 {
					options = append(options, odatatest.WithNestedPageSize(page))
				}
				s := odatatest.NewServer(form.version, journeys(t), options...)
				defer s.Close()
				db := openDSN(t, "odata:URL="+s.URL)
				ask := func(query string, args ...any) []string {
					rows, err := texts(t.Context(), db, query, args...)
					require.NoError(t, err, query)
					return rows
				}

				assert.Equal(t, []string{
					"p1 | 10 | 1000 | city 0", "p2 | 20 | 2000 | city 0", "p2 | 20 | 2001 | city 1",
					"p2 | 21 | 2100 | city 0", "p2 | 21 | 2101 | city 1", "p2 | 21 | 2102 | city 2",
					"p3 | 30 | 3000 | city 0", "p3 | 30 | 3001 | city 1", "p3 | 30 | 3002 | city 2", "p3 | 32 | 3200 | city 0",
				}, ask("SELECT People_UserName, People_Trips_TripId, StopId, City FROM People_Trips_Stops ORDER BY StopId"))
				assert.Equal(t, []string{
					"p2 | 20 | 2001 | 20010 | sight 0 of 2001", "p2 | 21 | 2101 | 21010 | sight 0 of 2101", "p2 | 21 | 2102 | 21020 | sight 0 of 2102",
					"p2 | 21 | 2102 | 21021 | sight 1 of 2102", "p3 | 30 | 3001 | 30010 | sight 0 of 3001", "p3 | 30 | 3002 | 30020 | sight 0 of 3002", "p3 | 30 | 3002 | 30021 | sight 1 of 3002",
				}, ask("SELECT People_UserName, People_Trips_TripId, People_Trips_Stops_StopId, SightId, What FROM People_Trips_Stops_Sights ORDER BY SightId"))
				assert.Equal(t, []string{"10"}, ask("SELECT COUNT(*) FROM People_Trips_Stops"))
				assert.Equal(t, []string{"city 2"}, ask("SELECT City FROM People_Trips_Stops WHERE People_Trips_TripId = ? AND StopId > 3001", 30))
				assert.Equal(t, []string{"p2 | 100 | 3", "p3 | 0 | 3"}, ask(`SELECT t.People_UserName, t.Budget, COUNT(*) FROM People_Trips t JOIN People_Trips_Stops s ON s.People_Trips_TripId = t.TripId
					GROUP BY t.People_UserName, t.TripId, t.Budget HAVING COUNT(*) > 2 ORDER BY 1`))

				s.ResetCounters()
				assert.Equal(t, []string{"Näme 2 | 2001"}, ask(`SELECT p.Name, s.StopId FROM People p JOIN People_Trips_Stops s ON s.People_UserName = p.UserName
					WHERE p.UserName = 'p2' AND s.People_Trips_TripId = 20 AND s.City = 'city 1'`))
				expanded, further := 0, 0
				for _, r := range s.Requests() {
					query, err := url.QueryUnescape(r.Query)
					require.NoError(t, err)
					switch {
					case strings.HasPrefix(r.Path, "/People("):
						further++
					case strings.Contains(query, "$expand"):
						expanded++
						assert.Contains(t, query, "$filter=UserName eq 'p2'&", "the key of the outermost entity is the service's to look for")
					}
				}
				assert.Positive(t, expanded)
				assert.Equal(t, page > 0, further > 0, "related rows come over several pages where the service makes some")
			}
		})
	}
}

func TestLongConditionsOverOData(t *testing.T) {
	var wide strings.Builder
	for i := range 90 {
		fmt.Fprintf(&wide, " OR SightId >= %d AND SightId < %d", 20000+20*i, 20011+20*i)
	}
	for name, options := range map[string][]odatatest.Option{
		"4.01":                  {odatatest.WithVersion401()},
		"4.01 without $query":   {odatatest.WithVersion401(), odatatest.WithFault(refusing("/$query", 404))},
		"4.01 and nothing read": {odatatest.WithVersion401(), odatatest.WithFault(refusing("/$query", 200))},
		"4.0":                   nil,
		"4.0 with JSON batches": {odatatest.WithJSONBatch()},
	} {
		t.Run(name, func(t *testing.T) {
			schema := journeys(t)
			schema.Sets[3].Contained = false
			s := odatatest.NewServer(odatatest.V4, schema, options...)
			defer s.Close()
			for _, capabilities := range []string{"", "+batch"} {
				db := openDSN(t, "odata:URL="+s.URL+";ODataCapabilities="+capabilities)
				rows, err := texts(t.Context(), db, "SELECT SightId FROM Sights WHERE (SightId < 0"+wide.String()+") AND Stop <> 2102 ORDER BY SightId")
				require.NoError(t, err)
				assert.Equal(t, []string{"20010", "21010"}, rows)
			}
			for _, r := range s.Requests() {
				assert.LessOrEqual(t, len(r.Query), 2048)
			}
		})
	}
}

// refusing answers what is posted to a path with a status and no rows to speak of.
func refusing(suffix string, status int) func(*http.Request, int) *odatatest.Fault {
	return func(r *http.Request, _ int) *odatatest.Fault {
		if !strings.HasSuffix(r.URL.Path, suffix) {
			return nil
		}
		return &odatatest.Fault{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"value":[]}`}
	}
}

func TestSetsOfContainersThatAreNotTheDefault(t *testing.T) {
	for _, form := range odataForms[1:] { // V4 has one container
		t.Run(form.name, func(t *testing.T) {
			schema := journeys(t)
			for _, set := range schema.Sets {
				set.Contained = false
			}
			schema.Sets[1].Container, schema.Sets[2].Container = "Archive", "Archive"
			s := odatatest.NewServer(form.version, schema, append([]odatatest.Option{odatatest.WithPageSize(2)}, form.options...)...)
			defer s.Close()
			db := openDSN(t, "odata:URL="+s.URL)
			rows, err := texts(t.Context(), db, "SELECT p.Name, t.TripId, COUNT(s.StopId) FROM People p JOIN Trips t ON t.Owner = p.UserName JOIN Stops s ON s.Trip = t.TripId WHERE s.StopId > 2000 GROUP BY p.Name, t.TripId ORDER BY t.TripId")
			require.NoError(t, err)
			assert.Equal(t, []string{"Näme 2 | 20 | 1", "Näme 2 | 21 | 3", "Näme 3 | 30 | 3", "Näme 3 | 32 | 1"}, rows)
			assert.Positive(t, s.CountPath("/Archive.Trips"))
			assert.Zero(t, s.CountPath("/Trips"))
			rows, err = texts(t.Context(), db, "SELECT StopId FROM Trips_Stops WHERE Trips_TripId = 20 ORDER BY StopId")
			require.NoError(t, err)
			assert.Equal(t, []string{"2000", "2001"}, rows)
		})
	}
}

func TestVerboseJSONWithoutItsWrapperIsRead(t *testing.T) {
	for name, options := range map[string][]odatatest.Option{
		"results alone":      {odatatest.WithoutWrapper(), odatatest.WithPageSize(3)},
		"rows alone":         {odatatest.WithoutWrapper(), odatatest.WithShortResults()},
		"rows alone, or not": {odatatest.WithoutWrapper(), odatatest.WithShortResults(), odatatest.WithPageSize(3)},
		"an array in d":      {odatatest.WithShortResults()},
	} {
		t.Run(name, func(t *testing.T) {
			schema := journeys(t)
			for _, set := range schema.Sets {
				set.Contained = false
			}
			s := odatatest.NewServer(odatatest.V2, schema, options...)
			defer s.Close()
			for _, capabilities := range []string{"", "-count"} {
				db := openDSN(t, "odata:URL="+s.URL+";ODataCapabilities="+capabilities)
				rows, err := texts(t.Context(), db, "SELECT TripId FROM Trips WHERE Budget < 150 ORDER BY TripId")
				require.NoError(t, err)
				assert.Equal(t, []string{"10", "20", "21", "30", "31"}, rows)
				rows, err = texts(t.Context(), db, "SELECT COUNT(*), SUM(Trips_TripId) FROM Trips_Stops")
				require.NoError(t, err)
				assert.Equal(t, []string{"10 | 235"}, rows)
			}
		})
	}
}

func TestWhatIsNoVerboseJSONIsAnError(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"V4's rows", `{"value":[{"TripId":1}]}`, `no member "d.results"`},
		{"an entity", `{"TripId":1}`, `no member "d.results"`},
		{"results within something else", `{"rows":{"results":[]}}`, `no member "d.results"`},
		{"results cut short", `{"results":[{"TripId":1}`, "malformed"},
		{"rows cut short", `[{"TripId":1}`, "malformed"},
		{"something behind", `[{"TripId":1}]]`, "malformed"},
		{"a refusal", `{"error":{"code":"7","message":{"lang":"en","value":"no more today"}}}`, "no more today"},
		{"results that are no rows", `{"results":7}`, "want an array of rows"},
		{"a page of a portal", `<html><title>Sign in</title></html>`, `titled "Sign in"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := odatatest.NewServer(odatatest.V2, journeys(t), odatatest.WithFault(func(r *http.Request, _ int) *odatatest.Fault {
				if r.URL.Path != "/People" {
					return nil
				}
				return &odatatest.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: test.body}
			}))
			defer s.Close()
			rows, err := texts(t.Context(), openDSN(t, "odata:URL="+s.URL), "SELECT UserName FROM People")
			assert.Empty(t, rows)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestFeedURLIsTheAddressOfOneTable(t *testing.T) {
	s := odatatest.NewServer(odatatest.V4, journeys(t), odatatest.WithBasePath("/travel/v4"))
	defer s.Close()
	for _, dsn := range []string{"odata:FeedURL=" + s.URL + "/People", "odata:URL=" + s.URL + "/;FeedURL=" + s.URL + "/People/"} {
		db := openDSN(t, dsn)
		rows, err := texts(t.Context(), db, "SELECT TableName FROM sys_tables WHERE SchemaName = 'Travel' ORDER BY 1")
		require.NoError(t, err)
		assert.Equal(t, []string{"People", "People_Trips", "People_Trips_Stops", "People_Trips_Stops_Sights"}, rows)
		rows, err = texts(t.Context(), db, "SELECT Name FROM People WHERE UserName = 'p2'")
		require.NoError(t, err)
		assert.Equal(t, []string{"Näme 2"}, rows)
	}
	_, err := texts(t.Context(), openDSN(t, "odata:FeedURL="+s.URL+"/Peple"), "SELECT 1 FROM People")
	assert.ErrorContains(t, err, `property "FeedURL": the service has no entity set "Peple"; did you mean `+"`People`"+`?`)
}
