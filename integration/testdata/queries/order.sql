-- name: two keys in opposite directions
-- ordered
SELECT Company, CustNum FROM Customers ORDER BY CustNum DESC, Company ASC LIMIT 10

-- name: LIMIT with OFFSET
-- ordered
SELECT Company, CustNum FROM Customers ORDER BY Company, CustNum LIMIT 7 OFFSET 330

-- name: an offset beyond a page of the server
-- ordered
SELECT Company, OrderNum, OrderLine FROM OrderDtl ORDER BY Company, OrderNum, OrderLine LIMIT 5 OFFSET 7777

-- name: a limit larger than a page of the server
-- ordered
SELECT Company, OrderNum FROM OrderHed ORDER BY Company, OrderNum LIMIT 1234

-- name: a limit of zero
-- empty
SELECT Company, CustNum FROM Customers ORDER BY Company, CustNum LIMIT 0

-- name: an offset past the end
-- empty
SELECT Company FROM Companies ORDER BY Company LIMIT 10 OFFSET 10

-- name: TOP is a limit
-- ordered
SELECT TOP 3 Company, OrderNum, OrderAmt FROM OrderHed ORDER BY OrderAmt DESC, Company, OrderNum
-- oracle
SELECT Company, OrderNum, OrderAmt FROM OrderHed ORDER BY OrderAmt DESC, Company, OrderNum LIMIT 3

-- name: FETCH FIRST is a limit
-- ordered
SELECT Company, OrderNum, OrderAmt FROM OrderHed ORDER BY OrderAmt, Company, OrderNum OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY

-- name: strings are ordered by their bytes
-- ordered
SELECT DISTINCT LineDesc FROM OrderDtl WHERE LineDesc IS NOT NULL ORDER BY LineDesc

-- name: ordered by an ordinal and an alias
-- ordered
SELECT CustNum AS n, Company AS c FROM Customers WHERE CustNum < 4 ORDER BY 1 DESC, c

-- name: ordered by a column that is not selected
-- ordered
SELECT CustID, Company FROM Customers WHERE CustNum BETWEEN 50 AND 60 ORDER BY CustNum, Company

-- name: ordered by an expression
-- ordered
SELECT Company, OrderNum FROM OrderHed WHERE OrderNum < 1020 ORDER BY OrderAmt * ExchangeRate DESC, Company, OrderNum

-- name: ordered by decimals
-- ordered
SELECT Company, PartNum, OnHandQty FROM Parts ORDER BY OnHandQty DESC, Company, PartNum LIMIT 12

-- name: a filter, an order and a limit together
-- ordered
SELECT Company, OrderNum, OrderDate FROM OrderHed WHERE Company = 'EPIC06' AND CustNum = 7 ORDER BY OrderNum DESC LIMIT 5
