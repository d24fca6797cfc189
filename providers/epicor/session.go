package epicor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/epicorerp/epicorerp/internal/held"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// sessionService keeps sessions: its methods Login and Logout are known by
// their v1 addresses, and a session is the server's, not a version's.
const sessionService = "/api/v1/Ice.Lib.SessionModSvc/"

// logoutTimeout bounds the farewell of a connection that is closed.
const logoutTimeout = 10 * time.Second

// session is one licence seat that is held from the first request until Close,
// in place of claiming and releasing one with each request.
type session struct {
	authorizer *authorizer
	id         held.Value[string]
	closed     atomic.Bool
}

// join logs in if need be and names the session in the headers.
func (s *session) join(ctx context.Context, h http.Header) error {
	id, err := s.id.Get(ctx, nil, s.login)
	if err != nil {
		return err
	}
	s.name(h, id)
	return nil
}

func (s *session) name(h http.Header, id string) {
	h.Set("SessionInfo", headerJSON(sessionInfo{id}))
	if licence := s.authorizer.set.licence; licence != "" {
		h.Set("License", headerJSON(licenceClaim{licence, id}))
	}
}

// ended forgets the session that a request named, unless another request has
// done so already.
func (s *session) ended(header string) {
	var info sessionInfo
	if json.Unmarshal([]byte(header), &info) == nil {
		s.id.Drop(func(id string) bool { return id == info.SessionID })
	}
}

var sessionID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

func (s *session) login(ctx context.Context) (string, error) {
	if s.closed.Load() {
		return "", &providers.Error{Kind: providers.KindConnection, Message: "the connection is closed"}
	}
	resp, err := s.post(ctx, "Login", "")
	if err != nil {
		return "", err
	}
	defer resp.Release()
	var answer struct {
		ReturnObj string `json:"returnObj"`
	}
	if json.Unmarshal(resp.Body, &answer) != nil || !sessionID.MatchString(answer.ReturnObj) {
		return "", &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
			Message: "Ice.Lib.SessionModSvc/Login answered without a session id"}
	}
	return answer.ReturnObj, nil
}

// close gives the seat back. A session that the server has ended itself is
// gone already.
func (s *session) close() error {
	s.closed.Store(true)
	id, open := s.id.Current()
	if !open {
		return nil
	}
	s.id.Drop(func(string) bool { return true })
	ctx, cancel := context.WithTimeout(context.Background(), logoutTimeout)
	defer cancel()
	resp, err := s.post(ctx, "Logout", id)
	if errors.Is(err, providers.KindSession) {
		return nil
	}
	resp.Release()
	return err
}

// post calls a method of the session service, once more if the token has run
// out meanwhile.
func (s *session) post(ctx context.Context, method, id string) (*httpx.Response, error) {
	a := s.authorizer
	for attempt := 0; ; attempt++ {
		h := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
		if err := a.sign(ctx, h); err != nil {
			return nil, err
		}
		if id != "" {
			s.name(h, id)
		}
		signed := h.Get("Authorization")
		resp, err := a.send(ctx, &httpx.Request{
			Method: http.MethodPost, URL: strings.TrimRight(a.set.root, "/") + sessionService + method, Header: h, Body: []byte("{}"),
		})
		if attempt > 0 || !errors.Is(err, providers.KindAuthentication) {
			return resp, err
		}
		again, failed := a.credentials.renew(ctx, signed)
		switch {
		case failed != nil:
			return nil, failed
		case !again:
			return nil, err
		}
	}
}
