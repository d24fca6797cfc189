package httpx

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// witness notes which cookies came for which.
type witness struct{ seen []string }

func (w *witness) Authorize(_ context.Context, r *http.Request) error {
	r.Header.Set("Cookie", "ticket=1")
	return nil
}

func (w *witness) Answered(sent *http.Request, answer *http.Response) {
	w.seen = append(w.seen, sent.Header.Get("Cookie")+" -> "+answer.Header.Get("Set-Cookie"))
}

func TestAnAuthorizerSeesTheHeadOfEachAnswerToItsRequests(t *testing.T) {
	renewing := func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "ticket", Value: "2"})
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	server := script(t, renewing, answer(200, "fine"), answer(200, "fine"))
	auth := &witness{}
	c, _ := newTestClient(t, server.URL, func(cfg *Config) { cfg.Authorizer = auth })
	_, err := c.Do(context.Background(), &Request{URL: server.URL})
	require.NoError(t, err)
	_, err = c.Do(context.Background(), &Request{URL: server.URL, NoAuth: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"ticket=1 -> ticket=2", "ticket=1 -> "}, auth.seen, "each attempt, and none that it did not sign")
}
