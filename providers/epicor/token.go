package epicor

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// tokenResource trades user and password for bearer tokens at the server's
// TokenResource.svc. There are no refresh tokens: a token that runs out is
// replaced by a new one.
type tokenResource struct {
	url      string
	user     string
	password httpx.Secret
	send     sender
	now      func() time.Time
	held     held[token]
}

type token struct {
	text    string
	expires time.Time // a margin before the server's own time
}

func (t *tokenResource) sign(ctx context.Context, h http.Header) error {
	tok, err := t.held.get(ctx, func(tok token) bool { return t.now().Before(tok.expires) }, t.fetch)
	if err != nil {
		return err
	}
	h.Set("Authorization", "Bearer "+tok.text)
	return nil
}

// renew forgets a refused token, unless another request has done so already.
func (t *tokenResource) renew(refused string) bool {
	t.held.drop(func(tok token) bool { return "Bearer "+tok.text == refused })
	return true
}

// fetch sends user and password, which travel as headers of those names.
func (t *tokenResource) fetch(ctx context.Context) (token, error) {
	asked := t.now()
	resp, err := t.send(ctx, &httpx.Request{
		Method: http.MethodPost, URL: t.url, Idempotent: httpx.IdempotentAlways,
		Header: http.Header{"Accept": {"application/json"}, "Username": {t.user}, "Password": {t.password.Reveal()}},
	})
	if err != nil {
		return token{}, err
	}
	defer resp.Release()
	text, seconds, ok := readToken(resp.Body)
	if !ok {
		return token{}, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
			Message: "TokenResource.svc answered without an access token"}
	}
	life := time.Duration(seconds) * time.Second
	// The margin covers the way to the server and clocks that run apart.
	return token{text, asked.Add(life - min(time.Minute, life/10))}, nil
}

// readToken reads the answer in JSON or in XML, whichever the server prefers.
// Without a lifetime a token is used until it is refused.
func readToken(body []byte) (text string, seconds int64, ok bool) {
	var t struct {
		AccessToken string
		ExpiresIn   json.RawMessage
	}
	lifetime := ""
	if body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))); bytes.HasPrefix(body, []byte("<")) {
		var x struct{ AccessToken, ExpiresIn string }
		if xml.Unmarshal(body, &x) != nil {
			return "", 0, false
		}
		t.AccessToken, lifetime = strings.TrimSpace(x.AccessToken), strings.TrimSpace(x.ExpiresIn)
	} else {
		if json.Unmarshal(body, &t) != nil {
			return "", 0, false
		}
		lifetime = strings.Trim(string(t.ExpiresIn), `"`)
	}
	const century = 100 * 365 * 24 * 3600
	seconds, err := strconv.ParseInt(lifetime, 10, 64)
	if err != nil || seconds > century {
		seconds = century
	}
	// What cannot stand in a header is no token.
	plain := strings.IndexFunc(t.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	return t.AccessToken, seconds, t.AccessToken != "" && plain
}
