package epicorerp

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func viewsFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "UserDefinedViews.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestViewsOfAFileAreThereFromTheFirstConnection(t *testing.T) {
	path := viewsFile(t, "\xEF\xBB\xBF"+`{
		"OpenOrders": {"query": "SELECT ID, Name FROM Orders WHERE Open"},
		"Counted": {"comment": "ours", "query": "SELECT COUNT(*) AS n FROM OpenOrders"}
	}`)
	for name, schema := range map[string]string{"UserViews": "", "Mine": "UserViewsSchemaName=Mine;"} {
		t.Run(name, func(t *testing.T) {
			db := open(t, shop(t, 9), "UserDefinedViews="+path+";"+schema)
			var n int
			require.NoError(t, db.QueryRow("SELECT n FROM "+name+".Counted").Scan(&n))
			assert.Equal(t, 3, n)
			require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM OpenOrders WHERE ID > 1").Scan(&n))
			assert.Equal(t, 2, n)
			raw(t, db, func(c *Conn) {
				tables, err := c.Tables(t.Context(), name)
				require.NoError(t, err)
				require.Len(t, tables, 2)
				assert.Equal(t, "Counted", tables[0].Name)
				info, err := c.Describe(t.Context(), "", "OpenOrders")
				require.NoError(t, err)
				require.Len(t, info.Columns, 2)
				assert.Equal(t, "ID", info.Columns[0].Name)
			})
		})
	}
}

func TestAFileOfViewsThatIsWrongSaysWhere(t *testing.T) {
	for name, test := range map[string]struct{ text, message string }{
		"no object":          {`["a"]`, `line 1, column 1: expected an object: {"MyView": {"query": "SELECT …"}}`},
		"cut off":            {"{\n  \"A\": {\"query\": \"SELECT 1\"},\n", "line 2, column 30: the text ends too soon"},
		"no JSON":            {"{\n  \"A\": {\"query\" \"SELECT 1\"}\n}", `view "A": line 2, column `},
		"no query":           {"{\n  \"A\": {\"text\": \"SELECT 1\"}}", `line 2, column 6: view "A" has no "query"`},
		"a query of numbers": {`{"A": {"query": 1}}`, `view "A": line 1, column 5: expected {"query": "SELECT …"}, found number`},
		"more than one":      {`{} {}`, "line 1, column 5: something follows the object"},
		"no SQL":             {`{"A": {"query": "SELECT 1"}, "B": {"query": "SELECT\nFORM x y z"}}`, `view "B": syntax error: line 2, column 8: `},
		"no query in SQL":    {`{"A": {"query": "USE x"}}`, `view "A": syntax error: it is no query, such as SELECT`},
		"two of a name":      {`{"A": {"query": "SELECT 1 AS x"}, "a": {"query": "SELECT 2 AS x"}}`, `view "a": conflict: there is a view of this name already`},
		"a parameter":        {`{"A": {"query": "SELECT ? AS x"}}`, `view "A": parameter: `},
	} {
		t.Run(name, func(t *testing.T) {
			path := viewsFile(t, test.text)
			db := open(t, shop(t, 1), "UserDefinedViews="+path)
			err := db.Ping()
			require.ErrorIs(t, err, ErrProperty)
			assert.ErrorContains(t, err, `property "UserDefinedViews": `+path+": "+test.message)

			require.NoError(t, os.WriteFile(path, []byte(`{"A": {"query": "SELECT 1 AS x"}}`), 0o600))
			var x int
			require.NoError(t, db.QueryRow("SELECT x FROM A").Scan(&x), "a file that was mended is read again")
		})
	}
	_, err := open(t, shop(t, 1), "UserDefinedViews="+filepath.Join(t.TempDir(), "none.json")).Query("SELECT 1")
	require.ErrorIs(t, err, ErrProperty)
	assert.ErrorContains(t, err, "none.json")
}

func TestViewsBelongToAllConnectionsAndTemporaryTablesToOne(t *testing.T) {
	db := open(t, shop(t, 30), "")
	ctx := t.Context()
	one, err := db.Conn(ctx)
	require.NoError(t, err)
	two, err := db.Conn(ctx)
	require.NoError(t, err)
	_, err = one.ExecContext(ctx, "CREATE LOCAL VIEW Few AS SELECT ID FROM Orders WHERE ID <= 5")
	require.NoError(t, err)
	result, err := one.ExecContext(ctx, "INSERT INTO Picked#TEMP (ID, Note) VALUES (?, ?), (?, ?)", 3, "three", 7, nil)
	require.NoError(t, err)
	affected, err := result.RowsAffected()
	require.NoError(t, err)
	assert.EqualValues(t, 2, affected)

	var n int
	require.NoError(t, two.QueryRowContext(ctx, "SELECT COUNT(*) FROM Few").Scan(&n))
	assert.Equal(t, 5, n)
	require.NoError(t, one.QueryRowContext(ctx, "SELECT COUNT(*) FROM Few f JOIN Picked#TEMP p ON p.ID = f.ID").Scan(&n))
	assert.Equal(t, 1, n)
	err = two.QueryRowContext(ctx, "SELECT COUNT(*) FROM Picked#TEMP").Scan(&n)
	require.ErrorIs(t, err, ErrNotFound)
	assert.ErrorContains(t, err, "keep one with db.Conn")

	require.NoError(t, one.Close())
	require.NoError(t, two.Close())
	db.SetMaxOpenConns(1)
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM Picked#TEMP").Scan(&n)
	assert.ErrorIs(t, err, ErrNotFound, "the pool has reset the connection")
	require.NoError(t, db.QueryRowContext(ctx, "SELECT COUNT(*) FROM Few").Scan(&n), "a view stays")
}

func TestRowsUnderWayStayWhatTheyWere(t *testing.T) {
	db := open(t, shop(t, 1), "")
	ctx := t.Context()
	conn, err := db.Conn(ctx)
	require.NoError(t, err)
	defer conn.Close()
	exec := func(text string) {
		_, err := conn.ExecContext(ctx, text)
		require.NoError(t, err, text)
	}
	exec("INSERT INTO x#TEMP (n) VALUES (1), (2)")
	rows, err := conn.QueryContext(ctx, "SELECT n FROM x#TEMP")
	require.NoError(t, err)
	defer rows.Close()
	require.True(t, rows.Next())
	for range 5 {
		exec("INSERT INTO x#TEMP (n) VALUES (3)")
	}
	exec("DELETE FROM x#TEMP WHERE n < 3")
	exec("DROP TABLE x#TEMP")
	seen := 1
	for rows.Next() {
		seen++
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, 2, seen)
}

func TestTemporaryTablesAreHeldToTheMemoryOfAQuery(t *testing.T) {
	db := open(t, shop(t, 2000), "MaxMemory=1MiB")
	ctx := t.Context()
	conn, err := db.Conn(ctx)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "INSERT INTO x#TEMP SELECT ID, REPEAT('x', 100) AS s FROM Orders")
	require.NoError(t, err)
	for i := 0; err == nil && i < 20; i++ {
		_, err = conn.ExecContext(ctx, "INSERT INTO x#TEMP SELECT ID, REPEAT('x', 100) AS s FROM Orders")
	}
	require.ErrorIs(t, err, ErrMemory)
	assert.ErrorContains(t, err, "temporary table x#TEMP needs more memory")
	var n int
	require.NoError(t, conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM x#TEMP").Scan(&n))
	assert.Zero(t, n%2000, "a statement that failed has put in nothing")
	_, err = conn.ExecContext(ctx, "DELETE FROM x#TEMP")
	require.NoError(t, err)
	_, err = conn.ExecContext(ctx, "INSERT INTO x#TEMP SELECT ID, REPEAT('x', 100) AS s FROM Orders")
	require.NoError(t, err, "the memory of rows that are gone is free")
	for i := range 3000 {
		_, err = conn.ExecContext(ctx, "INSERT INTO y#TEMP (n) VALUES (?)", i)
		require.NoError(t, err, "small statements take little memory")
	}
	require.NoError(t, conn.QueryRowContext(ctx, "SELECT SUM(n) FROM y#TEMP").Scan(&n))
	assert.Equal(t, 2999*3000/2, n)
}

func TestViewsAndTemporaryTablesAreUsedByManyAtOnce(t *testing.T) {
	db := open(t, shop(t, 10), "")
	_, err := db.Exec("CREATE LOCAL VIEW Some AS SELECT ID FROM Orders WHERE ID <= 4")
	require.NoError(t, err)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			ctx := t.Context()
			conn, err := db.Conn(ctx)
			if !assert.NoError(t, err) {
				return
			}
			defer conn.Close()
			for i := range 20 {
				_, err = conn.ExecContext(ctx, "INSERT INTO x#TEMP (n) VALUES (?)", worker)
				assert.NoError(t, err)
				_, err = conn.ExecContext(ctx, "CREATE OR REPLACE LOCAL VIEW Some AS SELECT ID FROM Orders WHERE ID <= 4")
				assert.NoError(t, err)
				var n int
				assert.NoError(t, conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM Some CROSS JOIN x#TEMP").Scan(&n))
				assert.Equal(t, 4*(i+1), n)
			}
		})
	}
	wg.Wait()
}

func TestTheCatalogOfAServiceIsOneDocument(t *testing.T) {
	s := shop(t, 3)
	db := open(t, s, "ConnectOnOpen=false")
	for query, want := range map[string]string{
		"SELECT SchemaName FROM sys_schemas WHERE SchemaName NOT IN ('sys', 'information_schema')":                 "Shop",
		"SELECT TableName FROM sys_tables WHERE TableType = 'TABLE'":                                               "Orders",
		"SELECT ColumnName FROM sys_primarykeys":                                                                   "ID",
		"SELECT column_type FROM information_schema.columns WHERE table_name = 'Orders' AND column_name = 'Price'": "decimal(18,4)",
		"SELECT COUNT(*) FROM information_schema.columns c JOIN information_schema.tables t ON t.table_name = c.table_name AND t.table_schema = c.table_schema WHERE t.table_type = 'BASE TABLE'": "5",
		"SHOW TABLES LIKE 'O%'": "Orders",
	} {
		var got string
		require.NoError(t, db.QueryRow(query).Scan(&got), query)
		assert.Equal(t, want, got, query)
	}
	assert.Equal(t, 1, s.Count(), "its metadata")
}
