package epicor

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// restError is the body of an error of Kinetic's REST layer.
type restError struct {
	HttpStatus    int
	ReasonPhrase  string
	ErrorMessage  string
	ErrorType     string // a .NET type
	CorrelationId string
	ErrorDetails  []struct{ Message, Type, Table, Field string }
}

// decodeError reads an error answer: Kinetic's own form, OData's, or the HTML
// page of what stands before it. An answer of status 200 is an error only in
// Kinetic's own form.
func (s *settings) decodeError(resp *httpx.Response) *providers.Error {
	e := ownError(resp)
	if e == nil {
		if resp.Status == http.StatusOK {
			return nil
		}
		plain := odata.Traits{Version: s.traits.Version}
		e = plain.StatusError(resp)
	}
	e.Kind = kindOf(e, e.Kind)
	if e.Kind != providers.KindServer && e.Kind != providers.KindRateLimit && e.Kind != providers.KindTimeout {
		e.Retryable = false
	}
	e.Message = withoutSecrets(e.Message, resp)
	if e.Status == http.StatusBadRequest && topRefused.MatchString(e.Message) {
		e.Message += " Set Pagesize to what the server allows."
	}
	return e
}

// topRefused recognises a server that refuses a large $top in place of sending
// fewer rows.
var topRefused = regexp.MustCompile(`limit of '\d+' for Top query`)

func ownError(resp *httpx.Response) *providers.Error {
	var b restError
	body := bytes.TrimPrefix(resp.Body, []byte("\xEF\xBB\xBF"))
	if json.Unmarshal(body, &b) != nil || b.ErrorMessage == "" && b.ErrorType == "" && b.HttpStatus == 0 {
		return nil
	}
	e := &providers.Error{Status: resp.Status, Code: b.ErrorType, Message: oneLine(b.ErrorMessage), RequestID: b.CorrelationId}
	if resp.Status == http.StatusOK && b.HttpStatus != 0 {
		e.Status = b.HttpStatus // a proxy that flattens statuses, or an answer that failed half-way
	}
	if e.RequestID == "" {
		e.RequestID = resp.RequestID
	}
	for _, d := range b.ErrorDetails {
		text := oneLine(d.Message)
		if text == "" || strings.Contains(e.Message, text) {
			continue
		}
		if d.Table != "" {
			text = strings.Trim(d.Table+"."+d.Field, ".") + ": " + text
		}
		if e.Message != "" {
			text = "; " + text
		}
		e.Message += text
	}
	if e.Message == "" {
		e.Message = strings.TrimSpace(b.ReasonPhrase)
	}
	e.Kind = providers.KindServer
	e.Retryable = e.Status == http.StatusServiceUnavailable || e.Status == http.StatusBadGateway || e.Status == http.StatusGatewayTimeout
	return e
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// denied recognises "Access denied (Erp.BO.Company.GetRows)." by its method,
// which no translation of the message changes.
var denied = regexp.MustCompile(`\((Erp|Ice)\.[\w.]+\)`)

var noSeat = regexp.MustCompile(`(?i)(maximum number of users|users? exceeded|no .*licen[sc]es? .*available|licen[sc]e .*exceeded)`)

// kindOf tells Kinetic's errors apart by status, .NET type and, where neither
// does, by message: a 401 means wrong credentials, a wrong API key or a lack of
// rights.
func kindOf(e *providers.Error, otherwise providers.Kind) providers.Kind {
	typ := e.Code[strings.LastIndexByte(e.Code, '.')+1:]
	lower := strings.ToLower(e.Message)
	switch {
	case typ == "InvalidSessionException" || e.Status == http.StatusGone:
		return providers.KindSession
	case typ == "DuplicateRecordException" || e.Status == http.StatusConflict || strings.Contains(lower, "modified by another user"):
		return providers.KindConflict
	case typ == "RecordNotFoundException" || e.Status == http.StatusNotFound:
		return providers.KindNotFound
	case e.Status == http.StatusUnauthorized && strings.Contains(lower, "api key"):
		return providers.KindAPIKey
	case e.Status == http.StatusUnauthorized && (strings.Contains(lower, "access denied") || denied.MatchString(e.Message)):
		return providers.KindPermission
	case e.Status == http.StatusUnauthorized:
		return providers.KindAuthentication
	case e.Status == http.StatusForbidden:
		return providers.KindPermission
	case e.Status != http.StatusNotFound && noSeat.MatchString(e.Message):
		return providers.KindLicense
	case e.Status == http.StatusBadRequest:
		return providers.KindBusiness
	case typ == "ConversionsPendingException":
		// Whoever waits for the conversions waits longer than any retry.
		e.Retryable = false
		return providers.KindServer
	}
	return otherwise
}

// withoutSecrets takes out of a message what the request had in its headers:
// Kinetic quotes a wrong API key and a session that has ended.
func withoutSecrets(message string, resp *httpx.Response) string {
	secrets := []string{resp.SentHeader("x-api-key"), resp.SentHeader("password")}
	for _, name := range [...]string{"SessionInfo", "License"} {
		var v struct{ SessionID string }
		if json.Unmarshal([]byte(resp.SentHeader(name)), &v) == nil {
			secrets = append(secrets, v.SessionID)
		}
	}
	return odata.WithoutSecrets(message, resp, secrets...)
}
