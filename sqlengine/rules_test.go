package sqlengine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
)

// Each random query is run with one rewrite rule left out, all of them in
// turn, and every few queries with none at all.
func TestRandomQueriesGiveTheSameRowsWithoutAnyOneRule(t *testing.T) {
	m := erp(t)
	names := plan.RuleNames()
	var sql string
	defer namePanic(t, &sql)
	for seed := range *queriesFlag {
		var ordered bool
		sql, ordered = newGenerator(seed + 1<<41).query()
		_, want, err := providertest.Answer(t.Context(), m, pushed, sql)
		if refused(t, sql, err) {
			continue
		}
		without := [][]string{{names[seed%uint64(len(names))]}, {names[(seed+1)%uint64(len(names))]}}
		if seed%4 == 0 {
			without = append(without, names)
		}
		for _, rules := range without {
			for _, on := range []bool{true, false} {
				_, got, err := providertest.Answer(t.Context(), m, sqlengine.Options{Pushdown: on, Without: rules}, sql)
				require.NoErrorf(t, err, "seed %d without %v: %s", seed, rules, sql)
				if !assert.Empty(t, providertest.Differ(got, want, ordered), "seed %d without %v, pushdown %v: %s", seed, rules, on, sql) {
					return
				}
			}
		}
	}
}
