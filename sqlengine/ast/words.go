package ast

import "strings"

// Reserved reports whether the word, in upper case, can name nothing unless
// quoted. The list is short on purpose: columns of ERP systems are called Rank,
// Release, Group, Order and Key.
func Reserved(upper string) bool { return reserved[upper] }

// Clause reports whether the word, in upper case, begins a clause, a join or a
// set operation, or is an operator: it is never an alias without AS.
func Clause(upper string) bool { return reserved[upper] || clause[upper] }

// IntervalUnit reports whether the word, in upper case, is a unit of INTERVAL.
func IntervalUnit(upper string) bool { return intervalUnits[upper] }

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

var (
	intervalUnits = wordSet(`YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MILLISECOND MICROSECOND NANOSECOND
		YEARS QUARTERS MONTHS WEEKS DAYS HOURS MINUTES SECONDS MILLISECONDS MICROSECONDS
		YEAR_MONTH DAY_HOUR DAY_MINUTE DAY_SECOND DAY_MICROSECOND HOUR_MINUTE HOUR_SECOND HOUR_MICROSECOND
		MINUTE_SECOND MINUTE_MICROSECOND SECOND_MICROSECOND`)

	reserved = wordSet(`SELECT FROM WHERE HAVING AND OR NOT NULL TRUE FALSE CASE WHEN THEN ELSE
		AS IN IS LIKE BETWEEN UNION EXCEPT INTERSECT JOIN ON`)

	clause = wordSet(`GROUP ORDER BY LIMIT OFFSET FETCH WINDOW QUALIFY FOR INTO MINUS OPTION
		INNER LEFT RIGHT FULL CROSS NATURAL OUTER STRAIGHT_JOIN SEMI ANTI ASOF LATERAL APPLY USING
		SET VALUES RETURNING OUTPUT WITH WITHOUT
		XOR DIV MOD ILIKE SIMILAR REGEXP RLIKE GLOB COLLATE ESCAPE OVERLAPS ISNULL NOTNULL AT MEMBER
		OVER FILTER WITHIN IGNORE RESPECT END DISTINCT ALL ANY SOME
		USE FORCE PARTITION TABLESAMPLE PIVOT UNPIVOT LOCK ASC DESC NULLS`)
)
