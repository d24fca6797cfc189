package odata

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

func number(t *testing.T, text string) sqltypes.Num {
	v, err := sqltypes.ParseNum(text)
	require.NoError(t, err)
	return v
}

func TestSumsAreBelievedWhereEveryArithmeticComesToThem(t *testing.T) {
	set := &Set{Properties: []Property{
		{Edm: "Edm.Int32", Path: []string{"I"}, Column: providers.Column{Name: "I", Type: sqltypes.Of(sqltypes.Integer)}},
		{Edm: "Edm.Int64", Path: []string{"L"}, Column: providers.Column{Name: "L", Type: sqltypes.Of(sqltypes.BigInt)}},
		{Edm: "Edm.Decimal", Path: []string{"D"}, Column: providers.Column{Name: "D", Type: sqltypes.DecimalType(18, 2)}},
	}}
	g := &grouping{t: &Table{set: set}}
	for name, test := range map[string]struct {
		column           int
		n                int64
		sum, least, most string
		believed         bool
	}{
		"a small sum":                                     {0, 3, "6", "1", "3", true},
		"a sum that a server wrote with a point":          {0, 3, "6.0", "1", "3", true},
		"one that is no whole number":                     {0, 3, "6.5", "1", "3", false},
		"one that is too small":                           {0, 3, "2", "1", "3", false},
		"one that is too great":                           {0, 3, "10", "1", "3", false},
		"of one value":                                    {0, 1, "-7", "-7", "-7", true},
		"beyond 32 bits, kept":                            {0, 3, "6000000000", "2000000000", "2000000000", true},
		"within 32 bits, where it may have been beyond":   {0, 5_000_000, "17", "-2000", "2000", false},
		"within 32 bits, where it cannot have been":       {0, 1_000_000, "17", "-2000", "2000", true},
		"of whole numbers of 64 bits":                     {1, 1000, "900000000000", "1", "999999999999", true},
		"of so great ones that a float might round":       {1, 1000, "1000000000000000", "1", "9999999999999", false},
		"whose parts may be so great":                     {1, 10_000_000_000, "5", "-9999999", "9999999", false},
		"of decimals":                                     {2, 100, "1234.56", "0.01", "99.99", true},
		"of decimals, as a float":                         {2, 3, "0.30000000000000004", "0.10", "0.10", false},
		"of decimals, with a digit too many":              {2, 3, "0.301", "0.10", "0.11", false},
		"of so many decimals that a float might be wrong": {2, 1_000_000, "9999999999.99", "0.01", "99999.99", false},
		"of decimals of both signs":                       {2, 1000, "12.34", "-50.00", "50.00", true},
		"of so many of both signs":                        {2, 3_000_000, "12.34", "-500.00", "500.00", false},
	} {
		t.Run(name, func(t *testing.T) {
			part := &groupPart{column: -1}
			x := &group{n: test.n}
			for _, m := range []struct{ name, value string }{{methodSum, test.sum}, {methodMin, test.least}, {methodMax, test.most}} {
				part.methods = append(part.methods, method{test.column, m.name})
				x.values = append(x.values, sqltypes.NumValue(number(t, m.value)))
			}
			why := g.believed(part, x)
			assert.Equal(t, test.believed, why == "", why)
		})
	}
}

func TestExtremesAndDistinctCountsAreBelievedWithinReason(t *testing.T) {
	set := &Set{Properties: []Property{
		{Edm: "Edm.Int64", Path: []string{"L"}, Column: providers.Column{Name: "L", Type: sqltypes.Of(sqltypes.BigInt), Nullable: true}},
		{Path: []string{"E"}, Enum: &Enum{Name: "NS.E", Members: []EnumMember{{Name: "Open"}}}, Column: providers.Column{Name: "E", Type: sqltypes.VarcharType(sqltypes.Unlimited)}},
	}}
	g := &grouping{t: &Table{set: set}, by: []groupColumn{{column: 0, isNull: "L eq null"}, {column: 1}}}
	one := func(name string, v sqltypes.Value) string {
		return g.believed(&groupPart{methods: []method{{0, name}}}, &group{n: 5, values: []sqltypes.Value{v}})
	}
	assert.Empty(t, one(methodMin, sqltypes.NumValue(number(t, "-999999999999999"))))
	assert.Contains(t, one(methodMax, sqltypes.NumValue(number(t, "9007199254740992"))), "more digits than are certain")
	assert.Contains(t, one(methodMin, sqltypes.NullOf(sqltypes.Decimal)), "gives no min of L where there are 5 values")
	assert.Empty(t, one(methodDistinct, sqltypes.NumValue(number(t, "5"))))
	assert.Contains(t, one(methodDistinct, sqltypes.NumValue(number(t, "6"))), "6 distinct values of L among 5")
	assert.Contains(t, one(methodDistinct, sqltypes.NumValue(number(t, "0"))), "distinct values")

	key := func(l, e sqltypes.Value) string { return g.believedKey(&group{key: []sqltypes.Value{l, e}}) }
	open := sqltypes.StringValue("Open")
	assert.Empty(t, key(sqltypes.NullOf(sqltypes.BigInt), open))
	assert.Empty(t, key(sqltypes.IntValue(7), open))
	assert.Contains(t, key(sqltypes.IntValue(1<<60), open), "more digits than are certain")
	assert.Contains(t, key(sqltypes.IntValue(7), sqltypes.StringValue("0")), "no member of NS.E")
	assert.Contains(t, key(sqltypes.IntValue(7), sqltypes.NullOf(sqltypes.Varchar)), "groups by E without telling its value")
}
