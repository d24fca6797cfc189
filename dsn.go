package epicorerp

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/internal/nearest"
)

// ParseDSN reads a connection string and checks it as Validate does. Errors
// are *ConfigError and never hold a secret. It takes, with blanks around
// anything and a semicolon at the end or not:
//
//	URL=https://host;ERPInstance=MyInstance;User=me;Password="a;b";
//	epicorerp:URL=https://host;…      also jdbc:epicorerp: and jdbc:cdata:epicorerp:
//	epicorerp://me:a%3Bb@host/MyInstance?Service=Erp.BO.CustomerSvc
//	epicorerp+http://me:pw@localhost:8080/MyInstance
//
// with acumatica, sage200 or odata in place of epicorerp for another default
// of Provider. Names are matched without regard to case and spaces. A value
// that holds a semicolon, or begins with a quote, a brace or a blank, goes
// between ' or " (that quote doubled inside) or between braces ({ and }, with
// } doubled inside). In the URL form everything is percent-encoded, a + is a
// plus, and the scheme is https unless +http is written.
func ParseDSN(dsn string) (*Config, error) {
	return parseDSN(dsn, ProviderEpicor)
}

// ParseDSNAs is ParseDSN for a string that is opened under one of the driver's
// other names, such as odata: the name is the default of Provider.
func ParseDSNAs(driverName, dsn string) (*Config, error) {
	for _, d := range registered {
		if d.name == driverName {
			return parseDSN(dsn, d.provider)
		}
	}
	return nil, &ConfigError{Message: fmt.Sprintf("%q is no name of this driver", driverName)}
}

// FormatDSN writes c as a connection string that ParseDSN reads back as an
// equal Config, if c is valid. Provider is always written, defaults are not.
// The string holds the secrets in clear; Redacted masks them.
func FormatDSN(c *Config) string {
	return c.format(false)
}

// parseDSN is ParseDSN with another default of Provider.
func parseDSN(dsn, provider string) (*Config, error) {
	if !utf8.ValidString(dsn) {
		return nil, &ConfigError{Message: "connection string is not valid UTF-8"}
	}
	body, form, err := splitPrefix(strings.TrimSpace(dsn))
	if err != nil {
		return nil, err
	}
	if form.provider != "" {
		provider = form.provider
	}
	var pairs []setting
	if form.isURL {
		pairs, err = splitURL(body, form.scheme, provider)
	} else {
		pairs, err = splitPairs(body)
	}
	if err != nil {
		return nil, err
	}
	c := NewConfig()
	c.Provider = provider
	if err := assign(c, pairs); err != nil {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// dsnForm is what stands before the settings of a connection string.
type dsnForm struct {
	provider string // "" when nothing says
	isURL    bool
	scheme   string // of the server, for the URL form
}

var providerPrefixes = map[string]string{
	"epicorerp": ProviderEpicor,
	"acumatica": ProviderAcumatica,
	"sage200":   ProviderSage200,
	"odata":     ProviderOData,
}

// splitPrefix takes jdbc:cdata:epicorerp: and the like off a connection string.
func splitPrefix(dsn string) (body string, form dsnForm, err error) {
	body = dsn
	for _, word := range []string{"jdbc:", "cdata:"} {
		if len(body) >= len(word) && strings.EqualFold(body[:len(word)], word) {
			body = body[len(word):]
		}
	}
	name, rest, found := strings.Cut(body, ":")
	if !found || strings.ContainsAny(name, "=;") {
		if body != dsn {
			return "", form, &ConfigError{Message: "connection string: after jdbc: comes epicorerp:, acumatica:, sage200: or odata:"}
		}
		return dsn, form, nil
	}
	name, scheme, _ := strings.Cut(strings.ToLower(strings.TrimSpace(name)), "+")
	form.provider = providerPrefixes[name]
	form.isURL = strings.HasPrefix(rest, "//")
	switch {
	case form.provider == "" && form.isURL:
		return "", form, &ConfigError{Message: "connection string: a URL begins with epicorerp:// or odata://; to give the server's address, write URL=https://…"}
	case form.provider == "":
		return "", form, &ConfigError{Message: "connection string: expected Name=Value;… or the prefix epicorerp:, acumatica:, sage200: or odata:"}
	case scheme == "" && form.isURL:
		form.scheme = "https"
	case form.isURL && (scheme == "http" || scheme == "https"):
		form.scheme = scheme
	case scheme != "":
		return "", form, &ConfigError{Message: "connection string: after + comes http:// or https://"}
	}
	return rest, form, nil
}

// setting is one Name=Value as it was written.
type setting struct {
	name, value string
	quoted      bool // with quotes around the value
	encoded     bool // in a URL
}

// splitPairs reads Name=Value;… .
func splitPairs(text string) ([]setting, error) {
	var pairs []setting
	for {
		text = strings.TrimLeft(text, "; \t\r\n")
		if text == "" {
			return pairs, nil
		}
		end := strings.IndexAny(text, "=;")
		if end < 0 || text[end] == ';' {
			return nil, &ConfigError{Message: "connection string: expected Name=Value " + place(pairs) +
				"; a value that holds ; goes in quotes"}
		}
		s := setting{name: strings.TrimSpace(text[:end])}
		if s.name == "" {
			return nil, &ConfigError{Message: "connection string: a name is missing before = " + place(pairs)}
		}
		var err error
		if s, text, err = readValue(s, strings.TrimLeftFunc(text[end+1:], unicode.IsSpace)); err != nil {
			return nil, err
		}
		pairs = append(pairs, s)
	}
}

// openingQuotes begin a value that a closing counterpart ends.
const openingQuotes = `"'{`

// readValue reads the value at the beginning of text into s, and what follows
// its semicolon.
func readValue(s setting, text string) (setting, string, error) {
	if text == "" || !strings.Contains(openingQuotes, text[:1]) {
		value, rest, _ := strings.Cut(text, ";")
		s.value = strings.TrimSpace(value)
		return s, rest, nil
	}
	quote := text[0]
	if quote == '{' {
		quote = '}'
	}
	var value strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != quote {
			value.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == quote {
			value.WriteByte(quote)
			i++
			continue
		}
		rest := strings.TrimLeftFunc(text[i+1:], unicode.IsSpace)
		if rest != "" && rest[0] != ';' {
			return s, "", settingError(s.name, "text follows the closing %c; double a %c that belongs to the value", quote, quote)
		}
		s.value, s.quoted = value.String(), true
		return s, rest, nil
	}
	return s, "", settingError(s.name, "the closing %c is missing; a value that begins with a quote or brace goes in quotes itself", quote)
}

// place says where in a connection string something is, by the last property
// before it: the text itself could be the rest of a password.
func place(before []setting) string {
	if len(before) == 0 {
		return "at the beginning"
	}
	if p := propertyIndex()[matchName(before[len(before)-1].name)]; p != nil {
		return "after " + p.Name
	}
	return "after property " + fmt.Sprint(len(before))
}

// settingError is an error about a property by the name it was written with,
// which is only shown when it is known.
func settingError(name, format string, args ...any) error {
	if p := propertyIndex()[matchName(name)]; p != nil {
		return p.errorf(format, args...)
	}
	return &ConfigError{Message: "connection string: " + fmt.Sprintf(format, args...)}
}

// splitURL reads //user:pass@host/instance?Name=Value&… .
func splitURL(text, scheme, provider string) ([]setting, error) {
	// The error of url.Parse quotes the URL, password and all.
	u, err := url.Parse(scheme + ":" + text)
	switch {
	case err != nil:
		return nil, &ConfigError{Message: "connection string: not a URL; percent-encode special characters in it (in a password @ is %40, / is %2F, # is %23, % is %25)"}
	case u.Host == "" || u.Hostname() == "":
		return nil, &ConfigError{Property: "URL", Message: "connection string: the URL has no host"}
	case u.Fragment != "" || strings.Contains(text, "#"):
		return nil, &ConfigError{Message: "connection string: a # in the URL must be written %23"}
	}
	server := setting{name: "URL", value: u.Scheme + "://" + u.Host, encoded: true}
	var pairs []setting
	if provider == ProviderOData {
		server.value += u.EscapedPath()
	} else if instance := strings.Trim(u.Path, "/"); instance != "" {
		pairs = append(pairs, setting{name: "ERPInstance", value: instance, encoded: true})
	}
	pairs = append(pairs, server)
	if u.User != nil {
		pairs = append(pairs, setting{name: "User", value: u.User.Username(), encoded: true})
		if password, ok := u.User.Password(); ok {
			pairs = append(pairs, setting{name: "Password", value: password, encoded: true})
		}
	}
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=")
		name, errName := url.PathUnescape(name)
		value, errValue := url.PathUnescape(value)
		if !found || errName != nil || errValue != nil {
			return nil, &ConfigError{Message: "connection string: expected Name=Value, percent-encoded, in the URL's query " + place(pairs)}
		}
		pairs = append(pairs, setting{name: name, value: value, encoded: true})
	}
	return pairs, nil
}

// assign sets the properties of c, each at most once.
func assign(c *Config, pairs []setting) error {
	seen := map[*Property]string{}
	for i, s := range pairs {
		p := propertyIndex()[matchName(s.name)]
		if p == nil {
			return unknownError(pairs, i)
		}
		if earlier, again := seen[p]; again {
			if matchName(earlier) == matchName(s.name) {
				return p.errorf("set twice; keep one")
			}
			return p.errorf("set twice, as %q and as %q; keep one", earlier, s.name)
		}
		seen[p] = s.name
		if !s.quoted && !s.encoded {
			if swallowed := swallowedProperty(s.value); swallowed != "" {
				return p.errorf("a ; is missing before %s, or quotes around the value", swallowed)
			}
		}
		if err := p.apply(c, s.value); err != nil {
			return err
		}
	}
	return nil
}

// swallowedProperty names a property that a bare value seems to set after a
// blank, which is nearly always a forgotten semicolon: User=me Password=pw.
func swallowedProperty(value string) string {
	words := strings.Fields(value)
	for _, word := range words[min(1, len(words)):] {
		name, _, found := strings.Cut(word, "=")
		if p := propertyIndex()[matchName(name)]; found && p != nil {
			return p.Name
		}
	}
	return ""
}

// unknownError is about the name of pairs[i], which no property has. The name
// could be the rest of a secret before it that holds a semicolon; then it is
// only shown when it is nearly a property's name, and so no secret.
func unknownError(pairs []setting, i int) error {
	name := pairs[i].name
	near := nearest.Name(matchName(name), propertyNames())
	cut := cutSecret(pairs[:i])
	switch {
	case near != "" && (cut == nil || len(name) > 4):
		return &ConfigError{Message: fmt.Sprintf("unknown property %q; did you mean %q?", name, near)}
	case cut != nil:
		return cut.errorf("what follows it is no property; if the value holds a ;, write it in quotes")
	case len(name) > 40 || strings.ContainsFunc(name, isOddInName):
		return &ConfigError{Message: "connection string: unknown property " + place(pairs[:i])}
	}
	return &ConfigError{Message: fmt.Sprintf("unknown property %q; see Properties for those there are", name)}
}

// cutSecret is the secret property set last in pairs, if its value may have
// been cut short by a character that needed quotes.
func cutSecret(pairs []setting) *Property {
	if len(pairs) == 0 || pairs[len(pairs)-1].quoted {
		return nil
	}
	p := propertyIndex()[matchName(pairs[len(pairs)-1].name)]
	if p == nil || !p.Secret {
		return nil
	}
	return p
}

func isOddInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" _-.", r)
}

// propertyNames are all names and aliases.
func propertyNames() []string {
	var names []string
	for _, p := range propertyTable() {
		names = append(append(names, p.Name), p.Aliases...)
	}
	return names
}

// format writes the connection string, its secrets masked or not.
func (c *Config) format(mask bool) string {
	defaults := NewConfig()
	var b strings.Builder
	for _, p := range propertyTable() {
		if p.at == nil {
			continue
		}
		text := p.text(c, mask)
		if text == p.text(defaults, mask) && p.Name != "Provider" {
			continue
		}
		fmt.Fprintf(&b, "%s=%s;", p.Name, quoteValue(text))
	}
	return b.String()
}

// quoteValue puts quotes around a value where it would not be read back as it
// is without them.
func quoteValue(text string) string {
	plain := strings.TrimSpace(text) == text && !strings.Contains(text, ";") && swallowedProperty(text) == ""
	if plain && (text == "" || !strings.Contains(openingQuotes, text[:1])) {
		return text
	}
	quote := `"`
	if strings.Contains(text, quote) && !strings.Contains(text, `'`) {
		quote = `'`
	}
	return quote + strings.ReplaceAll(text, quote, quote+quote) + quote
}
