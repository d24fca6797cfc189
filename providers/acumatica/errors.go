package acumatica

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// httpError is the body of an error of the contract-based interface. Its stack
// trace is nobody's business.
type httpError struct {
	Message          string              `json:"message"`
	ExceptionMessage string              `json:"exceptionMessage"`
	ExceptionType    string              `json:"exceptionType"`
	MessageDetail    string              `json:"messageDetail"`
	ModelState       map[string][]string `json:"modelState"`
	Inner            *httpError          `json:"innerException"`
}

// decodeError reads an error answer: the interface's own form, the record whose
// fields carry errors (422), OData's form, or whatever stands before the server.
// An answer of status 200 is an error only in the interface's own form.
func (s *settings) decodeError(resp *httpx.Response) *providers.Error {
	e := ownError(resp)
	if e == nil {
		if resp.Status == http.StatusOK {
			return nil
		}
		e = (&odata.Traits{}).StatusError(resp)
	}
	e.Kind = s.kindOf(e)
	if e.Kind != providers.KindServer && e.Kind != providers.KindRateLimit && e.Kind != providers.KindTimeout && e.Kind != providers.KindLicense {
		e.Retryable = false
	}
	switch e.Kind {
	case providers.KindLicense:
		e.Message += "; all sessions of the licence, or of this user, are in use: close other connections, or wait until sessions that did not sign out have run out"
		e.Retryable = true
	case providers.KindProperty:
		e.Message = fmt.Sprintf("Company: the server has no tenant %q: give the login name of the tenant", s.tenant)
	}
	e.Message = withoutSecrets(e.Message, resp)
	return e
}

// statusError is decodeError for an answer that is known to be one.
func (s *settings) statusError(resp *httpx.Response) *providers.Error {
	if e := s.decodeError(resp); e != nil {
		return e
	}
	return &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
		Message: httpx.RedactURL(resp.URL) + " gave an answer that was not understood"}
}

func ownError(resp *httpx.Response) *providers.Error {
	body := bytes.TrimPrefix(resp.Body, []byte("\xEF\xBB\xBF"))
	e := &providers.Error{Kind: providers.KindServer, Status: resp.Status, RequestID: resp.RequestID}
	if resp.Status == http.StatusUnprocessableEntity {
		if found := recordErrors(body); len(found) > 0 {
			e.Kind, e.Message = providers.KindBusiness, strings.Join(found, "; ")
			return e
		}
	}
	var b httpError
	if json.Unmarshal(body, &b) != nil || b.Message == "" && b.ExceptionMessage == "" {
		return nil
	}
	e.Code = b.ExceptionType
	var texts []string
	for part := &b; part != nil; part = part.Inner {
		// "An error has occurred." says nothing beside what did.
		text := part.ExceptionMessage
		if text == "" {
			text = part.Message
		}
		texts = append(texts, text, part.MessageDetail)
		for _, field := range slices.Sorted(maps.Keys(part.ModelState)) {
			texts = append(texts, field+": "+strings.Join(part.ModelState[field], " "))
		}
		if part.ExceptionType != "" && part.Inner == nil {
			e.Code = part.ExceptionType
		}
	}
	for _, text := range texts {
		if text = oneLine(text); text != "" && !strings.Contains(e.Message, text) {
			if e.Message != "" {
				text = "; " + text
			}
			e.Message += text
		}
	}
	return e
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// maxRecordErrors bounds what of a long document's errors is told.
const maxRecordErrors = 8

// recordErrors collects the errors that stand in a record and its fields, each
// with its place: the answer to a write that the server did not take (422).
func recordErrors(body []byte) []string {
	var record any
	if json.Unmarshal(body, &record) != nil {
		return nil
	}
	var found []string
	var visit func(place string, v any)
	visit = func(place string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if text, ok := v["error"].(string); ok && text != "" {
				if text = oneLine(text); place != "" {
					text = place + ": " + text
				}
				found = append(found, text)
			}
			for _, name := range slices.Sorted(maps.Keys(v)) {
				inner := name
				if place != "" {
					inner = place + "." + name
				}
				visit(inner, v[name])
			}
		case []any:
			for i, element := range v {
				visit(place+"["+strconv.Itoa(i+1)+"]", element)
			}
		}
	}
	visit("", record)
	if more := len(found) - maxRecordErrors; more > 0 {
		found = append(found[:maxRecordErrors], fmt.Sprintf("and %d more", more))
	}
	return found
}

// loginLimits are phrases of the messages about sessions that the licence, or
// the user's type, does not have.
var loginLimits = []string{"api login limit", "apiloginlimit", "concurrent api login", "checkapiuserslimits", "number of api users"}

func containsAny(text string, phrases []string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(text, p) })
}

// kindOf tells errors apart by status, .NET type and, where neither does, by
// message.
func (s *settings) kindOf(e *providers.Error) providers.Kind {
	typ := e.Code[strings.LastIndexByte(e.Code, '.')+1:]
	lower := strings.ToLower(e.Message)
	switch {
	case typ == "PXUndefinedCompanyException":
		return providers.KindProperty
	case containsAny(lower, loginLimits):
		return providers.KindLicense
	case e.Status == http.StatusTooManyRequests:
		return providers.KindRateLimit
	case e.Status == http.StatusUnauthorized, strings.Contains(lower, "invalid credentials"):
		return providers.KindAuthentication
	case e.Status == http.StatusForbidden, typ == "PXNotEnoughRightsException", typ == "PXAccessViolationException":
		return providers.KindPermission
	case e.Status == http.StatusNotFound, strings.Contains(lower, "no entity satisfies the condition"):
		return providers.KindNotFound
	case e.Status == http.StatusPreconditionFailed, e.Status == http.StatusConflict, typ == "PXLockViolationException":
		return providers.KindConflict
	case e.Status == http.StatusUnprocessableEntity, e.Status == http.StatusBadRequest:
		return providers.KindBusiness
	}
	return e.Kind
}

// withoutSecrets takes out of a message what the request had in its headers.
func withoutSecrets(message string, resp *httpx.Response) string {
	secrets := strings.Split(resp.SentHeader("Cookie"), "; ")
	for i, pair := range secrets {
		_, secrets[i], _ = strings.Cut(pair, "=")
	}
	_, credentials, _ := strings.Cut(resp.SentHeader("Authorization"), " ")
	for _, secret := range append(secrets, credentials) {
		// Anything shorter would blot out words that mean something else.
		if len(secret) >= 8 {
			message = strings.ReplaceAll(message, secret, "***")
		}
	}
	return message
}
