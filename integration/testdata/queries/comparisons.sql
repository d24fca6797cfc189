-- name: an integer equals a literal
SELECT Company, CustNum, CustID FROM Customers WHERE CustNum = 7

-- name: an integer differs from a literal
SELECT COUNT(*) FROM Customers WHERE CustNum <> 7

-- name: an integer lies in an open and a closed range
-- ordered
SELECT Company, CustNum FROM Customers WHERE CustNum > 5 AND CustNum <= 20 ORDER BY Company, CustNum

-- name: the literal may stand on the left
-- ordered
SELECT Company, CustNum FROM Customers WHERE 330 <= CustNum ORDER BY CustNum, Company

-- name: two columns are compared
SELECT COUNT(*) FROM Invoices WHERE InvoiceBal <> InvoiceAmt AND InvoiceAmt > 40000

-- name: two date columns are compared
SELECT COUNT(*) FROM OrderHed WHERE RequestDate < OrderDate OR RequestDate = OrderDate

-- name: a decimal compares exactly with a literal of more digits than a double holds
SELECT Company, PartNum, OnHandQty FROM Parts WHERE OnHandQty > 998705.13565837

-- name: a decimal equals a literal with trailing zeros
SELECT Company, CustNum, CreditLimit FROM Customers WHERE CreditLimit = 580593.0325300

-- name: a decimal lies between two literals
-- ordered
SELECT Company, OrderNum, OrderAmt FROM OrderHed WHERE OrderAmt BETWEEN 10000.0000 AND 10100.9999 ORDER BY OrderAmt, Company, OrderNum

-- name: a decimal of ten places compares exactly
SELECT Company, OrderNum, ExchangeRate FROM OrderHed WHERE ExchangeRate < 0.0050000001

-- name: a decimal compares with an integer literal
SELECT Company, OrderNum, OrderLine, UnitPrice FROM OrderDtl WHERE UnitPrice < 1

-- name: an int64 beyond 2^53 is told from its neighbour
SELECT Company, CustNum, SysRevID FROM Customers WHERE SysRevID = 9007199254740993

-- name: int64 values beyond 2^53 are ordered and ranged exactly
-- ordered
SELECT SysRevID FROM Customers WHERE SysRevID >= 9007199254740994 AND SysRevID < 9007199254741003 ORDER BY SysRevID DESC

-- name: an int64 invoice number is found
SELECT ID, InvoiceNum, InvoiceAmt FROM Invoices WHERE InvoiceNum IN (5000000000, 5000000001, 5000000002)

-- name: a double compares with a literal
SELECT Company, CustNum, DiscountPct FROM Customers WHERE DiscountPct < 0.005

-- name: a boolean equals true
SELECT COUNT(*) FROM Customers WHERE CreditHold = TRUE

-- name: a bare boolean column is a condition
SELECT Company, OrderNum FROM OrderHed WHERE VoidOrder AND OpenOrder

-- name: a negated boolean column is a condition
SELECT COUNT(*) FROM OrderHed WHERE NOT VoidOrder AND NOT OpenOrder

-- name: a small integer is negative
SELECT Company, OrderNum, Channel, Flags FROM OrderHed WHERE Channel < -32500

-- name: a guid is found by its text
SELECT Company, InvoiceNum, InvoiceAmt FROM Invoices WHERE ID = 'b51c631f-b4c3-468d-8d62-d5efaea1ff67'

-- name: strings are compared by their bytes
-- ordered
SELECT Company, CustNum, Name FROM Customers WHERE Name >= 'a' AND Name < 'b' ORDER BY Name, Company, CustNum

-- name: equality of strings knows upper and lower case apart
SELECT Company, CustNum, Name FROM Customers WHERE Name = 'ACME' OR Name = 'ACME 8'

-- name: an empty string is not null
SELECT COUNT(*), COUNT(City) FROM Customers WHERE City = ''

-- name: leading and trailing blanks count
SELECT Company, CustNum, Name FROM Customers WHERE Name = 'trail space ' OR Name LIKE ' lead space%'

-- name: a quote, a double quote and an ampersand in a string
SELECT Company, CustNum, Name FROM Customers WHERE Name LIKE 'O''Brien "Tools"%' OR Name LIKE 'Müller & Söhne GmbH%'

-- name: a backslash in a string is a character like others
SELECT Company, OrderNum, OrderLine FROM OrderDtl WHERE LineDesc = 'Ünïcode\Back' AND OrderLine = 5

-- name: unicode beyond the basic plane is compared whole
SELECT Company, OrderNum, OrderLine FROM OrderDtl WHERE LineDesc = 'Ωmega 🚀 Labs' AND OrderLine > 4

-- name: a tab in a string is found
-- arg: text tab	here
SELECT COUNT(*) FROM OrderDtl WHERE LineDesc = ?

-- name: OR binds looser than AND
SELECT Company, CustNum FROM Customers WHERE Country = 'DE' AND CustNum < 10 OR Country = 'JP' AND CustNum > 330

-- name: parentheses change what AND binds
SELECT COUNT(*) FROM Customers WHERE (Country = 'DE' OR Country = 'CH') AND (CreditHold = FALSE OR CreditLimit > 900000)

-- name: an IN list of strings
SELECT Country, COUNT(*) FROM Customers WHERE Country IN ('DE', 'CH', 'XX') GROUP BY Country

-- name: an IN list of forty numbers
SELECT COUNT(*), MIN(CustNum), MAX(CustNum) FROM Customers WHERE CustNum IN (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210, 220, 230, 240, 250, 260, 999, 1000)

-- name: a condition that is never true gives no row
-- empty
SELECT Company, CustNum FROM Customers WHERE CustNum > 5 AND CustNum < 5
