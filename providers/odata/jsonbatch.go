package odata

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// jsonBatch is a batch in the form of OData JSON Format 4.01, section "Batch
// Requests and Responses".
type jsonBatch struct {
	Requests  []jsonRequest  `json:"requests,omitempty"`
	Responses []jsonResponse `json:"responses,omitempty"`
}

type jsonRequest struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
}

type jsonResponse struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// wantsJSON says whether the refusal of a batch may be one of its form.
func (t *Traits) wantsJSON(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusUnsupportedMediaType, http.StatusNotImplemented:
		return t.Version == V4
	}
	return false
}

// getInJSONBatch fetches a URL by a batch of one request in JSON.
func (s *Service) getInJSONBatch(ctx context.Context, url string, header http.Header, stats *httpx.Stats) (*httpx.Response, error) {
	inner := map[string]string{}
	for name := range innerHeader(header) {
		inner[strings.ToLower(name)] = header.Get(name)
	}
	body, err := json.Marshal(jsonBatch{Requests: []jsonRequest{{ID: "1", Method: "get", URL: url, Headers: inner}}})
	if err != nil { // strings always can be written
		return nil, err
	}
	resp, err := s.postBatch(ctx, header, "application/json", body, stats)
	if err != nil {
		return nil, err
	}
	if err := takeJSONInner(resp); err != nil {
		defer resp.Release()
		return nil, s.noBatch(resp, err)
	}
	s.learned().jsonBatches.Store(true)
	resp.URL = url
	return resp, nil
}

// takeJSONInner puts the one answer within a batch in the place of the batch.
func takeJSONInner(resp *httpx.Response) error {
	var batch jsonBatch
	if err := json.Unmarshal(bytes.TrimPrefix(resp.Body, []byte("\xEF\xBB\xBF")), &batch); err != nil {
		return err
	}
	if n := len(batch.Responses); n != 1 || batch.Responses[0].ID != "1" || batch.Responses[0].Status == 0 {
		return fmt.Errorf("of one request, it has %d answers", n)
	}
	answer := batch.Responses[0]
	header := http.Header{}
	for name, value := range answer.Headers {
		header.Set(name, value)
	}
	body := []byte(answer.Body)
	// Text, as the number of /$count, is a string there.
	if text := ""; strings.HasPrefix(header.Get("Content-Type"), "text/") && json.Unmarshal(body, &text) == nil {
		body = []byte(text)
	}
	resp.Status, resp.Header, resp.Body = answer.Status, header, body
	return nil
}
