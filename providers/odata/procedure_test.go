package odata

import (
	"errors"
	"io"
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
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

const operationsV4 = `<edmx:Edmx Version="4.0" xmlns:edmx="x"><edmx:DataServices><Schema Namespace="NS" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="Color"><Member Name="Red"/></EnumType><ComplexType Name="Place"><Property Name="City" Type="Edm.String"/></ComplexType>
<EntityType Name="Part"><Key><PropertyRef Name="Co"/><PropertyRef Name="No"/></Key><Property Name="Co" Type="Edm.String" Nullable="false"/><Property Name="No" Type="Edm.Int32" Nullable="false"/><Property Name="Price" Type="Edm.Decimal" Scale="4"/></EntityType>
<Function Name="Cheap"><Parameter Name="below" Type="Edm.Decimal" Nullable="false"/><Parameter Name="color" Type="NS.Color"/><Parameter Name="note" Type="Edm.String"/><ReturnType Type="Collection(NS.Part)"/></Function>
<Function Name="Names"><ReturnType Type="Collection(Edm.String)"/></Function>
<Function Name="Best"><ReturnType Type="NS.Part"/></Function>
<Function Name="Cost" IsBound="true"><Parameter Name="it" Type="NS.Part"/><Parameter Name="on" Type="Edm.Date" Nullable="false"/><ReturnType Type="Edm.Decimal" Scale="variable"/></Function>
<Function Name="Total" IsBound="true"><Parameter Name="all" Type="Collection(NS.Part)"/><ReturnType Type="Edm.Int64"/></Function>
<Action Name="Move" IsBound="true"><Parameter Name="it" Type="NS.Part"/><Parameter Name="to" Type="NS.Place"/><Parameter Name="qty" Type="Edm.Decimal"/><Parameter Name="big" Type="Edm.Int64"/><Parameter Name="at" Type="Edm.DateTimeOffset"/><Parameter Name="ok" Type="Edm.Boolean"/><ReturnType Type="NS.Place"/></Action>
<Action Name="Reset"/>
<EntityContainer Name="C"><EntitySet Name="Parts" EntityType="NS.Part"/><FunctionImport Name="Cheap" Function="NS.Cheap"/><FunctionImport Name="Names" Function="NS.Names"/>
<FunctionImport Name="Best" Function="NS.Best"/><ActionImport Name="Reset" Action="NS.Reset"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

const operationsV2 = `<edmx:Edmx Version="1.0" xmlns:edmx="x"><edmx:DataServices m:DataServiceVersion="2.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><Schema Namespace="NS" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
<EntityType Name="Part"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.Int32" Nullable="false"/><Property Name="Price" Type="Edm.Decimal"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Parts" EntityType="NS.Part"/>
<FunctionImport Name="ByPrice" ReturnType="Collection(NS.Part)" EntitySet="Parts" m:HttpMethod="GET"><Parameter Name="max" Type="Edm.Decimal" Mode="In"/><Parameter Name="since" Type="Edm.DateTime" Mode="In"/></FunctionImport>
<FunctionImport Name="Count" ReturnType="Edm.Int32" m:HttpMethod="GET"/><FunctionImport Name="Raise" m:HttpMethod="POST"><Parameter Name="by" Type="Edm.Int64" Mode="In"/></FunctionImport>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`

// exchange is one request that is expected, as "METHOD path?query body", and its
// answer.
type exchange struct{ request, answer string }

// called is a service whose operations must be called as expected.
func called(t *testing.T, metadata string, expected ...exchange) *Provider {
	t.Cleanup(func() { assert.Empty(t, expected, "requests that did not come") })
	return operations(t, metadata, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		query, err := url.PathUnescape(r.URL.RawQuery)
		assert.NoError(t, err)
		if len(expected) == 0 {
			t.Errorf("unexpected %s %s?%s", r.Method, r.URL.Path, query)
			return
		}
		assert.Equal(t, expected[0].request, strings.TrimSpace(r.Method+" "+r.URL.Path+"?"+query+" "+string(body)))
		w.Header().Set("Content-Type", "application/json")
		if expected[0].answer == "" {
			w.WriteHeader(http.StatusNoContent)
		}
		_, _ = w.Write([]byte(expected[0].answer))
		expected = expected[1:]
	})
}

// operations is a service whose operations are answered by h.
func operations(t *testing.T, metadata string, h http.HandlerFunc) *Provider {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/$metadata" {
			_, _ = w.Write([]byte(metadata)) // a client that has gone fails its own test
			return
		}
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	p, err := Open(providers.Options{Properties: map[string]string{"URL": srv.URL, "DataFormat": "JSON"}, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p.(*Provider)
}

func callText(t *testing.T, p *Provider, name string, args ...sqltypes.Value) ([]string, error) {
	proc, err := p.Procedure(t.Context(), "NS", name)
	require.NoError(t, err)
	require.Len(t, args, len(proc.Info().Parameters))
	sets, err := proc.Call(t.Context(), args, nil)
	if err != nil || len(sets) == 0 {
		return nil, err
	}
	defer sets[0].Rows.Close()
	layout := tuple.NewLayout(sets[0].Types())
	b := tuple.NewBatch(layout)
	rows := []string{}
	for {
		if err := sets[0].Rows.Next(t.Context(), b); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		for i := range b.Len() {
			cells := make([]string, layout.Columns())
			for c := range cells {
				if cells[c] = "∅"; !b.Row(i).Null(c) {
					cells[c] = layout.Value(b.Row(i), c).Text()
				}
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
}

func TestOperationsAreProcedures(t *testing.T) {
	null, text := sqltypes.Value{Null: true}, sqltypes.StringValue
	decimal := func(s string) sqltypes.Value { return dec(s).Value }
	at := sqltypes.Value{Kind: sqltypes.TimestampTZ, I: sqltypes.Days(2024, 2, 29) * sqltypes.TicksPerDay}
	for _, test := range []struct {
		name, metadata, procedure string
		args                      []sqltypes.Value
		exchange                  []exchange
		want                      []string
	}{
		{"a function takes its parameters by aliases, and its rows come page by page", operationsV4, "Cheap", []sqltypes.Value{decimal("12.50"), text("Red"), null},
			[]exchange{{"GET /Cheap(below=@below,color=@color,note=@note)?@below=12.50&@color=NS.Color'Red'&@note=null", `{"value":[{"Co":"A","No":1,"Price":1.2500}],"@odata.nextLink":"Cheap?p=2"}`},
				{"GET /Cheap?p=2", `{"value":[]}`}}, []string{"A|1|1.2500"}},
		{"plain values have one column", operationsV4, "Names", nil, []exchange{{"GET /Names()?", `{"value":["a","b\n"]}`}}, []string{"a", "b\n"}},
		{"one entity is one row", operationsV4, "Best", nil, []exchange{{"GET /Best()?", `{"@odata.context":"x","Co":"B","No":2,"Price":null}`}}, []string{"B|2|∅"}},
		{"no content is no result", operationsV4, "Best", nil, []exchange{{"GET /Best()?", ""}}, nil},
		{"a function of an entity takes its key", operationsV4, "Parts_Cost", []sqltypes.Value{text("O'A/B"), sqltypes.IntValue(7), sqltypes.DateValue(sqltypes.Days(2024, 2, 29))},
			[]exchange{{"GET /Parts(Co='O''A/B',No=7)/NS.Cost(on=@on)?@on=2024-02-29", `{"value":12345678901234567890.5}`}}, []string{"12345678901234567890.5"}},
		{"a function of a set does not", operationsV4, "Parts_Total", nil, []exchange{{"GET /Parts/NS.Total()?", `{"value":9007199254740993}`}}, []string{"9007199254740993"}},
		{"an action sends its parameters as JSON, exactly, and leaves out what is NULL", operationsV4, "Parts_Move",
			[]sqltypes.Value{text("A"), sqltypes.IntValue(1), text(`{"City":"Ulm"}`), decimal("0.10"), sqltypes.IntValue(9007199254740993), at, null},
			[]exchange{{`POST /Parts(Co='A',No=1)/NS.Move? {"at":"2024-02-29T00:00:00Z","big":9007199254740993,"qty":0.10,"to":{"City":"Ulm"}}`, `{"City":"Ulm"}`}}, []string{"Ulm"}},
		{"an action may have neither parameters nor a result", operationsV4, "Reset", nil, []exchange{{"POST /Reset? {}", ""}}, nil},
		{"V2 takes parameters among the query options", operationsV2, "ByPrice", []sqltypes.Value{decimal("1.5"), {Kind: sqltypes.Timestamp, I: at.I}},
			[]exchange{{"GET /ByPrice?max=1.5M&since=datetime'2024-02-29T00:00:00'", `{"d":{"results":[{"No":1,"Price":"2.50"}],"__next":"ByPrice?p=2"}}`}, {"GET /ByPrice?p=2", `{"d":[{"No":2,"Price":null}]}`}},
			[]string{"1|2.50", "2|∅"}},
		{"V2 names a value by the function", operationsV2, "Count", nil, []exchange{{"GET /Count?", `{"d":{"Count":5}}`}}, []string{"5"}},
		{"V2 sends an action by POST", operationsV2, "Raise", []sqltypes.Value{sqltypes.IntValue(3)}, []exchange{{"POST /Raise?by=3L", ""}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := callText(t, called(t, test.metadata, test.exchange...), test.procedure, test.args...)
			require.NoError(t, err)
			assert.Equal(t, test.want, rows)
		})
	}
}

func TestProceduresAreListedAndFlagged(t *testing.T) {
	p := called(t, operationsV4)
	schemas, err := p.ProcedureSchemas(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"NS"}, schemas)
	names, err := p.Procedures(t.Context(), "ns")
	require.NoError(t, err)
	readOnly := map[string]bool{}
	for _, n := range names {
		proc, err := p.Procedure(t.Context(), n.Schema, strings.ToUpper(n.Name))
		require.NoError(t, err)
		readOnly[n.Name] = proc.Info().ReadOnly
	}
	assert.Equal(t, map[string]bool{"Cheap": true, "Names": true, "Best": true, "Parts_Cost": true, "Parts_Total": true, "Parts_Move": false, "Reset": false}, readOnly)
	_, err = p.Procedure(t.Context(), "NS", "Chaep")
	assert.ErrorIs(t, err, providers.KindNotFound)
	assert.ErrorContains(t, err, "Cheap")
}

func TestCallsThatCannotBeTrusted(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		kind   providers.Kind
	}{
		"a next link to another server": {`{"value":[],"@odata.nextLink":"http://127.0.0.2:1/Names"}`, providers.KindOrigin},
		"an HTML page":                  {"<html><body>log in</body></html>", providers.KindResponse},
		"an error body with status 200": {`{"error":{"code":"x","message":"no"}}`, providers.KindServer},
		"an answer without rows":        {`{"rows":[]}`, providers.KindResponse},
		"a truncated answer":            {`{"value":["a"`, providers.KindResponse},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := callText(t, called(t, operationsV4, exchange{"GET /Names()?", test.answer}), "Names")
			assert.ErrorIs(t, err, test.kind)
		})
	}
	_, err := callText(t, called(t, operationsV4), "Parts_Move", sqltypes.StringValue("A"), sqltypes.IntValue(1), sqltypes.StringValue("{oops"), sqltypes.Value{Null: true},
		sqltypes.Value{Null: true}, sqltypes.Value{Null: true}, sqltypes.Value{Null: true})
	assert.ErrorIs(t, err, providers.KindParameter)
}

// TestConformanceOfProcedures runs the suite over functions and actions of V4 and
// V2, with results of entities, of values, in pages, and with none.
func TestConformanceOfProcedures(t *testing.T) {
	for name, test := range map[string]struct {
		metadata string
		calls    []providertest.Call
	}{
		"V4": {operationsV4, []providertest.Call{
			{Procedure: "Cheap", Arguments: map[string]sqltypes.Value{"below": dec("12.50").Value}}, {Procedure: "Names"}, {Procedure: "Best"}, {Procedure: "Reset"},
			{Procedure: "Parts_Cost", Arguments: map[string]sqltypes.Value{"Co": sqltypes.StringValue("A"), "No": sqltypes.IntValue(1), "on": sqltypes.DateValue(0)}},
		}},
		"V2": {operationsV2, []providertest.Call{
			{Procedure: "ByPrice", Arguments: map[string]sqltypes.Value{"max": dec("1.5").Value}}, {Procedure: "Count"},
			{Procedure: "Raise", Arguments: map[string]sqltypes.Value{"by": sqltypes.IntValue(3)}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			providertest.RunProcedures(t, providertest.Harness{Calls: test.calls, Open: func(t *testing.T) providers.Provider {
				return operations(t, test.metadata, answerOperation)
			}})
		})
	}
}

// answerOperation answers what the procedures of operationsV4 and operationsV2
// ask for.
func answerOperation(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], "(")
	body := map[string]string{
		"Cheap": `{"value":[{"Co":"A","No":1,"Price":1.2500}],"@odata.nextLink":"More"}`, "More": `{"value":[{"Co":"A","No":2,"Price":null}]}`,
		"Names": `{"value":["a","b"]}`, "Best": `{"Co":"B","No":2,"Price":null}`, "NS.Cost": `{"value":0.50}`,
		"ByPrice": `{"d":{"results":[{"No":1,"Price":"2.50"}]}}`, "Count": `{"d":{"Count":5}}`,
	}[name]
	if body == "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body) // a client that has gone fails its own test
}
