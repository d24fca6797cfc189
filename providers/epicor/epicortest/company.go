package epicortest

import (
	"fmt"
	"strconv"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// company is one company's data: sizes and what several tables must agree on.
type company struct {
	id, name  string
	seed      uint64
	customers int
	lines     int // order lines; the orders follow from them
	parts     []string
}

const (
	firstOrder   = 5001
	firstQuote   = 1001
	firstInvoice = 20001
	firstPO      = 4001
	firstPack    = 100001
	epoch        = 19358 // 2023-01-01 in days since 1970
	vendorCount  = 40
	jobCount     = 200
)

// cycle is how many lines six successive orders have: 20 in all, so that the
// order of a line and the first line of an order are found by arithmetic.
var cycle = [6]int{1, 2, 3, 5, 4, 5}

const cycleLines = 20

var (
	cycleOrder = [cycleLines]int{0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5} // line of the cycle -> order of the cycle
	cycleLine  = [cycleLines]int{0, 0, 1, 0, 1, 2, 0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1, 2, 3, 4} // line of the cycle -> line of its order, from 0
	cycleStart = [7]int{0, 1, 3, 6, 11, 15, 20}                                              // order of the cycle -> its first line
)

// lineOf gives the order (from 0) and the line (from 0) of order line i.
func lineOf(i int) (order, line int) {
	c := i % cycleLines
	return i/cycleLines*6 + cycleOrder[c], cycleLine[c]
}

// orders is the number of orders that hold the lines.
func (c *company) orders() int {
	if c.lines == 0 {
		return 0
	}
	o, _ := lineOf(c.lines - 1)
	return o + 1
}

func newCompany(id, name string, customers, lines int) *company {
	c := &company{id: id, name: name, customers: customers, lines: lines}
	for _, b := range []byte(id) {
		c.seed = hash(c.seed, uint64(b))
	}
	special := []string{"00C1", "1011500784", "A%B", "A_B", "AXB", `BACK\SLASH`, "BOLT M8x40 \"A2\"", "Ø12-RØR", "O'RING-25", "PIPE/90°", "ab-100", "AB-100", "Größe 5", "漢字-7", "X#1&2", "+PLUS+"}
	c.parts = append(c.parts, special...)
	for i := len(special); i < 200; i++ {
		c.parts = append(c.parts, fmt.Sprintf("%s-%04d", []string{"ASM", "MTL", "PUR", "RAW"}[i%4], 1000+i))
	}
	return c
}

// names that break careless quoting, comparing or trimming.
var trickyNames = []string{"Addison, Inc.", "O'Brien & Sons", "Dalton Manufacturing", `Back\slash Ltd`, "100% Steel_Works", "  Leading Blank",
	"Trailing Blank  ", "", "Ünïcode Gießerei GmbH", "株式会社 山田製作所", "Ñandú S.A. de C.V.", "Quote \"Double\" Co", "addison, inc.", "ADDISON, INC.",
	"Tab\tand\nNewline", "Emoji 🏭 Works", "'); drop table Customer;--", "%", "_", "Zoë & Søn A/S"}

var (
	cityNames    = []string{"Minneapolis", "München", "Zürich", "São Paulo", "Reykjavík", "Bracknell", "Québec", "Łódź", "Monterrey", "Osaka"}
	countries    = []string{"USA", "Germany", "Switzerland", "Brazil", "Iceland", "United Kingdom", "Canada", "Poland", "Mexico", "Japan"}
	states       = []string{"MN", "BY", "ZH", "SP", "", "Berks", "QC", "", "NL", ""}
	nouns        = []string{"Tool", "Machine", "Metal", "Valve", "Gear", "Spring", "Plastics", "Casting", "Bearing", "Cable"}
	suffixes     = []string{"Works", "Group", "Industries", "GmbH", "Ltd", "S.A.", "Co.", "LLC", "AG", "KK"}
	employees    = []string{"Dana Weber", "José Álvarez", "Kim O'Neil", "Ana Luísa", "Søren Holm", "李小龍", "Pat Smith", "Chris Doe", "Sam Ng", "Alex Roe"}
	warehouses   = []string{"MAIN", "RAW", "WIP", "FG", "QC", "CHI"}
	plants       = []string{"MfgSys", "CHICAGO", "OSAKA"}
	terms        = []string{"N30", "N60", "COD", "2P10"}
	reps         = []string{"HOUSE", "EAST", "WEST", "INTL"}
	productCodes = []string{"PUMP", "VALVE", "SPARE", "SERV"}
)

func (c *company) customerName(i int) string {
	if i < len(trickyNames) {
		return trickyNames[i]
	}
	return nouns[pick(c.seed+1, i, 10)] + " " + suffixes[pick(c.seed+2, i, 10)] + " " + strconv.Itoa(i+1)
}

func (c *company) customerID(i int) string { return fmt.Sprintf("C%05d", i+1) }

// customerOf is the customer (from 0) who placed an order (from 0).
func (c *company) customerOf(order int) int { return pick(c.seed+3, order, c.customers) }

// orderDay is the date of an order; orders come in date order, about three a day.
func orderDay(order int) int { return epoch + order/3%1000 }

func (c *company) partOf(line int) string { return c.parts[pick(c.seed+4, line, len(c.parts))] }

// unitPrice of an order line, with five digits after the point.
func (c *company) unitPrice(line int) int64 {
	return int64(pick(c.seed+5, line, 999))*125000 + 2500 // 0.02500 to 1247.52500
}

// quantity of an order line in whole units.
func (c *company) quantity(line int) int64 { return 1 + int64(pick(c.seed+6, line, 50)) }

// extended price with two digits, rounded half up.
func (c *company) extended(line int) int64 { return (c.unitPrice(line)*c.quantity(line) + 500) / 1000 }

func (c *company) partDescription(i int) string {
	return "Part " + c.parts[i] + " " + nouns[pick(c.seed+7, i, 10)]
}

func (c *company) customerSets() []*entitySet {
	n := c.customers
	customers := &entitySet{name: "Customers", table: "Customer", key: "Company CustNum", n: n,
		columns: "Company:s8 CustID:s10 CustNum:i Name:s50 Address1:s50 City:s50 State:s50 Zip:s10 Country:s50 SalesRepCode:s8 TerritoryID:s8 TermsCode:s4 " +
			"CreditHold:b GroupCode:s4 DiscountPercent:n6.2 Comment:s0? EstDate:d? PhoneNum:s20 CurrencyCode:s4 CountryNum:i EMailAddress:s50? CustomerType:s4 " +
			"CreditLimit:n19.3 GlobalCreditLimit:n19.3 ParentCustNum:i ChangedBy:s75 ChangeDate:t? BillToCustomerName:s50?! BTContactName:s50?! Rating_c:i Segment_c:s30? LastAudit_c:d?",
		nav: []odatatest.Navigation{{Name: "ShipToes", Target: "ShipToes", Many: true, On: pairs("Company", "CustNum")}},
		cells: cells{
			"CustNum": whole(func(i int) int { return i + 1 }), "CustID": text(c.customerID), "Name": text(c.customerName),
			"Address1": text(func(i int) string { return strconv.Itoa(i*7+1) + " " + nouns[i%10] + " Street" }),
			"City":     text(func(i int) string { return cityNames[i%10] }), "State": text(func(i int) string { return states[i%10] }),
			"Zip": text(func(i int) string { return fmt.Sprintf("%05d", i*37%100000) }), "Country": text(func(i int) string { return countries[i%10] }),
			"SalesRepCode": among(c.seed+10, reps...), "TerritoryID": among(c.seed+11, "North", "South", "INTL"), "TermsCode": among(c.seed+12, terms...),
			"CreditHold": truth(func(i int) bool { return i%11 == 3 }), "GroupCode": among(c.seed+13, "AERO", "AUTO", "DIST", ""),
			"DiscountPercent": money(2, func(i int) int64 { return int64(i%5) * 250 }), "Comment": c.comment(), "EstDate": day(func(i int) int { return optional(i, 6, epoch-3000+i*13) }),
			"PhoneNum": text(func(i int) string { return fmt.Sprintf("+%d 555-%04d", 1+i%90, i) }), "CurrencyCode": among(c.seed+14, "USD", "EUR", "CHF", "JPY"),
			"CountryNum": whole(func(i int) int { return i%10 + 1 }), "EMailAddress": nullEvery(4, text(func(i int) string { return fmt.Sprintf("buyer%d@example.com", i+1) })),
			"CustomerType": among(c.seed+15, "CUS", "PRO", "SUS"), "CreditLimit": money(3, func(i int) int64 { return int64(i%40) * 12500500 }),
			"GlobalCreditLimit": money(3, func(i int) int64 { return int64(i%3) * 999999999999999 }), "ParentCustNum": whole(func(i int) int { return i / 50 }),
			"ChangedBy": constant("manager"), "ChangeDate": nullEvery(9, func(i int) odatatest.Value { return instant(epoch+i, i*61) }),
			"BillToCustomerName": text(func(i int) string { return c.customerName(i / 50) }), "BTContactName": nullEvery(2, text(func(i int) string { return employees[i%10] })),
			"Rating_c": whole(func(i int) int { return i % 6 }), "Segment_c": nullEvery(3, among(c.seed+16, "Ångström", "Retail", "OEM", "oem")),
			"LastAudit_c": day(func(i int) int { return optional(i, 2, epoch+i) }),
		}}
	shipTos := &entitySet{name: "ShipToes", table: "ShipTo", key: "Company CustNum ShipToNum", n: n + n/3,
		columns: "Company:s8 CustNum:i ShipToNum:s14 Name:s50 Address1:s50 City:s50 State:s50 ZIP:s10 Country:s50 TerritoryID:s8 PhoneNum:s20? EMailAddress:s50?",
		cells: cells{
			"CustNum":   whole(func(i int) int { return shipToOwner(i, n) + 1 }),
			"ShipToNum": text(func(i int) string { return map[bool]string{true: "", false: "WH 2"}[i < n] }),
			"Name":      text(func(i int) string { return c.customerName(shipToOwner(i, n)) }), "Address1": text(func(i int) string { return "Dock " + strconv.Itoa(i) }),
			"City": text(func(i int) string { return cityNames[i%10] }), "State": text(func(i int) string { return states[i%10] }), "ZIP": text(func(i int) string { return fmt.Sprintf("%05d", i) }),
			"Country": text(func(i int) string { return countries[i%10] }), "TerritoryID": constant("North"),
		}}
	return []*entitySet{customers, shipTos}
}

// shipToOwner: every customer has the ship-to "" and every third another one.
func shipToOwner(i, n int) int {
	if i < n {
		return i
	}
	return (i - n) * 3
}

func (c *company) comment() cell {
	words := []string{"", "Call before delivery", "  ", "Rechnung per Post; 2 Kopien", "null", "Line one\r\nline two", `C:\temp\%1`}
	f := among(c.seed+17, words...)
	return nullEvery(5, f)
}

func nullEvery(n int, f cell) cell {
	return func(i int) odatatest.Value {
		if i%n == n-1 {
			return odatatest.Null()
		}
		return f(i)
	}
}

// optional is d, or -1 (null) in every nth row.
func optional(i, n, d int) int {
	if i%n == n-1 {
		return -1
	}
	return d
}

// instant is a point in time with seconds and milliseconds.
func instant(days, seconds int) odatatest.Value {
	return odatatest.DateTime(timeAt(days, seconds))
}

func pairs(names ...string) [][2]string {
	out := make([][2]string, len(names))
	for i, n := range names {
		out[i] = [2]string{n, n}
	}
	return out
}
