package providers

import (
	"context"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Table is one table of a provider. It is immutable and safe for concurrent use.
type Table interface {
	Info() *TableInfo
	// Plan answers a request. It does no I/O: requests are made by Open and
	// what it returns. A request that cannot be served at all, such as a
	// mandatory input that has no value, is an *Error.
	Plan(ctx context.Context, r *ScanRequest) (*ScanPlan, error)
}

// InputTable is a Table that takes inputs which its metadata does not tell,
// such as a BAQ whose server lists no parameters: a name that is no column but
// is compared with "=" to a constant is sent as that input.
type InputTable interface {
	Table
	// WithInput returns the same table with one more hidden input column at
	// the end of its columns.
	WithInput(name string) Table
}

// TableInfo describes a table. It is shared and must not be changed.
type TableInfo struct {
	Schema      string
	Name        string
	Description string
	View        bool // read-only by nature
	Columns     []Column
	Key         []int // positions of the key columns, in key order; empty if there is none
	Navigations []Navigation
	Rows        int64 // estimate, or Unknown
}

// Unknown is an estimate that nobody can give.
const Unknown int64 = -1

// Column describes one column.
type Column struct {
	Name        string   // in the metadata's spelling
	Aliases     []string // other names a query may use, such as Company for Company1
	Type        sqltypes.Type
	Nullable    bool
	Description string
	// Hidden columns are not part of SELECT *.
	Hidden bool
	// Input columns are parameters of the source: a predicate "= constant" on
	// one is always offered, must be answered Exact, and the column reads as
	// that constant (NULL when no predicate gave one). Providers hide them.
	Input bool
	// Required inputs must be given a value.
	Required bool
	// ReadOnly columns cannot be written.
	ReadOnly bool
}

// Navigation is a relation along which a row's related rows can be read.
type Navigation struct {
	Name       string
	Schema     string // of the related table
	Table      string
	Collection bool // to many
	// Pairs are the equal columns: positions here, names there. A navigation
	// without pairs cannot be recognised in a join.
	Pairs []ColumnPair
}

// ColumnPair is one equality of a relation.
type ColumnPair struct {
	Column int
	Other  string
}

// Find returns the position of a column by name or alias, without regard to
// case, or -1. An exact spelling wins over one that differs in case, a name
// over an alias.
func (t *TableInfo) Find(name string) int {
	fold, alias := -1, -1
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Name == name {
			return i
		}
		if fold < 0 && strings.EqualFold(c.Name, name) {
			fold = i
		}
		for _, a := range c.Aliases {
			if alias < 0 && strings.EqualFold(a, name) {
				alias = i
			}
		}
	}
	if fold >= 0 {
		return fold
	}
	return alias
}

// Types returns the types of the columns at the given positions.
func (t *TableInfo) Types(columns []int) []sqltypes.Type {
	types := make([]sqltypes.Type, len(columns))
	for i, c := range columns {
		types[i] = t.Columns[c].Type
	}
	return types
}
