package oauthtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fault spoils the answer to one token request.
type Fault struct {
	// Grant is the grant type that it waits for; "" for any.
	Grant string
	// Status, Header and Body are answered instead; nothing is processed.
	Status int
	Header http.Header
	Body   string
	// Lost processes the request and closes the connection without an answer.
	Lost bool
	// Change edits the answer of a request that succeeded.
	Change func(answer map[string]any)
}

// For has the fault wait for a grant type.
func (f Fault) For(grant string) Fault { f.Grant = grant; return f }

// Fail queues faults: each spoils the next token request that it fits.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// nextFault takes the first fault that fits; the lock is held.
func (s *Server) nextFault(grant string) (Fault, bool) {
	for i, f := range s.faults {
		if f.Grant == "" || f.Grant == grant {
			s.faults = slices.Delete(s.faults, i, i+1)
			return f, true
		}
	}
	return Fault{}, false
}

// AADSTS is an error as Entra sends it, whatever the shape.
func AADSTS(number int, code, description string) Fault {
	return AADSTSSub(number, code, description, "")
}

// AADSTSSub is AADSTS with a suberror.
func AADSTSSub(number int, code, description, suberror string) Fault {
	body, err := json.Marshal(entraBody(code, description, number, suberror, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	if err != nil {
		panic(err) // strings and numbers
	}
	status := http.StatusBadRequest
	if code == "invalid_client" || code == "unauthorized_client" {
		status = http.StatusUnauthorized
	}
	return JSON(status, string(body))
}

// JSON is an answer of one's own.
func JSON(status int, body string) Fault {
	return Fault{Status: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: body}
}

// ServerError is a 500 with a page instead of JSON.
func ServerError() Fault { return HTML(http.StatusInternalServerError, "Internal Server Error") }

// HTML is a page where JSON was expected: a proxy's, or a login page.
func HTML(status int, title string) Fault {
	return Fault{Status: status, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: "<!DOCTYPE html>\r\n<html><head><title>" + title + "</title></head><body><h2>" + title + "</h2></body></html>\r\n"}
}

// TooManyRequests is a 429 whose Retry-After is given in seconds or as a date.
func TooManyRequests(retryAfter string) Fault {
	return Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {retryAfter}, "Content-Type": {"text/plain"}}, Body: "Too Many Requests"}
}

// Lost processes the request; its answer never arrives.
func Lost() Fault { return Fault{Lost: true} }

// Without leaves members out of a good answer: refresh_token or expires_in.
func Without(members ...string) Fault {
	return Fault{Change: func(answer map[string]any) {
		for _, m := range members {
			delete(answer, m)
		}
	}}
}

func (f Fault) answer(w http.ResponseWriter) {
	for name, values := range f.Header {
		w.Header()[name] = slices.Clone(values)
	}
	w.WriteHeader(f.Status)
	_, _ = strings.NewReader(f.Body).WriteTo(w)
}
