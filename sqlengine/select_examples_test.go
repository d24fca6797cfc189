package sqlengine_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
)

// TestSelectByExample plays testdata/select/examples.txtar: what PostgreSQL has
// no word for, and what errors say and point to. The tables are those of
// testdata/select/tables.txt.
func TestSelectByExample(t *testing.T) {
	text, err := os.ReadFile("testdata/select/tables.txt")
	require.NoError(t, err)
	m, err := providertest.ParseMemory(string(text))
	require.NoError(t, err)
	playGolden(t, "testdata/select/examples.txtar", func(t *testing.T, sql string, args []sqlengine.Arg) string {
		first := answerText(t, m, sqlengine.Options{Pushdown: true}, sql, args)
		assert.Equal(t, first, answerText(t, m, sqlengine.Options{}, sql, args), "with pushdown on and off")
		return first
	})
}
