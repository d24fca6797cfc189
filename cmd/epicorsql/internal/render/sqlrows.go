package render

import (
	"database/sql"
	"io"
)

// sqlRows reads a *sql.Rows.
type sqlRows struct {
	rows    *sql.Rows
	columns []Column
	values  []any
	targets []any
}

// FromSQL makes a Source of rows, which stay the caller's to close.
func FromSQL(rows *sql.Rows) (Source, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	s := &sqlRows{rows: rows, values: make([]any, len(types)), targets: make([]any, len(types))}
	for i, t := range types {
		s.columns = append(s.columns, Column{Name: t.Name(), Type: t.DatabaseTypeName()})
		s.targets[i] = &s.values[i]
	}
	return s, nil
}

func (s *sqlRows) Columns() []Column { return s.columns }

func (s *sqlRows) Next() ([]any, error) {
	if !s.rows.Next() {
		if err := s.rows.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if err := s.rows.Scan(s.targets...); err != nil {
		return nil, err
	}
	return s.values, nil
}

// fixed is a result at hand.
type fixed struct {
	columns []Column
	rows    [][]any
}

// FromRows makes a Source of rows at hand.
func FromRows(columns []Column, rows [][]any) Source { return &fixed{columns: columns, rows: rows} }

func (f *fixed) Columns() []Column { return f.columns }

func (f *fixed) Next() ([]any, error) {
	if len(f.rows) == 0 {
		return nil, io.EOF
	}
	row := f.rows[0]
	f.rows = f.rows[1:]
	return row, nil
}
