package random

import (
	"fmt"
	"strings"
)

// aggregate is an aggregate whose result is of a class, over the columns in
// scope.
func (g *generator) aggregate(c Class) string {
	filter := ""
	if g.chance(5) {
		filter = " FILTER (WHERE " + g.condition(0, 1) + ")"
	}
	return g.cast(c, g.call(c, filter))
}

// cast gives an aggregate the type of its class: SUM widens.
func (g *generator) cast(c Class, call string) string {
	switch c {
	case Int, Big, Dec, Text:
		return "CAST(" + call + " AS " + strings.TrimSuffix(strings.TrimSuffix(sqlTypes[c], "(20)"), "(12,3)") + ")"
	}
	return call
}

// call is an aggregate with its FILTER clause.
func (g *generator) call(c Class, filter string) string {
	distinct := g.pick("", "", "DISTINCT ")
	switch {
	case c == Int && g.chance(2):
		return g.pick("COUNT(*)", "COUNT("+distinct+g.expr(g.class(), 1)+")") + filter
	case c == Big && g.chance(2):
		return "SUM(" + distinct + g.expr(Int, 1) + ")" + filter
	case c == Dec && g.chance(2):
		return g.pick("SUM("+distinct+g.expr(g.pickClass(Dec, Big), 1)+")"+filter, "ROUND(AVG("+distinct+g.expr(g.pickClass(Dec, Int), 1)+")"+filter+", 4)",
			"ROUND("+g.pick("STDDEV", "VARIANCE", "VAR_POP", "STDDEV_POP")+"("+g.expr(Int, 1)+")"+filter+", 4)")
	case c == Float && g.chance(2):
		return "SUM(" + distinct + g.expr(Float, 1) + ")" + filter
	case c == Text && g.chance(2):
		x := "(" + g.expr(Text, 1) + " || '')" // a bare literal has no type there
		return "STRING_AGG(" + distinct + x + ", " + g.pick("','", "''", "' / '") + " ORDER BY " + x + g.direction() + ")" + filter
	case c == Bool:
		return g.pick("BOOL_AND(", "BOOL_OR(", "EVERY(") + g.expr(Bool, 1) + ")" + filter
	}
	return g.pick("MIN(", "MAX(") + g.expr(c, 1) + ")" + filter
}

// grouped is a SELECT with GROUP BY, whose columns are keys and aggregates.
func (g *generator) grouped(rest string, want []Class) string {
	items := make([]string, len(want))
	var keys []string
	for i, c := range want {
		if name := g.column(c); name != "" && g.chance(2) {
			items[i], keys = name, append(keys, name)
			continue
		}
		items[i] = g.aggregate(c)
		if g.chance(5) {
			items[i] = "COALESCE(" + items[i] + ", " + g.constant(c) + ")"
		}
	}
	tail := ""
	if len(keys) > 0 {
		tail = " GROUP BY " + g.groups(keys)
	}
	if g.chance(3) {
		tail += " HAVING " + g.pick("COUNT(*) > 1", "COUNT(*) < 4", g.aggregate(Int)+" >= 0", "NOT ("+g.aggregate(Bool)+")")
	}
	return "SELECT " + strings.Join(items, ", ") + rest + tail
}

func (g *generator) groups(keys []string) string {
	list := strings.Join(keys, ", ")
	switch g.IntN(9) {
	case 0:
		return "ROLLUP (" + list + ")"
	case 1:
		return "CUBE (" + list + ")"
	case 2:
		return "GROUPING SETS ((" + list + "), (), (" + g.pick(keys...) + "))"
	}
	return list
}

// windowed is a SELECT with window functions.
func (g *generator) windowed(rest string, want []Class) string {
	items := make([]string, len(want))
	for i, c := range want {
		items[i] = g.expr(c, 1)
		if i == 0 || g.chance(2) {
			items[i] = g.window(c, i == 0)
		}
	}
	return "SELECT " + strings.Join(items, ", ") + rest
}

// window is a window function of a class. Those that number or pick rows get an
// order in which equal rows alone can change places; only one column of a query
// may do so, for which of two equal rows got which value is open.
func (g *generator) window(c Class, places bool) string {
	partition := ""
	if g.chance(2) {
		partition = "PARTITION BY " + g.scope[g.IntN(len(g.scope))].name + " "
	}
	total := "(" + partition + "ORDER BY " + g.total()
	some := "(" + partition + "ORDER BY " + g.scope[g.IntN(len(g.scope))].name + g.direction()
	x := g.expr(c, 1)
	if c == Text {
		x = "(" + x + " || '')" // a bare literal has no type there
	}
	switch {
	case !places:
		call := g.cast(c, g.windowCall(c)+" OVER ("+partition+")")
		if g.chance(2) {
			call = g.cast(c, g.windowCall(c)+" OVER "+some+")")
		}
		return call
	case c == Big && g.chance(2):
		return g.pick("ROW_NUMBER() OVER "+total, "RANK() OVER "+some, "DENSE_RANK() OVER "+some) + ")"
	case c == Int && g.chance(4):
		return fmt.Sprintf("NTILE(%d) OVER %s)", 1+g.IntN(4), total)
	case c == Float && g.chance(2):
		return g.pick("PERCENT_RANK() OVER ", "CUME_DIST() OVER ") + some + ")"
	case g.chance(3):
		return g.pick(fmt.Sprintf("LAG(%s, %d)", x, 1+g.IntN(2)), "LEAD("+x+")", fmt.Sprintf("LEAD(%s, 1, %s)", x, g.constant(c))) + " OVER " + total + ")"
	case g.chance(3):
		return g.pick("FIRST_VALUE("+x+")", "LAST_VALUE("+x+")", fmt.Sprintf("NTH_VALUE(%s, %d)", x, 1+g.IntN(3))) +
			" OVER " + total + g.frame("ROWS") + ")"
	}
	call := g.windowCall(c)
	switch g.IntN(4) {
	case 0:
		return g.cast(c, call+" OVER ("+partition+")")
	case 1:
		return g.cast(c, call+" OVER "+total+g.frame("ROWS")+")")
	case 2:
		return g.cast(c, call+" OVER "+some+g.frame(g.pick("RANGE", "GROUPS"))+")")
	}
	return g.cast(c, call+" OVER "+some+")")
}

// windowCall is an aggregate that may stand over a window.
func (g *generator) windowCall(c Class) string {
	for {
		filter := ""
		if g.chance(6) {
			filter = " FILTER (WHERE " + g.condition(0, 1) + ")"
		}
		call := g.call(c, filter)
		if strings.Contains(call, "DISTINCT ") || strings.HasPrefix(call, "STRING_AGG") || strings.HasPrefix(call, "ROUND") {
			continue
		}
		return call
	}
}

func (g *generator) frame(unit string) string {
	start, end := "UNBOUNDED PRECEDING", "CURRENT ROW"
	switch g.IntN(6) {
	case 0:
		return ""
	case 1:
		start, end = "CURRENT ROW", "UNBOUNDED FOLLOWING"
	case 2:
		end = "UNBOUNDED FOLLOWING"
	case 3:
		if unit != "RANGE" {
			start, end = fmt.Sprintf("%d PRECEDING", g.IntN(3)), fmt.Sprintf("%d FOLLOWING", g.IntN(3))
		}
	case 4:
		if unit != "RANGE" {
			start, end = fmt.Sprintf("%d PRECEDING", 2+g.IntN(3)), fmt.Sprintf("%d PRECEDING", g.IntN(3))
		}
	}
	return " " + unit + " BETWEEN " + start + " AND " + end + g.pick("", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE TIES", " EXCLUDE GROUP")
}
