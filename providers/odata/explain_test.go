package odata

import (
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
)

// explained are the statements whose plans are kept as a golden file, for each
// version.
var explained = []string{
	"SELECT ID, Name FROM Orders WHERE ID = 12",
	"SELECT ID FROM Orders WHERE ID IN (10, 11, 14) AND Price > 1.50",
	"SELECT ID FROM Orders WHERE Qty <> 5 OR Qty IS NULL",
	"SELECT ID FROM Orders WHERE NOT (Qty < 5 AND Price >= 2)",
	"SELECT ID FROM Orders WHERE Name = 'x'",
	"SELECT ID FROM Orders WHERE Name LIKE 'N%me%5' AND Name <> 'x'",
	"SELECT ID FROM Orders WHERE At >= TIMESTAMPTZ '2024-02-29 12:00:00Z'",
	"SELECT ID FROM Orders ORDER BY Qty DESC, ID DESC LIMIT 3",
	"SELECT ID FROM Orders ORDER BY Name LIMIT 3",
	"SELECT ID FROM Orders ORDER BY ID LIMIT 3 OFFSET 2",
	"SELECT COUNT(*) FROM Orders WHERE Big > 9007199254740993",
	"SELECT COUNT(*), MAX(Qty) FROM Orders",
	"SELECT Text FROM Log",
	"SELECT * FROM Orders_Lines WHERE Orders_ID = 12 AND Line > 1",
	"SELECT o.Name, l.Text FROM Orders o JOIN Lines l ON l.OrderID = o.ID WHERE o.ID = 12",
	"SELECT Name FROM Orders o WHERE Qty > 5 AND EXISTS (SELECT 1 FROM Lines l WHERE l.OrderID = o.ID AND l.Line > 2) LIMIT 3",
	"SELECT COUNT(*) FROM Orders o WHERE NOT EXISTS (SELECT 1 FROM Orders_Lines l WHERE l.Orders_ID = o.ID AND l.Line > 2)",
	"SELECT ID FROM Orders WHERE ID IN (SELECT OrderID FROM Lines WHERE Text = 'x')",
}

// aggregatedThere are those of a service that announces $apply.
var aggregatedThere = []string{
	"SELECT Rev, COUNT(*), SUM(ID) FROM Orders WHERE ID > 12 GROUP BY Rev",
	"SELECT COUNT(Qty), AVG(Qty), MAX(Price) FROM Orders",
	"SELECT Name, COUNT(*) FROM Orders GROUP BY Name",
}

func TestPlansAreExplained(t *testing.T) {
	var b strings.Builder
	for _, test := range []struct {
		name       string
		version    odatatest.Version
		statements []string
		options    []odatatest.Option
	}{
		{"V4", odatatest.V4, explained, nil}, {"V3", odatatest.V3, explained, nil}, {"V2", odatatest.V2, explained, nil},
		{"V4 with $apply", odatatest.V4, aggregatedThere, []odatatest.Option{odatatest.WithApply(odatatest.Applying{})}},
	} {
		srv := odatatest.NewServer(test.version, shop(t, 40), append(test.options, odatatest.WithPageSize(7))...)
		defer srv.Close()
		p, err := providers.Open("odata", providers.Options{Properties: map[string]string{"URL": srv.URL, "Service": "Shop"},
			Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		require.NoError(t, err)
		defer p.Close()
		for _, sql := range test.statements {
			_, rows, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, "EXPLAIN "+sql)
			require.NoError(t, err, sql)
			b.WriteString("# " + test.name + ": " + sql + "\n")
			for _, r := range rows {
				line, err := url.PathUnescape(r[0].S)
				if err != nil {
					line = r[0].S
				}
				b.WriteString(strings.ReplaceAll(line, srv.URL+"/", "") + "\n")
			}
			b.WriteString("\n")
		}
	}
	const golden = "testdata/explain.txt"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String(), "run the test with -update if this is right")
}
