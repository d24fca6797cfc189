package sqltypes

import (
	"math"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parse(t testing.TB, s string) Num {
	d, err := ParseNum(s)
	require.NoError(t, err, s)
	return d
}

func TestDivisionHasPostgreSQLsScale(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"1", "3", "0.33333333333333333333"},
		{"10", "4", "2.5000000000000000"},
		{"7.0", "2", "3.5000000000000000"},
		{"2", "3.00000", "0.66666666666666666667"},
		{"-1", "3", "-0.33333333333333333333"},
		{"1e6", "7", "142857.142857142857"},
		{"0", "5", "0.00000000000000000000"},
		{"0.000001", "3", "0.000000333333333333333333"},
		{"9223372036854775807", "-1", "-9223372036854775807"},
		{"123456789012345678901234567890", "10", "12345678901234567890123456789.000000000000"},
	} {
		q, err := parse(t, c.a).Quo(parse(t, c.b))
		require.NoError(t, err)
		if c.a == "9223372036854775807" || len(c.a) > 25 {
			assert.Zero(t, q.Cmp(parse(t, c.want)), "%s / %s = %s", c.a, c.b, q)
			continue
		}
		assert.Equal(t, c.want, q.String(), "%s / %s", c.a, c.b)
	}
	_, err := parse(t, "1").Quo(parse(t, "0.00"))
	require.ErrorIs(t, err, ErrDivisionByZero)
	_, err = parse(t, "1").Rem(parse(t, "0.00"))
	require.ErrorIs(t, err, ErrDivisionByZero)
}

func TestDecimalsReadAndPrintWithTheirScale(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "8.3700": "8.3700", ".5": "0.5", "5.": "5", "+1.0": "1.0", "-0.05": "-0.05", "1e3": "1000", "1.5e-3": "0.0015", "12e-1": "1.2",
		"9223372036854775807": "9223372036854775807", "-9223372036854775808": "-9223372036854775808", "9223372036854775808": "9223372036854775808",
		"0.00": "0.00", "-123456789012345678901234567890.5": "-123456789012345678901234567890.5", "1E+2": "100", "000123.4500": "123.4500",
	} {
		assert.Equal(t, want, parse(t, in).String(), in)
	}
	for _, bad := range []string{"", ".", "-", "+", "e5", "1e", "--1", "+-1", "1.2.3", "0x1", "1_000", " 1", "1 ", "NaN", "Infinity", "1e1.5", "१"} {
		_, err := ParseNum(bad)
		require.ErrorIs(t, err, ErrDecimalSyntax, bad)
	}
	for _, big := range []string{"1e1001", "1e-1001", "1e999999999999999999999", "1e999999999"} {
		_, err := ParseNum(big)
		require.ErrorIs(t, err, ErrDecimalOverflow, big)
	}
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		in           string
		scale        int
		round, trunc string
	}{
		{"2.5", 0, "3", "2"}, {"-2.5", 0, "-3", "-2"}, {"2.345", 2, "2.35", "2.34"}, {"1250", -2, "1300", "1200"}, {"-1250", -2, "-1300", "-1200"},
		{"0.4", 0, "0", "0"}, {"1", 3, "1.000", "1.000"}, {"99.995", 2, "100.00", "99.99"}, {"49", -2, "0", "0"}, {"50", -2, "100", "0"},
		{"92233720368547758.075", 2, "92233720368547758.08", "92233720368547758.07"}, {"1", 25, "1.0000000000000000000000000", "1.0000000000000000000000000"},
	} {
		assert.Equal(t, c.round, parse(t, c.in).Round(c.scale).String(), "round %s %d", c.in, c.scale)
		assert.Equal(t, c.trunc, parse(t, c.in).Trunc(c.scale).String(), "trunc %s %d", c.in, c.scale)
	}
	for in, want := range map[string][2]string{"2.1": {"2", "3"}, "-2.1": {"-3", "-2"}, "2.0": {"2", "2"}, "-0.5": {"-1", "0"}, "1e30": {"1000000000000000000000000000000", "1000000000000000000000000000000"}} {
		assert.Equal(t, want[0], parse(t, in).Floor().String(), "floor %s", in)
		assert.Equal(t, want[1], parse(t, in).Ceil().String(), "ceil %s", in)
	}
}

// rat is the exact value.
func rat(d Num) *big.Rat {
	return new(big.Rat).SetFrac(d.Coefficient(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale())), nil))
}

func checkArithmetic(t testing.TB, a, b Num) {
	ra, rb := rat(a), rat(b)
	if a.Cmp(b) != ra.Cmp(rb) {
		t.Fatalf("%s compares with %s as %d", a, b, a.Cmp(b))
	}
	type op struct {
		name  string
		got   func() (Num, error)
		want  *big.Rat
		scale int
	}
	for _, o := range []op{
		{"+", func() (Num, error) { return a.Add(b) }, new(big.Rat).Add(ra, rb), max(a.Scale(), b.Scale())},
		{"-", func() (Num, error) { return a.Sub(b) }, new(big.Rat).Sub(ra, rb), max(a.Scale(), b.Scale())},
		{"*", func() (Num, error) { return a.Mul(b) }, new(big.Rat).Mul(ra, rb), a.Scale() + b.Scale()},
	} {
		got, err := o.got()
		if err != nil {
			t.Fatalf("%s %s %s: %v", a, o.name, b, err)
		}
		if rat(got).Cmp(o.want) != 0 || got.Scale() != o.scale {
			t.Fatalf("%s %s %s = %s of scale %d", a, o.name, b, got, got.Scale())
		}
	}
	if b.Sign() == 0 {
		return
	}
	q, err := a.Quo(b)
	if err != nil {
		t.Fatalf("%s / %s: %v", a, b, err)
	}
	// rounded: off by half a unit of the last place at most
	off := new(big.Rat).Sub(rat(q), new(big.Rat).Quo(ra, rb))
	half := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Mul(big.NewInt(2), pow10(q.Scale())))
	if off.Abs(off).Cmp(half) > 0 {
		t.Fatalf("%s / %s = %s is off by %s", a, b, q, off)
	}
	r, err := a.Rem(b)
	if err != nil {
		t.Fatalf("%s %% %s: %v", a, b, err)
	}
	whole := new(big.Rat).Quo(ra, rb)
	cut := new(big.Int).Quo(whole.Num(), whole.Denom())
	want := new(big.Rat).Sub(ra, new(big.Rat).Mul(rb, new(big.Rat).SetInt(cut)))
	if rat(r).Cmp(want) != 0 {
		t.Fatalf("%s %% %s = %s", a, b, r)
	}
}

func checkForms(t testing.TB, d Num) {
	if back := parse(t, d.String()); back.Cmp(d) != 0 || back.Scale() != d.Scale() {
		t.Fatalf("%s reads back as %s", d, back)
	}
	wide, err := ParseWide(d.AppendWide(nil))
	if err != nil || wide.Cmp(d) != 0 || wide.Scale() != d.Scale() {
		t.Fatalf("the wide form of %s gives %s, %v", d, wide, err)
	}
	if c, ok := d.Small(); ok {
		if slot, ok := PackDecimal(c, d.Scale()); ok {
			c2, s2, ok := UnpackDecimal(slot)
			if !ok || c2 != c || s2 != d.Scale() {
				t.Fatalf("%s packs as %x", d, slot)
			}
		}
	}
	trimmed := d.TrimZeros()
	if trimmed.Cmp(d) != 0 || trimmed.Scale() > d.Scale() {
		t.Fatalf("%s without zeros is %s", d, trimmed)
	}
	if s := trimmed.String(); trimmed.Scale() > 0 && s[len(s)-1] == '0' {
		t.Fatalf("%s keeps a zero: %s", d, s)
	}
	if d.Neg().Neg().Cmp(d) != 0 || d.Abs().Sign() < 0 {
		t.Fatalf("signs of %s", d)
	}
	if f, _ := new(big.Rat).Set(rat(d)).Float64(); f != d.Float64() {
		t.Fatalf("%s is the float %v, not %v", d, f, d.Float64())
	}
}

func TestArithmeticAtTheEdgesOfInt64(t *testing.T) {
	var nums []Num
	for _, c := range []int64{math.MinInt64, math.MinInt64 + 1, -1 << 56, -1<<56 - 1, -10, -1, 0, 1, 3, 10, 1<<56 - 1, 1 << 56, math.MaxInt64 - 1, math.MaxInt64} {
		for _, s := range []int{0, 1, 2, 18, 19, 40, 63, 64} {
			nums = append(nums, NewNum(c, s))
		}
	}
	nums = append(nums, NewNum(5, -3), parse(t, "1e50"), parse(t, "-1e50"), parse(t, "1e-50"))
	for _, a := range nums {
		checkForms(t, a)
		for _, b := range nums {
			checkArithmetic(t, a, b)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	f.Add("1.50", "-0.333")
	f.Add("9223372036854775807", "1e-20")
	f.Fuzz(func(t *testing.T, s1, s2 string) {
		a, err := ParseNum(s1)
		if err != nil || a.Scale() > 80 || a.Precision() > 120 {
			return
		}
		checkForms(t, a)
		if b, err := ParseNum(s2); err == nil && b.Scale() <= 80 && b.Precision() <= 120 {
			checkArithmetic(t, a, b)
		}
	})
}

func TestSmallDecimalsCostNoAllocation(t *testing.T) {
	a, b, sink := NewNum(12345, 2), NewNum(-678, 4), 0
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		s, _ := a.Add(b)
		p, _ := s.Mul(b)
		sink += p.Cmp(a)
	}))
	assert.NotZero(t, sink)
}

func TestFloatsBecomeTheDecimalTheyPrintAs(t *testing.T) {
	for f, want := range map[float64]string{0.1: "0.1", 1e20: "100000000000000000000", 2.50: "2.5", -1.0 / 3: "-0.333333333333333", 0: "0", 123456789012345678: "123456789012346000"} {
		d, err := NumFromFloat(f)
		require.NoError(t, err)
		assert.Equal(t, want, d.String())
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := NumFromFloat(f)
		require.ErrorIs(t, err, ErrDecimalOverflow)
	}
}

// testdata/division15.tsv holds quotients that PostgreSQL 15 gives for random
// decimals: dividend, divisor, quotient.
func TestRandomQuotientsAreThoseOfPostgreSQL(t *testing.T) {
	b, err := os.ReadFile("testdata/division15.tsv")
	require.NoError(t, err)
	lines := strings.Fields(string(b))
	require.NotEmpty(t, lines)
	for ; len(lines) >= 3; lines = lines[3:] {
		q, err := parse(t, lines[0]).Quo(parse(t, lines[1]))
		require.NoError(t, err)
		assert.Equal(t, lines[2], q.String(), "%s / %s", lines[0], lines[1])
	}
	assert.Empty(t, lines)
}

func TestCuttingSmallAndWideCoefficientsAgrees(t *testing.T) {
	for _, c := range []int64{0, 1, -1, 4, 5, -5, 6, 49, 50, 51, -49, -50, -51, 149, 150, -150, 999, -999, math.MaxInt64, math.MinInt64, math.MaxInt64 / 2} {
		for from := range 19 {
			for to := range from {
				d := NewNum(c, from)
				r, ok := d.cutSmall(to, true)
				require.True(t, ok)
				assert.Equal(t, d.toScale(to, quoHalfAway).String(), r.String(), "round %s to %d", d, to)
				r, ok = d.cutSmall(to, false)
				require.True(t, ok)
				assert.Equal(t, d.toScale(to, func(n, p *big.Int) *big.Int { return new(big.Int).Quo(n, p) }).String(), r.String(), "cut %s to %d", d, to)
			}
		}
	}
}
