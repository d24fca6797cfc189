package signin_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/signin/provider"
)

// Queries in a stream, over tokens that live for five seconds: none fails, and each token is renewed once.
func TestAStreamOfQueriesOutlivesItsTokens(t *testing.T) {
	const life = 5 * time.Second
	s := newStage(t, provider.Options{AccessTokenLife: life})
	for _, f := range []struct {
		name       string
		sys        system
		properties properties
		renewal    string
	}{
		{"with refresh tokens that are good for one use", s.kinetic(), properties{"OAuthClientId": public.ID, "OAuthGrantType": "CODE", "InitiateOAuth": "GETANDREFRESH"}, provider.RefreshToken},
		{"with client credentials", s.odata(), properties{"OAuthClientId": post.ID, "OAuthClientSecret": post.Secret, "OAuthGrantType": "CLIENT", "Scope": "api"}, provider.ClientCredentials},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			db := f.sys.open(t, s.endpoints().with(f.properties).with(properties{
				"AuthScheme": "OAuth", "CallbackURL": callbackURL(t), "OAuthSettingsLocation": settingsIn(t),
			}), epicorerp.WithPrompter(&desk{Person: alice}))
			const goroutines = 8
			db.SetMaxOpenConns(goroutines)
			require.NoError(t, f.sys.ask(t.Context(), db))

			begun := time.Now()
			ctx, stop := context.WithTimeout(t.Context(), whileFull(time.Minute))
			defer stop()
			var answered atomic.Int64
			var all sync.WaitGroup
			for range goroutines {
				all.Go(func() {
					for ctx.Err() == nil {
						if !assert.NoError(t, f.sys.ask(t.Context(), db)) {
							return
						}
						answered.Add(1)
					}
				})
			}
			all.Wait()
			elapsed := time.Since(begun)
			events := s.events(t).Where(func(e provider.Event) bool { return e.Client == f.properties["OAuthClientId"] })
			renewals := assertOneRenewalPerExpiry(t, events, f.renewal, life, elapsed)
			t.Logf("%d queries in %.1f s over tokens of %v: %d renewals", answered.Load(), elapsed.Seconds(), life, renewals)
		})
	}
}

// assertOneRenewalPerExpiry compares what the provider has counted with the time that went by. A token of n seconds is
// good for more than n-1, since its JWT tells whole seconds (and a little passes until the provider counts it), so two
// renewals that are closer to each other than that are one too many; and for n at most, so that there must be one for
// every n that went by.
func assertOneRenewalPerExpiry(t testing.TB, events provider.Events, grant string, life, elapsed time.Duration) int {
	t.Helper()
	for _, e := range events {
		if e.Name != "granted" && e.Name != "authorized" {
			assert.Fail(t, "the provider refused or revoked", "%s %s: %s %s", e.Name, e.Grant, e.Error, e.Detail)
		}
	}
	const counting = 200 * time.Millisecond
	granted := events.Named("granted")
	for i := 1; i < len(granted); i++ {
		assert.Equal(t, grant, granted[i].Grant)
		gap := granted[i].At().Sub(granted[i-1].At())
		assert.Greater(t, gap, life-time.Second-counting, fmt.Sprintf("renewal %d came too soon", i))
	}
	renewals := len(granted) - 1
	assert.GreaterOrEqual(t, renewals, int(elapsed/life)-1)
	return renewals
}
