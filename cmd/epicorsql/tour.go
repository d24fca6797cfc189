package main

import (
	"database/sql"
	"fmt"

	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
)

// step is a stop of the tour.
type step struct {
	title, about string
	sql          string
	args         []sql.NamedArg
	version      string // of the REST services; v2 if ""
	fails        bool
}

var tourSteps = []step{
	{
		title: "One table",
		about: "Filter, order and limit go into the request, so the server sends five rows and no more.",
		sql: `SELECT CustNum, Name, Country, CreditLimit
FROM [Erp.BO.CustomerSvc].Customers
WHERE CreditLimit > 400000 AND CreditHold = FALSE
ORDER BY CustNum LIMIT 5`,
	},
	{
		title: "Where the server is not trusted",
		about: "Nobody knows whether the server tells 'Zinc' from 'zinc', so it is asked for both and the driver compares again. The first page is small, and reading ends as soon as five rows have passed.",
		sql: `SELECT OrderNum, OrderLine, PartNum, Finish_c
FROM OrderDtls
WHERE Finish_c = 'Zinc'
ORDER BY OrderNum DESC, OrderLine LIMIT 5`,
	},
	{
		title: "Orders and their lines",
		about: "A join of two sets of one service. The condition on the orders' numbers holds for the lines too, so the driver sends it to both.",
		sql: `SELECT o.OrderNum, CAST(o.OrderDate AS DATE) AS Ordered, d.OrderLine, d.PartNum, d.OrderQty, d.UnitPrice
FROM SalesOrders o
JOIN OrderDtls d ON d.Company = o.Company AND d.OrderNum = o.OrderNum
WHERE o.OrderNum BETWEEN 5003 AND 5005
ORDER BY o.OrderNum, d.OrderLine`,
	},
	{
		title: "Three services in one query",
		about: "Customers, orders and invoices live in services that know nothing of each other. REST cannot join them; the driver does, and asks each service only for the rows that can match.",
		sql: `SELECT c.Name, o.OrderNum, o.PONum, i.InvoiceNum, i.InvoiceAmt, i.InvoiceBal
FROM [Erp.BO.CustomerSvc].Customers c
JOIN [Erp.BO.SalesOrderSvc].SalesOrders o ON o.Company = c.Company AND o.CustNum = c.CustNum
JOIN [Erp.BO.ARInvoiceSvc].ARInvoices i ON i.Company = o.Company AND i.OrderNum = o.OrderNum
WHERE c.CustNum = 11 AND i.InvoiceBal > 0
ORDER BY o.OrderNum`,
	},
	{
		title: "A business activity query with a parameter",
		about: "BAQs, the queries that users of Kinetic build themselves, are views. Their parameters are columns that a query gives a value. Values from outside are bound, never pasted into the text.",
		sql: `SELECT Vendor_Name, PartPlant_PartNum, PartPlant_MinimumQty, Part_UnitPrice
FROM BaqSvc.PartsByVendor
WHERE CurrentPlant = :plant AND vendorId = '001001' AND Part_UnitPrice > 1000
ORDER BY PartPlant_PartNum LIMIT 6`,
		args: []sql.NamedArg{sql.Named("plant", "CHICAGO")},
	},
	{
		title: "Totals",
		about: "The server cannot group, so the driver reads the columns that it needs and groups them itself.",
		sql: `SELECT CurrencyCode, COUNT(*) AS orders, SUM(OrderAmt) AS total, MAX(OrderAmt) AS largest
FROM SalesOrders
WHERE OrderNum < 5101
GROUP BY CurrencyCode
HAVING COUNT(*) > 10
ORDER BY total DESC`,
	},
	{
		title: "Exact amounts",
		about: "Decimals are never turned into binary fractions: a sum is right to its last digit. Beside it the same sum as most programs would reckon it.",
		sql: `SELECT COUNT(*) AS parts, SUM(Calculated_Value) AS exactly,
       SUM(CAST(Calculated_Value AS DOUBLE)) AS in_binary
FROM BaqSvc.InventoryValue`,
	},
	{
		title: "A query within a query",
		about: "Which customers from Japan have an order on hold? Nothing of those orders is shown, they only decide.",
		sql: `SELECT c.CustNum, c.Name, c.City
FROM [Erp.BO.CustomerSvc].Customers c
WHERE c.Country = 'Japan'
  AND EXISTS (SELECT 1 FROM SalesOrders o
              WHERE o.Company = c.Company AND o.CustNum = c.CustNum AND o.OrderHeld = TRUE)
ORDER BY c.CustNum LIMIT 5`,
	},
	{
		title: "Names as people write them",
		about: "Apostrophes, quotes, umlauts, Japanese, pictures: they go to the server and come back unharmed.",
		sql: `SELECT CustNum, Name, City
FROM [Erp.BO.CustomerSvc].Customers
WHERE Name IN ('O''Brien & Sons', 'Quote "Double" Co', 'Ünïcode Gießerei GmbH', '株式会社 山田製作所', 'Emoji 🏭 Works')
ORDER BY CustNum`,
	},
	{
		title: "The older API",
		about: "Servers offer REST v1, v2 or both. They differ in every detail of the protocol; the SQL is the same.",
		sql: `SELECT OrderNum, OrderDate, CustomerName, OrderAmt
FROM SalesOrders
WHERE OrderDate >= DATE '2024-01-01' AND OpenOrder = TRUE
ORDER BY OrderNum LIMIT 3`,
		version: "v1",
	},
	{
		title: "A mistake",
		about: "Errors say what is wrong, where, and what was probably meant.",
		sql: `SELECT CustNum, Nmae
FROM [Erp.BO.CustomerSvc].Customers`,
		fails: true,
	},
}

// cost tells what a query took. What the server is asked about its tables is
// asked once, and known from then on.
func cost(rows int64, requests, learned int) string {
	text := fmt.Sprintf("%s by %s", render.Count(rows, "row"), render.Count(int64(requests), "request"))
	switch {
	case learned == 1:
		text += ", after 1 that told the tables' columns and is made once"
	case learned > 1:
		text += fmt.Sprintf(", after %d that told the tables' columns or sizes and are made once", learned)
	}
	return text
}

func (a *app) tableWriter() (render.Writer, error) {
	return render.New("table", a.out, render.Options{Width: a.width})
}
