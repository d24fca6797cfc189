-- name: IN a subquery
SELECT COUNT(*) FROM OrderHed WHERE CustNum IN (SELECT CustNum FROM Customers WHERE Country = 'JP' AND Company = 'MFG')

-- name: NOT IN a subquery without nulls
SELECT Company, CustNum FROM Customers WHERE Company = 'MFG' AND CustNum NOT IN (SELECT CustNum FROM OrderHed WHERE Company = 'MFG')

-- name: NOT IN a subquery with a null finds nothing
-- empty
SELECT Company, CustNum FROM Customers WHERE CustNum NOT IN (SELECT OrderPriority FROM OrderHed)

-- name: EXISTS with a correlated subquery
SELECT c.Company, c.CustNum FROM Customers c WHERE c.CustNum < 40 AND EXISTS (SELECT 1 FROM OrderHed o WHERE o.Company = c.Company AND o.CustNum = c.CustNum AND o.OrderAmt > 60000)

-- name: NOT EXISTS with a correlated subquery
SELECT c.Company, c.CustNum FROM Customers c WHERE NOT EXISTS (SELECT 1 FROM OrderHed o WHERE o.Company = c.Company AND o.CustNum = c.CustNum)

-- name: a scalar subquery in a condition
SELECT Company, OrderNum, OrderAmt FROM OrderHed WHERE OrderAmt = (SELECT MAX(OrderAmt) FROM OrderHed)

-- name: a correlated scalar subquery in the list
SELECT c.Company, c.CustNum, (SELECT COUNT(*) FROM OrderHed o WHERE o.Company = c.Company AND o.CustNum = c.CustNum), (SELECT MAX(o.OrderAmt) FROM OrderHed o WHERE o.Company = c.Company AND o.CustNum = c.CustNum) FROM Customers c WHERE c.CustNum < 8

-- name: a correlated scalar subquery in a condition
SELECT o.Company, o.OrderNum, o.OrderAmt FROM OrderHed o WHERE o.OrderNum < 1100 AND o.OrderAmt > 2 * (SELECT AVG(p.OrderAmt) FROM OrderHed p WHERE p.Company = o.Company AND p.CustNum = o.CustNum)

-- name: rows compared with ALL
SELECT Company, CustNum, CreditLimit FROM Customers WHERE CreditLimit >= ALL (SELECT CreditLimit FROM Customers WHERE CreditLimit IS NOT NULL)

-- name: rows compared with ANY
SELECT COUNT(*) FROM Parts WHERE UnitPrice < ANY (SELECT UnitPrice FROM Parts WHERE PartNum = '100%')

-- name: a derived table
-- ordered
SELECT t.Company, t.n FROM (SELECT Company, COUNT(*) AS n FROM OrderHed WHERE OpenOrder = TRUE GROUP BY Company) t WHERE t.n > 10 ORDER BY t.Company

-- name: a common table expression
-- ordered
WITH big AS (SELECT Company, CustNum, SUM(OrderAmt) AS total FROM OrderHed GROUP BY Company, CustNum) SELECT c.CustID, b.Company, b.total FROM big b JOIN Customers c ON c.Company = b.Company AND c.CustNum = b.CustNum WHERE b.total > 380000 ORDER BY b.total DESC, c.CustID, b.Company

-- name: UNION takes duplicates out
SELECT Country FROM Customers UNION SELECT CurrencyCode FROM Companies

-- name: UNION ALL keeps duplicates
SELECT Company, CustNum FROM Customers WHERE CustNum < 3 UNION ALL SELECT Company, CustNum FROM OrderHed WHERE CustNum < 3

-- name: INTERSECT and EXCEPT
SELECT CustNum FROM Customers WHERE CustNum < 20 INTERSECT SELECT CustNum FROM OrderHed WHERE OrderPriority = 9 EXCEPT SELECT CustNum FROM OrderHed WHERE Status = 'Firm' AND OrderPriority = 1

-- name: a union that is ordered and limited
-- ordered
SELECT Company, CustNum AS n FROM Customers WHERE CustNum < 4 UNION ALL SELECT Company, OrderNum FROM OrderHed WHERE OrderNum < 1003 ORDER BY n DESC, Company LIMIT 8
