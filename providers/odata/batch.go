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

// maxBodyURL bounds a URL that goes within a body, in bytes: there no proxy looks
// at it, and a server may still.
const maxBodyURL = 32 << 10

// urlLimit is the longest URL of a request.
func (t *Traits) urlLimit() int {
	if t.MaxURLLength > 0 {
		return t.MaxURLLength
	}
	return DefaultMaxURLLength
}

const batchBoundary = "batch_one_request"

// getBatched fetches a URL by a batch of one request. The answer is that of the
// request within. A service that refuses the multipart form may take JSON.
func (s *Service) getBatched(ctx context.Context, url string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	if s.learned().jsonBatches.Load() {
		return s.getInJSONBatch(ctx, url, header, stats)
	}
	resp, err := s.getInMultipart(ctx, url, header, stats)
	var refused *providers.Error
	if errors.As(err, &refused) && s.Traits.wantsJSON(refused.Status) {
		if resp, err := s.getInJSONBatch(ctx, url, header, stats); err == nil {
			return resp, nil
		}
	}
	return resp, err
}

// getInMultipart uses the multipart form (OData 4.0 part 1, section 11.7), which
// all versions have.
func (s *Service) getInMultipart(ctx context.Context, url string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "--%s\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET %s HTTP/1.1\r\n", batchBoundary, url)
	if err := innerHeader(header).Write(&body); err != nil { // a buffer does not fail
		return nil, err
	}
	fmt.Fprintf(&body, "\r\n\r\n--%s--\r\n", batchBoundary)
	resp, err := s.postBatch(ctx, header, "multipart/mixed; boundary="+batchBoundary, body.Bytes(), stats)
	if err != nil {
		return nil, err
	}
	if err := takeInner(resp); err != nil {
		defer resp.Release()
		return nil, s.noBatch(resp, err)
	}
	resp.URL = url
	return resp, nil
}

// innerHeader are the headers of a request within a batch.
func innerHeader(header http.Header) http.Header {
	inner := http.Header{}
	for _, name := range [...]string{"Accept", "Prefer", "OData-MaxVersion", "MaxDataServiceVersion"} {
		if v := header.Get(name); v != "" {
			inner.Set(name, v)
		}
	}
	return inner
}

// postBatch sends a batch of one media type and is given one of that type.
func (s *Service) postBatch(ctx context.Context, header http.Header, kind string, body []byte, stats *httpx.Stats) (*httpx.Response, error) {
	outer := header.Clone()
	outer.Set("Content-Type", kind)
	accept, _, _ := strings.Cut(kind, ";")
	outer.Set("Accept", accept)
	outer.Del("Prefer")
	resp, err := s.post(ctx, &httpx.Request{Method: http.MethodPost, URL: s.requestURL("$batch", nil), Header: outer, Body: body, Idempotent: httpx.IdempotentAlways, Stats: stats})
	if err != nil {
		return nil, err
	}
	if resp.Status < 200 || resp.Status > 299 {
		defer resp.Release()
		return nil, tooLong(s.Traits.StatusError(resp))
	}
	return resp, nil
}

// noBatch is the error of an answer to a batch that is none.
func (s *Service) noBatch(resp *httpx.Response, err error) *providers.Error {
	return tooLong(&providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
		Message: fmt.Sprintf("POST %s: the answer is no batch: %v", s.Traits.shown(resp.URL), err), Err: err})
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
