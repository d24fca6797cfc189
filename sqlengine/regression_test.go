package sqlengine_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
)

// TestWhatWasOnceAnsweredWrongly plays testdata/regressions.txt, each query
// with pushdown, without, and under random verdicts.
func TestWhatWasOnceAnsweredWrongly(t *testing.T) {
	text, err := os.ReadFile("testdata/regressions.txt")
	require.NoError(t, err)
	tables, rest, found := strings.Cut(string(text), "\n== ")
	require.True(t, found)
	m, err := providertest.ParseMemory(tables)
	require.NoError(t, err)
	for record := range strings.SplitSeq(rest, "\n== ") {
		name, body, _ := strings.Cut(record, "\n")
		sql, answer, found := strings.Cut(body, "\n----\n")
		require.True(t, found, "%s: no ----", name)
		t.Run(name, func(t *testing.T) {
			want := strings.Split(strings.TrimSpace(answer), "\n")
			ordered := strings.Contains(sql[strings.LastIndexByte(sql, ')')+1:], "ORDER BY")
			for _, way := range []struct {
				name   string
				over   providers.Provider
				pushed bool
			}{{"with pushdown", m, true}, {"without", m, false}, {"under random verdicts", m.Chaos(uint64(len(sql))), true}} {
				o := here
				o.Pushdown = way.pushed
				_, rows, err := providertest.Answer(t.Context(), way.over, o, sql)
				require.NoError(t, err, way.name)
				got := make([]string, len(rows))
				for i, row := range rows {
					cells := make([]string, len(row))
					for c, v := range row {
						cells[c] = strings.ToLower(v.Text())
						if v.Null {
							cells[c] = "NULL"
						}
					}
					got[i] = strings.Join(cells, " | ")
				}
				if !ordered {
					slices.Sort(got)
					slices.Sort(want)
				}
				assert.Equal(t, want, got, way.name)
			}
		})
	}
}
