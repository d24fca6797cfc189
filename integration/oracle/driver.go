package oracle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// AskDriver runs a query through the driver; types are those of the wanted answer.
func AskDriver(ctx context.Context, db *sql.DB, types []Type, query string, args ...any) (a Answer, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return a, err
	}
	if len(columns) != len(types) {
		return a, fmt.Errorf("%d columns came, %d are wanted: %q", len(columns), len(types), columns)
	}
	a.Types = types
	for rows.Next() {
		values := make([]any, len(types))
		targets := make([]any, len(types))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return a, err
		}
		row := make([]Cell, len(types))
		for i, v := range values {
			if row[i], err = FromDriver(types[i], v); err != nil {
				return a, fmt.Errorf("column %s: %w", columns[i], err)
			}
		}
		a.Rows = append(a.Rows, row)
	}
	return a, rows.Err()
}

// ExplainDriver returns the lines of a query's EXPLAIN.
func ExplainDriver(ctx context.Context, db *sql.DB, query string) (text string, err error) {
	rows, err := db.QueryContext(ctx, "EXPLAIN "+query)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var lines strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return "", err
		}
		lines.WriteString(line + "\n")
	}
	return lines.String(), rows.Err()
}
