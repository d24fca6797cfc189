package oauth

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheckNamesTheProperty(t *testing.T) {
	odata := map[string]string{"OAuthScheme": "OAuth", "Provider": "OData"}
	get := map[string]string{"OAuthScheme": "OAuth", "Provider": "Sage200", "InitiateOAuth": "GETANDREFRESH", "OAuthClientId": "id"}
	entra := map[string]string{"OAuthScheme": "AzureAD", "Provider": "Epicor", "InitiateOAuth": "GETANDREFRESH", "OAuthClientId": "id"}
	acumatica := map[string]string{"OAuthScheme": "OAuth", "Provider": "Acumatica", "URL": "https://acme", "OAuthClientId": "id@t"}
	for _, c := range []struct {
		name     string
		base     map[string]string
		change   map[string]string
		property string // "" for none
		says     string
	}{
		{"OFF needs nothing", odata, nil, "", ""},
		{"a system that is known", get, nil, "", ""},
		{"no client id", get, map[string]string{"OAuthClientId": ""}, "OAuthClientId", "is missing"},
		{"no token endpoint", odata, map[string]string{"InitiateOAuth": "REFRESH", "OAuthClientId": "id"}, "OAuthAccessTokenURL", "or OAuthIssuer"},
		{"REFRESH needs no authorization endpoint", odata, map[string]string{"InitiateOAuth": "REFRESH", "OAuthClientId": "id", "OAuthAccessTokenURL": "https://t"}, "", ""},
		{"GETANDREFRESH does", odata, map[string]string{"InitiateOAuth": "GETANDREFRESH", "OAuthClientId": "id", "OAuthAccessTokenURL": "https://t"}, "OAuthAuthorizationURL", "is missing"},
		{"an issuer has all addresses", odata, map[string]string{"InitiateOAuth": "GETANDREFRESH", "OAuthClientId": "id", "OAuthIssuer": "https://i"}, "", ""},
		{"the device flow without its endpoint", odata, map[string]string{"InitiateOAuth": "GETANDREFRESH", "OAuthGrantType": "DEVICE", "OAuthClientId": "id", "OAuthAccessTokenURL": "https://t"}, "OAuthDeviceURL", "is missing"},
		{"the device flow at Sage", get, map[string]string{"OAuthGrantType": "DEVICE"}, "OAuthGrantType", "Sage ID has the flow CODE"},
		{"the device flow at Sage with an address of one's own", get, map[string]string{"OAuthGrantType": "DEVICE", "OAuthDeviceURL": "https://d"}, "", ""},
		{"client credentials at Acumatica", acumatica, map[string]string{"OAuthGrantType": "CLIENT", "OAuthClientSecret": "s"}, "OAuthGrantType", "Acumatica has the flows CODE and PASSWORD"},
		{"client credentials at another provider than Acumatica's", acumatica, map[string]string{"OAuthGrantType": "CLIENT", "OAuthClientSecret": "s", "OAuthIssuer": "https://i"}, "", ""},
		{"a password at Acumatica", acumatica, map[string]string{"OAuthScheme": "OAuthPassword", "User": "u", "Password": "p"}, "", ""},
		{"a password without a user", acumatica, map[string]string{"OAuthScheme": "OAuthPassword"}, "User", "needs User and Password"},
		{"client credentials without a secret", entra, map[string]string{"OAuthScheme": "AzureServicePrincipal", "AzureTenant": "t"}, "OAuthClientSecret", "or with a certificate"},
		{"client credentials without a tenant", entra, map[string]string{"OAuthScheme": "AzureServicePrincipal", "OAuthClientSecret": "s"}, "AzureTenant", "is missing"},
		{"client credentials without a tenant at a national cloud", entra, map[string]string{"OAuthScheme": "AzureServicePrincipal", "OAuthClientSecret": "s", "OAuthIssuer": "https://login.microsoftonline.us/t/v2.0"}, "", ""},
		{"a certificate scheme without one", entra, map[string]string{"OAuthScheme": "AzureServicePrincipalCert", "AzureTenant": "t", "OAuthClientSecret": "s"}, "OAuthJWTCert", "is missing"},
		{"a secret and a certificate", entra, map[string]string{"OAuthClientSecret": "s", "OAuthJWTCert": "c"}, "OAuthClientSecret", "one of them"},
		{"BASIC without a secret", get, map[string]string{"OAuthPasswordGrantMode": "BASIC"}, "OAuthPasswordGrantMode", "not set"},
		{"a tenant that is a path", entra, map[string]string{"AzureTenant": "../x"}, "AzureTenant", "must be a domain"},
		{"a tenant for another system", get, map[string]string{"AzureTenant": "t"}, "AzureTenant", "belongs to"},
		{"a resource for another system", get, map[string]string{"AzureResource": "t"}, "AzureResource", "belongs to"},
		{"plain http", get, map[string]string{"OAuthAccessTokenURL": "http://login.example.com/t"}, "OAuthAccessTokenURL", "Insecure=true"},
		{"plain http said twice", get, map[string]string{"OAuthAccessTokenURL": "http://login.example.com/t", "Insecure": "true"}, "", ""},
		{"plain http on loopback", get, map[string]string{"OAuthAccessTokenURL": "http://[::1]:8080/t"}, "", ""},
		{"a host that only looks like loopback", get, map[string]string{"OAuthAccessTokenURL": "http://localhost.evil.example/t"}, "OAuthAccessTokenURL", "plain http"},
		{"a relative address", get, map[string]string{"OAuthAuthorizationURL": "/authorize"}, "OAuthAuthorizationURL", "absolute"},
		{"an address with a password", get, map[string]string{"OAuthDeviceURL": "https://u:p@h/"}, "OAuthDeviceURL", "neither a user"},
		{"an issuer that is no address", get, map[string]string{"OAuthIssuer": "login.example.com"}, "OAuthIssuer", "absolute"},
		{"a callback with a fragment", get, map[string]string{"CallbackURL": "http://localhost/#a"}, "CallbackURL", "fragment"},
		{"a callback that is no address", get, map[string]string{"CallbackURL": "localhost"}, "CallbackURL", "absolute"},
		{"an app's own scheme", odata, map[string]string{"CallbackURL": "com.example.app:/cb"}, "", ""},
		{"an app's own scheme, which the driver cannot listen to", get, map[string]string{"CallbackURL": "com.example.app:/cb"}, "CallbackURL", "AuthMode=WEB"},
		{"parameters that are none", get, map[string]string{"OAuthParams": "a=%zz"}, "OAuthParams", "a=b&c=d"},
		{"parameters that are the driver's", get, map[string]string{"OAuthParams": "a=b&redirect_uri=x"}, "OAuthParams", "redirect_uri"},
		{"an answer that the callback does not read", get, map[string]string{"OAuthParams": "response_mode=form_post"}, "OAuthParams", "response_mode"},
		{"an unknown flow", get, map[string]string{"OAuthGrantType": "IMPLICIT"}, "OAuthGrantType", "must be"},
		{"an unknown initiative", get, map[string]string{"InitiateOAuth": "MAYBE"}, "InitiateOAuth", "must be"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := maps.Clone(c.base)
			maps.Copy(p, c.change)
			err := Check(p)
			if c.property == "" {
				require.NoError(t, err)
				return
			}
			var e *PropertyError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.property, e.Property)
			assert.Contains(t, e.Message, c.says)
		})
	}
}

func TestTheFlowFollowsTheScheme(t *testing.T) {
	for _, c := range []struct{ scheme, grant, initiate, flow, effective string }{
		{"OAuth", "", "", "CODE", "OFF"},
		{"AzureADOpenID", "", "GETANDREFRESH", "CODE", "GETANDREFRESH"},
		{"OAuth", "device", "", "DEVICE", "OFF"},
		{"OAuthPassword", "", "", "PASSWORD", "GETANDREFRESH"},
		{"OAuthPassword", "CODE", "", "CODE", "OFF"},
		{"OAuthClient", "", "", "CLIENT", "GETANDREFRESH"},
		{"AzureServicePrincipal", "", "REFRESH", "CLIENT", "REFRESH"},
		{"AzureServicePrincipalCert", "", "OFF", "CLIENT", "OFF"},
	} {
		s, err := readSettings(map[string]string{"OAuthScheme": c.scheme, "OAuthGrantType": c.grant, "InitiateOAuth": c.initiate})
		require.NoError(t, err)
		assert.Equal(t, []string{c.flow, c.effective}, []string{s.flow, s.initiate}, c.scheme)
	}
}
