package odata_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/epicorerp/epicorerp"

	"github.com/epicorerp/epicorerp/integration/oracle"
)

// pushdowns are the two settings between which no answer may differ.
var pushdowns = []struct{ name, property string }{
	{"with pushdown", ""},
	{"without pushdown", ";Pushdown=off"},
}

// eachService runs a test on every service with both settings of pushdown.
func eachService(t *testing.T, test func(*testing.T, *recorder, *sql.DB)) {
	for _, service := range services {
		for _, p := range pushdowns {
			t.Run(service.name+" "+p.name, func(t *testing.T) { test(t, service, open(t, service, p.property)) })
		}
	}
}

// open opens the driver on a service.
func open(t *testing.T, service *recorder, properties string) *sql.DB {
	t.Helper()
	db, err := sql.Open("epicorerp", "Provider=OData;AuthScheme=None;URL="+service.url+properties)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// ask runs a query through the driver; types are those of the wanted answer.
func ask(ctx context.Context, db *sql.DB, types []oracle.Type, query string, args ...any) (a oracle.Answer, err error) {
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
		row := make([]oracle.Cell, len(types))
		for i, v := range values {
			if row[i], err = oracle.FromDriver(types[i], v); err != nil {
				return a, fmt.Errorf("column %s: %w", columns[i], err)
			}
		}
		a.Rows = append(a.Rows, row)
	}
	return a, rows.Err()
}
