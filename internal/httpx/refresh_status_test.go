package httpx

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOtherRefusalsAreShownToTheRefresherWhenListed(t *testing.T) {
	renew := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "new") }
	for _, tc := range []struct {
		name   string
		method string
		listed []int
		steps  []http.HandlerFunc
		status int
	}{
		{"a GET is repeated after a listed status", "GET", []int{410}, []http.HandlerFunc{answer(410, "expired"), renew, answer(200, "fine")}, 200},
		{"a POST is not, since the server may have acted", "POST", []int{410}, []http.HandlerFunc{answer(410, "expired")}, 410},
		{"a status that is not listed is an answer", "GET", nil, []http.HandlerFunc{answer(410, "expired")}, 410},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := script(t, tc.steps...)
			auth := &tokens{url: server.URL + "/token", token: "old"}
			c, _ := newTestClient(t, server.URL, func(cfg *Config) { cfg.Authorizer, cfg.RefreshStatus = auth, tc.listed })
			auth.client = c
			resp, err := c.Do(context.Background(), &Request{Method: tc.method, URL: server.URL})
			require.NoError(t, err)
			assert.Equal(t, tc.status, resp.Status)
		})
	}
}
