package epicor

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/internal/held"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/tokenstore"
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
	held     held.Value[tokenstore.Token]
	// store shares tokens beyond this connector; nil if nobody shares.
	store tokenstore.Store

	mu      sync.Mutex
	refused string // the token that the server last refused
}

func (t *tokenResource) sign(ctx context.Context, h http.Header) error {
	tok, err := t.held.Get(ctx, t.fresh, t.obtain)
	if err != nil {
		return err
	}
	h.Set("Authorization", bearerPrefix+tok.Access)
	return nil
}

// fresh reports whether a token is worth sending.
func (t *tokenResource) fresh(tok tokenstore.Token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return tok.Fresh(t.now()) && tok.Access != t.refused
}

// renew forgets a refused token, unless another request has done so already.
func (t *tokenResource) renew(_ context.Context, refused string) (bool, error) {
	t.held.Drop(func(tok tokenstore.Token) bool { return bearerPrefix+tok.Access == refused })
	t.mu.Lock()
	t.refused = strings.TrimPrefix(refused, bearerPrefix)
	t.mu.Unlock()
	return true, nil
}

// obtain takes the token that another connector has stored, or logs in and
// stores what it gets.
func (t *tokenResource) obtain(ctx context.Context) (tokenstore.Token, error) {
	if t.store == nil {
		return t.fetch(ctx)
	}
	tok, err := t.store.Update(ctx, "epicor token "+t.user+" "+t.url, func(ctx context.Context, old tokenstore.Token) (tokenstore.Token, error) {
		if t.fresh(old) {
			return old, nil
		}
		return t.fetch(ctx)
	})
	if errors.Is(err, tokenstore.ErrNotStored) {
		return tok, nil // nothing is lost: user and password get another
	}
	return tok, err
}

// fetch sends user and password, which travel as headers of those names.
func (t *tokenResource) fetch(ctx context.Context) (tokenstore.Token, error) {
	asked := t.now()
	resp, err := t.send(ctx, &httpx.Request{
		Method: http.MethodPost, URL: t.url, Idempotent: httpx.IdempotentAlways,
		Header: http.Header{"Accept": {"application/json"}, "Username": {t.user}, "Password": {t.password.Reveal()}},
	})
	if err != nil {
		return tokenstore.Token{}, err
	}
	defer resp.Release()
	text, seconds, ok := readToken(resp.Body)
	if !ok {
		return tokenstore.Token{}, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
			Message: "TokenResource.svc answered without an access token"}
	}
	life := time.Duration(seconds) * time.Second
	return tokenstore.Token{Access: text, Obtained: asked, Expiry: asked.Add(life)}, nil
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
