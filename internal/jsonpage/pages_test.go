package jsonpage

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// The three shapes of rows that the figures are about: like Epicor's OrderDtl
// (30 columns, about 875 bytes), narrow (5, 115) and like a UD table (150,
// 3,780).

type testColumn struct {
	name string
	typ  sqltypes.Type
	make func(r *rand.Rand) string
}

var testWords = []string{"pump", "valve", "steel", "bracket", "assembly", "hex", "bolt", "ring", "M8x40", "coated", "left", "housing", "Schraube", "spare", "kit"}

func text(words int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		var b strings.Builder
		b.WriteByte('"')
		for i := range words {
			if i > 0 {
				b.WriteByte(' ')
			}
			switch n := r.IntN(100); {
			case n < 3:
				b.WriteString("Flansch größer")
			case n < 4:
				b.WriteString(`19\" rack`)
			case n < 5:
				b.WriteString(`caf\u00e9`)
			default:
				b.WriteString(testWords[r.IntN(len(testWords))])
			}
		}
		b.WriteByte('"')
		return b.String()
	}
}

func number(limit int) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return fmt.Sprint(r.IntN(limit)) }
}

func money(r *rand.Rand) string { return fmt.Sprintf("%d.%02d000", r.IntN(100000), r.IntN(100)) }

func yesNo(r *rand.Rand) string { return fmt.Sprint(r.IntN(3) == 0) }

func guid(r *rand.Rand) string {
	return fmt.Sprintf(`"%08x-%04x-%04x-%04x-%012x"`, r.Uint32(), r.IntN(1<<16), r.IntN(1<<16), r.IntN(1<<16), r.Int64N(1<<48))
}

func day(r *rand.Rand) string {
	if r.IntN(8) == 0 {
		return "null"
	}
	return fmt.Sprintf(`"20%02d-%02d-%02dT00:00:00Z"`, r.IntN(30), 1+r.IntN(12), 1+r.IntN(28))
}

func instant(r *rand.Rand) string {
	return fmt.Sprintf(`"2025-%02d-%02dT%02d:%02d:%02d.%03d-06:00"`, 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000))
}

func code(choices ...string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return `"` + choices[r.IntN(len(choices))] + `"` }
}

func partNum(r *rand.Rand) string { return fmt.Sprintf(`"PRT-%06d"`, r.IntN(1000000)) }

var (
	decimalType = sqltypes.DecimalType(18, 5)
	intType     = sqltypes.Of(sqltypes.Integer)
	textType    = sqltypes.VarcharType(100)
	boolType    = sqltypes.Of(sqltypes.Bool)
	stampType   = sqltypes.Of(sqltypes.TimestampTZ)
	uuidType    = sqltypes.Of(sqltypes.UUID)
)

var erpColumns = []testColumn{
	{"Company", textType, code("EPIC06", "EPIC07")}, {"OrderNum", intType, number(900000)}, {"OrderLine", intType, number(50)},
	{"VoidLine", boolType, yesNo}, {"OpenLine", boolType, yesNo}, {"LineType", textType, code("PART", "CONTRACT")},
	{"PartNum", textType, partNum}, {"LineDesc", textType, text(8)}, {"Reference", textType, text(3)},
	{"IUM", textType, code("EA", "LB", "KG")}, {"RevisionNum", textType, code("A", "B", "")}, {"POLine", textType, code("", "10", "20")},
	{"Commissionable", boolType, yesNo}, {"DiscountPercent", decimalType, money}, {"UnitPrice", decimalType, money},
	{"DocUnitPrice", decimalType, money}, {"OrderQty", decimalType, money}, {"Discount", decimalType, money},
	{"DocDiscount", decimalType, money}, {"RequestDate", stampType, day}, {"NeedByDate", stampType, day},
	{"ProdCode", textType, code("PUMP", "VALVE", "KIT")}, {"XPartNum", textType, partNum}, {"OrderComment", textType, text(12)},
	{"SysRevID", sqltypes.Of(sqltypes.BigInt), number(1 << 40)}, {"SysRowID", uuidType, guid}, {"ChangedOn", stampType, instant},
	{"ChangedBy", textType, code("manager", "jsmith")}, {"TaxCatID", textType, code("", "STD", "EXEMPT")}, {"WarehouseCode", textType, code("MAIN", "CHI", "")},
}

var narrowColumns = []testColumn{
	{"CustNum", intType, number(90000)}, {"CustID", textType, partNum}, {"Name", textType, text(3)}, {"CreditHold", boolType, yesNo}, {"CreditLimit", decimalType, money},
}

func wideColumns() []testColumn {
	var cols []testColumn
	for i := range 150 {
		c := testColumn{fmt.Sprintf("Number%02d_c", i), decimalType, money}
		switch i % 5 {
		case 0:
			c = testColumn{fmt.Sprintf("Character%02d_c", i), textType, text(2)}
		case 1:
			c = testColumn{fmt.Sprintf("ShortChar%02d_c", i), textType, code("", "X1", "ABC")}
		case 2:
			c = testColumn{fmt.Sprintf("CheckBox%02d_c", i), boolType, yesNo}
		case 3:
			if i%10 == 3 {
				c = testColumn{fmt.Sprintf("Date%02d_c", i), stampType, day}
			}
		}
		cols = append(cols, c)
	}
	return cols
}

func columnNames(cols []testColumn) []string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.name
	}
	return names
}

func columnTypes(cols []testColumn) []sqltypes.Type {
	types := make([]sqltypes.Type, len(cols))
	for i, c := range cols {
		types[i] = c.typ
	}
	return types
}

func makePage(r *rand.Rand, cols []testColumn, rows int) []byte {
	return renderPage(r, cols, rows, 0)
}

// renderPage leaves out so many of ten members.
func renderPage(r *rand.Rand, cols []testColumn, rows, leaveOut int) []byte {
	b := []byte(`{"@odata.context":"https://erp.example/api/$metadata#Rows","value":[`)
	for i := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		sep := byte('{')
		for _, c := range cols {
			if value := c.make(r); leaveOut == 0 || r.IntN(10) >= leaveOut {
				b = append(b, sep)
				b = append(b, `"`+c.name+`":`+value...)
				sep = ','
			}
		}
		if sep == '{' {
			b = append(b, sep)
		}
		b = append(b, '}')
	}
	return append(b, `],"@odata.nextLink":"https://erp.example/api/Rows?$skip=100"}`...)
}
