package sqlengine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// TestSQLAsMySQL plays testdata/mysql.txtar: what the clauses of a query mean
// under Dialect=mysql where the other dialects refuse them or mean another
// thing. testdata/mysql.tsv holds the expressions.
func TestSQLAsMySQL(t *testing.T) {
	m := erp(t)
	playGolden(t, "testdata/mysql.txtar", func(t *testing.T, sql string, args []sqlengine.Arg) string {
		atServer, atHome := pushed, here
		atServer.Dialect, atHome.Dialect = parse.MySQL, parse.MySQL
		first := answerText(t, m, atServer, sql, args)
		assert.Equal(t, first, answerText(t, m, atHome, sql, args), "with pushdown on and off")
		return first
	})
}
