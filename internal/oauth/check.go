package oauth

import (
	"strings"
)

// Check says what a Client would miss, without I/O. Errors are *PropertyError.
// With InitiateOAuth=OFF next to nothing is needed: the stored procedures say
// themselves what they miss.
func Check(properties map[string]string) error {
	s, err := readSettings(properties)
	if err != nil {
		return err
	}
	return s.check()
}

func (s *settings) check() error {
	if err := s.checkClient(); err != nil {
		return err
	}
	if s.initiate == initiateOff {
		return nil
	}
	if s.clientID == "" {
		return errNoClientID
	}
	if s.named.token == "" && s.issuer == "" {
		return s.missing("OAuthAccessTokenURL")
	}
	switch {
	case s.flow == flowClient && s.secret == "" && !s.certificate:
		return &PropertyError{"OAuthClientSecret", "is missing: the flow CLIENT proves the application with it, or with a certificate in OAuthJWTCert"}
	case s.flow == flowPassword && (s.user == "" || s.password == ""):
		return &PropertyError{"User", "is missing: the flow PASSWORD needs User and Password"}
	case s.initiate != initiateGet:
		return nil
	case s.flow == flowDevice && s.named.device == "" && s.issuer == "":
		return s.missing("OAuthDeviceURL")
	case s.flow == flowCode && s.named.authorization == "" && s.issuer == "":
		return s.missing("OAuthAuthorizationURL")
	case s.flow == flowCode:
		_, err := parseCallback(s.callback)
		return err
	}
	return nil
}

// checkClient looks at how the client proves itself.
func (s *settings) checkClient() error {
	switch {
	case s.secret != "" && s.certificate:
		return &PropertyError{"OAuthClientSecret", "and OAuthJWTCert are both set; a client proves itself with one of them"}
	case s.secretInHeader && s.secret == "":
		return &PropertyError{"OAuthPasswordGrantMode", "BASIC sends OAuthClientSecret, which is not set"}
	case s.scheme == "AzureServicePrincipalCert" && !s.certificate:
		return &PropertyError{"OAuthJWTCert", "is missing: AuthScheme=AzureServicePrincipalCert proves the application with it"}
	case s.system.refuses[s.flow] != "":
		return &PropertyError{"OAuthGrantType", s.flow + " is not possible: " + s.system.refuses[s.flow]}
	case s.entra() && s.flow == flowClient && s.tenant == "" && s.system.needsTenant:
		return &PropertyError{"AzureTenant", "is missing: the flow CLIENT needs the tenant, a domain such as contoso.onmicrosoft.com or its id"}
	}
	return nil
}

var errNoClientID = &PropertyError{"OAuthClientId", "is missing: it is the id of the application that is registered at the identity provider"}

// needClientID is for what cannot be done without an application.
func (s *settings) needClientID() error {
	if s.clientID == "" {
		return propertyError(errNoClientID)
	}
	return nil
}

func (s *settings) missing(property string) *PropertyError {
	return &PropertyError{property, "is missing: " + s.system.name + " has no address of its own for it; set it, or OAuthIssuer for a provider with OpenID discovery"}
}

func (s *settings) entra() bool { return strings.HasPrefix(s.scheme, "Azure") }
