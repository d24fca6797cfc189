package sqlengine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
)

func TestMaxRowsCutsRowsAndLeavesAggregatesAlone(t *testing.T) {
	m := erp(t)
	for _, c := range []struct {
		name, sql string
		rows      int
	}{
		{"rows are cut", "SELECT Part FROM Lines", 2},
		{"a smaller limit holds", "SELECT Part FROM Lines ORDER BY 1 LIMIT 1", 1},
		{"a larger limit is cut", "SELECT Part FROM Lines ORDER BY 1 LIMIT 5", 2},
		{"groups are not", "SELECT Company, OrderNum, COUNT(*) FROM Lines GROUP BY 1, 2", 5},
		{"groups above a constant subquery are not", "SELECT OrderNum, COUNT(*) FROM Lines WHERE Line >= (SELECT MIN(Line) FROM Lines) GROUP BY 1 ORDER BY 2, 1", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, pushdown := range []bool{true, false} {
				_, rows, err := providertest.Answer(t.Context(), m, sqlengine.Options{Pushdown: pushdown, MaxRows: 2}, c.sql)
				require.NoError(t, err)
				assert.Len(t, rows, c.rows)
			}
		})
	}
}
