package exec

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// mergeSide reads one input of a merge join row by row, with its keys, as bytes
// that compare as the rows are ordered. It makes sure that they are.
type mergeSide struct {
	node   plan.Node
	named  []expr.Node // the keys as they are written
	input  *eager
	keys   []*expr.Compiled
	orders []expr.Order
	frame  *expr.Frame

	batch *tuple.Batch
	at    int // the row that is next
	rows  int // in the batch
	// Of the batch, by row: where the keys end in buf, and whether one is NULL.
	ends  []int
	nulls []bool
	buf   []byte
	last  []byte // key of the last row of the batch before
	ended bool
}

func (r *run) mergeSide(n plan.Node, keys []expr.Node, nullsFirst []bool, s *scope) (mergeSide, error) {
	m := mergeSide{node: n, named: keys, frame: r.frame(s), batch: tuple.NewBatch(n.Layout())}
	input, err := r.build(n, s)
	if err != nil {
		return m, err
	}
	m.input = newEager(input, n.Layout())
	for _, first := range nullsFirst {
		m.orders = append(m.orders, expr.Order{NullsFirst: first})
	}
	m.keys, err = compileAll(keys, n.Layout())
	return m, err
}

// sameStorage checks that the keys of two sides can be compared.
func sameStorage(a, b []*expr.Compiled) error {
	if len(a) != len(b) {
		return fmt.Errorf("exec: %d keys on the left, %d on the right", len(a), len(b))
	}
	for i := range a {
		if x, y := a[i].Type, b[i].Type; x.Kind.Storage() != y.Kind.Storage() {
			return fmt.Errorf("exec: key %d is %s on the left, %s on the right", i+1, x, y)
		}
	}
	return nil
}

func (m *mergeSide) open(ctx context.Context) error {
	m.frame.Err, m.at, m.rows, m.last, m.ended = nil, 0, 0, m.last[:0], false
	return m.input.open(ctx)
}

// more makes sure that there is a row; false at the end.
func (m *mergeSide) more(ctx context.Context) (bool, error) {
	for m.at == m.rows {
		if m.ended {
			return false, nil
		}
		err := m.input.next(ctx, m.batch)
		if err == io.EOF {
			m.ended = true
			continue
		}
		if err == nil {
			err = m.read()
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// read computes the keys of a batch and checks their order.
func (m *mergeSide) read() error {
	if m.rows > 0 {
		m.last = append(m.last[:0], m.keyOf(m.rows-1)...)
	}
	before := m.last // empty at first, which no key is below
	m.at, m.rows = 0, m.batch.Len()
	m.buf, m.ends, m.nulls = m.buf[:0], m.ends[:0], m.nulls[:0]
	for i := range m.rows {
		from, null := len(m.buf), false
		move(m.frame, m.batch.Row(i))
		for k, x := range m.keys {
			at := len(m.buf)
			m.buf = x.AppendSortKey(m.buf, m.frame, m.orders[k])
			null = null || len(m.buf) == at+1 // only NULL's key is one byte
		}
		m.ends, m.nulls = append(m.ends, len(m.buf)), append(m.nulls, null)
		if m.frame.Err == nil && bytes.Compare(m.buf[from:], before) < 0 {
			return m.disorder()
		}
		before = m.buf[from:]
	}
	return m.frame.Err
}

// disorder is the error of a server that breaks the order it promised. Asked
// for less, it would do.
func (m *mergeSide) disorder() error {
	names := make([]string, len(m.named))
	for i, x := range m.named {
		names[i] = x.String()
	}
	from := m.node
	for in := from.Inputs(); len(in) > 0; in = from.Inputs() {
		from = in[0]
	}
	table := "an input of a merge join"
	if s, ok := from.(*plan.Scan); ok && s.Table != nil {
		info := s.Table.Info()
		table = strings.TrimPrefix(info.Schema+"."+info.Name, ".")
	}
	return &providers.Error{Kind: providers.KindResponse, Refused: true,
		Message: fmt.Sprintf("the rows of %s do not come in the order of %s, which the server promised: a join would lose rows", table, strings.Join(names, ", "))}
}

// null reports whether a key of the row is NULL, so that it matches nothing.
func (m *mergeSide) null() bool { return m.nulls[m.at] }

func (m *mergeSide) row() tuple.Row { return m.batch.Row(m.at) }

func (m *mergeSide) key() []byte { return m.keyOf(m.at) }

func (m *mergeSide) keyOf(i int) []byte {
	from := 0
	if i > 0 {
		from = m.ends[i-1]
	}
	return m.buf[from:m.ends[i]]
}

// passKey goes on past the rows of a key, in this batch.
func (m *mergeSide) passKey(key []byte) {
	for m.at < m.rows && bytes.Equal(m.keyOf(m.at), key) {
		m.at++
	}
}
