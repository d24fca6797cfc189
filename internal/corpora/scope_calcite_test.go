package corpora

var calciteRules = []rule{
	{reason: "arrays and maps: there are no such types", sql: `\bARRAY\b|\bMAP\[`, diff: `ARRAY|array`},
	{reason: "multisets: there is no such type", sql: `\bMULTISET\b|\bCOLLECT\(`},
	{reason: "DECIMAL has no negative scale; ROUND(x, -3) rounds so", sql: `decimal\(\d+, -\d+\)`, diff: `found "-"`},
	{reason: "CEIL and FLOOR of dates; DATE_TRUNC is PostgreSQL's", sql: `(ceil|floor)\(v to `, diff: `found "to"`},
	{reason: "COUNT of several columns without DISTINCT, which PostgreSQL refuses", sql: `count\(x, y\)`, diff: `COUNT takes one argument`},
	{reason: "a number in GROUP BY is a position of the select list, as in PostgreSQL", sql: `select count\('1'\).*group by 1$`, diff: `aggregate count cannot stand here`},
	{reason: "which value ANY_VALUE takes is not determined", sql: `any_value`, diff: `^a row is`},
	{reason: "the mean has the digits that PostgreSQL gives it; Calcite keeps the argument's scale", sql: `avg\(comm\)`, diff: `733\.3333333333333333`},
	{reason: "NULL is the smallest value in an order; Calcite has it last", sql: `^select deptno.*(rollup|grouping sets).*order by deptno`, diff: `^row 1 is`},
	{reason: "it is PostgreSQL's: an aggregate in a subquery is of the query whose columns it speaks of", script: `agg\.iq@scott$`, sql: `\(SELECT (count|sum)\(a\) FROM xx LIMIT 1\)`, diff: `it must fail`},
	{reason: "it is PostgreSQL's: an aggregate in a subquery is of the query whose columns it speaks of", script: `lenient`, diff: `^1 rows, want 3|more than one row`},
	{reason: "it fails in a mode of Calcite that is not the standard's", sql: `coalesce\(sum\(mgr\),0\)`, diff: `it must fail`},
	{reason: "rows as values of a column: there is no such type", sql: `VALUES \(ROW\(`, diff: `a row value can only`},
	{reason: "a form of LIMIT that neither PostgreSQL nor MySQL has", sql: `limit 1, all$`, diff: `LIMIT`},
}
