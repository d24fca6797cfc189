package sqlengine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse/xwb"
)

func TestAnEngineReadsWithTheParserThatItsOptionsName(t *testing.T) {
	m := erp(t)
	const sql = "SELECT OrderNum, COUNT(*) FROM Lines WHERE Part LIKE 'A%' GROUP BY OrderNum ORDER BY 1"
	_, want, err := providertest.Answer(t.Context(), m, sqlengine.Options{}, sql)
	require.NoError(t, err)
	_, got, err := providertest.Answer(t.Context(), m, sqlengine.Options{Parser: xwb.Name}, sql)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	_, err = sqlengine.New(m, sqlengine.Options{Parser: xwb.Name}).Prepare("WITH a AS (SELECT 1) SELECT * FROM a")
	var at *providers.Error
	require.ErrorAs(t, err, &at)
	assert.Equal(t, providers.KindSyntax, at.Kind)
	assert.Equal(t, 1, at.Position)
}
