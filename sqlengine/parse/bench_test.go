package parse

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	for _, bm := range []struct{ name, sql string }{
		{"small", "SELECT CustNum, Name FROM Customers WHERE Company = ? AND CustNum = ?"},
		{"medium", `WITH big AS (SELECT OrderNum, CustNum, Total FROM Erp.BO.SalesOrderSvc.SalesOrders WHERE Total > 1000)
			SELECT c.Name, COUNT(*) AS n, SUM(b.Total) AS total, ROW_NUMBER() OVER (PARTITION BY c.Country ORDER BY SUM(b.Total) DESC) AS rn
			FROM [Erp.BO.CustomerSvc].[Customers] c LEFT JOIN big b ON b.CustNum = c.CustNum AND b.Company = c.Company
			WHERE c.Company = 'EPIC06' AND c.Country IN ('DE', 'FR', 'IT') AND c.Name LIKE 'A%'
			GROUP BY c.Name, c.Country HAVING COUNT(*) > 5 ORDER BY total DESC NULLS LAST LIMIT 20 OFFSET 40`},
		{"IN list of 1,000", "SELECT a FROM t WHERE a IN (" + strings.Repeat("12345, ", 999) + "1)"},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bm.sql)))
			for b.Loop() {
				if _, err := Parse(bm.sql, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
