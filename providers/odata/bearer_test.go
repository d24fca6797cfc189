package odata

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// renewals is a TokenSource that counts how often it was told of a refusal.
type renewals int

func (*renewals) Token(context.Context) (string, error)           { return "token", nil }
func (r *renewals) Refused(context.Context, string) (bool, error) { *r++; return true, nil }

func TestOnlyATokenThatIsNoGoodIsRenewed(t *testing.T) {
	for challenge, renews := range map[string]bool{
		"": true, `Bearer`: true, `Bearer realm="erp", error="invalid_token"`: true, `Bearer error="insufficient_scope", scope="api"`: false,
	} {
		var source renewals
		renewed, err := bearer{&source}.Refresh(t.Context(), &httpx.Response{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {challenge}}})
		require.NoError(t, err)
		assert.Equal(t, renews, renewed, challenge)
		assert.Equal(t, renews, source == 1, challenge)
	}
}
