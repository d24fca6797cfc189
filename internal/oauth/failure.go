package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/oauth2"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// failed is a request that brought no token.
type failed struct {
	grant  string
	answer *answer
	sent   []string // the secrets in it
}

// failure makes the Error of a token request. Errors of the library are not
// wrapped: they quote the body.
func (c *Client) failure(ctx context.Context, err error, f failed) error {
	var refusal *oauth2.RetrieveError
	switch {
	case errors.As(err, &refusal):
		return refused(refusal.Body, f)
	case f.answer.status == 0:
		return unreachable(ctx, err)
	}
	return notOAuth(f)
}

// unreachable is a request without an answer. Errors of httpx are redacted; what
// net/http puts around them quotes the address.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("sign-in: %w", context.Cause(ctx))
	}
	var own *Error // of what signs an assertion anew
	if errors.As(err, &own) {
		return own
	}
	var h *httpx.Error
	if !errors.As(err, &h) {
		return &Error{Reason: ReasonUnavailable, Message: "the identity provider cannot be reached"}
	}
	e := &Error{Reason: ReasonUnavailable, Message: "the identity provider cannot be reached: " + h.Error(), Err: h}
	switch h.Kind {
	case httpx.KindConnect, httpx.KindLost, httpx.KindTruncated, httpx.KindTimeout, httpx.KindProxy:
		e.Retryable = true
	case httpx.KindInvalid, httpx.KindOrigin, httpx.KindRedirect:
		e.Reason, e.Advice = ReasonProperty, "check the addresses of the identity provider: OAuthIssuer, OAuthAuthorizationURL, OAuthAccessTokenURL"
	case httpx.KindBodyTooLarge, httpx.KindProtocol:
		e.Reason = ReasonResponse
	}
	return e
}

// notOAuth is an answer that is none of the protocol's: a proxy's page, or an
// address that belongs to something else.
func notOAuth(f failed) *Error {
	e := &Error{
		Reason: ReasonResponse, Status: f.answer.status,
		Message: fmt.Sprintf("the identity provider answered with status %d and %s instead of OAuth's JSON", f.answer.status, bodyKind(f.answer.header)),
		Advice:  "check OAuthAccessTokenURL, OAuthDeviceURL and OAuthIssuer, and whether a proxy answers in the provider's place",
	}
	e.RequestID = requestID(f.answer.header, "", "")
	if unavailableStatus(e.Status) {
		e.Reason, e.Retryable = ReasonUnavailable, true
		e.Message = fmt.Sprintf("the identity provider is not available: status %d", e.Status)
		e.Advice = "try again later"
	}
	return e
}

func unavailableStatus(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

func bodyKind(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err != nil:
		return "a body of no known type"
	case kind == "text/html":
		return "an HTML page"
	}
	return "a body of type " + clean(kind, nil)
}

// errorAnswer is RFC 6749 section 5.2, with what Entra adds.
type errorAnswer struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
	Suberror    string `json:"suberror"`
	Numbers     []int  `json:"error_codes"`
	TraceID     string `json:"trace_id"`
	Correlation string `json:"correlation_id"`
}

// refused is an error answer of the provider's.
func refused(body []byte, f failed) *Error {
	var a errorAnswer
	// A member of another type is left out; the code decides.
	if err := json.Unmarshal(body, &a); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		a = formError(body, f.answer.header)
	}
	if !isErrorCode(a.Code) {
		return notOAuth(f)
	}
	e := explain(a, f.grant, f.sent)
	e.Status = f.answer.status
	e.RequestID = requestID(f.answer.header, a.TraceID, a.Correlation)
	return e
}

// formError reads the answers of servers from before OAuth settled on JSON.
func formError(body []byte, h http.Header) (a errorAnswer) {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "text/plain" {
		return a
	}
	if v, err := url.ParseQuery(string(body)); err == nil {
		a.Code, a.Description = v.Get("error"), v.Get("error_description")
	}
	return a
}

// isErrorCode tells a code such as invalid_grant from a text.
func isErrorCode(code string) bool {
	for _, r := range code {
		if r <= ' ' || r > '~' || r == '"' || r == '\\' {
			return false
		}
	}
	return code != "" && len(code) <= 100
}

// refusedRedirect is the error that came with the browser (RFC 6749, section
// 4.1.2.1). Anyone can write such an address, so its words are not trusted.
func refusedRedirect(v url.Values) *Error {
	code := v.Get("error")
	if !isErrorCode(code) {
		code = "access_denied"
	}
	return explain(errorAnswer{Code: code, Description: v.Get("error_description")}, "", nil)
}

var aadsts = regexp.MustCompile(`\bAADSTS(\d{4,9})\b`)

// explain finds out what an answer means: by Entra's number, which says most,
// else by suberror, else by the code of OAuth.
func explain(a errorAnswer, grant string, sent []string) *Error {
	code, number := clean(a.Code, sent), 0
	if m := aadsts.FindStringSubmatch(a.Description); m != nil {
		number, _ = strconv.Atoi(m[1])
	} else if len(a.Numbers) > 0 {
		number = a.Numbers[0]
	}
	m, known := codeMeanings[a.Code]
	if !known {
		m = meaning{text: "the identity provider refused the sign-in"}
	}
	if g, ok := grantMeanings[grant]; ok && a.Code == "invalid_grant" {
		m = g
	}
	if s, ok := suberrorMeanings[a.Suberror]; ok {
		m = s
	}
	if n, ok := entraMeanings[number]; ok {
		m = n
	}
	e := &Error{Reason: m.reason, Code: code, oauth: code, Advice: m.advice, Retryable: m.retryable, Interactive: m.interactive}
	if number != 0 {
		e.Code = "AADSTS" + strconv.Itoa(number)
	}
	e.Message = m.text + " (" + e.Code + ")"
	if number != 0 {
		e.Message = m.text + " (" + e.Code + ", " + code + ")"
	}
	if said := providerSays(a.Description, sent); said != "" {
		e.Message += fmt.Sprintf("; the provider says: %s", said)
	}
	return e
}

// providerSays is a description without its number and ids, which have places
// of their own.
func providerSays(text string, sent []string) string {
	if i := strings.Index(text, "Trace ID:"); i >= 0 {
		text = text[:i]
	}
	text = aadsts.ReplaceAllString(text, "")
	return strings.TrimRight(strings.Trim(clean(text, sent), ": "), ".")
}

func requestID(h http.Header, trace, correlation string) string {
	id := cmp.Or(trace, correlation, h.Get("X-Ms-Request-Id"), h.Get("X-Request-Id"), h.Get("X-Correlation-Id"))
	if len(id) > 128 || strings.IndexFunc(id, func(r rune) bool { return r < '!' || r > '~' }) >= 0 {
		return ""
	}
	return id
}
