package epicorerp

import "github.com/epicorerp/epicorerp/internal/certificate"

var (
	onlyEpicor    = []string{ProviderEpicor}
	onlyOData     = []string{ProviderOData}
	onlyAcumatica = []string{ProviderAcumatica}
	onlySage200   = []string{ProviderSage200}
)

const (
	laterLogin = "not supported yet: of the ways to sign in, Basic, Digest, NTLM, Negotiate, EpicorToken, Bearer, the flows of OAuth and None are there"
	laterProxy = "not supported yet: of the ways to sign in to a proxy, BASIC and NONE are there"
)

var authenticationProperties = []Property{
	{
		Name: "AuthScheme", Group: "Authentication", Type: TypeEnum, Status: Supported,
		at: func(c *Config) any { return &c.AuthScheme },
		Allowed: []string{
			"Basic", "Digest", "NTLM", "Negotiate", "EpicorToken", "Bearer", "None", "OAuth", "OAuthPassword", "OAuthClient",
			"AzureAD", "AzureADOpenID", "AzureServicePrincipal", "AzureServicePrincipalCert",
		},
		refused: map[string]string{
			"Negotiate":        laterLogin,
			"SharePointOnline": laterLogin, "OAuthJWT": laterLogin, "AzureMSI": laterLogin,
			"OAuthImplicit": "refused: the implicit flow leaves tokens in addresses and gives none to renew; OAuth does the code flow with PKCE",
		},
		Meaning: "How requests are authenticated: Basic sends User and Password (with Acumatica, to its sign-in); Digest proves to know the password without sending it, and NTLM does so for each connection; Negotiate sends Kerberos tickets, in a program that imports providers/odata/kerberos (all three OData only); EpicorToken trades them for a token at the server's TokenResource.svc; Bearer sends an access token: OAuthAccessToken, or one that the driver fetches and renews as InitiateOAuth and OAuthGrantType say. OAuth is Bearer at the system's own identity provider, or at the one that the URLs of the OAuth group name; AzureAD and AzureADOpenID are Bearer at Entra; OAuthPassword, OAuthClient, AzureServicePrincipal and AzureServicePrincipalCert name the flow too. None sends nothing (OData only). Left out: Bearer when OAuthAccessToken or OAuthClientId is set and no User, else Basic for Epicor, for Acumatica or with a User, else None.",
	},
	{
		Name: "User", Aliases: []string{"UID", "Username", "UserId"}, Group: "Authentication", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.User },
		Meaning: "Name of the user, for Basic, Digest, NTLM, Negotiate, EpicorToken and OAuthPassword. For NTLM it may be DOMAIN\\user or user@domain.",
	},
	{
		Name: "Password", Aliases: []string{"PWD"}, Group: "Authentication", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.Password },
		Meaning: "The user's password, for Basic, Digest, NTLM, Negotiate, EpicorToken and OAuthPassword.",
	},
	{
		Name: "ApiKey", Aliases: []string{"x-api-key"}, Group: "Authentication", Type: TypeString, Secret: true, Status: Supported,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.ApiKey },
		Meaning: "API key that Epicor's v2 services ask for beside the user's credentials; it never stands in for them.",
	},
	{
		Name: "OAuthAccessToken", Aliases: []string{"AccessToken", "BearerToken"}, Group: "Authentication", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.OAuthAccessToken },
		Meaning: "Access token to send. With InitiateOAuth=OFF nobody renews it: when it expires, queries fail and a new connection string is needed.",
	},
	{
		Name: "SubscriptionKey", Group: "Authentication", Type: TypeString, Secret: true, Status: Supported, Providers: onlySage200,
		at:      func(c *Config) any { return &c.SubscriptionKey },
		Meaning: "Key of a subscription in Sage's developer portal, which every request to Sage 200 needs beside the token.",
	},
}

var connectionProperties = []Property{
	{
		Name: "Provider", Group: "Connection", Type: TypeEnum, Default: ProviderEpicor, Status: Supported,
		at:      func(c *Config) any { return &c.Provider },
		Allowed: []string{ProviderEpicor, ProviderAcumatica, ProviderSage200, ProviderOData},
		Meaning: "The system behind the URL. A prefix such as odata: before the string, or the name the driver is opened under, changes the default.",
	},
	{
		Name: "URL", Aliases: []string{"BaseURL"}, Group: "Connection", Type: TypeString, Required: true, Status: Supported,
		at:      func(c *Config) any { return &c.URL },
		Meaning: "Root of the server, without the instance, for Epicor: https://myserver.EpicorSaaS.com. Address of the instance for Acumatica: https://myserver.acumatica.com/instance. Root of the service for OData: https://host/path/service.svc. For Sage 200 it may be left out; a server of one's own has its address here, up to where the resources begin.",
	},
	{
		Name: "ERPInstance", Aliases: []string{"Instance"}, Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.Instance },
		Meaning: "Name of the installed Epicor application: the path between the server's root and /api. May have several parts, or be left out when the application is the root.",
	},
	{
		Name: "ApiVersion", Group: "Connection", Type: TypeEnum, Allowed: []string{"v1", "v2"}, Default: "v1", Status: Supported,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.ApiVersion },
		Meaning: "Generation of Epicor's REST services. v2 needs Company, and on most servers ApiKey.",
	},
	{
		Name: "Company", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: []string{ProviderEpicor, ProviderAcumatica, ProviderSage200}, at: func(c *Config) any { return &c.Company },
		Meaning: "Company to work in. Needed for ApiVersion=v2; for v1 the user's default company is used when it is left out. Kinetic reads several as one, with commas between them; * stands for all that the user may see. Acumatica: login name of the tenant; needed where the site has several, and for the schemas GI and DAC. Sage 200: id or name of a company of the site; left out, the only one that the user may open.",
	},
	{
		Name: "Service", Aliases: []string{"DefaultSchema"}, Group: "Connection", Type: TypeString, Status: Supported,
		Providers: []string{ProviderEpicor, ProviderOData}, at: func(c *Config) any { return &c.Service },
		Meaning: "Schema of tables that are named without one, for instance Erp.BO.CustomerSvc; for Epicor BaqSvc when left out. All other services stay reachable by naming them.",
	},
	{
		Name: "Plant", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.Plant },
		Meaning: "Plant (site) to work in, sent in CallSettings. The server accepts a plant that does not exist without a word.",
	},
	{
		Name: "Site", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlySage200, at: func(c *Config) any { return &c.Site },
		Meaning: "Sage 200 site, by its id, name or short name. Left out, the only one that the user may open.",
	},
	{
		Name: "Language", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.Language },
		Meaning: "Epicor language code for messages and descriptions, for instance enu, sent in CallSettings.",
	},
	{
		Name: "FormatCulture", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.FormatCulture },
		Meaning: "Culture of formatted texts, for instance en-US, sent in CallSettings. Numbers and dates of columns do not depend on it.",
	},
	{
		Name: "License", Aliases: []string{"ClaimedLicense"}, Group: "Connection", Type: TypeString, Status: Supported,
		Allowed:   licenseNames,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.License },
		Meaning: "Epicor licence that calls claim: Default, WebService, WebServiceShared, ECCWebService or the GUID of another. Left out, the server chooses.",
	},
	{
		Name: "Session", Aliases: []string{"HoldSession"}, Group: "Connection", Type: TypeBool, Default: "false", Status: Supported,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.Session },
		Meaning: "Log in once per connection and hold that session until it is closed, instead of claiming and releasing a licence with each request.",
	},
	{
		Name: "ServerSQL", Group: "Connection", Type: TypeBool, Default: "false", Status: Supported,
		Providers: onlyEpicor, at: func(c *Config) any { return &c.ServerSQL },
		Meaning: "Let the database aggregate in groups, by SQL through the BAQ designer's services, whose rights the user needs. Each answer is checked against the number of rows of the set.",
	},
	{
		Name: "ConnectOnOpen", Group: "Connection", Type: TypeBool, Default: "true", Status: Supported,
		at:      func(c *Config) any { return &c.ConnectOnOpen },
		Meaning: "Check address and credentials with one request whenever database/sql opens a connection. Otherwise the first statement, or db.Ping, finds out.",
	},
	{
		Name: "Schema", Group: "Connection", Type: TypeEnum, Allowed: []string{"REST", "OData", "ODataV4", "StandardUK", "ProfessionalUK"}, Status: Supported,
		Providers: []string{ProviderAcumatica, ProviderSage200}, at: func(c *Config) any { return &c.Schema },
		Meaning: "Sage 200: the edition, StandardUK or ProfessionalUK, which has an address and a data model of its own. Acumatica: the interface whose schema is the default one: REST, OData (schema GI) or ODataV4 (schema DAC); REST when left out, and the others stay reachable by their names. A default schema for other systems is Service.",
	},
	{
		Name: "EndpointName", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyAcumatica, at: func(c *Config) any { return &c.EndpointName },
		Meaning: "Name of the contract-based endpoint whose entities are the tables of schema REST; Default when left out.",
	},
	{
		Name: "EndpointVersion", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyAcumatica, at: func(c *Config) any { return &c.EndpointVersion },
		Meaning: "Version of the endpoint, for instance 24.200.001; the newest that the site has when left out.",
	},
	{
		Name: "Branch", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyAcumatica, at: func(c *Config) any { return &c.Branch },
		Meaning: "Identifier of the branch that schema REST works in; the user's default one when left out.",
	},
	{
		Name: "Locale", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyAcumatica, at: func(c *Config) any { return &c.Locale },
		Meaning: "Language of messages and of fields that have several, such as fr-FR; the site's default one when left out.",
	},
	{
		Name: "IncludeCustomFields", Group: "Connection", Type: TypeBool, Default: "true", Status: Supported,
		Providers: onlyAcumatica, at: func(c *Config) any { return &c.IncludeCustomFields },
		Meaning: "Whether fields that the endpoint does not have are columns of schema REST, named View_Field. They are not part of SELECT *. Costs one request the first time that an entity is named.",
	},
	{
		Name: "FeedURL", Group: "Connection", Type: TypeString, Status: Supported,
		Providers: onlyOData, at: func(c *Config) any { return &c.FeedURL },
		Meaning: "Address of a single entity set, for instance https://host/service/Orders: the table of that set is there, with the views of its collections, and no other. URL may be left out then.",
	},
}

var sqlProperties = []Property{
	{
		Name: "Dialect", Group: "SQL", Type: TypeEnum, Allowed: []string{"ansi", "mysql", "postgres"}, Default: "ansi", Status: Supported,
		at:      func(c *Config) any { return &c.Dialect },
		Meaning: "How SQL is spelled: ansi (\"x\" is an identifier, no backslash escapes), mysql (backslash escapes, \"x\" is a string), postgres (:: casts, E'', ILIKE, ~).",
	},
	{
		Name: "SQLParser", Group: "SQL", Type: TypeEnum, Allowed: []string{nativeParser, "xwb1989"}, Default: nativeParser, Status: Supported,
		at:      func(c *Config) any { return &c.SQLParser },
		Meaning: "Who reads statements: native is the driver's own parser; xwb1989 is github.com/xwb1989/sqlparser, which knows less, in a program that imports sqlengine/parse/xwb.",
	},
	{
		Name: "Collation", Group: "SQL", Type: TypeEnum, Allowed: []string{"binary", "server"}, Default: "binary", Status: Supported,
		at:      func(c *Config) any { return &c.Collation },
		Meaning: "Order and equality of strings: binary compares the bytes of UTF-8; server takes the server's answer, so that sorting by a string can be left to it.",
	},
	{
		Name: "ServerTimeZone", Group: "SQL", Type: TypeString, Default: "UTC", Status: Supported,
		at:      func(c *Config) any { return &c.ServerTimeZone },
		Meaning: "IANA name of the zone in which the server means dates and times that carry none, for instance Europe/London. The client's own zone never plays a part.",
	},
	{
		Name: "MaxMemory", Group: "SQL", Type: TypeSize, Default: "256MiB", min: 1 << 20, Status: Supported,
		at:      func(c *Config) any { return &c.MaxMemory },
		Meaning: "Memory that one query may hold; beyond it sorts, joins and aggregates go to temporary files.",
	},
	{
		Name: "Spill", Group: "SQL", Type: TypeBool, Default: "true", Status: Supported,
		at:      func(c *Config) any { return &c.Spill },
		Meaning: "Whether a query that needs more than MaxMemory goes to temporary files; off makes it fail.",
	},
	{
		Name: "SpillDirectory", Group: "SQL", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.SpillDirectory },
		Meaning: "Where the temporary files of queries go; the system's directory for temporary files by default. Only the user of the process can read them, and none is left, whether a query ends, fails or is cancelled.",
	},
	{
		Name: "MaxRows", Group: "SQL", Type: TypeInt, Default: "-1", min: -1, Status: Supported,
		at:      func(c *Config) any { return &c.MaxRows },
		Meaning: "Most rows that a query without aggregates or GROUP BY returns, whatever its LIMIT; -1 for all.",
	},
	{
		Name: "MaxRecursion", Group: "SQL", Type: TypeInt, Default: "1000000", min: 1, Status: Supported,
		at:      func(c *Config) any { return &c.MaxRecursion },
		Meaning: "Most rounds of WITH RECURSIVE; a query that goes on longer fails. OPTION (MAXRECURSION n) behind a statement says otherwise for it, 0 for no limit.",
	},
	{
		Name: "Pushdown", Group: "SQL", Type: TypeBool, Default: "true", Status: Supported,
		at:      func(c *Config) any { return &c.Pushdown },
		Meaning: "Diagnosis only: off reads whole tables and does every filter, sort and limit in the driver. The rows are the same either way, only later.",
	},
	{
		Name: "Readonly", Group: "SQL", Type: TypeBool, Default: "false", Status: Supported,
		at:      func(c *Config) any { return &c.Readonly },
		Meaning: "Refuse every statement that could change something on the server.",
	},
	{
		Name: "PseudoColumns", Group: "SQL", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.PseudoColumns },
		Meaning: "Columns to show that the server takes as input only, as Table=Column;Table=Column, or *=* for all of them. Put the whole value in quotes.",
	},
}

var requestProperties = []Property{
	{
		Name: "Pagesize", Group: "Requests", Type: TypeInt, Default: "1000", min: 1, max: 1000000, Status: Supported,
		at:      func(c *Config) any { return &c.Pagesize },
		Meaning: "Rows to ask for at a time. A server that sends fewer is asked again until it has no more.",
	},
	{
		Name: "MaxConnections", Aliases: []string{"MaxThreads"}, Group: "Requests", Type: TypeInt, Default: "8", min: 1, max: 256, Status: Supported,
		at:      func(c *Config) any { return &c.MaxConnections },
		Meaning: "Requests under way at a time, over all connections of one sql.DB.",
	},
	{
		Name: "MaxSessions", Group: "Requests", Type: TypeInt, Default: "2", min: 1, max: 100, Status: Supported,
		Providers: onlyAcumatica, at: func(c *Config) any { return &c.MaxSessions },
		Meaning: "Sessions at a time, over all connections of one sql.DB: each takes one of the API users that the licence has, and serves one request after the other. Statements that run at once have a session each; those beyond share them. A token without the scope api:concurrent_access has one session whatever is said here.",
	},
	{
		Name: "Timeout", Group: "Requests", Type: TypeSeconds, Default: "60", Status: Supported,
		at:      func(c *Config) any { return &c.Timeout },
		Meaning: "Longest time that one HTTP request may take, its answer included; 0 for no limit. A query as a whole is bounded by its context.",
	},
	{
		Name: "MaxRetries", Aliases: []string{"RetryCount"}, Group: "Requests", Type: TypeInt, Default: "3", min: 0, max: 100, Status: Supported,
		at:      func(c *Config) any { return &c.MaxRetries },
		Meaning: "How often a request that is safe to repeat is repeated after 429, 502, 503, 504 or a broken connection; 0 for never.",
	},
	{
		Name: "MaxRetryTime", Aliases: []string{"RetryTimeout"}, Group: "Requests", Type: TypeSeconds, Default: "60", min: 1, Status: Supported,
		at:      func(c *Config) any { return &c.MaxRetryTime },
		Meaning: "Time from the first attempt at a request up to which it is repeated, waits included.",
	},
	{
		Name: "MaxURLLength", Group: "Requests", Type: TypeInt, Default: "2048", min: 512, max: 65536, Status: Supported,
		at:      func(c *Config) any { return &c.MaxURLLength },
		Meaning: "Longest request URL in bytes; longer lists of keys go in several requests, and what does not fit is filtered in the driver.",
	},
	{
		Name: "HTTP2", Group: "Requests", Type: TypeBool, Default: "false", Status: Supported,
		at:      func(c *Config) any { return &c.HTTP2 },
		Meaning: "Offer HTTP/2 to the server. Several HTTP/1.1 connections are usually faster for pages.",
	},
	{
		Name: "Compression", Aliases: []string{"Gzip"}, Group: "Requests", Type: TypeBool, Default: "true", Status: Supported,
		at:      func(c *Config) any { return &c.Compression },
		Meaning: "Ask for gzip answers.",
	},
	{
		Name: "CustomHeaders", Group: "Requests", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.CustomHeaders },
		Meaning: "Headers to send with every request: Name: value, with line breaks (or \\r\\n written out) between them.",
	},
	{
		Name: "CustomURLParams", Group: "Requests", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.CustomURLParams },
		Meaning: "Query parameters to send with every request: a=b&c=d, percent-encoded.",
	},
	{
		Name: "Cookies", Group: "Requests", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.Cookies },
		Meaning: "Cookies to send with every request: name=value; name=value.",
	},
}

var sslProperties = []Property{
	{
		Name: "SSLServerCert", Group: "SSL", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.SSLServerCert },
		Meaning: "The only certificate to accept, in place of those the system trusts: PEM text, path of a PEM or DER file, public key, or MD5, SHA-1 or SHA-256 thumbprint; of the server itself or of the authority it comes from. * accepts any certificate, so that anyone on the way can read and change everything.",
	},
	{
		Name: "Insecure", Group: "SSL", Type: TypeBool, Default: "false", Status: Supported,
		at:      func(c *Config) any { return &c.Insecure },
		Meaning: "Send credentials over plain http to a host other than this one.",
	},
	{
		Name: "SSLClientCert", Group: "SSL", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.SSLClientCert },
		Meaning: "Certificate with its private key that the client shows to a server that asks for one (mutual TLS): the path of a file, or the store itself as base64 or text, as SSLClientCertType says.",
	},
	{
		Name: "SSLClientCertType", Group: "SSL", Type: TypeEnum, Allowed: certificate.Types(), Default: "AUTO", Status: Supported,
		at:      func(c *Config) any { return &c.SSLClientCertType },
		refused: certificate.RefusedTypes(),
		Meaning: "What SSLClientCert is: a file or a blob, and of which kind. AUTO looks at its content.",
	},
	{
		Name: "SSLClientCertPassword", Group: "SSL", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.SSLClientCertPassword },
		Meaning: "Password of the store in SSLClientCert.",
	},
	{
		Name: "SSLClientCertSubject", Group: "SSL", Type: TypeString, Default: "*", Status: Supported,
		at:      func(c *Config) any { return &c.SSLClientCertSubject },
		Meaning: "Subject of the certificate to take from the store, whole or in part, such as CN=erp.example.com, O=\"Example, Inc.\"; * for the first.",
	},
}

var firewallProperties = []Property{
	{
		Name: "FirewallType", Group: "Firewall", Type: TypeEnum, Allowed: []string{"NONE", "TUNNEL", "SOCKS5"}, Default: "NONE", Status: Supported,
		at:      func(c *Config) any { return &c.FirewallType },
		refused: map[string]string{"SOCKS4": "refused: it can neither resolve names nor check a password; SOCKS5 and TUNNEL are there"},
		Meaning: "Protocol of the firewall: TUNNEL (HTTP CONNECT) or SOCKS5.",
	},
	{
		Name: "FirewallServer", Group: "Firewall", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.FirewallServer },
		Meaning: "Name or address of the firewall.",
	},
	{
		Name: "FirewallPort", Group: "Firewall", Type: TypeInt, Default: "0", max: 65535, Status: Supported,
		at:      func(c *Config) any { return &c.FirewallPort },
		Meaning: "Port of the firewall; 0 for the usual one: 80 for TUNNEL, 1080 for SOCKS5.",
	},
	{
		Name: "FirewallUser", Group: "Firewall", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.FirewallUser },
		Meaning: "User at the firewall.",
	},
	{
		Name: "FirewallPassword", Group: "Firewall", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.FirewallPassword },
		Meaning: "Password at the firewall.",
	},
}

var proxyProperties = []Property{
	{
		Name: "ProxyAutoDetect", Group: "Proxy", Type: TypeBool, Default: "true", Status: Supported,
		at:      func(c *Config) any { return &c.ProxyAutoDetect },
		Meaning: "Use the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment name. A ProxyServer or a firewall that is set goes first.",
	},
	{
		Name: "ProxyServer", Group: "Proxy", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.ProxyServer },
		Meaning: "Name or address of an HTTP proxy.",
	},
	{
		Name: "ProxyPort", Group: "Proxy", Type: TypeInt, Default: "0", max: 65535, Status: Supported,
		at:      func(c *Config) any { return &c.ProxyPort },
		Meaning: "Port of the proxy; 0 for the usual one: 80, or 443 with ProxySSLType=ALWAYS.",
	},
	{
		Name: "ProxyAuthScheme", Group: "Proxy", Type: TypeEnum, Allowed: []string{"BASIC", "NONE"}, Default: "BASIC", Status: Supported,
		at:      func(c *Config) any { return &c.ProxyAuthScheme },
		refused: map[string]string{"DIGEST": laterProxy, "NEGOTIATE": laterProxy, "NTLM": laterProxy, "PROPRIETARY": laterProxy},
		Meaning: "How to sign in to the proxy when ProxyUser is set.",
	},
	{
		Name: "ProxyUser", Group: "Proxy", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.ProxyUser },
		Meaning: "User at the proxy.",
	},
	{
		Name: "ProxyPassword", Group: "Proxy", Type: TypeString, Secret: true, Status: Supported,
		at:      func(c *Config) any { return &c.ProxyPassword },
		Meaning: "Password at the proxy.",
	},
	{
		Name: "ProxySSLType", Group: "Proxy", Type: TypeEnum, Allowed: []string{"AUTO", "ALWAYS", "TUNNEL"}, Default: "AUTO", Status: Supported,
		at:      func(c *Config) any { return &c.ProxySSLType },
		refused: map[string]string{"NEVER": "refused: an https server is always reached through a tunnel, and an http one never; AUTO does just that"},
		Meaning: "TLS and the proxy: AUTO tunnels to an https server over a plain connection to the proxy; TUNNEL says the same and insists on an https server; ALWAYS uses TLS to the proxy itself.",
	},
	{
		Name: "ProxyExceptions", Group: "Proxy", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.ProxyExceptions },
		Meaning: "Hosts to reach without ProxyServer, with ; between them and the whole in quotes: names, *.example.com, 10.1.*, 10.0.0.0/8, or <local> for names without a dot.",
	},
}

var loggingProperties = []Property{
	{
		Name: "Logfile", Group: "Logging", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.Logfile },
		Meaning: "File that the log is appended to; its directory must exist. Secrets are masked at every Verbosity.",
	},
	{
		Name: "Verbosity", Group: "Logging", Type: TypeInt, Default: "1", min: 1, max: 5, Status: Supported,
		at:      func(c *Config) any { return &c.Verbosity },
		Meaning: "What Logfile gets: 1 queries, rows, times and errors; 2 requests too; 3 their headers too; 4 connections and TLS too; 5 everything.",
	},
	{
		Name: "LogModules", Group: "Logging", Type: TypeString, Status: NotYet,
		Reason: "Logfile gets all modules; Verbosity says how much", Meaning: "Modules to log.",
	},
	{
		Name: "MaxLogFileSize", Group: "Logging", Type: TypeSize, Status: NotYet, inert: []string{"100MB"},
		Reason: laterLogRoll, Meaning: "Size at which a new log file is begun.",
	},
	{
		Name: "MaxLogFileCount", Group: "Logging", Type: TypeInt, Status: NotYet, inert: []string{"0", "-1"},
		Reason: laterLogRoll, Meaning: "Log files to keep.",
	},
}

var schemaProperties = []Property{
	{
		Name: "BrowsableSchemas", Group: "Schema", Type: TypeList, Status: Supported,
		at:      func(c *Config) any { return &c.BrowsableSchemas },
		Meaning: "Schemas (services) that the catalog shows, with commas between them; left out, all. Others can still be queried by name.",
	},
	{
		Name: "Tables", Group: "Schema", Type: TypeList, Status: Supported,
		at:      func(c *Config) any { return &c.Tables },
		Meaning: "Tables that the catalog shows, with commas between them; left out, all.",
	},
	{
		Name: "Views", Group: "Schema", Type: TypeList, Status: Supported,
		at:      func(c *Config) any { return &c.Views },
		Meaning: "Views that the catalog shows, with commas between them; left out, all.",
	},
	{
		Name: "Location", Group: "Schema", Type: TypeString, Status: NotYet,
		Reason: "tables are read from the server's metadata alone", Meaning: "Directory of schema files.",
	},
	{
		Name: "OpenAPIFiles", Group: "Schema", Type: TypeList, Status: Supported,
		Providers: onlySage200, at: func(c *Config) any { return &c.OpenAPIFiles },
		Meaning: "Paths of OpenAPI documents of the Sage 200 API, with commas between them. Their resources become tables with descriptions and without a request for metadata; others are asked for as ever.",
	},
	{
		Name: "UserDefinedViews", Group: "Schema", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.UserDefinedViews },
		Meaning: "JSON file of views, {\"MyView\": {\"query\": \"SELECT …\"}}, read when the first connection is opened. CREATE, ALTER and DROP LOCAL VIEW change the views of the sql.DB and never the file.",
	},
	{
		Name: "UserViewsSchemaName", Group: "Schema", Type: TypeString, Default: "UserViews", Status: Supported,
		at:      func(c *Config) any { return &c.UserViewsSchemaName },
		Meaning: "Schema of local views. They are found by their bare names too, before the tables of the default schema.",
	},
}
