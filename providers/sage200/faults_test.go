package sage200_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
)

// spoil makes the answers to reads of rows faulty: each call of f gives the one
// for the next, nil for none.
func spoil(f func(n int) *sage200test.Fault) sage200test.Option {
	n := 0
	return sage200test.WithFault(func(r *http.Request, _ int) *sage200test.Fault {
		if strings.Contains(r.URL.RawQuery, "$metadata") || strings.HasSuffix(r.URL.Path, "/sites") {
			return nil
		}
		n++
		return f(n)
	})
}

func always(f *sage200test.Fault) sage200test.Option {
	return spoil(func(int) *sage200test.Fault { return f })
}

func answer(status int, body string) *sage200test.Fault {
	return &sage200test.Fault{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

func TestEveryFormOfErrorIsUnderstood(t *testing.T) {
	for _, test := range []struct {
		name    string
		fault   *sage200test.Fault
		kind    providers.Kind
		message string
	}{
		{"the gateway's quota", sage200test.QuotaExceeded(), providers.KindRateLimit, "Out of call volume quota. Quota will be replenished in 01:23:45."},
		{"a plain string", answer(400, `"The customer is on hold."`), providers.KindBusiness, "The customer is on hold."},
		{"ASP.NET's message", answer(400, `{"Message":"The request is invalid."}`), providers.KindBusiness, "The request is invalid."},
		{"a model state", answer(400, `{"Message":"The request is invalid.","ModelState":{"b":["Too long."],"a":["Missing."]}}`), providers.KindBusiness, "The request is invalid. a: Missing. b: Too long."},
		{"the gateway's message", answer(404, `{"statusCode":404,"message":"Resource not found"}`), providers.KindNotFound, "Resource not found (this version of Sage 200 has no such resource)"},
		{"a module", answer(403, `{"Message":"You do not have access."}`), providers.KindPermission, "You do not have access. (the user's role lacks the module or feature)"},
		{"an exception", answer(500, `{"Message":"An error has occurred.","ExceptionMessage":"Timeout expired."}`), providers.KindServer, "An error has occurred. Timeout expired."},
		{"an HTML page", &sage200test.Fault{Status: 500, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html><title>Oops</title></html>"}, providers.KindServer, `titled "Oops"`},
		{"an error with status 200", answer(200, `{"Message":"Authorization has been denied for this request."}`), providers.KindServer, "Authorization has been denied"},
		{"an object in place of rows", answer(200, `{"value":[]}`), providers.KindResponse, "an object at the top, want an array of rows"},
		{"nothing at all", answer(200, ``), providers.KindResponse, "empty"},
		{"a number in place of rows", answer(200, `17`), providers.KindResponse, "a number at the top"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := query(t.Context(), connect(t, serve(t, always(test.fault)), "MaxRetries", "0"), "SELECT id FROM currencies")
			e := failure(t, err, test.kind)
			assert.Contains(t, e.Message, test.message)
		})
	}
	t.Run("the token and the key are in no message", func(t *testing.T) {
		f := answer(400, `{"Message":"Bearer `+sage200test.DefaultToken+` and `+sage200test.DefaultKey+` were sent"}`)
		_, err := query(t.Context(), connect(t, serve(t, always(f))), "SELECT id FROM currencies")
		failure(t, err, providers.KindBusiness)
		assert.NotContains(t, err.Error(), sage200test.DefaultToken)
		assert.NotContains(t, err.Error(), sage200test.DefaultKey)
	})
}

func TestPassingFaultsAreOvercome(t *testing.T) {
	for name, fault := range map[string]*sage200test.Fault{
		"a rate limit": sage200test.TooManyRequests("0"), "a service that is away": sage200test.BackendUnavailable(),
		"a lost connection": {Drop: true}, "a body that ends early": {TruncateAfter: 60}, "a reset": {ResetAfter: 40},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, spoil(func(n int) *sage200test.Fault {
				if n == 2 {
					return fault
				}
				return nil
			}))
			rows := mustQuery(t, connect(t, s, "Pagesize", "40"), "SELECT id FROM customers")
			assert.Len(t, rows, 130)
		})
	}
}
