package csvdir_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	csvdir "github.com/epicorerp/epicorerp/examples/provider"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

func TestTheProviderConforms(t *testing.T) {
	providertest.Run(t, providertest.Harness{
		Open: func(*testing.T) providers.Provider { return csvdir.New("testdata/shop") },
		Calls: []providertest.Call{{Procedure: "Head", Arguments: map[string]sqltypes.Value{
			"Table": sqltypes.StringValue("orders"), "Count": sqltypes.IntValue(2)}}},
		Queries: []providertest.Query{
			{SQL: "SELECT o.OrderNum, c.Country FROM Orders o LEFT JOIN Customers c ON c.Name = o.Customer ORDER BY o.OrderNum", Ordered: true},
			{SQL: "SELECT Customer, SUM(Amount), COUNT(*) FROM Orders WHERE OrderNum = 3 OR Customer = 'Addison' GROUP BY Customer"},
		},
	})
}

func open(t *testing.T, directory string) *sql.DB {
	t.Helper()
	cfg := epicorerp.NewConfig()
	cfg.Provider, cfg.URL = epicorerp.ProviderOData, "https://no.server.invalid"
	connector, err := epicorerp.NewConnector(cfg, epicorerp.WithProvider(csvdir.New(directory)))
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

func TestTheWholeOfSQLRunsOverFiles(t *testing.T) {
	db := open(t, "testdata/shop")
	var customer, total string
	require.NoError(t, db.QueryRow(`SELECT c.Name, SUM(o.Amount) FROM Customers c JOIN Orders o ON o.Customer = c.Name
		WHERE o.Placed >= DATE '2026-01-01' GROUP BY c.Name ORDER BY SUM(o.Amount) DESC LIMIT 1`).Scan(&customer, &total))
	assert.Equal(t, []string{"Addison", "1320.50"}, []string{customer, total}, "decimals keep their digits")
}

func TestAProcedureIsCalledBySQL(t *testing.T) {
	var line int
	var text string
	require.NoError(t, open(t, "testdata/shop").QueryRow("EXEC Head @Table = 'customers', @Count = 1").Scan(&line, &text))
	assert.Equal(t, 1, line)
	assert.Contains(t, text, "Name VARCHAR")
}

func TestDamagedFilesAreErrorsAndNotFewerRows(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"a type that there is not":   {"A FLOAT\n1\n", "line 1: the column A has no type"},
		"a field of another type":    {"A INTEGER\n1\nx\n", "line 3: A is no INTEGER"},
		"a number that is too large": {"A INTEGER\n3000000000\n", "line 2: A is no INTEGER"},
		"an empty field":             {"A INTEGER NOT NULL,B VARCHAR\n1,x\n,y\n", "line 3: A is empty, and NOT NULL"},
		"a line that is short":       {"A INTEGER,B VARCHAR\n1,x\n2\n", "line 3"},
		"a quote that is left open":  {"A INTEGER,B VARCHAR\n1,\"x\n", "line 2"},
		"a file without a line":      {"", "line 1: no line of column names"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "T.csv"), []byte(test.file), 0o600))
			rows, err := open(t, dir).Query("SELECT * FROM T")
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
				rows.Close()
			}
			require.ErrorIs(t, err, epicorerp.ErrResponse)
			assert.ErrorContains(t, err, "T.csv, "+test.want)
		})
	}
}

// The excerpts of PROVIDERS.md are the code that is tested here.
func TestTheGuideShowsTheCodeThatIsTested(t *testing.T) {
	guide, err := os.ReadFile("../../PROVIDERS.md")
	require.NoError(t, err)
	var code strings.Builder
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		code.Write(text)
	}
	excerpts := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	require.NotEmpty(t, excerpts)
	for _, e := range excerpts {
		assert.Contains(t, code.String(), e[1])
	}
}
