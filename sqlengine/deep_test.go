package sqlengine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
)

func nested(open, core, end string, n int) string {
	return strings.Repeat(open, n) + core + strings.Repeat(end, n)
}

func chain(item, sep string, n int) string { return item + strings.Repeat(sep+item, n-1) }

// Whatever the size and the depth of a statement, there is an answer or an
// error, and no walk over its tree exhausts the stack.
func TestLongAndDeepStatementsAreAnsweredOrRefused(t *testing.T) {
	m := erp(t)
	for _, c := range []struct {
		name, sql string
		rows      int    // -1 where the text may be refused
		refused   string // by which words
	}{
		{"10,000 parentheses", "SELECT " + nested("(", "1", ")", 10_000), 0, "levels deep"},
		{"1,000 parentheses", "SELECT " + nested("(", "1", ")", 1000), 1, ""},
		{"10,000 NOT", "SELECT OrderNum FROM Lines WHERE " + strings.Repeat("NOT ", 10_000) + "OrderNum = 1", 0, "levels deep"},
		{"1,000 NOT", "SELECT OrderNum FROM Lines WHERE " + strings.Repeat("NOT ", 1000) + "OrderNum < 0", 0, ""},
		{"10,000 minus", "SELECT " + strings.Repeat("- ", 10_000) + "1", 0, "levels deep"},
		{"1,000 minus", "SELECT " + strings.Repeat("- ", 1000) + "1", 1, ""},
		{"10,000 CASE", "SELECT " + nested("CASE WHEN TRUE THEN ", "1", " END", 10_000), 0, "levels deep"},
		{"500 CASE", "SELECT " + nested("CASE WHEN TRUE THEN ", "1", " END", 500), 1, ""},
		{"10,000 calls", "SELECT " + nested("ABS(", "1", ")", 10_000), 0, "levels deep"},
		{"500 calls", "SELECT " + nested("ABS(", "OrderNum", ")", 500) + " FROM Lines LIMIT 1", 1, ""},
		{"10,000 subqueries", "SELECT " + nested("(SELECT ", "1", ")", 10_000), 0, "levels deep"},
		{"200 subqueries", "SELECT " + nested("(SELECT ", "1", ")", 200), 1, ""},
		{"200 derived tables", nested("SELECT * FROM (", "SELECT 1 AS x", ") a", 200), 1, ""},
		{"a chain of 100,000 AND", "SELECT OrderNum FROM Lines WHERE " + chain("OrderNum > 0", " AND ", 100_000) + " LIMIT 1", 1, ""},
		{"a chain of 100,000 OR", "SELECT OrderNum FROM Lines WHERE " + chain("OrderNum > 0", " OR ", 100_000) + " LIMIT 1", 1, ""},
		{"a sum of 100,000", "SELECT " + chain("OrderNum", " + ", 100_000) + " FROM Lines LIMIT 1", 1, ""},
		{"a sum of 100,000 constants", "SELECT " + chain("1", " + ", 100_000), 1, ""},
		{"a concatenation of 20,000", "SELECT " + chain("'x'", " || ", 20_000), 1, ""},
		{"a list of 100,000", "SELECT OrderNum FROM Lines WHERE OrderNum IN (" + chain("-1", ", ", 100_000) + ")", 0, ""},
		{"a UNION of 5,000", chain("SELECT 1", " UNION ", 5000), 1, ""},
		{"a UNION ALL of 5,000", chain("SELECT 1", " UNION ALL ", 5000), 5000, ""},
		{"an INTERSECT of 5,000", chain("SELECT 1", " INTERSECT ", 5000), 1, ""},
		{"10,000 columns", "SELECT " + chain("OrderNum", ", ", 10_000) + " FROM Lines LIMIT 1", 1, ""},
		{"a string of 1 MB", "SELECT '" + strings.Repeat("x", 1<<20) + "'", 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, rows, err := providertest.Answer(t.Context(), m, pushed, c.sql)
			if c.refused != "" {
				require.ErrorContains(t, err, c.refused)
				var kind *providers.Error
				require.ErrorAs(t, err, &kind)
				return
			}
			if err != nil && errors.Is(err, providers.KindUnsupported) {
				t.Fatal(err.Error()[:min(300, len(err.Error()))])
			}
			require.NoError(t, err)
			assert.Len(t, rows, c.rows)
		})
	}
}
