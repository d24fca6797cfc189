package render

import (
	"io"
	"strings"
)

// csvWriter writes RFC 4180 with a header line. NULL is an empty field, or the
// text chosen for it; an empty text, and one that reads like NULL, is quoted, so
// that the two stay apart.
type csvWriter struct {
	w       io.Writer
	null    string
	columns []Column
	line    []byte
}

func (c *csvWriter) Begin(columns []Column) error {
	c.columns = columns
	for i, col := range columns {
		c.separate(i)
		c.field(col.Name, col.Name == "")
	}
	return c.end()
}

func (c *csvWriter) Row(values []any) error {
	for i, v := range values {
		c.separate(i)
		if v == nil {
			c.field(c.null, false)
			continue
		}
		s := text(v, c.columns[i].Type, true)
		c.field(s, s == c.null || s == "")
	}
	return c.end()
}

func (c *csvWriter) End() error { return nil }

func (c *csvWriter) separate(i int) {
	if i > 0 {
		c.line = append(c.line, ',')
	}
}

// field quotes what RFC 4180 says must be, and blanks at the ends, which some
// readers drop.
func (c *csvWriter) field(s string, quoted bool) {
	if !quoted && !strings.ContainsAny(s, ",\"\r\n") && strings.TrimSpace(s) == s {
		c.line = append(c.line, s...)
		return
	}
	c.line = append(c.line, '"')
	c.line = append(c.line, strings.ReplaceAll(s, `"`, `""`)...)
	c.line = append(c.line, '"')
}

func (c *csvWriter) end() error {
	if len(c.columns) == 0 {
		return nil
	}
	c.line = append(c.line, '\r', '\n')
	_, err := c.w.Write(c.line)
	c.line = c.line[:0]
	return err
}
