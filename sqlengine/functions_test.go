package sqlengine_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// columnTypes are the types that columns of a version have, by the words of
// signatures. V4 has no date with a time but instants, V2 and V3 no bare date.
var columnTypes = map[odata.Version]map[string]odata.Property{
	odata.V4: columnsOf("text Edm.String", "decimal Edm.Decimal", "double Edm.Double", "int Edm.Int64",
		"date Edm.Date", "time Edm.TimeOfDay", "timestamptz Edm.DateTimeOffset"),
	odata.V3: columnsOf("text Edm.String", "decimal Edm.Decimal", "double Edm.Double", "int Edm.Int64",
		"timestamp Edm.DateTime", "time Edm.Time", "timestamptz Edm.DateTimeOffset"),
	odata.V2: columnsOf("text Edm.String", "decimal Edm.Decimal", "double Edm.Double", "int Edm.Int64",
		"timestamp Edm.DateTime", "time Edm.Time", "timestamptz Edm.DateTimeOffset"),
}

func columnsOf(list ...string) map[string]odata.Property {
	kinds := map[string]sqltypes.Kind{"text": sqltypes.Varchar, "decimal": sqltypes.Decimal, "double": sqltypes.Double, "int": sqltypes.BigInt,
		"date": sqltypes.Date, "time": sqltypes.Time, "timestamp": sqltypes.Timestamp, "timestamptz": sqltypes.TimestampTZ}
	out := map[string]odata.Property{}
	for _, s := range list {
		word, edm, _ := strings.Cut(s, " ")
		out[word] = odata.Property{Path: []string{"c_" + word}, Edm: edm,
			Column: providers.Column{Name: "c_" + word, Type: sqltypes.Of(kinds[word])}}
	}
	return out
}

func TestODataSendsWhatTheFunctionTableStates(t *testing.T) {
	stated := 0
	for _, fn := range expr.Functions() {
		for _, sig := range fn.Signatures() {
			if sig.Pushdown == "" {
				assert.Equal(t, expr.Rendering{}, sig.OData, "%s is not offered to providers", fn.Name)
				continue
			}
			for v, text := range map[odata.Version]string{odata.V2: sig.OData.V2, odata.V3: sig.OData.V3, odata.V4: sig.OData.V4} {
				assert.Equal(t, text, sent(t, v, sig), "%s(%s) in %s", fn.Name, sig.Arguments, v)
				if text != "" {
					stated++
				}
			}
		}
	}
	assert.Greater(t, stated, 10, "nothing was compared")
}

// sent is what a version writes for a call over columns, $1 for the first of
// them, or "" if it does not ask the server.
func sent(t *testing.T, v odata.Version, sig expr.Signature) string {
	set := &odata.Set{Name: "Rows"}
	call := &providers.Call{Func: providers.Func(sig.Pushdown), T: sqltypes.Of(sqltypes.BigInt)}
	for word := range strings.SplitSeq(sig.Arguments, ", ") {
		if strings.HasSuffix(word, "?") {
			break
		}
		p, ok := columnTypes[v][word]
		if !ok {
			return ""
		}
		call.Args = append(call.Args, &providers.ColumnRef{Column: len(set.Properties), Name: p.Name, T: p.Type})
		set.Properties = append(set.Properties, p)
	}
	svc := &odata.Service{Root: "http://erp.example", Traits: odata.DefaultTraits(v)}
	table := odata.NewTable(svc, &odata.Model{Version: v, Sets: []*odata.Set{set}}, set, odata.TableOptions{})
	plan, err := table.Plan(t.Context(), &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{
		&providers.Call{Func: providers.Eq, Args: []providers.Expr{call, &providers.Const{Value: sqltypes.IntValue(7)}}, T: sqltypes.Of(sqltypes.Bool)}}})
	require.NoError(t, err)
	if plan.Filter[0] == providers.None {
		return ""
	}
	_, query, _ := strings.Cut(plan.Requests[0], "?")
	options, err := url.ParseQuery(query)
	require.NoError(t, err)
	text, ok := strings.CutSuffix(options.Get("$filter"), " eq 7")
	require.True(t, ok, plan.Requests[0])
	return strings.ReplaceAll(text, set.Properties[0].Name, "$1")
}
