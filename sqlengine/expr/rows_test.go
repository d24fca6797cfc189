package expr

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

var rowTypes = []sqltypes.Type{
	sqltypes.Of(sqltypes.BigInt), sqltypes.Of(sqltypes.Varchar), sqltypes.DecimalType(18, 2), sqltypes.Of(sqltypes.Bool),
	sqltypes.Of(sqltypes.Date), sqltypes.Of(sqltypes.Double), sqltypes.DecimalType(18, 5), sqltypes.Of(sqltypes.Integer),
}

func rowColumns() map[string]*Column {
	cols := map[string]*Column{}
	for i, n := range []string{"I", "S", "N", "B", "D", "F", "P", "J"} {
		cols[n] = &Column{Index: i, Name: n, T: rowTypes[i]}
	}
	return cols
}

// sampleBatch holds rows whose values vary, every seventh all NULL.
func sampleBatch(t testing.TB, rows int) *tuple.Batch {
	b := tuple.NewBatch(tuple.NewLayout(rowTypes))
	for i := range rows {
		row := b.AddRow()
		if i%7 == 6 {
			continue
		}
		b.Layout.SetInt(row, 0, int64(i))
		require.NoError(t, b.SetString(row, 1, fmt.Sprintf("EPIC%02d-%d", i%20, i)))
		require.NoError(t, b.SetNum(row, 2, sqltypes.NewNum(int64(i*125), 2)))
		b.Layout.SetInt(row, 3, int64(i%2))
		b.Layout.SetInt(row, 4, 19000+int64(i%1000))
		b.Layout.SetFloat(row, 5, float64(i)/4)
		require.NoError(t, b.SetNum(row, 6, sqltypes.NewNum(int64(i%50)*100000, 5)))
		b.Layout.SetInt(row, 7, int64(i%10))
	}
	return b
}

func countTrue(t testing.TB, sql string, b *tuple.Batch) int {
	n, err := parseSQL(sql, rowColumns())
	require.NoError(t, err, sql)
	test, err := Predicate(n, b.Layout)
	require.NoError(t, err, sql)
	f, hits := &Frame{}, 0
	for i := range b.Len() {
		f.Row, f.Scratch = b.Row(i), f.Scratch[:0]
		ok, err := test(f)
		require.NoError(t, err, sql)
		hits += int(b2i(ok))
	}
	return hits
}

func TestEveryRowIsTrueFalseOrNull(t *testing.T) {
	b := sampleBatch(t, 700)
	for _, cond := range []string{
		"I > 100", "I = 5", "5 = I", "100 < I", "I <> 5", "S = 'EPIC05-5'", "S <> 'EPIC05-5'", "S LIKE 'EPIC0%'", "S LIKE '%5'", "S LIKE '%0_-%'",
		"N > 100.5", "N = 12.5", "N * P > 40", "B", "B AND S LIKE 'EPIC0%' AND N * P > 40", "I IN (1, 2, 3)", "S IN ('EPIC01-1', 'x')", "N IN (1.250, 2.5)",
		"F >= 10", "F IN (0.25, 1)", "D > '2022-03-01'", "I = J", "N > P", "F > J", "I BETWEEN 10 AND 20", "B OR I > 600", "I IN (1, J)", "S ILIKE 'epic1%'",
		"I IS DISTINCT FROM 5 AND I IS NOT NULL", "CASE WHEN B THEN I ELSE J END > 5", "UPPER(S) = 'EPIC05-5'", "S = CONCAT('EPIC0', J, '-', I)", "B = (J > 3)", "I % 3 = 1", "S ~ '^EPIC1'",
	} {
		hits := countTrue(t, cond, b)
		not := countTrue(t, "NOT ("+cond+")", b)
		unknown := countTrue(t, "("+cond+") IS UNKNOWN", b)
		isTrue := countTrue(t, "("+cond+") IS TRUE", b)
		assert.Equal(t, 700, hits+not+unknown, cond)
		assert.Equal(t, hits, isTrue, cond)
		assert.Positive(t, hits, cond)
		assert.Equal(t, hits, countTrue(t, "CASE WHEN "+cond+" THEN TRUE END", b), cond)
	}
}

func TestErrorsReachTheFrameAndNothingElse(t *testing.T) {
	b := sampleBatch(t, 3)
	run := func(sql string, row int) (bool, error) {
		n, err := parseSQL(sql, rowColumns())
		require.NoError(t, err)
		test, err := Predicate(n, b.Layout)
		require.NoError(t, err)
		return test(&Frame{Row: b.Row(row)})
	}
	ok, err := run("I = 0 OR 1 / I > 0", 0)
	require.NoError(t, err)
	assert.True(t, ok)
	_, err = run("1 / I > 0 OR I = 0", 0)
	require.ErrorIs(t, err, errDivZero)
	ok, err = run("1 / I > 0 OR I = 0", 1)
	require.NoError(t, err)
	assert.True(t, ok)
	_, err = run("I IN (7, 1 / I)", 0)
	require.ErrorIs(t, err, errDivZero)
	_, err = run("CONCAT(1 / I) = ''", 0)
	require.ErrorIs(t, err, errDivZero)
	_, err = run("COALESCE(1 / I, 5) = 5", 0)
	require.ErrorIs(t, err, errDivZero)
}

func TestOuterRowsAndLateConstantsAreRead(t *testing.T) {
	types := make([]sqltypes.Type, 70) // two slots of null bits
	for i := range types {
		types[i] = sqltypes.Of(sqltypes.BigInt)
	}
	ob := tuple.NewBatch(tuple.NewLayout(types))
	row := ob.AddRow()
	ob.Layout.SetInt(row, 69, 42)
	inner := sampleBatch(t, 50)
	set := sqltypes.StringValue("EPIC02-42")
	late := &Late{Set: &set, Name: "$1", T: sqltypes.Of(sqltypes.Varchar)}
	outerCol := &Outer{Level: 1, Index: 69, Name: "o.x", T: sqltypes.Of(sqltypes.BigInt)}
	c, err := NewBinary("=", rowColumns()["I"], outerCol)
	require.NoError(t, err)
	d, err := NewBinary("=", rowColumns()["S"], late)
	require.NoError(t, err)
	both, err := And(c, d)
	require.NoError(t, err)
	test, err := Predicate(both, inner.Layout)
	require.NoError(t, err)
	var hits []int
	for i := range inner.Len() {
		f := &Frame{Row: inner.Row(i), Outer: &Frame{Row: ob.Row(0)}}
		ok, err := test(f)
		require.NoError(t, err)
		if ok {
			hits = append(hits, i)
		}
	}
	assert.Equal(t, []int{42}, hits)
	for n := range 200 {
		l := tuple.NewLayout(make([]sqltypes.Type, n))
		assert.Equal(t, l.NullSlots(), nullSlots(tuple.Row{Slots: make([]uint64, l.Stride())}), n)
	}
}

func TestHotPredicatesAllocateNothing(t *testing.T) {
	b := sampleBatch(t, 64)
	for _, sql := range []string{
		"B AND S LIKE 'EPIC0%' AND N * P > 40", "I > 100 OR S = 'x'", "I IN (1, 2, 3)", "S IN ('a', 'EPIC01-1')", "N IN (1.25, 3)", "N > 10.5",
		"UPPER(S) = 'X'", "S LIKE '%0_-%'", "S ILIKE 'epic%'", "CASE WHEN B THEN I ELSE J END > 5", "F > 3.5", "D >= '2022-03-01'", "I + J * 2 > 7",
		"COALESCE(I, J, 3) = 3", "YEAR(D) = 2022", "CONCAT(S, I, N) = 'x'", "SUBSTRING(S, 1, 4) = 'EPIC'", "N + P = 5", "I IS NULL OR I = N",
		"D + INTERVAL '1 day' > '2022-03-01'",
	} {
		n, err := parseSQL(sql, rowColumns())
		require.NoError(t, err, sql)
		test, err := Predicate(Fold(n), b.Layout)
		require.NoError(t, err, sql)
		f := &Frame{Scratch: make([]byte, 0, 1<<12)}
		allocs := testing.AllocsPerRun(20, func() {
			for i := range b.Len() {
				f.Row, f.Scratch = b.Row(i), f.Scratch[:0]
				if _, err := test(f); err != nil {
					t.Fatal(err)
				}
			}
		})
		assert.Zero(t, allocs, sql)
	}
}

func TestLongListsAreHashed(t *testing.T) {
	list := make([]Node, 100_000)
	for i := range list {
		list[i] = NewConst(sqltypes.IntValue(int64(i * 2)))
	}
	n, err := NewIn(rowColumns()["I"], list, false)
	require.NoError(t, err)
	b := sampleBatch(t, 70)
	test, err := Predicate(n, b.Layout)
	require.NoError(t, err)
	hits := 0
	for i := range b.Len() {
		ok, err := test(&Frame{Row: b.Row(i)})
		require.NoError(t, err)
		hits += int(b2i(ok))
	}
	assert.Equal(t, 30, hits)
	assert.Less(t, len(n.String()), 200, "EXPLAIN shows the beginning only")
}

// BenchmarkFilter is the filter of the design's measurements: a boolean, a
// prefix, and a product of decimals against a constant.
func BenchmarkFilter(b *testing.B) {
	batch := sampleBatch(b, 1024)
	n, err := parseSQL("B AND S LIKE 'EPIC%' AND N * P > 40", rowColumns())
	require.NoError(b, err)
	test, err := Predicate(n, batch.Layout)
	require.NoError(b, err)
	f, hits := &Frame{}, 0
	for b.Loop() {
		for i := range batch.Len() {
			f.Row = batch.Row(i)
			ok, err := test(f)
			if err != nil {
				b.Fatal(err)
			}
			hits += int(b2i(ok))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/row")
	if hits == 0 {
		b.Fatal("no row passed")
	}
}
