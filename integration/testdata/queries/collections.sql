-- name: with an item beyond a number
SELECT o.Company, o.OrderNum FROM OrderHed o WHERE EXISTS (SELECT 1 FROM OrderDtl l WHERE l.Company = o.Company AND l.OrderNum = o.OrderNum AND l.OrderQty > 99)

-- name: without an item below a number
SELECT COUNT(*) FROM OrderHed o WHERE NOT EXISTS (SELECT 1 FROM OrderDtl l WHERE l.Company = o.Company AND l.OrderNum = o.OrderNum AND l.OrderQty <= 50)

-- name: without an item that is null
SELECT o.Company, o.OrderNum FROM OrderHed o WHERE o.OrderNum < 1200 AND NOT EXISTS (SELECT 1 FROM OrderDtl l WHERE l.Company = o.Company AND l.OrderNum = o.OrderNum AND l.NeedByDate IS NULL)

-- name: without any item
SELECT c.Company, c.CustNum FROM Customers c WHERE c.CustNum > 200 AND NOT EXISTS (SELECT 1 FROM OrderHed o WHERE o.Company = c.Company AND o.CustNum = c.CustNum)

-- name: one of the keys of items
SELECT COUNT(*) FROM Customers WHERE (Company, CustNum) IN (SELECT Company, CustNum FROM OrderHed WHERE OrderDate >= DATE '2023-01-03' AND OrderAmt > 80000 AND VoidOrder = FALSE)

-- name: with an item of one collection and none of another
SELECT c.Company, c.CustNum FROM Customers c WHERE EXISTS (SELECT 1 FROM OrderHed o WHERE o.Company = c.Company AND o.CustNum = c.CustNum AND o.OrderPriority = 9) AND NOT EXISTS (SELECT 1 FROM Invoices i WHERE i.Company = c.Company AND i.CustNum = c.CustNum AND i.Paid = FALSE)

-- name: with an item of a text, the first ones
-- ordered
SELECT o.OrderNum, o.Company FROM OrderHed o WHERE EXISTS (SELECT 1 FROM OrderDtl l WHERE l.Company = o.Company AND l.OrderNum = o.OrderNum AND l.LineDesc = 'trail space ') ORDER BY o.OrderNum, o.Company LIMIT 5
