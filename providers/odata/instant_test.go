package odata

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// A server that stores .4533333 and prints .453 finds neither "eq .453" nor
// "le .453" true.
func TestClippedInstantsAreComparedByWholeSeconds(t *testing.T) {
	at := &Property{Path: []string{"at"}, Edm: "Edm.DateTimeOffset", Column: providers.Column{Name: "at", Type: sqltypes.Of(sqltypes.TimestampTZ), Nullable: true}}
	traits := DefaultTraits(V4)
	traits.ClippedInstants, traits.DateLiterals = true, true
	r := &renderer{&Set{Properties: []Property{*at}}, &traits}
	value := func(text string) sqltypes.Value {
		when, err := time.Parse(time.RFC3339Nano, text)
		assert.NoError(t, err)
		const unixTicks = sqltypes.TicksPerSecond
		return sqltypes.Value{Kind: sqltypes.TimestampTZ, I: when.Unix()*unixTicks + int64(when.Nanosecond())/(1e9/unixTicks)}
	}
	for _, test := range []struct {
		op      providers.Func
		when    string
		text    string
		verdict providers.Verdict
	}{
		{providers.Ge, "2016-02-24T09:52:11Z", "at ge 2016-02-24T09:52:11Z", providers.Exact},
		{providers.Lt, "2016-02-24T09:52:11Z", "at lt 2016-02-24T09:52:11Z", providers.Exact},
		{providers.Ge, "2016-02-23T00:00:00Z", "at ge 2016-02-23", providers.Exact},
		{providers.Gt, "2016-02-24T09:52:11Z", "at ge 2016-02-24T09:52:11Z", providers.Superset},
		{providers.Le, "2016-02-24T09:52:11Z", "at lt 2016-02-24T09:52:12Z", providers.Superset},
		{providers.Ge, "2016-02-24T09:52:11.453Z", "at ge 2016-02-24T09:52:11Z", providers.Superset},
		{providers.Lt, "2016-02-24T09:52:11.453Z", "at lt 2016-02-24T09:52:12Z", providers.Superset},
		{providers.Le, "1969-12-31T23:59:59.5Z", "at lt 1970-01-01", providers.Superset},
		{providers.Eq, "2016-02-24T09:52:11.453Z", "(at ge 2016-02-24T09:52:11Z and at lt 2016-02-24T09:52:12Z)", providers.Superset},
		{providers.Eq, "2016-02-23T00:00:00Z", "(at ge 2016-02-23 and at lt 2016-02-24)", providers.Superset},
		{providers.Le, "2016-02-23T00:00:00Z", "at lt 2016-02-24", providers.Superset},
		{providers.Ne, "2016-02-24T09:52:11.453Z", "", providers.None},
	} {
		ref := &providers.ColumnRef{Column: 0, Name: "at", T: at.Type}
		f := r.condition(&providers.Call{Func: test.op, Args: []providers.Expr{ref, &providers.Const{Value: value(test.when)}}, T: sqltypes.Of(sqltypes.Bool)}, false)
		assert.Equal(t, test.text, f.text, "%s %s", test.op, test.when)
		assert.Equal(t, test.verdict, f.verdict, "%s %s", test.op, test.when)
		assert.Equal(t, test.verdict == providers.Exact, f.reason == "", "%s %s: %s", test.op, test.when, f.reason)
	}
}
