package parse

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

func TestMaskCallsShowsNamesAndSigns(t *testing.T) {
	for _, test := range []struct{ sql, want string }{
		{"EXEC p 'canary'", "EXEC p ***"},
		{"exec [My Svc].p @a = 'canary', b=N'canary', c => X'CA', @d := 5", "exec [My Svc].p @a = ***, b=***, c => ***, @d := ***"},
		{"EXECUTE Erp.BO.Svc.p 'canary' 'canary'", "EXECUTE Erp.BO.Svc.p *** "},
		{"CALL p('canary', ?, :name, NULL, -1.5)", "CALL p(***, ?, :name, NULL, -***)"},
		{"CALL p(a => CAST('canary' AS VARCHAR(8)) || ?)", "CALL p(a => CAST(*** AS ***(***)) || ?)"},
		{"{call p('canary')}", "{call p(***)}"},
		{"{? = call p('canary')}", "{? = call p(***)}"},
		{"{ 'canary' }", "{ *** }"},
		{"EXEC @rc = p 'canary'", "EXEC @rc = p ***"},
		{"EXEC 'canary'", "EXEC ***"},
		{"EXEC = 'canary'", "EXEC = ***"},
		{"EXEC p = canary", "EXEC p = ***"},
		{"EXPLAIN EXEC p a='canary'", "EXPLAIN EXEC p a=***"},
		{"EXPLAIN (FORMAT TEXT) EXEC p a='canary'", "EXPLAIN (FORMAT TEXT) EXEC p a=***"},
		{"EXPLAIN ANALYZE CALL p('canary')", "EXPLAIN ANALYZE CALL p(***)"},
		{"-- first\n/* then */ EXEC p 'canary'", "-- first\n/* then */ EXEC p ***"},
		{"EXEC p -- the old one was canary\n'canary' /* canary */", "EXEC p *** "},
		{"SELECT 'shown'; EXEC p 'canary'; SELECT 'canary'", "SELECT 'shown'; EXEC p ***; SELECT ***"},
		{"INSERT INTO t#TEMP EXEC p 'canary'", "INSERT INTO t#TEMP EXEC p ***"},
		{"INSERT INTO t EXEC p 'canary'", "INSERT INTO t EXEC p ***"},
		{"BEGIN EXEC p 'canary' END", "BEGIN EXEC p *** END"},
		// What was not closed, or closed too early.
		{"EXEC p 'canary", "EXEC p ***"},
		{"EXEC p a='can'ary', b='canary", "EXEC p a=***"},
		{"EXEC p 'it's;canary'", "EXEC p ***"},
		{"EXEC p 'can'ary'b'", "EXEC p ***"},
		{"EXEC p 'can';canary", "EXEC p ***;***"},
		{"EXEC p [canary", "EXEC p ***"},
		{"EXEC p \"canary", "EXEC p ***"},
		{"EXEC p 'x\\' canary", "EXEC p ***"},
		{"SELECT 'a; EXEC p 'canary'", "SELECT 'a; ***"},
		{"SELECT 'a; exec p canary", "SELECT 'a; ***"},
		{"EXEC p /* canary", "EXEC p ***"},
		{"EXEC p 12canary", "EXEC p ***"},
		// Values that were not quoted, or quoted as names.
		{"EXEC p a=canary.canary-canary", "EXEC p a=***.***-***"},
		{"EXEC p a=\"canary\", [canary]", "EXEC p a=***, ***"},
		{"EXEC p canary", "EXEC p ***"},
		{"EXEC p a:canary", "EXEC p ***"},
		{"EXEC p canary(1)", "EXEC p ***(***)"},
		// An EXEC that was forgotten or misspelled.
		{"RefreshOAuthAccessToken OAuthRefreshToken='canary'", "RefreshOAuthAccessToken OAuthRefreshToken=***"},
		{"EXCE p 'canary'", "EXCE ***"},
		{"[p] 'canary'", "[p] ***"},
		{"p('canary')", "p(***)"},
		{"p 'canary", "p ***"},
		// What is no call.
		{"SELECT 'shown'", "SELECT 'shown'"},
		{"SELECT Call, Exec FROM t WHERE t.Call = 'shown' AND Call = 'shown'", "SELECT Call, Exec FROM t WHERE t.Call = 'shown' AND Call = 'shown'"},
		{"SELECT 'not closed", "SELECT 'not closed"},
		{"", ""},
	} {
		t.Run(test.sql, func(t *testing.T) {
			assert.Equal(t, strings.TrimRight(test.want, " "), strings.TrimRight(MaskCalls(test.sql, ANSI), " "))
		})
	}
	t.Run("strings of other dialects", func(t *testing.T) {
		assert.Equal(t, `EXEC p a=***, b=***`, MaskCalls(`EXEC p a="canary", b='can\'ary'`, MySQL))
		assert.Equal(t, `EXEC p a=***, b=***`, MaskCalls(`EXEC p a=$x$canary$x$, b=E'can\'ary'`, Postgres))
	})
}

// TestMaskCallsLeavesOtherStatementsAlone reads every statement that the parser
// is tested with.
func TestMaskCallsLeavesOtherStatementsAlone(t *testing.T) {
	text, err := os.ReadFile("testdata/statements.txtar")
	require.NoError(t, err)
	seen, calls := 0, 0
	for _, f := range txtar.Parse(text).Files {
		dialect := map[string]Dialect{"ansi": ANSI, "mysql": MySQL, "postgres": Postgres}[strings.Fields(f.Name)[0]]
		for sql := range strings.Lines(string(f.Data)) {
			sql = strings.TrimSpace(sql)
			stmt, err := Parse(sql, Options{Dialect: dialect})
			if err != nil || sql == "" || strings.HasPrefix(sql, "=") {
				continue
			}
			seen++
			call := false
			ast.Inspect(stmt, func(n ast.Node) bool {
				_, is := n.(*ast.Call)
				call = call || is
				return true
			})
			if call {
				calls++
				assert.NotContains(t, MaskCalls(sql, dialect), "'", sql)
				continue
			}
			assert.Equal(t, sql, MaskCalls(sql, dialect))
		}
	}
	assert.Greater(t, seen, 300)
	assert.Greater(t, calls, 5)
}

func TestErrorsOfCallsQuoteNoArgument(t *testing.T) {
	for _, sql := range []string{
		"EXEC p 'a' canary", "EXEC p a='x' \"canary\"", "EXEC p [canary] [canary]", "EXEC p 12canary", "EXEC p a=1 canary5", "EXEC p ('a' canary",
		"EXEC p canary canary", "{call p('a') canary}", "EXEC p 'a'; canary", "EXEC p 'x'canary", "RefreshToken 'canary'", "RefreshToken canary 'x'", "EXEC p a=@@canary@@canary",
		"EXPLAIN EXEC p 'x' canary", "EXEC p a=$canary", "EXEC p _canary'x'", "EXEC p a=canary[canary]",
	} {
		_, err := Parse(sql, Options{})
		if err != nil { // some are calls, whatever was meant
			assert.NotContains(t, err.Error(), "canary", sql)
		}
	}
	_, err := Parse("SELECT 1 FROM t WHERE shown shown shown", Options{})
	assert.ErrorContains(t, err, "shown", "other statements say what was found")
	_, err = Parse("EXCE p 'x'", Options{})
	assert.ErrorContains(t, err, `"EXCE"`, "nor is what stands for EXEC")
	_, err = Parse("EXEC p WHERE 1", Options{})
	assert.ErrorContains(t, err, `"WHERE"`, "keywords are no values")
}

func FuzzMaskCalls(f *testing.F) {
	for _, sql := range []string{"EXEC p 'canary'", "{call p('canary')}", "SELECT 1; EXEC p a=canary", "p 'canary", "EXEC @rc = p \"canary\"", "/*x*/CALL a.b(c=>'canary'"} {
		f.Add(sql, uint8(0))
	}
	f.Fuzz(func(t *testing.T, sql string, dialect uint8) {
		d := Dialect(dialect % 3)
		MaskCalls(sql, d)
		// Whatever follows a call, be it a quote that opens its string again.
		call := "EXEC p a = 'kanarienvogel'"
		for _, text := range []string{call + ";" + sql, call + sql, call + " " + sql} {
			assert.NotContains(t, MaskCalls(text, d), "kanarienvogel", text)
		}
	})
}
