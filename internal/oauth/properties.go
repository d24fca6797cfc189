package oauth

import (
	"net/url"
	"slices"
	"strings"
)

// The flows of OAuthGrantType.
const (
	flowCode     = "CODE"
	flowClient   = "CLIENT"
	flowPassword = "PASSWORD"
	flowDevice   = "DEVICE"
)

// The values of InitiateOAuth.
const (
	initiateOff     = "OFF"
	initiateRefresh = "REFRESH"
	initiateGet     = "GETANDREFRESH"
)

// settings are the properties of a connection as this package reads them.
type settings struct {
	scheme, provider string
	flow, initiate   string
	clientID, secret string
	certificate      bool // a key proves the client instead of a secret
	signing          signing
	secretInHeader   bool
	user, password   string
	scope, audience  string
	tenant, resource string
	callback, state  string
	params           url.Values // OAuthParams
	insecure         bool
	erp              *url.URL // the ERP system; nil where URL is not set
	system           system
	named            endpoints // what the properties say
	issuer           string    // OAuthIssuer, else the system's
}

// readSettings fills in what the system has. Its errors are *PropertyError.
func readSettings(p map[string]string) (settings, error) {
	s := settings{
		scheme: p["OAuthScheme"], provider: p["Provider"],
		clientID: p["OAuthClientId"], secret: p["OAuthClientSecret"],
		certificate: p["OAuthJWTCert"] != "",
		user:        p["User"], password: p["Password"],
		scope: strings.Join(strings.Fields(p["Scope"]), " "), audience: p["OAuthAudience"],
		tenant: p["AzureTenant"], resource: p["AzureResource"],
		callback: p["CallbackURL"], state: p["State"],
		secretInHeader: strings.EqualFold(p["OAuthPasswordGrantMode"], "BASIC"),
		insecure:       strings.EqualFold(p["Insecure"], "true"),
		issuer:         p["OAuthIssuer"],
		named: endpoints{
			authorization: p["OAuthAuthorizationURL"], token: p["OAuthAccessTokenURL"],
			refresh: p["OAuthRefreshTokenURL"], device: p["OAuthDeviceURL"],
		},
	}
	if s.callback == "" {
		s.callback = DefaultCallback
	}
	if err := s.readFlow(p); err != nil {
		return s, err
	}
	var err error
	if s.signing, err = readSigning(p, s.entra()); err != nil {
		return s, err
	}
	if err := s.readParams(p["OAuthParams"]); err != nil {
		return s, err
	}
	if p["URL"] != "" {
		u, err := url.Parse(p["URL"])
		if err != nil {
			return s, &PropertyError{"URL", "is not a readable URL"}
		}
		s.erp = u
	}
	if err := s.checkAddresses(); err != nil {
		return s, err
	}
	return s, s.chooseSystem(p["Company"])
}

// DefaultCallback is where the commercial drivers listen.
const DefaultCallback = "http://localhost:33333"

// GrantType is the flow of OAuthGrantType, else the one that AuthScheme names.
func GrantType(grant, scheme string) string {
	switch {
	case grant != "":
		return strings.ToUpper(grant)
	case scheme == "OAuthPassword":
		return flowPassword
	case scheme == "OAuthClient", strings.HasPrefix(scheme, "AzureServicePrincipal"):
		return flowClient
	}
	return flowCode
}

func (s *settings) readFlow(p map[string]string) error {
	s.flow = GrantType(p["OAuthGrantType"], s.scheme)
	if !slices.Contains([]string{flowCode, flowClient, flowPassword, flowDevice}, s.flow) {
		return &PropertyError{"OAuthGrantType", "must be CODE, CLIENT, PASSWORD or DEVICE"}
	}
	s.initiate = strings.ToUpper(p["InitiateOAuth"])
	if s.initiate == "" {
		s.initiate = initiateOff
		if s.flow == flowClient || s.flow == flowPassword {
			s.initiate = initiateGet // nobody is asked
		}
	}
	if !slices.Contains([]string{initiateOff, initiateRefresh, initiateGet}, s.initiate) {
		return &PropertyError{"InitiateOAuth", "must be OFF, REFRESH or GETANDREFRESH"}
	}
	return nil
}

// ownParams are what this package sends itself, and OAuthParams must not name.
var ownParams = []string{
	"client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "response_type",
	"redirect_uri", "state", "code", "code_verifier", "code_challenge", "code_challenge_method", "refresh_token",
	"device_code", "username", "password", "scope",
}

func (s *settings) readParams(text string) error {
	v, err := url.ParseQuery(strings.TrimPrefix(text, "?"))
	if err != nil { // its text quotes the value
		return &PropertyError{"OAuthParams", "must be a=b&c=d, percent-encoded"}
	}
	for name := range v {
		if slices.Contains(ownParams, name) {
			return &PropertyError{"OAuthParams", "must not hold " + name + ", which the driver sends itself"}
		}
	}
	if mode := v.Get("response_mode"); mode != "" && mode != "query" {
		// The callback reads the code in the address.
		return &PropertyError{"OAuthParams", "must not ask for another response_mode than query"}
	}
	s.params = v
	return nil
}

func (s *settings) checkAddresses() error {
	for _, a := range []struct{ property, address string }{
		{"OAuthAuthorizationURL", s.named.authorization}, {"OAuthAccessTokenURL", s.named.token},
		{"OAuthRefreshTokenURL", s.named.refresh}, {"OAuthDeviceURL", s.named.device}, {"OAuthIssuer", s.issuer},
	} {
		if a.address == "" {
			continue
		}
		if text := s.refuseEndpoint(a.address); text != "" {
			return &PropertyError{a.property, text}
		}
	}
	if text := refuseCallback(s.callback); text != "" {
		return &PropertyError{"CallbackURL", text}
	}
	return nil
}

// refuseEndpoint says what is wrong with an endpoint's address, or "". Over
// plain http anyone on the way could read what is sent there.
func (s *settings) refuseEndpoint(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be an absolute address such as https://login.example.com/oauth2/token"
	case u.User != nil || u.Fragment != "":
		return "must have neither a user nor a fragment"
	case u.Scheme == "http" && !s.insecure && !isLoopback(u.Hostname()):
		return "over plain http anyone on the way can read the credentials; use https, or say Insecure=true"
	}
	return ""
}

// refuseCallback says what is wrong with a redirect address, or "" (RFC 6749,
// section 3.1.2). An app's own scheme is none of our business.
func refuseCallback(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || !u.IsAbs() || u.Host == "" && u.Opaque == "" && u.Path == "":
		return "must be an absolute address such as http://localhost:33333, the one that is registered for the application"
	case u.User != nil || u.Fragment != "":
		return "must have neither a user nor a fragment (RFC 6749, section 3.1.2)"
	}
	return ""
}
