package sqlengine_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// The expressions that PostgreSQL answered, in the engine's own language: what
// the parser and the binder make of them gives the same values as the
// constructors of package expr.
func TestStatementsAnswerAsPostgreSQL(t *testing.T) {
	own := map[string]string{}
	for _, l := range records(t, "expr/testdata/own.tsv") {
		own[l[0]] = l[1]
	}
	m := erp(t)
	o := sqlengine.Options{Dialect: parse.Postgres, Zone: time.UTC}
	for _, l := range records(t, "expr/testdata/postgres15.tsv") {
		want := l[1]
		if w, ok := own[l[0]]; ok {
			want = w
		}
		assert.Equal(t, want, valueOf(t.Context(), m, o, l[0]), l[0])
	}
}

// valueOf gives the text of an expression's value, or "!" and its SQLSTATE.
func valueOf(ctx context.Context, p providers.Provider, o sqlengine.Options, sql string) string {
	_, rows, err := providertest.Answer(ctx, p, o, "SELECT "+sql)
	var e *providers.Error
	switch {
	case errors.As(err, &e):
		return "!" + e.SQLState()
	case err != nil:
		return err.Error()
	case rows[0][0].Null:
		return "NULL"
	}
	return rows[0][0].Text()
}

func records(t *testing.T, path string) [][]string {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out [][]string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "-- ") {
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}
