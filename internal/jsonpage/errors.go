package jsonpage

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTruncated is matched (errors.Is) by the SyntaxError of a page that ends
// too early, which is worth a retry, while a malformed page is not.
var ErrTruncated = errors.New("unexpected end of page")

// ErrNoRows is matched (errors.Is) by the ShapeError of a page that is valid
// JSON but has no rows where the Shape says they are, as a page that carries
// an error body instead.
var ErrNoRows = errors.New("page has no rows where they belong")

// SyntaxError reports a page that is not valid JSON in valid UTF-8.
type SyntaxError struct {
	Offset    int    // of the offending byte, from the page's start
	Msg       string // what is wrong and what would be right
	Truncated bool   // the page ended where more was due
}

func (e *SyntaxError) Error() string {
	if e.Truncated {
		return fmt.Sprintf("json page: unexpected end of page at byte %d: %s", e.Offset, e.Msg)
	}
	return fmt.Sprintf("json page: malformed at byte %d: %s", e.Offset, e.Msg)
}

// Is matches ErrTruncated.
func (e *SyntaxError) Is(target error) bool { return target == ErrTruncated && e.Truncated }

// NotJSONError reports a page that does not even begin like JSON: an HTML
// error page, a proxy's plain text.
type NotJSONError struct {
	Prefix string // the first bytes, at most 80, unprintable ones replaced by '.'
}

func (e *NotJSONError) Error() string {
	return fmt.Sprintf("json page: not JSON, begins with %q", e.Prefix)
}

// ShapeError reports a page that is valid JSON to its last byte but is not
// what the Shape describes. Captured members can still be read.
type ShapeError struct {
	Offset  int
	Msg     string
	Missing bool // the rows' place does not exist in the page
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("json page: unexpected shape at byte %d: %s", e.Offset, e.Msg)
}

// Is matches ErrNoRows.
func (e *ShapeError) Is(target error) bool { return target == ErrNoRows && e.Missing }

const prefixBytes = 80

func printablePrefix(page []byte) string {
	var b strings.Builder
	for _, c := range page[:min(len(page), prefixBytes)] {
		if c < ' ' || c > '~' {
			c = '.'
		}
		b.WriteByte(c)
	}
	return b.String()
}
