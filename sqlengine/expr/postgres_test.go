package expr

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// recorded is what PostgreSQL 15 answers: expression, tab, the value's text, or
// "!" and the SQLSTATE.
func recorded(t *testing.T) [][]string {
	return append(tsv(t, "testdata/postgres15.tsv"), tsv(t, "testdata/functions15.tsv")...)
}

// owned are the expressions whose answer differs on purpose, each with ours and
// the reason, and those that PostgreSQL does not have.
func owned(t *testing.T) [][]string {
	return append(tsv(t, "testdata/own.tsv"), tsv(t, "testdata/functions_own.tsv")...)
}

func TestValuesAreThoseOfPostgreSQL(t *testing.T) {
	own := map[string][]string{}
	for _, l := range owned(t) {
		require.Len(t, l, 3, "%q", l)
		own[l[0]] = l[1:]
	}
	asked := map[string]bool{}
	for _, l := range recorded(t) {
		require.Len(t, l, 2, "%q", l)
		asked[l[0]] = true
		want := l[1]
		if o, ok := own[l[0]]; ok {
			assert.NotEqual(t, want, o[0], "%s no longer differs", l[0])
			want = o[0]
		}
		assert.Equal(t, want, answer(t, l[0]), l[0])
	}
	for e := range own {
		if !asked[e] {
			assert.Equal(t, own[e][0], answer(t, e), e)
		}
	}
}

func answer(t *testing.T, sql string) string {
	got, err := evalSQL(t, sql)
	if err == nil {
		return got
	}
	var e *Error
	if errors.As(err, &e) {
		return "!" + e.SQLState()
	}
	return "!! " + err.Error()
}

func tsv(t *testing.T, path string) [][]string {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out [][]string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "-- ") {
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}

// asColumns moves the constants that pick chooses into a row.
func asColumns(t testing.TB, n Node, pick func(i int) bool) (Node, *tuple.Batch) {
	var values []sqltypes.Value
	var types []sqltypes.Type
	at := 0
	moved := Transform(n, func(n Node) Node {
		c, ok := n.(*Const)
		if !ok {
			return n
		}
		if at++; !pick(at) {
			return n
		}
		values, types = append(values, c.V), append(types, c.T)
		return &Column{Index: len(values) - 1, Name: "c", T: c.T}
	})
	b := tuple.NewBatch(tuple.NewLayout(types))
	row := b.AddRow()
	for i, v := range values {
		require.NoError(t, b.SetValue(row, i, v))
	}
	return moved, b
}

// The answer is the same whether values come as constants, which compile to
// special closures, or as columns of a row.
func TestValuesDoNotDependOnBeingConstant(t *testing.T) {
	own := map[string]string{}
	for _, l := range owned(t) {
		own[l[0]] = l[1]
	}
	for _, l := range recorded(t) {
		want := l[1]
		if o, ok := own[l[0]]; ok {
			want = o
		}
		n, err := parseSQL(l[0], nil)
		if err != nil {
			continue
		}
		for mode, pick := range []func(int) bool{
			func(int) bool { return true }, func(i int) bool { return i%2 == 0 }, func(i int) bool { return i%2 == 1 },
		} {
			moved, b := asColumns(t, n, pick)
			for _, e := range []Node{moved, Fold(moved)} {
				c, err := Compile(e, b.Layout)
				require.NoError(t, err, l[0])
				f := &Frame{Row: b.Row(0)}
				got := "NULL"
				v, err := c.Value(f)
				var ee *Error
				switch {
				case errors.As(err, &ee):
					got = "!" + ee.SQLState()
				case err != nil:
					got = err.Error()
				case !v.Null:
					got = v.Text()
				}
				require.Equal(t, want, got, "%s, mode %d, as %s", l[0], mode, e)
				if e.Type().Kind == sqltypes.Bool {
					test, err := Predicate(e, b.Layout)
					require.NoError(t, err)
					ok, err := test(&Frame{Row: b.Row(0)})
					require.Equal(t, got == "true", ok, l[0])
					require.Equal(t, got[0] == '!', err != nil, "%s: %v", l[0], err)
				}
			}
		}
	}
}
