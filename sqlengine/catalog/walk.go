package catalog

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// maxAhead is how many schemas are read at a time. The connection's limit on
// requests holds besides.
const maxAhead = 8

// reader gives the rows of a table, schema by schema: the next ones are read
// while the rows of one are handed on.
type reader struct {
	table   *table
	narrow  *narrowing
	columns []int
	layout  *tuple.Layout

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	schemas []providers.Schema // not yet begun
	ahead   []chan loaded      // begun, in order
	window  int                // how many may be begun: grows as rows are asked for
	rows    []Row              // at hand
}

// loaded is what came of a schema.
type loaded struct {
	rows []Row
	err  error
}

func (t *table) open(ctx context.Context, n *narrowing, columns []int, l *tuple.Layout) (providers.BatchReader, error) {
	r := &reader{table: t, narrow: n, columns: columns, layout: l, window: 1}
	r.ctx, r.cancel = context.WithCancel(ctx)
	if t.def.facts != nil {
		r.rows = t.def.facts(t.catalog)
		return r, nil
	}
	if names, ok := n.named(t.schema); ok {
		for _, name := range names {
			r.schemas = append(r.schemas, providers.Schema{Name: name})
		}
		if t.def.ofSchema == nil {
			return r, nil
		}
		r.schemas = nil
	}
	list := t.catalog.schemas
	if t.def.ofProcedures() {
		list = t.catalog.procedureSchemas
	}
	all, err := list(ctx)
	if err != nil {
		r.cancel()
		return nil, err
	}
	for _, s := range all {
		if n.allows(s.Name) {
			r.schemas = append(r.schemas, s)
		}
	}
	return r, nil
}

// Next hands on the rows at hand, and those of the next schemas that have any.
func (r *reader) Next(ctx context.Context, out *tuple.Batch) error {
	for len(r.rows) == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.begin()
		if len(r.ahead) == 0 {
			return io.EOF
		}
		select {
		case got := <-r.ahead[0]:
			r.ahead, r.window = r.ahead[1:], min(2*r.window, maxAhead)
			if got.err != nil {
				return got.err
			}
			r.rows = got.rows
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	out.Reset()
	n := min(len(r.rows), tuple.TargetRows)
	for _, values := range r.rows[:n] {
		slots := out.AddRow()
		for to, from := range r.columns {
			if err := out.SetValue(slots, to, values[from]); err != nil {
				return err
			}
		}
	}
	r.rows = r.rows[n:]
	return nil
}

// begin starts as many schemas as may be under way.
func (r *reader) begin() {
	for len(r.schemas) > 0 && len(r.ahead) < r.window {
		schema, done := r.schemas[0], make(chan loaded, 1)
		r.schemas, r.ahead = r.schemas[1:], append(r.ahead, done)
		if r.table.def.ofSchema != nil {
			done <- loaded{rows: r.table.def.ofSchema(r.table.catalog, schema)}
			continue
		}
		r.running.Go(func() {
			rows, err := r.load(r.ctx, schema.Name)
			done <- loaded{rows, err}
		})
	}
}

// load makes the rows of one schema. What the user may not see, and what went
// away since it was listed, has none, as the standard says of this schema.
func (r *reader) load(ctx context.Context, schema string) (rows []Row, err error) {
	def, c := r.table.def, r.table.catalog
	if def.ofProcedures() {
		return r.loadProcedures(ctx, schema)
	}
	_, exact := r.narrow.named(r.table.schema)
	tables, err := r.listed(ctx, schema)
	if err != nil {
		return nil, visible(err)
	}
	for _, t := range tables {
		switch {
		case exact && t.Schema != schema || !r.narrow.allows(t.Schema, t.Name):
			continue
		case def.ofTable != nil:
			rows = append(rows, def.ofTable(c, t)...)
			continue
		}
		info, err := c.describe(ctx, t.Schema, t.Name)
		if err != nil {
			if err = visible(err); err != nil {
				return nil, err
			}
			continue
		}
		if strings.EqualFold(info.Schema, t.Schema) && info.Name == t.Name && (!exact || info.Schema == schema) {
			rows = append(rows, def.ofInfo(c, info)...)
		}
	}
	return rows, nil
}

// listed are the tables of a schema that may matter. Where their names are
// given and what is asked is in their descriptions, no list is needed.
func (r *reader) listed(ctx context.Context, schema string) ([]providers.TableName, error) {
	_, exact := r.narrow.named(r.table.schema)
	if names, ok := r.narrow.named(r.table.table); ok && exact && r.table.def.ofInfo != nil {
		var out []providers.TableName
		for _, name := range names {
			out = append(out, providers.TableName{Schema: schema, Name: name})
		}
		return out, nil
	}
	return r.table.catalog.tablesOf(ctx, schema)
}

// visible drops the errors that mean that there is nothing to see.
func visible(err error) error {
	for _, kind := range []providers.Kind{
		providers.KindNotFound, providers.KindPermission,
		// A view of the user's that no longer fits its tables.
		providers.KindColumn, providers.KindSyntax, providers.KindType, providers.KindUnsupported, providers.KindParameter,
	} {
		if errors.Is(err, kind) {
			return nil
		}
	}
	return err
}

// Close ends the requests under way and waits for them.
func (r *reader) Close() error {
	r.cancel()
	r.running.Wait()
	r.rows, r.schemas, r.ahead = nil, nil, nil
	return nil
}
