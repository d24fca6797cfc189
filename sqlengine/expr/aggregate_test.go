package expr

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func readType(name string) sqltypes.Type {
	return (&sqlReader{toks: []string{name}}).typeName()
}

// valuesOf makes rows of one column from the texts of test data.
func valuesOf(t testing.TB, typ sqltypes.Type, texts []string) *tuple.Batch {
	b := tuple.NewBatch(tuple.NewLayout([]sqltypes.Type{typ}))
	for _, s := range texts {
		row := b.AddRow()
		if s == "NULL" {
			continue
		}
		if s[0] == '\'' {
			s = unquote(s)
		}
		n, err := Coerce(NewConst(sqltypes.StringValue(s)), typ)
		require.NoError(t, err)
		require.NoError(t, b.SetValue(row, 0, n.(*Const).V))
	}
	return b
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}

// resultOf prints a group's result.
func resultOf(t testing.TB, a *Aggregate, s States, group int) (string, error) {
	out := tuple.NewBatch(tuple.NewLayout([]sqltypes.Type{a.Type()}))
	if err := s.Store(group, out, out.AddRow(), 0); err != nil {
		return "", err
	}
	v := out.Layout.Value(out.Row(0), 0)
	if v.Null {
		return "NULL", nil
	}
	return v.Text(), nil
}

// testdata/aggregates15.tsv holds what PostgreSQL 15 answers: function,
// all or distinct, type, values, result ("!" for an error).
func TestAggregatesAreThoseOfPostgreSQL(t *testing.T) {
	own := map[string]string{
		// of equal values the last one stays, with DISTINCT too
		"MIN distinct DECIMAL 1000|1000.0|1000.00": "1000.00", "MAX distinct DECIMAL 1000|1000.0|1000.00": "1000.00",
		// a mean needs no squares: PostgreSQL's overflows with them
		"AVG all FLOAT8 1e300|1": "5e+299", "AVG distinct FLOAT8 1e300|1": "5e+299",
	}
	for _, l := range tsv(t, "testdata/aggregates15.tsv") {
		require.Len(t, l, 5)
		name := strings.Join(l[:4], " ")
		want := l[4]
		if o, ok := own[name]; ok {
			want = o
		}
		typ := readType(l[2])
		args := []Node{&Column{Name: "x", T: typ}}
		if l[0] == "STRING_AGG" {
			args = append(args, NewConst(sqltypes.StringValue(",")))
		}
		a, err := NewAggregate(l[0], args, l[1] == "distinct", false)
		require.NoError(t, err, name)
		b := valuesOf(t, typ, split(l[3]))
		states, err := a.Compile(b.Layout)
		require.NoError(t, err, name)
		states.Grow(3)
		half, err := a.Compile(b.Layout)
		require.NoError(t, err)
		half.Grow(1)
		f := &Frame{}
		for i := range b.Len() {
			f.Row = b.Row(i)
			states.Add(1, f) // all rows
			if i < b.Len()/2 {
				states.Add(2, f) // the first rows, joined with the rest below
			} else {
				half.Add(0, f)
			}
		}
		got, err := resultOf(t, a, states, 1)
		if f.Err != nil || err != nil {
			got = "!"
		}
		assert.Equal(t, want, got, name)
		if mergeErr := states.Merge(2, half, 0); mergeErr == nil && f.Err == nil && typ.Kind.Storage() != sqltypes.StoreFloat {
			merged, err := resultOf(t, a, states, 2)
			if err != nil {
				merged = "!"
			}
			assert.Equal(t, want, merged, "%s, merged", name)
		} else {
			assert.True(t, f.Err != nil || mergeErr == nil || errors.Is(mergeErr, errNoMerge), name)
		}
		empty, err := resultOf(t, a, states, 0)
		require.NoError(t, err)
		if a.Name == "COUNT" {
			assert.Equal(t, "0", empty)
		} else {
			assert.Equal(t, "NULL", empty, name)
		}
		assert.Positive(t, states.Bytes())
	}
}

func TestAggregatesRefuseWhatTheyCannotDo(t *testing.T) {
	text := &Column{Name: "s", T: sqltypes.Of(sqltypes.Varchar)}
	for _, c := range []struct {
		name     string
		args     []Node
		distinct bool
		star     bool
		want     string
	}{
		{"SUM", []Node{text}, false, false, "SUM(VARCHAR) is not defined"},
		{"SUMM", []Node{text}, false, false, "aggregate function SUMM(VARCHAR) is not known; did you mean `SUM`?"},
		{"MAX", nil, false, true, "MAX(*) is not defined; only COUNT(*) is"},
		{"AVG", nil, false, false, "AVG takes an argument"},
		{"STRING_AGG", []Node{text, text, text}, false, false, "STRING_AGG takes a text and a separator"},
		{"PERCENTILE_CONT", []Node{text}, false, false, "PERCENTILE_CONT needs WITHIN GROUP (ORDER BY …)"},
		{"BIT_AND", []Node{text}, false, false, "BIT_AND(VARCHAR) is not defined"},
		{"CORR", []Node{text, text}, false, false, "CORR(VARCHAR, VARCHAR) is not defined"},
		{"JSON_OBJECT_AGG", []Node{text}, false, false, "JSON_OBJECT_AGG takes a key and a value"},
		{"COUNT", nil, true, true, "COUNT(DISTINCT *) is not defined; name the columns"},
		{"COUNT", []Node{text, text}, false, false, "COUNT takes one argument, or * , or several after DISTINCT"},
		{"BOOL_AND", []Node{text}, false, false, "BOOL_AND needs BOOLEAN operands, not VARCHAR: s"},
	} {
		_, err := NewAggregate(c.name, c.args, c.distinct, c.star)
		require.EqualError(t, err, c.want)
	}
}

func TestSumOfManyBeyondInt64StaysExact(t *testing.T) {
	typ := sqltypes.DecimalType(18, 2)
	b := valuesOf(t, typ, []string{"9999999999999999.99"})
	a, err := NewAggregate("SUM", []Node{&Column{Name: "x", T: typ}}, false, false)
	require.NoError(t, err)
	s, err := a.Compile(b.Layout)
	require.NoError(t, err)
	s.Grow(1)
	f := &Frame{Row: b.Row(0)}
	for range 100_000 {
		s.Add(0, f)
	}
	got, err := resultOf(t, a, s, 0)
	require.NoError(t, err)
	assert.Equal(t, "999999999999999999000.00", got)
}

func TestAddingARowAllocatesNothing(t *testing.T) {
	b := sampleBatch(t, 64)
	cols := rowColumns()
	for _, c := range []struct{ fn, col string }{{"COUNT", "S"}, {"SUM", "I"}, {"SUM", "N"}, {"AVG", "N"}, {"MIN", "S"}, {"MAX", "N"}, {"STDDEV", "F"}, {"STDDEV", "N"}, {"COUNT", "J"}} {
		for _, distinct := range []bool{false, true} {
			a, err := NewAggregate(c.fn, []Node{cols[c.col]}, distinct, false)
			require.NoError(t, err)
			s, err := a.Compile(b.Layout)
			require.NoError(t, err)
			s.Grow(8)
			f := &Frame{}
			add := func() {
				for i := range b.Len() {
					f.Row = b.Row(i)
					s.Add(i%8, f)
				}
			}
			add()
			assert.Zero(t, testing.AllocsPerRun(10, add), fmt.Sprint(a))
			s.Reset()
			s.Grow(1)
			got, err := resultOf(t, a, s, 0)
			require.NoError(t, err)
			assert.Contains(t, []string{"0", "NULL"}, got, "%s after Reset", a)
		}
	}
}

// BenchmarkGroups adds rows to 20,000 groups, as GROUP BY does after it has
// found the group.
func BenchmarkGroups(b *testing.B) {
	batch := sampleBatch(b, 1024)
	cols := rowColumns()
	for _, c := range []struct{ fn, col string }{{"COUNT", "I"}, {"SUM", "I"}, {"SUM", "N"}, {"MAX", "D"}, {"MIN", "S"}} {
		b.Run(c.fn+" "+cols[c.col].T.Kind.String(), func(b *testing.B) {
			a, err := NewAggregate(c.fn, []Node{cols[c.col]}, false, false)
			require.NoError(b, err)
			s, err := a.Compile(batch.Layout)
			require.NoError(b, err)
			s.Grow(20_000)
			f, g := &Frame{}, 0
			for b.Loop() {
				for i := range batch.Len() {
					f.Row = batch.Row(i)
					s.Add(g, f)
					if g += 7; g >= 20_000 {
						g -= 20_000
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/row")
		})
	}
}

// BenchmarkSortKey writes the sort key of a decimal and a text.
func BenchmarkSortKey(b *testing.B) {
	batch := sampleBatch(b, 1024)
	var key []byte
	for b.Loop() {
		for i := range batch.Len() {
			row := batch.Row(i)
			key = AppendSortKey(key[:0], row, batch.Layout, 2, Order{})
			key = AppendSortKey(key, row, batch.Layout, 1, Order{Desc: true})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/row")
}

func TestAnApproximateCountStaysWithinItsError(t *testing.T) {
	typ := sqltypes.Of(sqltypes.BigInt)
	a, err := NewAggregate("APPROX_COUNT_DISTINCT", []Node{&Column{Name: "x", T: typ}}, false, false)
	require.NoError(t, err)
	for _, n := range []int{0, 1, 200, 256, 257, 1000, 20_000, 300_000} {
		b := tuple.NewBatch(tuple.NewLayout([]sqltypes.Type{typ}))
		row := b.AddRow()
		whole, err := a.Compile(b.Layout)
		require.NoError(t, err)
		half, err := a.Compile(b.Layout)
		require.NoError(t, err)
		whole.Grow(2)
		half.Grow(1)
		f := &Frame{Row: b.Row(0)}
		for i := range 2 * n { // each value twice
			b.Layout.SetInt(row, 0, int64(i%max(n, 1)))
			whole.Add(0, f)
			if i%3 == 0 {
				half.Add(0, f)
			} else {
				whole.Add(1, f)
			}
		}
		require.NoError(t, whole.Merge(1, half, 0))
		out := tuple.NewBatch(tuple.NewLayout([]sqltypes.Type{typ}))
		for g := range 2 {
			require.NoError(t, whole.Store(g, out, out.AddRow(), 0))
			got := out.Layout.Value(out.Row(g), 0).I
			if n <= 256 {
				assert.EqualValues(t, n, got)
			} else {
				assert.InEpsilon(t, n, got, 3*0.01625, "three standard errors")
			}
		}
	}
}
