package oauth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzListener sends what a web page, or another program on the machine, could
// send to the port: only who knows the state is taken for the provider, and no
// page holds anything that was sent.
func FuzzListener(f *testing.F) {
	cb := callback{host: "localhost", port: "33333", path: "/cb"}
	for _, seed := range []struct{ method, host, path, query string }{
		{"GET", "localhost:33333", "/cb", "code=c&state=" + testState},
		{"GET", "localhost:33333", "/cb", "error=access_denied&error_description=%3Cscript%3E&state=" + testState},
		{"GET", "localhost:33333", "/cb", "state=" + testState + "&state=x&code=<b>"},
		{"POST", "evil.example", "/cb/..", "state=%zz;code=1"},
		{"HEAD", "127.0.0.1:33333", "//cb", ""},
	} {
		f.Add(seed.method, seed.host, seed.path, seed.query)
	}
	pages := []string{pageDone.html(), pageFailed.html(), pageTaken.html(), pageStray.html(), pageNotFound.html()}
	f.Fuzz(func(t *testing.T, method, host, path, query string) {
		l := &listener{callback: cb, state: testState, redirects: make(chan url.Values, 1),
			decided: make(chan struct{}), answered: make(chan struct{}), closed: make(chan struct{})}
		close(l.closed) // nobody decides: a redirect that is taken gets its page at once
		w := httptest.NewRecorder()
		l.ServeHTTP(w, &http.Request{Method: method, Host: host, URL: &url.URL{Path: path, RawQuery: query}})
		require.True(t, slices.Contains(pages, w.Body.String()))
		assertSafeHeaders(t, w.Header())

		sent, err := url.ParseQuery(query)
		provider := err == nil && method == http.MethodGet && path == "/cb" && cb.named(host) && len(sent["state"]) == 1 &&
			sent.Get("state") == testState && len(sent["code"]) < 2
		assert.Equal(t, provider, len(l.redirects) == 1)
	})
}

// FuzzCallback: what is listened on is never reached from outside the machine.
func FuzzCallback(f *testing.F) {
	for _, seed := range []string{"http://localhost:33333", "http://[::1%25eth0]:1/", "http://127.1:80", "http://0x7f.1", "http://localhost:00080/a?b#c", "//[::ffff:127.0.0.1]:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		cb, err := parseCallback(raw)
		if err != nil {
			return
		}
		require.NotEmpty(t, cb.addresses())
		for _, a := range cb.addresses() {
			assert.True(t, a.Addr().IsLoopback() && a.Port() != 0, "%s listens on %s", raw, a)
		}
		assert.NotEmpty(t, cb.path)
	})
}
