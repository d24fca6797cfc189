package signin_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/signin/provider"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// What the other tests stand on, without the driver.
func TestBothSystemsTakeTheProvidersTokens(t *testing.T) {
	s := newStage(t, provider.Options{})
	kinetic := s.epicor.URL + "/" + s.epicor.Instance() + "/api/v2/odata/" + epicortest.DefaultCompany + "/Erp.BO.CustomerSvc/Customers?$top=1"
	for _, client := range []provider.Client{basic, post} {
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {"api"}}
		if client.AuthMethod == "client_secret_post" {
			form.Set("client_id", client.ID)
			form.Set("client_secret", client.Secret)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Issuer+"/token", strings.NewReader(form.Encode()))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if client.AuthMethod == "client_secret_basic" {
			r.SetBasicAuth(url.QueryEscape(client.ID), url.QueryEscape(client.Secret))
		}
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		var answer provider.Answer
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
		require.NoError(t, resp.Body.Close())
		require.NotEmpty(t, answer.AccessToken)

		ask := func(address, token string) int {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("x-api-key", epicortest.DefaultAPIKey)
			resp, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			return resp.StatusCode
		}
		for _, address := range []string{kinetic, s.service.URL + "/Items"} {
			assert.Equal(t, 401, ask(address, answer.AccessToken+"x"))
			assert.Equal(t, 200, ask(address, answer.AccessToken))
		}
	}
}
