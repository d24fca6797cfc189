-- name: integer division truncates
SELECT DISTINCT 7 / 2, -7 / 2, 7 % 3, -7 % 3 FROM Companies

-- name: decimal arithmetic is exact
SELECT Company, OrderNum, OrderLine, OrderQty * UnitPrice, OrderQty + UnitPrice, UnitPrice - OrderQty FROM OrderDtl WHERE OrderNum = 1001

-- name: a quotient of decimals rounded
SELECT Company, OrderNum, ROUND(OrderAmt / ExchangeRate, 6) FROM OrderHed WHERE OrderNum < 1006 AND ExchangeRate > 0

-- name: an expression is a condition
SELECT Company, OrderNum, OrderLine FROM OrderDtl WHERE OrderQty * UnitPrice > 49000

-- name: arithmetic on a column of integers is a condition
SELECT COUNT(*) FROM Customers WHERE CustNum % 7 = 3 AND CustNum + 10 > 100 AND CustNum * 2 < 600

-- name: CASE with conditions
SELECT CASE WHEN CreditLimit IS NULL THEN 'none' WHEN CreditLimit < 250000 THEN 'low' WHEN CreditLimit < 750000 THEN 'middle' ELSE 'high' END, COUNT(*) FROM Customers GROUP BY CASE WHEN CreditLimit IS NULL THEN 'none' WHEN CreditLimit < 250000 THEN 'low' WHEN CreditLimit < 750000 THEN 'middle' ELSE 'high' END

-- name: CASE with values
SELECT Company, CASE Company WHEN 'MFG' THEN 1 WHEN 'ÜBER' THEN 2 END FROM Companies

-- name: casts between numbers and strings
SELECT CAST(CustNum AS VARCHAR(10)), CAST(CreditLimit AS VARCHAR(30)), CAST('12.50' AS DECIMAL(10,2)), CAST('42' AS INTEGER) FROM Customers WHERE CustNum < 4

-- name: a cast rounds a decimal half away from zero
SELECT Company, CustNum, CAST(CreditLimit AS DECIMAL(18,2)) FROM Customers WHERE CustNum < 30

-- name: upper and lower case of unicode
SELECT DISTINCT UPPER(City), LOWER(City) FROM Customers

-- name: a case fold is a condition
SELECT COUNT(*) FROM Customers WHERE UPPER(Name) LIKE 'ACME%' AND LOWER(Country) = 'de'

-- name: the length of a string counts characters
SELECT DISTINCT LineDesc, LENGTH(LineDesc) FROM OrderDtl WHERE LineDesc LIKE '%a%'

-- name: a length is a condition
SELECT COUNT(*) FROM Customers WHERE LENGTH(Name) > 12

-- name: parts of strings
SELECT DISTINCT SUBSTRING(LineDesc, 2, 3), SUBSTRING(LineDesc FROM 3) FROM OrderDtl WHERE LineDesc <> ''

-- name: strings are concatenated
SELECT Company || '/' || CustID, Company || Country FROM Customers WHERE CustNum < 5

-- name: blanks are trimmed
SELECT DISTINCT '[' || TRIM(LineDesc) || ']' FROM OrderDtl WHERE LineDesc LIKE '%space%'

-- name: a string is replaced
SELECT DISTINCT REPLACE(LineDesc, 'a', 'ä') FROM OrderDtl

-- name: numbers are rounded
SELECT Company, CustNum, ROUND(CreditLimit, 2), FLOOR(CreditLimit), CEILING(CreditLimit), ABS(-CreditLimit) FROM Customers WHERE CustNum BETWEEN 20 AND 26

-- name: a bound integer and a bound string
-- arg: int 100
-- arg: text DE
-- ordered
SELECT Company, CustNum, Country FROM Customers WHERE CustNum < ? AND Country = ? ORDER BY Company, CustNum

-- name: a bound decimal
-- arg: text 998705.13565838
SELECT Company, PartNum, OnHandQty FROM Parts WHERE OnHandQty > CAST(? AS DECIMAL(22,8))

-- name: a bound boolean
-- arg: bool true
SELECT COUNT(*) FROM Invoices WHERE Paid = ?

-- name: a bound int64 beyond 2^53
-- arg: int 9007199254740995
SELECT Company, CustNum FROM Customers WHERE SysRevID = ?

-- name: a bound string that would end a literal
-- arg: text '; DROP TABLE Customers; --
-- empty
SELECT Company, CustNum FROM Customers WHERE Name = ?

-- name: bytes come back whole
SELECT Company, PartNum, Thumb FROM Parts WHERE Thumb IS NOT NULL AND PartNum LIKE 'P-0000_'

-- name: every column of every type
-- ordered
SELECT Company, OrderNum, CustNum, PONum, OrderDate, RequestDate, EntryTime, CreatedOn, ChangedAt, OpenOrder, VoidOrder, Status, OrderPriority, OrderAmt, ExchangeRate, SysRevID, Channel, Flags, Comment, SysRowID FROM OrderHed WHERE OrderNum BETWEEN 1000 AND 1010 ORDER BY Company, OrderNum

-- name: doubles come back to the last digit
SELECT Company, PartNum, NetWeight FROM Parts WHERE NetWeight < 3
