package expr

import (
	"strconv"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// JSONTableColumn is one column of JSON_TABLE: a path of the row's value, its
// number, whether a path is there, or, with Nested, rows of their own.
type JSONTableColumn struct {
	Name       string
	Path       *JSONPath
	Ordinality bool
	Exists     bool
	Nested     []JSONTableColumn
	at         int
}

// jsonTable makes the rows of one call of JSON_TABLE.
type jsonTable struct {
	frame   *Frame
	columns []JSONTableColumn
	width   int
}

// jsonRow is the text of each column; nil is NULL.
type jsonRow [][]byte

// NewJSONTable builds JSON_TABLE: a row of every value at a path of a document.
// Its columns come as text, for the caller to cast.
func NewJSONTable(doc Node, path string, columns []JSONTableColumn) (*TableCall, error) {
	args, err := jsonArgs([]Node{doc}, sqltypes.Varchar)
	if err != nil {
		return nil, err
	}
	rows, err := ParseJSONPath(path, true)
	if err != nil {
		return nil, err
	}
	call := &TableCall{Name: "JSON_TABLE", Args: args}
	place(columns, call)
	call.Start = func(f *Frame, vs []sqltypes.Value) (TableRows, error) {
		if vs[0].Null {
			return noRows, nil
		}
		doc, err := jsonArgument(vs[0])
		if err != nil {
			return nil, err
		}
		t := &jsonTable{frame: f, columns: columns, width: len(call.Columns)}
		return t.rows(rows, doc), nil
	}
	return call, nil
}

// place gives each column that is no NESTED its place.
func place(columns []JSONTableColumn, call *TableCall) {
	for i := range columns {
		c := &columns[i]
		if c.Nested != nil {
			place(c.Nested, call)
			continue
		}
		c.at = len(call.Columns)
		call.Columns = append(call.Columns, TableColumn{c.Name, textColumn})
	}
}

func (t *jsonTable) rows(path *JSONPath, doc []byte) TableRows {
	var values [][]byte
	path.Each(t.frame, doc, func(v []byte) bool {
		values = append(values, v)
		return true
	})
	var ready []jsonRow
	n := 0
	return func(b *tuple.Batch) ([]uint64, error) {
		for len(ready) == 0 {
			if n == len(values) {
				return nil, nil
			}
			n++
			ready = t.of(t.columns, values[n-1], n)
		}
		row := b.AddRow()
		for c, text := range ready[0] {
			if text == nil {
				continue
			}
			if err := b.SetBytes(row, c, text); err != nil {
				return nil, err
			}
		}
		ready = ready[1:]
		return row, nil
	}
}

// of gives the rows of one value: its own columns beside the rows of each NESTED
// in turn, or beside none.
func (t *jsonTable) of(columns []JSONTableColumn, value []byte, n int) []jsonRow {
	own := make(jsonRow, t.width)
	var out []jsonRow
	for _, c := range columns {
		if c.Nested == nil {
			own[c.at] = t.text(c, value, n)
		}
	}
	for _, c := range columns {
		if c.Nested == nil {
			continue
		}
		k := 0
		c.Path.Each(t.frame, value, func(v []byte) bool {
			k++
			for _, row := range t.of(c.Nested, v, k) {
				for at, text := range own {
					if text != nil {
						row[at] = text
					}
				}
				out = append(out, row)
			}
			return true
		})
	}
	if out == nil {
		return []jsonRow{own}
	}
	return out
}

// text is a column's value; not nil where it is no NULL.
func (t *jsonTable) text(c JSONTableColumn, value []byte, n int) []byte {
	if c.Ordinality {
		return strconv.AppendInt(nil, int64(n), 10)
	}
	found, ok := c.Path.First(t.frame, value)
	if c.Exists {
		return strconv.AppendInt(nil, b2i(ok), 10)
	}
	if !ok || found[0] == 'n' {
		return nil
	}
	t.frame.Scratch = t.frame.Scratch[:0]
	return append([]byte{}, t.frame.jsonText(found).B...)
}
