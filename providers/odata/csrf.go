package odata

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// forgeryHeader guards SAP Gateway's services against forged requests: what is
// no read must carry a token, which a read that says Fetch is given, and the
// cookies that came with it. Else the answer is 403 with Required in the header.
// SAP Gateway Foundation Developer Guide, "Cross-Site Request Forgery Protection".
const forgeryHeader = "X-CSRF-Token"

// forgeryTokens is what a service has given last. The zero value has nothing
// yet: most services never ask.
type forgeryTokens struct {
	mu      sync.Mutex
	token   string
	cookies string
}

// send sends a request of either kind.
func (s *Service) send(ctx context.Context, q *httpx.Request) (*httpx.Response, error) {
	if q.Method != "" && q.Method != http.MethodGet {
		return s.post(ctx, q)
	}
	resp, err := s.Client.Do(ctx, q)
	if err != nil {
		return nil, TransportError(ctx, err)
	}
	return resp, nil
}

// post sends a request that is no GET, with the service's token against forgery
// where it wants one. Nothing was done by a request that is turned down for the
// want of it, so that it may go again.
func (s *Service) post(ctx context.Context, q *httpx.Request) (*httpx.Response, error) {
	tokens := s.forgery
	if tokens == nil {
		tokens = &forgeryTokens{}
	}
	for attempt := 0; ; attempt++ {
		signed, sent := tokens.sign(q)
		resp, err := s.Client.Do(ctx, signed)
		if err != nil {
			return nil, TransportError(ctx, err)
		}
		if attempt > 0 || resp.Status != http.StatusForbidden || !strings.EqualFold(resp.Header.Get(forgeryHeader), "Required") {
			return resp, nil
		}
		resp.Release()
		if err := tokens.renew(ctx, s, sent); err != nil {
			return nil, err
		}
	}
}

// sign adds the token, and tells which.
func (f *forgeryTokens) sign(q *httpx.Request) (signed *httpx.Request, token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.token == "" {
		return q, ""
	}
	copied := *q
	copied.Header = q.Header.Clone()
	copied.Header.Set(forgeryHeader, f.token)
	if f.cookies != "" {
		own := copied.Header.Get("Cookie")
		copied.Header.Set("Cookie", strings.TrimPrefix(own+"; "+f.cookies, "; "))
	}
	return &copied, f.token
}

// renew fetches a token, unless another request has done so since the one that
// was refused was signed.
func (f *forgeryTokens) renew(ctx context.Context, s *Service, refused string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.token != refused {
		return nil
	}
	header := s.header()
	header.Set(forgeryHeader, "Fetch")
	resp, err := s.Client.Do(ctx, &httpx.Request{URL: s.requestURL("", nil), Header: header})
	if err != nil {
		return TransportError(ctx, err)
	}
	defer resp.Release()
	if resp.Status < 200 || resp.Status > 299 {
		return s.Traits.StatusError(resp)
	}
	token := resp.Header.Get(forgeryHeader)
	if token == "" || strings.EqualFold(token, "Required") {
		return &providers.Error{Kind: providers.KindPermission, Status: resp.Status, RequestID: resp.RequestID,
			Message: "the service wants a token against forged requests (" + forgeryHeader + "), and gives none when asked"}
	}
	var cookies []string
	for _, c := range (&http.Response{Header: resp.Header}).Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	f.token, f.cookies = token, strings.Join(cookies, "; ")
	return nil
}
