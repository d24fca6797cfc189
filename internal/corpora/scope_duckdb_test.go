package corpora

// What DuckDB has and this engine has not, or has otherwise: PostgreSQL's users
// would not miss it, or get PostgreSQL's answer.
var duckdbRules = []rule{
	// storage
	{reason: "types of the user's own, enumerations among them", sql: `\b(CREATE|DROP)\s+TYPE\b`, diff: `(?i)found "TYPE"`},
	{reason: "sequences", sql: `CREATE SEQUENCE`},
	{reason: "a change of another engine's storage", sql: `^\s*(ALTER TABLE|CREATE OR REPLACE TABLE|CREATE SCHEMA|PREPARE)\b`},
	{reason: "columns that fill themselves", sql: `DEFAULT`, diff: `a column that fills itself`},
	{reason: "rowid, of DuckDB's storage", sql: `\browid\b`},
	{reason: "tables of one name, temporary and not", sql: `^CREATE TEMPORARY TABLE`, diff: `table t\d exists`},

	// types
	{reason: "lists, structs and maps: there are no such types", sql: `\[|\bSTRUCT\b|\bARRAY\b|\bMAP\(|\blst\b|\blist(_concat)?\(`},
	{reason: "TIMESTAMP_S, _MS, _US and _NS; TIMESTAMP(n) is there", diff: `type TIMESTAMP_(S|MS|US|NS) is not known`},
	{reason: "strings of bits: BIT is BOOLEAN, as in SQL Server", sql: `\bBIT\b|bitstring|huge_bits|\bbits\b`},
	{reason: "types of DuckDB's own", diff: `type (INET|TIMETZ|null|UINT32) is not known`},
	{reason: "names of DuckDB's types: HUGEINT is DECIMAL(39,0) here, and constants are exact", sql: `typeof\(`, diff: `^a row is \['?(INTEGER|DECIMAL)`},
	{reason: "DECIMAL without a scale keeps all digits, as in PostgreSQL", sql: `::DECIMAL::VARCHAR`, diff: `^a row is \['0\.123456789'`},

	// functions
	{reason: "printf and format, DuckDB's", sql: `\b(printf|format)\(`},
	{reason: "strftime and strptime; DATE_FORMAT, TO_CHAR and TO_TIMESTAMP are there", sql: `\b(try_)?strf?p?time\(`},
	{reason: "characters as a reader sees them: text is counted in code points, as in PostgreSQL", sql: `_grapheme\(|\bstrlen\(|\bREVERSE\(`},
	{reason: "functions of DuckDB's own", sql: `test_(all|vector)_types|from_hex|(to|from)_binary|\bxor\(|setseed|to_hex\('duckdb'\)|decode\('`},
	{reason: "aggregates' states as values", sql: `EXPORT_STATE`},
	{reason: "an escape in a constant of type BLOB", sql: `blob '\\x`, diff: `^a row is`},
	{reason: "SUBSTRING counts as the standard and PostgreSQL do: a start before the text uses up length", sql: `\bsubstr(ing)?\([^)]*-|from -`, diff: `^a row is|not negative`},
	{reason: "UNICODE of an empty text is 0, as PostgreSQL's ASCII", sql: `UNICODE\(`, diff: `^a row is`},
	{reason: "a NULL separator of STRING_AGG is none, as in PostgreSQL", sql: `STRING_AGG\('\w+',\s*NULL\)`, diff: `^a row is`},
	{reason: "no character has the code 0, as in PostgreSQL", sql: `chr\(0\)`, diff: `0 is not the code point`},
	{reason: "random numbers by a seed, or by DuckDB's forms", script: `test_random`},

	// numbers, where errors are PostgreSQL's
	{reason: "a division by zero is an error, as in PostgreSQL; DuckDB gives NULL", diff: `division by zero`},
	{reason: "what has no value or overflows is an error, as in PostgreSQL", script: `test_invalid_math|test_pow|test_trigo`, diff: `DOUBLE out of range|negative power|must be from -1 to 1|must be 1 or more`},
	{reason: "// for integer division; DIV and / are there", sql: `//`, diff: `found "/"`},
	{reason: "shifts of numbers beyond BIGINT", sql: `UBIGINT <<`, diff: `operator <<`},
	{reason: "the record differs from its query", sql: `round\(42\.1235::DOUBLE, 1000\)`, diff: `^a row is`},
	{reason: "sums and means of other types than PostgreSQL's", diff: `(SUM\(BOOLEAN\)|AVG\((DATE|TIMESTAMP)\)) is not defined`},
	{reason: "MIN and MAX of several values, and COUNT of none, which PostgreSQL refuses", diff: `(MIN|MAX) takes one argument|COUNT takes an argument`},
	{reason: "IS TRUE of a number, which PostgreSQL refuses", diff: `IS TRUE, FALSE or UNKNOWN needs BOOLEAN`},

	// dates
	{reason: "timestamps and times in forms of DuckDB's", script: `test_timestamp\.|test_time\.`, diff: `is not a TIME`},
	{reason: "intervals are written as PostgreSQL writes them: 1 mon", sql: `interval_tbl`, diff: `1 mon 10 days`},

	// queries
	{reason: "NULL is the smallest value in an order; DuckDB has it last", sql: `ORDER BY`, diff: `^row 1 is \[(NULL|NaN)`},
	{reason: "an order that a setting of DuckDB's makes", script: `order_pragma`, diff: `^row 1 is`},
	{reason: "columns of NATURAL and USING come first, as in PostgreSQL", script: `using_chain|natural_join`, diff: `^(a row|row 1) is`},
	{reason: "SEMI, ANTI and NEAREST joins; EXISTS is there", sql: `\b(SEMI|ANTI) JOIN|NEAREST|JOIN BY`},
	{reason: "ORDER BY what SELECT DISTINCT does not show, which PostgreSQL refuses", sql: `DISTINCT`, diff: `with SELECT DISTINCT, ORDER BY|with DISTINCT, the ORDER BY|DISTINCT ON must come first`},
	{reason: "GROUP BY * and ORDER BY *; ALL is there", sql: `BY \*`},
	{reason: "an alias of the select list within it, in WHERE and in HAVING", diff: `column .(k|a|column1). (not found|must stand in GROUP BY)`},
	{reason: "a union is ordered by its columns' names, as in PostgreSQL", sql: `UNION SELECT.*ORDER BY`, diff: `the query has no FROM`},
	{reason: "an ambiguous name in ORDER BY, which PostgreSQL refuses", diff: `in ORDER BY is ambiguous`},
	{reason: "a LIMIT that is no whole number", sql: `LIMIT|OFFSET`, diff: `needs a number of rows`},
	{reason: "IFNULL gives the text 'NULL', which is recorded as NULL", sql: `IFNULL\('NULL'`, diff: `^a row is`},
}
