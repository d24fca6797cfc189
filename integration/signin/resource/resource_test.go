package resource_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/signin/provider"
	"github.com/epicorerp/epicorerp/integration/signin/resource"
)

func TestOnlyTheProvidersTokensForThisResourceAreTaken(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	keys := provider.PublicKey(&key.PublicKey)
	keys.ID = "provider"
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		assert.NoError(t, json.NewEncoder(w).Encode(provider.KeySet{Keys: []provider.Key{keys}}))
	}))
	defer issuer.Close()
	guard, err := resource.NewGuard(t.Context(), issuer.URL, "urn:erp")
	require.NoError(t, err)
	protected := guard.Protect(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "rows")
	}))

	good := func() jwt.MapClaims {
		return jwt.MapClaims{"iss": issuer.URL, "aud": "urn:erp", "sub": "alice", "exp": time.Now().Add(time.Hour).Unix()}
	}
	for _, test := range []struct {
		name   string
		key    *rsa.PrivateKey
		claim  string
		value  any
		status int
	}{
		{"a token of the provider", key, "sub", "alice", 200},
		{"another's signature", other, "sub", "alice", 401},
		{"another issuer", key, "iss", "http://127.0.0.1:1", 401},
		{"another audience", key, "aud", "urn:other", 401},
		{"an expired token", key, "exp", time.Now().Add(-time.Second).Unix(), 401},
		{"a token for ever", key, "exp", nil, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			claims := good()
			claims[test.claim] = test.value
			token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
			token.Header["kid"] = "provider"
			signed, err := token.SignedString(test.key)
			require.NoError(t, err)
			r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
			r.Header.Set("Authorization", "Bearer "+signed)
			protected.ServeHTTP(w, r)
			assert.Equal(t, test.status, w.Code)
			if test.status == 401 {
				assert.Contains(t, w.Header().Get("WWW-Authenticate"), `error="invalid_token"`)
			}
		})
	}
	w := httptest.NewRecorder()
	protected.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.Equal(t, 401, w.Code)
	assert.Equal(t, `Bearer realm="erp"`, w.Header().Get("WWW-Authenticate"), "no token, no error code (RFC 6750, section 3.1)")
}
