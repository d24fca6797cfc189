package render

import (
	"fmt"
	"io"
	"strings"
)

const (
	// sampleRows are held back to size the columns of a table.
	sampleRows = 200
	// narrowest is what fitting a terminal leaves of a column.
	narrowest = 8
	nullCell  = "NULL"
)

// table writes aligned columns. Those are as wide as the first rows need; a
// later cell that is wider pushes its neighbours to the right. On a terminal
// texts are cut to their column instead; numbers and times never are.
type table struct {
	w       io.Writer
	opt     Options
	columns []Column
	sample  [][]string
	right   []bool
	text    []bool // may be cut on a terminal
	width   []int  // nil until the sample is complete
	rows    int64
	line    strings.Builder
}

func (t *table) Begin(columns []Column) error {
	*t = table{w: t.w, opt: t.opt, columns: columns}
	t.right, t.text = make([]bool, len(columns)), make([]bool, len(columns))
	for i, c := range columns {
		// A column of unknown type is one of numbers until a value denies it.
		t.right[i] = isNumber(c.Type) || c.Type == ""
		t.text[i] = c.Type == "VARCHAR" || c.Type == "JSON" || c.Type == "VARBINARY"
	}
	return nil
}

func (t *table) Row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = nullCell
		if v != nil {
			cells[i] = Visible(text(v, t.columns[i].Type, false))
		}
		if t.width == nil && t.columns[i].Type == "" {
			switch v.(type) {
			case nil, int64, float64:
			default:
				t.right[i], t.text[i] = false, true
			}
		}
	}
	t.rows++
	if t.width != nil {
		return t.write(cells)
	}
	t.sample = append(t.sample, cells)
	if len(t.sample) == sampleRows {
		return t.Flush()
	}
	return nil
}

// Flush sizes the columns and writes what was held back.
func (t *table) Flush() error {
	if t.width != nil {
		return nil
	}
	names := make([]string, len(t.columns))
	t.width = make([]int, len(t.columns))
	for i, c := range t.columns {
		names[i] = Visible(c.Name)
		t.width[i] = max(1, DisplayWidth(names[i]))
	}
	for _, cells := range t.sample {
		for i, c := range cells {
			t.width[i] = max(t.width[i], DisplayWidth(c))
		}
	}
	t.fit()
	rules := make([]string, len(t.width))
	for i, w := range t.width {
		rules[i] = strings.Repeat("─", w+2)
	}
	if err := t.write(names); err != nil {
		return err
	}
	if _, err := io.WriteString(t.w, strings.Join(rules, "┼")+"\n"); err != nil {
		return err
	}
	for _, cells := range t.sample {
		if err := t.write(cells); err != nil {
			return err
		}
	}
	t.sample = nil
	return nil
}

// fit narrows the widest texts until the table fits the terminal, or nothing is
// left to narrow.
func (t *table) fit() {
	if t.opt.Width <= 0 {
		return
	}
	total := len(t.width)*3 - 1
	for _, w := range t.width {
		total += w
	}
	for ; total > t.opt.Width; total-- {
		widest, most := -1, narrowest
		for i, w := range t.width {
			if t.text[i] && w > most {
				widest, most = i, w
			}
		}
		if widest < 0 {
			return
		}
		t.width[widest]--
	}
}

func (t *table) write(cells []string) error {
	t.line.Reset()
	for i, c := range cells {
		if i > 0 {
			t.line.WriteString("│")
		}
		if t.opt.Width > 0 && t.text[i] {
			c = cut(c, t.width[i])
		}
		last := i == len(cells)-1
		if last && c == "" {
			break // no blank at the end of the line
		}
		pad := max(0, t.width[i]-DisplayWidth(c))
		t.line.WriteByte(' ')
		if t.right[i] {
			t.line.WriteString(strings.Repeat(" ", pad))
		}
		t.line.WriteString(c)
		if !last {
			if !t.right[i] {
				t.line.WriteString(strings.Repeat(" ", pad))
			}
			t.line.WriteByte(' ')
		}
	}
	t.line.WriteByte('\n')
	_, err := io.WriteString(t.w, t.line.String())
	return err
}

func (t *table) End() error {
	if len(t.columns) > 0 {
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if !t.opt.Footer {
		return nil
	}
	_, err := fmt.Fprintf(t.w, "(%s)\n", Count(t.rows, "row"))
	return err
}

// Count writes a number of things, such as 1 row or 12,345 rows.
func Count(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + thing
}
