package odata

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// maxDigits are what a binary floating point number keeps of any decimal, and what
// every server that prints one prints.
const maxDigits = 15

var certainUnits = big.NewInt(1_000_000_000_000_000) // 10^maxDigits

// units is a number as a whole one of the last digit that its column has. ok is
// false where it has more digits than that, or more than are certain.
func units(v sqltypes.Num, scale int) (n *big.Int, ok bool) {
	v = v.TrimZeros()
	if v.Scale() > scale {
		return nil, false
	}
	n = v.Coefficient()
	n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-v.Scale())), nil))
	return n, n.CmpAbs(certainUnits) < 0
}

// believed says what is wrong with the numbers of a group, "" if they are as exact
// arithmetic would have them.
func (g *grouping) believed(part *groupPart, x *group) string {
	for i, m := range part.methods {
		p, v := &g.t.set.Properties[m.column], x.values[i]
		if v.Null {
			return fmt.Sprintf("it gives no %s of %s where there are %d values", m.name, p.Name, x.n)
		}
		if v.Kind != sqltypes.Decimal {
			if p.Enum != nil && !p.Enum.has(v.S) {
				return fmt.Sprintf("it gives %q for %s, which is no member of %s", v.S, p.Name, p.Enum.Name)
			}
			continue
		}
		why := ""
		switch m.name {
		case methodSum:
			why = g.believedSum(part, x, m, v.D)
		case methodDistinct:
			if d, ok := v.D.Int64(); !v.D.IsInt() || !ok || d < 1 || d > x.n {
				why = fmt.Sprintf("it counts %s distinct values of %s among %d", v.D, p.Name, x.n)
			}
		default:
			if _, ok := units(v.D, p.decimals()); !ok {
				why = fmt.Sprintf("the %s of %s, %s, has more digits than are certain", m.name, p.Name, v.D)
			}
		}
		if why != "" {
			return why
		}
	}
	return ""
}

// believedSum holds a sum against the number of values, the least and the greatest:
// whether the server adds in 32 bits, in 64, in decimals or in binary floating point,
// it must come to the same.
func (g *grouping) believedSum(part *groupPart, x *group, m method, sum sqltypes.Num) string {
	p := &g.t.set.Properties[m.column]
	scale := p.decimals()
	total, ok := units(sum, scale)
	least, okMin := units(part.value(x, m.column, methodMin), scale)
	most, okMax := units(part.value(x, m.column, methodMax), scale)
	if !ok || !okMin || !okMax {
		return fmt.Sprintf("the sum of %s, %s, has more digits than are certain", p.Name, sum)
	}
	n := big.NewInt(x.n)
	low, high := new(big.Int).Mul(n, least), new(big.Int).Mul(n, most)
	if total.Cmp(low) < 0 || total.Cmp(high) > 0 {
		return fmt.Sprintf("%d values of %s from %s to %s cannot add up to %s", x.n, p.Name, part.value(x, m.column, methodMin), part.value(x, m.column, methodMax), sum)
	}
	// The absolute values add up to no more than this.
	reach := new(big.Int).Abs(total)
	if least.Sign() < 0 && most.Sign() > 0 {
		reach.Mul(n, slices.MaxFunc([]*big.Int{least, most}, (*big.Int).CmpAbs))
		reach.Abs(reach)
	}
	if scale == 0 {
		// Every sum on the way is a whole number below 2^53.
		if reach.Cmp(certainUnits) >= 0 {
			return fmt.Sprintf("sums of %s may reach more digits than are certain", p.Name)
		}
		if p.Edm != "Edm.Int64" && p.Edm != "Edm.Decimal" && wrapped32(total, low, high) {
			return fmt.Sprintf("the sum of %s, %s, may have lost bits beyond 32", p.Name, sum)
		}
		return ""
	}
	// n+1 roundings to 53 bits shift the sum by less than half of its last digit.
	reach.Mul(reach, n.Add(n, big.NewInt(1)))
	if reach.BitLen() > 52 {
		return fmt.Sprintf("in binary floating point the last digit of the sum of %s might be another", p.Name)
	}
	return ""
}

// wrapped32 says that a sum between two bounds may be another one that lost its bits
// beyond 32.
func wrapped32(total, low, high *big.Int) bool {
	if !total.IsInt64() || total.Int64() != int64(int32(total.Int64())) {
		return false // it did not
	}
	lap := big.NewInt(math.MaxUint32 + 1)
	return new(big.Int).Sub(total, lap).Cmp(low) >= 0 || new(big.Int).Add(total, lap).Cmp(high) <= 0
}

// decimals is the number of digits behind the point of a number property.
func (p *Property) decimals() int {
	if p.Edm == "Edm.Decimal" {
		return p.Type.Scale
	}
	return 0
}

// value is the outcome of a method that was asked of a column.
func (part *groupPart) value(x *group, column int, name string) sqltypes.Num {
	return x.values[slices.Index(part.methods, method{column, name})].D
}

// believedKey says what is wrong with the values that make a group.
func (g *grouping) believedKey(x *group) string {
	for i, c := range g.by {
		p, v := &g.t.set.Properties[c.column], x.key[i]
		switch {
		case v.Null && c.isNull == "":
			return fmt.Sprintf("it groups by %s without telling its value", p.Name)
		case v.Null:
		case p.Enum != nil && !p.Enum.has(v.S):
			return fmt.Sprintf("it gives %q for %s, which is no member of %s", v.S, p.Name, p.Enum.Name)
		case p.Edm == "Edm.Int64" || p.Edm == "Edm.Decimal":
			number := v.D
			if v.Kind != sqltypes.Decimal {
				number = sqltypes.NumFromInt(v.I)
			}
			if _, ok := units(number, p.decimals()); !ok {
				return fmt.Sprintf("groups by %s have more digits than are certain", p.Name)
			}
		}
	}
	return ""
}

func (e *Enum) has(name string) bool {
	return slices.ContainsFunc(e.Members, func(m EnumMember) bool { return m.Name == name })
}
