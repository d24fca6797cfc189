package epicorerp

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Validate says what is wrong with c, as a *ConfigError that names the
// property and what would be right. What ParseDSN returns is valid.
func (c *Config) Validate() error {
	if c.Provider == ProviderEpicor && c.Site != "" {
		return propertyError("Site", "it belongs to Provider=Sage200; a site of Epicor's goes in Plant")
	}
	defaults := NewConfig()
	for _, p := range propertyTable() {
		if p.at == nil {
			continue
		}
		if err := p.check(c); err != nil {
			return err
		}
		if !p.belongsTo(c.Provider) && p.text(c, false) != p.text(defaults, false) {
			return p.errorf("it belongs to Provider=%s, and this is Provider=%s; remove it",
				strings.Join(p.Providers, " or "), c.Provider)
		}
	}
	checks := []func(*Config) error{
		checkURL, checkEpicor, checkAcumatica, checkSage200, checkAuth, checkPlainHTTP, checkClientCert, checkProxy, checkFirewall, checkSQL, checkRequests, checkOther,
	}
	for _, check := range checks {
		if err := check(c); err != nil {
			return err
		}
	}
	return nil
}

// check looks at one field by what its row says.
func (p *Property) check(c *Config) error {
	switch field := p.at(c).(type) {
	case *string:
		if p.Type == TypeEnum {
			return p.checkEnum(*field)
		}
		return p.checkText(*field)
	case *List:
		return p.checkText(string(*field))
	case *Secret:
		return p.checkText(field.Reveal())
	case *int:
		return p.checkRange(int64(*field))
	case *int64:
		return p.checkRange(*field)
	case *time.Duration:
		if least := time.Duration(p.min) * time.Second; *field < least {
			return p.errorf("%v is less than %v", *field, least)
		}
	}
	return nil
}

func (p *Property) checkEnum(text string) error {
	if slices.Contains(p.Allowed, text) || text == "" && p.Default == "" {
		return nil
	}
	for value, reason := range p.refused {
		if strings.EqualFold(value, text) {
			return &ConfigError{Property: p.Name, Message: p.Name + "=" + value + " is " + reason}
		}
	}
	return p.errorf("%s is not one of %s", shown(text), strings.Join(p.Allowed, ", "))
}

func (p *Property) checkRange(n int64) error {
	switch {
	case p.max > 0 && (n < p.min || n > p.max):
		return p.errorf("%d is not between %d and %d", n, p.min, p.max)
	case n < p.min && p.Type == TypeSize:
		return p.errorf("%s is less than %s", formatSize(n), formatSize(p.min))
	case n < p.min:
		return p.errorf("%d is less than %d", n, p.min)
	}
	return nil
}

// multiline names the properties whose values may hold line breaks.
var multiline = []string{"CustomHeaders", "SSLServerCert", "SSLClientCert", "OAuthJWTCert"}

// checkText keeps out of headers and URLs what could begin another one.
func (p *Property) checkText(text string) error {
	if !utf8.ValidString(text) {
		return p.errorf("its value is not valid UTF-8")
	}
	if slices.Contains(multiline, p.Name) {
		text = strings.NewReplacer("\r", "", "\n", "", "\t", "").Replace(text)
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return p.errorf("its value holds a control character, such as a line break")
	}
	return nil
}

func checkURL(c *Config) error {
	if c.URL == "" && c.Provider == ProviderSage200 {
		return nil // Schema names the server
	}
	if c.FeedURL != "" {
		if err := checkFeed(c); err != nil || c.URL == "" {
			return err
		}
	}
	if c.URL == "" {
		example := "https://myserver.EpicorSaaS.com"
		if c.Provider == ProviderAcumatica {
			example = "https://myserver.acumatica.com"
		}
		return missingError("URL", "give the server's root, e.g. URL=%s", example)
	}
	return checkAddress("URL", c.URL)
}

// checkFeed looks at the address of an entity set, which lies right beneath the
// service's.
func checkFeed(c *Config) error {
	if err := checkAddress("FeedURL", c.FeedURL); err != nil {
		return err
	}
	service, set := cutFeed(c.FeedURL)
	if u, err := url.Parse(service); err != nil || u.Hostname() == "" || set == "" {
		return propertyError("FeedURL", "it names no entity set; give e.g. https://host/service/Orders")
	}
	if c.URL != "" && service != strings.TrimRight(c.URL, "/") {
		return propertyError("FeedURL", "it is not the address of an entity set right beneath URL; one of the two is enough")
	}
	return nil
}

func checkAddress(name, address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Opaque != "" || u.Scheme != "https" && u.Scheme != "http":
		return propertyError(name, "its value is not a URL that begins with https:// or http://")
	case u.Hostname() == "":
		return propertyError(name, "its value has no host")
	case u.User != nil:
		return propertyError(name, "credentials do not belong in it; set User and Password")
	case u.RawQuery != "" || u.ForceQuery:
		return propertyError(name, "a query does not belong in it; set CustomURLParams")
	case strings.Contains(address, "#"):
		return propertyError(name, "a fragment (#…) does not belong in it")
	}
	return nil
}

var licenseGUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// licenseNames are the licences that Epicor's documents name for REST clients.
var licenseNames = []string{"Default", "WebService", "WebServiceShared", "ECCWebService"}

func checkEpicor(c *Config) error {
	if c.Provider != ProviderEpicor {
		return nil
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	path := strings.ToLower(strings.TrimRight(u.Path, "/") + "/")
	switch {
	case strings.Contains(path, "/api/"):
		return propertyError("URL", "give the server's root alone, without /api and what follows it")
	case c.Instance != "" && strings.HasSuffix(path, "/"+strings.ToLower(c.Instance)+"/"):
		return propertyError("URL", "it ends in the instance, which ERPInstance names as well; keep one")
	case c.Instance != "" && !isPath(c.Instance):
		return propertyError("ERPInstance", "its value is not a path such as MyInstance or erp/MyInstance")
	case c.ApiVersion == "v2" && c.Company == "":
		return missingError("Company", "ApiVersion=v2 has it in every address; add e.g. Company=EPIC06, or Company=* for all that the user may see")
	case c.License != "" && !slices.Contains(licenseNames, c.License) && !licenseGUID.MatchString(c.License):
		return propertyError("License", "%s is neither a GUID nor one of %s", shown(c.License), strings.Join(licenseNames, ", "))
	}
	return nil
}

// acumaticaInterfaces are the values of Schema that choose an interface of
// Acumatica.
var acumaticaInterfaces = []string{"REST", "OData", "ODataV4"}

func checkAcumatica(c *Config) error {
	if c.Provider != ProviderAcumatica {
		return nil
	}
	switch {
	case c.Schema != "" && !slices.Contains(acumaticaInterfaces, c.Schema):
		return propertyError("Schema", "%s is not one of %s, the interfaces of Acumatica", shown(c.Schema), strings.Join(acumaticaInterfaces, ", "))
	case c.Company == "" && c.DefaultSchema() != "REST":
		return missingError("Company", "Schema=%s has the tenant's login name in every address; add e.g. Company=MyTenant", c.Schema)
	case c.EndpointName != "" && !isPath(c.EndpointName) || strings.Contains(c.EndpointName, "/"):
		return propertyError("EndpointName", "its value is not a name such as Default")
	case c.EndpointVersion != "" && !isPath(c.EndpointVersion) || strings.Contains(c.EndpointVersion, "/"):
		return propertyError("EndpointVersion", "its value is not a version such as 24.200.001")
	}
	return nil
}

// sageEditions are the values of Schema that choose an edition of Sage 200.
var sageEditions = []string{"StandardUK", "ProfessionalUK"}

func checkSage200(c *Config) error {
	if c.Provider != ProviderSage200 {
		return nil
	}
	switch {
	case c.SubscriptionKey.IsEmpty():
		return missingError("SubscriptionKey", "Sage 200 answers no request without the key of a subscription in Sage's developer portal")
	case c.Schema != "" && !slices.Contains(sageEditions, c.Schema):
		return propertyError("Schema", "%s is not one of %s, the editions of Sage 200", shown(c.Schema), strings.Join(sageEditions, ", "))
	case c.Schema == "" && c.URL == "":
		return missingError("Schema", "say which edition of Sage 200 it is with %s, or give the address of a server of your own in URL", strings.Join(sageEditions, " or "))
	}
	return nil
}

// isPath says whether every part of a relative path names something.
func isPath(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsAny(part, `?#\:`) {
			return false
		}
	}
	return true
}

// checkPlainHTTP keeps credentials off the open network.
func checkPlainHTTP(c *Config) error {
	u, err := url.Parse(c.serverURL())
	if err != nil {
		return err
	}
	secret := c.Auth() != AuthNone || !c.ApiKey.IsEmpty() || !c.SubscriptionKey.IsEmpty() || !c.CustomHeaders.IsEmpty() || !c.CustomURLParams.IsEmpty()
	if u.Scheme != "http" || c.Insecure || !secret || isLoopback(u.Hostname()) {
		return nil
	}
	return propertyError("URL", "over plain http anyone on the way can read the credentials; use https, or say Insecure=true")
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func checkClientCert(c *Config) error {
	switch {
	case !c.SSLClientCert.IsEmpty() && strings.HasPrefix(c.serverURL(), "http:"):
		return propertyError("SSLClientCert", "a client certificate is shown over https alone, and the URL begins with http")
	case c.SSLClientCert.IsEmpty() && (!c.SSLClientCertPassword.IsEmpty() || c.SSLClientCertType != "AUTO" || c.SSLClientCertSubject != "*"):
		return missingError("SSLClientCert", "other properties of a client certificate are set")
	}
	return nil
}

func checkProxy(c *Config) error {
	server := propertyIndex()["proxyserver"]
	switch {
	case c.ProxyServer == "" && (c.ProxyUser != "" || !c.ProxyPassword.IsEmpty() || c.ProxyExceptions != ""):
		return missingError("ProxyServer", "other properties of a proxy are set")
	case c.ProxyServer == "":
		return nil
	case !isHost(c.ProxyServer):
		return server.errorf("its value is not a host name or address; the port goes in ProxyPort")
	case c.FirewallType != "NONE":
		return server.errorf("a proxy and a firewall cannot be used together; remove FirewallType or ProxyServer")
	case c.ProxyUser == "" && !c.ProxyPassword.IsEmpty():
		return missingError("ProxyUser", "ProxyPassword is set")
	case c.ProxyAuthScheme == "NONE" && c.ProxyUser != "":
		return propertyError("ProxyAuthScheme", "NONE does not use ProxyUser, which is set; remove it, or use BASIC")
	case c.ProxySSLType == "TUNNEL" && !strings.HasPrefix(c.serverURL(), "https:"):
		return propertyError("ProxySSLType", "TUNNEL needs an https URL; use AUTO")
	}
	return nil
}

func checkFirewall(c *Config) error {
	switch {
	case c.FirewallType != "NONE" && c.FirewallServer == "":
		return missingError("FirewallServer", "FirewallType=%s needs it", c.FirewallType)
	case c.FirewallType != "NONE" && !isHost(c.FirewallServer):
		return propertyError("FirewallServer", "its value is not a host name or address; the port goes in FirewallPort")
	case c.FirewallType == "NONE" && (c.FirewallServer != "" || c.FirewallPort != 0 || c.FirewallUser != "" || !c.FirewallPassword.IsEmpty()):
		return missingError("FirewallType", "other properties of a firewall are set; say TUNNEL or SOCKS5")
	case c.FirewallUser == "" && !c.FirewallPassword.IsEmpty():
		return missingError("FirewallUser", "FirewallPassword is set")
	}
	return nil
}

// isHost says whether text is a name or address without port, scheme or path.
func isHost(text string) bool {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.IsValid()
	}
	return text != "" && !strings.ContainsAny(text, `:/\@?#[] `)
}

func checkSQL(c *Config) error {
	if c.MaxRows == 0 {
		return propertyError("MaxRows", "0 would leave no row; -1 means no limit")
	}
	// Local is the client's zone, which must not play a part; "" would be UTC.
	zone, err := time.LoadLocation(c.ServerTimeZone)
	if err != nil || c.ServerTimeZone == "" || zone == time.Local {
		return propertyError("ServerTimeZone", "its value is not an IANA zone such as UTC or Europe/London that this system knows")
	}
	_, err = c.PseudoColumnList()
	return err
}

func checkRequests(c *Config) error {
	if _, err := c.CustomHeaderList(); err != nil {
		return err
	}
	_, err := c.CustomURLParamList()
	return err
}

// checkOther accepts the hidden switches of commercial drivers that ask for
// what is so anyway.
func checkOther(c *Config) error {
	pairs, err := splitPairs(c.Other)
	if err != nil {
		return propertyError("Other", "expected name=value;name=value")
	}
	for _, s := range pairs {
		p := propertyIndex()[matchName(s.name)]
		switch {
		case matchName(s.name) == "supportenhancedsql":
			if err := p.apply(c, s.value); err != nil {
				return err
			}
		case matchName(s.name) == "convertdatetimetogmt":
			if !sameBool(s.value, "false") {
				return propertyError("Other", "ConvertDateTimeToGMT is refused: a timestamp with a zone keeps its instant; set ServerTimeZone for those without")
			}
		case p != nil:
			return propertyError("Other", "%s is a property of its own; set it outside", p.Name)
		default:
			return propertyError("Other", "unknown setting; SupportEnhancedSQL and ConvertDateTimeToGMT are known")
		}
	}
	return nil
}
