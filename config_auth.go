package epicorerp

import (
	"cmp"
	"errors"
	"strings"

	"github.com/epicorerp/epicorerp/internal/oauth"
)

func checkAuth(c *Config) error {
	auth := c.Auth()
	hasUser := c.User != "" || !c.Password.IsEmpty()
	usesUser := auth == AuthBasic || auth.challenged() || auth == AuthEpicorToken || auth == AuthBearer && oauth.GrantType(c.OAuthGrantType, c.AuthScheme) == "PASSWORD"
	switch {
	case c.AuthScheme == "" && hasUser && !c.OAuthAccessToken.IsEmpty():
		return missingError("AuthScheme", "User and OAuthAccessToken are both set; say which counts with AuthScheme=Basic or AuthScheme=Bearer, and remove the other")
	case auth == AuthNone && c.Provider == ProviderEpicor:
		return propertyError("AuthScheme", "Epicor answers nobody unknown; use Basic, EpicorToken, Bearer, OAuth or AzureADOpenID")
	case auth == AuthNone && c.Provider == ProviderAcumatica:
		return propertyError("AuthScheme", "Acumatica answers nobody unknown; use Basic, Bearer, OAuth or OAuthPassword")
	case auth != AuthBearer && c.Provider == ProviderSage200:
		return propertyError("AuthScheme", "Sage 200 knows OAuth alone; remove it, or use OAuth or Bearer")
	case auth == AuthEpicorToken && c.Provider != ProviderEpicor:
		return propertyError("AuthScheme", "EpicorToken belongs to Provider=Epicor; use Basic, Bearer, OAuth or None")
	case auth.challenged() && c.Provider != ProviderOData:
		return propertyError("AuthScheme", "%s belongs to Provider=OData; use one that %s knows", auth, c.Provider)
	case auth == AuthNTLM && c.HTTP2:
		return propertyError("HTTP2", "AuthScheme=NTLM signs in connections, which requests share in HTTP/2; remove it")
	case auth != AuthNegotiate && c.KerberosKDC+c.KerberosRealm+c.KerberosServiceKDC+c.KerberosServiceRealm+c.KerberosSPN+c.KerberosKeytabFile+c.KerberosTicketCache != "":
		return propertyError("AuthScheme", "%s does not use the properties of Kerberos, one of which is set; remove it, or use Negotiate", auth)
	case hasUser && !usesUser:
		return propertyError("AuthScheme", "%s does not use User and Password, which are set; remove them, or use Basic", auth)
	}
	switch auth {
	case AuthBearer:
		return checkSignIn(c)
	case AuthNegotiate:
		if err := checkKerberos(c); err != nil {
			return err
		}
	case AuthBasic, AuthDigest, AuthNTLM, AuthEpicorToken:
		if err := checkUser(c, auth); err != nil {
			return err
		}
	}
	if name := c.bearerProperty(); name != "" {
		return propertyError("AuthScheme", "%s does not use %s, which is set; remove it, or use Bearer, OAuth or AzureADOpenID", auth, name)
	}
	return nil
}

// bearerProperty names a property that is set and means nothing without a
// bearer token; "" if there is none.
func (c *Config) bearerProperty() string {
	switch {
	case !c.OAuthAccessToken.IsEmpty():
		return "OAuthAccessToken"
	case !c.OAuthRefreshToken.IsEmpty():
		return "OAuthRefreshToken"
	case !c.OAuthVerifier.IsEmpty():
		return "OAuthVerifier"
	case c.InitiateOAuth == "REFRESH" || c.InitiateOAuth == "GETANDREFRESH":
		return "InitiateOAuth"
	case c.OAuthGrantType != "":
		return "OAuthGrantType"
	}
	return ""
}

// checkSignIn asks the package that signs in what it would miss.
func checkSignIn(c *Config) error {
	if c.OAuthAccessToken.IsEmpty() && c.OAuthClientId == "" {
		name := "OAuthClientId"
		if c.AuthScheme == "Bearer" {
			name = "OAuthAccessToken"
		}
		return missingError(name, "AuthScheme=%s sends OAuthAccessToken, or a token that the application OAuthClientId fetches", cmp.Or(c.AuthScheme, string(AuthBearer)))
	}
	err := oauth.Check(providerProperties(c))
	var p *oauth.PropertyError
	if errors.As(err, &p) {
		return propertyError(p.Property, "%s", p.Message)
	}
	return err
}

// challenged says whether the server's challenge decides what is sent.
func (a AuthMode) challenged() bool { return a == AuthDigest || a == AuthNTLM || a == AuthNegotiate }

// checkKerberos sees that there is one kind of credentials, and a user to go with
// it. A ticket cache names its own.
func checkKerberos(c *Config) error {
	switch {
	case c.KerberosTicketCache != "" && (c.KerberosKeytabFile != "" || !c.Password.IsEmpty()),
		c.KerberosKeytabFile != "" && !c.Password.IsEmpty():
		return propertyError("AuthScheme", "Negotiate takes one of KerberosTicketCache, KerberosKeytabFile and Password; remove the others")
	case c.KerberosTicketCache != "":
	case c.User == "":
		return missingError("User", "AuthScheme=Negotiate needs it, or KerberosTicketCache")
	case c.KerberosKeytabFile == "" && c.Password.IsEmpty():
		return missingError("Password", "AuthScheme=Negotiate needs it, or KerberosKeytabFile or KerberosTicketCache")
	}
	switch {
	case c.KerberosKDC != "" && c.KerberosRealm == "" && c.KerberosTicketCache == "" && !strings.Contains(c.User, "@"):
		return missingError("KerberosRealm", "KerberosKDC is set, and it is the realm's")
	case c.KerberosServiceKDC != "" && (c.KerberosServiceRealm == "" || c.KerberosKDC == ""):
		return missingError("KerberosServiceRealm", "KerberosServiceKDC goes with it and with KerberosKDC")
	case c.KerberosServiceRealm != "" && c.KerberosKDC == "":
		return missingError("KerberosKDC", "without it the system's configuration tells realms, and KerberosServiceRealm is not looked at")
	}
	return nil
}

func checkUser(c *Config, auth AuthMode) error {
	switch {
	case c.User == "":
		return missingError("User", "AuthScheme=%s needs it; a token goes in OAuthAccessToken", auth)
	case c.Password.IsEmpty() && (c.Provider == ProviderEpicor || c.Provider == ProviderAcumatica):
		return missingError("Password", "AuthScheme=%s needs it", auth)
	case (auth == AuthBasic || auth == AuthDigest) && strings.Contains(c.User, ":"):
		// RFC 7617, section 2, and RFC 7616, section 3.4.2: a colon ends the user's name.
		return propertyError("User", "AuthScheme=%s cannot send a name that holds a colon", auth)
	}
	return nil
}
