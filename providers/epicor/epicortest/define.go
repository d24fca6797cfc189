package epicortest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// system are the housekeeping columns at the end of every row of a business object.
const system = " SysRevID:l SysRowID:g BitFlag:i RowMod:s1"

// columns reads a list of Name:type. Types: s<length> string, i Int32, l Int64,
// n<precision>.<scale> decimal, d date (midnight Z), t instant, b Boolean,
// g guid; then ? for nullable and ! for computed by the service.
func columns(list string) []odatatest.Column {
	var out []odatatest.Column
	for _, f := range strings.Fields(list) {
		name, t, _ := strings.Cut(f, ":")
		c := odatatest.Column{Name: name}
		if strings.HasSuffix(t, "!") {
			c.Computed, t = true, t[:len(t)-1]
		}
		if strings.HasSuffix(t, "?") {
			c.Nullable, t = true, t[:len(t)-1]
		}
		switch t[0] {
		case 's':
			c.Type, c.MaxLength = odatatest.EdmString, number(t[1:])
		case 'n':
			p, s, _ := strings.Cut(t[1:], ".")
			c.Type, c.Precision, c.Scale = odatatest.EdmDecimal, number(p), number(s)
		default:
			c.Type = map[byte]odatatest.Type{'i': odatatest.EdmInt32, 'l': odatatest.EdmInt64, 'd': odatatest.EdmDateTime,
				't': odatatest.EdmDateTimeOffset, 'b': odatatest.EdmBoolean, 'g': odatatest.EdmGuid}[t[0]]
		}
		out = append(out, c)
	}
	return out
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("epicortest: bad column length %q", s))
	}
	return n
}

// cell computes one column of row i.
type cell func(i int) odatatest.Value

// generated is a Source that keeps no rows: each value is a function of its
// position, so that a million order lines cost no memory.
type generated struct {
	n     int
	cells []cell
}

func (g generated) Len() int                        { return g.n }
func (g generated) At(row, col int) odatatest.Value { return g.cells[col](row) }

// kept computes all rows of a source once.
func kept(s odatatest.Source, columns int) odatatest.Source {
	rows := make([][]odatatest.Value, s.Len())
	slab := make([]odatatest.Value, s.Len()*columns)
	for i := range rows {
		rows[i], slab = slab[:columns:columns], slab[columns:]
		for c := range rows[i] {
			rows[i][c] = s.At(i, c)
		}
	}
	return odatatest.ValueRows(rows)
}

// cells maps column names to functions; columns left out are null, else the
// zero of their type.
type cells map[string]cell

// entitySet is the definition of one set before it is bound to a company.
type entitySet struct {
	name, table string // the set and the table of the tableset, OrderDtls and OrderDtl
	columns     string
	key         string
	nav         []odatatest.Navigation
	n           int
	large       bool // computed at each reading instead of kept
	cells       cells
}

// bind makes the set of one company.
func (e *entitySet) bind(c *company) *odatatest.Set {
	cols := columns(e.columns + system)
	g := generated{n: e.n}
	seed := hash(uint64(len(e.name)), uint64(e.name[0])<<8|uint64(e.name[len(e.name)/2]))
	for _, col := range cols {
		f := e.cells[col.Name]
		switch {
		case f != nil:
		case col.Name == "Company":
			v := odatatest.String(c.id)
			f = func(int) odatatest.Value { return v }
		case col.Name == "SysRevID":
			f = func(i int) odatatest.Value { return odatatest.Int(9007199254740993 + int64(i)*7) }
		case col.Name == "SysRowID":
			f = func(i int) odatatest.Value { return rowID(seed^c.seed, i) }
		default:
			v := zero(col)
			f = func(int) odatatest.Value { return v }
		}
		g.cells = append(g.cells, f)
	}
	s := &odatatest.Set{Name: e.name, Type: e.table, Columns: cols, Key: strings.Fields(e.key), Navigations: e.nav, Rows: g}
	if !e.large {
		s.Rows = kept(g, len(cols))
	}
	return s
}

func zero(c odatatest.Column) odatatest.Value {
	if c.Nullable {
		return odatatest.Null()
	}
	switch c.Type {
	case odatatest.EdmString:
		return odatatest.String("")
	case odatatest.EdmBoolean:
		return odatatest.Bool(false)
	case odatatest.EdmDecimal:
		return odatatest.Decimal(0, c.Scale)
	case odatatest.EdmGuid:
		return odatatest.GUID("00000000-0000-0000-0000-000000000000")
	case odatatest.EdmDateTime, odatatest.EdmDateTimeOffset:
		return odatatest.DayTime(0)
	}
	return odatatest.Int(0)
}

// hash mixes two numbers; it stands for chance everywhere, so that every run
// of the server tells the same story.
func hash(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 ^ b + 0x632be59bd9b4e019
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func pick(seed uint64, i, n int) int { return int(hash(seed, uint64(i)) % uint64(n)) }

const hexDigits = "0123456789abcdef"

// rowID is a deterministic guid.
func rowID(seed uint64, i int) odatatest.Value {
	var b [36]byte
	x, y := hash(seed, uint64(i)), hash(seed+1, uint64(i))
	for p := range b {
		switch p {
		case 8, 13, 18, 23:
			b[p] = '-'
			continue
		case 14:
			b[p] = '4'
			continue
		case 17:
			x, y = y, x
		}
		b[p] = hexDigits[x&15]
		x = x>>4 | x<<60
	}
	return odatatest.GUID(string(b[:]))
}

func text(f func(i int) string) cell {
	return func(i int) odatatest.Value { return odatatest.String(f(i)) }
}

func whole(f func(i int) int) cell {
	return func(i int) odatatest.Value { return odatatest.Int(int64(f(i))) }
}

func truth(f func(i int) bool) cell {
	return func(i int) odatatest.Value { return odatatest.Bool(f(i)) }
}

// money is a decimal from its digits, trailing zeros included.
func money(scale int, f func(i int) int64) cell {
	return func(i int) odatatest.Value { return odatatest.Decimal(f(i), scale) }
}

// day is a midnight-Z date from days since 1970; a negative number means null.
func day(f func(i int) int) cell {
	return func(i int) odatatest.Value {
		if d := f(i); d >= 0 {
			return odatatest.DayTime(d)
		}
		return odatatest.Null()
	}
}

func among(seed uint64, words ...string) cell {
	vals := make([]odatatest.Value, len(words))
	for i, w := range words {
		vals[i] = odatatest.String(w)
	}
	return func(i int) odatatest.Value { return vals[pick(seed, i, len(vals))] }
}

func constant(s string) cell {
	v := odatatest.String(s)
	return func(int) odatatest.Value { return v }
}
