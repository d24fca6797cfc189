package sqlengine_test

import (
	"errors"
	"flag"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

var queriesFlag = flag.Uint64("queries", 1500, "how many random queries each random test runs")

var (
	pushed = sqlengine.Options{Pushdown: true}
	here   = sqlengine.Options{}
)

// refused reports an error by which a query is no test case: a feature that is
// not there.
func refused(t *testing.T, sql string, err error) bool {
	if err == nil {
		return false
	}
	require.ErrorIs(t, err, providers.KindUnsupported, sql)
	return true
}

func TestRandomQueriesGiveTheSameRowsUnderAnyVerdicts(t *testing.T) {
	m := erp(t)
	unsupported, empty := uint64(0), uint64(0)
	var sql string
	defer namePanic(t, &sql)
	for seed := range *queriesFlag {
		var ordered bool
		sql, ordered = newGenerator(seed).query()
		_, want, err := providertest.Answer(t.Context(), m, here, sql)
		if refused(t, sql, err) {
			unsupported++
			continue
		}
		if len(want) == 0 {
			empty++
		}
		compareChaos(t, m, seed, sql, ordered, want)
		if t.Failed() {
			t.Fatalf("query seed %d", seed)
		}
	}
	t.Logf("%d queries: %d not supported, %d without rows", *queriesFlag, unsupported, empty)
	assert.Less(t, unsupported, *queriesFlag/10)
	assert.Less(t, empty, *queriesFlag*2/3)
}

// namePanic says at which query a test panicked.
func namePanic(t *testing.T, sql *string) {
	if r := recover(); r != nil {
		t.Fatalf("%s\npanics: %v\n%s", *sql, r, debug.Stack())
	}
}

func compareChaos(t *testing.T, m *providertest.Memory, seed uint64, sql string, ordered bool, want [][]sqltypes.Value) {
	t.Helper()
	for _, p := range []providers.Provider{m, m.Chaos(seed), m.Chaos(seed + 1<<32), m.Chaos(seed + 2<<32)} {
		_, got, err := providertest.Answer(t.Context(), p, pushed, sql)
		if assert.NoError(t, err, sql) {
			assert.Empty(t, providertest.Differ(got, want, ordered), sql)
		}
	}
	cramped := pushed
	cramped.MaxMemory = 1
	_, got, err := providertest.Answer(t.Context(), m, cramped, sql)
	if assert.NoError(t, err, sql) {
		assert.Empty(t, providertest.Differ(got, want, ordered), "with next to no memory: %s", sql)
	}
}

func FuzzChaos(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	m := erp(f)
	f.Fuzz(func(t *testing.T, query, chaos uint64) {
		sql, ordered := newGenerator(query).query()
		_, want, err := providertest.Answer(t.Context(), m, here, sql)
		if refused(t, sql, err) {
			return
		}
		compareChaos(t, m, chaos, sql, ordered, want)
	})
}

// A condition is true, false or unknown of each row: the rows of the three
// queries are those of the one without it. And a count of rows under WHERE is
// the number of rows of which the same condition, as a value, is true. Both
// hold whatever rule rewrote what, so they need no other engine.
func TestConditionsPartTheirRowsInThree(t *testing.T) {
	m := erp(t)
	unsupported := uint64(0)
	var sql string
	defer namePanic(t, &sql)
	for seed := range *queriesFlag {
		g := newGenerator(seed + 1<<40)
		from := g.from(1)
		cond := g.condition(2)
		sql = "SELECT * FROM " + from + " WHERE " + cond
		run := func(sql string) [][]sqltypes.Value {
			_, rows, err := providertest.Answer(t.Context(), m, sqlengine.Options{Pushdown: seed%2 == 0}, sql)
			if errors.Is(err, providers.KindUnsupported) {
				unsupported++
				return nil
			}
			require.NoErrorf(t, err, "seed %d: %s", seed, sql)
			return rows
		}
		all := run("SELECT * FROM " + from)
		var parts [][]sqltypes.Value
		yes := run("SELECT * FROM " + from + " WHERE " + cond)
		parts = append(parts, yes...)
		parts = append(parts, run("SELECT * FROM "+from+" WHERE NOT ("+cond+")")...)
		parts = append(parts, run("SELECT * FROM "+from+" WHERE ("+cond+") IS UNKNOWN")...)
		value := run("SELECT COUNT(CASE WHEN " + cond + " THEN 1 END) FROM " + from)
		if unsupported > 0 && value == nil {
			continue
		}
		if d := providertest.Differ(parts, all, false); d != "" {
			t.Fatalf("seed %d: SELECT * FROM %s\nWHERE %s\nTRUE, FALSE and UNKNOWN against all: %s", seed, from, cond, d)
		}
		if len(yes) != int(value[0][0].I) {
			t.Fatalf("seed %d: SELECT * FROM %s\nWHERE %s\ngives %d rows, as a value it is true of %d", seed, from, cond, len(yes), value[0][0].I)
		}
	}
	t.Logf("%d queries not supported", unsupported)
	assert.Less(t, unsupported, *queriesFlag/10)
}
