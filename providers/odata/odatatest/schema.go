package odatatest

import (
	"fmt"
	"slices"
)

// Column is a primitive property of an entity type.
type Column struct {
	Name      string
	Type      Type
	MaxLength int // facet of strings and binaries, 0: not stated
	Precision int // facet of decimals, 0: not stated
	Scale     int // facet of decimals, stated with Precision
	Nullable  bool
	// Computed marks a column that exists only in the service's answer, not in
	// its database. Under WithRefusedColumns it cannot be filtered or sorted by.
	Computed bool
	// Ordinal marks a Guid column that numbers the rows of each answer from 1,
	// as the RowIdent of a BAQ does; its values in the Source are not used.
	Ordinal bool
	Enum    string // name of the Enum, for EdmEnum
	Kept    Kept   // how conditions see it
}

// Navigation leads from a row to rows of another set of the same schema whose
// columns equal.
type Navigation struct {
	Name   string
	Target string      // entity set
	Many   bool        // a collection, else at most one row
	On     [][2]string // pairs of a column here and a column there
}

// Set is an entity set together with its rows.
type Set struct {
	Name    string
	Type    string // name of the entity type
	Columns []Column
	Key     []string // none for a keyless, read-only set
	// MetadataKey is the key that $metadata names while the rows are kept in
	// their own order and cannot be addressed. It needs an empty Key.
	MetadataKey []string
	Navigations []Navigation
	// Contained entities are reached through those that lead to them alone: the
	// set is not in the container.
	Contained bool
	// Container is that of the set where it is not the schema's, which is the
	// default one. V2 and V3 address it as Container.Set; V4 has one alone.
	Container string
	ETag      string // name of the column whose value makes the ETag, "" for none
	ReadOnly  bool
	Rows      Source
}

// Enum is an enumeration type (V4 only; V3 shows such columns as Edm.Int64).
type Enum struct {
	Name    string
	Flags   bool
	Members []EnumMember
}

// EnumMember is a name and its value.
type EnumMember struct {
	Name  string
	Value int64
}

// Schema is everything that $metadata describes.
type Schema struct {
	Namespace string
	Container string
	Enums     []Enum
	Sets      []*Set
	// Actions are unbound actions listed in the metadata; the Handler itself
	// does not answer them.
	Actions []Action
}

// Action is an operation as the metadata of V4 lists it.
type Action struct {
	Name       string
	Parameters []Parameter
	Returns    string // qualified type, "" for nothing
}

// Parameter is one of an action.
type Parameter struct{ Name, Type string }

// Source gives the rows of a set by position. The rows must lie in the order
// of the set's key, compared by value (strings by bytes). At must be safe for
// concurrent use and give the same answer every time.
type Source interface {
	Len() int
	At(row, col int) Value
}

// Snapshotter is a Source that can change: every request reads from one
// snapshot.
type Snapshotter interface {
	Source
	Snapshot() Source
}

type rowSource [][]Value

func (r rowSource) Len() int              { return len(r) }
func (r rowSource) At(row, col int) Value { return r[row][col] }

// Rows makes a Source of Go values, one slice a row in the order of the
// columns; see Convert for what each type takes. The rows may come in any
// order.
func Rows(columns []Column, rows ...[]any) (Source, error) {
	out := make(rowSource, len(rows))
	for i, r := range rows {
		if len(r) != len(columns) {
			return nil, fmt.Errorf("row %d has %d values for %d columns", i, len(r), len(columns))
		}
		out[i] = make([]Value, len(r))
		for c, x := range r {
			v, err := Convert(x, columns[c].Type)
			if err != nil {
				return nil, fmt.Errorf("row %d, column %s: %w", i, columns[c].Name, err)
			}
			out[i][c] = v
		}
	}
	return out, nil
}

// ValueRows makes a Source of rows that are Values already, in any order.
func ValueRows(rows [][]Value) Source { return rowSource(rows) }

// address is how a path names the set.
func (s *Set) address() string {
	if s.Container != "" {
		return s.Container + "." + s.Name
	}
	return s.Name
}

func (s *Set) column(name string) int {
	return slices.IndexFunc(s.Columns, func(c Column) bool { return c.Name == name })
}

func (s *Set) navigation(name string) *Navigation {
	for i := range s.Navigations {
		if s.Navigations[i].Name == name {
			return &s.Navigations[i]
		}
	}
	return nil
}

func (s *Schema) check() error {
	for _, set := range s.Sets {
		for _, k := range set.Key {
			if set.column(k) < 0 {
				return fmt.Errorf("set %s: key column %s is not a column", set.Name, k)
			}
		}
		if set.ETag != "" && set.column(set.ETag) < 0 {
			return fmt.Errorf("set %s: ETag column %s is not a column", set.Name, set.ETag)
		}
		for _, n := range set.Navigations {
			i := slices.IndexFunc(s.Sets, func(t *Set) bool { return t.Name == n.Target })
			if i < 0 {
				return fmt.Errorf("set %s: navigation %s leads to the unknown set %s", set.Name, n.Name, n.Target)
			}
			for _, on := range n.On {
				if set.column(on[0]) < 0 || s.Sets[i].column(on[1]) < 0 {
					return fmt.Errorf("set %s: navigation %s joins %s=%s, one of which is unknown", set.Name, n.Name, on[0], on[1])
				}
			}
		}
	}
	return nil
}
