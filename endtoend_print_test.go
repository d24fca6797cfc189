package epicorerp_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// A provider holds what it signs in with; printing one must not.
func TestNoProviderPrintsItsSecrets(t *testing.T) {
	for _, test := range []struct {
		name  string
		props map[string]string
	}{
		{"Epicor", map[string]string{"User": "u", "AuthScheme": "Basic", "ApiKey": "canary-key"}},
		{"Epicor", map[string]string{"User": "u", "AuthScheme": "EpicorToken"}},
		{"Epicor", map[string]string{"OAuthAccessToken": "canary-token", "AuthScheme": "Bearer", "Password": ""}},
		{"OData", map[string]string{"User": "u"}},
		{"OData", map[string]string{"OAuthAccessToken": "canary-token", "AuthScheme": "Bearer", "Password": ""}},
		{"Acumatica", map[string]string{"User": "u", "AuthScheme": "Basic"}},
		{"Sage200", map[string]string{"OAuthAccessToken": "canary-token", "AuthScheme": "Bearer", "SubscriptionKey": "canary-key", "Schema": "StandardUK", "Password": ""}},
	} {
		props := map[string]string{"URL": "https://erp.example.com", "Password": "canary-password", "CustomHeaders": "X: canary-header", "CustomURLParams": "k=canary-param"}
		for name, value := range test.props {
			props[name] = value
		}
		p, err := providers.Open(test.name, providers.Options{Properties: props, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		require.NoError(t, err, test.name)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			text := fmt.Sprintf(verb, p)
			assert.NotContains(t, text, "canary", "%s with %s", test.name, verb)
			assert.NotContains(t, text, fmt.Sprintf("%x", "canary"), "%s with %s", test.name, verb)
		}
		require.NoError(t, p.Close())
	}
}

func TestNoTablePrintsTheSecretsOfItsProvider(t *testing.T) {
	srv := kinetic(t)
	p, err := providers.Open("Epicor", providers.Options{Logger: slog.New(slog.DiscardHandler), Now: time.Now, Properties: map[string]string{
		"URL": srv.URL, "ERPInstance": epicortest.DefaultInstance, "ApiVersion": "v2", "Company": epicortest.DefaultCompany,
		"AuthScheme": "Basic", "User": epicortest.DefaultUser, "Password": epicortest.DefaultPassword, "ApiKey": epicortest.DefaultAPIKey,
		"CustomHeaders": "X: canary-header", "CustomURLParams": "k=canary-param",
	}})
	require.NoError(t, err)
	defer p.Close()
	for schema, name := range map[string]string{"Erp.BO.CustomerSvc": "Customers", "BaqSvc": "zAllCustomers"} {
		table, err := p.Table(t.Context(), schema, name)
		require.NoError(t, err)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			text := fmt.Sprintf(verb, table)
			for _, secret := range []string{"canary", epicortest.DefaultPassword, epicortest.DefaultAPIKey} {
				assert.NotContains(t, text, secret, "%s with %s", name, verb)
				assert.NotContains(t, text, fmt.Sprintf("%x", secret), "%s with %s", name, verb)
			}
		}
	}
}
