package httpauth

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpauth/httpauthtest"
	"github.com/epicorerp/epicorerp/internal/httpx"
)

// windows starts a server that asks for NTLM, and a client that signs in to it.
func windows(t *testing.T, n *httpauthtest.NTLM, user, password string) (*httpx.Client, string) {
	t.Helper()
	if n.User == "" {
		n.Domain, n.User = "CORP", "jürgen"
	}
	n.Password = testPassword
	n.Next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/new", http.StatusTemporaryRedirect)
		case "/forbidden":
			w.WriteHeader(http.StatusForbidden)
		default:
			body, _ := io.ReadAll(r.Body)
			_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+string(body))
		}
	})
	s := n.NewServer()
	t.Cleanup(s.Close)
	c, err := httpx.New(httpx.Config{Origins: []string{s.URL}, Challenged: func(base http.RoundTripper) (http.RoundTripper, error) {
		return NewNTLM(base, user, httpx.Secret(password))
	}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c, s.URL
}

func TestNTLMSignsInAConnectionOnce(t *testing.T) {
	for _, s := range []struct {
		name, user string
		server     *httpauthtest.NTLM
		signIns    int
	}{
		{"a user of a domain", `CORP\jürgen`, &httpauthtest.NTLM{}, 1},
		{"a user principal name", "jürgen@corp.example.com", &httpauthtest.NTLM{User: "jürgen@corp.example.com"}, 1},
		{"a user that the server knows alone", "jürgen", &httpauthtest.NTLM{User: "jürgen"}, 1},
		{"a server that wants each request signed in", `CORP\jürgen`, &httpauthtest.NTLM{PerRequest: true}, 5},
		{"connections that are closed after two requests", `CORP\jürgen`, &httpauthtest.NTLM{Uses: 2}, 3},
		{"connections that are closed after each request", `CORP\jürgen`, &httpauthtest.NTLM{Uses: 1}, 5},
	} {
		t.Run(s.name, func(t *testing.T) {
			c, url := windows(t, s.server, s.user, testPassword)
			for _, want := range []struct{ method, path, body, answer string }{
				{"POST", "/a?b=c", "body", "POST /a?b=c body"}, {"GET", "/b", "", "GET /b "},
				{"POST", "/c", "other", "POST /c other"}, {"POST", "/moved", "moved", "POST /new moved"},
			} {
				res, err := c.Do(t.Context(), &httpx.Request{Method: want.method, URL: url + want.path, Body: []byte(want.body)})
				require.NoError(t, err)
				require.Equal(t, 200, res.Status)
				assert.Equal(t, want.answer, string(res.Body))
				assert.Equal(t, 1, res.Attempts)
			}
			assert.Equal(t, httpauthtest.NTLMCounters{Accepted: s.signIns, Served: 5}, s.server.Counters())
		})
	}
}

func TestConnectionsBesideEachOtherAreSignedInEachForItself(t *testing.T) {
	for name, server := range map[string]*httpauthtest.NTLM{
		"connections that stay":        {},
		"connections that come and go": {Uses: 3},
		"each request signed in":       {PerRequest: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, url := windows(t, server, `CORP\jürgen`, testPassword)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for range 12 {
						res, err := c.Do(t.Context(), &httpx.Request{URL: url + "/x"})
						if assert.NoError(t, err) && assert.Equal(t, 200, res.Status) {
							assert.Equal(t, "GET /x ", string(res.Body))
							res.Release()
						}
					}
				})
			}
			wg.Wait()
			got := server.Counters()
			assert.Equal(t, 96, got.Served)
			assert.Zero(t, got.Refused)
			assert.Zero(t, got.Orphans, "no proof went over another connection than its challenge")
			if server.Uses == 0 && !server.PerRequest {
				assert.LessOrEqual(t, got.Accepted, 8)
			}
		})
	}
}

func TestAWrongPasswordForNTLMIsTriedOnce(t *testing.T) {
	server := &httpauthtest.NTLM{}
	c, url := windows(t, server, `CORP\jürgen`, "canary-wrong")
	res, err := c.Do(t.Context(), &httpx.Request{URL: url})
	require.NoError(t, err)
	assert.Equal(t, 401, res.Status)
	assert.Contains(t, res.SentHeader("Authorization"), "NTLM ", "what redaction goes by")
	assert.Equal(t, httpauthtest.NTLMCounters{Refused: 1}, server.Counters())
}

func TestOtherAnswersThanARefusalSignInToo(t *testing.T) {
	server := &httpauthtest.NTLM{}
	c, url := windows(t, server, `CORP\jürgen`, testPassword)
	for range 2 {
		res, err := c.Do(t.Context(), &httpx.Request{URL: url + "/forbidden"})
		require.NoError(t, err)
		assert.Equal(t, 403, res.Status)
	}
	assert.Equal(t, httpauthtest.NTLMCounters{Accepted: 1, Served: 2}, server.Counters())
}

func TestNTLMThatCannotBeDoneIsAnError(t *testing.T) {
	for _, s := range []struct {
		name    string
		server  *httpauthtest.NTLM
		message string
	}{
		{"connections that do not stay", &httpauthtest.NTLM{CloseEarly: true}, "the server closes the connection between the messages of NTLM"},
		{"a server that does not go on", &httpauthtest.NTLM{NeverAnswer: true}, "the server offers NTLM, and does not go on with it"},
	} {
		t.Run(s.name, func(t *testing.T) {
			c, url := windows(t, s.server, `CORP\jürgen`, testPassword)
			_, err := c.Do(t.Context(), &httpx.Request{URL: url})
			var e *httpx.Error
			require.True(t, errors.As(err, &e))
			assert.Equal(t, httpx.KindAuth, e.Kind)
			assert.ErrorContains(t, err, s.message)
			assert.Zero(t, s.server.Counters().Refused)
		})
	}
}

func TestNTLMIsNotSentWhereTheServerWantsSomethingElse(t *testing.T) {
	for challenge, message := range map[string]string{
		`Basic realm="x"`: "AuthScheme=NTLM, and the server offers Basic",
		"NTLM ?":          "the server offers NTLM, and does not go on with it",
		"NTLM TlRM":       "the server's NTLM message cannot be answered: ",
		"NTLM a":          "the server's NTLM message is not base64",
	} {
		t.Run(challenge, func(t *testing.T) {
			l := &lane{user: "u", password: testPassword}
			_, err := l.answer([]string{challenge})
			require.ErrorContains(t, err, message)
			assert.NotContains(t, err.Error(), "canary")
		})
	}
}

func TestNTLMNeedsToSeeConnections(t *testing.T) {
	_, err := NewNTLM(NewDigest(http.DefaultTransport, "", ""), "u", "p")
	assert.ErrorContains(t, err, "signs in connections, which a transport of type *httpauth.digest hides")
}

// shared is a transport of somebody else's.
type shared struct {
	http.Transport
	closed int
}

func (s *shared) CloseIdleConnections() { s.closed++ }

func TestATransportOfSomebodyElsesIsLeftAlone(t *testing.T) {
	for name, layer := range map[string]func(*shared) (http.RoundTripper, error){
		"Digest": func(s *shared) (http.RoundTripper, error) { return NewDigest(s, "u", "p"), nil },
		"NTLM":   func(s *shared) (http.RoundTripper, error) { return NewNTLM(&s.Transport, "u", "p") },
	} {
		t.Run(name, func(t *testing.T) {
			s := &shared{}
			c, err := httpx.New(httpx.Config{Origins: []string{"http://localhost"}, Transport: s, Challenged: func(base http.RoundTripper) (http.RoundTripper, error) {
				return layer(base.(*shared))
			}})
			require.NoError(t, err)
			require.NoError(t, c.Close())
			assert.Zero(t, s.closed)
		})
	}
}

func FuzzNTLMAnswer(f *testing.F) {
	f.Add("NTLM TlRMTVNTUAACAAAACAAIADAAAAAFgoqinziKqGYjdlEAAAAAAAAAAGQAZAA4AAAABgOAJQAAAA9UAEUAUwBUAAIACABUAEUAUwBUAA==")
	f.Add("NTLM TlRMTVNTUAACAAAA//8IAP////8=")
	f.Fuzz(func(t *testing.T, value string) {
		l := &lane{user: "u", password: testPassword}
		_, _ = l.answer([]string{value}) // must not panic
	})
}
