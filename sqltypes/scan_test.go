package sqltypes

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADecimalIsScannedFromWhatDriversHandOver(t *testing.T) {
	for _, test := range []struct {
		from any
		want string
	}{
		{"1234.56000", "1234.56000"}, {[]byte("-0.5"), "-0.5"}, {int64(42), "42"}, {0.1, "0.1"}, {1e21, "1000000000000000000000"},
		{NewNum(5, 1), "0.5"}, {"123456789012345678901234567890.5", "123456789012345678901234567890.5"},
	} {
		var d Num
		require.NoError(t, d.Scan(test.from))
		assert.Equal(t, test.want, d.String())
	}
}

func TestWhatIsNoDecimalIsRefused(t *testing.T) {
	for _, from := range []any{nil, true, "abc", []byte(""), math.NaN(), math.Inf(1)} {
		d := NewNum(7, 0)
		assert.ErrorIs(t, d.Scan(from), ErrDecimalSyntax, "%v", from)
	}
}

func TestDecimalsKeepTheirDigitsAsText(t *testing.T) {
	text, err := json.Marshal(map[string]Num{"price": NewNum(1050, 2)})
	require.NoError(t, err)
	assert.Equal(t, `{"price":"10.50"}`, string(text))
	var back map[string]Num
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, NewNum(1050, 2), back["price"])
}

func TestSmallDecimalsPrintAsBigOnesDo(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	check := func(coef int64, scale int) {
		digits := new(big.Int).Abs(big.NewInt(coef)).String()
		if n := scale + 1 - len(digits); n > 0 {
			digits = strings.Repeat("0", n) + digits
		}
		want := digits
		if scale > 0 {
			want = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
		}
		if coef < 0 {
			want = "-" + want
		}
		require.Equal(t, want, string(AppendSmall(nil, coef, scale)), "%d scale %d", coef, scale)
	}
	for scale := range 40 {
		for _, coef := range []int64{0, 1, -1, 9, 10, 99, 100, 101, math.MaxInt64, math.MinInt64} {
			check(coef, scale)
		}
		for range 500 {
			check(int64(r.Uint64())>>r.IntN(64), scale)
		}
	}
}
