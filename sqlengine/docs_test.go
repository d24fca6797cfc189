package sqlengine_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/providertest"
)

// TestTheQueriesOfTheDocumentationRun runs every query that docs/sql.md shows,
// with pushdown and without.
func TestTheQueriesOfTheDocumentationRun(t *testing.T) {
	text, err := os.ReadFile("../docs/sql.md")
	require.NoError(t, err)
	m := erp(t)
	blocks := strings.Split(string(text), "```sql\n")[1:]
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		sql, _, closed := strings.Cut(block, "```")
		require.True(t, closed)
		first, _, _ := strings.Cut(sql, "\n")
		t.Run(first, func(t *testing.T) {
			_, want, err := providertest.Answer(t.Context(), m, here, sql)
			require.NoError(t, err, sql)
			assert.NotEmpty(t, want, sql)
			if strings.HasPrefix(sql, "EXPLAIN") {
				return
			}
			_, got, err := providertest.Answer(t.Context(), m, pushed, sql)
			require.NoError(t, err, sql)
			assert.Empty(t, providertest.Differ(got, want, false), sql)
		})
	}
}
