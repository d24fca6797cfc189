package random

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

var (
	queriesFlag = flag.Uint64("queries", 20000, "how many random queries to compare")
	fromFlag    = flag.Uint64("from", 0, "the seed of the first")
	showFlag    = flag.Int("show", 5, "how many differences to show")
)

// perTables is how many queries ask the tables of one seed.
const perTables = 500

// TestRandomQueriesAnswerAsPostgreSQLDoes compares queries, each with pushdown,
// without, and under random verdicts of the provider.
func TestRandomQueriesAnswerAsPostgreSQLDoes(t *testing.T) {
	url := os.Getenv(oracle.URLVariable)
	if url == "" {
		t.Skip(oracle.URLVariable + " names no PostgreSQL")
	}
	conn, err := pgconn.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	p := &player{t: t, conn: conn}
	p.exec("SET timezone = 'UTC'; SET extra_float_digits = 1; SET statement_timeout = '20s'; SET client_min_messages = error; SET jit = off")
	begin := time.Now()
	for seed := *fromFlag; seed < *fromFlag+*queriesFlag && p.differ < *showFlag; seed++ {
		if seed == *fromFlag || seed%perTables == 0 {
			p.load(seed / perTables)
		}
		p.compare(seed)
	}
	t.Logf("%d queries equal, %d with rows, %d refused by both, %d refused at run time by one, %d differ; %.0f s",
		p.equal, p.rows, p.both, p.one, p.differ, time.Since(begin).Seconds())
	require.Zero(t, p.differ)
	require.Less(t, 20*(p.both+p.one), p.equal, "too many are refused")
	require.Less(t, p.equal, 3*p.rows, "too many have no rows")
}

type player struct {
	t      *testing.T
	conn   *pgconn.PgConn
	tables []Table
	memory *providertest.Memory

	equal, rows, both, one, differ int
}

func (p *player) exec(sql string) {
	_, err := p.conn.Exec(p.t.Context(), sql).ReadAll()
	require.NoError(p.t, err)
}

func (p *player) load(seed uint64) {
	p.tables = Tables(seed)
	p.exec(Script(p.tables))
	var err error
	p.memory, err = Memory(p.tables)
	require.NoError(p.t, err)
}

func (p *player) compare(seed uint64) {
	q := Make(p.tables, seed)
	want, types, refused := p.ask(q.SQL)
	if refused != nil && !atRunTime(refused) {
		p.report(seed, q, "PostgreSQL refuses the query: "+refused.Error())
		return
	}
	for _, way := range []struct {
		name     string
		provider providers.Provider
		pushdown bool
	}{{"with pushdown", p.memory, true}, {"without pushdown", p.memory, false}, {"under random verdicts", p.memory.Chaos(seed), true}} {
		rows, err := p.answer(way.provider, way.pushdown, q.SQL)
		switch {
		case err != nil && refused != nil:
			p.both++
			return
		case refused != nil || err != nil && evaluates(err):
			p.one++
			return
		case err != nil:
			p.report(seed, q, way.name+": "+err.Error())
			return
		}
		got, err := cells(types, rows)
		diff := ""
		if err != nil {
			diff = err.Error()
		} else {
			diff = oracle.Diff(oracle.Answer{Rows: want}, oracle.Answer{Rows: got}, q.Ordered)
		}
		if diff != "" {
			p.report(seed, q, way.name+": "+diff)
			return
		}
	}
	p.equal++
	if len(want) > 0 {
		p.rows++
	}
}

func (p *player) report(seed uint64, q Query, diff string) {
	p.differ++
	p.t.Errorf("seed %d (tables %d): %s\n%s", seed, seed/perTables, diff, q.SQL)
}

// ask asks PostgreSQL.
func (p *player) ask(sql string) (rows [][]oracle.Cell, types []oracle.Type, err error) {
	r := p.conn.ExecParams(p.t.Context(), sql, nil, nil, nil, nil)
	for r.NextRow() {
		row := make([]oracle.Cell, len(r.Values()))
		for i, v := range r.Values() {
			row[i] = oracle.Cell{Null: true}
			if v != nil {
				row[i], err = cell(oracle.Type(r.FieldDescriptions()[i].DataTypeOID), string(v))
				require.NoError(p.t, err, sql)
			}
		}
		rows = append(rows, row)
	}
	for _, f := range r.FieldDescriptions() {
		types = append(types, oracle.Type(f.DataTypeOID))
	}
	_, err = r.Close()
	return rows, types, err
}

// answer asks the engine; a panic is an error with its stack.
func (p *player) answer(over providers.Provider, pushdown bool, sql string) (rows [][]sqltypes.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	_, rows, err = providertest.Answer(p.t.Context(), over, sqlengine.Options{Pushdown: pushdown}, sql)
	return rows, err
}

func cells(types []oracle.Type, rows [][]sqltypes.Value) ([][]oracle.Cell, error) {
	out := make([][]oracle.Cell, len(rows))
	for i, row := range rows {
		if len(row) != len(types) {
			return nil, fmt.Errorf("%d columns, want %d", len(row), len(types))
		}
		out[i] = make([]oracle.Cell, len(row))
		for c, v := range row {
			out[i][c] = oracle.Cell{Null: true}
			if v.Null {
				continue
			}
			var err error
			if out[i][c], err = cell(types[c], v.Text()); err != nil {
				return nil, fmt.Errorf("column %d is %s %s: %w", c+1, v.Kind, v, err)
			}
		}
	}
	return out, nil
}

// cell reads a value; 0 and -0 are one, and DISTINCT may keep either.
func cell(t oracle.Type, text string) (oracle.Cell, error) {
	c, err := oracle.FromText(t, text)
	if err == nil && t == oracle.Float8 && c.Float == 0 {
		c.Float, c.Text = 0, "0"
	}
	return c, err
}

// atRunTime reports an error of PostgreSQL that depends on which values are
// computed: class 22, and a subquery with more than one row.
func atRunTime(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (strings.HasPrefix(e.Code, "22") || e.Code == "21000")
}

// evaluates reports the same of an error of the engine.
func evaluates(err error) bool {
	var e *providers.Error
	return errors.As(err, &e) && (strings.HasPrefix(e.State, "22") || e.State == "21000")
}
