package sqlengine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// class is what the generator knows of types.
type class int

const (
	intClass class = iota
	decClass
	textClass
	dateClass
	boolClass
	classes
)

type genColumn struct {
	name string // with its table's alias
	c    class
}

type genTable struct {
	name    string
	columns string // name:class letter
	key     string
	link    string // a column by which it is joined with others
}

var genTables = []genTable{
	{"Erp.BO.CustomerSvc.Customers", "Company:t CustNum:i Name:t Credit:n Since:d Active:b", "Company", "CustNum"},
	{"Orders", "Company:t OrderNum:i CustNum:i Ordered:d Total:n Rep:t", "OrderNum", "CustNum"},
	{"Lines", "Company:t OrderNum:i Line:i Part:t Qty:n", "Part", "OrderNum"},
	{"Parts", "Part:t Weight:i Made:d", "Part", "Weight"},
	{"Nothing", "ID:i Note:t", "Note", "ID"},
}

var genLiterals = [classes][]string{
	{"0", "1", "2", "3", "7", "100", "102", "-7", "CAST(NULL AS INTEGER)"},
	{"0", "0.5", "10.5", "1200.50", "2.00", "-5.25", "3", "CAST(NULL AS DECIMAL(9,2))"},
	{"'EPIC01'", "'EPIC02'", "'müller'", "'Müller'", "'A-1'", "'a-1'", "''", "'ann'", "CAST(NULL AS VARCHAR)"},
	{"DATE '2019-02-28'", "DATE '2020-02-29'", "DATE '2024-01-05'", "DATE '2024-02-01'"},
	{"TRUE", "FALSE", "CAST(NULL AS BOOLEAN)"},
}

// generator writes random queries that have no error and whose rows do not
// depend on the plan.
type generator struct {
	*rand.Rand
	aliases int
	scope   []genColumn
	// budget bounds the tables of one query: joins multiply.
	budget int
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 7)), budget: 5}
}

func (g *generator) pick(s []string) string { return s[g.IntN(len(s))] }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

func (g *generator) alias() string {
	g.aliases++
	return fmt.Sprintf("q%d", g.aliases)
}

// table puts a random table into the scope.
func (g *generator) table() (from string, cols []genColumn, t genTable) {
	return g.tableOf(g.IntN(len(genTables) - g.IntN(2)))
}

func (g *generator) tableOf(number int) (from string, cols []genColumn, t genTable) {
	t = genTables[number]
	a := g.alias()
	for c := range strings.FieldsSeq(t.columns) {
		name, letter, _ := strings.Cut(c, ":")
		cols = append(cols, genColumn{a + "." + name, class(strings.Index("intdb", letter))})
	}
	for i := range cols {
		letter := strings.Fields(t.columns)[i]
		cols[i].c = map[byte]class{'i': intClass, 'n': decClass, 't': textClass, 'd': dateClass, 'b': boolClass}[letter[len(letter)-1]]
	}
	g.budget--
	return t.name + " " + a, cols, t
}

// source is an item of FROM: a table, or a query.
func (g *generator) source(depth int) (string, []genColumn) {
	if depth > 0 && g.chance(4) {
		saved := g.scope
		q, cs := g.body(depth-1, false)
		if g.budget > 0 && g.chance(3) {
			g.scope = nil
			q += g.pick([]string{" UNION ALL ", " UNION ALL ", " UNION ", " EXCEPT "}) + g.like(cs)
		}
		if g.chance(8) {
			q += " ORDER BY 1 LIMIT 100" // beyond all rows: it keeps conditions out
		}
		g.scope = saved
		a := g.alias()
		cols := make([]genColumn, len(cs))
		names := make([]string, len(cs))
		for i, c := range cs {
			names[i] = fmt.Sprintf("c%d", i)
			cols[i] = genColumn{a + "." + names[i], c}
		}
		return "(" + q + ") AS " + a + "(" + strings.Join(names, ", ") + ")", cols
	}
	from, cols, _ := g.table()
	return from, cols
}

// from writes a FROM clause and puts its columns into the scope.
func (g *generator) from(depth int) string {
	text, cols := g.source(depth)
	first := len(g.scope)
	g.scope = append(g.scope[:first:first], cols...)
	for g.budget > 0 && g.chance(2) {
		right, more := g.source(depth)
		kind := g.pick([]string{"JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", ","})
		if depth > 0 && g.chance(6) {
			item, more := g.lateral()
			text += g.pick([]string{" CROSS JOIN LATERAL ", ", LATERAL "}) + item
			g.scope = append(g.scope[:len(g.scope):len(g.scope)], more...)
			break // a condition after it may not see what stands before its comma
		}
		if kind == "," {
			first = len(g.scope) // ON does not see what stands before a comma
		}
		left := g.scope[first:]
		g.scope = append(g.scope[:len(g.scope):len(g.scope)], more...)
		if kind == "," {
			text += ", " + right
			continue
		}
		if shared := g.shared(left, more); shared != "" && g.chance(4) && !strings.Contains(text, "USING") && !strings.Contains(text, " JOIN ") {
			text += " " + kind + " " + right + " USING (" + shared + ")"
			continue
		}
		on := g.equality(left, more)
		if on == "" || g.chance(5) {
			saved := g.scope
			g.scope = g.scope[first:]
			on = g.simple(1)
			g.scope = saved
		} else if g.chance(3) {
			saved := g.scope
			g.scope = g.scope[first:]
			if kind == "JOIN" {
				on += " AND " + g.condition(depth)
			} else {
				on += " AND " + g.simple(1)
			}
			g.scope = saved
		}
		text += " " + kind + " " + right + " ON " + on
	}
	return text
}

// shared is the name of a column of one class on both sides, once on each; ""
// if there is none.
func (g *generator) shared(a, b []genColumn) string {
	named := func(cols []genColumn, name string) (hits []genColumn) {
		for _, c := range cols {
			if strings.HasSuffix(c.name, "."+name) {
				hits = append(hits, c)
			}
		}
		return hits
	}
	for _, x := range a {
		_, name, _ := strings.Cut(x.name, ".")
		l, r := named(a, name), named(b, name)
		if len(l) == 1 && len(r) == 1 && l[0].c == r[0].c && x.c != boolClass {
			return name
		}
	}
	return ""
}

// lateral is a query in FROM that sees the columns before it.
func (g *generator) lateral() (string, []genColumn) {
	saved := g.scope
	first := len(saved)
	from := g.from(0)
	inner := g.scope[first:]
	where := g.simple(1)
	if eq := g.equality(saved, inner); eq != "" && !g.chance(3) {
		where = eq
	}
	g.scope = inner
	c := class(g.IntN(int(boolClass)))
	value, tail := g.expr(c, 1), ""
	switch g.IntN(3) {
	case 0:
		value = g.pick([]string{"MIN(", "MAX("}) + value + ")"
	case 1:
		tail = " ORDER BY 1" + g.pick([]string{"", " DESC"}) + " LIMIT 2"
	}
	g.scope = saved
	a := g.alias()
	return "(SELECT " + value + " AS v FROM " + from + " WHERE " + where + tail + ") " + a, []genColumn{{a + ".v", c}}
}

// scalar is a subquery that is a value, of the rows with an equal column.
func (g *generator) scalar(c class) string {
	saved := g.scope
	defer func() { g.scope = saved }()
	first := len(saved)
	from := g.from(0)
	inner := g.scope[first:]
	where := g.simple(1)
	if eq := g.equality(saved, inner); eq != "" {
		where = eq
	}
	g.scope = inner
	if c == intClass && g.chance(2) {
		return "(SELECT " + g.pick([]string{"COUNT(*)", "COUNT(*) + 1", "2 * COUNT(" + g.expr(c, 1) + ")"}) + " FROM " + from + " WHERE " + where + ")"
	}
	return "(SELECT " + g.pick([]string{"MIN(", "MAX("}) + g.expr(c, 1) + ") FROM " + from + " WHERE " + where + ")"
}

// equality equates two columns of a class, mostly of the same name.
func (g *generator) equality(a, b []genColumn) string {
	last := func(name string) string { return name[strings.LastIndexByte(name, '.'):] }
	for try := range 60 {
		x, y := a[g.IntN(len(a))], b[g.IntN(len(b))]
		if x.c == y.c && x.c != boolClass && (last(x.name) == last(y.name) || try > 40) {
			return x.name + " = " + y.name
		}
	}
	return ""
}

// column is a random column of a class, "" if there is none.
func (g *generator) column(c class) string {
	var names []string
	for _, col := range g.scope {
		if col.c == c {
			names = append(names, col.name)
		}
	}
	if names == nil {
		return ""
	}
	return g.pick(names)
}

func (g *generator) expr(c class, depth int) string {
	if col := g.column(c); col != "" && (depth <= 0 || g.chance(2)) {
		return col
	}
	if depth <= 0 || g.chance(4) {
		return g.pick(genLiterals[c])
	}
	switch {
	case g.chance(7):
		return "CASE WHEN " + g.simple(depth-1) + " THEN " + g.expr(c, depth-1) + " ELSE " + g.expr(c, depth-1) + " END"
	case g.chance(7) && c != boolClass:
		return "COALESCE(" + g.expr(c, depth-1) + ", " + g.pick(genLiterals[c][:len(genLiterals[c])-1]) + ")"
	}
	switch c {
	case intClass:
		switch g.IntN(5) {
		case 0:
			return "(" + g.expr(c, depth-1) + " + " + g.expr(c, 0) + ")"
		case 1:
			return "(" + g.expr(c, depth-1) + " - " + g.pick([]string{"1", "2"}) + ")"
		case 2:
			return "LENGTH(" + g.expr(textClass, depth-1) + ")"
		case 3:
			if d := g.column(dateClass); d != "" {
				return "YEAR(" + d + ")"
			}
		}
		return "(" + g.expr(c, 0) + " % 3)"
	case decClass:
		return "(" + g.expr(c, depth-1) + g.pick([]string{" + ", " - ", " * "}) + g.pick([]string{"0.5", "2", "1.25"}) + ")"
	case textClass:
		return g.pick([]string{"LOWER(", "UPPER(", "TRIM(", "("}) + g.expr(c, depth-1) + ")"
	case boolClass:
		return "(" + g.simple(depth-1) + ")"
	}
	return g.pick(genLiterals[c])
}

// simple is a condition without subqueries.
func (g *generator) simple(depth int) string {
	c := class(g.IntN(int(boolClass)))
	if len(g.scope) > 0 {
		if c = g.scope[g.IntN(len(g.scope))].c; c == boolClass && g.chance(2) {
			return g.column(c)
		}
	}
	switch g.IntN(12) {
	case 0:
		return g.expr(c, depth) + " IS NULL"
	case 1:
		return g.expr(c, depth) + " IS NOT NULL"
	case 2:
		return g.expr(c, depth) + g.pick([]string{" IN (", " NOT IN ("}) + g.pick(genLiterals[c]) + ", " + g.pick(genLiterals[c]) + ")"
	case 3:
		if c == boolClass {
			c = intClass
		}
		return g.expr(c, depth) + g.pick([]string{" BETWEEN ", " NOT BETWEEN "}) + g.expr(c, 0) + " AND " + g.expr(c, 0)
	case 4:
		return g.expr(textClass, depth) + g.pick([]string{" LIKE ", " NOT LIKE "}) + g.pick([]string{"'%m%'", "'A%'", "'_-1'", "'%üller'", "''", "'EPIC0_'"})
	case 5:
		return "NOT (" + g.simple(depth-1) + ")"
	case 6, 7:
		if depth > 0 {
			return "(" + g.simple(depth-1) + g.pick([]string{" AND ", " OR "}) + g.simple(depth-1) + ")"
		}
	case 8:
		return "(" + g.expr(c, depth) + g.pick([]string{" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "}) + g.expr(c, depth) + ")"
	case 9:
		return "((" + g.expr(c, 0) + " = " + g.expr(c, 0) + ") IS " + g.pick([]string{"TRUE", "NOT TRUE", "FALSE", "UNKNOWN"}) + ")"
	}
	return g.expr(c, depth) + g.pick([]string{" = ", " = ", " <> ", " < ", " <= ", " > ", " >= "}) + g.expr(c, depth)
}

// condition may hold subqueries.
func (g *generator) condition(depth int) string {
	if depth <= 0 || g.budget <= 0 || g.chance(3) {
		return g.simple(2)
	}
	if g.chance(3) {
		return "(" + g.condition(depth-1) + g.pick([]string{" AND ", " AND ", " OR "}) + g.condition(depth-1) + ")"
	}
	if g.chance(4) {
		if along := g.along(depth); along != "" {
			return along
		}
	}
	saved, c := g.scope, class(g.IntN(int(boolClass)))
	outer := g.expr(c, 1)
	defer func() { g.scope = saved }()
	if g.chance(3) {
		g.scope = nil // not correlated, unless by name
	}
	first := len(g.scope)
	from := g.from(0)
	inner := g.scope[first:]
	where := g.condition(depth - 1)
	if first > 0 && g.chance(2) {
		if eq := g.equality(saved, inner); eq != "" {
			where = eq + g.pick([]string{" AND ", " AND NOT "}) + where
		}
	}
	g.scope = inner
	value := g.expr(c, 1)
	not := g.pick([]string{"", "NOT "})
	switch g.IntN(6) {
	case 0, 1:
		return not + "EXISTS (SELECT 1 FROM " + from + " WHERE " + where + ")"
	case 2, 3:
		return outer + " " + not + "IN (SELECT " + value + " FROM " + from + " WHERE " + where + ")"
	case 4:
		return outer + g.pick([]string{" = ", " < ", " >= ", " <> "}) + g.pick([]string{"ANY", "ALL"}) + " (SELECT " + value + " FROM " + from + " WHERE " + where + ")"
	}
	agg := g.pick([]string{"MIN", "MAX"}) + "(" + value + ")"
	if c == intClass && g.chance(2) {
		agg = "COUNT(" + g.pick([]string{"*", value}) + ")"
	}
	return outer + g.pick([]string{" = ", " < ", " >= "}) + "(SELECT " + agg + " FROM " + from + " WHERE " + where + ")"
}

// along asks, of a row in scope, for rows to which a navigation leads; "" if there
// is no such row.
func (g *generator) along(depth int) string {
	down := g.pick([]string{"CustNum", "OrderNum"})
	table := map[string]string{"CustNum": "Orders", "OrderNum": "Lines"}[down]
	var from []string
	for _, c := range g.scope {
		alias, found := strings.CutSuffix(c.name, "."+down)
		if found && slices.ContainsFunc(g.scope, func(o genColumn) bool { return o.name == alias+".Company" }) {
			from = append(from, alias)
		}
	}
	if from == nil {
		return ""
	}
	saved, up := g.scope, g.pick(from)
	defer func() { g.scope = saved }()
	text, cols, _ := g.tableOf(slices.IndexFunc(genTables, func(t genTable) bool { return t.name == table }))
	if g.chance(2) {
		g.scope = cols
	} else {
		g.scope = append(g.scope[:len(g.scope):len(g.scope)], cols...)
	}
	where, not, x := g.condition(depth-1), g.pick([]string{"", "NOT "}), cols[0].name[:strings.IndexByte(cols[0].name, '.')]
	if g.chance(3) {
		return fmt.Sprintf("(%s.Company, %s.%s) %sIN (SELECT %s.Company, %s.%s FROM %s WHERE %s)", up, up, down, not, x, x, down, text, where)
	}
	return fmt.Sprintf("%sEXISTS (SELECT 1 FROM %s WHERE %s.Company = %s.Company AND %s.%s = %s.%s AND %s)", not, text, x, up, x, down, up, down, where)
}

// body is a SELECT without ORDER BY, and the classes of its columns.
func (g *generator) body(depth int, top bool) (string, []class) {
	saved := g.scope
	g.scope = nil
	from := g.from(depth)
	where := ""
	if !g.chance(4) {
		where = " WHERE " + g.condition(depth)
	}
	var items []string
	var cs []class
	n := 1 + g.IntN(3)
	tail := ""
	switch {
	case g.chance(4):
		var keys []string
		for range g.IntN(3) {
			col := g.scope[g.IntN(len(g.scope))]
			keys, cs = append(keys, col.name), append(cs, col.c)
		}
		items = keys
		for range n {
			col := g.scope[g.IntN(len(g.scope))]
			switch f := g.pick([]string{"COUNT(*)", "COUNT", "COUNT DISTINCT", "MIN", "MAX", "SUM"}); {
			case f == "COUNT(*)":
				items, cs = append(items, f), append(cs, intClass)
			case f == "COUNT" || col.c == boolClass || f == "SUM" && col.c != intClass && col.c != decClass:
				items, cs = append(items, "COUNT("+col.name+")"), append(cs, intClass)
			case f == "COUNT DISTINCT":
				items, cs = append(items, "COUNT(DISTINCT "+col.name+")"), append(cs, intClass)
			default:
				items, cs = append(items, f+"("+col.name+")"), append(cs, col.c)
			}
		}
		if len(keys) > 0 {
			tail = " GROUP BY " + strings.Join(keys, ", ")
		}
		if g.chance(3) {
			tail += " HAVING COUNT(*) " + g.pick([]string{"> 1", "< 3", "<> 0"})
		}
	default:
		for range n {
			c := class(g.IntN(int(classes)))
			if depth > 0 && g.budget > 0 && c != boolClass && g.chance(4) {
				items, cs = append(items, g.scalar(c)), append(cs, c)
				continue
			}
			items, cs = append(items, g.expr(c, 2)), append(cs, c)
		}
		if top && depth > 0 && g.budget > 0 && g.chance(4) {
			items, cs = append(items, "("+g.condition(1)+")"), append(cs, boolClass)
		}
	}
	g.scope = saved
	return "SELECT " + g.pick([]string{"", "", "", "DISTINCT "}) + strings.Join(items, ", ") + " FROM " + from + where + tail, cs
}

// like is a SELECT whose columns are of the given classes.
func (g *generator) like(cs []class) string {
	items := make([]string, len(cs))
	from := g.from(0)
	for i, c := range cs {
		items[i] = g.expr(c, 1)
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM " + from
}

// query is a whole query; ordered says that its rows come in one order only.
func (g *generator) query() (sql string, ordered bool) {
	sql, cs := g.body(2, true)
	if g.chance(6) {
		g.scope, g.budget = nil, 2
		sql += g.pick([]string{" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ", " EXCEPT ALL "}) + g.like(cs)
	}
	if g.chance(2) {
		return sql, false
	}
	terms := make([]string, len(cs))
	for i, at := range g.Perm(len(cs)) {
		terms[i] = fmt.Sprint(at+1) + g.pick([]string{"", " DESC", " NULLS LAST", " DESC NULLS FIRST"})
	}
	sql += " ORDER BY " + strings.Join(terms, ", ")
	if g.chance(2) {
		sql += fmt.Sprintf(" LIMIT %d", 1+g.IntN(6))
	}
	if g.chance(4) {
		sql += fmt.Sprintf(" OFFSET %d", g.IntN(4))
	}
	return sql, true
}
