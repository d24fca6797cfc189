package expr

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func TestValuesByTheirKeys(t *testing.T) {
	layout := tuple.NewLayout([]sqltypes.Type{sqltypes.Of(sqltypes.Varchar), sqltypes.Of(sqltypes.Integer)})
	value := &Column{Name: "v", T: sqltypes.Of(sqltypes.Varchar)}
	key := &Column{Index: 1, Name: "k", T: sqltypes.Of(sqltypes.Integer)}
	for _, c := range []struct {
		name     string
		rows     [][2]string // NULL is the text
		min, max string
	}{
		{"no rows", nil, "NULL", "NULL"},
		{"keys of NULL alone", [][2]string{{"a", "NULL"}, {"b", "NULL"}}, "NULL", "NULL"},
		{"a key of NULL among others", [][2]string{{"a", "NULL"}, {"b", "2"}, {"c", "1"}}, "c", "b"},
		{"the first of equal keys", [][2]string{{"a", "1"}, {"b", "1"}, {"c", "2"}, {"d", "2"}}, "a", "c"},
		{"a value of NULL", [][2]string{{"a", "2"}, {"NULL", "1"}, {"NULL", "3"}}, "NULL", "NULL"},
		{"a value after a value of NULL", [][2]string{{"NULL", "2"}, {"a", "1"}, {"b", "3"}}, "a", "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := tuple.NewBatch(layout)
			for _, r := range c.rows {
				row := b.AddRow()
				for i, text := range r {
					if text == "NULL" {
						continue
					}
					v, err := Coerce(NewConst(sqltypes.StringValue(text)), layout.Types[i])
					require.NoError(t, err)
					require.NoError(t, b.SetValue(row, i, v.(*Const).V))
				}
			}
			for name, want := range map[string]string{"ARG_MIN": c.min, "ARG_MAX": c.max} {
				a, err := NewAggregate(name, []Node{value, key}, false, false)
				require.NoError(t, err)
				// Group 0 takes all rows; groups 1 and 2 the halves, which are merged.
				s, err := a.Compile(layout)
				require.NoError(t, err)
				s.Grow(3)
				f := &Frame{}
				for i := range b.Len() {
					f.Row = b.Row(i)
					s.Add(0, f)
					s.Add(1+2*i/b.Len(), f)
				}
				require.NoError(t, s.Merge(1, s, 2))
				for g := range 2 {
					got, err := resultOf(t, a, s, g)
					require.NoError(t, err)
					assert.Equal(t, want, got, "%s of group %d", name, g)
				}
			}
		})
	}
}
