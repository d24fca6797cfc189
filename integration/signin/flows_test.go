package signin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/signin/provider"
)

// Every way to sign in leads to rows, and a token that the system no longer takes is renewed without anybody noticing.
func TestEveryFlowLeadsToRowsAndRenewsItsToken(t *testing.T) {
	cert := newCertificate(t)
	s := newStage(t, provider.Options{Clients: []provider.Client{public, basic, post, cert.client()}})
	var (
		desktop   = properties{"OAuthClientId": public.ID}
		withBasic = properties{"OAuthClientId": basic.ID, "OAuthClientSecret": basic.Secret, "OAuthPasswordGrantMode": "BASIC"}
		withPost  = properties{"OAuthClientId": post.ID, "OAuthClientSecret": post.Secret, "OAuthPasswordGrantMode": "POST"}
		user      = properties{"User": alice.Name, "Password": alice.Password}
	)
	clients := map[string]properties{
		"a secret in a header": withBasic, "a secret in the form": withPost,
		"a PFX and RS256": cert.fromPFX("RS256"), "a PFX and PS256": cert.fromPFX("PS256"),
		"a PEM and RS256": cert.fromPEM("RS256"), "a PEM and PS256": cert.fromPEM("PS256"),
	}
	type flow struct {
		name       string
		properties properties
		grant      string // the first token request's
		prompts    int
		renewal    string // the second's
	}
	discovered := properties{"OAuthIssuer": s.Issuer, "OAuthAuthorizationURL": "", "OAuthAccessTokenURL": "", "OAuthDeviceURL": ""}
	principal := cert.fromPFX("").with(properties{"Scope": "api"})
	flows := []flow{
		{"an authorization code of a public client", desktop.with(properties{"OAuthGrantType": "CODE", "InitiateOAuth": "GETANDREFRESH"}), provider.AuthorizationCode, 1, provider.RefreshToken},
		{"a password with a public client", desktop.with(user).with(properties{"OAuthGrantType": "PASSWORD"}), provider.Password, 0, provider.RefreshToken},
	}
	flows = append(flows,
		flow{"an authorization code whose addresses are discovered", desktop.with(discovered).with(properties{"OAuthGrantType": "CODE", "InitiateOAuth": "GETANDREFRESH"}), provider.AuthorizationCode, 1, provider.RefreshToken},
		flow{"a device code whose addresses are discovered", desktop.with(discovered).with(properties{"OAuthGrantType": "DEVICE", "InitiateOAuth": "GETANDREFRESH"}), provider.DeviceCode, 1, provider.RefreshToken},
		flow{"client credentials with a PEM whose addresses are discovered", cert.fromPEM("PS256").with(discovered).with(properties{"OAuthGrantType": "CLIENT", "Scope": "api"}), provider.ClientCredentials, 0, provider.ClientCredentials},
		flow{"Entra's authorization code with a certificate", cert.fromPFX("").with(properties{"AuthScheme": "AzureADOpenID", "InitiateOAuth": "GETANDREFRESH", "OAuthParams": "prompt=consent"}), provider.AuthorizationCode, 1, provider.RefreshToken},
		flow{"Entra's service principal with a certificate", principal.with(properties{"AuthScheme": "AzureServicePrincipalCert"}), provider.ClientCredentials, 0, provider.ClientCredentials},
	)
	for name, client := range clients {
		flows = append(flows,
			flow{"an authorization code with " + name, client.with(properties{"OAuthGrantType": "CODE", "InitiateOAuth": "GETANDREFRESH"}), provider.AuthorizationCode, 1, provider.RefreshToken},
			flow{"a password with " + name, client.with(user).with(properties{"OAuthGrantType": "PASSWORD"}), provider.Password, 0, provider.RefreshToken},
			flow{"client credentials with " + name, client.with(properties{"OAuthGrantType": "CLIENT", "Scope": "api"}), provider.ClientCredentials, 0, provider.ClientCredentials})
	}
	for _, sys := range []system{s.kinetic(), s.odata()} {
		for _, f := range flows {
			t.Run(f.name+" at "+sys.driver, func(t *testing.T) {
				before := len(s.events(t))
				person := &desk{Person: alice}
				p := s.endpoints().with(properties{
					"AuthScheme": "OAuth", "CallbackURL": callbackURL(t), "OAuthSettingsLocation": settingsIn(t),
				}).with(f.properties)
				db := sys.open(t, p, epicorerp.WithPrompter(person))
				require.NoError(t, sys.ask(t.Context(), db))
				assert.Equal(t, f.prompts, person.prompts(t))

				s.guard.RefuseIssued()
				require.NoError(t, sys.ask(t.Context(), db))
				assert.Equal(t, f.prompts, person.prompts(t), "nobody is asked again")

				var grants []string
				for _, e := range s.events(t)[before:] {
					switch e.Name {
					case "granted":
						grants = append(grants, e.Grant)
					case "authorized":
					case "refused":
						assert.Equal(t, "authorization_pending", e.Error, "%+v", e)
					default:
						assert.Fail(t, "something else happened", "%s: %s", e.Name, e.Detail)
					}
				}
				assert.Equal(t, []string{f.grant, f.renewal}, grants)
			})
		}
	}
}
