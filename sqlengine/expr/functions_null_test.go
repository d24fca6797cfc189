package expr

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// samples has a value for each word of a signature.
var samples = map[string]string{
	"text": "'1'", "word": "'day'", "int": "CAST(1 AS BIGINT)", "integer": "1", "smallint": "CAST(1 AS SMALLINT)", "decimal": "1.5",
	"real": "CAST(1 AS REAL)", "double": "CAST(0.5 AS FLOAT8)", "bool": "TRUE", "date": "DATE '2024-02-29'", "time": "TIME '10:11:12'",
	"timestamp": "TIMESTAMP '2024-02-29 10:11:12'", "timestamptz": "TIMESTAMPTZ '2024-02-29 10:11:12+00'", "interval": "INTERVAL '1 day'",
	"bytes": "CAST('a' AS BYTES)", "uuid": "UUID '01234567-89ab-cdef-0123-456789abcdef'", "json": "CAST('[1]' AS JSON)", "any": "'1'",
}

// arguments returns a typed constant for each argument of a signature.
func arguments(t *testing.T, s Signature) []Node {
	var out []Node
	for word := range strings.SplitSeq(s.Arguments, ", ") {
		if word == "" {
			continue
		}
		sql, ok := samples[strings.TrimRight(word, "?*")]
		require.True(t, ok, word)
		n, err := parseSQL(sql, nil)
		require.NoError(t, err)
		out = append(out, Fold(n))
	}
	return out
}

// column hides that a value is constant, so that no form is chosen by it.
func column(n Node, null bool) Node {
	v := n.(*Const).V
	if null {
		v = sqltypes.NullOf(v.Kind)
	}
	return &Late{Set: &v, Name: "x", T: n.Type()}
}

func TestStrictFunctionsGiveNullForANullInEachArgument(t *testing.T) {
	for _, fn := range Functions() {
		if fn.Nulls != NullIfAny || fn.forms[0].rewrite != nil {
			continue
		}
		for _, s := range fn.Signatures() {
			args := arguments(t, s)
			for i := range args {
				list := make([]Node, len(args))
				for j := range args {
					if list[j] = args[j]; j >= fn.Words(len(args)) {
						list[j] = column(args[j], i == j)
					}
				}
				if i < fn.Words(len(args)) {
					continue
				}
				n, err := NewCall(fn.Name, list)
				require.NoError(t, err, "%s(%s)", fn.Name, s.Arguments)
				v, err := Eval(n, &Frame{})
				require.NoError(t, err, "%s(%s)", fn.Name, s.Arguments)
				assert.True(t, v.Null, "%s(%s) with NULL at %d gives %s", fn.Name, s.Arguments, i+1, v)
				assert.True(t, n.Nullable(), "%s(%s)", fn.Name, s.Arguments)
			}
		}
	}
}

func TestWrongArgumentsNameTheFunctionAndWhatItTakes(t *testing.T) {
	for _, fn := range Functions() {
		least, most, variadic := 100, 0, false
		for _, f := range fn.forms {
			least, most, variadic = min(least, f.least), max(most, len(f.params)), variadic || f.variadic
		}
		wrong := []int{}
		if least > 0 {
			wrong = append(wrong, least-1)
		}
		if !variadic {
			wrong = append(wrong, most+1)
		}
		for _, n := range wrong {
			_, err := NewCall(fn.Name, nulls(n))
			var e *Error
			require.ErrorAs(t, err, &e, fn.Name)
			assert.Equal(t, stateUndefined, e.State)
			assert.True(t, strings.HasPrefix(e.Msg, fn.Name+"("), e.Msg)
			assert.Contains(t, e.Msg, fn.Forms()[0])
		}
	}
}

func nulls(n int) []Node {
	out := make([]Node, n)
	for i := range out {
		out[i] = NewConst(sqltypes.NullOf(sqltypes.Null))
	}
	return out
}
