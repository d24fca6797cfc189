package oauthtest

import (
	"fmt"
	"net/http"
	"time"
)

// failure is an error answer of RFC 6749 section 5.2, and how Entra says it.
type failure struct {
	code        string
	description string
	aadsts      int
	status      int // 0 for 400
	suberror    string
	basic       bool // the client tried HTTP Basic
}

// Trace and correlation ids of every answer of the shape Entra.
const (
	TraceID       = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
	CorrelationID = "f9e8d7c6-b5a4-9382-7160-5f4e3d2c1b0a"
)

func (s *Server) fail(w http.ResponseWriter, f *failure) {
	status := f.status
	if status == 0 {
		status = http.StatusBadRequest
	}
	if f.code == "invalid_client" {
		status = http.StatusUnauthorized
		if f.basic {
			w.Header().Set("WWW-Authenticate", `Basic realm="token endpoint"`)
		}
	}
	switch s.cfg.shape {
	case Entra:
		writeJSON(w, status, entraBody(f.code, f.description, f.aadsts, f.suberror, s.cfg.now()))
	case Acumatica: // IdentityServer keeps its reasons to itself
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": f.code})
	default:
		writeJSON(w, status, map[string]string{"error": f.code, "error_description": f.description})
	}
}

// entraBody is the body that Entra's token endpoint sends with an error.
func entraBody(code, description string, aadsts int, suberror string, now time.Time) map[string]any {
	stamp := now.UTC().Format("2006-01-02 15:04:05Z")
	body := map[string]any{
		"error": code,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			aadsts, description, TraceID, CorrelationID, stamp),
		"error_codes": []int{aadsts}, "timestamp": stamp, "trace_id": TraceID, "correlation_id": CorrelationID,
		"error_uri": fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", aadsts),
	}
	if suberror != "" {
		body["suberror"] = suberror
	}
	return body
}
