package epicorerp

import (
	"github.com/epicorerp/epicorerp/internal/certificate"
	"github.com/epicorerp/epicorerp/internal/oauth"
)

const (
	laterOAuth1    = "the driver speaks OAuth 2.0"
	fixedAssertion = "RFC 7523 fixes it for a client that proves itself: issuer and subject are OAuthClientId"
)

var oauthProperties = []Property{
	{
		Name: "InitiateOAuth", Group: "OAuth", Type: TypeEnum, Allowed: []string{"OFF", "REFRESH", "GETANDREFRESH"}, Status: Supported,
		at:      func(c *Config) any { return &c.InitiateOAuth },
		Meaning: "Whether the driver fetches tokens: OFF sends OAuthAccessToken as it is; REFRESH renews what OAuthSettingsLocation or the properties hold, and never asks anybody; GETANDREFRESH signs in when there is nothing to renew. Left out: GETANDREFRESH for OAuthGrantType CLIENT and PASSWORD, which ask nobody, else OFF.",
	},
	{
		Name: "OAuthGrantType", Group: "OAuth", Type: TypeEnum, Allowed: []string{"CODE", "CLIENT", "PASSWORD", "DEVICE"}, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthGrantType },
		Meaning: "Flow that fetches the first token: CODE opens a browser (authorization code with PKCE), DEVICE shows a code to type on another device, CLIENT is for services (client credentials, with secret or certificate), PASSWORD sends User and Password. Left out, AuthScheme says: CLIENT for OAuthClient and AzureServicePrincipal, PASSWORD for OAuthPassword, else CODE.",
	},
	{
		Name: "OAuthClientId", Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthClientId },
		Meaning: "Id of the registered application.",
	},
	{
		Name: "OAuthClientSecret", Group: "OAuth", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthClientSecret },
		Meaning: "Secret of the registered application. A public client has none; a certificate in OAuthJWTCert stands in for it.",
	},
	{
		Name: "OAuthPasswordGrantMode", Group: "OAuth", Type: TypeEnum, Allowed: []string{"POST", "BASIC"}, Default: "POST", Status: Supported,
		at:      func(c *Config) any { return &c.OAuthPasswordGrantMode },
		Meaning: "How token requests of every flow carry the client's secret: POST in the form, BASIC in the Authorization header.",
	},
	{
		Name: "Scope", Aliases: []string{"OAuthScope"}, Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.Scope },
		Meaning: "Rights to ask a token for, with blanks between them. Left out, what the system is known to need: docs/authentication.md has the table.",
	},
	{
		Name: "OAuthAudience", Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthAudience },
		Meaning: "Audience to ask a token for, at providers that want one, such as Sage's.",
	},
	{
		Name: "CallbackURL", Aliases: []string{"OAuthCallbackURL", "RedirectURI"}, Group: "OAuth", Type: TypeString, Default: oauth.DefaultCallback, Status: Supported,
		at:      func(c *Config) any { return &c.CallbackURL },
		Meaning: "Redirect URI of the registered application, letter by letter. The browser flow listens there.",
	},
	{
		Name: "OAuthSettingsLocation", Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthSettingsLocation },
		Meaning: "Where tokens are kept: the path of an encrypted file, which connections and processes share, or memory://name for as long as the process lasts. Left out, epicorerp/OAuthSettings.txt in the user's configuration directory.",
	},
	{
		Name: "OAuthSettingsKey", Group: "OAuth", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthSettingsKey },
		Meaning: "Key of that file: a passphrase, env:NAME for one in the environment, or file:PATH for a key file. Left out, the key file beside the settings, else a key of the system's keyring where there is one, else a new key file.",
	},
	{
		Name: "OAuthVerifier", Group: "OAuth", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthVerifier },
		Meaning: "Authorization code to trade for the first tokens, or the whole address that the browser ended on. It is spent once; leave it out afterwards.",
	},
	{
		Name: "OAuthRefreshToken", Group: "OAuth", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthRefreshToken },
		Meaning: "Refresh token to begin with. What it was renewed to is in OAuthSettingsLocation and goes before it.",
	},
	{
		Name: "OAuthExpiresIn", Group: "OAuth", Type: TypeSeconds, Default: "0", min: -1, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthExpiresIn },
		Meaning: "Lifetime of OAuthAccessToken; -1, as GetOAuthAccessToken gives it, for one without end. With REFRESH and without it and OAuthTokenTimestamp, the token is renewed at once where it can be.",
	},
	{
		Name: "OAuthTokenTimestamp", Group: "OAuth", Type: TypeInt, Default: "0", Status: Supported,
		at:      func(c *Config) any { return &c.OAuthTokenTimestamp },
		Meaning: "When OAuthAccessToken was made, in milliseconds since 1970.",
	},
	{
		Name: "State", Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.State },
		Meaning: "Value that comes back with the authorization code. Left out, a random one, which is safer.",
	},
	{
		Name: "OAuthIssuer", Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthIssuer },
		Meaning: "OpenID provider whose discovery document names the addresses that are not set. For a national cloud of Entra give its issuer here.",
	},
	{
		Name: "OAuthAuthorizationURL", Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthAuthorizationURL },
		Meaning: "Where users sign in and consent, in place of what the system or OAuthIssuer has.",
	},
	{
		Name: "OAuthAccessTokenURL", Aliases: []string{"OAuthTokenURL"}, Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthAccessTokenURL },
		Meaning: "Where tokens are fetched, in place of what the system or OAuthIssuer has.",
	},
	{
		Name: "OAuthRefreshTokenURL", Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthRefreshTokenURL },
		Meaning: "Where tokens are renewed; left out, where they are fetched.",
	},
	{
		Name: "OAuthDeviceURL", Group: "OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthDeviceURL },
		Meaning: "Where the device flow begins, in place of what the system or OAuthIssuer has.",
	},
	{
		Name: "OAuthParams", Group: "OAuth", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthParams },
		Meaning: "Further parameters of authorization and token requests: a=b&c=d, percent-encoded.",
	},
	{
		Name: "AzureTenant", Aliases: []string{"AzureADTenant"}, Group: "Azure Authentication", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.AzureTenant },
		Meaning: "Entra tenant that issues tokens: a domain or directory id. Needed for a single-tenant application and for CLIENT; left out, organizations.",
	},
	{
		Name: "AzureResource", Group: "Azure Authentication", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.AzureResource },
		Meaning: "Resource to ask an Entra token for, such as api://application-id: short for its scope /.default.",
	},
	{
		Name: "OAuthVersion", Group: "OAuth", Type: TypeEnum, Status: NotYet, Providers: onlyOData, inert: []string{"2.0"},
		Reason: laterOAuth1, Meaning: "1.0 or 2.0.",
	},
	{
		Name: "OAuthRequestTokenURL", Group: "OAuth", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterOAuth1, Meaning: "Where OAuth 1.0 request tokens are fetched.",
	},
	{
		Name: "OAuthAccessTokenSecret", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet, Providers: onlyOData,
		Reason: laterOAuth1, Meaning: "Secret of an OAuth 1.0 access token.",
	},
	{
		Name: "AuthToken", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet, Providers: onlyOData,
		Reason: laterOAuth1, Meaning: "OAuth 1.0 request token.",
	},
	{
		Name: "AuthKey", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet, Providers: onlyOData,
		Reason: laterOAuth1, Meaning: "Secret of the OAuth 1.0 request token.",
	},
	{
		Name: "OAuthIncludeCallbackURL", Group: "OAuth", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"true"},
		Reason: "it is always sent, as RFC 6749 section 4.1.3 asks", Meaning: "Whether the redirect URI is sent when a token is fetched.",
	},
}

var jwtProperties = []Property{
	{
		Name: "OAuthJWTCert", Group: "JWT OAuth", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthJWTCert },
		Meaning: "Certificate with private key that proves the client in place of OAuthClientSecret: a path, or the store itself in base64, as OAuthJWTCertType says.",
	},
	{
		Name: "OAuthJWTCertType", Group: "JWT OAuth", Type: TypeEnum, Allowed: certificate.Types(), Default: "AUTO", Status: Supported,
		at:      func(c *Config) any { return &c.OAuthJWTCertType },
		refused: certificate.RefusedTypes(),
		Meaning: "What OAuthJWTCert is: a file or a blob, and of which kind. AUTO looks at its content.",
	},
	{
		Name: "OAuthJWTCertPassword", Group: "JWT OAuth", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthJWTCertPassword },
		Meaning: "Password of the store in OAuthJWTCert.",
	},
	{
		Name: "OAuthJWTCertSubject", Group: "JWT OAuth", Type: TypeString, Default: "*", Status: Supported,
		at:      func(c *Config) any { return &c.OAuthJWTCertSubject },
		Meaning: "Subject of the certificate to take from the store: its distinguished name or a part of it; * for the first.",
	},
	{
		Name: "OAuthJWTEncryption", Group: "JWT OAuth", Type: TypeEnum, Allowed: []string{"PS256", "RS256", "PS384", "RS384", "PS512", "RS512", "ES256", "ES384", "ES512"}, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthJWTEncryption },
		Meaning: "Algorithm of the assertion's signature. Left out: PS256 at Entra, else RS256, or what fits an elliptic key.",
	},
	{
		Name: "OAuthJWTAudience", Group: "JWT OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthJWTAudience },
		Meaning: "Audience of the assertion; left out, the token endpoint and, where it is known, the issuer.",
	},
	{
		Name: "OAuthJWTPublicKeyId", Group: "JWT OAuth", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthJWTPublicKeyId },
		Meaning: "Key id (kid) in the assertion's header.",
	},
	{
		Name: "OAuthJWTValidityTime", Group: "JWT OAuth", Type: TypeSeconds, Default: "300", min: 1, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthJWTValidityTime },
		Meaning: "Lifetime of the assertion.",
	},
	{
		Name: "OAuthJWTIssuer", Group: "JWT OAuth", Type: TypeString, Status: Refused,
		Reason: fixedAssertion, Meaning: "Issuer of the assertion.",
	},
	{
		Name: "OAuthJWTSubject", Group: "JWT OAuth", Type: TypeString, Status: Refused,
		Reason: fixedAssertion, Meaning: "Subject of the assertion.",
	},
	{
		Name: "OAuthJWTSubjectType", Group: "JWT OAuth", Type: TypeEnum, Status: Refused,
		Reason: fixedAssertion, Meaning: "Kind of the assertion's subject.",
	},
	{
		Name: "OAuthJWTEncryptionKey", Group: "JWT OAuth", Type: TypeString, Secret: true, Status: NotYet,
		Reason: "assertions are signed with a private key; a shared secret goes in OAuthClientSecret", Meaning: "HMAC key of the assertion's signature.",
	},
	{
		Name: "OAuthJWTHeaders", Group: "JWT OAuth", Type: TypeString, Status: NotYet,
		Reason: "the header holds the algorithm and what identifies the certificate or key", Meaning: "Further headers of the assertion.",
	},
}
