package expr

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// allocating are the functions that may allocate for a row, and why.
var allocating = map[string]string{
	"REGEXP_COUNT": "package regexp returns matches in slices", "REGEXP_INSTR": "the same", "REGEXP_SUBSTR": "the same", "REGEXP_REPLACE": "the same",
	"SUBSTRING": "of two texts: the same", "PATINDEX": "the same",
	"FACTORIAL": "wide decimals", "UNSIGNED": "wide decimals", "GCD": "wide decimals", "LCM": "wide decimals", "WIDTH_BUCKET": "wide decimals",
	"STR": "a DOUBLE becomes a decimal by its text", "ROUND": "the same", "TRUNC": "the same",
	"RAND": "a seed starts a sequence", "NEWID": "random bytes",
	"JSON_EXTRACT": "several values are visited by a closure", "JSON_CONTAINS": "the same", "JSON_EXTRACT_PATH": "names that are not constant",
	"JSON_EXTRACT_PATH_TEXT": "the same", "JSON_TYPE": "upper case", "JSON_OBJECT": "its one sample has no value for the key",
}

func TestFunctionsAllocateNothingForARow(t *testing.T) {
	for _, fn := range Functions() {
		if allocating[fn.Name] != "" || fn.Group == GroupTime || fn.Group == GroupSession {
			continue
		}
		for i, s := range fn.Signatures() {
			if fn.forms[i].rewrite != nil {
				continue
			}
			args := arguments(t, s)
			types := make([]sqltypes.Type, len(args))
			for i, n := range args {
				types[i] = n.Type()
			}
			b := tuple.NewBatch(tuple.NewLayout(types))
			row := b.AddRow()
			list := make([]Node, len(args))
			for i, n := range args {
				require.NoError(t, b.SetValue(row, i, n.(*Const).V))
				if list[i] = n; i == 0 || fn.Group != GroupJSON && fn.Group != GroupRegexp { // there the rest is as good as always constant
					list[i] = &Column{Index: i, Name: "c", T: types[i]}
				}
			}
			n, err := NewCall(fn.Name, list)
			require.NoError(t, err, "%s(%s)", fn.Name, s.Arguments)
			c, err := Compile(n, b.Layout)
			require.NoError(t, err)
			f := &Frame{Row: b.Row(0)}
			if c.eval(f); f.Err != nil { // an error ends the statement
				continue
			}
			assert.Zero(t, testing.AllocsPerRun(20, func() {
				f.Scratch, f.Err = f.Scratch[:0], nil
				c.eval(f)
			}), "%s(%s)", fn.Name, s.Arguments)
		}
	}
}
