package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/examples/internal/loopback"
)

func TestMain(m *testing.M) { loopback.Main(m) }

func TestTheBrowserOpensOnceAndNeverAgain(t *testing.T) {
	site := loopback.Start(t, "")
	signIns := site.Browse(t)
	dsn := site.DSN("InitiateOAuth=GETANDREFRESH", loopback.Settings(t))
	for range 2 {
		var out strings.Builder
		require.NoError(t, run(t.Context(), dsn, &out))
		assert.Equal(t, 5, strings.Count(out.String(), "\n"), out.String())
	}
	assert.Equal(t, 1, signIns())

	site.IDP.EndAccess()
	var out strings.Builder
	require.NoError(t, run(t.Context(), dsn, &out))
	assert.Equal(t, 1, signIns(), "a token that has expired is renewed without the user")
	assert.Equal(t, 1, site.IDP.Counts().Tokens["refresh_token"])
}
