package catalog

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// sqlInfo says what the SQL can do: functions as the function table has them,
// and what the engine does itself where a server cannot, so that programs need
// not make do with less.
func sqlInfo(*Catalog) []Row {
	return []Row{
		Row{}.Text("AGGREGATE_FUNCTIONS", aggregateNames(), "aggregate functions"),
		Row{}.Text("COUNT", "YES", "whether COUNT is there"),
		Row{}.Text("IDENTIFIER_QUOTE_OPEN_CHAR", "[", "what quotes a name begins with"),
		Row{}.Text("IDENTIFIER_QUOTE_CLOSE_CHAR", "]", "what quotes a name ends with"),
		Row{}.Text("SUPPORTED_OPERATORS", "=, >, <, >=, <=, <>, !=, LIKE, NOT LIKE, IN, NOT IN, IS NULL, IS NOT NULL, AND, OR, NOT, BETWEEN, EXISTS, IS DISTINCT FROM", "operators of conditions"),
		Row{}.Text("GROUP_BY", "NO_RELATION", "columns of GROUP BY need not be selected, nor the other way round"),
		Row{}.Text("OJ_CAPABILITIES", "LEFT, RIGHT, FULL, NESTED, NOT_ORDERED, INNER, ALL_COMPARISON_OPS", "outer joins"),
		Row{}.Text("OUTER_JOINS", "YES", "whether there are outer joins"),
		Row{}.Text("SUBQUERIES", "COMPARISON, EXISTS, IN, CORRELATED_SUBQUERIES, QUANTIFIED", "where subqueries may stand"),
		Row{}.Text("STRING_FUNCTIONS", functionNames("text", "bytes", "uuid"), "functions of text"),
		Row{}.Text("NUMERIC_FUNCTIONS", functionNames("int", "integer", "smallint", "decimal", "real", "double"), "functions of numbers"),
		Row{}.Text("TIMEDATE_FUNCTIONS", functionNames("date", "time", "timestamp", "timestamptz", "interval"), "functions of dates and times"),
		Row{}.Text("FUNCTIONS", functionNames(), "all functions"),
		Row{}.Text("DATASYNCFUNCTIONS", "", "functions for synchronization: none"),
		Row{}.Text("SUPPORTS_ORDER_BY", "YES", "whether there is ORDER BY"),
		Row{}.Text("SUPPORTS_UNION", "YES", "whether there is UNION"),
		Row{}.Text("SUPPORTS_LIMIT", "YES", "whether there are LIMIT and OFFSET"),
		Row{}.Text("PROCEDURES", "YES", "whether there are stored procedures"),
		Row{}.Text("SUPPORTS_TRANSACTIONS", "NO", "whether there are transactions that write"),
		Row{}.Text("MAX_IN_LIST", "0", "most items of IN; 0 for no limit"),
	}
}

func aggregateNames() string {
	var names []string
	for _, a := range expr.Aggregates() {
		names = append(append(names, a.Name), a.Aliases...)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// functionNames lists the names of the functions of some types, or of all.
func functionNames(types ...string) string {
	var names []string
	for _, f := range expr.Functions() {
		if len(types) == 0 || slices.ContainsFunc(f.Forms(), func(form string) bool { return slices.Contains(types, subject(form)) }) {
			names = append(append(names, f.Name), f.Aliases...)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// subject is the type that a function of a signature such as "LEFT(text, int)
// -> text" is about: that of its first argument which is not a word of the
// call, or of its result where it has none.
func subject(form string) string {
	in, result, _ := strings.Cut(form, "->")
	_, in, _ = strings.Cut(strings.TrimRight(in, ") "), "(")
	for t := range strings.SplitSeq(in, ",") {
		if t = strings.Trim(t, "?* "); t != "" && t != "word" && t != "any" {
			return t
		}
	}
	return strings.TrimSpace(result)
}
