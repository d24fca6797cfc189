package epicorerp

const (
	laterAcumatica  = "Acumatica comes later; Provider=Epicor and Provider=OData are there"
	laterSage200    = "Sage 200 comes later; Provider=Epicor and Provider=OData are there"
	laterLogRoll    = "the log is one file; let logrotate or the like roll it"
	laterCache      = "there is no cache of rows; each query asks the server"
	laterKerberos   = "there is no Kerberos; of the ways to sign in, Basic, Bearer and None are there for OData"
	laterSharePoint = "there is no SharePoint sign-in; of the ways to sign in, Basic, Bearer and None are there for OData"
	laterWrites     = "it shapes writes, which do not go in batches"
	ownPool         = "database/sql pools connections itself"
)

var oauthProperties = []Property{
	{
		Name: "InitiateOAuth", Group: "OAuth", Type: TypeEnum, Status: NotYet, inert: []string{"OFF"},
		Reason: laterToken, Meaning: "Whether the driver fetches tokens: OFF, REFRESH or GETANDREFRESH.",
	},
	{
		Name: "OAuthClientId", Group: "OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Id of the registered application.",
	},
	{
		Name: "OAuthClientSecret", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet,
		Reason: laterToken, Meaning: "Secret of the registered application.",
	},
	{
		Name: "OAuthSettingsLocation", Group: "OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Where tokens are kept: a path, or memory://id.",
	},
	{
		Name: "CallbackURL", Group: "OAuth", Type: TypeString, Status: NotYet, inert: []string{"http://localhost:33333", "http://localhost:33333/"},
		Reason: laterToken, Meaning: "Redirect URI of the registered application.",
	},
	{
		Name: "OAuthVerifier", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet,
		Reason: laterToken, Meaning: "Authorization code to exchange for the first token.",
	},
	{
		Name: "OAuthRefreshToken", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet,
		Reason: laterToken, Meaning: "Token that new access tokens are fetched with.",
	},
	{
		Name: "OAuthExpiresIn", Group: "OAuth", Type: TypeSeconds, Status: NotYet,
		Reason: laterToken, Meaning: "Lifetime of OAuthAccessToken.",
	},
	{
		Name: "OAuthTokenTimestamp", Group: "OAuth", Type: TypeInt, Status: NotYet,
		Reason: laterToken, Meaning: "When OAuthAccessToken was made, in milliseconds since 1970.",
	},
	{
		Name: "Scope", Group: "OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Rights to ask a token for.",
	},
	{
		Name: "State", Group: "OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Value that comes back with the authorization code.",
	},
	{
		Name: "OAuthGrantType", Group: "OAuth", Type: TypeEnum, Status: NotYet, inert: []string{"CODE"},
		Reason: laterToken, Meaning: "OAuth flow.",
	},
	{
		Name: "OAuthPasswordGrantMode", Group: "OAuth", Type: TypeEnum, Status: NotYet, Providers: onlyOData, inert: []string{"POST"},
		Reason: laterToken, Meaning: "How the password flow sends the client's secret: POST or BASIC.",
	},
	{
		Name: "OAuthVersion", Group: "OAuth", Type: TypeEnum, Status: NotYet, Providers: onlyOData, inert: []string{"2.0"},
		Reason: laterToken, Meaning: "1.0 or 2.0.",
	},
	{
		Name: "OAuthAuthorizationURL", Group: "OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Where users give their consent.",
	},
	{
		Name: "OAuthAccessTokenURL", Group: "OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Where tokens are fetched.",
	},
	{
		Name: "OAuthRefreshTokenURL", Group: "OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Where tokens are renewed.",
	},
	{
		Name: "OAuthRequestTokenURL", Group: "OAuth", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterToken, Meaning: "Where OAuth 1.0 request tokens are fetched.",
	},
	{
		Name: "OAuthAccessTokenSecret", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet, Providers: onlyOData,
		Reason: laterToken, Meaning: "Secret of an OAuth 1.0 access token.",
	},
	{
		Name: "AuthToken", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet, Providers: onlyOData,
		Reason: laterToken, Meaning: "OAuth 1.0 request token.",
	},
	{
		Name: "AuthKey", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet, Providers: onlyOData,
		Reason: laterToken, Meaning: "Secret of the OAuth 1.0 request token.",
	},
	{
		Name: "OAuthIncludeCallbackURL", Group: "OAuth", Type: TypeBool, Status: NotYet, Providers: onlyOData,
		Reason: laterToken, Meaning: "Whether the redirect URI is sent when a token is fetched.",
	},
	{
		Name: "OAuthParams", Group: "OAuth", Type: TypeString, Secret: true, Status: NotYet, Providers: onlyOData,
		Reason: laterToken, Meaning: "Further parameters for the token request.",
	},
}

var jwtProperties = []Property{
	{
		Name: "OAuthJWTCert", Group: "JWT OAuth", Type: TypeString, Secret: true, Status: NotYet,
		Reason: laterToken, Meaning: "Certificate that stands in for the client's secret: path, blob or store.",
	},
	{
		Name: "OAuthJWTCertType", Group: "JWT OAuth", Type: TypeEnum, Status: NotYet, inert: []string{"USER"},
		Reason: laterToken, Meaning: "What OAuthJWTCert is: a kind of file, blob or store such as PFXFILE.",
	},
	{
		Name: "OAuthJWTCertPassword", Group: "JWT OAuth", Type: TypeString, Secret: true, Status: NotYet,
		Reason: laterToken, Meaning: "Password of the store in OAuthJWTCert.",
	},
	{
		Name: "OAuthJWTCertSubject", Group: "JWT OAuth", Type: TypeString, Status: NotYet, inert: []string{"*"},
		Reason: laterToken, Meaning: "Subject of the certificate to take from the store.",
	},
	{
		Name: "OAuthJWTIssuer", Group: "JWT OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Issuer of the assertion.",
	},
	{
		Name: "OAuthJWTSubject", Group: "JWT OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Subject of the assertion.",
	},
	{
		Name: "OAuthJWTSubjectType", Group: "JWT OAuth", Type: TypeEnum, Status: NotYet,
		Reason: laterToken, Meaning: "Kind of the assertion's subject.",
	},
	{
		Name: "OAuthJWTAudience", Group: "JWT OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Audience of the assertion.",
	},
	{
		Name: "OAuthJWTPublicKeyId", Group: "JWT OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Key id in the assertion's header.",
	},
	{
		Name: "OAuthJWTEncryption", Group: "JWT OAuth", Type: TypeEnum, Status: NotYet,
		Reason: laterToken, Meaning: "Algorithm of the assertion's signature.",
	},
	{
		Name: "OAuthJWTEncryptionKey", Group: "JWT OAuth", Type: TypeString, Secret: true, Status: NotYet,
		Reason: laterToken, Meaning: "HMAC key of the assertion's signature.",
	},
	{
		Name: "OAuthJWTHeaders", Group: "JWT OAuth", Type: TypeString, Status: NotYet,
		Reason: laterToken, Meaning: "Further headers of the assertion.",
	},
	{
		Name: "OAuthJWTValidityTime", Group: "JWT OAuth", Type: TypeSeconds, Status: NotYet,
		Reason: laterToken, Meaning: "Lifetime of the assertion.",
	},
}

var kerberosProperties = []Property{
	{
		Name: "KerberosKDC", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterKerberos, Meaning: "Key distribution centre of the user.",
	},
	{
		Name: "KerberosServiceKDC", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterKerberos, Meaning: "Key distribution centre of the service.",
	},
	{
		Name: "KerberosRealm", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterKerberos, Meaning: "Realm of the user.",
	},
	{
		Name: "KerberosServiceRealm", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterKerberos, Meaning: "Realm of the service.",
	},
	{
		Name: "KerberosSPN", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterKerberos, Meaning: "Service principal name.",
	},
	{
		Name: "KerberosKeytabFile", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterKerberos, Meaning: "Keytab file.",
	},
	{
		Name: "KerberosTicketCache", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterKerberos, Meaning: "Ticket cache file.",
	},
	{
		Name: "SharePointUseSSO", Group: "Kerberos", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterSharePoint, Meaning: "Single sign-on to SharePoint.",
	},
	{
		Name: "SharePointSSODomain", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterSharePoint, Meaning: "Domain of SharePoint's single sign-on.",
	},
}

var cachingProperties = []Property{
	{
		Name: "AutoCache", Group: "Caching", Type: TypeBool, Status: NotYet, inert: []string{"false"},
		Reason: laterCache, Meaning: "Keep the rows of queries in a local database and answer from it.",
	},
	{
		Name: "CacheDriver", Group: "Caching", Type: TypeString, Status: NotYet,
		Reason: laterCache, Meaning: "Driver of the cache database.",
	},
	{
		Name: "CacheProvider", Group: "Caching", Type: TypeString, Status: NotYet,
		Reason: laterCache, Meaning: "Provider of the cache database.",
	},
	{
		Name: "CacheConnection", Group: "Caching", Type: TypeString, Secret: true, Status: NotYet,
		Reason: laterCache, Meaning: "Connection string of the cache database.",
	},
	{
		Name: "CacheLocation", Group: "Caching", Type: TypeString, Status: NotYet,
		Reason: laterCache, Meaning: "Directory of the cache.",
	},
	{
		Name: "CacheTolerance", Group: "Caching", Type: TypeSeconds, Status: NotYet, inert: []string{"600"},
		Reason: laterCache, Meaning: "Age up to which cached rows are an answer.",
	},
	{
		Name: "Offline", Group: "Caching", Type: TypeBool, Status: NotYet, inert: []string{"false"},
		Reason: laterCache, Meaning: "Answer from the cache only.",
	},
	{
		Name: "CacheMetadata", Group: "Caching", Type: TypeBool, Status: NotYet, inert: []string{"false"},
		Reason: "metadata is kept in memory, for as long as its sql.DB is open", Meaning: "Keep metadata on disk.",
	},
}

var poolingProperties = []Property{
	{
		Name: "UseConnectionPooling", Group: "Pooling", Type: TypeBool, Status: NoEffect,
		Reason: ownPool + ", and a connection costs nothing to open; SetMaxIdleConns(-1) turns the pool off", Meaning: "Keep connections for reuse.",
	},
	{
		Name: "PoolMaxSize", Group: "Pooling", Type: TypeInt, Status: Refused, inert: []string{"100"},
		Reason: ownPool + "; call SetMaxOpenConns of sql.DB", Meaning: "Most connections in the pool.",
	},
	{
		Name: "PoolMinSize", Group: "Pooling", Type: TypeInt, Status: Refused, inert: []string{"1"},
		Reason: ownPool + "; call SetMaxIdleConns of sql.DB", Meaning: "Fewest connections in the pool.",
	},
	{
		Name: "PoolIdleTimeout", Group: "Pooling", Type: TypeSeconds, Status: Refused, inert: []string{"60"},
		Reason: ownPool + "; call SetConnMaxIdleTime of sql.DB", Meaning: "Time after which an idle connection is closed.",
	},
	{
		Name: "PoolWaitTime", Group: "Pooling", Type: TypeSeconds, Status: Refused, inert: []string{"60"},
		Reason: ownPool + "; give the query's context a deadline", Meaning: "Time to wait for a free connection.",
	},
	{
		Name: "ConnectionLifeTime", Group: "Pooling", Type: TypeSeconds, Status: Refused, inert: []string{"0"},
		Reason: ownPool + "; call SetConnMaxLifetime of sql.DB", Meaning: "Time after which a connection is closed.",
	},
}

var odataProperties = []Property{
	{
		Name: "ODataVersion", Group: "OData", Type: TypeEnum, Status: NotYet, Providers: onlyOData, inert: []string{"AUTO"},
		Reason: "the version is read from the service's metadata", Meaning: "Version of OData that the service speaks.",
	},
	{
		Name: "DataFormat", Group: "OData", Type: TypeEnum, Status: NotYet, Providers: onlyOData, inert: []string{"AUTO", "JSON"},
		Reason: "answers are read as JSON", Meaning: "Format of answers: JSON or ATOM.",
	},
	{
		Name: "NavigationPropertiesAsViews", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"true"},
		Reason: "navigation collections cannot be hidden", Meaning: "Show navigation collections as views Parent_Nav.",
	},
	{
		Name: "SupportsExpand", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"true"},
		Reason: "what a service supports is read from its metadata", Meaning: "Whether the service knows $expand.",
	},
	{
		Name: "StoredProceduresAsViews", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: "functions are not listed as views", Meaning: "Show functions that return entities as views.",
	},
	{
		Name: "MaxFilterLength", Group: "OData", Type: TypeInt, Status: NotYet, Providers: onlyOData, inert: []string{"-1"},
		Reason: "MaxURLLength bounds the request as a whole", Meaning: "Longest $filter.",
	},
	{
		Name: "MaxSelectLength", Group: "OData", Type: TypeInt, Status: NotYet, Providers: onlyOData, inert: []string{"-1"},
		Reason: "MaxURLLength bounds the request as a whole", Meaning: "Longest $select; 0 never sends one.",
	},
	{
		Name: "UseClientSidePaging", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData,
		Reason: "how to page is found out from the service", Meaning: "Page with $top and $skip.",
	},
	{
		Name: "UseEtags", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"true"},
		Reason: "it shapes writes, which always send the ETag that they know", Meaning: "Send ETags with writes.",
	},
	{
		Name: "UseIdUrl", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: "rows are named by their key columns", Meaning: "Take the entity's URL as its key.",
	},
	{
		Name: "UseSimpleNames", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: "names are the metadata's; quote those that need it", Meaning: "Replace special characters in names.",
	},
	{
		Name: "DecodeXMLNames", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"true"},
		Reason: "names are the metadata's", Meaning: "Decode _x0020_ and the like in names.",
	},
	{
		Name: "ExpandAsterisk", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData,
		Reason: "SELECT * always names the table's own columns", Meaning: "What SELECT * asks the service for.",
	},
	{
		Name: "ExcludeControlInformationRootType", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData,
		Reason: laterWrites, Meaning: "Leave the root type out of written entities.",
	},
	{
		Name: "IncludeNavigationParentColumns", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData,
		Reason: "join the parent instead", Meaning: "Show the parent's columns in navigation views.",
	},
	{
		Name: "IncludeReferenceColumn", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData,
		Reason: "join along the key instead", Meaning: "Show references to other entities as columns.",
	},
	{
		Name: "AllowNavigationDisassociation", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterWrites, Meaning: "Let DELETE from a navigation view take entities apart.",
	},
	{
		Name: "AllowResourceUrl", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: "tables are entity sets of the service", Meaning: "Take a URL as a table's name.",
	},
	{
		Name: "BatchSize", Group: "OData", Type: TypeInt, Status: NotYet, inert: []string{"0"},
		Reason: laterWrites, Meaning: "Writes in one request; 0 for all.",
	},
	{
		Name: "ContinueOnError", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterWrites, Meaning: "Go on with a batch after a write that failed.",
	},
	{
		Name: "EnableAtomicBatchOperations", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterWrites, Meaning: "Write a batch wholly or not at all.",
	},
}

var miscProperties = []Property{
	{
		Name: "Other", Group: "Miscellaneous", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.Other },
		Meaning: "Hidden switches of commercial drivers as name=value;name=value, the whole in quotes. Only those are accepted that ask for what is so anyway: SupportEnhancedSQL=true, ConvertDateTimeToGMT=false.",
	},
	{
		Name: "SupportEnhancedSQL", Group: "Miscellaneous", Type: TypeBool, Status: Refused, inert: []string{"true"},
		Reason: "the engine always does what the server cannot; Readonly, MaxRows and MaxMemory bound it", Meaning: "Do in the driver what the server cannot.",
	},
	{
		Name: "RTK", Group: "Miscellaneous", Type: TypeString, Secret: true, Status: Refused,
		Reason: "no licence key is needed; remove it", Meaning: "Run-time licence key of commercial drivers.",
	},
	{
		Name: "Driver", Group: "Miscellaneous", Type: TypeString, Status: NoEffect,
		Reason: "it names the driver for an ODBC manager, and this driver was chosen already", Meaning: "Driver that an ODBC manager loads.",
	},
	{
		Name: "DSN", Group: "Miscellaneous", Type: TypeString, Status: Refused,
		Reason: "data sources of an ODBC manager are not read; write their properties out", Meaning: "Data source of an ODBC manager.",
	},
}
