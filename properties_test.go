package epicorerp

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write files that tests compare with")

// commercialProperties are the properties that the commercial drivers for the
// four systems document, by the names they give them.
const commercialProperties = `
AuthScheme URL Url ERPInstance User Password Service ApiKey ApiVersion Company AzureTenant
InitiateOAuth OAuthClientId OAuthClientSecret OAuthAccessToken OAuthSettingsLocation CallbackURL
OAuthVerifier OAuthRefreshToken OAuthExpiresIn OAuthTokenTimestamp Scope State OAuthGrantType
OAuthAuthorizationURL OAuthAccessTokenURL OAuthJWTCert OAuthJWTCertType OAuthJWTCertPassword
OAuthJWTCertSubject OAuthJWTIssuer OAuthJWTSubject OAuthJWTSubjectType OAuthJWTAudience
OAuthJWTPublicKeyId OAuthJWTEncryption OAuthJWTEncryptionKey OAuthJWTHeaders OAuthJWTValidityTime
SSLServerCert SSLClientCert SSLClientCertType SSLClientCertPassword SSLClientCertSubject
FirewallType FirewallServer FirewallPort FirewallUser FirewallPassword
ProxyAutoDetect ProxyServer ProxyPort ProxyAuthScheme ProxyUser ProxyPassword ProxySSLType ProxyExceptions
Logfile Verbosity LogModules MaxLogFileSize MaxLogFileCount Location BrowsableSchemas Tables Views
AutoCache CacheDriver CacheProvider CacheConnection CacheLocation CacheTolerance Offline CacheMetadata
MaxRows Pagesize PseudoColumns Timeout UserDefinedViews UserViewsSchemaName Other Readonly ConnectOnOpen BatchSize
ConnectionLifeTime UseConnectionPooling PoolMaxSize PoolMinSize PoolIdleTimeout PoolWaitTime RTK SupportEnhancedSQL
Schema EndpointName EndpointVersion IncludeCustomFields SubscriptionKey Site
FeedURL SharePointUseSSO AzureADTenant AzureResource OAuthVersion OAuthAccessTokenSecret OAuthPasswordGrantMode
OAuthIncludeCallbackURL OAuthRefreshTokenURL OAuthRequestTokenURL AuthToken AuthKey OAuthParams
SharePointSSODomain KerberosKDC KerberosServiceKDC KerberosRealm KerberosSPN KerberosKeytabFile KerberosTicketCache
AllowNavigationDisassociation ContinueOnError Cookies CustomHeaders CustomURLParams DataFormat DecodeXMLNames
EnableAtomicBatchOperations ExcludeControlInformationRootType ExpandAsterisk IncludeNavigationParentColumns
IncludeReferenceColumn MaxFilterLength MaxSelectLength NavigationPropertiesAsViews ODataVersion ServerTimeZone
StoredProceduresAsViews SupportsExpand UseClientSidePaging UseEtags UseIdUrl UseSimpleNames AllowResourceUrl`

func TestEveryCommercialPropertyHasARow(t *testing.T) {
	for _, name := range strings.Fields(commercialProperties) {
		assert.NotNil(t, propertyIndex()[matchName(name)], name)
	}
}

func TestEveryRowIsComplete(t *testing.T) {
	seen := map[string]string{}
	for _, p := range propertyTable() {
		t.Run(p.Name, func(t *testing.T) {
			for _, name := range append([]string{p.Name}, p.Aliases...) {
				assert.Empty(t, seen[matchName(name)], "%s names two properties", name)
				seen[matchName(name)] = p.Name
			}
			assert.NotEmpty(t, p.Group)
			assert.Regexp(t, `^[A-Z\d].*\.$`, p.Meaning)
			assert.Contains(t, []PropertyType{TypeString, TypeBool, TypeInt, TypeSeconds, TypeSize, TypeEnum, TypeList}, p.Type)
			if p.Status == Supported {
				assert.NotNil(t, p.at)
				assert.Empty(t, p.Reason)
				assert.Empty(t, p.inert)
				assert.True(t, p.Type != TypeEnum || len(p.Allowed) > 1, "an enum needs values")
				return
			}
			assert.Nil(t, p.at)
			assert.NotEmpty(t, p.Reason)
			assert.Empty(t, p.Default)
			assert.Empty(t, p.Allowed)
			assert.Contains(t, []PropertyStatus{NotYet, Refused, NoEffect}, p.Status)
		})
	}
}

func TestEveryFieldIsAPropertyAndEveryPropertyAField(t *testing.T) {
	c := NewConfig()
	fields := reflect.ValueOf(c).Elem()
	byAddress := map[any]string{}
	for _, p := range propertyTable() {
		if p.at == nil {
			continue
		}
		address := p.at(c)
		assert.Empty(t, byAddress[address], "%s and %s share a field", p.Name, byAddress[address])
		byAddress[address] = p.Name
	}
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		property := byAddress[fields.Field(i).Addr().Interface()]
		if assert.NotEmpty(t, property, "field %s has no property", name) && name != "Instance" {
			assert.Equal(t, property, name)
		}
	}
	assert.Len(t, byAddress, fields.NumField())
}

func TestFieldTypesAgreeWithTheTable(t *testing.T) {
	c := NewConfig()
	for _, p := range propertyTable() {
		if p.at == nil {
			continue
		}
		switch p.at(c).(type) {
		case *Secret:
			assert.True(t, p.Secret, p.Name)
			assert.Equal(t, TypeString, p.Type, p.Name)
		case *string:
			assert.Contains(t, []PropertyType{TypeString, TypeEnum}, p.Type, p.Name)
		case *List:
			assert.Equal(t, TypeList, p.Type, p.Name)
		case *bool:
			assert.Equal(t, TypeBool, p.Type, p.Name)
		case *int:
			assert.Equal(t, TypeInt, p.Type, p.Name)
		case *int64:
			assert.Contains(t, []PropertyType{TypeInt, TypeSize}, p.Type, p.Name)
		case *time.Duration:
			assert.Equal(t, TypeSeconds, p.Type, p.Name)
		default:
			assert.Fail(t, "unknown type of field", p.Name)
		}
	}
}

func TestDefaultsOfTheTableAreThoseOfANewConfig(t *testing.T) {
	c := NewConfig()
	for _, p := range propertyTable() {
		if p.at != nil {
			assert.Equal(t, p.Default, p.text(c, false), p.Name)
		}
	}
}

func TestEveryUnsupportedPropertyIsRefusedWithItsReason(t *testing.T) {
	for _, p := range propertyTable() {
		if p.Status != NotYet && p.Status != Refused {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			_, err := ParseDSN(goodEpicor + p.Name + "=" + canary)
			var wrong *ConfigError
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, p.Name, wrong.Property)
			assert.Equal(t, fmt.Sprintf("property %q is %s: %s", p.Name, p.Status, p.Reason), err.Error())
			assert.NotContains(t, err.Error(), canary)

			plain, err := ParseDSN(goodEpicor)
			require.NoError(t, err)
			for _, inert := range append([]string{""}, p.inert...) {
				c, err := ParseDSN(goodEpicor + p.Name + "=" + strings.ToLower(inert))
				require.NoError(t, err, inert)
				assert.True(t, *c == *plain, inert)
			}
		})
	}
}

func TestPropertiesIsACopy(t *testing.T) {
	list := Properties()
	require.Len(t, list, len(propertyTable()))
	i := slices.IndexFunc(list, func(p Property) bool { return p.Name == "Dialect" })
	list[i].Allowed[0] = "changed"
	list[i].Name = "changed"
	assert.Equal(t, "ansi", propertyIndex()["dialect"].Allowed[0])
}

func TestDocumentOfPropertiesIsUpToDate(t *testing.T) {
	path := filepath.Join("docs", "properties.md")
	want := propertiesMarkdown()
	if *update {
		require.NoError(t, os.MkdirAll("docs", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, strings.ReplaceAll(string(got), "\r\n", "\n"), "run go test -run Document -update .")
}

// propertiesMarkdown is the table as docs/properties.md shows it.
func propertiesMarkdown() string {
	var b strings.Builder
	b.WriteString(`# Connection properties

Made from the table in properties.go by ` + "`go test -run Document -update .`" + `; change it there.

A connection string is ` + "`Name=Value;Name=Value`" + `. Names are matched without regard to case and spaces. A value that
holds a semicolon, or begins with a quote, a brace or a blank, goes between ` + "`\"` or `'`" + ` (doubled inside) or between braces.
The same as a URL: ` + "`epicorerp://user:password@host/instance?Name=Value&Name=Value`" + `, percent-encoded.
The prefixes ` + "`epicorerp:`, `jdbc:epicorerp:` and `jdbc:cdata:epicorerp:`" + ` may stand before it; ` + "`odata:`" + ` instead of
` + "`epicorerp:`" + ` changes the default of Provider.

No property is ignored in silence: an unknown name, a name set twice and a property that is not supported are errors. A
blank value leaves a property unset.

`)
	table := propertyTable()
	b.WriteString("## Supported\n")
	group := ""
	for _, p := range table {
		if p.Status != Supported {
			continue
		}
		if p.Group != group {
			group = p.Group
			fmt.Fprintf(&b, "\n### %s\n\n| Property | Values | Default | Provider | Meaning |\n|---|---|---|---|---|\n", group)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", markdownNames(p), markdownValues(p), code(p.Default), markdownProviders(p), markdownCell(p.Meaning))
	}
	b.WriteString("\nSecret properties are masked wherever they are shown; only `FormatDSN` writes them out.\n")
	b.WriteString("\nKnown values that are not among them:\n\n| Value | Status |\n|---|---|\n")
	for _, p := range table {
		values := make([]string, 0, len(p.refused))
		for value := range p.refused {
			values = append(values, value)
		}
		slices.Sort(values)
		for _, value := range values {
			fmt.Fprintf(&b, "| `%s=%s` | %s |\n", p.Name, value, markdownCell(p.refused[value]))
		}
	}
	b.WriteString("\n## Accepted without effect, not supported yet, and refused\n\n" +
		"Setting one of these to a value in the third column asks for nothing and is accepted; any other value is an error that gives the reason.\n")
	group = ""
	for _, p := range table {
		if p.Status == Supported {
			continue
		}
		if p.Group != group {
			group = p.Group
			fmt.Fprintf(&b, "\n### %s\n\n| Property | Status | Accepted | Provider | Meaning | Reason |\n|---|---|---|---|---|---|\n", group)
		}
		accepted := make([]string, 0, len(p.inert))
		for _, value := range p.inert {
			accepted = append(accepted, code(value))
		}
		if p.Status == NoEffect {
			accepted = []string{"any"}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", markdownNames(p), p.Status, strings.Join(accepted, ", "),
			markdownProviders(p), markdownCell(p.Meaning), markdownCell(p.Reason))
	}
	return b.String()
}

func markdownNames(p *Property) string {
	name := "**" + p.Name + "**"
	if p.Required {
		name += " (required)"
	}
	if p.Secret {
		name += " (secret)"
	}
	if len(p.Aliases) > 0 {
		name += "<br>also " + strings.Join(p.Aliases, ", ")
	}
	return name
}

func markdownValues(p *Property) string {
	switch {
	case p.Type == TypeEnum:
		return strings.Join(p.Allowed, ", ")
	case p.max > 0:
		return fmt.Sprintf("%s, %d to %d", p.Type, p.min, p.max)
	}
	return string(p.Type)
}

func markdownProviders(p *Property) string {
	if len(p.Providers) == 0 {
		return "all"
	}
	return strings.Join(p.Providers, ", ")
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// markdownCell keeps text from ending a cell, or turning into emphasis.
func markdownCell(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;").Replace(text)
}
