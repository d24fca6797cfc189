package sqlengine

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// temporary is a temporary table as it is at one moment. It is never changed:
// what changes a table makes another one.
type temporary struct {
	info    *providers.TableInfo
	batches []*tuple.Batch
	count   int64
	bytes   int64
}

// newTemporary makes an empty table.
func newTemporary(name ast.Name, columns []providers.Column) (*temporary, error) {
	for i, c := range columns {
		if slices.ContainsFunc(columns[:i], func(o providers.Column) bool { return strings.EqualFold(o.Name, c.Name) }) {
			return nil, refused(name.Pos(), providers.KindSyntax, "%s would have two columns %q", name, c.Name)
		}
	}
	return &temporary{info: &providers.TableInfo{Name: name.Last().Text, Columns: columns}}, nil
}

func (t *temporary) Info() *providers.TableInfo {
	info := *t.info
	info.Rows = t.count
	return &info
}

func (t *temporary) all() []int {
	all := make([]int, len(t.info.Columns))
	for i := range all {
		all[i] = i
	}
	return all
}

// layout is how its rows lie.
func (t *temporary) layout() *tuple.Layout { return tuple.NewLayout(t.info.Types(t.all())) }

// positions are those of the columns that an INSERT names.
func (t *temporary) positions(names []ast.Ident) ([]int, error) {
	if len(names) == 0 {
		return t.all(), nil
	}
	var positions []int
	for _, n := range names {
		i := t.info.Find(n.Text)
		switch {
		case i < 0:
			var all []string
			for _, c := range t.info.Columns {
				all = append(all, c.Name)
			}
			return nil, refused(n.Pos(), providers.KindColumn, "column `%s` not found in %s%s", n.Text, t.info.Name, nearest.Suffix(n.Text, all))
		case slices.Contains(positions, i):
			return nil, refused(n.Pos(), providers.KindSyntax, "column `%s` is named twice", n.Text)
		}
		positions = append(positions, i)
	}
	return positions, nil
}

// targets are what the columns take.
func (t *temporary) targets(positions []int) []plan.Target {
	targets := make([]plan.Target, len(positions))
	for i, at := range positions {
		targets[i] = plan.Target{Name: t.info.Columns[at].Name, Type: t.info.Columns[at].Type}
	}
	return targets
}

// typed is the table with columns of other types where all was NULL, which lies
// the same way in every type.
func (t *temporary) typed(info *providers.TableInfo) *temporary {
	out := *t
	out.info, out.batches = info, nil
	layout := out.layout()
	for _, b := range t.batches {
		out.batches = append(out.batches, &tuple.Batch{Layout: layout, Slots: b.Slots, Arena: b.Arena})
	}
	return &out
}

// check holds a row against what was declared.
func (t *temporary) check(row tuple.Row, l *tuple.Layout) error {
	for i := range t.info.Columns {
		c := &t.info.Columns[i]
		switch null := row.Null(i); {
		case null && !c.Nullable:
			return &providers.Error{Kind: providers.KindValue, State: "23502", Message: fmt.Sprintf("column %s of %s is NOT NULL", c.Name, t.info.Name)}
		case null || c.Type.Length < 0:
		case c.Type.Kind == sqltypes.Varchar && utf8.RuneCount(row.Bytes(l.Slot(i))) > c.Type.Length,
			c.Type.Kind == sqltypes.Varbinary && len(row.Bytes(l.Slot(i))) > c.Type.Length:
			return &providers.Error{Kind: providers.KindValue, State: "22001", Message: fmt.Sprintf(
				"a value is too long for column %s %s of %s", c.Name, c.Type, t.info.Name)}
		}
	}
	return nil
}

// with is the table with more rows. Few rows go behind those of the last batch,
// where whoever reads the table as it was does not look.
func (t *temporary) with(r *temporaryRows) (*temporary, error) {
	out := *t
	out.batches = slices.Clone(t.batches)
	out.count, out.bytes = t.count+r.count, t.bytes+r.bytes
	last := len(out.batches) - 1
	if last < 0 || int64(out.batches[last].Len())+r.count > tuple.TargetRows {
		out.batches = append(out.batches, r.batches...)
		return &out, nil
	}
	grown := *out.batches[last]
	for _, b := range r.batches {
		for i := range b.Len() {
			if err := grown.AppendRow(b.Row(i), b.Layout); err != nil {
				return nil, err
			}
		}
	}
	saved := r.bytes - int64(grown.Bytes()-out.batches[last].Bytes())
	r.room.Release(saved)
	out.bytes -= saved
	out.batches[last] = &grown
	return &out, nil
}

// empty is the table without its rows, whose memory goes back.
func (t *temporary) empty(room *providers.Budget) *temporary {
	room.Release(t.bytes)
	return &temporary{info: t.info}
}

// Plan leaves everything to the engine: the rows are at hand.
func (t *temporary) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p := &providers.ScanPlan{
		Filter:  make([]providers.Verdict, len(r.Filter)),
		Reasons: make([]string, len(r.Filter)),
		Cost:    providers.Cost{Rows: t.count},
		Layout:  tuple.NewLayout(t.info.Types(r.Columns)),
	}
	for i := range p.Reasons {
		p.Reasons[i] = "the table is in memory"
	}
	columns := slices.Clone(r.Columns)
	p.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		return &temporaryReader{columns: columns, batches: t.batches}, ctx.Err()
	}
	return p, nil
}

// temporaryReader hands on copies of a table's rows.
type temporaryReader struct {
	columns []int
	batches []*tuple.Batch
	at      int // row of the first batch
}

func (r *temporaryReader) Next(ctx context.Context, out *tuple.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	out.Reset()
	for len(r.batches) > 0 && out.Len() < tuple.TargetRows {
		from := r.batches[0]
		for ; r.at < from.Len() && out.Len() < tuple.TargetRows; r.at++ {
			slots, row := out.AddRow(), from.Row(r.at)
			for to, column := range r.columns {
				if err := out.CopyColumn(slots, to, row, from.Layout, column); err != nil {
					return err
				}
			}
		}
		if r.at == from.Len() {
			r.batches, r.at = r.batches[1:], 0
		}
	}
	if out.Len() == 0 {
		return io.EOF
	}
	return nil
}

func (r *temporaryReader) Close() error {
	r.batches = nil
	return nil
}
