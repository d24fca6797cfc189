package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/examples/internal/loopback"
)

func TestMain(m *testing.M) { loopback.Main(m) }

func TestTheSettingsComeFromAnotherMachine(t *testing.T) {
	site := loopback.Start(t, "")
	site.Browse(t)
	desktop, server := filepath.Join(t.TempDir(), "desktop"), filepath.Join(t.TempDir(), "server")
	require.NoError(t, os.Mkdir(server, 0o700))
	file := func(dir string) string { return filepath.Join(dir, "OAuthSettings.txt") }
	const key = "OAuthSettingsKey=the same on both machines"

	db, err := sql.Open("epicorerp", site.DSN("InitiateOAuth=GETANDREFRESH", "OAuthSettingsLocation="+file(desktop), key))
	require.NoError(t, err)
	require.NoError(t, db.PingContext(t.Context()))
	require.NoError(t, db.Close())

	dsn := site.DSN("InitiateOAuth=REFRESH", "OAuthSettingsLocation="+file(server), key)
	assert.ErrorIs(t, run(t.Context(), dsn, &strings.Builder{}), epicorerp.ErrAuthentication, "without the file nobody has signed in")
	settings, err := os.ReadFile(file(desktop))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file(server), settings, 0o600))
	for range 2 {
		var out strings.Builder
		require.NoError(t, run(t.Context(), dsn, &out))
		assert.Equal(t, "42 customers\n", out.String())
		site.IDP.EndAccess()
	}

	site.IDP.EndSessions()
	err = run(t.Context(), dsn, &strings.Builder{})
	require.ErrorIs(t, err, epicorerp.ErrAuthentication)
	assert.ErrorContains(t, err, "sign in again")
}
