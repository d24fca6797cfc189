package odata

import (
	"fmt"
	"time"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// projection says which columns a decoder makes of an entity and where their
// values stand. Several projections may read the same rows: the result and the
// identity of rows, by which paging goes.
type projection struct {
	layout *tuple.Layout
	paths  [][]string // of each column; nil for one that has a constant
	consts []constant
}

type constant struct {
	column int
	value  sqltypes.Value
}

// members collects the first members of all paths, each once.
func members(into []string, p *projection) []string {
	seen := map[string]bool{}
	for _, m := range into {
		seen[m] = true
	}
	for _, path := range p.paths {
		if path != nil && !seen[path[0]] {
			seen[path[0]] = true
			into = append(into, path[0])
		}
	}
	return into
}

// rowDecoder turns the current row of a scanner into a row of a batch.
type rowDecoder struct {
	layout *tuple.Layout
	dec    *jsonpage.Decoder
	nested []nestedDecoder
	consts []constant
}

// nestedDecoder reads the columns that lie inside of a complex property.
type nestedDecoder struct {
	member  int // of the outer scanner
	scanner *jsonpage.Scanner
	inner   *rowDecoder
	batch   *tuple.Batch
	to      []int // columns of the outer layout
}

// newRowDecoder makes the decoder of a projection over a scanner, whose
// columns are members of the entity.
func newRowDecoder(s *jsonpage.Scanner, p *projection, zone *time.Location) (*rowDecoder, error) {
	at := map[string]int{}
	for i, m := range s.Columns() {
		at[m] = i
	}
	from := make([]int, p.layout.Columns())
	inside := map[int][]int{} // member → columns of the layout
	var order []int
	for c, path := range p.paths {
		from[c] = -1
		switch {
		case len(path) == 1:
			from[c] = at[path[0]]
		case len(path) > 1:
			m := at[path[0]]
			if inside[m] == nil {
				order = append(order, m)
			}
			inside[m] = append(inside[m], c)
		}
	}
	d := &rowDecoder{layout: p.layout, consts: p.consts}
	var err error
	if d.dec, err = jsonpage.NewDecoder(s, p.layout, jsonpage.DecoderOptions{From: from, Zone: zone}); err != nil {
		return nil, err
	}
	for _, m := range order {
		n, err := newNested(m, inside[m], p, zone)
		if err != nil {
			return nil, err
		}
		d.nested = append(d.nested, n)
	}
	return d, nil
}

func newNested(member int, columns []int, p *projection, zone *time.Location) (nestedDecoder, error) {
	inner := &projection{}
	types := make([]sqltypes.Type, len(columns))
	for i, c := range columns {
		types[i] = p.layout.Types[c]
		inner.paths = append(inner.paths, p.paths[c][1:])
	}
	inner.layout = tuple.NewLayout(types)
	n := nestedDecoder{member: member, to: columns, batch: tuple.NewBatch(inner.layout)}
	var err error
	if n.scanner, err = jsonpage.NewScanner(members(nil, inner), jsonpage.Options{Shape: jsonpage.ShapeEntity}); err != nil {
		return n, err
	}
	n.inner, err = newRowDecoder(n.scanner, inner, zone)
	return n, err
}

// append adds the scanner's current row to the batch.
func (d *rowDecoder) append(s *jsonpage.Scanner, b *tuple.Batch) error {
	if err := d.dec.Append(b); err != nil {
		return err
	}
	if d.nested == nil && d.consts == nil {
		return nil
	}
	row := b.Slots[len(b.Slots)-d.layout.Stride():]
	for _, c := range d.consts {
		if err := b.SetValue(row, c.column, c.value); err != nil {
			return err
		}
	}
	for i := range d.nested {
		if err := d.nested[i].copy(s, b, row); err != nil {
			b.DropLast()
			return err
		}
	}
	return nil
}

func (n *nestedDecoder) copy(s *jsonpage.Scanner, b *tuple.Batch, row []uint64) error {
	t := s.Row()[n.member]
	if t.IsNull() {
		return nil
	}
	if t.Kind != jsonpage.Object {
		return fmt.Errorf("property %q, row %d of the page, is %s, want an object", s.Columns()[n.member], s.RowNumber(), t.Kind)
	}
	n.scanner.ResetRange(s.Page(), int(t.Off), int(t.End))
	if !n.scanner.Next() {
		return n.scanner.Err()
	}
	n.batch.Reset()
	if err := n.inner.append(n.scanner, n.batch); err != nil {
		return err
	}
	src := n.batch.Row(0)
	for i, c := range n.to {
		if err := b.CopyColumn(row, c, src, n.inner.layout, i); err != nil {
			return err
		}
	}
	return nil
}
