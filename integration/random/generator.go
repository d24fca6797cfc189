package random

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Query is a random query. Ordered says that its rows come in one order only.
type Query struct {
	SQL     string
	Ordered bool
}

// column is a column that expressions may name.
type column struct {
	name  string // with its table's alias
	class Class
}

// generator writes one query.
type generator struct {
	*rand.Rand
	tables  []Table
	aliases int
	// room bounds the tables of a query: their rows multiply.
	room int
	ctes []source // that FROM may name
	// scope are the columns that expressions may name, outer ones first.
	scope []column
}

// source is something that FROM can name.
type source struct {
	text    string
	columns []Column
}

// Make writes the query of a seed over the tables.
func Make(tables []Table, seed uint64) Query {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 3)), tables: tables, room: 5}
	return g.query()
}

func (g *generator) chance(n int) bool       { return g.IntN(n) == 0 }
func (g *generator) pick(s ...string) string { return s[g.IntN(len(s))] }
func (g *generator) class() Class            { return Class(g.IntN(int(classes))) }
func (g *generator) within(scope []column) func() {
	saved := g.scope
	g.scope = scope
	return func() { g.scope = saved }
}

func (g *generator) alias(prefix string) string {
	g.aliases++
	return fmt.Sprintf("%s%d", prefix, g.aliases)
}

// query is a whole statement.
func (g *generator) query() Query {
	var with string
	if g.chance(5) {
		with = g.with()
	}
	body, cs := g.body(2)
	if g.chance(3) {
		return Query{SQL: with + body}
	}
	sql := with + body + " ORDER BY " + g.everyColumn(cs)
	if g.chance(3) {
		sql += fmt.Sprintf(" LIMIT %d", g.IntN(8))
	}
	if g.chance(5) {
		sql += fmt.Sprintf(" OFFSET %d", g.IntN(4))
	}
	return Query{SQL: sql, Ordered: true}
}

// everyColumn orders by all columns, so that equal rows alone can change places.
func (g *generator) everyColumn(cs []Class) string {
	terms := make([]string, len(cs))
	for i, at := range g.Perm(len(cs)) {
		terms[i] = fmt.Sprint(at+1) + g.direction()
	}
	return strings.Join(terms, ", ")
}

func (g *generator) direction() string {
	return g.pick(" NULLS FIRST", " NULLS LAST", " DESC NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST")
}

// with writes common table expressions, one of them recursive now and then.
func (g *generator) with() string {
	if g.chance(3) {
		name := g.alias("r")
		g.ctes = append(g.ctes, source{name, []Column{{"n", Int}, {"m", Int}}})
		step := g.pick("UNION ALL", "UNION")
		return fmt.Sprintf("WITH RECURSIVE %s (n, m) AS (SELECT %d, %d %s SELECT n + 1, m * 2 %% 7 FROM %s WHERE n < %d) ",
			name, g.IntN(3), g.IntN(5), step, name, 2+g.IntN(9))
	}
	var parts []string
	for range 1 + g.IntN(2) {
		name := g.alias("w")
		text, columns := g.derived(1)
		parts = append(parts, name+" ("+names(columns)+") AS ("+text+")")
		g.ctes = append(g.ctes, source{name, columns})
	}
	return "WITH " + strings.Join(parts, ", ") + " "
}

func names(columns []Column) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return strings.Join(out, ", ")
}

// derived is a query that sees nothing around it, and the names of its columns.
func (g *generator) derived(depth int) (string, []Column) {
	defer g.within(nil)()
	text, cs := g.body(depth)
	if g.chance(5) {
		text += " ORDER BY " + g.everyColumn(cs) + fmt.Sprintf(" LIMIT %d", 1+g.IntN(9))
	}
	columns := make([]Column, len(cs))
	for i, c := range cs {
		columns[i] = Column{fmt.Sprintf("c%d", i), c}
	}
	return text, columns
}

// body is a query without ORDER BY, and the classes of its columns.
func (g *generator) body(depth int) (string, []Class) {
	text, cs := g.selection(depth, nil)
	for depth > 0 && g.room > 0 && g.chance(6) {
		right, _ := g.selection(0, cs)
		op := g.pick("UNION", "UNION ALL", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL", "INTERSECT ALL")
		if g.chance(2) {
			text = "(" + text + ") " + op + " (" + right + ")"
		} else {
			text += " " + op + " " + right
		}
	}
	return text, cs
}

// selection is a SELECT; its columns are of the classes that are wanted, if any.
func (g *generator) selection(depth int, want []Class) (string, []Class) {
	outer := g.scope
	defer g.within(outer)()
	from := g.from(depth)
	where := ""
	if !g.chance(4) {
		where = " WHERE " + g.condition(depth, 2)
	}
	if want == nil {
		for range 1 + g.IntN(3) {
			want = append(want, g.class())
		}
	}
	g.scope = g.scope[len(outer):] // what is selected comes from this query
	switch {
	case g.chance(4):
		return g.grouped(from+where, want), want
	case g.chance(4):
		return g.windowed(from+where, want), want
	case g.chance(12):
		return g.distinctOn(from+where, want), want
	}
	items := make([]string, len(want))
	for i, c := range want {
		if depth > 0 && g.room > 0 && g.chance(6) {
			items[i] = g.scalar(c)
			continue
		}
		items[i] = g.expr(c, 3)
	}
	return "SELECT " + g.pick("", "", "", "DISTINCT ") + strings.Join(items, ", ") + from + where, want
}

func (g *generator) distinctOn(rest string, want []Class) string {
	items := make([]string, len(want))
	terms := make([]string, len(want))
	for i, c := range want {
		items[i] = g.expr(c, 1)
		terms[i] = fmt.Sprint(i+1) + g.direction()
	}
	on := g.scope[g.IntN(len(g.scope))].name
	return "SELECT * FROM (SELECT DISTINCT ON (" + on + ") " + strings.Join(items, ", ") + rest + " ORDER BY " + on + g.direction() + ", " +
		strings.Join(terms, ", ") + ") AS " + g.alias("d")
}

// from writes a FROM clause and adds its columns to the scope.
func (g *generator) from(depth int) string {
	outer := len(g.scope)
	text, columns := g.item(depth)
	first := len(g.scope)
	g.scope = append(g.scope[:first:first], columns...)
	for g.room > 0 && g.chance(2) {
		if depth > 0 && g.chance(7) {
			text += g.lateral(outer)
			break // a condition after it would see what it must not
		}
		right, more := g.item(depth)
		kind := g.pick("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ",")
		left := g.scope[first:]
		if kind == "CROSS JOIN" || kind == "," {
			if kind == "," {
				first = len(g.scope) // ON does not see what stands before a comma
			}
			g.scope = append(g.scope[:len(g.scope):len(g.scope)], more...)
			text += strings.Replace(" "+kind+" ", " , ", ", ", 1) + right
			continue
		}
		g.scope = append(g.scope[:len(g.scope):len(g.scope)], more...)
		text += " " + kind + " " + right + " ON " + g.on(kind, first, left, more)
	}
	return " FROM " + text
}

// on is a join's condition: mostly an equality, and of a FULL JOIN nothing else,
// for PostgreSQL joins fully by equalities alone.
func (g *generator) on(kind string, first int, left, right []column) string {
	eq := g.equality(left, right)
	if kind == "FULL JOIN" {
		if eq == "" {
			return "TRUE"
		}
		return eq
	}
	defer g.within(g.scope[first:])()
	switch {
	case eq == "" || g.chance(6):
		return g.condition(0, 1)
	case g.chance(3):
		return eq + " AND " + g.condition(0, 1)
	}
	return eq
}

// equality equates a column of one side with one of the other; "" if no classes
// agree.
func (g *generator) equality(a, b []column) string {
	var pairs []string
	for _, x := range a {
		for _, y := range b {
			if x.class == y.class && x.class != Bool {
				pairs = append(pairs, x.name+" = "+y.name)
			}
		}
	}
	if pairs == nil {
		return ""
	}
	return g.pick(pairs...)
}

// item is a table, a common table expression or a query in FROM.
func (g *generator) item(depth int) (string, []column) {
	g.room--
	a := g.alias("t")
	if depth > 0 && g.chance(5) {
		text, columns := g.derived(depth - 1)
		return "(" + text + ") AS " + a + " (" + names(columns) + ")", of(a, columns)
	}
	if len(g.ctes) > 0 && g.chance(2) {
		s := g.ctes[g.IntN(len(g.ctes))]
		return s.text + " AS " + a, of(a, s.columns)
	}
	if g.chance(15) {
		return fmt.Sprintf("(VALUES (1, 'anna'), (%d, NULL), (NULL, 'P1')) AS %s (v, w)", g.IntN(5), a), of(a, []Column{{"v", Int}, {"w", Text}})
	}
	t := g.tables[g.IntN(len(g.tables)-g.IntN(2))]
	return t.Name + " AS " + a, of(a, t.Columns)
}

func of(alias string, columns []Column) []column {
	out := make([]column, len(columns))
	for i, c := range columns {
		out[i] = column{alias + "." + c.Name, c.Class}
	}
	return out
}

// lateral is a join with a query that sees the columns before it.
func (g *generator) lateral(outer int) string {
	a, c := g.alias("l"), g.class()
	saved := g.scope
	text := ""
	func() {
		defer g.within(saved)()
		from := g.from(0)
		inner := g.scope[len(saved):]
		where := g.correlated(saved[outer:], inner)
		g.scope = inner
		value := g.expr(c, 2)
		text = "SELECT " + value + " AS v" + from + " WHERE " + where + " ORDER BY 1" + g.direction() + fmt.Sprintf(" LIMIT %d", 1+g.IntN(3))
		if g.chance(3) && c != Bool {
			text = "SELECT " + g.pick("MIN(", "MAX(") + value + ") AS v" + from + " WHERE " + where
		}
	}()
	g.scope = append(saved[:len(saved):len(saved)], column{a + ".v", c})
	switch g.IntN(3) {
	case 0:
		return " LEFT JOIN LATERAL (" + text + ") AS " + a + " ON TRUE"
	case 1:
		return ", LATERAL (" + text + ") AS " + a
	}
	return " CROSS JOIN LATERAL (" + text + ") AS " + a
}

// correlated is a condition that ties inner rows to an outer one.
func (g *generator) correlated(outer, inner []column) string {
	if len(outer) > 0 {
		if eq := g.equality(outer, inner); eq != "" && !g.chance(5) {
			return eq
		}
	}
	return g.condition(0, 1)
}

// scalar is a subquery that is a value of a class.
func (g *generator) scalar(c Class) string {
	saved := g.scope
	defer g.within(saved)()
	from := g.from(0)
	inner := g.scope[len(saved):]
	where := g.correlated(saved, inner)
	g.scope = inner
	if g.chance(3) {
		return "(SELECT " + g.expr(c, 2) + from + " WHERE " + where + " ORDER BY 1" + g.direction() + " LIMIT 1)"
	}
	return "(SELECT " + g.aggregate(c) + from + " WHERE " + where + ")"
}
