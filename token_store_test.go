package epicorerp_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

func TestConnectorsThatShareATokenStoreShareALogin(t *testing.T) {
	srv := epicortest.NewServer()
	t.Cleanup(srv.Close)
	cfg, err := epicorerp.ParseDSN(srv.DSN("v2") + ";AuthScheme=EpicorToken")
	require.NoError(t, err)
	query := func(options ...epicorerp.Option) {
		t.Helper()
		connector, err := epicorerp.NewConnector(cfg, options...)
		require.NoError(t, err)
		db := sql.OpenDB(connector)
		defer db.Close()
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].Customers").Scan(&n))
		assert.Positive(t, n)
	}
	logins := func() int { return srv.CountPath("/" + epicortest.DefaultInstance + "/TokenResource.svc/") }

	query()
	query()
	assert.Equal(t, 2, logins(), "each connector logs in for itself")

	srv.ResetCounters()
	store := epicorerp.WithTokenStore(tokenstore.NewMemory())
	query(store)
	query(store)
	assert.Equal(t, 1, logins(), "the second takes the stored token")

	srv.ExpireTokens()
	query(store)
	assert.Equal(t, 2, logins(), "a stored token that the server refuses is replaced")
	query(store)
	assert.Equal(t, 2, logins(), "and the new one is stored")
}
