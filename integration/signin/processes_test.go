package signin_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/signin/provider"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// signInOnce has alice sign in and leaves the tokens where the properties say.
func signInOnce(t testing.TB, sys system, p properties) {
	t.Helper()
	person := &desk{Person: alice}
	db := sys.open(t, p.with(properties{"InitiateOAuth": "GETANDREFRESH"}), epicorerp.WithPrompter(person))
	require.NoError(t, sys.ask(t.Context(), db))
	require.Equal(t, 1, person.prompts(t))
	require.NoError(t, db.Close())
}

// Eight processes of eight goroutines share one file of tokens that live for two seconds, with refresh tokens that are
// good for one use: whoever spends one twice has the provider revoke them all.
func TestProcessesShareOneSettingsFile(t *testing.T) {
	const (
		life       = 2 * time.Second
		processes  = 8
		goroutines = 8
		// Of a token that is two seconds by its JWT a second is left for sure, within which a request must be repeated:
		// with answers that take a while, as those of a real system do, the machine has time for that.
		latency = 100 * time.Millisecond
	)
	s := newStage(t, provider.Options{AccessTokenLife: life}, odatatest.WithLatency(latency))
	sys := s.odata()
	p := s.endpoints().with(properties{
		"AuthScheme": "OAuth", "OAuthClientId": public.ID, "OAuthGrantType": "CODE", "CallbackURL": callbackURL(t),
		"OAuthSettingsLocation": settingsIn(t), "InitiateOAuth": "REFRESH",
	})
	signInOnce(t, sys, p)
	job := sys.task(p)
	job.Goroutines = goroutines
	workers := make([]*worker, processes)
	for i := range workers {
		workers[i] = startWorker(t, job)
	}
	begun := time.Now()
	for _, w := range workers {
		w.begin(t)
	}
	time.Sleep(whileFull(time.Minute)) // as long as the workers work
	answered := 0
	for _, w := range workers {
		sum := w.finish(t)
		assert.Empty(t, sum.Failures)
		assert.NotZero(t, sum.Answered)
		answered += sum.Answered
	}
	elapsed := time.Since(begun)
	events := s.events(t)
	renewals := assertOneRenewalPerExpiry(t, events, provider.RefreshToken, life, elapsed)
	_, refused := s.guard.Counts()
	t.Logf("%d queries of %d processes x %d goroutines in %.1f s over tokens of %v: %d refreshes, %d requests met an expired token",
		answered, processes, goroutines, elapsed.Seconds(), life, renewals, refused)
}
