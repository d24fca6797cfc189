package odata

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// Sender sends the requests of a service: an httpx.Client, or what shares them
// out among several.
type Sender interface {
	Do(ctx context.Context, r *httpx.Request) (*httpx.Response, error)
	// CheckOrigin returns an error for a URL that leads to another server.
	CheckOrigin(url string) error
}

// Service is one OData service: where it is, how it is spoken to and how it
// behaves. It is immutable once tables are made from it.
type Service struct {
	Client Sender
	Root   string // absolute URL of the service root
	Traits Traits

	trials  *trials        // nil: the service is relied on
	forgery *forgeryTokens // nil: each request asks for its own
	long    *longRequests  // nil: what is found out is forgotten
}

var accept = [...]string{
	V4: "application/json;odata.metadata=minimal",
	V3: "application/json;odata=minimalmetadata",
	V2: "application/json",
}

// header returns the headers of a read.
func (s *Service) header() http.Header {
	h := http.Header{"Accept": {s.Traits.accept()}}
	switch s.Traits.Version {
	case V4:
		if s.Traits.Bare { // who sends no envelope knows nothing of its metadata
			h.Set("Accept", "application/json")
			break
		}
		h.Set("OData-MaxVersion", "4.01")
		if s.Traits.PreferPageSize {
			h.Set("Prefer", "odata.maxpagesize="+strconv.Itoa(s.Traits.pageSize()))
		}
	case V3:
		h.Set("MaxDataServiceVersion", "3.0")
	case V2:
		h.Set("MaxDataServiceVersion", "2.0")
	}
	for name, values := range s.Traits.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	return h
}

// documentURL is the address of the service document.
func (s *Service) documentURL() string {
	url := s.requestURL("", nil)
	if !strings.Contains(url, "?") {
		url += "/"
	}
	return url
}

// get fetches a URL. Whatever is not an answer of status 200 is an error.
func (s *Service) get(ctx context.Context, url string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	resp, err := s.fetch(ctx, url, header, stats)
	if err != nil {
		return nil, err
	}
	if resp.Status != http.StatusOK && resp.Status != http.StatusNoContent {
		defer resp.Release()
		return nil, s.Traits.StatusError(resp)
	}
	return resp, nil
}

// fetch sends a request by itself, or in a body where its URL is too long.
func (s *Service) fetch(ctx context.Context, url string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	if len(url) > s.Traits.urlLimit() && s.longForm() != asURL {
		return s.getLong(ctx, url, header, stats)
	}
	resp, err := s.Client.Do(ctx, &httpx.Request{URL: url, Header: header, Stats: stats})
	if err != nil {
		return nil, TransportError(ctx, err)
	}
	return resp, nil
}

// Metadata fetches and reads $metadata.
func (s *Service) Metadata(ctx context.Context) (*Model, error) {
	url := s.requestURL("$metadata", nil)
	h := s.header()
	h.Set("Accept", "application/xml")
	h.Del("Prefer")
	resp, err := s.get(ctx, url, h, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Release()
	m, err := ReadModel(resp.Body)
	if err != nil {
		return nil, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
			Message: fmt.Sprintf("%s: %v", s.Traits.shown(url), err), Err: err}
	}
	return m, nil
}
