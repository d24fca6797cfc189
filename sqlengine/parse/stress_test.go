package parse

import (
	"strconv"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func nested(open, core, end string, n int) string {
	return strings.Repeat(open, n) + core + strings.Repeat(end, n)
}

func repeated(item, sep string, n int) string {
	return strings.TrimSuffix(strings.Repeat(item+sep, n), sep)
}

// Deep nesting is refused before it can exhaust the stack; long lists and
// chains are read however long they are.
func TestStress(t *testing.T) {
	tests := []struct {
		name    string
		sql     string
		refused string
	}{
		{"100 parentheses", "SELECT " + nested("(", "1", ")", 100), ""},
		{"1,000 parentheses", "SELECT " + nested("(", "1", ")", 1000), ""},
		{"10,000 parentheses", "SELECT " + nested("(", "1", ")", 10_000), "levels deep"},
		{"100,000 parentheses", "SELECT " + nested("(", "1", ")", 100_000), "levels deep"},
		{"1,000,000 parentheses", "SELECT " + nested("(", "1", ")", 1_000_000), "levels deep"},
		{"1,000,000 open parentheses", strings.Repeat("(", 1_000_000), "levels deep"},
		{"parentheses in FROM", "SELECT * FROM " + nested("(", "t", ")", 10_000), "levels deep"},
		{"parentheses around a query", nested("(", "SELECT 1", ")", 10_000), "levels deep"},
		{"an AND chain of 10,000", "SELECT * FROM t WHERE " + repeated("a = 1", " AND ", 10_000), ""},
		{"an OR chain of 50,000", "SELECT * FROM t WHERE " + repeated("a = 1", " OR ", 50_000), ""},
		{"a sum of 1,000,000", "SELECT " + repeated("1", "+", 1_000_000), "chains more than"},
		{"an IN list of 100,000", "SELECT * FROM t WHERE a IN (" + repeated("12345", ",", 100_000) + ")", ""},
		{"a string of 1 MiB", "SELECT '" + strings.Repeat("x", 1<<20) + "'", ""},
		{"200 subqueries", nested("SELECT * FROM (", "SELECT 1 AS x", ") a", 200), ""},
		{"5,000 subqueries", nested("SELECT * FROM (", "SELECT 1 AS x", ") a", 5000), "levels deep"},
		{"10,000 NOT", "SELECT * FROM t WHERE " + strings.Repeat("NOT ", 10_000) + "a", "levels deep"},
		{"10,000 minus", "SELECT " + strings.Repeat("- ", 10_000) + "1", "levels deep"},
		{"2,000 CASE", "SELECT " + nested("CASE WHEN a THEN ", "1", " END", 2000), "levels deep"},
		{"a UNION of 5,000", repeated("SELECT a FROM t", " UNION ALL ", 5000), ""},
		{"an INTERSECT of 5,000", repeated("SELECT a FROM t", " INTERSECT ", 5000), ""},
		{"an INSERT of 5,000 rows", "INSERT INTO t (a, b, c) VALUES " + repeated("(1, 'x', NULL)", ", ", 5000), ""},
		{"20,000 columns", "SELECT " + repeated("col1", ", ", 20_000) + " FROM t", ""},
		{"300 joins", "SELECT * FROM t " + repeated("JOIN u ON a = b", " ", 300), ""},
		{"10,000 joins that wait for ON", "SELECT * FROM t " + repeated("JOIN u", " ", 10_000), "levels deep"},
		{"10,000 calls", "SELECT " + nested("f(", "1", ")", 10_000), "levels deep"},
		{"10,000 casts", "SELECT a" + strings.Repeat("::int", 10_000), "levels deep"},
		{"10,000 IS", "SELECT a" + strings.Repeat(" IS NULL", 10_000), "levels deep"},
		{"10,000 ODBC escapes", "SELECT " + nested("{fn ", "f(1)", "}", 10_000), "levels deep"},
		{"10,000 EXPLAIN", strings.Repeat("EXPLAIN ", 10_000) + "SELECT 1", "a statement"},
		{"10,000 array brackets", "SELECT ARRAY" + nested("[", "1", "]", 10_000), "levels deep"},
		{"10,000 grouping sets", "SELECT a FROM t GROUP BY " + nested("GROUPING SETS (", "a", ")", 10_000), "levels deep"},
		{"10,000 open comments", strings.Repeat("/*", 10_000), "not closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stmt, err := Parse(tt.sql, Options{})
			if tt.refused != "" {
				require.ErrorContains(t, err, tt.refused)
				assert.Less(t, len(err.Error()), 300)
				return
			}
			require.NoError(t, err)
			requireFixpoint(t, stmt)
			ast.Inspect(stmt, func(ast.Node) bool { return true })
		})
	}
}

func TestTextLimit(t *testing.T) {
	_, err := Parse("SELECT 1", Options{MaxText: 7})
	require.ErrorContains(t, err, "more than the limit of 7")
	_, err = Parse("SELECT 1", Options{MaxText: 8})
	require.NoError(t, err)
}

func TestDepthLimitIsAnOption(t *testing.T) {
	sql := "SELECT " + nested("(", "1", ")", 50)
	_, err := Parse(sql, Options{MaxDepth: 40})
	require.ErrorContains(t, err, "more than 40 levels deep")
	_, err = Parse(sql, Options{MaxDepth: 60})
	require.NoError(t, err)
}

func TestParameterNumbersAreBounded(t *testing.T) {
	_, err := Parse("SELECT $"+strconv.Itoa(maxOrdinal+1), Options{})
	require.ErrorContains(t, err, "65535")
}
