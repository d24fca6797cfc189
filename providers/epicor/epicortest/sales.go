package epicortest

import (
	"strconv"
	"time"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

func timeAt(days, seconds int) time.Time {
	return time.Unix(int64(days)*86400+int64(seconds%86400), 123_000_000).UTC()
}

func (c *company) orderSets() []*entitySet {
	n := c.orders()
	head := &entitySet{name: "SalesOrders", table: "OrderHed", key: "Company OrderNum", n: n, large: true,
		columns: "OpenOrder:b VoidOrder:b Company:s8 OrderNum:i CustNum:i PONum:s50 OrderHeld:b EntryPerson:s75 ShipToNum:s14 RequestDate:d? OrderDate:d? FOB:s15 ShipViaCode:s4 " +
			"TermsCode:s4 DiscountPercent:n6.2 SalesRepList:s80 OrderComment:s0? NeedByDate:d? ExchangeRate:n20.8 CurrencyCode:s4 DepositBal:n17.3 ChangeDate:t? " +
			"OrderAmt:n17.3! CustomerName:s50?! TotalLines:i! Priority_c:s10?",
		nav: []odatatest.Navigation{{Name: "OrderDtls", Target: "OrderDtls", Many: true, On: pairs("Company", "OrderNum")}},
		cells: cells{
			"OpenOrder": truth(func(o int) bool { return o%3 != 0 }), "VoidOrder": truth(func(o int) bool { return o%97 == 5 }),
			"OrderNum": whole(func(o int) int { return firstOrder + o }), "CustNum": whole(func(o int) int { return c.customerOf(o) + 1 }),
			"PONum":     text(func(o int) string { return "PO-" + strconv.Itoa(90000+pick(c.seed+20, o, 9999)) }),
			"OrderHeld": truth(func(o int) bool { return o%41 == 7 }), "EntryPerson": among(c.seed+21, employees...),
			"RequestDate": day(func(o int) int { return optional(o, 17, orderDay(o)+14) }), "OrderDate": day(func(o int) int { return orderDay(o) }),
			"FOB": among(c.seed+22, "ORIGIN", "DEST", ""), "ShipViaCode": among(c.seed+23, "UPS", "DHL", "TRCK"), "TermsCode": among(c.seed+24, terms...),
			"DiscountPercent": money(2, func(o int) int64 { return int64(o%3) * 500 }), "SalesRepList": among(c.seed+25, reps...),
			"OrderComment": nullEvery(7, among(c.seed+26, "", "Rush", "Teillieferung möglich", "Don't ship before noon", "100% inspection")),
			"NeedByDate":   day(func(o int) int { return optional(o, 13, orderDay(o)+30) }), "ExchangeRate": money(8, func(o int) int64 { return 100000000 + int64(o%7)*1250000 }),
			"CurrencyCode": among(c.seed+27, "USD", "EUR", "CHF"), "DepositBal": money(3, func(o int) int64 { return int64(o%5) * 100500 }),
			"ChangeDate": nullEvery(8, func(o int) odatatest.Value { return instant(orderDay(o), o*37) }),
			"OrderAmt":   money(3, c.orderAmount), "CustomerName": text(func(o int) string { return c.customerName(c.customerOf(o)) }),
			"TotalLines": whole(c.linesOf), "Priority_c": nullEvery(3, among(c.seed+28, "High", "low", "Normal")),
		}}
	return []*entitySet{head, c.orderLines(), c.orderReleases()}
}

// linesOf is the number of lines of an order; the last order may be cut short.
func (c *company) linesOf(order int) int {
	start := order/6*cycleLines + cycleStart[order%6]
	return min(cycle[order%6], c.lines-start)
}

func (c *company) orderAmount(order int) int64 {
	start := order/6*cycleLines + cycleStart[order%6]
	var sum int64
	for l := 0; l < c.linesOf(order); l++ {
		sum += c.extended(start+l) * 10
	}
	return sum
}

func (c *company) orderLines() *entitySet {
	orderOf := func(i int) int { o, _ := lineOf(i); return o }
	price := money(5, c.unitPrice)
	quantity := money(8, func(i int) int64 { return c.quantity(i) * 100000000 })
	return &entitySet{name: "OrderDtls", table: "OrderDtl", key: "Company OrderNum OrderLine", n: c.lines, large: true,
		columns: "VoidLine:b OpenLine:b Company:s8 OrderNum:i OrderLine:i LineType:s8 PartNum:s50 LineDesc:s1000 IUM:s6 RevisionNum:s12 POLine:s10 DiscountPercent:n6.2 UnitPrice:n17.5 DocUnitPrice:n17.5 " +
			"OrderQty:n22.8 Discount:n17.3 RequestDate:d? NeedByDate:d? ProdCode:s8 OrderComment:s0? CustNum:i QuoteNum:i QuoteLine:i SalesUM:s6 SellingQuantity:n22.8 " +
			"ExtPriceDtl:n17.3! PartNumPartDescription:s1000?! Finish_c:s20?",
		nav: []odatatest.Navigation{{Name: "OrderRels", Target: "OrderRels", Many: true, On: pairs("Company", "OrderNum", "OrderLine")}},
		cells: cells{
			"VoidLine": truth(func(i int) bool { return i%101 == 17 }), "OpenLine": truth(func(i int) bool { return i%4 != 0 }),
			"OrderNum":  whole(func(i int) int { return firstOrder + orderOf(i) }),
			"OrderLine": whole(func(i int) int { return cycleLine[i%cycleLines] + 1 }),
			"LineType":  constant("PART"), "PartNum": among(c.seed+4, c.parts...), "LineDesc": c.lineDescription(), "IUM": among(c.seed+30, "EA", "KG", "M"),
			"RevisionNum": among(c.seed+31, "", "A", "B"), "POLine": text(func(i int) string { return strconv.Itoa(cycleLine[i%cycleLines] + 1) }),
			"DiscountPercent": money(2, func(i int) int64 { return int64(i%4) * 125 }), "UnitPrice": price, "DocUnitPrice": price, "OrderQty": quantity, "SellingQuantity": quantity,
			"Discount": money(3, func(i int) int64 { return int64(i%4) * 1250 }), "RequestDate": day(func(i int) int { return optional(i, 19, orderDay(orderOf(i))+14) }),
			"NeedByDate": day(func(i int) int { return optional(i, 23, orderDay(orderOf(i))+30+i%5) }), "ProdCode": among(c.seed+32, productCodes...),
			"OrderComment": nullEvery(6, among(c.seed+33, "", "mit Prüfzeugnis", "paint RAL 5010", "o'clock")),
			"CustNum":      whole(func(i int) int { return c.customerOf(orderOf(i)) + 1 }),
			"QuoteNum":     whole(func(i int) int { return map[bool]int{true: firstQuote + i%300, false: 0}[i%10 == 0] }), "SalesUM": among(c.seed+30, "EA", "KG", "M"),
			"ExtPriceDtl": money(3, func(i int) int64 { return c.extended(i) * 10 }), "PartNumPartDescription": nullEvery(12, text(func(i int) string { return "Part " + c.partOf(i) })),
			"Finish_c": nullEvery(3, among(c.seed+34, "Zinc", "zinc", "Éloxé", "raw")),
		}}
}

func (c *company) lineDescription() cell {
	words := make([]string, 64)
	for i := range words {
		words[i] = nouns[i%10] + " assembly, " + []string{"left", "right", "5\" bore", "50% duty", "Größe M"}[i%5] + " " + strconv.Itoa(i)
	}
	return among(c.seed+35, words...)
}

func (c *company) orderReleases() *entitySet {
	orderOf := func(i int) int { o, _ := lineOf(i); return o }
	return &entitySet{name: "OrderRels", table: "OrderRel", key: "Company OrderNum OrderLine OrderRelNum", n: c.lines, large: true,
		columns: "Company:s8 OrderNum:i OrderLine:i OrderRelNum:i LineType:s8 ReqDate:d? OurReqQty:n22.8 ShipToNum:s14 ShipViaCode:s4 OpenRelease:b FirmRelease:b Make:b OurStockShippedQty:n22.8 " +
			"WarehouseCode:s8 PartNum:s50 NeedByDate:d? Plant:s8 SellingReqQty:n22.8",
		cells: cells{
			"OrderNum":    whole(func(i int) int { return firstOrder + orderOf(i) }),
			"OrderLine":   whole(func(i int) int { return cycleLine[i%cycleLines] + 1 }),
			"OrderRelNum": whole(func(int) int { return 1 }), "LineType": constant("PART"), "ReqDate": day(func(i int) int { return optional(i, 19, orderDay(orderOf(i))+14) }),
			"OurReqQty": money(8, func(i int) int64 { return c.quantity(i) * 100000000 }), "ShipViaCode": among(c.seed+40, "UPS", "DHL", "TRCK"),
			"OpenRelease": truth(func(i int) bool { return i%4 != 0 }), "FirmRelease": truth(func(int) bool { return true }), "Make": truth(func(i int) bool { return i%5 == 0 }),
			"OurStockShippedQty": money(8, func(i int) int64 { return map[bool]int64{true: c.quantity(i) * 100000000, false: 0}[i%4 == 0] }),
			"WarehouseCode":      among(c.seed+41, warehouses...), "PartNum": among(c.seed+4, c.parts...), "NeedByDate": day(func(i int) int { return optional(i, 23, orderDay(orderOf(i))+30) }),
			"Plant": among(c.seed+42, plants...), "SellingReqQty": money(8, func(i int) int64 { return c.quantity(i) * 100000000 }),
		}}
}

func (c *company) quoteSets() []*entitySet {
	const quotes, per = 300, 3
	return []*entitySet{
		{name: "Quotes", table: "QuoteHed", key: "Company QuoteNum", n: quotes,
			columns: "Company:s8 QuoteNum:i CustNum:i EntryDate:d? DueDate:d? QuoteClosed:b Quoted:b DateQuoted:d? ExpirationDate:d? SalesRepCode:s8 ConfidencePct:i QuoteAmt:n17.3! Reference:s60 QuoteComment:s0?",
			nav:     []odatatest.Navigation{{Name: "QuoteDtls", Target: "QuoteDtls", Many: true, On: pairs("Company", "QuoteNum")}},
			cells: cells{"QuoteNum": whole(func(i int) int { return firstQuote + i }), "CustNum": whole(func(i int) int { return c.customerOf(i+77) + 1 }),
				"EntryDate": day(func(i int) int { return epoch + i }), "DueDate": day(func(i int) int { return optional(i, 5, epoch+i+10) }), "QuoteClosed": truth(func(i int) bool { return i%3 == 0 }),
				"Quoted": truth(func(i int) bool { return i%2 == 0 }), "DateQuoted": day(func(i int) int { return optional(i, 2, epoch+i+2) }), "ExpirationDate": day(func(i int) int { return epoch + i + 60 }),
				"SalesRepCode": among(c.seed+50, reps...), "ConfidencePct": whole(func(i int) int { return i % 11 * 10 }), "QuoteAmt": money(3, func(i int) int64 { return int64(i) * 1234500 }),
				"Reference": text(func(i int) string { return "RFQ/" + strconv.Itoa(i) })}},
		{name: "QuoteDtls", table: "QuoteDtl", key: "Company QuoteNum QuoteLine", n: quotes * per,
			columns: "Company:s8 QuoteNum:i QuoteLine:i PartNum:s50 LineDesc:s1000 OrderQty:n22.8 SellingExpectedQty:n22.8 ExpUnitPrice:n17.5 CustNum:i ProdCode:s8 LastUpdate:d?",
			cells: cells{"QuoteNum": whole(func(i int) int { return firstQuote + i/per }), "QuoteLine": whole(func(i int) int { return i%per + 1 }), "PartNum": among(c.seed+51, c.parts...), "LineDesc": c.lineDescription(),
				"OrderQty": money(8, func(i int) int64 { return int64(i%20+1) * 100000000 }), "SellingExpectedQty": money(8, func(i int) int64 { return int64(i%20+1) * 100000000 }),
				"ExpUnitPrice": money(5, func(i int) int64 { return int64(i%700) * 31250 }), "CustNum": whole(func(i int) int { return c.customerOf(i/per+77) + 1 }), "ProdCode": among(c.seed+52, productCodes...),
				"LastUpdate": day(func(i int) int { return optional(i, 4, epoch+i/per) })}},
	}
}

// invoices are as many as orders, at most 900, one line for each of two.
func (c *company) invoiceSets() []*entitySet {
	n := min(900, c.orders())
	return []*entitySet{
		{name: "ARInvoices", table: "InvcHead", key: "Company InvoiceNum", n: n,
			columns: "Company:s8 OpenInvoice:b ClosedDate:d? CreditMemo:b Posted:b InvoiceNum:i InvoiceType:s3 OrderNum:i CustNum:i PONum:s50 TermsCode:s4 InvoiceDate:d? DueDate:d? FiscalYear:i FiscalPeriod:i InvoiceAmt:n17.3 InvoiceBal:n17.3 DocInvoiceAmt:n17.3 CurrencyCode:s4",
			nav:     []odatatest.Navigation{{Name: "InvcDtls", Target: "InvcDtls", Many: true, On: pairs("Company", "InvoiceNum")}},
			cells: cells{"OpenInvoice": truth(func(i int) bool { return i%3 == 1 }), "ClosedDate": day(func(i int) int { return map[bool]int{true: -1, false: orderDay(i) + 50}[i%3 == 1] }),
				"CreditMemo": truth(func(i int) bool { return i%29 == 3 }), "Posted": truth(func(i int) bool { return i%20 != 0 }), "InvoiceNum": whole(func(i int) int { return firstInvoice + i }),
				"InvoiceType": constant("SHP"), "OrderNum": whole(func(i int) int { return firstOrder + i }), "CustNum": whole(func(i int) int { return c.customerOf(i) + 1 }),
				"TermsCode": among(c.seed+24, terms...), "InvoiceDate": day(func(i int) int { return orderDay(i) + 20 }), "DueDate": day(func(i int) int { return orderDay(i) + 50 }),
				"FiscalYear": whole(func(i int) int { return 2023 + (orderDay(i)-epoch)/365 }), "FiscalPeriod": whole(func(i int) int { return (orderDay(i)-epoch)%365/31 + 1 }),
				"InvoiceAmt": money(3, c.orderAmount), "DocInvoiceAmt": money(3, c.orderAmount), "InvoiceBal": money(3, func(i int) int64 {
					if i%3 == 1 {
						return c.orderAmount(i)
					}
					return 0
				}), "CurrencyCode": among(c.seed+27, "USD", "EUR", "CHF")}},
		{name: "InvcDtls", table: "InvcDtl", key: "Company InvoiceNum InvoiceLine", n: 2 * n,
			columns: "Company:s8 InvoiceNum:i InvoiceLine:i LineType:s8 PartNum:s50 LineDesc:s1000 UnitPrice:n17.5 SellingShipQty:n22.8 ExtPrice:n17.3 OrderNum:i OrderLine:i CustNum:i ShipDate:d?",
			cells: cells{"InvoiceNum": whole(func(i int) int { return firstInvoice + i/2 }), "InvoiceLine": whole(func(i int) int { return i%2 + 1 }), "LineType": constant("PART"), "PartNum": among(c.seed+60, c.parts...),
				"LineDesc": c.lineDescription(), "UnitPrice": money(5, c.unitPrice), "SellingShipQty": money(8, func(i int) int64 { return c.quantity(i) * 100000000 }), "ExtPrice": money(3, func(i int) int64 { return c.extended(i) * 10 }),
				"OrderNum": whole(func(i int) int { return firstOrder + i/2 }), "OrderLine": whole(func(i int) int { return i%2 + 1 }), "CustNum": whole(func(i int) int { return c.customerOf(i/2) + 1 }),
				"ShipDate": day(func(i int) int { return optional(i, 9, orderDay(i/2)+18) })}},
	}
}

func (c *company) shipmentSets() []*entitySet {
	n := min(600, c.orders())
	return []*entitySet{
		{name: "CustShips", table: "ShipHead", key: "Company PackNum", n: n,
			columns: "Company:s8 PackNum:i ShipDate:d? ShipViaCode:s4 ShipPerson:s20 ReadyToInvoice:b Invoiced:b CustNum:i Plant:s8 TrackingNumber:s50 Weight:n14.5",
			nav:     []odatatest.Navigation{{Name: "ShipDtls", Target: "ShipDtls", Many: true, On: pairs("Company", "PackNum")}},
			cells: cells{"PackNum": whole(func(i int) int { return firstPack + i }), "ShipDate": day(func(i int) int { return orderDay(i) + 18 }), "ShipViaCode": among(c.seed+70, "UPS", "DHL", "TRCK"),
				"ShipPerson": among(c.seed+71, employees[:4]...), "ReadyToInvoice": truth(func(int) bool { return true }), "Invoiced": truth(func(i int) bool { return i%2 == 0 }),
				"CustNum": whole(func(i int) int { return c.customerOf(i) + 1 }), "Plant": among(c.seed+72, plants...), "TrackingNumber": text(func(i int) string { return "1Z" + strconv.Itoa(999000000+i) }),
				"Weight": money(5, func(i int) int64 { return int64(i) * 12345 })}},
		{name: "ShipDtls", table: "ShipDtl", key: "Company PackNum PackLine", n: n,
			columns: "Company:s8 PackNum:i PackLine:i OrderNum:i OrderLine:i OrderRelNum:i PartNum:s50 LineDesc:s1000 SellingInventoryShipQty:n22.8 WarehouseCode:s8 CustNum:i",
			cells: cells{"PackNum": whole(func(i int) int { return firstPack + i }), "PackLine": whole(func(int) int { return 1 }), "OrderNum": whole(func(i int) int { return firstOrder + i }), "OrderLine": whole(func(int) int { return 1 }),
				"OrderRelNum": whole(func(int) int { return 1 }), "PartNum": among(c.seed+73, c.parts...), "LineDesc": c.lineDescription(), "SellingInventoryShipQty": money(8, func(i int) int64 { return c.quantity(i) * 100000000 }),
				"WarehouseCode": among(c.seed+74, warehouses...), "CustNum": whole(func(i int) int { return c.customerOf(i) + 1 })}},
	}
}
