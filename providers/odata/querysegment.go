package odata

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// querySegment behind a resource's path takes the query options in the body of a
// POST (OData 4.01 part 2, section "Passing Query Options in the Request Body").
const querySegment = "/$query"

// longRequests is what has been found out of how a service takes requests whose
// URL would be too long.
type longRequests struct {
	reads       atomic.Bool // $query is known to go by what is in the body
	refuses     atomic.Bool // it is not there, or does not
	jsonBatches atomic.Bool // $batch is taken in JSON and not in the multipart form
}

// learned is what is known of long requests; a service that keeps nothing of it
// finds it out anew.
func (s *Service) learned() *longRequests {
	if s.long == nil {
		return &longRequests{}
	}
	return s.long
}

// longForm is how a request goes whose URL would be too long.
type longForm string

const (
	asURL     longForm = "" // the service knows no other way
	withQuery longForm = "$query"
	inBatch   longForm = "$batch"
)

// longForm says which way the service is to be asked.
func (s *Service) longForm() longForm {
	switch {
	case s.Traits.QuerySegment && !s.learned().refuses.Load():
		return withQuery
	case s.Traits.Batch:
		return inBatch
	}
	return asURL
}

// line is a request as EXPLAIN prints it.
func (s *Service) line(url string) string {
	if form := s.longForm(); form != asURL && len(url) > s.Traits.urlLimit() {
		return "POST " + string(form) + ": GET " + s.Traits.shown(url)
	}
	return "GET " + s.Traits.shown(url)
}

// errNoQuery says that a service has no $query.
var errNoQuery = errors.New("the service takes no query options in a body ($query)")

// getLong fetches a URL that is too long for a request of its own.
func (s *Service) getLong(ctx context.Context, url string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	if s.longForm() == withQuery {
		resp, err := s.getByQuery(ctx, url, header, stats)
		if !errors.Is(err, errNoQuery) {
			return resp, err
		}
		s.learned().refuses.Store(true)
		if !s.Traits.Batch {
			return nil, tooLong(&providers.Error{Kind: providers.KindUnsupported, Err: err,
				Message: err.Error() + ", and the URL is longer than MaxURLLength"})
		}
	}
	return s.getBatched(ctx, url, header, stats)
}

// tooLong marks an error as a refusal: with fewer conditions the URL is short
// enough to go alone.
func tooLong(e *providers.Error) *providers.Error {
	e.Refused = true
	return e
}

// getByQuery sends the query options of a URL in the body of a POST. It is a
// read, so that it may go again.
func (s *Service) getByQuery(ctx context.Context, url string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	target, options := s.intoBody(url)
	if s.trials != nil && !s.learned().reads.Load() {
		if err := s.tryQuery(ctx, target, header, stats); err != nil {
			return nil, err
		}
		s.learned().reads.Store(true)
	}
	resp, err := s.postQuery(ctx, target, options, header, stats)
	if err != nil {
		return nil, err
	}
	resp.URL = url
	return resp, nil
}

// tryQuery finds out whether the service goes by what is in the body: it must
// refuse what is no condition. One that passes over the body would answer with
// rows that nobody asked for.
func (s *Service) tryQuery(ctx context.Context, target string, header http.Header, stats *httpx.Stats) error {
	resp, err := s.postQuery(ctx, target, "$filter=(", header, stats)
	if err != nil {
		return err
	}
	defer resp.Release()
	switch {
	case resp.Status >= 200 && resp.Status <= 299:
		return errNoQuery
	case resp.Status == http.StatusUnauthorized, resp.Status == http.StatusTooManyRequests, resp.Status > http.StatusNotImplemented:
		return s.Traits.StatusError(resp)
	}
	return nil
}

func (s *Service) postQuery(ctx context.Context, target, options string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	h := header.Clone()
	h.Set("Content-Type", "text/plain")
	resp, err := s.post(ctx, &httpx.Request{Method: http.MethodPost, URL: target, Header: h, Body: []byte(options), Idempotent: httpx.IdempotentAlways, Stats: stats})
	if err != nil {
		return nil, err
	}
	switch resp.Status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusNotImplemented:
		resp.Release()
		return nil, errNoQuery
	}
	return resp, nil
}

// intoBody parts a URL into the address of $query and the options that go into
// the body. What goes with every request stays in the URL, where gateways look
// for it.
func (s *Service) intoBody(url string) (target, options string) {
	path, query, _ := strings.Cut(url, "?")
	var stay, move []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if s.everyRequestHas(name) {
			stay = append(stay, part)
		} else {
			move = append(move, part)
		}
	}
	target = path + querySegment
	if stay != nil {
		target += "?" + strings.Join(stay, "&")
	}
	return target, strings.Join(move, "&")
}

// everyRequestHas says whether an option, its name as URLs have it, is one of
// CustomURLParams.
func (s *Service) everyRequestHas(name string) bool {
	for own := range s.Traits.Query {
		if escape(own, true) == name {
			return true
		}
	}
	return false
}
