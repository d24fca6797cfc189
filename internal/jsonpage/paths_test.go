package jsonpage

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func TestRowDecoderReadsValuesInsideOfObjects(t *testing.T) {
	text := sqltypes.Of(sqltypes.Varchar)
	p := &Projection{
		Layout: tuple.NewLayout([]sqltypes.Type{text, sqltypes.Of(sqltypes.Decimal), text, text, text}),
		Paths:  [][]string{{"ID", "value"}, {"Limit", "value"}, {"Contact", "Address", "City", "value"}, {"id"}, nil},
		Consts: []Constant{{Column: 4, Value: sqltypes.StringValue("given")}},
	}
	s, err := NewScanner(p.Members(nil), Options{Shape: ShapeArray})
	require.NoError(t, err)
	d, err := NewRowDecoder(s, p, nil)
	require.NoError(t, err)
	rows := func(page string) (out [][]string, err error) {
		s.Reset([]byte(page))
		b := tuple.NewBatch(p.Layout)
		for s.Next() {
			if err := d.Append(b); err != nil {
				return out, err
			}
			var row []string
			for c := range p.Layout.Columns() {
				row = append(row, p.Layout.Value(b.Row(b.Len()-1), c).String())
			}
			out = append(out, row)
		}
		return out, s.Err()
	}
	t.Run("an object without the member, null and no object at all are NULL", func(t *testing.T) {
		got, err := rows(`[
			{"id":"1","ID":{"value":"A"},"Limit":{"value":10.5000},"Contact":{"Address":{"City":{"value":"York"}}}},
			{"id":"2","ID":{},"Limit":null,"Contact":{"Address":null}},
			{"id":"3","ID":{"value":null}}]`)
		require.NoError(t, err)
		assert.Equal(t, [][]string{
			{"'A'", "10.5000", "'York'", "'1'", "'given'"}, {"NULL", "NULL", "NULL", "'2'", "'given'"}, {"NULL", "NULL", "NULL", "'3'", "'given'"},
		}, got)
	})
	t.Run("a value where an object belongs is an error", func(t *testing.T) {
		_, err := rows(`[{"id":"1","ID":"A"}]`)
		assert.ErrorContains(t, err, `"ID"`)
	})
}
