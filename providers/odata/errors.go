package odata

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
)

var transportKinds = map[httpx.Kind]providers.Kind{
	httpx.KindInvalid: providers.KindProperty, httpx.KindOrigin: providers.KindOrigin,
	httpx.KindRedirect: providers.KindResponse, httpx.KindAuth: providers.KindAuthentication,
	httpx.KindConnect: providers.KindConnection, httpx.KindProxy: providers.KindConnection,
	httpx.KindTLS: providers.KindConnection, httpx.KindLost: providers.KindConnection,
	httpx.KindTruncated: providers.KindResponse, httpx.KindBodyTooLarge: providers.KindResponse,
	httpx.KindProtocol: providers.KindResponse, httpx.KindTimeout: providers.KindTimeout,
	httpx.KindCanceled: providers.KindCanceled, httpx.KindClosed: providers.KindConnection,
}

// TransportError makes the driver's error of a request that got no answer. A
// context that ended stays itself.
func TransportError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var own *providers.Error
	if errors.As(err, &own) {
		return own // an authorizer's
	}
	e := &providers.Error{Kind: providers.KindConnection, Message: err.Error(), Err: err}
	var he *httpx.Error
	if errors.As(err, &he) {
		e.Kind = transportKinds[he.Kind]
		e.Retryable = he.Kind == httpx.KindConnect || he.Kind == httpx.KindLost || he.Kind == httpx.KindTruncated || he.Kind == httpx.KindTimeout
	}
	return e
}

// StatusError reads an answer that is an error: by the server's own decoder,
// as OData's error body of any version, or by its status alone.
func (t *Traits) StatusError(resp *httpx.Response) *providers.Error {
	if t.DecodeError != nil {
		if e := t.DecodeError(resp); e != nil {
			return e
		}
	}
	e := &providers.Error{Kind: kindOfStatus(resp.Status), Status: resp.Status, RequestID: resp.RequestID}
	e.Retryable = e.Kind == providers.KindRateLimit || resp.Status >= 502 && resp.Status <= 504
	if code, message, ok := errorBody(resp.Body); ok {
		e.Code, e.Message = WithoutSecrets(code, resp), WithoutSecrets(message, resp)
	}
	if e.Message == "" {
		e.Message = fmt.Sprintf("the server answered %s", describeBody(resp))
	}
	return e
}

func kindOfStatus(status int) providers.Kind {
	switch status {
	case http.StatusUnauthorized:
		return providers.KindAuthentication
	case http.StatusForbidden:
		return providers.KindPermission
	case http.StatusNotFound:
		return providers.KindNotFound
	case http.StatusGone:
		return providers.KindSession
	case http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return providers.KindUnsupported
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		return providers.KindConflict
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return providers.KindTimeout
	case http.StatusTooManyRequests:
		return providers.KindRateLimit
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return providers.KindBusiness
	}
	switch {
	case status >= 500:
		return providers.KindServer
	case status >= 200 && status < 400:
		return providers.KindResponse
	}
	return providers.KindOther
}

// errorBody reads V4's error.message, V3's odata.error.message.value, V2's
// error.message.value, and the XML that Atom services write.
func errorBody(body []byte) (code, message string, ok bool) {
	var top map[string]json.RawMessage
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	if json.Unmarshal(body, &top) != nil {
		return atomError(body)
	}
	raw := top["error"]
	if raw == nil {
		raw = top["odata.error"]
	}
	var e struct {
		Code    json.RawMessage `json:"code"`
		Message json.RawMessage `json:"message"`
		Inner   struct {
			Message string `json:"message"`
		} `json:"innererror"`
	}
	if raw == nil || json.Unmarshal(raw, &e) != nil {
		var text string
		if raw != nil && json.Unmarshal(raw, &text) == nil {
			return "", text, true
		}
		return "", "", false
	}
	message = jsonText(e.Message)
	var nested struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(e.Message, &nested) == nil && nested.Value != "" {
		message = nested.Value
	}
	if e.Inner.Message != "" && !strings.Contains(message, e.Inner.Message) {
		message = strings.TrimSpace(message + " " + e.Inner.Message)
	}
	return jsonText(e.Code), message, true
}

// jsonText returns the text of a string or number.
func jsonText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if t := bytes.TrimSpace(raw); len(t) > 0 && t[0] != '{' && t[0] != '[' && string(t) != "null" {
		return string(t)
	}
	return ""
}

// describeBody says what came in place of an error body, without quoting what
// could be anything.
func describeBody(resp *httpx.Response) string {
	body := bytes.TrimSpace(resp.Body)
	status := fmt.Sprintf("%d %s", resp.Status, http.StatusText(resp.Status))
	switch {
	case len(body) == 0:
		return status + " with an empty body"
	case body[0] == '<':
		lower := strings.ToLower(string(body[:min(len(body), 4096)]))
		if i := strings.Index(lower, "<title>"); i >= 0 {
			if j := strings.Index(lower[i:], "</title>"); j > 0 && j < 200 {
				title := strings.TrimSpace(string(body[i+len("<title>") : i+j]))
				return fmt.Sprintf("%s with an HTML page titled %q", status, WithoutSecrets(title, resp))
			}
		}
		return status + " with an HTML or XML page instead of JSON"
	case body[0] != '{' && body[0] != '[':
		return fmt.Sprintf("%s: %s", status, clipped(WithoutSecrets(string(body), resp)))
	}
	return status
}

func clipped(s string) string {
	const most = 200
	s = strings.ToValidUTF8(s, "?")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// shown returns a URL as errors and EXPLAIN print it. The parameters that go
// with every request may be secret whatever their names are.
func (t *Traits) shown(url string) string {
	for name, values := range t.Query {
		for _, v := range values {
			if v != "" {
				url = strings.ReplaceAll(url, escape(name, true)+"="+escape(v, true), escape(name, true)+"=***")
			}
		}
	}
	return httpx.RedactURL(url)
}

// errEmptyPage is what an answer of status 200 without a body is: some servers
// refuse a condition or an order so.
var errEmptyPage = errors.New("empty page")

// pageError makes the driver's error of a page with status 200 that is not
// rows: an error body, HTML, truncated or malformed JSON, nothing at all, or a
// value that does not fit its column.
func (t *Traits) pageError(resp *httpx.Response, err error) error {
	shown := t.shown(resp.URL)
	e := &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Err: err}
	var value *jsonpage.ValueError
	switch {
	case errors.As(err, &value):
		e.Message = fmt.Sprintf("GET %s: %v", shown, err)
		return e
	case len(bytes.TrimSpace(resp.Body)) == 0:
		e.Err = errEmptyPage
		e.Message = fmt.Sprintf("GET %s: the answer is empty, which is no page of rows", shown)
		return e
	}
	if errors.Is(err, errNotAKey) {
		e.Message = fmt.Sprintf("GET %s: the metadata name a key, and two rows have it in common: they cannot be told apart", shown)
		return e
	}
	if errors.Is(err, errNotExpanded) {
		e.Kind, e.Refused = providers.KindUnsupported, true
		e.Message = fmt.Sprintf("GET %s: the server passes over $expand (SupportsExpand=false says so)", shown)
		return e
	}
	if t.DecodeError != nil {
		if own := t.DecodeError(resp); own != nil {
			return own
		}
	}
	if code, message, ok := errorBody(resp.Body); ok {
		e.Kind, e.Code, e.Message = providers.KindServer, WithoutSecrets(code, resp), WithoutSecrets(message, resp)
		return e
	}
	var notJSON *jsonpage.NotJSONError
	if errors.As(err, &notJSON) {
		e.Message = fmt.Sprintf("GET %s: %s", shown, describeBody(resp))
		return e
	}
	e.Retryable = errors.Is(err, jsonpage.ErrTruncated)
	e.Message = fmt.Sprintf("GET %s: %v", shown, err)
	return e
}
