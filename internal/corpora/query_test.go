package corpora

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// way is how a query is run.
type way string

const (
	atServer way = "with pushdown"
	atHome   way = "without pushdown"
	atRandom way = "with random verdicts"
)

// answer is what a query gave.
type answer struct {
	columns []plan.Column
	rows    [][]sqltypes.Value
}

// run runs a query of the script over the tables in memory.
func (db *database) run(ctx context.Context, sql string, w way) (answer, error) {
	if err := db.provide(); err != nil {
		return answer{}, err
	}
	var p providers.Provider = db.memory
	if w == atRandom {
		p = db.memory.Chaos(uint64(len(sql)))
	}
	return db.runOver(ctx, p, sql, w != atHome)
}

// own runs a query that this package printed, which is always in the ansi
// dialect.
func (db *database) own(ctx context.Context, q ast.Query) (answer, error) {
	if err := db.provide(); err != nil {
		return answer{}, err
	}
	ansi := &database{views: db.views}
	return ansi.runOver(ctx, db.memory, ast.Print(q), false)
}

func (db *database) provide() error {
	if db.memory != nil {
		return nil
	}
	m := providertest.NewMemory(db.schema())
	for _, table := range db.tables {
		if err := m.Add(*table); err != nil {
			return err
		}
	}
	db.memory = m
	return nil
}

// runOver runs a query over a provider of the script's tables.
func (db *database) runOver(ctx context.Context, p providers.Provider, sql string, pushdown bool) (a answer, err error) {
	o := sqlengine.Options{Dialect: db.dialect, Pushdown: pushdown}
	a.columns, a.rows, err = providertest.Answer(ctx, p, o, db.withViews(sql))
	return a, err
}

var (
	words   = regexp.MustCompile(`\w+`)
	leading = regexp.MustCompile(`(?is)^\s*WITH(\s+RECURSIVE)?\b`)
)

// withViews puts the views that a query names, and those that they name, in
// front of it.
func (db *database) withViews(sql string) string {
	if len(db.views) == 0 {
		return sql
	}
	named := map[string]bool{}
	note := func(text string) {
		for _, w := range words.FindAllString(text, -1) {
			named[strings.ToLower(w)] = true
		}
	}
	note(sql)
	var ctes []string
	for _, v := range slices.Backward(db.views) {
		if named[strings.ToLower(v.name)] {
			note(v.sql)
			ctes = append(ctes, v.sql)
		}
	}
	if len(ctes) == 0 {
		return sql
	}
	slices.Reverse(ctes)
	front := strings.Join(ctes, ", ")
	if at := leading.FindStringIndex(sql); at != nil {
		return sql[:at[1]] + " " + front + ", " + sql[at[1]:]
	}
	return "WITH " + front + " " + sql
}
