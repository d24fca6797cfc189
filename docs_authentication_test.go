package epicorerp

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each recipe of docs/authentication.md is a connection string that is taken.
func TestTheRecipesForSigningInAreConnectionStrings(t *testing.T) {
	text, err := os.ReadFile("docs/authentication.md")
	require.NoError(t, err)
	recipes := regexp.MustCompile("(?s)```dsn\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, recipes)
	for _, r := range recipes {
		dsn := strings.ReplaceAll(strings.TrimSpace(r[1]), "\n", "")
		cfg, err := ParseDSN(dsn)
		if assert.NoError(t, err, dsn) {
			_, err = NewConnector(cfg)
			assert.NoError(t, err, dsn)
		}
	}
}

// Those for Kerberos, one a line, are taken by programs that import it.
func TestTheRecipesForKerberosAreConnectionStrings(t *testing.T) {
	text, err := os.ReadFile("docs/authentication.md")
	require.NoError(t, err)
	recipes := regexp.MustCompile("(?s)```dsn kerberos\n(.*?)\n```").FindStringSubmatch(string(text))
	require.Len(t, recipes, 2)
	for dsn := range strings.SplitSeq(recipes[1], "\n") {
		cfg, err := ParseDSN(dsn)
		require.NoError(t, err, dsn)
		_, err = NewConnector(cfg)
		require.ErrorContains(t, err, "providers/odata/kerberos", dsn)
	}
}

// The table for those who come from a commercial driver names every property
// of theirs that has to do with signing in.
func TestTheTableOfCommercialPropertiesIsWhole(t *testing.T) {
	text, err := os.ReadFile("docs/authentication.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "## From a commercial driver")
	require.True(t, found)
	for _, name := range strings.Fields(commercialProperties) {
		p := propertyIndex()[matchName(name)]
		if p.Group == "OAuth" || p.Group == "JWT OAuth" || p.Group == "Azure Authentication" {
			assert.Contains(t, table, name)
		}
	}
}
