package oauth

import (
	"net/url"
	"strings"
)

// endpoints are the addresses of an identity provider; "" is not known.
type endpoints struct {
	authorization string
	token         string
	refresh       string // "" for token
	device        string
	issuer        string // as the provider's own document names it
	sendsIssuer   bool   // iss comes with every code (RFC 9207)
}

// system is what is known of an identity provider without asking it.
type system struct {
	name      string
	endpoints endpoints
	issuer    string // where the addresses are found that endpoints lack
	scope     string // asked for where Scope is not set
	audience  string
	prompt    string // of the stored procedures, where they name none
	// refreshScope has refreshes name the scope again.
	refreshScope bool
	needsTenant  bool              // CLIENT has no default for it
	refuses      map[string]string // flows that it does not have, with what it has
}

// chooseSystem takes the system of AuthScheme and Provider and lets the
// properties override it. An issuer of the user's own replaces all its addresses.
func (s *settings) chooseSystem(company string) error {
	switch {
	case s.entra():
		if err := checkTenant(s.tenant); err != nil {
			return err
		}
		s.system = entraSystem(s)
	case s.tenant != "":
		return &PropertyError{"AzureTenant", "belongs to AuthScheme=AzureAD, AzureADOpenID and AzureServicePrincipal; another AuthScheme is set"}
	case s.resource != "":
		return &PropertyError{"AzureResource", "belongs to AuthScheme=AzureAD, AzureADOpenID and AzureServicePrincipal; another AuthScheme is set"}
	case s.provider == "Epicor":
		s.system = epicorSystem(s.flow)
	case s.provider == "Acumatica":
		s.system = acumaticaSystem(s.erp)
		if s.clientID != "" && !strings.Contains(s.clientID, "@") && company != "" {
			s.clientID += "@" + company
		}
	case s.provider == "Sage200":
		s.system = sageSystem()
	default:
		s.system = system{name: "an OData service"}
	}
	s.override()
	return nil
}

func (s *settings) override() {
	if s.issuer == "" {
		// Whoever names both addresses has another provider: the system's own has
		// nothing to say about it, and may not be there to be asked.
		if s.named.authorization == "" || s.named.token == "" {
			s.issuer = s.system.issuer
		}
		own := s.system.endpoints
		fill(&s.named.authorization, own.authorization)
		fill(&s.named.token, own.token)
		fill(&s.named.device, own.device)
	} else {
		s.system.needsTenant, s.system.refuses = false, nil
	}
	if s.named.token != "" && s.named.token != s.system.endpoints.token {
		s.system.needsTenant = false
	}
	if s.named.device != "" {
		delete(s.system.refuses, flowDevice)
	}
	fill(&s.scope, s.system.scope)
	fill(&s.audience, s.system.audience)
}

func fill(value *string, otherwise string) {
	if *value == "" {
		*value = otherwise
	}
}

// entraAuthority is Entra's public cloud. National clouds are reached with
// OAuthIssuer or the addresses themselves.
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
const entraAuthority = "https://login.microsoftonline.com/"

// entraSystem is Microsoft Entra ID, version 2.0 of its endpoints.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
func entraSystem(s *settings) system {
	tenant := s.tenant
	if tenant == "" {
		tenant = "organizations"
	}
	base := entraAuthority + url.PathEscape(tenant) + "/oauth2/v2.0/"
	return system{
		name: "Entra",
		endpoints: endpoints{
			authorization: base + "authorize", token: base + "token", device: base + "devicecode",
		},
		scope: entraScope(s), prompt: "select_account",
		// Without it the token is for the application itself (AADSTS90009).
		refreshScope: true,
		needsTenant:  true,
	}
}

// entraScope asks for all that the application was given at a resource, which
// is by default its own. The resource is taken letter by letter: one that ends
// in a slash has two before .default.
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#trailing-slash-and-default
func entraScope(s *settings) string {
	resource := s.resource
	if resource == "" {
		resource = s.clientID
	}
	if resource == "" {
		return ""
	}
	scope := resource
	if !strings.HasSuffix(scope, "/.default") {
		scope += "/.default"
	}
	if s.flow == flowClient {
		return scope
	}
	return scope + " openid offline_access"
}

func checkTenant(tenant string) error {
	for _, r := range tenant {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
		default:
			return &PropertyError{"AzureTenant", "must be a domain such as contoso.onmicrosoft.com or the id of a directory"}
		}
	}
	return nil
}

// epicorSystem is Epicor Identity, an IdentityServer whose other addresses its
// discovery document names.
func epicorSystem(flow string) system {
	const issuer = "https://login.epicor.com"
	sys := system{
		name: "Epicor Identity", issuer: issuer,
		endpoints: endpoints{token: issuer + "/connect/token"},
		scope:     "openid offline_access epicor_erp",
	}
	if flow == flowClient {
		sys.scope = "epicor_erp"
	}
	return sys
}

// acumaticaSystem is the IdentityServer in each Acumatica site. It has neither
// client credentials nor device codes.
// https://help.acumatica.com: "Authorizing Client Applications to Work with Acumatica ERP"
func acumaticaSystem(site *url.URL) system {
	sys := system{
		name: "Acumatica", scope: "api offline_access",
		refuses: map[string]string{
			flowClient: "Acumatica has the flows CODE and PASSWORD",
			flowDevice: "Acumatica has the flows CODE and PASSWORD",
		},
	}
	if site == nil {
		return sys
	}
	root := *site
	root.RawQuery, root.Fragment = "", ""
	root.Path = strings.TrimSuffix(strings.TrimRight(root.Path, "/"), "/entity")
	root.RawPath = ""
	base := strings.TrimRight(root.String(), "/") + "/identity/connect/"
	sys.endpoints = endpoints{authorization: base + "authorize", token: base + "token"}
	return sys
}

// sageSystem is Sage ID with the audience of Sage 200.
// https://developer.sage.com/200/reference/oauth
func sageSystem() system {
	return system{
		name:      "Sage ID",
		endpoints: endpoints{authorization: "https://id.sage.com/authorize", token: "https://id.sage.com/oauth/token"},
		scope:     "openid profile email offline_access", audience: "s200ukipd/sage200",
		refuses: map[string]string{flowDevice: "Sage ID has the flow CODE"},
	}
}
