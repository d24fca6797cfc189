package epicortest

import (
	"fmt"
	"strconv"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

func (c *company) partSets() []*entitySet {
	n := len(c.parts)
	part := text(func(i int) string { return c.parts[i] })
	return []*entitySet{
		{name: "Parts", table: "Part", key: "Company PartNum", n: n,
			columns: "Company:s8 PartNum:s50 SearchWord:s8 PartDescription:s1000 ClassID:s4 IUM:s6 PUM:s6 TypeCode:s2 NonStock:b UnitPrice:n17.5 ProdCode:s8 InActive:b TrackLots:b NetWeight:n14.5 MfgComment:s0? CreatedOn:t? InternalUnitPrice:n17.5 CommodityCode:s15 Alloy_c:s20? TensileMPa_c:n9.2?",
			nav: []odatatest.Navigation{{Name: "PartPlants", Target: "PartPlants", Many: true, On: pairs("Company", "PartNum")},
				{Name: "PartWhses", Target: "PartWhses", Many: true, On: pairs("Company", "PartNum")}},
			cells: cells{"PartNum": part, "SearchWord": among(c.seed+80, "PUMP", "pump", "VALVE", ""), "PartDescription": text(c.partDescription), "ClassID": among(c.seed+81, "FIN", "RAW", "PUR", ""),
				"IUM": among(c.seed+82, "EA", "KG", "M"), "PUM": among(c.seed+82, "EA", "KG", "M"), "TypeCode": among(c.seed+83, "M", "P", "K"), "NonStock": truth(func(i int) bool { return i%9 == 0 }),
				"UnitPrice": money(5, func(i int) int64 { return int64(i) * 1250000 }), "ProdCode": among(c.seed+84, productCodes...), "InActive": truth(func(i int) bool { return i%31 == 4 }),
				"NetWeight": money(5, func(i int) int64 { return int64(i%50) * 10250 }), "MfgComment": nullEvery(3, among(c.seed+85, "", "Deburr", "Wärmebehandlung")),
				"CreatedOn": nullEvery(6, func(i int) odatatest.Value { return instant(epoch-900+i, i*997) }), "InternalUnitPrice": money(5, func(i int) int64 { return int64(i) * 700001 }),
				"Alloy_c": nullEvery(4, among(c.seed+86, "1.4301", "AlMg3", "S235JR")), "TensileMPa_c": nullEvery(5, money(2, func(i int) int64 { return int64(i%30) * 1750 }))}},
		{name: "PartPlants", table: "PartPlant", key: "Company PartNum Plant", n: n * 2,
			columns: "Company:s8 Plant:s8 PartNum:s50 PrimWhse:s8 MinimumQty:n22.8 MaximumQty:n22.8 SafetyQty:n22.8 LeadTime:i VendorNum:i SourceType:s1 BuyerID:s8",
			cells: cells{"Plant": text(func(i int) string { return plants[i%2] }), "PartNum": text(func(i int) string { return c.parts[i/2] }), "PrimWhse": among(c.seed+87, warehouses...),
				"MinimumQty": money(8, func(i int) int64 { return int64(i%7) * 150000000 }), "MaximumQty": money(8, func(i int) int64 { return int64(i%7) * 900000000 }), "SafetyQty": money(8, func(i int) int64 { return int64(i%3) * 50000000 }),
				"LeadTime": whole(func(i int) int { return i % 45 }), "VendorNum": whole(func(i int) int { return i%vendorCount + 1 }), "SourceType": among(c.seed+88, "M", "P"), "BuyerID": among(c.seed+89, "BUY1", "BUY2")}},
		{name: "PartWhses", table: "PartWhse", key: "Company PartNum Plant WarehouseCode", n: n * 2,
			columns: "Company:s8 PartNum:s50 WarehouseCode:s8 OnHandQty:n22.8 DemandQty:n22.8 AllocatedQty:n22.8 CountedDate:d? SystemAbc:s2 Plant:s8 WarehouseDescription:s30?!",
			cells: cells{"PartNum": text(func(i int) string { return c.parts[i/2] }), "WarehouseCode": text(func(i int) string { return warehouses[i%2] }), "OnHandQty": money(8, func(i int) int64 { return int64(pick(c.seed+90, i, 500)) * 12500000 }),
				"DemandQty": money(8, func(i int) int64 { return int64(i%9) * 100000000 }), "AllocatedQty": money(8, func(i int) int64 { return int64(i%3) * 100000000 }), "CountedDate": day(func(i int) int { return optional(i, 3, epoch+i) }),
				"SystemAbc": among(c.seed+91, "A", "B", "C"), "Plant": constant("MfgSys"), "WarehouseDescription": text(func(i int) string { return "Warehouse " + warehouses[i%2] })}},
	}
}

func vendorName(i int) string {
	special := []string{"Acme Supply", "Müller & Söhne", "L'Atelier", "NORDIC STEEL", "nordic steel"}
	if i < len(special) {
		return special[i]
	}
	return nouns[i%10] + " Supply " + strconv.Itoa(i+1)
}

func (c *company) vendorSets() []*entitySet {
	return []*entitySet{
		{name: "Vendors", table: "Vendor", key: "Company VendorNum", n: vendorCount,
			columns: "Inactive:b Company:s8 VendorID:s8 Name:s50 VendorNum:i Address1:s50 City:s50 State:s50 ZIP:s10 Country:s50 TermsCode:s4 GroupCode:s4 PhoneNum:s20 PayHold:b CurrencyCode:s4 EMailAddress:s50? Approved:b MinOrderValue:n17.3",
			nav:     []odatatest.Navigation{{Name: "VendorPPs", Target: "VendorPPs", Many: true, On: pairs("Company", "VendorNum")}},
			cells: cells{"Inactive": truth(func(i int) bool { return i%13 == 12 }), "VendorID": text(func(i int) string { return fmt.Sprintf("%06d", 1000+i) }), "Name": text(vendorName), "VendorNum": whole(func(i int) int { return i + 1 }),
				"Address1": text(func(i int) string { return strconv.Itoa(i+1) + " Dock Road" }), "City": text(func(i int) string { return cityNames[i%10] }), "State": text(func(i int) string { return states[i%10] }),
				"ZIP": text(func(i int) string { return fmt.Sprintf("%05d", i*91) }), "Country": text(func(i int) string { return countries[i%10] }), "TermsCode": among(c.seed+100, terms...), "GroupCode": among(c.seed+101, "STL", "ELE", ""),
				"CurrencyCode": among(c.seed+102, "USD", "EUR"), "Approved": truth(func(i int) bool { return i%5 != 0 }), "MinOrderValue": money(3, func(i int) int64 { return int64(i%4) * 250000 })}},
		{name: "VendorPPs", table: "VendorPP", key: "Company VendorNum PurPoint", n: vendorCount,
			columns: "Company:s8 PurPoint:s4 Name:s50 City:s50 Country:s50 VendorNum:i PrimPCon:i",
			cells: cells{"PurPoint": constant("MAIN"), "Name": text(vendorName), "City": text(func(i int) string { return cityNames[i%10] }), "Country": text(func(i int) string { return countries[i%10] }),
				"VendorNum": whole(func(i int) int { return i + 1 })}},
	}
}

func (c *company) purchaseSets() []*entitySet {
	const orders, per = 250, 2
	return []*entitySet{
		{name: "POes", table: "POHeader", key: "Company PONum", n: orders,
			columns: "Company:s8 OpenOrder:b VoidOrder:b PONum:i EntryPerson:s75 OrderDate:d? FOB:s15 TermsCode:s4 ShipName:s50 BuyerID:s8 VendorNum:i PurPoint:s4 CommentText:s0? CurrencyCode:s4 ApprovedAmount:n17.3 Approve:b DueDate:d?",
			nav:     []odatatest.Navigation{{Name: "PODetails", Target: "PODetails", Many: true, On: [][2]string{{"Company", "Company"}, {"PONum", "PONUM"}}}},
			cells: cells{"OpenOrder": truth(func(i int) bool { return i%2 == 0 }), "PONum": whole(func(i int) int { return firstPO + i }), "EntryPerson": among(c.seed+110, employees...), "OrderDate": day(func(i int) int { return epoch + i*2 }),
				"TermsCode": among(c.seed+111, terms...), "ShipName": text(func(int) string { return c.name }), "BuyerID": among(c.seed+112, "BUY1", "BUY2"), "VendorNum": whole(func(i int) int { return i%vendorCount + 1 }), "PurPoint": constant("MAIN"),
				"CommentText": nullEvery(4, constant("Ship with certificate")), "CurrencyCode": among(c.seed+113, "USD", "EUR"), "ApprovedAmount": money(3, func(i int) int64 { return int64(i) * 5000 }),
				"Approve": truth(func(i int) bool { return i%6 != 0 }), "DueDate": day(func(i int) int { return optional(i, 6, epoch+i*2+21) })}},
		{name: "PODetails", table: "PODetail", key: "Company PONUM POLine", n: orders * per,
			columns: "Company:s8 OpenLine:b VoidLine:b PONUM:i POLine:i LineDesc:s1000 IUM:s6 UnitCost:n17.5 DocUnitCost:n17.5 OrderQty:n22.8 PartNum:s50 VenPartNum:s50 ClassID:s4 VendorNum:i DueDate:d?",
			nav:     []odatatest.Navigation{{Name: "PORels", Target: "PORels", Many: true, On: [][2]string{{"Company", "Company"}, {"PONUM", "PONum"}, {"POLine", "POLine"}}}},
			cells: cells{"OpenLine": truth(func(i int) bool { return i%3 != 0 }), "PONUM": whole(func(i int) int { return firstPO + i/per }), "POLine": whole(func(i int) int { return i%per + 1 }), "LineDesc": c.lineDescription(), "IUM": among(c.seed+114, "EA", "KG"),
				"UnitCost": money(5, func(i int) int64 { return int64(i%333) * 99999 }), "DocUnitCost": money(5, func(i int) int64 { return int64(i%333) * 99999 }), "OrderQty": money(8, func(i int) int64 { return int64(i%25+1) * 100000000 }),
				"PartNum": among(c.seed+115, c.parts...), "VenPartNum": text(func(i int) string { return "V/" + strconv.Itoa(i) }), "ClassID": among(c.seed+116, "RAW", "PUR"), "VendorNum": whole(func(i int) int { return i/per%vendorCount + 1 }),
				"DueDate": day(func(i int) int { return optional(i, 8, epoch+i+21) })}},
		{name: "PORels", table: "PORel", key: "Company PONum POLine PORelNum", n: orders * per,
			columns: "Company:s8 OpenRelease:b VoidRelease:b PONum:i POLine:i PORelNum:i DueDate:d? XRelQty:n22.8 RelQty:n22.8 JobNum:s14 AssemblySeq:i WarehouseCode:s8 ReceivedQty:n22.8 Plant:s8 PromiseDt:d?",
			cells: cells{"OpenRelease": truth(func(i int) bool { return i%3 != 0 }), "PONum": whole(func(i int) int { return firstPO + i/per }), "POLine": whole(func(i int) int { return i%per + 1 }), "PORelNum": whole(func(int) int { return 1 }),
				"DueDate": day(func(i int) int { return epoch + i + 21 }), "XRelQty": money(8, func(i int) int64 { return int64(i%25+1) * 100000000 }), "RelQty": money(8, func(i int) int64 { return int64(i%25+1) * 100000000 }),
				"JobNum": text(func(i int) string { return map[bool]string{true: jobNum(i % jobCount), false: ""}[i%4 == 0] }), "WarehouseCode": among(c.seed+117, warehouses...), "Plant": among(c.seed+118, plants...), "PromiseDt": day(func(i int) int { return optional(i, 2, epoch+i+25) })}},
	}
}

func (c *company) payableSets() []*entitySet {
	const n = 180
	invoice := func(i int) string {
		return []string{"INV-", "RE/", "F°", "2024'"}[i%4] + strconv.Itoa(7000+i)
	}
	return []*entitySet{
		{name: "APInvoices", table: "APInvHed", key: "Company VendorNum InvoiceNum", n: n,
			columns: "Company:s8 VendorNum:i InvoiceNum:s50 InvoiceDate:d? DueDate:d? InvoiceAmt:n17.3 InvoiceBal:n17.3 Posted:b OpenPayable:b GroupID:s9 CurrencyCode:s4 Description:s30?",
			nav:     []odatatest.Navigation{{Name: "APInvDtls", Target: "APInvDtls", Many: true, On: pairs("Company", "VendorNum", "InvoiceNum")}},
			cells: cells{"VendorNum": whole(func(i int) int { return i%vendorCount + 1 }), "InvoiceNum": text(invoice), "InvoiceDate": day(func(i int) int { return epoch + i }), "DueDate": day(func(i int) int { return epoch + i + 30 }),
				"InvoiceAmt": money(3, func(i int) int64 { return int64(i) * 123450 }), "InvoiceBal": money(3, func(i int) int64 { return int64(i%2) * 5000 }), "Posted": truth(func(i int) bool { return i%7 != 0 }), "OpenPayable": truth(func(i int) bool { return i%2 == 1 }),
				"GroupID": constant("AP01"), "CurrencyCode": constant("USD")}},
		{name: "APInvDtls", table: "APInvDtl", key: "Company VendorNum InvoiceNum InvoiceLine", n: n,
			columns: "Company:s8 VendorNum:i InvoiceNum:s50 InvoiceLine:i LineType:s1 PartNum:s50 Description:s1000 VendorQty:n22.8 UnitCost:n17.5 ExtCost:n17.3 PONum:i POLine:i",
			cells: cells{"VendorNum": whole(func(i int) int { return i%vendorCount + 1 }), "InvoiceNum": text(invoice), "InvoiceLine": whole(func(int) int { return 1 }), "LineType": constant("R"), "PartNum": among(c.seed+120, c.parts...), "Description": c.lineDescription(),
				"VendorQty": money(8, func(i int) int64 { return int64(i%10+1) * 100000000 }), "UnitCost": money(5, func(i int) int64 { return int64(i) * 1234 }), "ExtCost": money(3, func(i int) int64 { return int64(i) * 123450 }), "PONum": whole(func(i int) int { return firstPO + i }), "POLine": whole(func(int) int { return 1 })}},
	}
}

func (c *company) receiptSets() []*entitySet {
	const n = 220
	slip := func(i int) string { return "LS " + strconv.Itoa(300+i) }
	return []*entitySet{
		{name: "Receipts", table: "RcvHead", key: "Company VendorNum PurPoint PackSlip", n: n,
			columns: "Company:s8 VendorNum:i PurPoint:s4 PackSlip:s20 ReceiptDate:d? EntryPerson:s75 Plant:s8 PONum:i Received:b ReceiptComment:s0?",
			nav:     []odatatest.Navigation{{Name: "RcvDtls", Target: "RcvDtls", Many: true, On: pairs("Company", "VendorNum", "PurPoint", "PackSlip")}},
			cells: cells{"VendorNum": whole(func(i int) int { return i%vendorCount + 1 }), "PurPoint": constant("MAIN"), "PackSlip": text(slip), "ReceiptDate": day(func(i int) int { return epoch + i + 30 }), "EntryPerson": among(c.seed+130, employees...),
				"Plant": among(c.seed+131, plants...), "PONum": whole(func(i int) int { return firstPO + i }), "Received": truth(func(i int) bool { return i%3 != 0 })}},
		{name: "RcvDtls", table: "RcvDtl", key: "Company VendorNum PurPoint PackSlip PackLine", n: n,
			columns: "Company:s8 VendorNum:i PurPoint:s4 PackSlip:s20 PackLine:i PartNum:s50 PONum:i POLine:i PORelNum:i OurQty:n22.8 OurUnitCost:n17.5 WareHouseCode:s8 BinNum:s10 ReceiptDate:d?",
			cells: cells{"VendorNum": whole(func(i int) int { return i%vendorCount + 1 }), "PurPoint": constant("MAIN"), "PackSlip": text(slip), "PackLine": whole(func(int) int { return 1 }), "PartNum": among(c.seed+132, c.parts...), "PONum": whole(func(i int) int { return firstPO + i }),
				"POLine": whole(func(int) int { return 1 }), "PORelNum": whole(func(int) int { return 1 }), "OurQty": money(8, func(i int) int64 { return int64(i%25+1) * 100000000 }), "OurUnitCost": money(5, func(i int) int64 { return int64(i%333) * 99999 }),
				"WareHouseCode": among(c.seed+133, warehouses...), "BinNum": text(func(i int) string { return "A-" + strconv.Itoa(i%20) }), "ReceiptDate": day(func(i int) int { return epoch + i + 30 })}},
	}
}
