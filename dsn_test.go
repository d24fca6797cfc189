package epicorerp

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const goodSage200 = "Provider=Sage200;SubscriptionKey=key;OAuthAccessToken=token;"

const goodEpicor = "URL=https://erp.example.com;ERPInstance=Live;User=me;Password=pw;"

// epicor is a valid Config, changed.
func epicor(change func(*Config)) *Config {
	c := NewConfig()
	c.URL, c.Instance, c.User, c.Password = "https://erp.example.com", "Live", "me", NewSecret("pw")
	if change != nil {
		change(c)
	}
	return c
}

// odata is a valid Config of Provider=OData, changed.
func odata(change func(*Config)) *Config {
	c := NewConfig()
	c.Provider, c.URL = ProviderOData, "https://services.example.org/V4/svc.svc"
	if change != nil {
		change(c)
	}
	return c
}

func password(text string) func(*Config) {
	return func(c *Config) { c.Password = NewSecret(text) }
}

type goodDSN struct {
	name string
	dsn  string
	want *Config
}

var goodDSNs = []goodDSN{
	{"a string from a commercial driver's manual", "Service=Erp.BO.CustomerSvc;ERPInstance=MyInstance;URL=https://myaccount.epicorsaas.com;User=username;Password=password;",
		epicor(func(c *Config) {
			c.Service, c.Instance, c.URL = "Erp.BO.CustomerSvc", "MyInstance", "https://myaccount.epicorsaas.com"
			c.User, c.Password = "username", NewSecret("password")
		})},
	{"the same for v2", "Service=Erp.BO.CustomerSvc;ERPInstance=MyInstance;URL=https://myaccount.epicorsaas.com;User=username;Password=password;ApiVersion=v2;Company=EPIC06;ApiKey=a+b/c==;",
		epicor(func(c *Config) {
			c.Service, c.Instance, c.URL = "Erp.BO.CustomerSvc", "MyInstance", "https://myaccount.epicorsaas.com"
			c.User, c.Password = "username", NewSecret("password")
			c.ApiVersion, c.Company, c.ApiKey = "v2", "EPIC06", NewSecret("a+b/c==")
		})},
	{"no semicolon at the end", strings.TrimSuffix(goodEpicor, ";"), epicor(nil)},
	{"blanks and empty parts anywhere", " ;; URL = https://erp.example.com ;\n erp INSTANCE= Live\t;user=me ;; PASSWORD =pw ; ", epicor(nil)},
	{"aliases", "BaseURL=https://erp.example.com;Instance=Live;UID=me;PWD=pw", epicor(nil)},
	{"the ODBC Driver keyword", "DRIVER={CData ODBC Driver for Epicor Kinetic};" + goodEpicor, epicor(nil)},
	{"the prefix epicorerp", "epicorerp:" + goodEpicor, epicor(nil)},
	{"the JDBC prefix", "jdbc:epicorerp:" + goodEpicor, epicor(nil)},
	{"the longer JDBC prefix in capitals", "JDBC:CData:EpicorERP:" + goodEpicor, epicor(nil)},
	{"properties set to a commercial default", goodEpicor + "InitiateOAuth=off;AutoCache=False;FirewallType=none;UseConnectionPooling=true;CallbackURL=http://localhost:33333;OAuthClientId=;PoolMaxSize=100", epicor(func(c *Config) { c.InitiateOAuth = "OFF" })},
	{"a blank value", goodEpicor + "Service=;Timeout=;Dialect=\"\"", epicor(nil)},

	{"a password with equals signs", "URL=https://erp.example.com;ERPInstance=Live;User=me;Password=a=b==", epicor(password("a=b=="))},
	{"a password in double quotes", `URL=https://erp.example.com;ERPInstance=Live;User=me;Password="a;b""c'd"`, epicor(password(`a;b"c'd`))},
	{"a password in single quotes", `URL=https://erp.example.com;ERPInstance=Live;User=me;Password='a;b''c"d';`, epicor(password(`a;b'c"d`))},
	{"a password in braces", `URL=https://erp.example.com;ERPInstance=Live;User=me;Password={a;b}}c{"'d}`, epicor(password(`a;b}c{"'d`))},
	{"a password with quotes inside", `URL=https://erp.example.com;ERPInstance=Live;User=me;Password=a"b'c{d}`, epicor(password(`a"b'c{d}`))},
	{"a password with blanks around", `URL=https://erp.example.com;ERPInstance=Live;User=me;Password="  a  "`, epicor(password("  a  "))},
	{"a password of one blank", `URL=https://erp.example.com;ERPInstance=Live;User=me;Password=" "`, epicor(password(" "))},
	{"a password of quotes alone", `URL=https://erp.example.com;ERPInstance=Live;User=me;Password=""""""`, epicor(password(`""`))},
	{"a password in another script", `URL=https://erp.example.com;ERPInstance=Live;User=müller;Password=пароль🔑`, epicor(func(c *Config) { c.User, c.Password = "müller", NewSecret("пароль🔑") })},
	{"a password that looks like a property", `URL=https://erp.example.com;ERPInstance=Live;User=me;Password="x User=y"`, epicor(password("x User=y"))},

	{"values in any case", goodEpicor + "apiversion=V1;dialect=MySQL;collation=SERVER;license=webserviceshared;provider=epicor",
		epicor(func(c *Config) { c.Dialect, c.Collation, c.License = "mysql", "server", "WebServiceShared" })},
	{"booleans of every spelling", goodEpicor + "Readonly=1;ConnectOnOpen=YES;Pushdown=off;Session=True;Compression=n",
		epicor(func(c *Config) {
			c.Readonly, c.ConnectOnOpen, c.Pushdown, c.Session, c.Compression = true, true, false, true, false
		})},
	{"numbers, times and sizes", goodEpicor + "Pagesize=500;MaxRows=10;Timeout=1m30s;MaxRetryTime=5;MaxMemory=1GB;MaxConnections=2",
		epicor(func(c *Config) {
			c.Pagesize, c.MaxRows, c.MaxConnections = 500, 10, 2
			c.Timeout, c.MaxRetryTime, c.MaxMemory = 90*time.Second, 5*time.Second, 1_000_000_000
		})},
	{"parts of a second, and KiB", goodEpicor + "Timeout=250ms;MaxMemory=2048 KiB", epicor(func(c *Config) { c.Timeout, c.MaxMemory = 250*time.Millisecond, 2<<20 })},
	{"pseudo columns in quotes", goodEpicor + `PseudoColumns="Orders=From;Orders=To"`, epicor(func(c *Config) { c.PseudoColumns = "Orders=From;Orders=To" })},
	{"headers by the name with a space", goodEpicor + `Custom Headers=X-A: 1\r\nX-B: two words`, epicor(func(c *Config) { c.CustomHeaders = NewSecret(`X-A: 1\r\nX-B: two words`) })},
	{"a licence by its GUID", goodEpicor + "ClaimedLicense=00000003-9439-4B30-A6F4-6D2FD4B9FD0F", epicor(func(c *Config) { c.License = "00000003-9439-4B30-A6F4-6D2FD4B9FD0F" })},
	{"a certificate in PEM", goodEpicor + "SSLServerCert='-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'", epicor(func(c *Config) {
		c.SSLServerCert = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
	})},
	{"a proxy", goodEpicor + "ProxyServer=proxy.local;ProxyPort=3128;ProxyUser=p;ProxyPassword=q;ProxyExceptions='a;b'", epicor(func(c *Config) {
		c.ProxyServer, c.ProxyPort, c.ProxyUser, c.ProxyPassword, c.ProxyExceptions = "proxy.local", 3128, "p", NewSecret("q"), "a;b"
	})},
	{"a firewall", goodEpicor + "FirewallType=socks5;FirewallServer=::1;FirewallUser=p;FirewallPassword=q", epicor(func(c *Config) {
		c.FirewallType, c.FirewallServer, c.FirewallUser, c.FirewallPassword = "SOCKS5", "::1", "p", NewSecret("q")
	})},
	{"hidden switches that ask for nothing", goodEpicor + `Other="SupportEnhancedSQL=True;ConvertDateTimeToGMT=false"`, epicor(func(c *Config) { c.Other = "SupportEnhancedSQL=True;ConvertDateTimeToGMT=false" })},
	{"a token resource", goodEpicor + "AuthScheme=EpicorToken", epicor(func(c *Config) { c.AuthScheme = "EpicorToken" })},
	{"an access token alone", "URL=https://erp.example.com;ERPInstance=Live;OAuthAccessToken=ey.J", epicor(func(c *Config) {
		c.User, c.Password, c.OAuthAccessToken = "", Secret{}, NewSecret("ey.J")
	})},
	{"an access token as commercial drivers have it", "URL=https://erp.example.com;ERPInstance=Live;AuthScheme=AzureADOpenID;InitiateOAuth=OFF;OAuthAccessToken=ey.J", epicor(func(c *Config) {
		c.User, c.Password, c.OAuthAccessToken, c.AuthScheme, c.InitiateOAuth = "", Secret{}, NewSecret("ey.J"), "AzureADOpenID", "OFF"
	})},
	{"plain http to this machine", "URL=http://localhost:8080;ERPInstance=Live;User=me;Password=pw", epicor(func(c *Config) { c.URL = "http://localhost:8080" })},
	{"plain http elsewhere when said twice", "URL=http://erp;ERPInstance=Live;User=me;Password=pw;Insecure=true", epicor(func(c *Config) { c.URL, c.Insecure = "http://erp", true })},

	{"a URL", "epicorerp://me:pw@erp.example.com/Live", epicor(nil)},
	{"a URL with a slash at its end and a query", "epicorerp://me:pw@erp.example.com/Live/?Service=Erp.BO.CustomerSvc&ApiVersion=v2&Company=EPIC06", epicor(func(c *Config) {
		c.Service, c.ApiVersion, c.Company = "Erp.BO.CustomerSvc", "v2", "EPIC06"
	})},
	{"a URL with everything encoded", "epicorerp://m%40e:a%3Bb%2F%3F%23%25%20%22@erp.example.com:8443/a/b?Api%20Key=x+y%2Bz%26", epicor(func(c *Config) {
		c.URL, c.Instance, c.User, c.Password = "https://erp.example.com:8443", "a/b", "m@e", NewSecret(`a;b/?#% "`)
		c.ApiKey = NewSecret("x+y+z&")
	})},
	{"a URL with a password that looks like a property", "epicorerp://me:x%20User=y@erp.example.com/Live", epicor(password("x User=y"))},
	{"a URL over plain http", "epicorerp+http://me:pw@127.0.0.1:8080/Live", epicor(func(c *Config) { c.URL = "http://127.0.0.1:8080" })},
	{"a URL with an IPv6 address", "epicorerp+http://me:pw@[::1]:8080/Live", epicor(func(c *Config) { c.URL = "http://[::1]:8080" })},
	{"a URL without an instance", "EPICORERP://me:pw@erp.example.com", epicor(func(c *Config) { c.Instance = "" })},

	{"a bare OData service", "Provider=OData;URL=https://services.example.org/V4/svc.svc", odata(nil)},
	{"the prefix odata", "odata:URL=https://services.example.org/V4/svc.svc", odata(nil)},
	{"an OData URL", "odata://services.example.org/V4/svc.svc?Timeout=0", odata(func(c *Config) { c.Timeout = 0 })},
	{"an OData URL with encoded parts", "odata://services.example.org/a%20b/(S(x))/", odata(func(c *Config) { c.URL = "https://services.example.org/a%20b/(S(x))/" })},
	{"OData with credentials", "jdbc:cdata:odata:URL=https://services.example.org/V4/svc.svc;User=u", odata(func(c *Config) { c.User = "u" })},
	{"OData without credentials over plain http", "odata+http://services.example.org/V4/svc.svc", odata(func(c *Config) { c.URL = "http://services.example.org/V4/svc.svc" })},
	{"another provider than the prefix says", "odata:Provider=Epicor;" + goodEpicor, epicor(nil)},
}

func TestParseDSNReadsGoodStrings(t *testing.T) {
	for _, test := range goodDSNs {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseDSN(test.dsn)
			require.NoError(t, err)
			assert.True(t, *got == *test.want, "got  %s\nwant %s", FormatDSN(got), FormatDSN(test.want))

			again, err := ParseDSN(FormatDSN(got))
			require.NoError(t, err, FormatDSN(got))
			assert.True(t, *again == *got, "from %s\ngot  %s", FormatDSN(got), FormatDSN(again))
		})
	}
}

func TestParseDSNRefusesBadStrings(t *testing.T) {
	// Each holds the canary where a secret is, or might be by mistake.
	tests := []struct{ name, dsn, property, message string }{
		{"a misspelt name", "Pasword=" + canary + ";" + goodEpicor, "", `unknown property "Pasword"; did you mean "Password"?`},
		{"a misspelt name of some length", goodEpicor + "BrowseableShemas=x", "", `unknown property "BrowseableShemas"; did you mean "BrowsableSchemas"?`},
		{"swapped letters", goodEpicor + "Sevrice=x", "", `unknown property "Sevrice"; did you mean "Service"?`},
		{"a name like no other", "Frobnicate=" + canary + ";" + goodEpicor, "", `unknown property "Frobnicate"; see Properties for those there are`},
		{"a name twice", goodEpicor + "user=" + canary, "User", `property "User": set twice; keep one`},
		{"a name and its alias", goodEpicor + "UID=" + canary, "User", `property "User": set twice, as "User" and as "UID"; keep one`},
		{"a secret with a bare semicolon and equals sign", goodEpicor + "ApiKey=x;" + canary + "=y", "ApiKey", `property "ApiKey": what follows it is no property; if the value holds a ;, write it in quotes`},
		{"a secret with a bare semicolon", goodEpicor + "ApiKey=x;" + canary, "", "connection string: expected Name=Value after ApiKey; a value that holds ; goes in quotes"},
		{"a forgotten semicolon", "URL=https://erp.example.com;User=me Password=" + canary, "User", `property "User": a ; is missing before Password, or quotes around the value`},
		{"no name", goodEpicor + "=" + canary, "", "connection string: a name is missing before = after Password"},
		{"a quote that does not close", `Password="` + canary + ";User=me", "Password", `property "Password": the closing " is missing; a value that begins with a quote or brace goes in quotes itself`},
		{"a brace that does not close", `Password={` + canary + ";User=me", "Password", `property "Password": the closing } is missing; a value that begins with a quote or brace goes in quotes itself`},
		{"text after a quote", `Password='a'` + canary + ";User=me", "Password", `property "Password": text follows the closing '; double a ' that belongs to the value`},
		{"a quote that does not close in an unknown property", `Foo='` + canary, "", "connection string: the closing ' is missing; a value that begins with a quote or brace goes in quotes itself"},
		{"bytes that are no text", "Password=\xff" + canary, "", "connection string is not valid UTF-8"},
		{"nothing", "", "URL", `property "URL" is missing: give the server's root, e.g. URL=https://myserver.EpicorSaaS.com`},
		{"a word", canary, "", "connection string: expected Name=Value at the beginning; a value that holds ; goes in quotes"},
		{"the address alone", "https://me:" + canary + "@erp.example.com/Live", "", "connection string: a URL begins with epicorerp:// or odata://; to give the server's address, write URL=https://…"},
		{"another driver's prefix", "jdbc:mysql:Password=" + canary, "", "connection string: expected Name=Value;… or the prefix epicorerp:, acumatica:, sage200: or odata:"},
		{"a JDBC prefix alone", "jdbc:Password=" + canary, "", "connection string: after jdbc: comes epicorerp:, acumatica:, sage200: or odata:"},
		{"another transport", "epicorerp+ftp://me:" + canary + "@h/x", "", "connection string: after + comes http:// or https://"},
		{"a URL with a raw percent sign", "epicorerp://me:%zz" + canary + "@h/x", "", "connection string: not a URL; percent-encode special characters in it (in a password @ is %40, / is %2F, # is %23, % is %25)"},
		{"a URL with a raw slash in the password", "epicorerp://me:" + canary + "/x@h/x", "", "connection string: not a URL; percent-encode special characters in it (in a password @ is %40, / is %2F, # is %23, % is %25)"},
		{"a URL with a fragment", "epicorerp://me:pw@h/x#" + canary, "", "connection string: a # in the URL must be written %23"},
		{"a URL without a host", "epicorerp:///x?Password=" + canary, "URL", "connection string: the URL has no host"},
		{"a URL whose query sets what the URL has", "epicorerp://me:pw@h/x?Password=" + canary, "Password", `property "Password": set twice; keep one`},
		{"a URL whose query has no value", "epicorerp://me:pw@h/x?ApiKey=x&" + canary, "", "connection string: expected Name=Value, percent-encoded, in the URL's query after ApiKey"},
		{"a URL whose query cuts a secret", "epicorerp://me:pw@h/x?ApiKey=x&" + canary + "=1", "ApiKey", `property "ApiKey": what follows it is no property; if the value holds a ;, write it in quotes`},

		{"v2 without a company", goodEpicor + "ApiVersion=v2", "Company", `property "Company" is missing: ApiVersion=v2 has it in every address; add e.g. Company=EPIC06, or Company=* for all that the user may see`},
		{"a version that there is not", goodEpicor + "ApiVersion=v3", "ApiVersion", `property "ApiVersion": "v3" is not one of v1, v2`},
		{"no user", "URL=https://erp.example.com", "User", `property "User" is missing: AuthScheme=Basic needs it; a token goes in OAuthAccessToken`},
		{"no password", "URL=https://erp.example.com;User=me", "Password", `property "Password" is missing: AuthScheme=Basic needs it`},
		{"a colon in the user's name", "URL=https://erp.example.com;User=m:e;Password=" + canary, "User", `property "User": AuthScheme=Basic cannot send a name that holds a colon`},
		{"a token and a user", goodEpicor + "OAuthAccessToken=" + canary, "AuthScheme", `property "AuthScheme" is missing: User and OAuthAccessToken are both set; say which counts with AuthScheme=Basic or AuthScheme=Bearer, and remove the other`},
		{"a token that Basic does not use", goodEpicor + "AuthScheme=Basic;OAuthAccessToken=" + canary, "AuthScheme", `property "AuthScheme": Basic does not use OAuthAccessToken, which is set; remove it, or use Bearer, OAuth or AzureADOpenID`},
		{"a user that Bearer does not use", goodEpicor + "AuthScheme=OAuth;OAuthAccessToken=" + canary, "AuthScheme", `property "AuthScheme": Bearer does not use User and Password, which are set; remove them, or use Basic`},
		{"a flow without an application", "URL=https://erp.example.com;AuthScheme=AzureADOpenID", "OAuthClientId", `property "OAuthClientId" is missing: AuthScheme=AzureADOpenID sends OAuthAccessToken, or a token that the application OAuthClientId fetches`},
		{"a bearer without a token", "URL=https://erp.example.com;AuthScheme=Bearer", "OAuthAccessToken", `property "OAuthAccessToken" is missing: AuthScheme=Bearer sends OAuthAccessToken, or a token that the application OAuthClientId fetches`},
		{"a flow that Basic does not use", goodEpicor + "InitiateOAuth=GETANDREFRESH", "AuthScheme", `property "AuthScheme": Basic does not use InitiateOAuth, which is set; remove it, or use Bearer, OAuth or AzureADOpenID`},
		{"a store that holds no key", "URL=https://h;AuthScheme=AzureADOpenID;OAuthClientId=a;OAuthJWTCert=c.p7b;OAuthJWTCertType=P7BFILE", "OAuthJWTCertType", "OAuthJWTCertType=P7BFILE is refused: a PKCS #7 file holds certificates and no private key; export the certificate with its key as PFX, and use PFXFILE"},
		{"a way to sign in that is not there", "Provider=OData;URL=https://h;AuthScheme=azuremsi", "AuthScheme", "AuthScheme=AzureMSI is not supported yet: of the ways to sign in, Basic, Digest, NTLM, Negotiate, EpicorToken, Bearer, the flows of OAuth and None are there"},
		{"Epicor without credentials", "URL=https://h;AuthScheme=None", "AuthScheme", `property "AuthScheme": Epicor answers nobody unknown; use Basic, EpicorToken, Bearer, OAuth or AzureADOpenID`},
		{"Epicor's token resource elsewhere", "odata:URL=https://h;AuthScheme=EpicorToken;User=u", "AuthScheme", `property "AuthScheme": EpicorToken belongs to Provider=Epicor; use Basic, Bearer, OAuth or None`},
		{"Acumatica with nobody", "acumatica:URL=https://h;AuthScheme=None", "AuthScheme", `property "AuthScheme": Acumatica answers nobody unknown; use Basic, Bearer, OAuth or OAuthPassword`},
		{"Acumatica without a password", "acumatica:URL=https://h;User=u", "Password", `property "Password" is missing: AuthScheme=Basic needs it`},
		{"Acumatica without an address", "acumatica:User=u;Password=" + canary, "URL", `property "URL" is missing: give the server's root, e.g. URL=https://myserver.acumatica.com`},
		{"Acumatica's OData without a tenant", "acumatica:URL=https://h;User=u;Schema=OData;Password=" + canary, "Company", `property "Company" is missing: Schema=OData has the tenant's login name in every address; add e.g. Company=MyTenant`},
		{"Acumatica with an edition of Sage 200", "acumatica:URL=https://h;User=u;Schema=StandardUK;Password=" + canary, "Schema", `property "Schema": "StandardUK" is not one of REST, OData, ODataV4, the interfaces of Acumatica`},
		{"an endpoint with its version in its name", "acumatica:URL=https://h;User=u;EndpointName=Default/24.200.001;Password=" + canary, "EndpointName", `property "EndpointName": its value is not a name such as Default`},
		{"a version that climbs", "acumatica:URL=https://h;User=u;EndpointVersion=..;Password=" + canary, "EndpointVersion", `property "EndpointVersion": its value is not a version such as 24.200.001`},
		{"an endpoint of another system", goodEpicor + "EndpointName=Default", "EndpointName", `property "EndpointName": it belongs to Provider=Acumatica, and this is Provider=Epicor; remove it`},
		{"a provider that there is not", "Provider=SAP;URL=https://h", "Provider", `property "Provider": "SAP" is not one of Epicor, Acumatica, Sage200, OData`},
		{"a property of another provider", "odata:URL=https://h;ERPInstance=x", "ERPInstance", `property "ERPInstance": it belongs to Provider=Epicor, and this is Provider=OData; remove it`},
		{"caching", goodEpicor + "AutoCache=true", "AutoCache", `property "AutoCache" is not supported yet: there is no cache of rows; each query asks the server`},
		{"a licence key", goodEpicor + "RTK=" + canary, "RTK", `property "RTK" is refused: no licence key is needed; remove it`},
		{"an older firewall", goodEpicor + "FirewallType=SOCKS4;FirewallServer=h", "FirewallType", "FirewallType=SOCKS4 is refused: it can neither resolve names nor check a password; SOCKS5 and TUNNEL are there"},

		{"an address without a scheme", "URL=erp.example.com;User=me;Password=" + canary, "URL", `property "URL": its value is not a URL that begins with https:// or http://`},
		{"an address with credentials", "URL=https://me:" + canary + "@h;User=me;Password=pw", "URL", `property "URL": credentials do not belong in it; set User and Password`},
		{"an address with a query", "URL=https://h/?k=" + canary + ";User=me;Password=pw", "URL", `property "URL": a query does not belong in it; set CustomURLParams`},
		{"an address with a fragment", "URL=https://h/#" + canary + ";User=me;Password=pw", "URL", `property "URL": a fragment (#…) does not belong in it`},
		{"the address of a set with a query", "odata:FeedURL=https://h/s/Orders?$top=1", "FeedURL", `property "FeedURL": a query does not belong in it; set CustomURLParams`},
		{"the address of a set that is a host's", "odata:FeedURL=https://h/", "FeedURL", `property "FeedURL": it names no entity set; give e.g. https://host/service/Orders`},
		{"the address of a set of another service", "odata:URL=https://h/s;FeedURL=https://h/s/x/Orders", "FeedURL", `property "FeedURL": it is not the address of an entity set right beneath URL; one of the two is enough`},
		{"the address of a set of another host", "odata:URL=https://h/s;FeedURL=https://i/s/Orders", "FeedURL", `property "FeedURL": it is not the address of an entity set right beneath URL; one of the two is enough`},
		{"the address of a set over plain http", "odata:FeedURL=http://erp.example.com/s/Orders;User=me;Password=" + canary, "URL", `property "URL": over plain http anyone on the way can read the credentials; use https, or say Insecure=true`},
		{"the address of a set of Epicor's", goodEpicor + "FeedURL=https://h/s/Orders", "FeedURL", `property "FeedURL": it belongs to Provider=OData, and this is Provider=Epicor; remove it`},
		{"an address with a path of the API", "URL=https://h/Live/api/v1/;User=me;Password=" + canary, "URL", `property "URL": give the server's root alone, without /api and what follows it`},
		{"the instance twice", "URL=https://h/Live/;ERPInstance=live;User=me;Password=" + canary, "URL", `property "URL": it ends in the instance, which ERPInstance names as well; keep one`},
		{"an instance that climbs", "URL=https://h;ERPInstance=../x;User=me;Password=" + canary, "ERPInstance", `property "ERPInstance": its value is not a path such as MyInstance or erp/MyInstance`},
		{"plain http elsewhere", "URL=http://erp.example.com;User=me;Password=" + canary, "URL", `property "URL": over plain http anyone on the way can read the credentials; use https, or say Insecure=true`},
		{"a control character", goodEpicor + "Plant=\"a\r\nX: " + canary + "\"", "Plant", `property "Plant": its value holds a control character, such as a line break`},
		{"a site of Epicor's", goodEpicor + "Site=MfgSys", "Site", `property "Site": it belongs to Provider=Sage200; a site of Epicor's goes in Plant`},
		{"Sage 200 without a key", "Provider=Sage200;Schema=StandardUK;OAuthAccessToken=" + canary, "SubscriptionKey", `property "SubscriptionKey" is missing: Sage 200 answers no request without the key of a subscription in Sage's developer portal`},
		{"Sage 200 of no edition", goodSage200, "Schema", `property "Schema" is missing: say which edition of Sage 200 it is with StandardUK or ProfessionalUK, or give the address of a server of your own in URL`},
		{"Sage 200 with an interface of Acumatica", goodSage200 + "Schema=REST", "Schema", `property "Schema": "REST" is not one of StandardUK, ProfessionalUK, the editions of Sage 200`},
		{"Sage 200 with a user", "Provider=Sage200;Schema=StandardUK;SubscriptionKey=k;AuthScheme=Basic;User=u;Password=" + canary, "AuthScheme", `property "AuthScheme": Sage 200 knows OAuth alone; remove it, or use OAuth or Bearer`},
		{"Sage 200 with nobody signed in", "Provider=Sage200;Schema=StandardUK;SubscriptionKey=" + canary, "OAuthClientId", `property "OAuthClientId" is missing: AuthScheme=Bearer sends OAuthAccessToken, or a token that the application OAuthClientId fetches`},
		{"Sage 200 over plain http", goodSage200 + "URL=http://erp.example.com", "URL", `property "URL": over plain http anyone on the way can read the credentials; use https, or say Insecure=true`},
		{"a licence that there is not", goodEpicor + "License=Gold", "License", `property "License": "Gold" is neither a GUID nor one of Default, WebService, WebServiceShared, ECCWebService`},

		{"a short name after a secret", goodEpicor + "pwx=1", "Password", `property "Password": what follows it is no property; if the value holds a ;, write it in quotes`},
		{"a short name after a secret in quotes", `URL=https://h;Password="` + canary + `";pwx=1`, "", `unknown property "pwx"; did you mean "PWD"?`},
		{"a long and odd name", "A<" + canary + ">=1;" + goodEpicor, "", "connection string: unknown property at the beginning"},
		{"an odd name after another", "URL=https://h;" + strings.Repeat(canary, 4) + "=1", "", "connection string: unknown property after URL"},
		{"no time to repeat a request", goodEpicor + "MaxRetryTime=0", "MaxRetryTime", `property "MaxRetryTime": 0s is less than 1s`},
		{"a word for a number", goodEpicor + "Pagesize=many", "Pagesize", `property "Pagesize": "many" is not a whole number`},
		{"a secret for a number", goodEpicor + "Pagesize=5 or " + canary, "Pagesize", `property "Pagesize": its value is not a whole number`},
		{"a number out of range", goodEpicor + "Verbosity=9", "Verbosity", `property "Verbosity": 9 is not between 1 and 5`},
		{"a number beyond every range", goodEpicor + "MaxRows=99999999999999999999", "MaxRows", `property "MaxRows": "99999999999999999999" is not a whole number`},
		{"too few rows", goodEpicor + "MaxRows=-2", "MaxRows", `property "MaxRows": -2 is less than -1`},
		{"no rows", goodEpicor + "MaxRows=0", "MaxRows", `property "MaxRows": 0 would leave no row; -1 means no limit`},
		{"a word for a truth value", goodEpicor + "Readonly=maybe", "Readonly", `property "Readonly": "maybe" is neither true nor false`},
		{"a time without a unit", goodEpicor + "Timeout=1.5", "Timeout", `property "Timeout": "1.5" is not a number of seconds; write e.g. 60 or 1m30s`},
		{"a time too long to count", goodEpicor + "Timeout=9999999999999", "Timeout", `property "Timeout": "9999999999999" is not a number of seconds; write e.g. 60 or 1m30s`},
		{"a negative time", goodEpicor + "Timeout=-1", "Timeout", `property "Timeout": -1s is less than 0s`},
		{"a size with an unknown unit", goodEpicor + "MaxMemory=3XB", "MaxMemory", `property "MaxMemory": "3XB" is not a number of bytes; write e.g. 268435456 or 256MiB`},
		{"a size too large to count", goodEpicor + "MaxMemory=99999999999GiB", "MaxMemory", `property "MaxMemory": "99999999999GiB" is not a number of bytes; write e.g. 268435456 or 256MiB`},
		{"too little memory", goodEpicor + "MaxMemory=1KiB", "MaxMemory", `property "MaxMemory": 1KiB is less than 1MiB`},
		{"a zone that there is not", goodEpicor + "ServerTimeZone=Mars/Base", "ServerTimeZone", `property "ServerTimeZone": its value is not an IANA zone such as UTC or Europe/London that this system knows`},
		{"the client's zone", goodEpicor + "ServerTimeZone=Local", "ServerTimeZone", `property "ServerTimeZone": its value is not an IANA zone such as UTC or Europe/London that this system knows`},
		{"pseudo columns without a table", goodEpicor + "PseudoColumns=x", "PseudoColumns", `property "PseudoColumns": expected Table=Column;Table=Column, the whole in quotes, or *=*`},
		{"pseudo columns without quotes", goodEpicor + "PseudoColumns=Orders=From;Orders=To", "", `unknown property "Orders"; see Properties for those there are`},
		{"a header without a name", goodEpicor + "CustomHeaders=" + canary, "CustomHeaders", `property "CustomHeaders": line 1 is not of the form Name: value`},
		{"a header of the transport", goodEpicor + "CustomHeaders=Host: " + canary, "CustomHeaders", `property "CustomHeaders": Host belongs to the HTTP client; remove it`},
		{"a second authorization", goodEpicor + "CustomHeaders=authorization: " + canary, "CustomHeaders", `property "CustomHeaders": Authorization is sent by AuthScheme=Basic already; remove one`},
		{"a query parameter without a value", goodEpicor + "CustomURLParams=" + canary, "CustomURLParams", `property "CustomURLParams": expected a=b&c=d, percent-encoded`},
		{"a query parameter of the protocol", goodEpicor + "CustomURLParams=$filter=" + canary, "CustomURLParams", `property "CustomURLParams": names that begin with $ are the driver's own; remove them`},
		{"a proxy's user alone", goodEpicor + "ProxyUser=x", "ProxyServer", `property "ProxyServer" is missing: other properties of a proxy are set`},
		{"a proxy with its port", goodEpicor + "ProxyServer=h:3128", "ProxyServer", `property "ProxyServer": its value is not a host name or address; the port goes in ProxyPort`},
		{"a proxy's password alone", goodEpicor + "ProxyServer=h;ProxyPassword=" + canary, "ProxyUser", `property "ProxyUser" is missing: ProxyPassword is set`},
		{"a proxy's user that is not sent", goodEpicor + "ProxyServer=h;ProxyUser=x;ProxyAuthScheme=NONE", "ProxyAuthScheme", `property "ProxyAuthScheme": NONE does not use ProxyUser, which is set; remove it, or use BASIC`},
		{"a tunnel for plain http", "URL=http://localhost;User=me;Password=pw;ProxyServer=h;ProxySSLType=TUNNEL", "ProxySSLType", `property "ProxySSLType": TUNNEL needs an https URL; use AUTO`},
		{"a proxy and a firewall", goodEpicor + "ProxyServer=h;FirewallType=TUNNEL;FirewallServer=h", "ProxyServer", `property "ProxyServer": a proxy and a firewall cannot be used together; remove FirewallType or ProxyServer`},
		{"a firewall without a server", goodEpicor + "FirewallType=TUNNEL", "FirewallServer", `property "FirewallServer" is missing: FirewallType=TUNNEL needs it`},
		{"a firewall with its port", goodEpicor + "FirewallType=TUNNEL;FirewallServer=h:1", "FirewallServer", `property "FirewallServer": its value is not a host name or address; the port goes in FirewallPort`},
		{"a firewall without a type", goodEpicor + "FirewallServer=h", "FirewallType", `property "FirewallType" is missing: other properties of a firewall are set; say TUNNEL or SOCKS5`},
		{"a firewall's password alone", goodEpicor + "FirewallType=SOCKS5;FirewallServer=h;FirewallPassword=" + canary, "FirewallUser", `property "FirewallUser" is missing: FirewallPassword is set`},
		{"an unknown hidden switch", goodEpicor + "Other='" + canary + "=1'", "Other", `property "Other": unknown setting; SupportEnhancedSQL and ConvertDateTimeToGMT are known`},
		{"a hidden switch that is a property", goodEpicor + "Other=Timeout=5", "Other", `property "Other": Timeout is a property of its own; set it outside`},
		{"a hidden switch that is refused", goodEpicor + "Other=ConvertDateTimeToGMT=true", "Other", `property "Other": ConvertDateTimeToGMT is refused: a timestamp with a zone keeps its instant; set ServerTimeZone for those without`},
		{"an engine turned off", goodEpicor + "Other=SupportEnhancedSQL=false", "SupportEnhancedSQL", `property "SupportEnhancedSQL" is refused: the engine always does what the server cannot; Readonly, MaxRows and MaxMemory bound it`},
		{"hidden switches that cannot be read", goodEpicor + "Other=" + canary, "Other", `property "Other": expected name=value;name=value`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseDSN(test.dsn)
			var wrong *ConfigError
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, test.message, err.Error())
			assert.Equal(t, test.property, wrong.Property)
			assert.NotContains(t, err.Error(), canary)
			assert.NotContains(t, err.Error(), strings.ToLower(canary))
		})
	}
}

func TestFormatDSNWritesWhatMatters(t *testing.T) {
	assert.Equal(t, "User=me;Password=\"a;b\";Provider=Epicor;URL=https://erp.example.com;ERPInstance=Live;Timeout=1m0.5s;",
		FormatDSN(epicor(func(c *Config) { c.Password, c.Timeout = NewSecret("a;b"), 60500*time.Millisecond })))
	assert.Equal(t, "User=me;Password=***;Provider=Epicor;URL=https://erp.example.com;ERPInstance=Live;",
		epicor(password(canary)).Redacted())
}

func TestTheDriversNameSetsTheProvider(t *testing.T) {
	c, err := parseDSN("URL=https://services.example.org/V4/svc.svc", ProviderOData)
	require.NoError(t, err)
	assert.True(t, *c == *odata(nil))
	c, err = parseDSN(FormatDSN(epicor(nil)), ProviderOData)
	require.NoError(t, err)
	assert.Equal(t, ProviderEpicor, c.Provider)
}
