package epicorerp

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math"
	"reflect"
	"time"

	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

var (
	_ driver.RowsNextResultSet              = (*rows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
	_ driver.RowsColumnTypeScanType         = (*rows)(nil)
	_ driver.RowsColumnTypeNullable         = (*rows)(nil)
	_ driver.RowsColumnTypeLength           = (*rows)(nil)
	_ driver.RowsColumnTypePrecisionScale   = (*rows)(nil)
)

// rows hands the result of a query to database/sql. It keeps the query's
// context, because driver.Rows.Next gets none.
type rows struct {
	ctx     context.Context
	cancel  context.CancelFunc
	cursor  sqlengine.Cursor
	columns []plan.Column
	done    func(rows int64, err error) // told once how it ended

	batch *tuple.Batch
	slab  *slab
	read  int // rows of the batch that are in the slab or passed
	next  int // row of the slab to hand out
	held  int // rows in the slab
	count int64
	err   error // why there are no more rows; sticks
}

// newRows takes over the cursor, and cancel, which ends whatever works for it.
func newRows(ctx context.Context, cancel context.CancelFunc, c sqlengine.Cursor, done func(int64, error)) *rows {
	b := tuple.NewBatch(c.Layout())
	return &rows{ctx: ctx, cancel: cancel, cursor: c, columns: c.Columns(), done: done, batch: b, slab: newSlab(b)}
}

func (r *rows) Columns() []string {
	names := make([]string, len(r.columns))
	for i := range r.columns {
		names[i] = r.columns[i].Name
	}
	return names
}

// Next hands over one row. Its io.EOF means that there are no more; a query
// that was cancelled ends in its context's error.
func (r *rows) Next(dest []driver.Value) error {
	if r.next == r.held {
		if err := r.fill(); err != nil {
			return err
		}
	}
	r.slab.row(r.next, dest)
	r.next++
	return nil
}

// fill loads the slab with the next rows.
func (r *rows) fill() error {
	if r.err != nil {
		return r.err
	}
	if r.err = r.ctx.Err(); r.err != nil {
		return r.err
	}
	for r.read == r.batch.Len() {
		r.read, r.next, r.held = 0, 0, 0
		r.batch.Reset()
		if err := r.cursor.Next(r.ctx, r.batch); err != nil {
			r.batch.Reset()
			r.err = endOfRows(r.ctx, err)
			return r.err
		}
	}
	r.next, r.held = 0, min(slabRows, r.batch.Len()-r.read)
	r.slab.load(r.read, r.held)
	r.read += r.held
	r.count += int64(r.held)
	return nil
}

// endOfRows makes io.EOF of nothing but io.EOF itself: an error that merely
// wraps it would pass for the end of the rows.
func endOfRows(ctx context.Context, err error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err == io.EOF {
		return err
	}
	return driverError(ctx, err)
}

// Close ends the query. It cancels what still runs for it, and so waits for no
// server.
func (r *rows) Close() error {
	if r.cursor == nil {
		return nil
	}
	ended := r.err
	if ended == nil {
		ended = r.ctx.Err()
	}
	r.cancel()
	err := r.cursor.Close()
	r.cursor, r.next, r.held = nil, 0, 0
	if r.err == nil {
		r.err = io.EOF
	}
	if errors.Is(err, context.Canceled) {
		err = nil // ours
	}
	if ended == nil || ended == io.EOF {
		ended = err
	}
	r.done(r.count, ended)
	return driverError(context.Background(), err)
}

// HasNextResultSet reports whether a procedure has given more than one result.
func (r *rows) HasNextResultSet() bool {
	sets, ok := r.cursor.(sqlengine.ResultSets)
	return ok && (r.err == nil || r.err == io.EOF) && sets.HasNext()
}

// NextResultSet goes on to the next result of a procedure.
func (r *rows) NextResultSet() error {
	if !r.HasNextResultSet() {
		return io.EOF
	}
	sets := r.cursor.(sqlengine.ResultSets)
	if err := sets.NextResultSet(); err != nil {
		r.err = endOfRows(r.ctx, err)
		return r.err
	}
	r.columns, r.batch = sets.Columns(), tuple.NewBatch(sets.Layout())
	r.slab, r.read, r.next, r.held, r.err = newSlab(r.batch), 0, 0, 0, nil
	return nil
}

// ColumnTypeDatabaseTypeName returns the SQL name of the type without its
// length, such as DECIMAL.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string { return r.columns[i].Type.Kind.String() }

// ColumnTypeNullable reports whether the column can hold NULL.
func (r *rows) ColumnTypeNullable(i int) (nullable, ok bool) { return r.columns[i].Nullable, true }

// ColumnTypeLength returns the length of texts in characters and of binary
// values in bytes, math.MaxInt64 where the server tells none.
func (r *rows) ColumnTypeLength(i int) (length int64, ok bool) {
	t := r.columns[i].Type
	switch t.Kind {
	case sqltypes.Varchar, sqltypes.Varbinary, sqltypes.JSON:
		if t.Length < 0 {
			return math.MaxInt64, true
		}
		return int64(t.Length), true
	}
	return 0, false
}

// ColumnTypePrecisionScale returns the digits of a decimal where they are known.
func (r *rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	t := r.columns[i].Type
	if t.Kind != sqltypes.Decimal || t.Precision < 0 || t.Scale < 0 {
		return 0, 0, false
	}
	return int64(t.Precision), int64(t.Scale), true
}

// ColumnTypeScanType returns the Go type that a column is handed over in, or
// the one of database/sql that holds it or NULL.
func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	plain, nullable := scanTypes(r.columns[i].Type.Kind)
	if r.columns[i].Nullable {
		return nullable
	}
	return plain
}

// scanTypes returns the types for columns of a kind without and with NULLs.
func scanTypes(k sqltypes.Kind) (plain, nullable reflect.Type) {
	switch k {
	case sqltypes.Bool:
		return reflect.TypeFor[bool](), reflect.TypeFor[sql.NullBool]()
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt:
		return reflect.TypeFor[int64](), reflect.TypeFor[sql.NullInt64]()
	case sqltypes.Real, sqltypes.Double:
		return reflect.TypeFor[float64](), reflect.TypeFor[sql.NullFloat64]()
	case sqltypes.Date, sqltypes.Timestamp, sqltypes.TimestampTZ:
		return reflect.TypeFor[time.Time](), reflect.TypeFor[sql.NullTime]()
	case sqltypes.Varbinary:
		return reflect.TypeFor[[]byte](), reflect.TypeFor[[]byte]()
	case sqltypes.Null:
		return reflect.TypeFor[any](), reflect.TypeFor[any]()
	}
	return reflect.TypeFor[string](), reflect.TypeFor[sql.NullString]()
}
