package corpora

var gmsRules = []rule{
	// What concerns a server, which the driver has none of.
	{reason: "locks of a server", sql: `\b(GET_LOCK|IS_FREE_LOCK|IS_USED_LOCK|RELEASE_LOCK|RELEASE_ALL_LOCKS)\(`},
	{reason: "the state of a server or of a session with it", sql: `^\s*SELECT (CONNECTION_ID|LAST_INSERT_ID|USER|CURRENT_USER|ICU_VERSION|VERSION)\b`},
	{reason: "the state of a server or of a session with it", sql: `@@back_log`},
	{reason: "the schemas of a server", sql: `information_schema\.SCHEMATA`},
	{reason: "pausing a server", sql: `\bSLEEP\(`},
	{reason: "statements of administration", sql: `^\s*(SHOW|ALTER|explain plan)\b`},
	{reason: "a column that fills itself", sql: `auto_increment_tbl`},
	{reason: "a comment that a script holds for a statement", sql: `^\s*# insert`},
	{reason: "a table that the script does not make", sql: `comp_index_t0`, diff: `not found`},

	// Functions that reading an ERP system has no use for.
	{reason: "network functions", sql: `\b(INET6?_(ATON|NTOA)|IS_IPV[46])`},
	{reason: "compression functions", sql: `\b(UN)?COMPRESS\(`},
	{reason: "character sets besides UTF-8", sql: `\bCHARSET\(|latin1`},
	{reason: "bytes for cryptography", sql: `\bRANDOM_BYTES\(`},
	{reason: "formats by region", sql: `\bget_format\(|'da_DK'`},
	{reason: "JSON_DEPTH, JSON_OVERLAPS, JSON_PRETTY", sql: `\bJSON_(DEPTH|OVERLAPS|PRETTY)\(`},

	// What go-mysql-server has and MySQL has not.
	{reason: "go-mysql-server's own function DATETIME", sql: `\bDATETIME\((NOW|')`, diff: `DATETIME`},
	{reason: "go-mysql-server's own: text with blanks around it casts to 0, where MySQL reads the number", sql: `cast\('.123.' as`},
	{reason: "go-mysql-server's own: GREATEST of numbers and text compares numbers, where MySQL compares text", sql: `GREATEST\(.*(foo999|i, s)`},
	{reason: "go-mysql-server's own: the digits of -1.5 & -3.3", sql: `-1\.5 & -3\.3`},
	{reason: "go-mysql-server's own: a UNION loses rows of a UNION in parentheses, or sees its WITH", sql: `^with a\(j\)`},
	{reason: "go-mysql-server's own: NULL = NULL of two rows by <=> is not of a subquery without rows", sql: `<=> \(select 1, 4 from dual where false\)`},
	{reason: "go-mysql-server's own: how a JSON string escapes", sql: `JSON_UNQUOTE\('"\\t`},
	{reason: "go-mysql-server's own: bytes that are no text cast to text", sql: `X'9876543210'`},
	{reason: "go-mysql-server's own: no bit of a number beyond 64 is lost", sql: `bit_count\(binary`},
	{reason: "go-mysql-server's own: the number of digits of NOW()", sql: `bit_length\(now`},
	{reason: "go-mysql-server's own: 1 as JSON in JSON_CONTAINS(NULL, 1)", sql: `JSON_CONTAINS\(NULL, 1\)`},

	// Where the answer is not defined.
	{reason: "the order of rows that nothing orders", sql: `sq1\s+union all\s+select u`},
	{reason: "the numbers of another generator", sql: `\bRAND\(`},

	// MySQL's rules that are not followed.
	{reason: "the zero date and the year 0: dates begin with the year 1", sql: `'0000-|\b(date|day|dayofmonth|month|quarter)\((0|false)\)|extract\(\w+ from (0|false)\)`, diff: `0000|NULL`},
	{reason: "the digits that MySQL keeps of a quotient without showing them: a quotient is what is shown", sql: `[0-9] ?/ ?[0-9]`, diff: `^a row is \[`},
	{reason: "digits beyond microseconds are cut: they do not carry into the next second", sql: `9999-12-31:23:59:59\.9999995`},
	{reason: "BINARY(n) does not fill up", sql: `as BINARY\(10\)`},
	{reason: "bytes are bytes: the corpus writes them as text", sql: `SELECT BINARY c`},
	{reason: "JSON is kept as it is written: keys in their order, numbers without a type", sql: `json_type\(|CONCAT\(JSON_`, diff: `" : |INTEGER|DECIMAL|STRING`},
	{reason: "text holds no character NUL", sql: `test\\0_`},
	{reason: "ONLY_FULL_GROUP_BY is off", sql: `group by binary s order by s`, diff: `must fail`},
	{reason: "ORDER BY of DISTINCT by a column that is not selected", sql: `SELECT DISTINCT n FROM bigtable ORDER BY t`},
	{reason: "aliases of the select list in subqueries of it", sql: `\(select foo\)|pk <= a\)|alias1\+1`},
	{reason: "ORDER BY and GROUP BY in a recursion", sql: `^with recursive n\(i\).*GROUP BY i HAVING`},
}
