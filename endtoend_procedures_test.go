package epicorerp_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// TestServiceMethodsThroughDatabaseSQL calls methods and functions of a Kinetic
// server as procedures, whose tables are result sets.
func TestServiceMethodsThroughDatabaseSQL(t *testing.T) {
	s := epicortest.NewServer()
	t.Cleanup(s.Close)
	db, err := sql.Open("epicorerp", s.DSN("v2"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

	t.Run("each table of the dataset is a result set", func(t *testing.T) {
		rows, err := db.Query("EXEC [Erp.BO.SalesOrderSvc].GetByID @orderNum = ?", 5004)
		require.NoError(t, err)
		defer func() { _ = rows.Close() }()
		var counts []int
		for {
			n := 0
			for rows.Next() {
				n++
			}
			if counts = append(counts, n); !rows.NextResultSet() {
				break
			}
		}
		require.NoError(t, rows.Err())
		assert.Equal(t, []int{1, 5, 5}, counts, "OrderHed, OrderDtl and OrderRel")
	})
	t.Run("a function gives its outputs", func(t *testing.T) {
		var total, text string
		require.NoError(t, db.QueryRow("CALL \"efx.OrderTools\".Multiply(?, ?)", "12345678901234567.89", 2).Scan(&total, &text))
		assert.Equal(t, "12345678901234567.89", total)
	})
	t.Run("they are listed with their parameters", func(t *testing.T) {
		var name, typ string
		require.NoError(t, db.QueryRow("SELECT ColumnName, DataTypeName FROM sys_procedureparameters WHERE SchemaName = 'Erp.BO.CustomerSvc' AND ProcedureName = 'GetByID'").Scan(&name, &typ))
		assert.Equal(t, "custNum INTEGER", name+" "+typ)
	})
	t.Run("a connection that is Readonly refuses what may change something", func(t *testing.T) {
		ro, err := sql.Open("epicorerp", s.DSN("v2")+";Readonly=true")
		require.NoError(t, err)
		defer func() { require.NoError(t, ro.Close()) }()
		_, err = ro.Exec("EXEC [Erp.BO.SalesOrderSvc].CloseOrder 5002")
		require.ErrorIs(t, err, epicorerp.ErrUnsupported)
		_, err = ro.Exec("EXEC [Erp.BO.CustomerSvc].GetByID 2")
		require.NoError(t, err)
	})
}
