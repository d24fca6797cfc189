-- name: COUNT of rows and of values
SELECT COUNT(*), COUNT(Name), COUNT(CreditLimit), COUNT(LastContact) FROM Customers

-- name: SUM and AVG of decimals are exact
SELECT SUM(CreditLimit), AVG(CreditLimit), MIN(CreditLimit), MAX(CreditLimit) FROM Customers

-- name: SUM of decimals of eight places
SELECT Company, SUM(OnHandQty), SUM(UnitPrice), COUNT(*) FROM Parts GROUP BY Company

-- name: SUM and AVG of integers
SELECT SUM(CustNum), AVG(CustNum), MIN(CustNum), MAX(CustNum) FROM Customers

-- name: SUM of int64 values goes beyond 2^63
SELECT SUM(SysRevID), MIN(SysRevID), MAX(SysRevID) FROM Customers

-- name: AVG of doubles
SELECT AVG(DiscountPct), MIN(DiscountPct), MAX(DiscountPct) FROM Customers

-- name: MIN and MAX of strings go by their bytes
SELECT MIN(Name), MAX(Name), MIN(CustID), MAX(CustID) FROM Customers WHERE Name <> ''

-- name: MIN and MAX of dates and timestamps
SELECT MIN(OrderDate), MAX(OrderDate), MIN(ChangedAt), MAX(ChangedAt) FROM OrderHed

-- name: aggregates over no row
SELECT COUNT(*), SUM(OrderAmt), AVG(OrderAmt), MIN(OrderDate), MAX(Status) FROM OrderHed WHERE OrderNum < 0

-- name: a group over no row
-- empty
SELECT Status, COUNT(*) FROM OrderHed WHERE OrderNum < 0 GROUP BY Status

-- name: a group by one column
SELECT Status, COUNT(*), SUM(OrderAmt), AVG(OrderAmt) FROM OrderHed GROUP BY Status

-- name: null is a group
SELECT OrderPriority, COUNT(*), SUM(OrderAmt) FROM OrderHed GROUP BY OrderPriority

-- name: a group by two columns
-- ordered
SELECT Company, Status, COUNT(*), SUM(OrderAmt) FROM OrderHed GROUP BY Company, Status ORDER BY Company, Status

-- name: a group by a boolean
SELECT OpenOrder, VoidOrder, COUNT(*) FROM OrderHed GROUP BY OpenOrder, VoidOrder

-- name: HAVING on a count
SELECT Company, CustNum, COUNT(*) FROM OrderHed GROUP BY Company, CustNum HAVING COUNT(*) >= 11

-- name: HAVING on an exact sum
-- ordered
SELECT Company, CustNum, SUM(OrderAmt) AS total FROM OrderHed GROUP BY Company, CustNum HAVING SUM(OrderAmt) > 350000.0001 ORDER BY total DESC, Company, CustNum

-- name: COUNT DISTINCT
SELECT COUNT(DISTINCT City), COUNT(DISTINCT Country), COUNT(DISTINCT Company), COUNT(*) FROM Customers

-- name: COUNT DISTINCT in groups
SELECT Company, COUNT(DISTINCT PartNum), COUNT(DISTINCT LineDesc), COUNT(*) FROM OrderDtl GROUP BY Company

-- name: SUM DISTINCT
SELECT SUM(DISTINCT OrderPriority), AVG(DISTINCT OrderPriority) FROM OrderHed

-- name: an aggregate of an expression
SELECT SUM(OrderQty * UnitPrice), SUM(OrderQty) * 2 FROM OrderDtl WHERE Company = 'MFG'

-- name: an aggregate of a CASE
SELECT SUM(CASE WHEN Paid THEN InvoiceAmt ELSE 0 END), SUM(CASE WHEN Paid THEN 0 ELSE 1 END) FROM Invoices

-- name: DISTINCT rows
SELECT DISTINCT Company, Country FROM Customers

-- name: DISTINCT keeps one null
SELECT DISTINCT OrderPriority FROM OrderHed

-- name: groups of a large set
SELECT OrderLine, COUNT(*), SUM(ExtPrice), AVG(OrderQty), MIN(NeedByDate) FROM OrderDtl GROUP BY OrderLine

-- name: the best customers of a join
-- ordered
SELECT c.Company, c.CustID, c.Name, SUM(o.OrderAmt) AS total, COUNT(*) FROM Customers c JOIN OrderHed o ON o.Company = c.Company AND o.CustNum = c.CustNum GROUP BY c.Company, c.CustID, c.Name ORDER BY total DESC, c.Company, c.CustID LIMIT 10

-- name: groups of a group
SELECT n, COUNT(*) FROM (SELECT Company, CustNum, COUNT(*) AS n FROM OrderHed GROUP BY Company, CustNum) g GROUP BY n
