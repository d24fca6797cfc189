package epicorerp

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestACloneIsEqualAndApart(t *testing.T) {
	c := epicor(nil)
	clone := c.Clone()
	assert.True(t, *c == *clone)
	clone.User = "other"
	assert.Equal(t, "me", c.User)
}

func TestANewConfigNeedsOnlyAddressAndCredentials(t *testing.T) {
	assert.Error(t, NewConfig().Validate())
	assert.NoError(t, epicor(nil).Validate())
	assert.NoError(t, odata(nil).Validate())
}

func TestValidateChecksFieldsSetByHand(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*Config)
		message string
	}{
		{"the zero value of an enum", func(c *Config) { c.Dialect = "" }, `property "Dialect": "" is not one of ansi, mysql, postgres`},
		{"an enum in another case", func(c *Config) { c.Dialect = "ANSI" }, `property "Dialect": "ANSI" is not one of ansi, mysql, postgres`},
		{"no connections", func(c *Config) { c.MaxConnections = 0 }, `property "MaxConnections": 0 is not between 1 and 256`},
		{"no zone", func(c *Config) { c.ServerTimeZone = "" }, `property "ServerTimeZone": its value is not an IANA zone such as UTC or Europe/London that this system knows`},
		{"bytes that are no text", func(c *Config) { c.Password = NewSecret("\xff") }, `property "Password": its value is not valid UTF-8`},
		{"a line break in the user", func(c *Config) { c.User = "a\nb" }, `property "User": its value holds a control character, such as a line break`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.EqualError(t, epicor(test.change).Validate(), test.message)
		})
	}
	assert.Error(t, (&Config{}).Validate())
}

func TestAuthFollowsFromSchemeAndCredentials(t *testing.T) {
	token := func(c *Config) { c.User, c.Password, c.OAuthAccessToken = "", Secret{}, NewSecret("t") }
	assert.Equal(t, AuthBasic, NewConfig().Auth())
	assert.Equal(t, AuthBasic, epicor(nil).Auth())
	assert.Equal(t, AuthBearer, epicor(token).Auth())
	assert.Equal(t, AuthBearer, odata(func(c *Config) { c.OAuthClientId = "app" }).Auth())
	assert.Equal(t, AuthNone, odata(nil).Auth())
	assert.Equal(t, AuthBearer, odata(token).Auth())
	assert.Equal(t, AuthBasic, odata(func(c *Config) { c.User = "u" }).Auth())
	for scheme, want := range map[string]AuthMode{
		"Basic": AuthBasic, "Digest": AuthDigest, "NTLM": AuthNTLM, "Negotiate": AuthNegotiate, "EpicorToken": AuthEpicorToken, "Bearer": AuthBearer, "None": AuthNone,
		"OAuth": AuthBearer, "OAuthPassword": AuthBearer, "OAuthClient": AuthBearer, "AzureAD": AuthBearer, "AzureADOpenID": AuthBearer,
		"AzureServicePrincipal": AuthBearer, "AzureServicePrincipalCert": AuthBearer,
	} {
		assert.Equal(t, want, odata(func(c *Config) { c.AuthScheme = scheme }).Auth(), scheme)
	}
	assert.Len(t, propertyIndex()["authscheme"].Allowed, 14, "each scheme needs a mode")
}

func TestWhatFollowsFromTheFields(t *testing.T) {
	assert.Equal(t, "BaqSvc", epicor(nil).DefaultSchema())
	assert.Equal(t, "Erp.BO.PartSvc", epicor(func(c *Config) { c.Service = "Erp.BO.PartSvc" }).DefaultSchema())
	assert.Empty(t, odata(nil).DefaultSchema())
	sage, err := ParseDSN(goodSage200 + "Schema=professionaluk")
	require.NoError(t, err)
	assert.Equal(t, "Sage200", sage.DefaultSchema())
	assert.Equal(t, AuthBearer, sage.Auth())
	assert.Equal(t, "https://api.columbus.sage.com/uk/sage200extra/accounts/v1", sage.BaseURL())
	sage.URL = "https://erp.example.com/Sage200NativeAPI/"
	assert.Equal(t, "https://erp.example.com/Sage200NativeAPI", sage.BaseURL())

	assert.Equal(t, "https://erp.example.com/Live", epicor(nil).BaseURL())
	assert.Equal(t, "https://h:1/a%20b/c", epicor(func(c *Config) { c.URL, c.Instance = "https://h:1//", "a b/c" }).BaseURL())
	assert.Equal(t, "https://h", epicor(func(c *Config) { c.URL, c.Instance = "https://h/", "" }).BaseURL())
	assert.Equal(t, "https://services.example.org/V4/svc.svc", odata(nil).BaseURL())

	assert.Equal(t, time.UTC, epicor(nil).TimeZone())
	assert.Equal(t, time.UTC, epicor(func(c *Config) { c.ServerTimeZone = "Mars/Base" }).TimeZone())
}

func TestListsAreSplit(t *testing.T) {
	assert.Equal(t, []string{"Erp.BO.PartSvc", "b c"}, List(" Erp.BO.PartSvc,, b c ,").Items())
	assert.Empty(t, List(" ").Items())

	c := epicor(func(c *Config) {
		c.PseudoColumns = "Orders=From; *=* ;"
		c.CustomHeaders = NewSecret("X-A: 1\r\nX-B:b: c\\r\\nX-C:\n\n")
		c.CustomURLParams = NewSecret("?sap-client=100&q=a%26b+c")
	})
	columns, err := c.PseudoColumnList()
	require.NoError(t, err)
	assert.Equal(t, []PseudoColumn{{"Orders", "From"}, {"*", "*"}}, columns)
	headers, err := c.CustomHeaderList()
	require.NoError(t, err)
	assert.Equal(t, []NameValue{{"X-A", "1"}, {"X-B", "b: c"}, {"X-C", ""}}, headers)
	params, err := c.CustomURLParamList()
	require.NoError(t, err)
	assert.Equal(t, []NameValue{{"sap-client", "100"}, {"q", "a&b c"}}, params)
}

func TestAnAuthorizationOfOnesOwnGoesWithNone(t *testing.T) {
	headers, err := odata(func(c *Config) { c.CustomHeaders = NewSecret("Authorization: X y") }).CustomHeaderList()
	require.NoError(t, err)
	assert.Equal(t, []NameValue{{"Authorization", "X y"}}, headers)
}

func TestValuesMaskSecretsAndShowWhatIsInForce(t *testing.T) {
	values := epicor(func(c *Config) { c.Password, c.CustomHeaders = NewSecret(canary), NewSecret("X-Key: "+canary) }).Values()
	assert.NotContains(t, fmt.Sprint(values), canary)
	assert.Equal(t, "***", values["Password"])
	assert.Equal(t, "***", values["CustomHeaders"])
	assert.Empty(t, values["ApiKey"])
	assert.Equal(t, "Live", values["ERPInstance"])
	assert.Equal(t, "Basic", values["AuthScheme"])
	assert.Equal(t, "BaqSvc", values["Service"])
	assert.Equal(t, "256MiB", values["MaxMemory"])
	assert.Equal(t, "60", values["Timeout"])
	assert.NotContains(t, values, "AutoCache")
}
