package sqlengine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
)

func TestStatementsAnswerWithoutADialect(t *testing.T) {
	m := erp(t)
	for _, l := range records(t, "testdata/ansi.tsv") {
		require.Len(t, l, 2, "%q", l)
		assert.Equal(t, l[1], valueOf(t.Context(), m, here, l[0]), l[0])
	}
}

// An error of a constant is raised when a row needs its value, and only then.
func TestConstantErrorsWaitForARow(t *testing.T) {
	m := erp(t)
	for q, state := range map[string]string{
		"SELECT * FROM Nothing WHERE 1/0 = 1":                                         "",
		"SELECT 1/0 FROM Nothing":                                                     "",
		"SELECT ID FROM Nothing WHERE CAST('x' AS INTEGER) = ID":                      "",
		"SELECT * FROM Orders WHERE OrderNum < 0 AND 1/0 = 1":                         "",
		"SELECT CASE WHEN OrderNum > 0 THEN 1 ELSE 1/0 END FROM Orders":               "",
		"SELECT COALESCE(OrderNum, 1/0) FROM Orders":                                  "",
		"SELECT OrderNum FROM Orders WHERE OrderNum > 0 OR 1/0 = 1":                   "",
		"SELECT COUNT(*) FROM Nothing WHERE 1/0 = 1":                                  "",
		"SELECT SUM(1/0) FROM Nothing":                                                "",
		"SELECT * FROM Orders o JOIN Nothing n ON o.OrderNum = n.ID AND 1/0 = 1":      "",
		"SELECT * FROM (SELECT 1/0 AS x FROM Nothing) t WHERE x = 1":                  "",
		"SELECT OrderNum FROM Orders WHERE 1/0 = 1":                                   "22012",
		"SELECT CASE WHEN OrderNum < 0 THEN 1 ELSE 1/0 END FROM Orders":               "22012",
		"SELECT COALESCE(CASE WHEN OrderNum < 0 THEN 1 END, 1/0) FROM Orders":         "22012",
		"SELECT OrderNum FROM Orders WHERE OrderNum > 0 AND CAST('x' AS INTEGER) = 1": "22P02",
		"SELECT SUM(1/0) FROM Orders":                                                 "22012",
	} {
		for _, o := range []sqlengine.Options{pushed, here} {
			_, _, err := providertest.Answer(t.Context(), m, o, q)
			if state == "" {
				assert.NoError(t, err, "%s, pushdown %v", q, o.Pushdown)
				continue
			}
			var e *providers.Error
			require.ErrorAs(t, err, &e, q)
			assert.Equal(t, state, e.SQLState(), "%s, pushdown %v", q, o.Pushdown)
		}
	}
}
