package expr

import (
	"encoding/json"
	"strconv"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

var jsonColumn = sqltypes.Of(sqltypes.JSON)

var _ = registerTable(
	&TableFunction{Name: "JSON_ARRAY_ELEMENTS", Aliases: []string{"JSONB_ARRAY_ELEMENTS"}, Doc: "The elements of a JSON array.",
		Arguments: "json", bind: jsonElements(jsonColumn)},
	&TableFunction{Name: "JSON_ARRAY_ELEMENTS_TEXT", Aliases: []string{"JSONB_ARRAY_ELEMENTS_TEXT"}, Doc: "The elements of a JSON array as text.",
		Arguments: "json", bind: jsonElements(textColumn)},
	&TableFunction{Name: "JSON_EACH", Aliases: []string{"JSONB_EACH"}, Doc: "The members of a JSON object: key and value.",
		Arguments: "json", bind: jsonMembers(jsonColumn)},
	&TableFunction{Name: "JSON_EACH_TEXT", Aliases: []string{"JSONB_EACH_TEXT"}, Doc: "The members of a JSON object: key and value, as text.",
		Arguments: "json", bind: jsonMembers(textColumn)},
	&TableFunction{Name: "JSON_OBJECT_KEYS", Aliases: []string{"JSONB_OBJECT_KEYS"}, Doc: "The keys of a JSON object.",
		Arguments: "json", bind: bindJSONKeys},
	&TableFunction{Name: "OPENJSON", Doc: "The members of a JSON object or the elements of an array, as SQL Server has it: key, value and type.",
		Arguments: "json[, path]", bind: bindOpenJSON},
)

// jsonArgument reads a document.
func jsonArgument(v sqltypes.Value) ([]byte, error) {
	if v.Kind != sqltypes.JSON && !json.Valid([]byte(v.S)) {
		return nil, errNotJSON([]byte(v.S))
	}
	return jsonRoot([]byte(v.S)), nil
}

// jsonArgs keeps JSON as it is and takes all else as text.
func jsonArgs(args []Node, kinds ...sqltypes.Kind) ([]Node, error) {
	if len(args) > 0 && args[0].Type().Kind == sqltypes.JSON {
		kinds = append([]sqltypes.Kind{sqltypes.JSON}, kinds[1:]...)
	}
	return coerced(args, 1, kinds...)
}

// setJSON writes a value as JSON, or as text: then null is NULL.
func setJSON(f *Frame, b *tuple.Batch, row []uint64, col int, value []byte) error {
	if b.Layout.Types[col].Kind == sqltypes.JSON {
		return b.SetBytes(row, col, value)
	}
	f.Scratch = f.Scratch[:0]
	d := f.jsonText(value)
	if d.Null {
		return nil
	}
	return b.SetBytes(row, col, d.B)
}

func jsonElements(t sqltypes.Type) func([]Node) (*TableCall, error) {
	return func(args []Node) (*TableCall, error) {
		bound, err := jsonArgs(args, sqltypes.Varchar)
		if bound == nil {
			return nil, err
		}
		return &TableCall{Args: bound, Columns: []TableColumn{{"value", t}},
			Start: jsonItemRows('[', "22023", "cannot take the elements of what is no JSON array", func(f *Frame, b *tuple.Batch, row []uint64, _, value []byte) error {
				return setJSON(f, b, row, 0, value)
			})}, nil
	}
}

func jsonMembers(t sqltypes.Type) func([]Node) (*TableCall, error) {
	return func(args []Node) (*TableCall, error) {
		bound, err := jsonArgs(args, sqltypes.Varchar)
		if bound == nil {
			return nil, err
		}
		return &TableCall{Args: bound, Columns: []TableColumn{{"key", textColumn}, {"value", t}},
			Start: jsonItemRows('{', "22023", "cannot take the members of what is no JSON object", func(f *Frame, b *tuple.Batch, row []uint64, key, value []byte) error {
				if err := b.SetBytes(row, 0, appendUnescaped(nil, key)); err != nil {
					return err
				}
				return setJSON(f, b, row, 1, value)
			})}, nil
	}
}

func bindJSONKeys(args []Node) (*TableCall, error) {
	bound, err := jsonArgs(args, sqltypes.Varchar)
	if bound == nil {
		return nil, err
	}
	return &TableCall{Args: bound, Columns: []TableColumn{{"json_object_keys", textColumn}},
		Start: jsonItemRows('{', "22023", "cannot take the keys of what is no JSON object", func(_ *Frame, b *tuple.Batch, row []uint64, key, _ []byte) error {
			return b.SetBytes(row, 0, appendUnescaped(nil, key))
		})}, nil
}

// jsonItemRows makes a row of each item of a document that begins so.
func jsonItemRows(opens byte, state, otherwise string, set func(f *Frame, b *tuple.Batch, row []uint64, key, value []byte) error) func(*Frame, []sqltypes.Value) (TableRows, error) {
	return func(f *Frame, vs []sqltypes.Value) (TableRows, error) {
		if vs[0].Null {
			return noRows, nil
		}
		doc, err := jsonArgument(vs[0])
		if err != nil {
			return nil, err
		}
		if doc[0] != opens {
			return nil, errf(state, "%s", otherwise)
		}
		items := itemsOf(doc)
		return func(b *tuple.Batch) ([]uint64, error) {
			key, value, ok := items.next()
			if !ok {
				return nil, nil
			}
			row := b.AddRow()
			return row, set(f, b, row, key, value)
		}, nil
	}
}

// bindOpenJSON is SQL Server's OPENJSON without WITH. A type is 0 for null, 1
// for text, 2 for a number, 3 for a truth value, 4 for an array, 5 for an object.
func bindOpenJSON(args []Node) (*TableCall, error) {
	bound, err := jsonArgs(args, sqltypes.Varchar, sqltypes.Varchar)
	if bound == nil {
		return nil, err
	}
	columns := []TableColumn{{"key", textColumn}, {"value", textColumn}, {"type", sqltypes.Of(sqltypes.Integer)}}
	return &TableCall{Args: bound, Columns: columns, Start: func(f *Frame, vs []sqltypes.Value) (TableRows, error) {
		if anyNull(vs) {
			return noRows, nil
		}
		doc, err := jsonArgument(vs[0])
		if err != nil {
			return nil, err
		}
		if len(vs) == 2 {
			path, err := ParseJSONPath(vs[1].S, false)
			if err != nil {
				return nil, err
			}
			found := false
			if doc, found = path.First(f, doc); !found {
				return noRows, nil
			}
		}
		items, n := itemsOf(doc), int64(0)
		return func(b *tuple.Batch) ([]uint64, error) {
			key, value, ok := items.next()
			if !ok {
				return nil, nil
			}
			row := b.AddRow()
			if items.object {
				key = appendUnescaped(nil, key)
			} else {
				key = strconv.AppendInt(nil, n, 10)
				n++
			}
			if err := b.SetBytes(row, 0, key); err != nil {
				return nil, err
			}
			b.Layout.SetInt(row, 2, openJSONType(value[0]))
			return row, setJSON(f, b, row, 1, value)
		}, nil
	}}, nil
}

func openJSONType(first byte) int64 {
	switch first {
	case 'n':
		return 0
	case '"':
		return 1
	case 't', 'f':
		return 3
	case '[':
		return 4
	case '{':
		return 5
	}
	return 2
}
