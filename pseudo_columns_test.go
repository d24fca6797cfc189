package epicorerp_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

func TestPseudoColumnsShowInputs(t *testing.T) {
	srv := epicortest.NewServer()
	t.Cleanup(srv.Close)
	for name, test := range map[string]struct {
		property string
		shown    bool
	}{
		"inputs are hidden by themselves":     {"", false},
		"a named input is shown":              {`;PseudoColumns="PartsByVendor=CurrentPlant"`, true},
		"all inputs are shown":                {";PseudoColumns=*=*", true},
		"an input of another table is hidden": {`;PseudoColumns="OtherBAQ=CurrentPlant"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := sql.Open("epicorerp", srv.DSN("v2")+test.property)
			require.NoError(t, err)
			defer db.Close()
			rows, err := db.QueryContext(t.Context(), "SELECT * FROM BaqSvc.PartsByVendor WHERE CurrentPlant = 'MfgSys' LIMIT 1")
			require.NoError(t, err)
			defer rows.Close()
			columns, err := rows.Columns()
			require.NoError(t, err)
			if !test.shown {
				assert.NotContains(t, columns, "CurrentPlant")
				return
			}
			assert.Contains(t, columns, "CurrentPlant")
			require.True(t, rows.Next())
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			require.NoError(t, rows.Scan(into...))
			assert.Contains(t, values, "MfgSys", "the column reads as the value that was given")
		})
	}
}
