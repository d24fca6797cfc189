package epicortest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// client speaks to a server as the default user with the default key.
type client struct {
	t testing.TB
	s *Server
}

type answer struct {
	status int
	body   string
	header http.Header
	json   map[string]any
}

func (a answer) rows() []any { v, _ := a.json["value"].([]any); return v }

func (c client) do(method, path, body string, head ...string) answer {
	c.t.Helper()
	r, err := http.NewRequest(method, c.s.URL+"/"+c.s.Instance()+path, strings.NewReader(body))
	require.NoError(c.t, err)
	r.SetBasicAuth(DefaultUser, DefaultPassword)
	r.Header.Set("x-api-key", DefaultAPIKey)
	for i := 0; i < len(head); i += 2 {
		if head[i+1] == "" {
			r.Header.Del(head[i])
			continue
		}
		r.Header.Set(head[i], head[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	a := answer{status: resp.StatusCode, body: string(b), header: resp.Header}
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.UseNumber()
	_ = dec.Decode(&a.json) // not every answer is JSON
	return a
}

func (c client) v1(path string, head ...string) answer {
	c.t.Helper()
	return c.do("GET", "/api/v1/"+path, "", head...)
}

func (c client) v2(path string, head ...string) answer {
	c.t.Helper()
	return c.do("GET", "/api/v2/odata/EPIC06/"+path, "", head...)
}

func start(t testing.TB, opts ...Option) client {
	t.Helper()
	s := NewServer(opts...)
	t.Cleanup(s.Close)
	return client{t, s}
}
