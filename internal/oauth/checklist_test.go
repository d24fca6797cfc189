package oauth

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
)

// TestHabitsOfEntra goes through the habits of Microsoft Entra ID that break
// clients, each with what the driver makes of it.
func TestHabitsOfEntra(t *testing.T) {
	entra := oauthtest.WithShape(oauthtest.Entra)
	t.Run("a refresh token is replaced with each use: the newest is what is stored, and what the next renewal brings", func(t *testing.T) {
		r := newRig(t, entra)
		c := r.client(t, props{"InitiateOAuth": "REFRESH"})
		r.keep(t, c, r.granted(t))
		seen := map[string]bool{r.kept(t, c).Refresh: true}
		for range 3 {
			r.clock.Advance(expired)
			got, err := c.Token(t.Context())
			require.NoError(t, err)
			assert.True(t, r.idp.Valid(got.Access))
			kept := r.kept(t, c)
			assert.Equal(t, got, kept)
			assert.False(t, seen[kept.Refresh])
			seen[kept.Refresh] = true
		}
		counts := r.idp.Counts()
		assert.Equal(t, []int{3, 0, 0}, []int{counts.Refreshes, counts.Reuses, counts.Revoked})
	})
	device := func(t *testing.T, prepare func(r *rig, u *user)) (slept time.Duration, err error) {
		r := newRig(t, entra)
		u := newUser(r)
		prepare(r, u)
		c := r.client(t, props{"InitiateOAuth": "GETANDREFRESH", "OAuthGrantType": "DEVICE"}, func(o *Options) { o.Prompter = u })
		c.source.sleep = func(ctx context.Context, d time.Duration) error {
			slept += d
			r.clock.Advance(d)
			u.sleeping(ctx)
			return ctx.Err()
		}
		_, err = c.Token(t.Context())
		require.Len(t, u.codes, 1)
		return slept, err
	}
	t.Run("400 authorization_pending while the user types the code: asked again at the interval", func(t *testing.T) {
		slept, err := device(t, func(_ *rig, u *user) { u.approveAfter = 4 })
		require.NoError(t, err)
		assert.Equal(t, 4*5*time.Second, slept)
	})
	t.Run("400 slow_down: asked five seconds less often from then on", func(t *testing.T) {
		slept, err := device(t, func(r *rig, u *user) {
			u.approveAfter = 2
			r.idp.Fail(oauthtest.AADSTS(70016, "slow_down", "Polled too fast.").For(grantDevice))
		})
		require.NoError(t, err)
		assert.Equal(t, (5+10)*time.Second, slept)
	})
	t.Run("400 authorization_declined, or a code that has expired: the end, told apart", func(t *testing.T) {
		_, err := device(t, func(_ *rig, u *user) { u.decline = true })
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, ReasonDenied, e.Reason)
		_, err = device(t, func(_ *rig, u *user) { u.approve = false })
		require.ErrorAs(t, err, &e)
		assert.Equal(t, ReasonTimeout, e.Reason)
	})
	withCertificate := func(t *testing.T, ahead time.Duration, pairs ...string) (*wire, error) {
		signer := signers["PFX"]
		w := newWire(t, plain(signer), signingApp(t), entra, oauthtest.WithClock(func() time.Time { return signedAt.Add(ahead) }))
		c := w.again(t, with(with(plain(signer), "OAuthScheme", "AzureServicePrincipalCert", "AzureTenant", oauthtest.DefaultTenant,
			"OAuthClientId", "signing", "Scope", "api://signing/.default", "OAuthAccessTokenURL", w.TokenURL()), pairs...))
		_, err := c.clientToken(t.Context())
		return w, err
	}
	t.Run("an assertion for another aud is refused: what is signed names the token endpoint, and the refusal names the properties", func(t *testing.T) {
		_, err := withCertificate(t, 0)
		require.NoError(t, err)
		w, err := withCertificate(t, 0, "OAuthJWTAudience", "https://login.example/another/v2.0")
		e := w.fails(t, err)
		assert.Equal(t, []any{ReasonClient, "AADSTS700023"}, []any{e.Reason, e.Code})
		assert.Contains(t, e.Message, "made for another provider")
		assert.Contains(t, e.Advice, "OAuthJWTAudience")
		assert.False(t, e.Interactive || e.Retryable)
	})
	t.Run("an assertion that has expired is refused: the clock is named, and nothing is tried again", func(t *testing.T) {
		w, err := withCertificate(t, time.Hour)
		e := w.fails(t, err)
		assert.Equal(t, []any{ReasonClient, "AADSTS700024"}, []any{e.Reason, e.Code})
		assert.Contains(t, e.Advice, "clock")
		assert.False(t, e.Interactive || e.Retryable)
		assert.Equal(t, 1, w.Counts().Tokens["client_credentials"])
	})
	t.Run("an error's number says more than its OAuth code: the meaning is the number's, and the trace id goes to the error", func(t *testing.T) {
		w := newWire(t, plain(props{"OAuthAccessTokenURL": "*/" + oauthtest.DefaultTenant + "/oauth2/v2.0/token"}), entra)
		for number, want := range map[int]struct {
			code    string
			reason  Reason
			message string
		}{
			700082:  {"invalid_grant", ReasonGrant, "not used for too long"},
			50076:   {"invalid_grant", ReasonGrant, "second factor"},
			65001:   {"invalid_grant", ReasonDenied, "nobody has consented"},
			7000215: {"invalid_client", ReasonClient, "secret is wrong"},
			90002:   {"invalid_request", ReasonProperty, "the tenant is not known"},
		} {
			w.Fail(oauthtest.AADSTS(number, want.code, "In Entra's words."))
			_, err := w.client.Refresh(t.Context(), "canary-refresh-token")
			e := w.fails(t, err)
			assert.Equal(t, want.reason, e.Reason, number)
			assert.Contains(t, e.Message, want.message)
			assert.Contains(t, e.Message, "In Entra's words")
			assert.NotContains(t, e.Message, "Trace ID")
			assert.Equal(t, oauthtest.TraceID, e.RequestID)
		}
	})
}
