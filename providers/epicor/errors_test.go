package epicor_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// answering gives a fixed answer to the requests for rows.
func answering(f *epicortest.Fault) func(*http.Request, int) *epicortest.Fault {
	return func(r *http.Request, _ int) *epicortest.Fault {
		if strings.Contains(r.URL.Path, "$metadata") || strings.HasSuffix(r.URL.Path, "TokenResource.svc/") {
			return nil
		}
		return f
	}
}

func body(status int, typ, message, details string) *epicortest.Fault {
	return &epicortest.Fault{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: fmt.Sprintf(
		`{"HttpStatus":%d,"ReasonPhrase":"REST API Exception","ErrorMessage":%q,"ErrorType":%q%s,"CorrelationId":"41893675-aaaa-bbbb-cccc-000000000001"}`,
		status, message, typ, details)}
}

func TestErrorKinds(t *testing.T) {
	cases := []struct {
		name      string
		fault     *epicortest.Fault
		kind      providers.Kind
		message   string
		retryable bool
	}{
		{"401 for wrong credentials", body(401, "System.UnauthorizedAccessException", "Invalid username or password.", ""), providers.KindAuthentication, "Invalid username or password.", false},
		{"401 for a wrong API key", body(401, "System.UnauthorizedAccessException", "Invalid API Key X.\r\nCompany Y.", ""), providers.KindAPIKey, "Invalid API Key X. Company Y.", false},
		{"401 for a lack of rights", body(401, "System.UnauthorizedAccessException", "Access denied (Erp.BO.Company.GetRows).", ""), providers.KindPermission, "Access denied", false},
		{"401 for a lack of rights in another language", body(401, "System.UnauthorizedAccessException", "Zugriff verweigert (Erp.BO.Company.GetRows).", ""), providers.KindPermission, "Zugriff verweigert", false},
		{"403", body(403, "System.UnauthorizedAccessException", "No.", ""), providers.KindPermission, "No.", false},
		{"404 for a record", body(404, "Ice.Common.RecordNotFoundException", "Record not found.", ""), providers.KindNotFound, "Record not found.", false},
		{"409", body(409, "Ice.Common.DuplicateRecordException", "Duplicate entry.", ""), providers.KindConflict, "Duplicate entry.", false},
		{"a row that another has changed", body(400, "Ice.Common.BusinessObjectException", "Row has been modified by another user and couldn't be updated.", ""), providers.KindConflict, "modified", false},
		{"410", body(410, "Ice.Common.InvalidSessionException", "Invalid session.", ""), providers.KindSession, "Invalid session.", false},
		{"500", body(500, "System.Exception", "Internal server error", ""), providers.KindServer, "Internal server error", false},
		{"503 for conversions that are pending", body(503, "Ice.ConversionsPendingException", "Data conversions are pending.", ""), providers.KindServer, "conversions", false},
		{"503 for a moment", body(503, "System.Exception", "Busy.", ""), providers.KindServer, "Busy.", true},
		{"a licence without a seat", body(400, "Ice.Common.BusinessObjectException", "Maximum number of users exceeded on license: Web Services.", ""), providers.KindLicense, "Maximum number", false},
		{"details, each once and by table and field", body(400, "Ice.BLException", "Order is invalid.",
			`,"ErrorDetails":[{"Message":"Order is invalid."},{"Message":"PO number is required.","Table":"OrderHed","Field":"PONum"},{"Message":"Ship via?"}]`),
			providers.KindBusiness, "Order is invalid.; OrderHed.PONum: PO number is required.; Ship via?", false},
		{"OData's form", &epicortest.Fault{Status: 401, Body: `{"error":{"code":"x","message":"Access denied (Ice.BO.UD01.GetRows)."}}`}, providers.KindPermission, "Access denied", false},
		{"V3's form", &epicortest.Fault{Status: 401, Body: `{"odata.error":{"code":"","message":{"lang":"en","value":"Invalid API Key Z."}}}`}, providers.KindAPIKey, "Invalid API Key", false},
		{"status 200 with an error inside", &epicortest.Fault{Status: 200, Body: `{"HttpStatus":401,"ErrorMessage":"Invalid username or password.","ErrorType":"System.UnauthorizedAccessException"}`}, providers.KindAuthentication, "Invalid username", false},
		{"the page of a proxy", epicortest.BadGateway(), providers.KindServer, "Bad Gateway", true},
		{"the page of a stopped pool", epicortest.ServiceUnavailable(), providers.KindServer, "Service Unavailable", true},
		{"the page of a proxy that waited in vain", epicortest.GatewayTimeout(), providers.KindTimeout, "Gateway Time-out", true},
		{"too many requests", epicortest.TooManyRequests("120"), providers.KindRateLimit, "Too Many Requests", true},
		{"an empty 401", &epicortest.Fault{Status: 401}, providers.KindAuthentication, "401", false},
		{"HTML with status 200", &epicortest.Fault{Status: 200, Body: "<html><title>Sign in</title></html>"}, providers.KindResponse, "Sign in", false},
	}
	for _, c := range cases {
		versions(t, c.name+" has its own kind", func(t *testing.T, v string) {
			s := serve(t, epicortest.WithFault(answering(c.fault)))
			e := failure(t, readSome(t.Context(), open(t, s, v)), c.kind)
			assert.Contains(t, e.Message, c.message)
			assert.Equal(t, c.retryable, e.SafeToRetry())
			assert.NotContains(t, e.Message, "\n")
			if strings.Contains(c.fault.Body, "CorrelationId") {
				assert.Equal(t, "41893675-aaaa-bbbb-cccc-000000000001", e.RequestID)
				assert.NotEmpty(t, e.Code)
			}
		})
	}
}

func TestErrorsOfTheServer(t *testing.T) {
	for _, form := range []struct {
		name string
		opts []epicortest.Option
	}{{"Epicor's form", nil}, {"OData's form", []epicortest.Option{epicortest.WithODataErrors()}}, {"secured errors", []epicortest.Option{epicortest.WithSecureErrors()}}} {
		versions(t, "the server's refusals are told apart in "+form.name, func(t *testing.T, v string) {
			s := serve(t, form.opts...)
			failure(t, readSome(t.Context(), open(t, s, v, "Password", "wrong-password")), providers.KindAuthentication)
			p := open(t, s, v, "User", "limited", "Password", "limited")
			_, err := p.Table(t.Context(), "Erp.BO.CompanySvc", "Companies")
			failure(t, err, providers.KindPermission)
			require.NoError(t, readSome(t.Context(), p))
			_, err = p.Table(t.Context(), "BaqSvc", "NoSuchBAQ")
			failure(t, err, providers.KindNotFound)
			failure(t, readSome(t.Context(), open(t, s, v, "Company", "NOWHERE")), providers.KindBusiness)
			if v == "v2" {
				failure(t, readSome(t.Context(), open(t, s, v, "ApiKey", "")), providers.KindAPIKey)
				failure(t, readSome(t.Context(), open(t, s, v, "ApiKey", "another-key")), providers.KindAPIKey)
			}
		})
	}
	versions(t, "a server that refuses large pages leads to the property that makes them smaller", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithCap(200), epicortest.WithCapRejecting())
		e := failure(t, readSome(t.Context(), open(t, s, v)), providers.KindBusiness)
		assert.Contains(t, e.Message, "Set Pagesize")
		require.NoError(t, readSome(t.Context(), open(t, s, v, "Pagesize", "200")))
	})
	t.Run("a computed column that the server cannot filter by is named", func(t *testing.T) {
		s := serve(t, epicortest.WithComputedRefused())
		tab := table(t, open(t, s, "v2"), "Erp.BO.CustomerSvc", "Customers")
		_, err := rows(t.Context(), tab, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{
			is(t, tab, "BTContactName", providers.Eq, text("Pat Smith"))}})
		require.Error(t, err)
		assert.Contains(t, err.Error(), "BTContactName")
		assert.Contains(t, err.Error(), "Pushdown=false")
	})
}

func TestSecrets(t *testing.T) {
	const canary = "canary-7f3a"
	echo := func(r *http.Request, _ int) *epicortest.Fault {
		user, password, _ := r.BasicAuth()
		seen := []string{user, password, r.Header.Get("x-api-key"), r.Header.Get("Authorization"), r.Header.Get("SessionInfo"), r.Header.Get("password")}
		return body(401, "System.UnauthorizedAccessException", "Refused: "+strings.Join(seen, " / "), "")
	}
	for name, more := range map[string][]string{
		"Basic":       {"Password", canary + "-password", "ApiKey", canary + "-key"},
		"EpicorToken": {"Password", canary + "-password", "ApiKey", canary + "-key", "AuthScheme", "EpicorToken"},
		"Bearer":      {"User", "", "Password", "", "OAuthAccessToken", canary + "-token", "AuthScheme", "Bearer"},
		"a session":   {"Password", canary + "-password", "Session", "true"},
	} {
		versions(t, "no secret comes back in an error or the log, with "+name, func(t *testing.T, v string) {
			s := serve(t, epicortest.WithFault(echo))
			var log bytes.Buffer
			o := options(properties(s, v, more...))
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			p, err := providers.Open("epicor", o)
			require.NoError(t, err)
			for _, err := range []error{p.Ping(t.Context()), readSome(t.Context(), p)} {
				e := failure(t, err, providers.KindAuthentication)
				assert.Contains(t, e.Message, "***")
				for _, text := range []string{e.Error(), fmt.Sprintf("%v %+v", err, e), log.String()} {
					assert.NotContains(t, text, "canary")
				}
			}
			_ = p.Close()
			assert.NotContains(t, fmt.Sprintf("%v", p), canary)
			assert.NotEmpty(t, log.String())
		})
	}
}
