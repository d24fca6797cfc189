package corpora

var risinglightRules = []rule{
	{reason: "a division by zero is an error, as in PostgreSQL; RisingLight gives NULL", diff: `division by zero`},
	{reason: "eras behind a timestamp are not read", sql: `^select timestamp '[^']* (AD|BC)'`, diff: `is not a TIMESTAMP`},
	{reason: "it is recorded in one row what are several", script: `having|select\.slt`, diff: `^2 rows, want 1`},
	{reason: "a join without ON, which PostgreSQL refuses", sql: `from t join t2$`, diff: `expected ON or USING`},
	{reason: "SUBSTRING counts as the standard and PostgreSQL do: a start before the text uses up length", script: `substring`, sql: `substring\([^)]*-`},
	{reason: "the data of TPC-H are not with the script; sqlengine plays its queries over generated ones", script: `tpch`},
	{reason: "it has a key twice, which RisingLight does not refuse", script: `filter`, sql: `\(3, 3\)`, diff: `the key of`},
	{reason: "vectors: there is no such type", sql: `vector`, diff: `type VECTOR is not known`},
	{reason: "a window without an order is the whole partition, as the standard has it; RisingLight gives running sums", sql: `sum\(a\) OVER \(\)`},
}
