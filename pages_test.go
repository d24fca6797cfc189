package epicorerp

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Pages of the shapes that speed is measured on: 30 columns like Epicor's
// OrderDtl (about 830 bytes a row) and 5 columns (about 115).

type pageColumn struct {
	name string
	typ  sqltypes.Type
	make func(r *rand.Rand) string
}

var pageWords = []string{"pump", "valve", "steel", "bracket", "assembly", "hex", "bolt", "ring", "M8x40", "coated", "left", "housing", "Schraube", "spare", "kit"}

func pageText(words int) func(*rand.Rand) string {
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
				b.WriteString(pageWords[r.IntN(len(pageWords))])
			}
		}
		b.WriteByte('"')
		return b.String()
	}
}

func pageNumber(limit int) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return fmt.Sprint(r.IntN(limit)) }
}

func pageMoney(r *rand.Rand) string { return fmt.Sprintf("%d.%02d000", r.IntN(100000), r.IntN(100)) }

func pageBool(r *rand.Rand) string { return fmt.Sprint(r.IntN(3) == 0) }

func pageGUID(r *rand.Rand) string {
	return fmt.Sprintf(`"%08x-%04x-%04x-%04x-%012x"`, r.Uint32(), r.IntN(1<<16), r.IntN(1<<16), r.IntN(1<<16), r.Int64N(1<<48))
}

func pageDay(r *rand.Rand) string {
	if r.IntN(8) == 0 {
		return "null"
	}
	return fmt.Sprintf(`"20%02d-%02d-%02dT00:00:00Z"`, r.IntN(30), 1+r.IntN(12), 1+r.IntN(28))
}

func pageInstant(r *rand.Rand) string {
	return fmt.Sprintf(`"2025-%02d-%02dT%02d:%02d:%02d.%03d-06:00"`, 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000))
}

func pageCode(choices ...string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return `"` + choices[r.IntN(len(choices))] + `"` }
}

func pagePart(r *rand.Rand) string { return fmt.Sprintf(`"PRT-%06d"`, r.IntN(1000000)) }

var (
	pageDecimal = sqltypes.DecimalType(18, 5)
	pageInt     = sqltypes.Of(sqltypes.Integer)
	pageString  = sqltypes.VarcharType(100)
	pageFlag    = sqltypes.Of(sqltypes.Bool)
	pageStamp   = sqltypes.Of(sqltypes.TimestampTZ)
)

var orderColumns = []pageColumn{
	{"Company", pageString, pageCode("EPIC06", "EPIC07")}, {"OrderNum", pageInt, pageNumber(900000)}, {"OrderLine", pageInt, pageNumber(50)},
	{"VoidLine", pageFlag, pageBool}, {"OpenLine", pageFlag, pageBool}, {"LineType", pageString, pageCode("PART", "CONTRACT")},
	{"PartNum", pageString, pagePart}, {"LineDesc", pageString, pageText(8)}, {"Reference", pageString, pageText(3)},
	{"IUM", pageString, pageCode("EA", "LB", "KG")}, {"RevisionNum", pageString, pageCode("A", "B", "")}, {"POLine", pageString, pageCode("", "10", "20")},
	{"Commissionable", pageFlag, pageBool}, {"DiscountPercent", pageDecimal, pageMoney}, {"UnitPrice", pageDecimal, pageMoney},
	{"DocUnitPrice", pageDecimal, pageMoney}, {"OrderQty", pageDecimal, pageMoney}, {"Discount", pageDecimal, pageMoney},
	{"DocDiscount", pageDecimal, pageMoney}, {"RequestDate", pageStamp, pageDay}, {"NeedByDate", pageStamp, pageDay},
	{"ProdCode", pageString, pageCode("PUMP", "VALVE", "KIT")}, {"XPartNum", pageString, pagePart}, {"OrderComment", pageString, pageText(12)},
	{"SysRevID", sqltypes.Of(sqltypes.BigInt), pageNumber(1 << 40)}, {"SysRowID", sqltypes.Of(sqltypes.UUID), pageGUID}, {"ChangedOn", pageStamp, pageInstant},
	{"ChangedBy", pageString, pageCode("manager", "jsmith")}, {"TaxCatID", pageString, pageCode("", "STD", "EXEMPT")}, {"WarehouseCode", pageString, pageCode("MAIN", "CHI", "")},
}

var customerColumns = []pageColumn{
	{"CustNum", pageInt, pageNumber(90000)}, {"CustID", pageString, pagePart}, {"Name", pageString, pageText(3)},
	{"CreditHold", pageFlag, pageBool}, {"CreditLimit", pageDecimal, pageMoney},
}

// orderRow is a row of orderColumns for encoding/json, decimals as their digits.
type orderRow struct {
	Company                                                                   string
	OrderNum, OrderLine                                                       int64
	VoidLine, OpenLine                                                        bool
	LineType, PartNum, LineDesc, Reference, IUM, RevisionNum, POLine          string
	Commissionable                                                            bool
	DiscountPercent, UnitPrice, DocUnitPrice, OrderQty, Discount, DocDiscount jsonDigits
	RequestDate, NeedByDate                                                   *jsonTime
	ProdCode, XPartNum, OrderComment                                          string
	SysRevID                                                                  int64
	SysRowID                                                                  string
	ChangedOn                                                                 jsonTime
	ChangedBy, TaxCatID, WarehouseCode                                        string
}

func renderPage(r *rand.Rand, cols []pageColumn, rows int) []byte {
	b := []byte(`{"@odata.context":"https://erp.example/api/$metadata#Rows","value":[`)
	for i := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		sep := byte('{')
		for _, c := range cols {
			b = append(append(b, sep), `"`+c.name+`":`+c.make(r)...)
			sep = ','
		}
		b = append(b, '}')
	}
	return append(b, `],"@odata.nextLink":"https://erp.example/api/Rows?$skip=100"}`...)
}

// renderPages makes at least 20 different pages, and as many as come to so many
// bytes.
func renderPages(cols []pageColumn, rows, bytes int) [][]byte {
	r := rand.New(rand.NewPCG(1, uint64(rows)))
	var pages [][]byte
	for n := 0; n < bytes || len(pages) < 20; n += len(pages[len(pages)-1]) {
		pages = append(pages, renderPage(r, cols, rows))
	}
	return pages
}
