package csvdir

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// batchRows is how many rows are handed on at a time.
const batchRows = 1024

// reader gives the rows of one scan.
type reader struct {
	table   *table
	file    *os.File
	csv     *csv.Reader
	columns []int
	wanted  []equality
}

func newReader(ctx context.Context, t *table, columns []int, wanted []equality) (*reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.Open(t.path)
	if err != nil {
		return nil, &providers.Error{Kind: providers.KindConnection, Message: fmt.Sprintf("%s.csv: %v", t.info.Name, err), Err: err}
	}
	r := &reader{table: t, file: f, csv: csv.NewReader(bufio.NewReader(f)), columns: columns, wanted: wanted}
	r.csv.ReuseRecord = true
	if _, err := r.csv.Read(); err != nil {
		_ = f.Close()
		return nil, damaged(t.info.Name, 1, "no line of column names: %w", err)
	}
	return r, nil
}

// Next fills a batch. The end of the file is the end of the rows: encoding/csv
// reports a quote that is left open, and a line with too few fields.
func (r *reader) Next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	for out.Len() < batchRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		fields, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.csv.FieldPos(0)
		if err != nil {
			return damaged(r.table.info.Name, line, "%w", err)
		}
		if err := r.add(out, fields); err != nil {
			return damaged(r.table.info.Name, line, "%w", err)
		}
	}
	if out.Len() == 0 {
		return io.EOF
	}
	return nil
}

// add appends a row, if it is wanted.
func (r *reader) add(out *tuple.Batch, fields []string) error {
	for _, e := range r.wanted {
		v, err := r.value(fields, e.column)
		if err != nil || v.Null || v.Text() != e.text {
			return err
		}
	}
	row := out.AddRow() // all NULL
	for i, column := range r.columns {
		v, err := r.value(fields, column)
		if err == nil {
			err = out.SetValue(row, i, v)
		}
		if err != nil {
			out.DropLast()
			return err
		}
	}
	return nil
}

// value reads a field as its column's type.
func (r *reader) value(fields []string, column int) (v sqltypes.Value, err error) {
	c, text := &r.table.info.Columns[column], fields[column]
	if text == "" {
		if !c.Nullable {
			return v, fmt.Errorf("%s is empty, and NOT NULL", c.Name)
		}
		return sqltypes.NullOf(c.Type.Kind), nil
	}
	v.Kind = c.Type.Kind
	switch v.Kind {
	case sqltypes.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		v = sqltypes.BoolValue(b)
	case sqltypes.Integer:
		v.I, err = strconv.ParseInt(text, 10, 32)
	case sqltypes.BigInt:
		v.I, err = strconv.ParseInt(text, 10, 64)
	case sqltypes.Decimal:
		v.D, err = sqltypes.ParseNum(text)
	case sqltypes.Date:
		v.I, err = sqltypes.ParseDate(text)
	case sqltypes.Timestamp:
		v.I, _, err = sqltypes.ParseTimestamp(text)
	default:
		v.S = text
	}
	if err != nil {
		return v, fmt.Errorf("%s is no %s: %w", c.Name, v.Kind, err)
	}
	return v, nil
}

// Close ends the scan.
func (r *reader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}
