package parse

import (
	"testing"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The printed text shows how a text was read.
func TestMeaning(t *testing.T) {
	tests := []struct {
		name    string
		dialect Dialect
		sql     string
		want    string
	}{
		{"|| is OR in mysql", MySQL, `SELECT a || b`, `SELECT a OR b`},
		{"&& and ! in mysql", MySQL, `SELECT a = 1 && b = 2 || !c`, `SELECT a = 1 AND b = 2 OR NOT c`},
		{"|| concatenates in postgres", Postgres, `SELECT a || b`, `SELECT a || b`},
		{"double quotes make a string in mysql", MySQL, `SELECT "Name"`, `SELECT 'Name'`},
		{"backslashes escape in mysql", MySQL, `SELECT 'it\'s\\'`, `SELECT E'it''s\\'`},
		{"mysql keeps the backslash of a LIKE wildcard", MySQL, `SELECT '\_%'`, `SELECT '\_%'`},
		{"postgres ends a string at a backslash and a quote", Postgres, `SELECT 'C:\dir\'`, `SELECT E'C:\\dir\\'`},
		{"E strings decode escapes", ANSI, `SELECT E'a\tb\u00e9\'c'`, "SELECT 'a\tbé''c'"},
		{"$$ quotes in postgres", Postgres, `SELECT $$it's$$, $t$a$$b$t$`, `SELECT 'it''s', 'a$$b'`},
		{"a subtraction of a negative in mysql", MySQL, `SELECT 5--3`, `SELECT 5 - -3`},
		{"# compares bits in postgres", Postgres, `SELECT a#b`, `SELECT a ^ b`},
		{"# is part of a name in ansi", ANSI, `SELECT a#b, doc#>>'{a}'`, `SELECT "a#b", doc #>> '{a}'`},
		{"^ is a power in postgres", Postgres, `SELECT 2 ^ 3 ^ 2`, `SELECT POWER(POWER(2, 3), 2)`},
		{"hexadecimal numbers in postgres", Postgres, `SELECT 0xFF`, `SELECT 255`},
		{"hexadecimal bytes elsewhere", ANSI, `SELECT 0xFFF`, `SELECT X'0fff'`},
		{"precedence of bit operators in mysql", MySQL, `SELECT a | b & c << 1 + 2`, `SELECT a | (b & (c << 1 + 2))`},
		{"comparisons chain in mysql", MySQL, `SELECT a = b = c`, `SELECT (a = b) = c`},
		{"a version comment runs in mysql", MySQL, `SELECT /*!40001 SQL_NO_CACHE */ a`, `SELECT SQL_NO_CACHE a`},
		{"a parameter right behind <", ANSI, `SELECT a FROM t WHERE a<@p1`, `SELECT a FROM t WHERE a < @p1`},
		{"MINUS is EXCEPT", ANSI, `SELECT a FROM x MINUS SELECT a FROM y`, `SELECT a FROM x EXCEPT SELECT a FROM y`},
		{"LIMIT with a comma", ANSI, `SELECT a FROM t LIMIT 20, 10`, `SELECT a FROM t LIMIT 10 OFFSET 20`},
		{"OFFSET and FETCH", ANSI, `SELECT a FROM t OFFSET 5 ROWS FETCH NEXT ROW ONLY`, `SELECT a FROM t LIMIT 1 OFFSET 5`},
		{"a column called Top", ANSI, `SELECT Top, x FROM t`, `SELECT Top, x FROM t`},
		{"TOP with a parameter", ANSI, `SELECT TOP ? a FROM t`, `SELECT TOP (?) a FROM t`},
		{"an ORDER BY outside keeps a TOP inside apart", ANSI, `(SELECT TOP 5 a FROM t) ORDER BY a`, `(SELECT TOP (5) a FROM t) ORDER BY a`},
		{"a limit outside keeps a limit inside apart", ANSI, `(SELECT a FROM t LIMIT 5) LIMIT 3`, `(SELECT a FROM t LIMIT 5) LIMIT 3`},
		{"a subquery in parentheses as operand", ANSI, `SELECT ((SELECT 1) + 1), ((SELECT 1) UNION SELECT 2)`, `SELECT (SELECT 1) + 1, (SELECT 1 UNION SELECT 2)`},
		{"a derived table in parentheses", ANSI, `SELECT * FROM ((SELECT 1) UNION SELECT 2) x, ((SELECT 3) y JOIN z ON TRUE)`,
			`SELECT * FROM (SELECT 1 UNION SELECT 2) AS x, (SELECT 3) AS y JOIN z ON TRUE`},
		{"ROLLUP behind the list", ANSI, `SELECT a FROM t GROUP BY a, b WITH ROLLUP`, `SELECT a FROM t GROUP BY ROLLUP (a, b)`},
		{"named arguments of EXEC", ANSI, `EXEC GetOAuthAccessToken AuthMode='WEB', @Verifier = 'c', CallbackURL => ?`,
			`CALL GetOAuthAccessToken(AuthMode => 'WEB', Verifier => 'c', CallbackURL => ?)`},
		{"a comparison as argument", ANSI, `CALL p((a) = 1, (b = 2))`, `CALL p((a = 1), (b = 2))`},
		{"an ODBC call with a result", ANSI, `{? = call f(?, 'x')}`, `{? = call f(?, 'x')}`},
		{"an outer join as ODBC writes it", ANSI, `SELECT * FROM {oj a LEFT OUTER JOIN b ON x = y}`, `SELECT * FROM a LEFT JOIN b ON x = y`},
		{"T-SQL and MySQL orders of CONVERT", ANSI, `SELECT CONVERT(VARCHAR(10), d, 120), CONVERT(x, CHAR)`, `SELECT CONVERT(VARCHAR(10), d, 120), CAST(x AS CHAR)`},
		{"sides of TRIM", ANSI, `SELECT TRIM(LEADING 'x' FROM a), TRIM(TRAILING FROM a), TRIM(BOTH ' ' FROM a), TRIM('x' FROM a), TRIM(a)`,
			`SELECT LTRIM(a, 'x'), RTRIM(a), TRIM(a, ' '), TRIM(a, 'x'), TRIM(a)`},
		{"parts of SUBSTRING", ANSI, `SELECT SUBSTRING(n FROM 2 FOR 3), SUBSTRING(n FOR 3), SUBSTRING(n, 2)`, `SELECT SUBSTRING(n, 2, 3), SUBSTRING(n, 1, 3), SUBSTRING(n, 2)`},
		{"EXTRACT", ANSI, `SELECT EXTRACT(year FROM d)`, `SELECT EXTRACT('YEAR', d)`},
		{"a frame with one bound", ANSI, `SELECT SUM(a) OVER (ORDER BY b ROWS 2 PRECEDING)`, `SELECT SUM(a) OVER (ORDER BY b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)`},
		{"IGNORE NULLS inside and outside", ANSI, `SELECT LAG(x IGNORE NULLS) OVER w, LAG(x) IGNORE NULLS OVER w`, `SELECT LAG(x) IGNORE NULLS OVER w, LAG(x) IGNORE NULLS OVER w`},
		{"ARRAY brackets beside bracketed names", ANSI, `SELECT ARRAY[1, 2], [a b] FROM [t u]`, `SELECT ARRAY[1, 2], "a b" FROM "t u"`},
		{"ALL before a sign", ANSI, `SELECT ALL -1, COUNT(ALL -a)`, `SELECT -1, COUNT(-a)`},
		{"ESCAPE as ODBC writes it", ANSI, `SELECT a LIKE 'x!%' {escape '!'}`, `SELECT a LIKE 'x!%' ESCAPE '!'`},
		{"parameters keep their numbers when clauses change places", ANSI, `SELECT a FROM t WHERE b = ? LIMIT ?, ?`, `SELECT a FROM t WHERE b = ?1 LIMIT ?3 OFFSET ?2`},
		{"qualified operators of psql", Postgres, `SELECT c.relname OPERATOR(pg_catalog.~) '^(t)$' COLLATE pg_catalog.default AND a OPERATOR(=) b + 1`,
			`SELECT c.relname ~ '^(t)$' COLLATE pg_catalog.default AND a = b + 1`},
		{"a type before a string in postgres", Postgres, `SELECT int '5', uuid 'x'`, `SELECT CAST('5' AS INT), CAST('x' AS UUID)`},
		{"NOT binds looser than comparisons", ANSI, `SELECT NOT a = b, (NOT a) = b`, `SELECT NOT a = b, (NOT a) = b`},
		{"DELETE of mysql's USING names its targets", MySQL, `DELETE FROM a USING a JOIN b ON x = y WHERE z`, `DELETE a FROM a JOIN b ON x = y WHERE z`},
		{"DELETE without FROM", ANSI, `DELETE t WHERE a = 1`, `DELETE FROM t WHERE a = 1`},
		{"SET with lists and several variables", ANSI, `SET search_path = a, b, SESSION x = 1, y = ON`, `SET search_path = a, b, SESSION x = 1, y = "ON"`},
		{"a byte order mark and no-break spaces are blanks", ANSI, "\uFEFFSELECT\u00A0a", `SELECT a`},
		{"VALUES without parentheses", ANSI, `SELECT * FROM (VALUES 1, NULL, (2)) v (x), values`, `SELECT * FROM (VALUES (1), (NULL), (2)) AS v (x), "values"`},
		{"an empty list", ANSI, `SELECT a FROM t WHERE a IN () OR a NOT IN ()`, `SELECT a FROM t WHERE a IN () OR a NOT IN ()`},
		{"a table behind IN", ANSI, `SELECT a NOT IN s.t AND b`, `SELECT a NOT IN (TABLE s.t) AND b`},
		{"the alias of a join hides its tables", ANSI, `SELECT j.x FROM (a JOIN b ON p = q) AS j (x)`, `SELECT j.x FROM (SELECT * FROM a JOIN b ON p = q) AS j (x)`},
		{"CONTAINS between its operands", ANSI, `SELECT a NOT CONTAINS 'x' AND b CONTAINS c, d contains FROM t`,
			`SELECT NOT CONTAINS(a, 'x') AND CONTAINS(b, c), d AS contains FROM t`},
		{"BETWEEN ASYMMETRIC is BETWEEN", ANSI, `SELECT a BETWEEN ASYMMETRIC 1 AND 2`, `SELECT a BETWEEN 1 AND 2`},
		{"a literal with a precision is a cast", ANSI, `SELECT TIMESTAMP(3) '2024-01-01', TIME(0) WITH TIME ZONE '10:00', timestamp(3)`,
			`SELECT CAST('2024-01-01' AS TIMESTAMP(3)), CAST('10:00' AS TIME WITH TIME ZONE(0)), timestamp(3)`},
		{"computed intervals", ANSI, `SELECT INTERVAL 1 + 1 DAY, INTERVAL (a + 1) HOUR + b, interval - 5`, `SELECT INTERVAL (1 + 1) DAY, INTERVAL (a + 1) HOUR + b, interval - 5`},
		{"computed intervals of mysql", MySQL, `SELECT INTERVAL a + 1 DAY, INTERVAL '1:2' HOUR_MINUTE, INTERVAL a DAY + b`,
			`SELECT INTERVAL (a + 1) DAY, INTERVAL '1:2' HOUR_MINUTE, INTERVAL (a) DAY + b`},
		{"CHAR of mysql", MySQL, `SELECT CHAR(97, 98 USING utf8mb4)`, `SELECT CHAR(97, 98)`},
		{"DESCRIBE TABLE", ANSI, `DESCRIBE t`, `DESCRIBE TABLE t`},
		{"SET SCHEMA without a sign", ANSI, `SET SCHEMA 'x'`, `SET "SCHEMA" = 'x'`},
		{"CACHE with options", ANSI, `CACHE c SCHEMA ONLY WITH TRUNCATE SELECT a FROM t`, `CACHE c WITH SCHEMA ONLY WITH TRUNCATE SELECT a FROM t`},
		{"CACHE without a name", ANSI, `CACHE WITH x AS (SELECT 1) SELECT * FROM x`, `CACHE WITH x AS (SELECT 1) SELECT * FROM x`},
		{"views of the driver", ANSI, `CREATE LOCAL VIEW [My View] AS SELECT 1`, `CREATE LOCAL VIEW "My View" AS SELECT 1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stmt, err := Parse(tt.sql, Options{Dialect: tt.dialect})
			require.NoError(t, err)
			assert.Equal(t, tt.want, ast.Print(stmt))
			requireFixpoint(t, stmt)
		})
	}
}

// Columns and tables of ERP systems have names that are keywords elsewhere.
func TestKeywordsAreNamesWhereNothingElseCanStand(t *testing.T) {
	words := []string{"Rank", "Release", "Group", "Order", "Key", "Lines", "Condition", "Rows", "Groups", "Row", "Option",
		"System", "Of", "Usage", "Date", "Time", "Timestamp", "Interval", "Values", "Index", "Schema", "Database", "Match",
		"Type", "Status", "Position", "Level", "Year", "Top", "Limit", "Offset", "Fetch", "Window", "Lateral", "Left", "Right",
		"Full", "Table", "View", "Column", "Check", "Default", "Primary", "References", "Procedure", "Call", "Exec", "Use",
		"Show", "Set", "Update", "Delete", "Insert", "Replace", "Array", "Exists", "Cast", "Convert", "Trim", "Percent",
		"Ties", "First", "Last", "Next", "Only", "For", "To", "At", "Zone", "Over", "Filter", "Partition", "Range", "Of",
		"Public", "User", "Language", "Text", "Comment", "Value", "Name", "Number", "Desc", "Asc", "Any", "Some", "All",
		"Begin", "End", "Commit", "Escape", "Using", "Cross", "Inner", "Outer", "Natural", "Pivot", "With", "By"}
	for _, w := range words {
		t.Run(w, func(t *testing.T) {
			for _, sql := range []string{
				"SELECT t." + w + ", x AS " + w + " FROM " + w + " t WHERE t." + w + " = 1",
				"SELECT a, " + w + ", b FROM t",
				"SELECT a FROM t WHERE " + w + " = 1 AND x > " + w,
				"SELECT " + w + ", COUNT(*) FROM t GROUP BY " + w + ", a ORDER BY " + w + ", a",
				"INSERT INTO " + w + " (a, " + w + ") VALUES (1, 2)",
				"UPDATE " + w + " SET " + w + " = 1 WHERE " + w + " = 2",
				"DELETE FROM " + w + " WHERE " + w + " = 1",
			} {
				stmt, err := Parse(sql, Options{})
				if !assert.NoError(t, err, sql) {
					continue
				}
				found := 0
				ast.Inspect(stmt, func(n ast.Node) bool {
					if c, ok := n.(*ast.ColumnRef); ok && c.Name.Last().Text == w {
						found++
					}
					return true
				})
				if sql[0] != 'I' {
					assert.Positive(t, found, "%s reads as %s", sql, ast.Print(stmt))
				}
				requireFixpoint(t, stmt)
			}
		})
	}
}

func TestErrorsSayWhereAndWhatIsExpected(t *testing.T) {
	tests := []struct {
		name, sql, want string
		dialect         Dialect
	}{
		{"a misspelt FROM", "SELECT a,\n  b\nFROM t, (SELECT * FORM u)", `line 3, column 19: found "FORM", expected ",", FROM`, ANSI},
		{"columns count characters", "SELECT 'äöü', )", `line 1, column 15: found ")", expected an expression`, ANSI},
		{"a missing condition", "SELECT * FROM a JOIN b", `found end of statement, expected ON or USING`, ANSI},
		{"a join word is no alias", "SELECT a FROM x SEMI JOIN y ON p = q", `found "SEMI"`, ANSI},
		{"an ambiguous backslash", `SELECT a FROM t WHERE b = 'C:\' OR c = ' --'`, `line 1, column 31: a backslash right before a quote is ambiguous`, ANSI},
		{"an ambiguous backslash before a doubled quote", `SELECT 'a\''b'`, "ambiguous", ANSI},
		{"an ambiguous backslash in a name", `SELECT "a\"`, "ambiguous", ANSI},
		{"a version comment in ansi", `SELECT /*!40001 x */ 1`, "name the dialect", ANSI},
		{"an array subscript", `SELECT a[1] FROM t`, "array subscripts are not supported", ANSI},
		{"a chain of comparisons", `SELECT a < b < c`, "comparisons do not chain", ANSI},
		{"a chain of LIKE", `SELECT a LIKE b LIKE c`, "comparisons do not chain", MySQL},
		{"a name that starts with a digit", `SELECT 2x FROM t`, `"2x" is neither a number nor a name`, ANSI},
		{"mixed parameters", `SELECT ?, :a`, `parameters of two kinds in one statement: ? and :a`, ANSI},
		{"mixed signs of numbers", `SELECT $1, ?2`, `parameters of two kinds in one statement: $1 and ?2`, ANSI},
		{"a parameter without a name", `SELECT $x`, `starts no parameter`, ANSI},
		{"U& strings", `SELECT U&'\0041'`, `U& strings are not supported`, ANSI},
		{"a foreign character set", `SELECT _latin1'x'`, `is not supported`, ANSI},
		{"a natural APPLY", `SELECT * FROM a NATURAL CROSS APPLY b`, `found "CROSS", expected JOIN`, ANSI},
		{"DELETE from several tables", `DELETE FROM a, b`, `DELETE FROM takes one table`, ANSI},
		{"DELETE from a join", `DELETE FROM a JOIN b ON x = y`, `DELETE FROM takes one table`, ANSI},
		{"DISTINCT behind TOP", `SELECT TOP 5 DISTINCT a FROM t`, `column 14: DISTINCT stands before TOP`, ANSI},
		{"SEARCH", `WITH RECURSIVE r (n) AS (SELECT 1) SEARCH DEPTH FIRST BY n SET o SELECT 1`, `column 36: SEARCH is not supported`, ANSI},
		{"CYCLE", `WITH RECURSIVE r (n) AS (SELECT 1) CYCLE n SET c USING p SELECT 1`, `column 36: CYCLE is not supported`, ANSI},
		{"a call behind IN", `SELECT a IN f(b)`, `a list or a query in parentheses stands behind IN`, ANSI},
		{"&& outside mysql", `SELECT a && b`, `found "&&"`, ANSI},
		{"two statements", `SELECT 1; SELECT 2`, `one statement at a time: "SELECT" follows the semicolon`, ANSI},
		{"an ambiguous CONVERT", `SELECT CONVERT(date, char)`, `ambiguous`, ANSI},
		{"ANY without a comparison", `SELECT a LIKE ANY (b)`, `ANY (…) stands behind a comparison operator only`, ANSI},
		{"text that is not UTF-8", "SELECT '\xff'", `not valid UTF-8`, ANSI},
		{"both LIMIT and FETCH", `SELECT a FROM t LIMIT 1 FETCH FIRST 1 ROW ONLY`, `found "FETCH"`, ANSI},
		{"a literal's content stays out of messages", `EXEC Login 'user' 'secret', 'x' 5 'hunter2'`, `found a value or name`, ANSI},
		{"nor that of a string found", `EXEC Login @a = 1 'hunter2'`, `found a string`, ANSI},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.sql, Options{Dialect: tt.dialect})
			require.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "hunter2")
			var perr *Error
			require.ErrorAs(t, err, &perr)
		})
	}
}

func TestParams(t *testing.T) {
	tests := []struct {
		name, sql string
		want      ParamInfo
	}{
		{"none", "SELECT 1", ParamInfo{}},
		{"question marks count", "SELECT ? FROM t WHERE a IN (?, ?)", ParamInfo{Kind: ast.Question, Prefix: '?', Count: 3}},
		{"numbers go to the highest", "SELECT $2, $1, $2", ParamInfo{Kind: ast.Numbered, Prefix: '$', Count: 2}},
		{"names count once, whatever their case", "SELECT :a, :b, :A", ParamInfo{Kind: ast.ColonNamed, Prefix: ':', Count: 2, Names: []string{"a", "b"}}},
		{"names of EXEC's parameters are no placeholders", "EXEC p @x = @v, @y = 1", ParamInfo{Kind: ast.AtNamed, Prefix: '@', Count: 1, Names: []string{"v"}}},
		{"all places of a statement count",
			"WITH c AS (SELECT ?) SELECT TOP (?) a FROM t JOIN u ON x = ? WHERE b = ? GROUP BY CUBE (?) HAVING ? ORDER BY SUM(a) OVER (ORDER BY ? ROWS ? PRECEDING) LIMIT ? OFFSET ?",
			ParamInfo{Kind: ast.Question, Prefix: '?', Count: 10}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stmt, err := Parse(tt.sql, Options{})
			require.NoError(t, err)
			assert.Equal(t, tt.want, Params(stmt))
		})
	}
}

func TestOrdinalsFollowTheText(t *testing.T) {
	stmt, err := Parse("SELECT ? FROM t WHERE a = ? LIMIT ?, ?", Options{})
	require.NoError(t, err)
	l := stmt.(*ast.Select).Limit
	assert.Equal(t, 3, l.Offset.(*ast.Param).Ordinal)
	assert.Equal(t, 4, l.Count.(*ast.Param).Ordinal)
}

func TestParseExpr(t *testing.T) {
	e, err := ParseExpr("a + 1 > b", Options{})
	require.NoError(t, err)
	assert.Equal(t, "a + 1 > b", ast.Print(e))
	requireFixpoint(t, e)
	_, err = ParseExpr("a + 1 b", Options{})
	require.ErrorContains(t, err, "end of expression")
}

func TestFronts(t *testing.T) {
	Register("echo", func(sql string, opt Options) (ast.Statement, error) {
		assert.Equal(t, MySQL, opt.Dialect)
		return &ast.Commit{}, nil
	})
	stmt, err := Parse("anything", Options{Front: "echo", Dialect: MySQL})
	require.NoError(t, err)
	assert.IsType(t, &ast.Commit{}, stmt)
	_, err = Parse("SELECT 1", Options{Front: "nobody"})
	require.ErrorContains(t, err, `no SQL parser named "nobody"`)
	assert.Panics(t, func() { Register("echo", nil) })
}
