package epicorerp

import (
	"net/url"
	"slices"
	"strings"
)

// NameValue is a header or a query parameter to send with every request.
type NameValue struct {
	Name, Value string
}

// PseudoColumn names an input column to show; either part may be *.
type PseudoColumn struct {
	Table, Column string
}

// PseudoColumnList reads PseudoColumns.
func (c *Config) PseudoColumnList() ([]PseudoColumn, error) {
	var list []PseudoColumn
	for part := range strings.SplitSeq(c.PseudoColumns, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		table, column, found := strings.Cut(part, "=")
		table, column = strings.TrimSpace(table), strings.TrimSpace(column)
		if !found || table == "" || column == "" || strings.Contains(column, "=") {
			return nil, propertyError("PseudoColumns", "expected Table=Column;Table=Column, the whole in quotes, or *=*")
		}
		list = append(list, PseudoColumn{Table: table, Column: column})
	}
	return list, nil
}

// transportHeaders belong to the HTTP client.
var transportHeaders = []string{
	"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "te", "trailer", "upgrade",
}

// CustomHeaderList reads CustomHeaders. Its errors give the line, not what
// stands there.
func (c *Config) CustomHeaderList() ([]NameValue, error) {
	text := strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", "\r\n", "\n", "\r", "\n").Replace(c.CustomHeaders.Reveal())
	var list []NameValue
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !found || !isToken(name):
			return nil, propertyError("CustomHeaders", "line %d is not of the form Name: value", number)
		case slices.Contains(transportHeaders, strings.ToLower(name)):
			return nil, propertyError("CustomHeaders", "%s belongs to the HTTP client; remove it", name)
		case strings.EqualFold(name, "Authorization") && c.Auth() != AuthNone:
			return nil, propertyError("CustomHeaders", "Authorization is sent by AuthScheme=%s already; remove one", c.Auth())
		}
		list = append(list, NameValue{Name: name, Value: value})
	}
	return list, nil
}

// isToken says whether name can name a header (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// CustomURLParamList reads CustomURLParams, percent-decoded, in their order.
func (c *Config) CustomURLParamList() ([]NameValue, error) {
	var list []NameValue
	for part := range strings.SplitSeq(strings.TrimPrefix(c.CustomURLParams.Reveal(), "?"), "&") {
		if part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		switch {
		case !found || name == "" || errName != nil || errValue != nil:
			return nil, propertyError("CustomURLParams", "expected a=b&c=d, percent-encoded")
		case strings.HasPrefix(name, "$"):
			return nil, propertyError("CustomURLParams", "names that begin with $ are the driver's own; remove them")
		}
		list = append(list, NameValue{Name: name, Value: value})
	}
	return list, nil
}
