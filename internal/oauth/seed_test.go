package oauth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatThePropertiesBringOfTokens(t *testing.T) {
	stamp := time.UnixMilli(1_772_366_400_123)
	for name, tc := range map[string]struct {
		props props
		want  seed
	}{
		"nothing":                      {props{}, seed{}},
		"both say when it expires":     {props{"OAuthExpiresIn": "3600", "OAuthTokenTimestamp": "1772366400123"}, seed{obtained: stamp, expiry: stamp.Add(time.Hour)}},
		"a life alone says nothing":    {props{"OAuthExpiresIn": "3600"}, seed{}},
		"a time alone says nothing":    {props{"OAuthTokenTimestamp": "1772366400123"}, seed{obtained: stamp}},
		"0 is as good as left out":     {props{"OAuthExpiresIn": "0", "OAuthTokenTimestamp": "0"}, seed{}},
		"a life alone beside a 0":      {props{"OAuthExpiresIn": "3600", "OAuthTokenTimestamp": "0"}, seed{}},
		"a time alone beside a 0":      {props{"OAuthExpiresIn": "0", "OAuthTokenTimestamp": "1772366400123"}, seed{obtained: stamp}},
		"-1 is for ever":               {props{"OAuthExpiresIn": "-1", "OAuthTokenTimestamp": "1772366400123"}, seed{obtained: stamp, perpetual: true}},
		"longer than anyone will wait": {props{"OAuthExpiresIn": "9223372036854775807", "OAuthTokenTimestamp": "1772366400123"}, seed{obtained: stamp, expiry: stamp.Add(maxLife)}},
		"a refresh token":              {props{"OAuthRefreshToken": "r"}, seed{refresh: "r", digest: digest("r")}},
		"a code goes before it":        {props{"OAuthRefreshToken": "r", "OAuthVerifier": "c"}, seed{refresh: "r", verifier: "c", digest: digest("c")}},
		"a code in its address is the same code": {props{"OAuthVerifier": "http://localhost:33333/?code=c&state=s"},
			seed{verifier: "http://localhost:33333/?code=c&state=s", digest: digest("c")}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readSeed(tc.props)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
	for _, name := range []string{"OAuthExpiresIn", "OAuthTokenTimestamp"} {
		for _, value := range []string{"soon", "1.5", "99999999999999999999"} {
			var e *PropertyError
			_, err := readSeed(props{name: value})
			require.ErrorAs(t, err, &e)
			assert.Equal(t, name, e.Property)
		}
	}
}

func TestAnAddressWithTheProvidersErrorIsNotTraded(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"InitiateOAuth": "REFRESH", "OAuthVerifier": "http://localhost:33333/?error=access_denied&error_description=No.&state=s"})
	for range 2 {
		_, err := c.Token(t.Context())
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, ReasonDenied, e.Reason)
	}
	assert.Empty(t, r.idp.Counts().Tokens)
}
