package sqlengine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
)

// Date literals reach the server as plain ranges, and mean the same where they
// do not.
func TestDateLiteralsAreAskedOfTheServer(t *testing.T) {
	m := erp(t)
	clock := func() time.Time { return time.Date(2024, 2, 15, 12, 0, 0, 0, time.UTC) }
	for where, want := range map[string]struct{ condition, rows string }{
		"Ordered = L_LAST_MONTH()":                       {"Ordered >= DATE '2024-01-01' AND Ordered < DATE '2024-02-01'", "100 101"},
		"NOT Ordered >= L_THIS_MONTH()":                  {"Ordered < DATE '2024-02-01'", "100 101 100"},
		"Ordered IN (L_LAST_YEAR(), L_NEXT_MONTH())":     {"((Ordered >= DATE '2023-01-01')", "103 100"},
		"Ordered BETWEEN THIS_MONTH() AND NEXT_MONTH()":  {"Ordered >= DATE '2024-02-01' AND Ordered < DATE '2024-04-01'", "102 103 105"},
		"Ordered > L_TODAY() - 20 AND Ordered < TODAY()": {"Ordered > DATE '2024-01-26' AND Ordered < DATE '2024-02-15'", "102 105"},
	} {
		q := "SELECT OrderNum FROM Orders WHERE " + where + " ORDER BY Company, OrderNum"
		for _, o := range []sqlengine.Options{pushed, here} {
			o.Now = clock
			_, rows, err := providertest.Answer(t.Context(), m, o, q)
			require.NoError(t, err, where)
			var got []string
			for _, r := range rows {
				got = append(got, r[0].Text())
			}
			assert.Equal(t, want.rows, strings.Join(got, " "), "%s, pushdown %v", where, o.Pushdown)
		}
		o := pushed
		o.Now = clock
		_, rows, err := providertest.Answer(t.Context(), m, o, "EXPLAIN "+q)
		require.NoError(t, err)
		var plan strings.Builder
		for _, r := range rows {
			plan.WriteString(r[0].S + "\n")
		}
		for _, c := range strings.Split(want.condition, " AND ") {
			assert.Contains(t, plan.String(), "at the server: "+c, where)
		}
		assert.NotContains(t, plan.String(), "PERIOD_START", where)
	}
}

// A date literal of one day is a value where a table wants one by "=".
func TestDateLiteralsServeAsInputs(t *testing.T) {
	m := erp(t)
	for _, o := range []sqlengine.Options{pushed, here} {
		o.Now = func() time.Time { return time.Date(2024, 1, 2, 12, 0, 0, 0, time.UTC) }
		_, rows, err := providertest.Answer(t.Context(), m, o, "SELECT Part FROM BaqSvc.PartsByPlant WHERE Plant = '' AND Day = L_YESTERDAY() ORDER BY Part")
		require.NoError(t, err)
		require.Len(t, rows, 2)
		assert.Equal(t, "A-1", rows[0][0].Text())
	}
}
