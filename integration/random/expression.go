package random

import (
	"fmt"
	"strings"
)

// expr is an expression of a class.
func (g *generator) expr(c Class, depth int) string {
	if name := g.column(c); name != "" && (depth <= 0 || g.chance(2)) {
		return name
	}
	if depth <= 0 || g.chance(5) {
		return g.constant(c)
	}
	switch {
	case g.chance(8):
		text := "CASE"
		for range 1 + g.IntN(2) {
			text += " WHEN " + g.condition(0, depth-1) + " THEN " + g.expr(c, depth-1)
		}
		return text + g.pick("", " ELSE "+g.expr(c, depth-1)) + " END"
	case g.chance(8):
		return "COALESCE(" + g.expr(c, depth-1) + ", " + g.expr(c, depth-1) + ")"
	case g.chance(12):
		return "NULLIF(" + g.expr(c, depth-1) + ", " + g.expr(c, 0) + ")"
	case g.chance(12) && c != Bool:
		return g.pick("GREATEST(", "LEAST(") + g.expr(c, depth-1) + ", " + g.expr(c, 0) + ")"
	}
	switch c {
	case Int:
		return g.integer(depth)
	case Big:
		return g.pick("CAST("+g.expr(Int, depth-1)+" AS BIGINT)", "("+g.expr(Big, depth-1)+g.pick(" + ", " - ")+g.expr(Int, 0)+")", "ABS("+g.expr(Big, 0)+")")
	case Dec:
		return g.decimal(depth)
	case Float:
		return "(" + g.expr(Float, depth-1) + g.pick(" + ", " - ", " * ") + g.expr(Float, 0) + ")"
	case Text:
		return g.text(depth)
	case Bool:
		return "(" + g.condition(0, depth-1) + ")"
	case Day:
		return g.pick("("+g.expr(Day, depth-1)+" + "+g.expr(Int, 0)+")", "("+g.expr(Day, depth-1)+" - "+g.expr(Int, 0)+")", "CAST("+g.expr(Moment, depth-1)+" AS DATE)")
	}
	return g.pick("("+g.expr(Moment, depth-1)+" + INTERVAL '1 day')", "("+g.expr(Moment, depth-1)+" - INTERVAL '90 minutes')",
		"CAST("+g.expr(Day, depth-1)+" AS TIMESTAMP)", "DATE_TRUNC('"+g.pick("month", "day", "hour", "year", "quarter", "week")+"', "+g.expr(Moment, depth-1)+")",
		"("+g.expr(Moment, depth-1)+" + INTERVAL '1 month')")
}

func (g *generator) integer(depth int) string {
	x := g.expr(Int, depth-1)
	switch g.IntN(11) {
	case 0, 1:
		return "(" + x + g.pick(" + ", " - ") + g.expr(Int, 0) + ")"
	case 2:
		return "(" + x + " * " + fmt.Sprint(g.IntN(5)-1) + ")"
	case 3:
		return "(" + x + g.pick(" / ", " % ") + fmt.Sprint(1+g.IntN(4)) + ")"
	case 4:
		return "(" + x + " % NULLIF(" + g.expr(Int, 0) + ", 0))"
	case 5:
		return "LENGTH(" + g.expr(Text, depth-1) + ")"
	case 6:
		return "POSITION(" + g.pick("'a'", "'P'", "'n'") + " IN " + g.expr(Text, depth-1) + ")"
	case 7:
		return "CAST(EXTRACT(" + g.pick("YEAR", "MONTH", "DAY", "DOW", "DOY", "QUARTER", "WEEK") + " FROM " + g.expr(Day, depth-1) + ") AS INTEGER)"
	case 8:
		return "(" + g.expr(Day, depth-1) + " - " + g.expr(Day, 0) + ")"
	case 9:
		return "(- " + x + ")"
	}
	return "ABS(" + x + ")"
}

func (g *generator) decimal(depth int) string {
	x := g.expr(Dec, depth-1)
	switch g.IntN(8) {
	case 0, 1:
		return "(" + x + g.pick(" + ", " - ") + g.expr(Dec, 0) + ")"
	case 2:
		return "(" + x + " * " + g.pick("2", "0.5", "1.25", "-1") + ")"
	case 3:
		return "ROUND(" + x + ", " + fmt.Sprint(g.IntN(4)) + ")"
	case 4:
		return g.pick("FLOOR(", "CEIL(", "ABS(", "TRUNC(") + x + ")"
	case 5:
		return "CAST(" + g.expr(Int, depth-1) + " AS DECIMAL(12,3))"
	case 6:
		return "(" + x + " % " + g.pick("2", "0.7", "3") + ")"
	}
	return "ROUND(" + x + " / " + g.pick("3", "0.7", "8", "-7") + ", 6)"
}

func (g *generator) text(depth int) string {
	x := g.expr(Text, depth-1)
	switch g.IntN(10) {
	case 0:
		return "(" + x + " || " + g.expr(Text, 0) + ")"
	case 1:
		return g.pick("UPPER(", "LOWER(", "TRIM(", "LTRIM(", "REVERSE(") + x + ")"
	case 2:
		return fmt.Sprintf("SUBSTRING(%s FROM %d FOR %d)", x, g.IntN(4), g.IntN(4))
	case 3:
		return "REPLACE(" + x + ", " + g.pick("'a'", "'P'", "' '") + ", " + g.pick("''", "'xy'") + ")"
	case 4:
		return "CAST(" + g.expr(g.pickClass(Int, Big, Day), depth-1) + " AS VARCHAR)"
	case 5:
		return fmt.Sprintf("%s(%s, %d)", g.pick("LEFT", "RIGHT"), x, g.IntN(5)-1)
	case 6:
		return fmt.Sprintf("%s(%s, %d, %s)", g.pick("LPAD", "RPAD"), x, g.IntN(7), g.pick("'*'", "'ab'"))
	case 7:
		return "CONCAT(" + x + ", " + g.expr(g.pickClass(Int, Text), 0) + ")"
	}
	return "UPPER(" + x + ")"
}

func (g *generator) pickClass(of ...Class) Class { return of[g.IntN(len(of))] }

// column is a column of a class; "" if there is none.
func (g *generator) column(c Class) string {
	var fit []string
	for _, col := range g.scope {
		if col.class == c {
			fit = append(fit, col.name)
		}
	}
	if fit == nil {
		return ""
	}
	return g.pick(fit...)
}

// constant is a literal, in the type of its class.
func (g *generator) constant(c Class) string {
	if g.chance(9) {
		return "CAST(NULL AS " + sqlTypes[c] + ")"
	}
	text := literal(g.Rand, c)
	switch c {
	case Big, Dec, Float:
		return "CAST(" + text + " AS " + sqlTypes[c] + ")"
	case Day:
		return "DATE " + text
	case Moment:
		return "TIMESTAMP " + text
	}
	return text
}

// condition is a condition; with subqueries, too, where depth is left.
func (g *generator) condition(depth, height int) string {
	if depth > 0 && g.room > 0 && g.chance(2) {
		return g.subquery(depth)
	}
	if height > 0 {
		switch g.IntN(6) {
		case 0, 1:
			return "(" + g.condition(depth, height-1) + g.pick(" AND ", " OR ") + g.condition(depth, height-1) + ")"
		case 2:
			return "NOT (" + g.condition(depth, height-1) + ")"
		}
	}
	return g.comparison(height)
}

func (g *generator) comparison(height int) string {
	c := g.class()
	if len(g.scope) > 0 {
		c = g.scope[g.IntN(len(g.scope))].class
	}
	x := g.expr(c, height)
	switch g.IntN(12) {
	case 0:
		return x + g.pick(" IS NULL", " IS NOT NULL")
	case 1:
		return x + g.pick(" IN (", " NOT IN (") + g.expr(c, 0) + ", " + g.constant(c) + ", " + g.constant(c) + ")"
	case 2:
		return x + g.pick(" BETWEEN ", " NOT BETWEEN ") + g.expr(c, 0) + " AND " + g.expr(c, 0)
	case 3:
		return g.expr(Text, height) + g.pick(" LIKE ", " NOT LIKE ", " ILIKE ") + g.pick("'%a%'", "'P_'", "'an%'", "'%\\_b'", "'%'", "''", "'%d'")
	case 4:
		return "(" + x + g.pick(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + g.expr(c, height) + ")"
	case 5:
		return "((" + g.comparison(height-1) + ") IS " + g.pick("TRUE", "NOT TRUE", "FALSE", "UNKNOWN", "NOT UNKNOWN") + ")"
	case 6:
		d := g.class()
		return "(" + x + ", " + g.expr(d, 0) + ")" + g.pick(" = ", " <> ", " < ", " >= ") + "(" + g.expr(c, 0) + ", " + g.expr(d, 0) + ")"
	}
	return x + g.pick(" = ", " = ", " <> ", " < ", " <= ", " > ", " >= ") + g.expr(c, height)
}

// subquery is a condition on the rows of a query.
func (g *generator) subquery(depth int) string {
	saved := g.scope
	c := g.class()
	outer := g.expr(c, 1)
	defer g.within(saved)()
	if g.chance(3) {
		g.scope = nil // not correlated
	}
	visible := len(g.scope)
	from := g.from(0)
	inner := g.scope[visible:]
	where := g.correlated(g.scope[:visible], inner)
	if g.chance(3) {
		where += g.pick(" AND ", " OR ") + "(" + g.condition(depth-1, 1) + ")"
	}
	g.scope = inner
	value := g.expr(c, 1)
	rest := from + " WHERE " + where
	switch g.IntN(6) {
	case 0, 1:
		return g.pick("", "NOT ") + "EXISTS (SELECT 1" + rest + ")"
	case 2, 3:
		return outer + g.pick(" IN ", " NOT IN ") + "(SELECT " + value + rest + ")"
	case 4:
		return outer + g.pick(" = ", " < ", " >= ", " <> ") + g.pick("ANY", "ALL", "SOME") + " (SELECT " + value + rest + ")"
	}
	return outer + g.pick(" = ", " < ", " >= ", " IS DISTINCT FROM ") + "(SELECT " + g.aggregate(c) + rest + ")"
}

// total is every column in scope as an ORDER BY: rows that are equal under it
// are equal.
func (g *generator) total() string {
	terms := make([]string, len(g.scope))
	for i, c := range g.scope {
		terms[i] = c.name + " NULLS FIRST"
	}
	return strings.Join(terms, ", ")
}
