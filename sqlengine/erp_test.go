package sqlengine_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/providertest"
)

// erp is the provider of testdata/erp.txt; bare names are Sales'.
func erp(t testing.TB) *providertest.Memory {
	text, err := os.ReadFile("testdata/erp.txt")
	require.NoError(t, err)
	m, err := providertest.ParseMemory(string(text))
	require.NoError(t, err)
	return m
}
