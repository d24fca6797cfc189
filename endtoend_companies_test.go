package epicorerp_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// TestCompaniesThroughDatabaseSQL reads several companies of a Kinetic server,
// those that are named and all that the user may see, and chooses among them.
func TestCompaniesThroughDatabaseSQL(t *testing.T) {
	s := epicortest.NewServer()
	t.Cleanup(s.Close)
	for _, version := range []string{"v1", "v2"} {
		for _, companies := range []string{"EPIC06,EPIC07", "*"} {
			t.Run(version+" with Company="+companies, func(t *testing.T) {
				db, err := sql.Open("epicorerp", strings.Replace(s.DSN(version), "Company=EPIC06", `Company="`+companies+`"`, 1)+";Service=Erp.BO.CustomerSvc")
				require.NoError(t, err)
				defer func() { require.NoError(t, db.Close()) }()
				one := func(query string, args ...any) (n int) {
					require.NoError(t, db.QueryRow(query, args...).Scan(&n), query)
					return n
				}
				assert.Equal(t, 337, one("SELECT COUNT(*) FROM Customers"))
				assert.Equal(t, 37, one("SELECT COUNT(*) FROM Customers WHERE Company = ?", "EPIC07"))
				assert.Equal(t, 337, one("SELECT COUNT(*) FROM Customers WHERE Company IN (?, ?)", "EPIC06", "EPIC07"))
				assert.Equal(t, 300, one("SELECT CustNum FROM Customers ORDER BY CustNum DESC LIMIT 1"))
				assert.Equal(t, 337, one("SELECT COUNT(*) FROM BaqSvc.zAllCustomers WHERE Company IN ('EPIC06', 'EPIC07')"))
			})
		}
	}
	db, err := sql.Open("epicorerp", s.DSN("v2"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var n int
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].Customers WHERE Company = 'EPIC07'").Scan(&n))
	assert.Zero(t, n, "a condition adds no company to those of the connection")
	err = db.QueryRow("SELECT COUNT(*) FROM BaqSvc.zAllCustomers WHERE Company = 'EPIC07'").Scan(&n)
	require.ErrorIs(t, err, epicorerp.ErrParameter)
}
