// Package render writes the rows of a result as a table for people, or as CSV,
// JSON or JSON lines for programs. It holds no more of a result than it must: a
// table is sized by its first rows, all else passes straight through.
//
// For programs every value is exact: all digits of numbers, bytes as base64 in
// JSON, nothing ever cut. A table shows what a terminal can show: control
// characters as their pictures, and long text cut where a width is given.
//
// It imports the standard library only, and knows no driver.
package render

import (
	"fmt"
	"io"
)

// Column is a column of a result. Type is the SQL name of its type without its
// length, such as DECIMAL, or "" where the driver tells none.
type Column struct {
	Name string
	Type string
}

// Source yields rows. Values are what database/sql hands over: nil, int64,
// float64, bool, string, []byte and time.Time.
type Source interface {
	Columns() []Column
	// Next returns io.EOF after the last row. The row is valid until the next call.
	Next() ([]any, error)
}

// Writer writes one result, or after End another one.
type Writer interface {
	Begin(columns []Column) error
	Row(values []any) error
	// End completes the output. It is not called when the rows broke off, so
	// that half a result cannot pass for a whole one where the format tells.
	End() error
}

// Formats are the names that New knows.
var Formats = []string{"table", "csv", "json", "jsonl"}

// Options are how to write. The zero value is right for files.
type Options struct {
	Null   string // what stands for NULL in CSV
	Width  int    // columns of the terminal; above 0, tables are fitted to it
	Footer bool   // tables end in the number of rows
}

// New makes the writer of a format.
func New(format string, w io.Writer, opt Options) (Writer, error) {
	switch format {
	case "table":
		return &table{w: w, opt: opt}, nil
	case "csv":
		return &csvWriter{w: w, null: opt.Null}, nil
	case "json":
		return &jsonWriter{w: w}, nil
	case "jsonl":
		return &jsonWriter{w: w, lines: true}, nil
	}
	return nil, fmt.Errorf("no format %q; there are table, csv, json and jsonl", format)
}

// Copy writes all rows of src and tells how many those were. After each row it
// calls progress, unless that is nil.
func Copy(dst Writer, src Source, progress func(rows int64)) (rows int64, err error) {
	if err := dst.Begin(src.Columns()); err != nil {
		return 0, err
	}
	for {
		values, err := src.Next()
		if err == io.EOF {
			return rows, dst.End()
		}
		if err != nil {
			return rows, err
		}
		if err := dst.Row(values); err != nil {
			return rows, err
		}
		rows++
		if progress != nil {
			progress(rows)
		}
	}
}

// Flusher is implemented by writers that hold rows back.
type Flusher interface {
	// Flush writes the rows at hand, before an error is reported.
	Flush() error
}
