package signin_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/signin/provider"
)

// Processes are killed at random instants while they do nothing but renew tokens. With a provider that leaves a refresh
// token good for a while after its use, the file always opens and its token can be used or renewed.
//
// Where the provider has no such grace, a kill between its answer and the file loses the new refresh token whatever a
// client does: the last subtest counts how often that happens, and sees to it that the file opens all the same.
func TestAKilledProcessLeavesAUsableToken(t *testing.T) {
	t.Run("with a grace for refresh tokens none is lost", func(t *testing.T) {
		k := newKilling(t, time.Minute)
		kills := k.run(t, killsWanted())
		assert.Zero(t, k.lost, "sign-ins that were lost")
		k.assertNoLitter(t)
		t.Logf("%d kills among %d renewals: the file opened each time, and its token was usable each time", kills, k.renewals(t))
	})
	t.Run("without a grace the file opens and what is lost is counted", func(t *testing.T) {
		k := newKilling(t, 0)
		kills := k.run(t, killsWanted())
		t.Logf("%d kills among %d renewals: the file opened each time, and %d times the provider had spent a refresh token whose successor was not stored", kills, k.renewals(t), k.lost)
	})
}

func killsWanted() int {
	if *full {
		return 200
	}
	return 40
}

type killing struct {
	*stage
	sys  system
	p    properties
	lost int
}

func newKilling(t *testing.T, grace time.Duration) *killing {
	k := &killing{stage: newStage(t, provider.Options{Grace: grace})}
	k.sys = k.odata()
	k.p = k.endpoints().with(properties{
		"AuthScheme": "OAuth", "OAuthClientId": public.ID, "OAuthGrantType": "CODE", "CallbackURL": callbackURL(t),
		"OAuthSettingsLocation": settingsIn(t), "InitiateOAuth": "REFRESH",
	})
	signInOnce(t, k.sys, k.p)
	// Every request with a token that was used is refused, so that the workers renew and renew.
	k.guard.LimitUses(1)
	return k
}

// run kills one of two workers, sees to it that the other goes on, kills it too, and looks at what is in the file, until
// there were enough kills.
func (k *killing) run(t *testing.T, enough int) (kills int) {
	job := k.sys.task(k.p)
	job.Tell = true
	for kills < enough {
		pair := [2]*worker{startWorker(t, job), startWorker(t, job)}
		for _, w := range pair {
			w.begin(t)
			w.next(t)
		}
		for _, w := range pair {
			time.Sleep(rand.N(20 * time.Millisecond)) // any instant will do
			w.kill()
			kills++
		}
		k.look(t)
	}
	return kills
}

// look opens the file and uses what it holds.
func (k *killing) look(t *testing.T) {
	before := len(k.events(t))
	err := askInAnotherProcess(t, k.sys.task(k.p))
	if err == nil {
		return
	}
	// The only excuse is a refresh token that the provider had seen before.
	refused := k.events(t)[before:].Named("refused")
	require.NotEmpty(t, refused, "%v", err)
	require.Equal(t, "refresh token already used", refused[0].Detail, "%v", err)
	k.lost++
	signInOnce(t, k.sys, k.p)
}

func (k *killing) renewals(t *testing.T) int { return len(k.events(t).Granted(provider.RefreshToken)) }

// assertNoLitter sees to it that the killed leave no drafts behind for ever.
func (k *killing) assertNoLitter(t *testing.T) {
	files, err := os.ReadDir(filepath.Dir(k.p["OAuthSettingsLocation"]))
	require.NoError(t, err)
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name()
	}
	const settingsKeyAndLocks = 4
	assert.LessOrEqual(t, len(names), settingsKeyAndLocks, "%v", names)
}
