package epicorerp

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/providers/acumatica"
	"github.com/epicorerp/epicorerp/providers/sage200"
)

// The systems that Config.Provider names.
const (
	ProviderEpicor    = "Epicor"
	ProviderAcumatica = "Acumatica"
	ProviderSage200   = "Sage200"
	ProviderOData     = "OData"
)

// AuthMode is how requests are authenticated once AuthScheme and the
// credentials at hand are taken together; see Config.Auth.
type AuthMode string

// The ways to authenticate.
const (
	AuthNone        AuthMode = "None"        // no credentials
	AuthBasic       AuthMode = "Basic"       // User and Password, RFC 7617
	AuthDigest      AuthMode = "Digest"      // User and Password, proven for each request, RFC 7616
	AuthNTLM        AuthMode = "NTLM"        // User and Password, proven for each connection, [MS-NTHT]
	AuthNegotiate   AuthMode = "Negotiate"   // a Kerberos ticket, RFC 4559
	AuthEpicorToken AuthMode = "EpicorToken" // User and Password fetch a token from TokenResource.svc
	AuthBearer      AuthMode = "Bearer"      // an access token, RFC 6750: OAuthAccessToken or one that is fetched
)

// List is a comma list of names, such as the tables to show. As a string it
// keeps a Config comparable.
type List string

// Items returns the names without surrounding blanks; empty ones are left out.
func (l List) Items() []string {
	var items []string
	for item := range strings.SplitSeq(string(l), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// Config is everything a connection string can say, as one value. Start from
// NewConfig or ParseDSN: the zero Config is not valid, because the defaults of
// some properties are not zero. Treat it as immutable once a connector was
// made from it; Clone gives one to change. Two Configs that mean the same are
// equal under ==. Printed in any way, its secrets are masked.
//
// Every field is a row of the table that Properties returns, where its
// meaning, default and allowed values stand.
type Config struct {
	// The system and the place in it.
	Provider   string // Epicor, Acumatica, Sage200 or OData
	URL        string // the server's root (Epicor), the service root (OData), "" for Schema's (Sage200)
	Instance   string // ERPInstance: path of the Epicor application under URL
	ApiVersion string // v1 or v2
	Company    string
	Service    string // default schema; see DefaultSchema
	Schema     string // Acumatica: REST, OData or ODataV4; Sage200: StandardUK or ProfessionalUK
	Site       string // Sage200

	// What Acumatica has.
	EndpointName        string // "" for Default
	EndpointVersion     string // "" for the newest
	IncludeCustomFields bool
	Branch              string // "" for the user's default one
	Locale              string // "" for the site's default one
	MaxSessions         int    // of the licence's API users that one sql.DB takes

	// Who calls.
	AuthScheme       string // "" chooses by the credentials; see Auth
	User             string
	Password         Secret
	ApiKey           Secret // sent beside the user's credentials
	SubscriptionKey  Secret // the same for Sage200
	OAuthAccessToken Secret

	// Signing in by OAuth 2.0.
	InitiateOAuth          string // "", OFF, REFRESH or GETANDREFRESH
	OAuthGrantType         string // "", CODE, CLIENT, PASSWORD or DEVICE
	OAuthClientId          string
	OAuthClientSecret      Secret
	OAuthPasswordGrantMode string // POST or BASIC
	Scope                  string
	OAuthAudience          string
	CallbackURL            string
	OAuthSettingsLocation  string // a path, memory://name, or "" for the default file
	OAuthSettingsKey       Secret
	OAuthVerifier          Secret // an authorization code
	OAuthRefreshToken      Secret
	OAuthExpiresIn         time.Duration
	OAuthTokenTimestamp    int64 // milliseconds since 1970
	State                  string
	OAuthIssuer            string
	OAuthAuthorizationURL  string
	OAuthAccessTokenURL    string
	OAuthRefreshTokenURL   string
	OAuthDeviceURL         string
	OAuthParams            Secret
	AzureTenant            string
	AzureResource          string

	// The certificate that stands in for OAuthClientSecret.
	OAuthJWTCert         Secret
	OAuthJWTCertType     string
	OAuthJWTCertPassword Secret
	OAuthJWTCertSubject  string
	OAuthJWTEncryption   string
	OAuthJWTAudience     string
	OAuthJWTPublicKeyId  string
	OAuthJWTValidityTime time.Duration

	// Kerberos, for AuthScheme=Negotiate.
	KerberosKDC          string // host or host:port; "" for the system's configuration
	KerberosRealm        string
	KerberosServiceKDC   string
	KerberosServiceRealm string
	KerberosSPN          string // "" for HTTP/ and the URL's host
	KerberosKeytabFile   string
	KerberosTicketCache  string

	// What Epicor keeps per call.
	Plant         string
	Language      string
	FormatCulture string
	License       string // "", a licence name or a GUID
	Session       bool   // hold one server session per connection
	ServerSQL     bool   // let the database aggregate

	// SQL.
	Dialect        string // ansi, mysql or postgres
	SQLParser      string // native or xwb1989
	Collation      string // binary or server
	ServerTimeZone string // IANA name; see TimeZone
	MaxMemory      int64  // bytes per query
	Spill          bool   // beyond MaxMemory, to temporary files
	SpillDirectory string // "" for the system's directory
	MaxRows        int64  // -1 for no limit
	MaxRecursion   int64  // rounds of WITH RECURSIVE
	Pushdown       bool   // off for diagnosis only
	Readonly       bool
	PseudoColumns  string // see PseudoColumnList

	// What the catalog shows.
	OpenAPIFiles     List // paths of documents that describe the tables
	BrowsableSchemas List
	Tables           List
	Views            List

	// Local views.
	UserDefinedViews    string // path of a JSON file
	UserViewsSchemaName string

	// Requests.
	ConnectOnOpen   bool          // one request before the first statement
	Pagesize        int           // rows per page asked for
	MaxConnections  int           // requests at a time
	Timeout         time.Duration // of one request; 0 for no limit
	MaxRetries      int           // repetitions, the first attempt not counted
	MaxRetryTime    time.Duration
	MaxURLLength    int // bytes
	HTTP2           bool
	Compression     bool
	CustomHeaders   Secret // see CustomHeaderList
	CustomURLParams Secret // see CustomURLParamList
	Cookies         Secret // name=value; name=value

	// How an OData service is spoken to.
	ODataVersion                string // AUTO, 2.0, 3.0, 4.0 or 4.01
	DataFormat                  string // AUTO, JSON or ATOM
	ODataCapabilities           List
	FeedURL                     string // of one entity set
	NavigationPropertiesAsViews bool
	UseSimpleNames              bool
	DecodeXMLNames              bool
	SupportsExpand              bool

	// Transport security.
	Insecure              bool
	SSLServerCert         string
	SSLClientCert         Secret // see SSLClientCertType
	SSLClientCertType     string // AUTO, PFXFILE, PEMKEY_BLOB, …
	SSLClientCertPassword Secret
	SSLClientCertSubject  string // * for the first

	// Proxy and firewall.
	ProxyAutoDetect  bool
	ProxyServer      string
	ProxyPort        int    // 0 for the port usual with ProxySSLType
	ProxyAuthScheme  string // BASIC or NONE
	ProxyUser        string
	ProxyPassword    Secret
	ProxySSLType     string // AUTO, ALWAYS or TUNNEL
	ProxyExceptions  string // hosts with ; between them
	FirewallType     string // NONE, TUNNEL or SOCKS5
	FirewallServer   string
	FirewallPort     int // 0 for the port usual with FirewallType
	FirewallUser     string
	FirewallPassword Secret

	// The log.
	Logfile   string
	Verbosity int // 1 to 5

	Other string
}

// NewConfig returns a Config for Provider=Epicor with every default filled in.
// It still needs a URL and credentials.
func NewConfig() *Config {
	c := &Config{}
	for _, p := range propertyTable() {
		if p.at == nil || p.Default == "" {
			continue
		}
		if err := p.set(c, p.Default); err != nil {
			panic("epicorerp: default of " + err.Error())
		}
	}
	return c
}

// Clone returns a copy that shares nothing with c.
func (c *Config) Clone() *Config {
	clone := *c
	return &clone
}

// Auth says how requests are authenticated. AuthScheme decides; where it is
// left out, OAuthAccessToken or OAuthClientId without a User means Bearer, as
// does Sage200, Epicor, Acumatica or a User means Basic, and anything else None.
func (c *Config) Auth() AuthMode {
	switch c.AuthScheme {
	case "Basic", "Digest", "NTLM", "Negotiate", "EpicorToken", "None":
		return AuthMode(c.AuthScheme)
	case "":
	default: // Bearer, and the names of its flows
		return AuthBearer
	}
	switch {
	case c.Provider == ProviderSage200: // which has OAuth alone
		return AuthBearer
	case (!c.OAuthAccessToken.IsEmpty() || c.OAuthClientId != "") && c.User == "":
		return AuthBearer
	case c.Provider == ProviderEpicor || c.Provider == ProviderAcumatica || c.User != "":
		return AuthBasic
	default:
		return AuthNone
	}
}

// DefaultSchema is the schema of tables named without one: Service, or BaqSvc
// for Epicor when it is left out, or the only one of Sage200, or what Schema
// says of Acumatica, or "".
func (c *Config) DefaultSchema() string {
	switch {
	case c.Provider == ProviderAcumatica:
		return acumatica.DefaultSchema(c.Schema)
	case c.Provider == ProviderSage200:
		return "Sage200"
	case c.Service == "" && c.Provider == ProviderEpicor:
		return "BaqSvc"
	}
	return c.Service
}

// BaseURL is the root under which the provider's own paths begin, without a
// slash at its end: URL, followed by the instance for Epicor, and for Sage200
// the address of the edition when URL is left out. For Acumatica it is the
// instance's, whether URL ends in /entity or not.
func (c *Config) BaseURL() string {
	if c.Provider == ProviderAcumatica {
		return acumatica.SiteURL(c.URL)
	}
	if c.Provider == ProviderSage200 && c.URL == "" {
		return sage200.EditionURL(c.Schema)
	}
	base := strings.TrimRight(c.serverURL(), "/")
	if c.Provider == ProviderEpicor && c.Instance != "" {
		base += (&url.URL{Path: "/" + c.Instance}).EscapedPath()
	}
	return base
}

// serverURL is URL, and where that is left out the service of FeedURL.
func (c *Config) serverURL() string {
	if c.URL != "" || c.FeedURL == "" {
		return c.URL
	}
	service, _ := cutFeed(c.FeedURL)
	return service
}

// cutFeed parts the address of an entity set into those of the service and of
// the set beneath it.
func cutFeed(feed string) (service, set string) {
	feed = strings.TrimRight(feed, "/")
	i := strings.LastIndexByte(feed, '/')
	return feed[:max(i, 0)], feed[i+1:]
}

// TimeZone is the location that ServerTimeZone names, UTC when there is none
// of that name (Validate reports that).
func (c *Config) TimeZone() *time.Location {
	zone, err := time.LoadLocation(c.ServerTimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Values returns the setting in force of every supported property, by its
// canonical name: what was set, else the default. Secrets are masked.
func (c *Config) Values() map[string]string {
	values := map[string]string{}
	for _, p := range propertyTable() {
		if p.at != nil {
			values[p.Name] = p.text(c, true)
		}
	}
	values["AuthScheme"] = string(c.Auth())
	values["Service"] = c.DefaultSchema()
	return values
}

// Redacted is FormatDSN with every secret as ***.
func (c *Config) Redacted() string {
	return c.format(true)
}

// String returns the masked connection string.
func (c Config) String() string {
	return c.Redacted()
}

// GoString returns the masked connection string.
func (c Config) GoString() string {
	return c.Redacted()
}

// Format writes the masked connection string under every verb and flag.
func (c Config) Format(f fmt.State, _ rune) {
	// A failing fmt.State has nobody to report to.
	_, _ = io.WriteString(f, c.Redacted())
}

// LogValue gives log/slog the set properties, secrets masked.
func (c Config) LogValue() slog.Value {
	values := c.Values()
	attrs := make([]slog.Attr, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] != "" {
			attrs = append(attrs, slog.String(name, values[name]))
		}
	}
	return slog.GroupValue(attrs...)
}
