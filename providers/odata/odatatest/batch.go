package odatatest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

// batch answers the reads of a multipart batch, one after the other.
func (h *Handler) batch(w http.ResponseWriter, r *http.Request) error {
	if h.cfg.jsonBatch {
		return h.jsonBatch(w, r)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		return &Error{Status: 415, Message: "A batch is multipart/mixed."}
	}
	const boundary = "batchresponse_1"
	var out bytes.Buffer
	for parts := multipart.NewReader(r.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return badRequest("The batch is not well formed: %v", err)
		}
		inner, err := http.ReadRequest(bufio.NewReader(part))
		if err != nil {
			return badRequest("A request of the batch is not well formed: %v", err)
		}
		answer, err := h.serveInner(r, inner)
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "--%s\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 %d %s\r\n", boundary, answer.status, http.StatusText(answer.status))
		answer.head.Set("Content-Length", strconv.Itoa(answer.body.Len()))
		_ = answer.head.Write(&out) // a buffer does not fail
		out.WriteString("\r\n")
		out.Write(answer.body.Bytes())
		out.WriteString("\r\n")
	}
	fmt.Fprintf(&out, "--%s--\r\n", boundary)
	w.Header().Set("Content-Type", "multipart/mixed; boundary="+boundary)
	return h.send(w, r, http.StatusAccepted, out.Bytes())
}

// serveInner answers one request of a batch.
func (h *Handler) serveInner(outer, inner *http.Request) (*held, error) {
	if !strings.EqualFold(inner.Method, http.MethodGet) {
		return nil, &Error{Status: 501, Message: "Batches hold reads only here."}
	}
	answer := &held{head: http.Header{}}
	inner.Method, inner.Host = http.MethodGet, outer.Host
	if err := h.serve(answer, inner.WithContext(outer.Context())); err != nil {
		h.cfg.writeError(answer, inner, asError(err))
	}
	answer.WriteHeader(http.StatusOK)
	return answer, nil
}

// jsonBatch answers a batch in the form of OData JSON Format 4.01.
func (h *Handler) jsonBatch(w http.ResponseWriter, r *http.Request) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &Error{Status: 415, Message: "A batch is application/json."}
	}
	var batch struct {
		Requests []struct {
			ID, Method, URL string
			Headers         map[string]string
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		return badRequest("The batch is not well formed: %v", err)
	}
	type response struct {
		ID      string            `json:"id"`
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body,omitempty"`
	}
	responses := []response{}
	for _, q := range batch.Requests {
		inner, err := http.NewRequestWithContext(r.Context(), strings.ToUpper(q.Method), q.URL, nil)
		if err != nil {
			return badRequest("A request of the batch is not well formed: %v", err)
		}
		for name, value := range q.Headers {
			inner.Header.Set(name, value)
		}
		held, err := h.serveInner(r, inner)
		if err != nil {
			return err
		}
		answer := response{ID: q.ID, Status: held.status, Headers: map[string]string{}, Body: held.body.Bytes()}
		for name := range held.head {
			answer.Headers[strings.ToLower(name)] = held.head.Get(name)
		}
		if !json.Valid(answer.Body) || strings.HasPrefix(held.head.Get("Content-Type"), "text/") {
			answer.Body = appendString(nil, held.body.String())
		}
		responses = append(responses, answer)
	}
	body, err := json.Marshal(map[string]any{"responses": responses})
	if err != nil {
		return err
	}
	return h.sendJSON(w, r, http.StatusOK, body)
}
