package providertest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// What follows makes requests and reads their rows in a provider's own tests,
// without an engine.

// Ref is a column of a table by its name.
func Ref(t testing.TB, tab providers.Table, name string) *providers.ColumnRef {
	t.Helper()
	i := tab.Info().Find(name)
	if i < 0 {
		t.Fatalf("%s has no column %s", tab.Info().Name, name)
	}
	return &providers.ColumnRef{Column: i, Name: name, T: tab.Info().Columns[i].Type}
}

// Columns are the positions of columns by their names, between which blanks may
// stand.
func Columns(t testing.TB, tab providers.Table, names ...string) []int {
	t.Helper()
	var list []int
	for _, n := range strings.Fields(strings.Join(names, " ")) {
		list = append(list, Ref(t, tab, n).Column)
	}
	return list
}

// Condition compares a column with constants.
func Condition(t testing.TB, tab providers.Table, name string, f providers.Func, values ...sqltypes.Value) providers.Predicate {
	t.Helper()
	args := []providers.Expr{Ref(t, tab, name)}
	for _, v := range values {
		args = append(args, &providers.Const{Value: v})
	}
	return boolCall(f, args...)
}

// Rows reads what a request gives, as Lines. With an error come the rows that
// were read before it.
func Rows(ctx context.Context, tab providers.Table, r *providers.ScanRequest) ([]string, error) {
	p, err := tab.Plan(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, err := scanned(ctx, p)
	return Lines(rows), err
}

// MustRows are the Rows of a request that must not fail.
func MustRows(t testing.TB, tab providers.Table, r *providers.ScanRequest) []string {
	t.Helper()
	rows, err := Rows(t.Context(), tab, r)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Lines are rows as text, values with | between them.
func Lines(rows [][]sqltypes.Value) []string {
	var lines []string
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, v := range row {
			if cells[i] = v.Text(); v.Null {
				cells[i] = "NULL"
			}
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return lines
}

// Failure is the error of a provider, which must be of the kind.
func Failure(t testing.TB, err error, kind providers.Kind) *providers.Error {
	t.Helper()
	var e *providers.Error
	if !errors.Is(err, kind) || !errors.As(err, &e) {
		t.Fatalf("want an error of the kind %q, this is %v", kind, err)
	}
	return e
}
