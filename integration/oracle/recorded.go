package oracle

import (
	"bufio"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Recorded are answers of PostgreSQL that were written down, by the file and name of their query.
//
//	== the query's name
//	types 20 1700
//	rows in PostgreSQL's copy format: tabs between the values, \N for null
type Recorded map[string]string

func recordKey(q Query) string { return q.File + "/" + q.Name }

// ReadRecorded reads every *.txt file of dir.
func ReadRecorded(files fs.FS, dir string) (Recorded, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	r := Recorded{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(path.Base(name), ".txt")
		for _, part := range strings.Split("\n"+string(text), "\n== ")[1:] {
			title, body, _ := strings.Cut(part, "\n")
			r[base+"/"+title] = body
		}
	}
	return r, nil
}

// Ask gives the recorded answer to a query.
func (r Recorded) Ask(q Query) (Answer, error) {
	body, ok := r[recordKey(q)]
	if !ok {
		return Answer{}, fmt.Errorf("no recorded answer to %q; run the oracle's tests with -update and a PostgreSQL", q.Name)
	}
	var a Answer
	lines := bufio.NewScanner(strings.NewReader(body))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if a.Types == nil {
			types, ok := strings.CutPrefix(line, "types ")
			if !ok {
				return Answer{}, fmt.Errorf("recorded answer to %q: want its types first, got %q", q.Name, line)
			}
			for _, word := range strings.Fields(types) {
				n, err := strconv.ParseUint(word, 10, 32)
				if err != nil {
					return Answer{}, err
				}
				a.Types = append(a.Types, Type(n))
			}
			continue
		}
		row, err := recordedRow(a.Types, line)
		if err != nil {
			return Answer{}, fmt.Errorf("recorded answer to %q: %w", q.Name, err)
		}
		a.Rows = append(a.Rows, row)
	}
	return a, lines.Err()
}

func recordedRow(types []Type, line string) ([]Cell, error) {
	fields := strings.Split(line, "\t")
	if len(fields) != len(types) {
		return nil, fmt.Errorf("%d values in a row of %d columns: %q", len(fields), len(types), line)
	}
	row := make([]Cell, len(fields))
	for i, f := range fields {
		var err error
		switch {
		case f == `\N`:
			row[i] = Cell{Null: true, Type: types[i]}
		case types[i] == Text || types[i] == Varchar:
			var s string
			if s, err = strconv.Unquote(f); err == nil {
				row[i], err = FromText(types[i], s)
			}
		default:
			row[i], err = FromText(types[i], f)
		}
		if err != nil {
			return nil, err
		}
	}
	return row, nil
}

// Record writes an answer down. Rows without an order are sorted, so that recording twice gives the same text.
func Record(q Query, a Answer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "== %s\ntypes", q.Name)
	for _, t := range a.Types {
		fmt.Fprintf(&b, " %d", t)
	}
	b.WriteByte('\n')
	rows := a.Rows
	if !q.Ordered {
		rows = sorted(slices.Clone(rows))
	}
	for _, row := range rows {
		for i, c := range row {
			if i > 0 {
				b.WriteByte('\t')
			}
			switch {
			case c.Null:
				b.WriteString(`\N`)
			case c.Type == Float8:
				b.WriteString(strconv.FormatFloat(c.Float, 'g', -1, 64))
			default:
				b.WriteString(c.Text)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
