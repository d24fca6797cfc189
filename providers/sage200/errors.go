package sage200

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// errorBody is what stands in an error answer: ASP.NET's Message, which may
// have a ModelState with more, or the message of the gateway (Azure API
// Management), which has a statusCode. Names are matched without regard to case.
type errorBody struct {
	StatusCode       int
	Message          string
	ExceptionMessage string
	ActivityID       string `json:"activityId"`
	ModelState       map[string][]string
}

// decodeError reads an error answer. An answer of status 200 is an error only
// if it has the form of one.
func (s *settings) decodeError(resp *httpx.Response) *providers.Error {
	e := ownError(resp)
	switch {
	case e == nil && resp.Status == http.StatusOK:
		return nil
	case e == nil:
		plain := odata.Traits{Version: odata.V4}
		e = plain.StatusError(resp)
	}
	e.Message = withoutSecrets(e.Message, resp)
	s.explain(e)
	return e
}

func ownError(resp *httpx.Response) *providers.Error {
	body := bytes.TrimSpace(bytes.TrimPrefix(resp.Body, []byte("\xEF\xBB\xBF")))
	e := &providers.Error{Status: resp.Status, RequestID: resp.RequestID}
	var text string
	if resp.Status != http.StatusOK && json.Unmarshal(body, &text) == nil && text != "" {
		e.Message = oneLine(text)
		return e
	}
	var b errorBody
	if json.Unmarshal(body, &b) != nil || b.Message == "" && len(b.ModelState) == 0 || resp.Status == http.StatusOK && !isError(body) {
		return nil
	}
	e.Message = oneLine(b.Message)
	add := func(text string) {
		if text = oneLine(text); text != "" && !strings.Contains(e.Message, text) {
			e.Message = strings.TrimSpace(e.Message + " " + text)
		}
	}
	add(b.ExceptionMessage)
	for _, name := range slices.Sorted(maps.Keys(b.ModelState)) {
		for _, text := range b.ModelState[name] {
			add(name + ": " + text)
		}
	}
	if b.StatusCode >= 400 {
		e.Status = b.StatusCode // a proxy that flattens statuses
	}
	if e.RequestID == "" {
		e.RequestID = b.ActivityID
	}
	return e
}

// isError tells an error body from a row that has a column of the name message.
func isError(body []byte) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(body, &members) == nil && len(members) <= 4 && members["id"] == nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// explain gives an error its kind, and says what the status means to Sage 200
// (developer.sage.com/200: 403 for a module that the user's role lacks, 404 for
// what this version of the product does not have).
func (s *settings) explain(e *providers.Error) {
	lower := strings.ToLower(e.Message)
	e.Retryable = false
	switch e.Status {
	case http.StatusUnauthorized:
		e.Kind = providers.KindAuthentication
		switch {
		case strings.Contains(lower, "subscription key"):
			e.Kind = providers.KindAPIKey
		case aboutPlace(lower):
			e.Kind = providers.KindProperty
			e.Message += " (Site and Company say which company is meant)"
		}
	case http.StatusForbidden:
		e.Kind = providers.KindPermission
		if strings.Contains(lower, "quota") {
			e.Kind = providers.KindRateLimit
			return
		}
		e.Message += " (the user's role lacks the module or feature)"
	case http.StatusNotFound:
		e.Kind = providers.KindNotFound
		e.Message += " (this version of Sage 200 has no such resource)"
	case http.StatusTooManyRequests:
		e.Kind, e.Retryable = providers.KindRateLimit, true
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		e.Kind, e.Retryable = providers.KindServer, true
	case http.StatusGatewayTimeout, http.StatusRequestTimeout:
		e.Kind, e.Retryable = providers.KindTimeout, true
	case http.StatusBadRequest:
		e.Kind = providers.KindBusiness
	default:
		if e.Kind == providers.KindOther {
			e.Kind = providers.KindServer
		}
	}
}

func aboutPlace(lower string) bool {
	for _, name := range [...]string{"x-site", "x-company", "site", "company"} {
		if strings.Contains(lower, name) {
			return true
		}
	}
	return false
}

// withoutSecrets takes out of a message what the request had in its headers.
func withoutSecrets(message string, resp *httpx.Response) string {
	for _, secret := range [...]string{strings.TrimPrefix(resp.SentHeader("Authorization"), bearerPrefix), resp.SentHeader(keyHeader)} {
		if len(secret) >= 4 { // anything shorter would blot out words that mean something else
			message = strings.ReplaceAll(message, secret, "***")
		}
	}
	return message
}

// unreadable is an answer with status 200 that is not what was asked for.
func (s *settings) unreadable(resp *httpx.Response, err error) error {
	if e := s.decodeError(resp); e != nil {
		return e
	}
	return &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Err: err,
		Message: fmt.Sprintf("GET %s: %v", httpx.RedactURL(resp.URL), err)}
}
