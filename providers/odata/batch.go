package odata

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// maxBatchedURL bounds a URL within $batch, in bytes: there no proxy looks at it,
// and a server may still.
const maxBatchedURL = 32 << 10

// batched says that a URL is too long for a request of its own, and that the
// service takes requests in a batch.
func (t *Traits) batched(url string) bool {
	return t.Batch && len(url) > t.urlLimit()
}

// urlLimit is the longest URL of a request.
func (t *Traits) urlLimit() int {
	if t.MaxURLLength > 0 {
		return t.MaxURLLength
	}
	return DefaultMaxURLLength
}

// line is a request as EXPLAIN prints it.
func (t *Traits) line(url string) string {
	if t.batched(url) {
		return "POST $batch: GET " + t.shown(url)
	}
	return "GET " + t.shown(url)
}

const batchBoundary = "batch_one_request"

// getBatched fetches a URL by a batch of one request (OData 4.0 part 1, section
// 11.7; the multipart form, which all versions have). The answer is that of the
// request within.
func (s *Service) getBatched(ctx context.Context, url string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "--%s\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET %s HTTP/1.1\r\n", batchBoundary, url)
	outer := header.Clone()
	inner := http.Header{}
	for _, name := range [...]string{"Accept", "Prefer", "OData-MaxVersion", "MaxDataServiceVersion"} {
		if v := header.Get(name); v != "" {
			inner.Set(name, v)
		}
	}
	if err := inner.Write(&body); err != nil { // a buffer does not fail
		return nil, err
	}
	fmt.Fprintf(&body, "\r\n\r\n--%s--\r\n", batchBoundary)
	outer.Set("Content-Type", "multipart/mixed; boundary="+batchBoundary)
	outer.Set("Accept", "multipart/mixed")
	outer.Del("Prefer")
	resp, err := s.post(ctx, &httpx.Request{Method: http.MethodPost, URL: s.requestURL("$batch", nil), Header: outer, Body: body.Bytes(), Idempotent: httpx.IdempotentAlways, Stats: stats})
	if err != nil {
		return nil, err
	}
	if resp.Status < 200 || resp.Status > 299 {
		defer resp.Release()
		return nil, s.unbatched(s.Traits.StatusError(resp))
	}
	if err := takeInner(resp); err != nil {
		defer resp.Release()
		return nil, s.unbatched(&providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
			Message: fmt.Sprintf("POST %s: the answer is no batch: %v", s.Traits.shown(resp.URL), err), Err: err})
	}
	resp.URL = url
	return resp, nil
}

// unbatched marks an error as a refusal: with fewer conditions the URL is short
// enough to go alone.
func (s *Service) unbatched(e *providers.Error) *providers.Error {
	e.Refused = true
	return e
}

// takeInner puts the one answer within a batch in the place of the batch.
func takeInner(resp *httpx.Response) error {
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
		return fmt.Errorf("it is %s", kind)
	}
	part, err := multipart.NewReader(bytes.NewReader(resp.Body), params["boundary"]).NextRawPart()
	if err == io.EOF {
		return errors.New("it is empty")
	}
	if err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(part), &http.Request{Method: http.MethodGet})
	if err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	resp.Status, resp.Header, resp.Body = answer.StatusCode, answer.Header, slices.Clone(body)
	return nil
}
