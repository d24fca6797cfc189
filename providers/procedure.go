package providers

import (
	"context"
	"io"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// ProcedureProvider is what a Provider implements besides that has stored
// procedures: the methods of a service, functions, actions of a document. Its
// methods are safe for concurrent use.
type ProcedureProvider interface {
	// ProcedureSchemas lists the schemas that have procedures.
	ProcedureSchemas(ctx context.Context) ([]string, error)
	// Procedures lists the procedures of one schema. The schema "" has those
	// that belong to none, which are the driver's own: a Provider is not asked
	// for it.
	Procedures(ctx context.Context, schema string) ([]ProcedureName, error)
	// Procedure finds a procedure by its names, without regard to case. A name
	// that is not there is an *Error of KindNotFound.
	Procedure(ctx context.Context, schema, name string) (Procedure, error)
}

// ProcedureName is what a listing tells of a procedure.
type ProcedureName struct {
	Schema      string
	Name        string
	Description string
}

// Procedure is one stored procedure. It is immutable and safe for concurrent
// use.
type Procedure interface {
	Info() *ProcedureInfo
	// Call runs the procedure with one value for each of the parameters that
	// take one, in their order and of their types. What was not given is the
	// parameter's default, or NULL; what is required is there and not blank.
	//
	// It returns when the server has done what was asked. The context ends the
	// call and the reading of its results. No result set says that there is
	// nothing to tell.
	Call(ctx context.Context, args []sqltypes.Value, b *Budget) ([]ResultSet, error)
}

// ProcedureInfo describes a procedure. It is shared and must not be changed.
type ProcedureInfo struct {
	Schema      string
	Name        string
	Description string
	// ReadOnly procedures change no data of the system: a connection that is
	// Readonly may call them.
	ReadOnly   bool
	Parameters []Parameter
	// Results are the columns of the first result set, nil where only a call
	// tells them.
	Results []Column
}

// Direction says which way a parameter's value goes. What a procedure gives
// back comes as rows, whatever the direction says.
type Direction uint8

// The directions.
const (
	DirectionIn Direction = iota
	DirectionInOut
	DirectionOut
	DirectionReturn
)

// Takes reports whether a call gives the parameter a value.
func (d Direction) Takes() bool { return d == DirectionIn || d == DirectionInOut }

// Parameter describes one parameter of a procedure.
type Parameter struct {
	Name        string
	Aliases     []string // other names a call may use, such as Permissions for Scope
	Type        sqltypes.Type
	Direction   Direction
	Description string
	// Required parameters must be given a value that is neither NULL nor blank:
	// a call without one is refused before any request.
	Required bool
	// Default is what a parameter is that is not given, NULL if it is left as it
	// is. Where there is a default, NULL means it too.
	Default sqltypes.Value
	// Allowed are the only values of a text, without regard to case; a call
	// gets the spelling that is here. Blank then means the default.
	Allowed []string
	// Secret values are printed nowhere.
	Secret bool
}

// HasDefault reports whether the parameter has a default.
func (p *Parameter) HasDefault() bool { return p.Default.Kind != sqltypes.Null && !p.Default.Null }

// Find returns the position of the parameter that a call may give by a name or
// alias, without regard to case, or -1.
func (p *ProcedureInfo) Find(name string) int {
	alias := -1
	for i := range p.Parameters {
		param := &p.Parameters[i]
		if !param.Direction.Takes() {
			continue
		}
		if strings.EqualFold(param.Name, name) {
			return i
		}
		for _, a := range param.Aliases {
			if alias < 0 && strings.EqualFold(a, name) {
				alias = i
			}
		}
	}
	return alias
}

// ResultSet is one result of a call. The layout of its rows is that of the
// columns' types. Whoever has it closes Rows.
type ResultSet struct {
	Columns []Column
	Rows    BatchReader
}

// NewResultSet makes a result of rows at hand, which hold a value a column.
func NewResultSet(columns []Column, rows ...[]sqltypes.Value) ResultSet {
	return ResultSet{Columns: columns, Rows: &rowsAtHand{rows: rows}}
}

// Types are the types of the columns.
func (r *ResultSet) Types() []sqltypes.Type {
	types := make([]sqltypes.Type, len(r.Columns))
	for i := range r.Columns {
		types[i] = r.Columns[i].Type
	}
	return types
}

type rowsAtHand struct{ rows [][]sqltypes.Value }

func (r *rowsAtHand) Next(ctx context.Context, out *tuple.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(r.rows) == 0 {
		return io.EOF
	}
	out.Reset()
	n := min(len(r.rows), tuple.TargetRows)
	for _, values := range r.rows[:n] {
		row := out.AddRow()
		for c, v := range values {
			if err := out.SetValue(row, c, v); err != nil {
				return err
			}
		}
	}
	r.rows = r.rows[n:]
	return nil
}

func (r *rowsAtHand) Close() error {
	r.rows = nil
	return nil
}
