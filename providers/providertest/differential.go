package providertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Answer runs a query by an engine over a provider and gives its columns and
// all its rows.
func Answer(ctx context.Context, p providers.Provider, o sqlengine.Options, sql string, args ...sqlengine.Arg) (columns []plan.Column, rows [][]sqltypes.Value, err error) {
	return answered(ctx, sqlengine.New(p, o), sql, args...)
}

func answered(ctx context.Context, e *sqlengine.Engine, sql string, args ...sqlengine.Arg) (columns []plan.Column, rows [][]sqltypes.Value, err error) {
	stmt, err := e.Prepare(sql)
	if err != nil {
		return nil, nil, err
	}
	c, err := stmt.Query(ctx, sqlengine.Session{}, args)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for b := tuple.NewBatch(c.Layout()); ; {
		err := c.Next(ctx, b)
		if errors.Is(err, io.EOF) {
			return c.Columns(), rows, nil
		}
		if err != nil {
			return c.Columns(), rows, err
		}
		rows = append(rows, boxed(b)...)
	}
}

// Differ says how two results differ, "" if they do not: as sequences when
// ordered, else as multisets. Decimals are compared by value, floats by their
// first twelve digits.
func Differ(got, want [][]sqltypes.Value, ordered bool) string { return differ(got, want, ordered) }

// differential compares answers with pushdown on and off.
func (s *suite) differential(t *testing.T, tables []*table) {
	s.compare(t, s.provider, s.Queries)
	// What is generated asks for no inputs: without pushdown, each query would
	// read the rows that have been read already.
	kept := keptRows{s.provider, tables}
	for _, tb := range tables {
		s.compare(t, kept, tb.queries(tables))
	}
}

// compare runs queries by off with pushdown off, and by the provider with it on.
func (s *suite) compare(t *testing.T, off providers.Provider, queries []Query) {
	without, with := sqlengine.New(off, sqlengine.Options{}), sqlengine.New(s.provider, sqlengine.Options{Pushdown: true})
	for _, q := range queries {
		ctx := s.context(t)
		_, want, err := answered(ctx, without, q.SQL)
		if err != nil {
			t.Errorf("%s\nwith pushdown off: %v", q.SQL, err)
			continue
		}
		_, got, err := answered(ctx, with, q.SQL)
		if err != nil {
			t.Errorf("%s\nwith pushdown on: %v", q.SQL, err)
			continue
		}
		if d := differ(got, want, q.Ordered); d != "" {
			t.Errorf("%s\nwith pushdown on and off: %s", q.SQL, d)
		}
	}
}

// queries are the SELECTs that are made of a table's columns and values.
func (tb *table) queries(tables []*table) []Query {
	g := &queryMaker{table: tb, from: quoted(tb.info.Schema) + "." + quoted(tb.info.Name) + " AS t"}
	for _, k := range tb.info.Key {
		g.key = append(g.key, "t."+quoted(tb.info.Columns[k].Name))
	}
	checked := slices.DeleteFunc(tb.plain(), tb.unchecked)
	for i, c := range checked {
		g.conditions(c)
		if i < 16 {
			g.shapes(c)
		}
	}
	g.joins(tables)
	return g.out
}

type queryMaker struct {
	*table
	from  string
	key   []string
	out   []Query
	conds []string
	// relatedColumns counts those of other tables that conditions were put on: three
	// a navigation.
	relatedColumns int
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (g *queryMaker) add(ordered bool, format string, args ...any) {
	g.out = append(g.out, Query{SQL: fmt.Sprintf(format, args...), Ordered: ordered})
}

// conditions filters by every comparison of a column with its own values.
func (g *queryMaker) conditions(c int) {
	col := "t." + quoted(g.info.Columns[c].Name)
	conds := []string{col + " IS NULL", col + " IS NOT NULL"}
	var list []string
	for _, v := range g.samples(c) {
		lit := v.String()
		list = append(list, lit)
		for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
			conds = append(conds, col+" "+op+" "+lit)
		}
		conds = append(conds, "NOT ("+col+" = "+lit+")", col+" IS NOT DISTINCT FROM "+lit, "("+col+" < "+lit+" OR "+col+" IS NULL)")
		if v.Kind == sqltypes.Varchar {
			rs := []rune(escaped(v.S))
			part := strings.ReplaceAll(string(rs[:min(2, len(rs))]), "'", "''")
			if !strings.HasSuffix(part, `\`) {
				conds = append(conds, col+" LIKE '"+part+"%'", col+" NOT LIKE '%"+part+"%'", col+" LIKE '_"+part+"%'")
			}
			conds = append(conds, "UPPER("+col+") = UPPER("+lit+")", "LENGTH("+col+") = LENGTH("+lit+")")
		}
	}
	if len(list) > 0 {
		conds = append(conds, col+" IN ("+strings.Join(list, ", ")+")", col+" NOT IN ("+list[0]+")",
			col+" BETWEEN "+list[0]+" AND "+list[len(list)-1], "NOT ("+col+" BETWEEN "+list[len(list)/2]+" AND "+list[len(list)-1]+")")
	}
	conds = shared(g.table, c, conds)
	for i, cond := range conds {
		g.add(false, "SELECT * FROM %s WHERE %s", g.from, cond)
		if len(g.conds) > 0 {
			other := g.conds[(i*13+5)%len(g.conds)]
			word := []string{"AND", "OR", "AND NOT"}[i%3]
			g.add(false, "SELECT * FROM %s WHERE %s %s (%s)", g.from, cond, word, other)
		}
	}
	g.conds = append(g.conds, conds...)
}

// shapes puts a column through order, limit, grouping and subqueries.
func (g *queryMaker) shapes(c int) {
	col := "t." + quoted(g.info.Columns[c].Name)
	cond := g.conds[(c*7+3)%len(g.conds)]
	kind := g.info.Columns[c].Type.Kind
	g.add(false, "SELECT DISTINCT %s FROM %s", col, g.from)
	g.add(false, "SELECT %s, COUNT(*), COUNT(%s) FROM %s GROUP BY %s", col, col, g.from, col)
	g.add(false, "SELECT %s, COUNT(*) FROM %s WHERE %s GROUP BY %s HAVING COUNT(*) > 1", col, g.from, cond, col)
	g.add(false, "SELECT COUNT(*), COUNT(%s), COUNT(DISTINCT %s) FROM %s WHERE %s", col, col, g.from, cond)
	g.add(false, "SELECT COUNT(*) FROM %s WHERE %s", g.from, cond)
	g.add(false, "SELECT * FROM %s ORDER BY %s DESC", g.from, col)
	if g.ordinary(kind) {
		g.add(false, "SELECT MIN(%s), MAX(%s) FROM %s", col, col, g.from)
		g.add(false, "SELECT * FROM %s WHERE %s = (SELECT MAX(%s) FROM %s)", g.from, col, col, g.from)
		g.add(false, "SELECT %s FROM %s UNION SELECT %s FROM %s WHERE %s", col, g.from, col, g.from, cond)
	}
	if kind.IsNumeric() {
		g.add(false, "SELECT SUM(%s), AVG(%s) FROM %s WHERE %s", col, col, g.from, cond)
	}
	if len(g.key) == 0 {
		return
	}
	keys := strings.Join(g.key, ", ")
	g.add(true, "SELECT %s, %s FROM %s ORDER BY %s, %s", keys, col, g.from, col, keys)
	g.add(true, "SELECT %s FROM %s ORDER BY %s DESC NULLS FIRST, %s LIMIT 3", col, g.from, col, keys)
	g.add(true, "SELECT %s FROM %s WHERE %s ORDER BY %s NULLS LAST, %s LIMIT 2 OFFSET 1", col, g.from, cond, col, keys)
	g.add(true, "SELECT * FROM %s WHERE %s ORDER BY %s LIMIT 5", g.from, cond, keys)
	inner := strings.ReplaceAll(keys, "t.", "u.")
	innerFrom := strings.TrimSuffix(g.from, " AS t") + " AS u"
	innerCond := strings.ReplaceAll(cond, "t.", "u.")
	g.add(false, "SELECT COUNT(*) FROM %s WHERE (%s) IN (SELECT %s FROM %s WHERE %s)", g.from, keys, inner, innerFrom, innerCond)
	g.add(false, "SELECT * FROM %s WHERE NOT EXISTS (SELECT 1 FROM %s WHERE %s AND %s)", g.from, innerFrom, equal(g.key), innerCond)
	g.add(false, "SELECT COUNT(*) FROM %s JOIN %s ON %s WHERE %s", g.from, innerFrom, equal(g.key), cond)
}

// ordinary reports a kind that MIN, MAX and comparison are for.
func (g *queryMaker) ordinary(k sqltypes.Kind) bool {
	return k != sqltypes.JSON && k != sqltypes.Varbinary && k != sqltypes.Interval && k != sqltypes.Bool
}

func equal(key []string) string {
	parts := make([]string, len(key))
	for i, k := range key {
		parts[i] = k + " = u." + strings.TrimPrefix(k, "t.")
	}
	return strings.Join(parts, " AND ")
}

// related chooses rows by conditions on those of another table, which stands in
// the query as o.
func (g *queryMaker) related(other *table, from, match string) {
	for _, c := range other.plain() {
		list := other.samples(c)
		if len(list) == 0 || other.unchecked(c) {
			continue
		}
		col, lit := "o."+quoted(other.info.Columns[c].Name), list[len(list)/2].String()
		g.add(false, "SELECT * FROM %s WHERE EXISTS (SELECT 1 FROM %s WHERE %s AND %s = %s)", g.from, from, match, col, lit)
		g.add(false, "SELECT COUNT(*) FROM %s WHERE NOT EXISTS (SELECT 1 FROM %s WHERE %s AND %s >= %s)", g.from, from, match, col, lit)
		g.add(false, "SELECT * FROM %s WHERE NOT EXISTS (SELECT 1 FROM %s WHERE %s AND %s IS NULL)", g.from, from, match, col)
		if len(g.key) > 0 {
			g.add(true, "SELECT * FROM %s WHERE EXISTS (SELECT 1 FROM %s WHERE %s AND NOT (%s < %s)) ORDER BY %s LIMIT 3",
				g.from, from, match, col, lit, strings.Join(g.key, ", "))
		}
		if g.relatedColumns++; g.relatedColumns%3 == 0 {
			return
		}
	}
}

// joins follows the navigations to the other tables under test.
func (g *queryMaker) joins(tables []*table) {
	for _, nav := range g.info.Navigations {
		at := slices.IndexFunc(tables, func(o *table) bool {
			return strings.EqualFold(o.info.Name, nav.Table) && strings.EqualFold(o.info.Schema, nav.Schema)
		})
		if at < 0 || len(nav.Pairs) == 0 {
			continue
		}
		other := tables[at]
		var on []string
		for _, p := range nav.Pairs {
			if g.unchecked(p.Column) {
				on = nil
				break
			}
			on = append(on, "t."+quoted(g.info.Columns[p.Column].Name)+" = o."+quoted(p.Other))
		}
		if on == nil {
			continue
		}
		from := quoted(other.info.Schema) + "." + quoted(other.info.Name) + " AS o"
		cond, match := g.conds[len(g.conds)/2], strings.Join(on, " AND ")
		first := "o." + quoted(other.info.Columns[other.plain()[0]].Name)
		for _, word := range []string{"JOIN", "LEFT JOIN", "RIGHT JOIN"} {
			g.add(false, "SELECT * FROM %s %s %s ON %s", g.from, word, from, match)
			g.add(false, "SELECT t.*, %s FROM %s %s %s ON %s WHERE %s", first, g.from, word, from, match, cond)
		}
		g.add(false, "SELECT COUNT(*) FROM %s, %s WHERE %s AND %s", g.from, from, match, cond)
		g.add(false, "SELECT * FROM %s WHERE EXISTS (SELECT 1 FROM %s WHERE %s)", g.from, from, match)
		g.add(false, "SELECT * FROM %s WHERE NOT EXISTS (SELECT 1 FROM %s WHERE %s) AND %s", g.from, from, match, cond)
		g.add(false, "SELECT t.*, (SELECT COUNT(*) FROM %s WHERE %s) FROM %s", from, match, g.from)
		if nav.Collection {
			g.related(other, from, match)
			continue
		}
		for i := range 4 {
			g.add(false, "SELECT * FROM %s WHERE %sEXISTS (SELECT 1 FROM %s WHERE %s AND %s)", from, []string{"", "NOT "}[i%2], g.from, match, g.conds[(i*17+5)%len(g.conds)])
		}
		g.add(false, "SELECT COUNT(*) FROM %s WHERE NOT EXISTS (SELECT 1 FROM %s WHERE %s)", from, g.from, match)
	}
}
