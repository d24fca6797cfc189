package epicorerp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// PropertyType says how a property's value is written.
type PropertyType string

// The types of properties.
const (
	TypeString  PropertyType = "string"
	TypeBool    PropertyType = "bool"    // true or false; also 1/0, yes/no, on/off
	TypeInt     PropertyType = "int"     // a whole number
	TypeSeconds PropertyType = "seconds" // a whole number of seconds, or a Go duration such as 1m30s
	TypeSize    PropertyType = "size"    // bytes, or with KiB, MiB, GiB (powers of 1024), KB, MB, GB (of 1000)
	TypeEnum    PropertyType = "enum"    // one of Property.Allowed, without regard to case
	TypeList    PropertyType = "list"    // names with commas between them
)

// PropertyStatus says what becomes of a property that a connection string sets.
type PropertyStatus string

// The states a property can be in. Only a value that asks for nothing, such as
// AutoCache=false, passes for a property that is NotYet or Refused.
const (
	Supported PropertyStatus = "supported"
	NoEffect  PropertyStatus = "accepted without effect" // because what it asks for is so anyway
	NotYet    PropertyStatus = "not supported yet"
	Refused   PropertyStatus = "refused" // and will be
)

// Property is one row of the table of connection properties. The parser, the
// validation of a Config, sys_connection_props, the command-line client and
// docs/properties.md are made from it.
type Property struct {
	Name      string         // as documents spell it; matched without regard to case and spaces
	Aliases   []string       // other names for it
	Group     string         // heading in documents, Category in sys_connection_props
	Type      PropertyType   // how its value is written
	Allowed   []string       // the values of an enum that are supported; the values with a name of a string
	Default   string         // in the form of Type; "" for none
	Providers []string       // the systems it belongs to; empty for all
	Required  bool           // whether a connection is impossible without it
	Secret    bool           // whether its value is masked wherever it is shown
	Status    PropertyStatus // what becomes of it
	Reason    string         // why it is not Supported
	Meaning   string         // one line

	at       func(*Config) any // the field; nil unless Supported
	min, max int64             // of int, seconds (as seconds) and size; max 0 for no bound
	inert    []string          // values that ask for nothing of a property not supported
	refused  map[string]string // known values of an enum that are not supported: status and reason
}

// propertyTable is the one table. It is put together on first use, so that
// importing the package does no work.
var propertyTable = sync.OnceValue(func() []*Property {
	groups := [][]Property{
		authenticationProperties, connectionProperties, sqlProperties, requestProperties,
		sslProperties, firewallProperties, proxyProperties, loggingProperties, schemaProperties,
		oauthProperties, jwtProperties, kerberosProperties, cachingProperties,
		poolingProperties, odataProperties, miscProperties,
	}
	var table []*Property
	for _, group := range groups {
		for i := range group {
			table = append(table, &group[i])
		}
	}
	return table
})

// propertyIndex finds a property by any of its names, as matchName gives them.
var propertyIndex = sync.OnceValue(func() map[string]*Property {
	index := map[string]*Property{}
	for _, p := range propertyTable() {
		for _, name := range append([]string{p.Name}, p.Aliases...) {
			index[matchName(name)] = p
		}
	}
	return index
})

// Properties returns a copy of the table, in the order of its groups.
func Properties() []Property {
	var list []Property
	for _, p := range propertyTable() {
		row := *p
		row.Aliases = slices.Clone(p.Aliases)
		row.Allowed = slices.Clone(p.Allowed)
		row.Providers = slices.Clone(p.Providers)
		list = append(list, row)
	}
	return list
}

// ConfigError says which property of a connection string or Config is wrong,
// and what would be right. It never holds a secret.
type ConfigError struct {
	Property string // canonical name; "" when the string cannot be split into properties
	Message  string // the whole sentence
}

func (e *ConfigError) Error() string { return e.Message }

func (p *Property) errorf(format string, args ...any) *ConfigError {
	return &ConfigError{
		Property: p.Name,
		Message:  fmt.Sprintf("property %q: ", p.Name) + fmt.Sprintf(format, args...),
	}
}

// propertyError is errorf for a row named by the caller.
//
//go:noinline
func propertyError(name, format string, args ...any) *ConfigError {
	return (&Property{Name: name}).errorf(format, args...)
}

// missingError says that a property is needed, and why.
func missingError(name, format string, args ...any) *ConfigError {
	return &ConfigError{
		Property: name,
		Message:  fmt.Sprintf("property %q is missing: ", name) + fmt.Sprintf(format, args...),
	}
}

// matchName is name as names are compared: without case and spaces.
func matchName(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(name), ""))
}

// belongsTo says whether the property means something to a provider.
func (p *Property) belongsTo(provider string) bool {
	return len(p.Providers) == 0 || slices.Contains(p.Providers, provider)
}

// apply sets the property from the text of a connection string. Blank text
// leaves it unset.
func (p *Property) apply(c *Config, text string) error {
	if text == "" {
		return nil
	}
	switch p.Status {
	case Supported:
		return p.set(c, text)
	case NoEffect:
		return nil
	}
	for _, value := range p.inert {
		if strings.EqualFold(text, value) || p.Type == TypeBool && sameBool(text, value) {
			return nil
		}
	}
	return &ConfigError{
		Property: p.Name,
		Message:  fmt.Sprintf("property %q is %s: %s", p.Name, p.Status, p.Reason),
	}
}

// set parses text into the property's field.
func (p *Property) set(c *Config, text string) error {
	switch field := p.at(c).(type) {
	case *string:
		*field = p.canonical(text)
	case *List:
		*field = List(text)
	case *Secret:
		*field = NewSecret(text)
	case *bool:
		value, ok := parseBool(text)
		if !ok {
			return p.errorf("%s is neither true nor false", shown(text))
		}
		*field = value
	case *int:
		value, err := strconv.Atoi(text)
		if err != nil {
			return p.errorf("%s is not a whole number", shown(text))
		}
		*field = value
	case *int64:
		return p.setInt64(field, text)
	case *time.Duration:
		value, ok := parseSeconds(text)
		if !ok {
			return p.errorf("%s is not a number of seconds; write e.g. 60 or 1m30s", shown(text))
		}
		*field = value
	}
	return nil
}

func (p *Property) setInt64(field *int64, text string) error {
	if p.Type == TypeSize {
		value, ok := parseSize(text)
		if !ok {
			return p.errorf("%s is not a number of bytes; write e.g. 268435456 or 256MiB", shown(text))
		}
		*field = value
		return nil
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return p.errorf("%s is not a whole number", shown(text))
	}
	*field = value
	return nil
}

// text is the field's value as a connection string writes it.
func (p *Property) text(c *Config, mask bool) string {
	switch field := p.at(c).(type) {
	case *string:
		return *field
	case *List:
		return string(*field)
	case *Secret:
		if mask {
			return field.String()
		}
		return field.Reveal()
	case *bool:
		return strconv.FormatBool(*field)
	case *int:
		return strconv.Itoa(*field)
	case *int64:
		if p.Type == TypeSize {
			return formatSize(*field)
		}
		return strconv.FormatInt(*field, 10)
	case *time.Duration:
		return formatSeconds(*field)
	}
	panic("epicorerp: no text form for the type of property " + p.Name)
}

// canonical is the table's spelling of a value that it names, or text itself.
func (p *Property) canonical(text string) string {
	for _, value := range p.Allowed {
		if strings.EqualFold(value, text) {
			return value
		}
	}
	return text
}

// shown quotes a value for an error when it is plain and short. Anything else
// could be a secret that a missing quote or semicolon brought there.
func shown(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_.,"
	if len(text) > 24 || strings.Trim(text, plain) != "" {
		return "its value"
	}
	return strconv.Quote(text)
}

func parseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on", "t", "y":
		return true, true
	case "false", "0", "no", "off", "f", "n":
		return false, true
	}
	return false, false
}

func sameBool(a, b string) bool {
	x, okX := parseBool(a)
	y, okY := parseBool(b)
	return okX && okY && x == y
}

func parseSeconds(text string) (time.Duration, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		d := time.Duration(n) * time.Second
		return d, d/time.Second == time.Duration(n)
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}

func formatSeconds(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d/time.Second), 10)
	}
	return d.String()
}

// sizeUnits are tried in this order: the longer suffixes first, the bare B last.
var sizeUnits = []struct {
	suffix string
	bytes  int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}, {"", 1},
}

func parseSize(text string) (int64, bool) {
	for _, unit := range sizeUnits {
		cut := len(text) - len(unit.suffix)
		if cut < 0 || !strings.EqualFold(text[cut:], unit.suffix) {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(text[:cut]), 10, 64)
		if err != nil {
			return 0, false
		}
		return n * unit.bytes, n*unit.bytes/unit.bytes == n
	}
	return 0, false
}

func formatSize(n int64) string {
	for _, unit := range sizeUnits[:3] {
		if n != 0 && n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + unit.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}
