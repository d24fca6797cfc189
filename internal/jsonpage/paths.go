package jsonpage

import (
	"fmt"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Projection says which columns a RowDecoder makes of a row and where their
// values stand in it. Several projections may read the same rows: the result and
// the identity of rows, by which paging goes, for instance.
type Projection struct {
	Layout *tuple.Layout
	Paths  [][]string // of each column, from the row down; nil for one that has a constant
	Consts []Constant
}

// Constant is the value of a column that does not come with the rows.
type Constant struct {
	Column int
	Value  sqltypes.Value
}

// Members adds the first members of all paths to a scanner's columns, each once.
func (p *Projection) Members(into []string) []string {
	seen := map[string]bool{}
	for _, m := range into {
		seen[m] = true
	}
	for _, path := range p.Paths {
		if path != nil && !seen[path[0]] {
			seen[path[0]] = true
			into = append(into, path[0])
		}
	}
	return into
}

// RowDecoder turns the current row of a scanner into a row of a batch, values
// inside of objects included.
type RowDecoder struct {
	Layout  *tuple.Layout
	scanner *Scanner
	dec     *Decoder
	nested  []nestedDecoder
	consts  []Constant
}

// nestedDecoder reads the columns that lie inside of a complex property.
type nestedDecoder struct {
	member  int // of the outer scanner
	scanner *Scanner
	inner   *RowDecoder
	batch   *tuple.Batch
	to      []int // columns of the outer layout
}

// NewRowDecoder makes the decoder of a projection over a scanner, whose
// columns are members of the entity.
func NewRowDecoder(s *Scanner, p *Projection, zone *time.Location) (*RowDecoder, error) {
	at := map[string]int{}
	for i, m := range s.Columns() {
		at[m] = i
	}
	from := make([]int, p.Layout.Columns())
	inside := map[int][]int{} // member → columns of the layout
	var order []int
	for c, path := range p.Paths {
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
	d := &RowDecoder{Layout: p.Layout, scanner: s, consts: p.Consts}
	var err error
	if d.dec, err = NewDecoder(s, p.Layout, DecoderOptions{From: from, Zone: zone}); err != nil {
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

func newNested(member int, columns []int, p *Projection, zone *time.Location) (nestedDecoder, error) {
	inner := &Projection{}
	types := make([]sqltypes.Type, len(columns))
	for i, c := range columns {
		types[i] = p.Layout.Types[c]
		inner.Paths = append(inner.Paths, p.Paths[c][1:])
	}
	inner.Layout = tuple.NewLayout(types)
	n := nestedDecoder{member: member, to: columns, batch: tuple.NewBatch(inner.Layout)}
	var err error
	if n.scanner, err = NewScanner(inner.Members(nil), Options{Shape: ShapeEntity}); err != nil {
		return n, err
	}
	n.inner, err = NewRowDecoder(n.scanner, inner, zone)
	return n, err
}

// Append adds the scanner's current row to the batch.
func (d *RowDecoder) Append(b *tuple.Batch) error {
	if err := d.dec.Append(b); err != nil {
		return err
	}
	if d.nested == nil && d.consts == nil {
		return nil
	}
	row := b.Slots[len(b.Slots)-d.Layout.Stride():]
	for _, c := range d.consts {
		if err := b.SetValue(row, c.Column, c.Value); err != nil {
			return err
		}
	}
	for i := range d.nested {
		if err := d.nested[i].copy(d.scanner, b, row); err != nil {
			b.DropLast()
			return err
		}
	}
	return nil
}

func (n *nestedDecoder) copy(s *Scanner, b *tuple.Batch, row []uint64) error {
	t := s.Row()[n.member]
	if t.IsNull() {
		return nil
	}
	if t.Kind != Object {
		return fmt.Errorf("property %q, row %d of the page, is %s, want an object", s.Columns()[n.member], s.RowNumber(), t.Kind)
	}
	n.scanner.ResetRange(s.Page(), int(t.Off), int(t.End))
	if !n.scanner.Next() {
		return n.scanner.Err()
	}
	n.batch.Reset()
	if err := n.inner.Append(n.batch); err != nil {
		return err
	}
	src := n.batch.Row(0)
	for i, c := range n.to {
		if err := b.CopyColumn(row, c, src, n.inner.Layout, i); err != nil {
			return err
		}
	}
	return nil
}
