package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/examples/internal/loopback"
)

func TestTheCodeComesFromAnotherMachine(t *testing.T) {
	site := loopback.Start(t, "")
	dsn := site.DSN(loopback.Settings(t))
	output := func(args ...string) (string, error) {
		var out strings.Builder
		err := run(t.Context(), dsn, args, &out)
		return strings.TrimSpace(out.String()), err
	}
	_, err := output()
	require.ErrorIs(t, err, epicorerp.ErrAuthentication, "nobody has signed in yet")

	page, err := output("url")
	require.NoError(t, err)
	end, err := site.SignIn(t.Context(), page)
	require.NoError(t, err)
	address, err := url.Parse(end)
	require.NoError(t, err)

	for _, args := range [][]string{{"code", address.Query().Get("code")}, {"code", address.Query().Get("code")}, {}} {
		counted, err := output(args...)
		require.NoError(t, err, "with the code, with it still there, and without it")
		assert.Equal(t, "42 customers", counted)
	}
	assert.Equal(t, 1, site.IDP.Counts().Tokens["authorization_code"])

	site.IDP.EndAccess()
	counted, err := output()
	require.NoError(t, err)
	assert.Equal(t, "42 customers", counted)
	assert.Equal(t, 1, site.IDP.Counts().Tokens["refresh_token"])
}
