package xwb_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqlengine/parse/xwb"
)

var dialects = []parse.Dialect{parse.ANSI, parse.MySQL, parse.Postgres}

// language is a list of statements that xwb1989 reads, one a line. Those
// behind a line of ! pass the gate in mysql alone.
func language(t testing.TB) (all, mysql []string) {
	data, err := os.ReadFile("testdata/language.sql")
	require.NoError(t, err)
	list := &all
	for line := range strings.Lines(string(data)) {
		switch line = strings.TrimSpace(line); {
		case line == "!":
			list = &mysql
		case line != "" && !strings.HasPrefix(line, "#"):
			*list = append(*list, strings.ReplaceAll(line, "⏎", "\n"))
		}
	}
	return all, mysql
}

// corpus is the list of statements that the driver's own parser is tested with.
func corpus(t testing.TB) []string {
	text, err := os.ReadFile("../testdata/statements.txtar")
	require.NoError(t, err)
	var list []string
	for _, f := range txtar.Parse(text).Files {
		for line := range strings.Lines(string(f.Data)) {
			if !strings.HasPrefix(line, " ") {
				list = append(list, strings.ReplaceAll(strings.TrimSpace(line), "⏎", "\n"))
			}
		}
	}
	require.Greater(t, len(list), 300)
	return list
}

// requireSameTree holds the two fronts against each other, and reports whether
// xwb1989 took the text.
func requireSameTree(t *testing.T, sql string, d parse.Dialect) bool {
	t.Helper()
	theirs, err := xwb.Parse(sql, parse.Options{Dialect: d})
	if err != nil {
		var at *parse.Error
		require.ErrorAs(t, err, &at, "%s", sql)
		return false
	}
	ours, err := parse.Parse(sql, parse.Options{Dialect: d})
	require.NoError(t, err, "%s: %s: xwb1989 reads %s", d, sql, ast.Print(theirs))
	require.True(t, ast.Equal(ours, theirs), "%s: %s\nours:   %s\ntheirs: %s", d, sql, ast.Print(ours), ast.Print(theirs))
	ast.Inspect(theirs, func(n ast.Node) bool {
		require.LessOrEqual(t, int(n.Pos()), len(sql))
		return true
	})
	return true
}

func TestEveryTextGivesTheSameTreeByBothFronts(t *testing.T) {
	all, mysql := language(t)
	for _, sql := range all {
		for _, d := range dialects {
			assert.True(t, requireSameTree(t, sql, d), "%s: %s", d, sql)
		}
	}
	for _, sql := range mysql {
		assert.True(t, requireSameTree(t, sql, parse.MySQL), sql)
		assert.False(t, requireSameTree(t, sql, parse.Postgres), sql)
	}
	taken := 0
	for _, sql := range corpus(t) {
		for _, d := range dialects {
			if requireSameTree(t, sql, d) {
				taken++
			}
		}
	}
	assert.Greater(t, taken, 200, "the gate lets too little through to prove anything")
}

// Chance changes reach into corners of both grammars that nobody thinks of.
func TestChangedTextsGiveTheSameTreeByBothFronts(t *testing.T) {
	all, mysql := language(t)
	lines := append(append(all, mysql...), corpus(t)...)
	var words []string
	for _, sql := range lines {
		words = append(words, strings.Fields(sql)...)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	taken := 0
	for _, sql := range lines {
		for i := range 60 {
			if requireSameTree(t, changed(rng, sql, words), dialects[i%len(dialects)]) {
				taken++
			}
		}
	}
	assert.Greater(t, taken, 1000)
}

// changed exchanges, adds or removes a word or two.
func changed(rng *rand.Rand, sql string, words []string) string {
	parts := strings.Fields(sql)
	if len(parts) == 0 {
		return sql
	}
	for range 1 + rng.IntN(2) {
		i, j, w := rng.IntN(len(parts)), rng.IntN(len(parts)), words[rng.IntN(len(words))]
		switch rng.IntN(4) {
		case 0:
			parts[i] = w
		case 1:
			parts[i], parts[j] = parts[j], parts[i]
		case 2:
			parts = append(parts[:i:i], append([]string{w}, parts[i:]...)...)
		default:
			if len(parts) > 1 {
				parts = append(parts[:i:i], parts[i+1:]...)
			}
		}
	}
	return strings.Join(parts, " ")
}

func TestRefusalsSayWhatXWB1989WouldMisread(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"a double quote", `SELECT "Name" FROM t`, `line 1, column 8: xwb1989 takes "…" for a string`},
		{"a concatenation", `SELECT a || b FROM t`, "xwb1989 takes || for OR"},
		{"a slash comment", "SELECT a // b", "takes // for a comment"},
		{"a version comment", "SELECT /*!40001 SQL_NO_CACHE */ a FROM t", "executes /*! comments"},
		{"a variable", "SELECT @@version", "takes @ for a letter"},
		{"a sign before @ in a string is none", "SELECT 'a@b.c || \"x\" //' FROM t WHERE", "syntax error"},
		{"a backslash", `SELECT 'C:\dir' FROM t`, "line 1, column 11: xwb1989 takes a backslash for an escape"},
		{"strings side by side", "SELECT 'a' 'b'", "takes a string behind a value"},
		{"a quote among bits", "SELECT '' % B''''", "takes the quote for the end of the bits"},
		{"a string behind a column called LIKE", "SELECT t.LIKE ''", "takes a string behind a value"},
		{"a date literal", "SELECT DATE '2024-01-01'", "takes a string behind a value"},
		{"a national string", "SELECT N'x'", "takes a string behind a value"},
		{"ROLLUP", "SELECT a FROM t GROUP BY a WITH ROLLUP", "takes WITH for a name"},
		{"a window", "SELECT SUM(a) OVER (ORDER BY b) FROM t", "takes OVER for a name"},
		{"a common table expression", "WITH a AS (SELECT 1) SELECT * FROM a", "takes WITH for a name"},
		{"SHOW", "SHOW TABLES", "keeps the first words alone"},
		{"EXPLAIN", "EXPLAIN SELECT 1", "keeps the first words alone"},
		{"EXEC", "EXEC p 'a'", "line 1, column 1: xwb1989 knows no calls of procedures"},
		{"CALL", "call p(1)", "knows no calls of procedures"},
		{"the escape of ODBC", "{call p(1)}", "knows no calls of procedures"},
		{"a definition", "DROP TABLE t", "keeps the first words alone"},
		{"nonsense behind a table definition", "CREATE TABLE t (nonsense", "syntax error"},
		{"a lost sign", "SELECT - -1, +1 FROM t", "drops signs before a number"},
		{"two kinds of parameters", "SELECT ?, :a", "parameters of two kinds in one statement: ? and :a"},
		{"a lost case", "SELECT Year(d), YEAR(e) FROM t", "loses the case of YEAR"},
		{"a case lost behind its lower one", "SELECT date % dAte", "loses the case of dAte"},
		{"dual in one place", "SELECT (SELECT 1), 2 FROM dual", "adds FROM dual"},
		{"two pairs of parentheses", "SELECT a IN ((SELECT 1 FROM t)) FROM u", "in two pairs of parentheses"},
		{"a text that makes it panic", "SELECT/*!*/1", "executes /*! comments"},
		{"where it stopped", "SELECT a FROM t\nWHERE a = = 1", "line 2, column 11: xwb1989: syntax error"},
		{"a long run of NOT", "SELECT " + strings.Repeat("NOT ", 100_000) + "a", "nests more than 1200 levels"},
		{"a column of another table", "INSERT INTO t (u.a) VALUES (1)", "drops what stands before the dot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := xwb.Parse(c.sql, parse.Options{})
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestTheFrontIsChosenByName(t *testing.T) {
	tree, err := parse.Parse("SELECT a FROM t", parse.Options{Front: xwb.Name})
	require.NoError(t, err)
	assert.Equal(t, "SELECT a FROM t", ast.Print(tree))
	_, err = parse.Parse(`SELECT "a" FROM t`, parse.Options{Front: xwb.Name})
	require.ErrorContains(t, err, "xwb1989")
}

func TestNamesKeepTheirPlaces(t *testing.T) {
	sql := "SELECT Name, Status FROM Customers WHERE Total > 1"
	tree, err := xwb.Parse(sql, parse.Options{})
	require.NoError(t, err)
	places := 0
	ast.Inspect(tree, func(n ast.Node) bool {
		if c, ok := n.(*ast.ColumnRef); ok {
			places++
			assert.Equal(t, strings.Index(sql, c.Name.String()), int(c.Pos()))
		}
		return true
	})
	assert.Equal(t, 3, places)
}

func TestLongAndDeepTextsAreAnsweredOrRefused(t *testing.T) {
	for name, sql := range map[string]string{
		"a chain of AND":       "SELECT a FROM t WHERE a" + strings.Repeat(" AND a", 50_000),
		"a sum":                "SELECT a" + strings.Repeat(" + a", 50_000) + " FROM t",
		"a chain of UNION":     "SELECT a FROM t" + strings.Repeat(" UNION SELECT a FROM t", 3000),
		"a list":               "SELECT a FROM t WHERE a IN (1" + strings.Repeat(", 1", 50_000) + ")",
		"joins":                "SELECT a FROM t" + strings.Repeat(" JOIN u ON p = q", 3000),
		"nested parentheses":   "SELECT " + strings.Repeat("(", 10_000) + "1" + strings.Repeat(")", 10_000),
		"nested CASE":          "SELECT " + strings.Repeat("CASE WHEN a THEN ", 5000) + "1" + strings.Repeat(" END", 5000) + " FROM t",
		"a right-leaning tree": "SELECT " + strings.Repeat("a = b OR NOT ", 5000) + "a FROM t",
	} {
		t.Run(name, func(t *testing.T) { requireSameTree(t, sql, parse.MySQL) })
	}
}

// Every text that passes the gate gives the same tree by both fronts.
func FuzzBothFronts(f *testing.F) {
	all, mysql := language(f)
	for _, sql := range append(append(all, mysql...), corpus(f)...) {
		f.Add(sql, uint8(0))
		f.Add(sql, uint8(1))
	}
	f.Fuzz(func(t *testing.T, sql string, d uint8) {
		if len(sql) < 2000 {
			requireSameTree(t, sql, dialects[int(d)%len(dialects)])
		}
	})
}
