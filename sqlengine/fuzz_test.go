package sqlengine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// FuzzBinder binds and plans whatever parses, in each dialect, and runs what
// has a plan for a moment: every refusal must be one of this package's errors
// that says of what kind it is, and nothing may panic.
func FuzzBinder(f *testing.F) {
	for _, sql := range fuzzSeeds(f) {
		f.Add(sql, uint8(0))
	}
	m := allTables(f)
	f.Fuzz(func(t *testing.T, sql string, dialect uint8) {
		dialects := []parse.Dialect{parse.ANSI, parse.MySQL, parse.Postgres}
		o := sqlengine.Options{Dialect: dialects[int(dialect)%len(dialects)], Pushdown: dialect&4 != 0, MaxMemory: 1 << 20}
		if len(sql) > 4096 {
			return // long texts are TestDeep's
		}
		if _, err := parse.Parse(sql, parse.Options{Dialect: o.Dialect}); err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, _, err := providertest.Answer(ctx, m, o, sql)
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			return
		}
		var e *providers.Error
		require.ErrorAs(t, err, &e, sql)
		require.NotZero(t, e.Kind, sql)
		require.NotEmpty(t, e.Message, sql)
		require.NotContains(t, e.Message, "exec: ", sql)
		require.NotContains(t, e.Message, "%!", sql)
	})
}

// allTables holds the tables of all of this package's test data.
func allTables(f *testing.F) *providertest.Memory {
	text := ""
	for _, file := range []string{"testdata/erp.txt", "testdata/select/tables.txt", "testdata/windows/tables.txt"} {
		b, err := os.ReadFile(file)
		require.NoError(f, err)
		text += string(b) + "\n"
	}
	text = strings.NewReplacer("table main.", "table Erp.BO.SalesSvc.", "table public.", "table Erp.BO.SalesSvc.").Replace(text)
	m, err := providertest.ParseMemory(text)
	require.NoError(f, err)
	return m
}

// fuzzSeeds are random queries and those of the recorded comparisons.
func fuzzSeeds(f *testing.F) (seeds []string) {
	for seed := range uint64(100) {
		sql, _ := newGenerator(seed).query()
		seeds = append(seeds, sql)
	}
	files, err := filepath.Glob("testdata/*/*.sql")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(f, err)
		for block := range strings.SplitSeq(string(b), "\n\n") {
			if sql, _, ok := strings.Cut(block, "\n----"); ok {
				seeds = append(seeds, strings.TrimSpace(sql))
			}
		}
	}
	return seeds
}
