package corpora

var sqllogictestRules = []rule{
	{reason: "triggers", sql: `^\s*(CREATE|DROP)\s+TRIGGER\b`},
	{reason: "indexes, of which there are none: dropping or building one is never an error", sql: `^\s*(DROP\s+INDEX|REINDEX)\b`, diff: `^no error$`},

	// What the standard and PostgreSQL refuse, and SQLite answers.
	{reason: "a column beside GROUP BY that is neither grouped nor aggregated", diff: `must stand in GROUP BY`},
	{reason: "text or bytes among integers", script: `in1\.test`, sql: `^SELECT ('hello'|x'303132') (NOT )?IN`, diff: `is not an INTEGER|VARBINARY and INTEGER`},
	{reason: "a plus sign before text", sql: `\+`, diff: `operator \+ is not defined for VARCHAR`},
	{reason: "a division by zero, which is an error", sql: `/`, diff: `division by zero`},
	{reason: "SQLite's INSERT OR REPLACE", script: `slt_lang_replace`, sql: `^(INSERT OR REPLACE|SELECT x, y)`, diff: `found "OR"|insert or replace`},
	{reason: "it names a collation, which is the server's", script: `^gms `, sql: `\bstr[12]\b`},
	{reason: "its decimals are recorded without the digits of the other scripts", script: `^gms `, sql: `\bfoo\b.*\bbar\b`, diff: `"1\.000"`},
	{reason: "it is recorded in an order that the query does not ask for", script: `^gms `, sql: `LEFT OUTER JOIN twocolumn t ON \(o\.x=t\.x AND t\.x=44\)|RIGHT JOIN twocolumn ON false`},
}
