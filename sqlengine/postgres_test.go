package sqlengine_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// The expressions that PostgreSQL answered, in the engine's own language: what
// the parser and the binder make of them gives the same values as the
// constructors of package expr.
func TestStatementsAnswerAsPostgreSQL(t *testing.T) {
	own := map[string]string{}
	for _, l := range records(t, "expr/testdata/own.tsv") {
		own[l[0]] = l[1]
	}
	m := erp(t)
	o := sqlengine.Options{Dialect: parse.Postgres, Zone: time.UTC}
	for _, l := range records(t, "expr/testdata/postgres15.tsv") {
		want := l[1]
		if w, ok := own[l[0]]; ok {
			want = w
		}
		assert.Equal(t, want, valueOf(t.Context(), m, o, l[0]), l[0])
	}
}

// valueOf gives the text of an expression's value, or "!" and its SQLSTATE.
func valueOf(ctx context.Context, p providers.Provider, o sqlengine.Options, sql string) string {
	_, rows, err := providertest.Answer(ctx, p, o, "SELECT "+sql)
	var e *providers.Error
	switch {
	case errors.As(err, &e):
		return "!" + e.SQLState()
	case err != nil:
		return err.Error()
	case rows[0][0].Null:
		return "NULL"
	}
	return rows[0][0].Text()
}

func records(t *testing.T, path string) [][]string {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out [][]string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "-- ") {
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}

// testdata/mysql.tsv holds what MySQL answers by its manual.
func TestStatementsAnswerAsMySQL(t *testing.T) {
	m := erp(t)
	o := sqlengine.Options{Dialect: parse.MySQL, Zone: time.UTC}
	for _, l := range records(t, "testdata/mysql.tsv") {
		require.Len(t, l, 2, "%q", l)
		assert.Equal(t, l[1], valueOf(t.Context(), m, o, l[0]), l[0])
	}
}

// MySQL's conversions hold in conditions over columns too, and for the server
// as for the engine.
func TestConditionsMeanWhatMySQLTakesThemFor(t *testing.T) {
	m := erp(t)
	for q, want := range map[string]string{
		"SELECT OrderNum FROM Orders WHERE CustNum = '1x' ORDER BY Company, OrderNum":                   "100 101 100",
		"SELECT OrderNum FROM Orders WHERE CustNum AND Total > '10' ORDER BY Company, OrderNum":         "100 100 105",
		"SELECT SUM(CustNum = 1) FROM Orders":                                                           "3",
		"SELECT AVG(Rep = 'ann') FROM Orders WHERE Rep IS NOT NULL":                                     "0.50000000000000000000",
		"SELECT OrderNum FROM Orders WHERE CustNum / 0 IS NULL AND Ordered = '2024-03-01'":              "103",
		"SELECT CustNum <=> NULL FROM Orders WHERE OrderNum = 103":                                      "1",
		"SELECT OrderNum FROM Orders WHERE Ordered BETWEEN 20240201 AND '2024-02-15' ORDER BY OrderNum": "102 105",
		"SELECT OrderNum FROM Orders WHERE NOT CustNum <=> 1 AND Company = 'EPIC01' ORDER BY OrderNum":  "102 103",
		"SELECT OrderNum FROM Orders WHERE Rep = 0 AND Rep <> '' ORDER BY OrderNum":                     "100 102 103",
		"SELECT Active FROM Erp.BO.CustomerSvc.Customers WHERE Active = 1 AND Company = 'EPIC01'":       "1 1",
		"SELECT Active FROM Erp.BO.CustomerSvc.Customers WHERE Active + 1 = 1 AND Company = 'EPIC02'":   "0",
		"SELECT CONCAT(OrderNum, '/', CustNum) FROM Orders WHERE OrderNum = '102'":                      "102/3",
		"SELECT COUNT(*) FROM Orders WHERE OrderNum MOD 0 IS NULL":                                      "6",
		"SELECT IF(Total, 'some', 'none') FROM Orders WHERE OrderNum = 101":                             "none",
	} {
		for _, o := range []sqlengine.Options{pushed, here} {
			o.Dialect = parse.MySQL
			_, rows, err := providertest.Answer(t.Context(), m, o, q)
			require.NoError(t, err, q)
			var got []string
			for _, r := range rows {
				got = append(got, r[0].Text())
			}
			assert.Equal(t, want, strings.Join(got, " "), "%s, pushdown %v", q, o.Pushdown)
		}
	}
}
