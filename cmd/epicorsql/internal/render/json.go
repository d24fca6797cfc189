package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// jsonWriter writes one object a row, in an array or on lines of their own.
// Keys are the columns' names in their order; a name that occurs again gets a
// number, since most readers keep one of equal keys.
type jsonWriter struct {
	w       io.Writer
	lines   bool
	columns []Column
	keys    [][]byte
	started bool
	line    bytes.Buffer
}

func (j *jsonWriter) Begin(columns []Column) error {
	*j = jsonWriter{w: j.w, lines: j.lines, columns: columns}
	taken := map[string]bool{}
	for _, c := range columns {
		taken[c.Name] = true
	}
	used := map[string]bool{}
	for i, c := range columns {
		name := c.Name
		if name == "" {
			name = "column" + strconv.Itoa(i+1)
		}
		for n := 2; used[name] || name != c.Name && taken[name]; n++ {
			name = c.Name + "_" + strconv.Itoa(n)
		}
		used[name] = true
		key, err := quoted(name)
		if err != nil {
			return err
		}
		j.keys = append(j.keys, append(key, ':'))
	}
	return nil
}

func (j *jsonWriter) Row(values []any) error {
	j.line.Reset()
	if !j.lines {
		j.line.WriteString(map[bool]string{false: "[\n", true: ",\n"}[j.started])
	}
	j.started = true
	j.line.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			j.line.WriteByte(',')
		}
		j.line.Write(j.keys[i])
		if err := j.value(v, j.columns[i].Type); err != nil {
			return fmt.Errorf("column %s: %w", j.columns[i].Name, err)
		}
	}
	j.line.WriteByte('}')
	if j.lines {
		j.line.WriteByte('\n')
	}
	_, err := j.w.Write(j.line.Bytes())
	return err
}

func (j *jsonWriter) End() error {
	if j.lines {
		return nil
	}
	closing := "\n]\n"
	if !j.started {
		closing = "[]\n"
	}
	_, err := io.WriteString(j.w, closing)
	return err
}

// value writes a value: decimals as numbers with all their digits, the numbers
// that JSON does not have (NaN, infinities) as text.
func (j *jsonWriter) value(v any, sqlType string) error {
	switch v := v.(type) {
	case nil:
		j.line.WriteString("null")
		return nil
	case bool, int64:
		fmt.Fprint(&j.line, v)
		return nil
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			j.line.WriteString(floatText(v, sqlType))
			return nil
		}
	case time.Time:
		j.line.WriteString(`"` + timeText(v, sqlType, true) + `"`)
		return nil
	}
	s := text(v, sqlType, true)
	switch {
	case sqlType == "DECIMAL" && isJSONNumber(s):
		j.line.WriteString(s)
		return nil
	case sqlType == "JSON" && json.Valid([]byte(s)):
		return json.Compact(&j.line, []byte(s))
	}
	q, err := quoted(s)
	j.line.Write(q)
	return err
}

// isJSONNumber tells whether a text may stand in JSON as a number.
func isJSONNumber(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s))
}

// quoted is a JSON string in which <, > and & stay as they are.
func quoted(s string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
