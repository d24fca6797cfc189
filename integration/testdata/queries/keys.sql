-- name: a part number with a slash
SELECT Company, PartNum, Description, UnitPrice, OnHandQty FROM Parts WHERE Company = 'EPIC06' AND PartNum = 'A/B-1'

-- name: a part number with a quote
SELECT Company, PartNum, Description, UnitPrice FROM Parts WHERE Company = 'MFG' AND PartNum = 'O''RING'

-- name: a part number with a percent sign
SELECT Company, PartNum, UnitPrice FROM Parts WHERE Company = 'MFG' AND PartNum = '100%'

-- name: a part number with a blank
SELECT Company, PartNum, UnitPrice FROM Parts WHERE Company = 'MFG' AND PartNum = 'x y'

-- name: a part number with a plus sign
SELECT Company, PartNum, UnitPrice FROM Parts WHERE Company = 'MFG' AND PartNum = 'a+b'

-- name: a part number with a question mark
SELECT Company, PartNum, UnitPrice FROM Parts WHERE Company = 'MFG' AND PartNum = 'Q?1'

-- name: a part number with a hash
SELECT Company, PartNum, UnitPrice FROM Parts WHERE Company = 'MFG' AND PartNum = 'H#2'

-- name: a unicode part number of a unicode company
SELECT Company, PartNum, UnitPrice, Thumb FROM Parts WHERE Company = 'ÜBER' AND PartNum = 'Ω-1'

-- name: every ugly part number in one list
-- ordered
SELECT Company, PartNum, OnHandQty FROM Parts WHERE PartNum IN ('A/B-1', 'O''RING', '100%', 'x y', 'Ω-1', 'a+b', 'Q?1', 'H#2') ORDER BY PartNum, Company

-- name: a bound key with a quote
-- arg: text ÜBER
-- arg: text O'RING
SELECT Company, PartNum, UnitPrice FROM Parts WHERE Company = ? AND PartNum = ?

-- name: a key of three columns
-- arg: text MFG
-- arg: int 1000
-- arg: int 2
SELECT Company, OrderNum, OrderLine, PartNum, LineDesc, OrderQty, UnitPrice, ExtPrice, Discount, NeedByDate, VoidLine, SysRowID FROM OrderDtl WHERE Company = ? AND OrderNum = ? AND OrderLine = ?

-- name: a key that is not there
-- empty
SELECT Company, CustNum FROM Customers WHERE Company = 'EPIC06' AND CustNum = 999999

-- name: a key in the wrong case is not there
-- empty
SELECT Company, CustNum FROM Customers WHERE Company = 'epic06' AND CustNum = 1

-- name: lines of parts with ugly numbers through a join
SELECT d.Company, d.PartNum, COUNT(*), SUM(d.OrderQty) FROM OrderDtl d JOIN Parts p ON p.Company = d.Company AND p.PartNum = d.PartNum WHERE p.PartNum NOT LIKE 'P-%' GROUP BY d.Company, d.PartNum

-- name: names are found in any case and any quotes
SELECT company, "CUSTNUM", "custid" FROM customers WHERE CUSTNUM = 12
-- oracle
SELECT company, custnum, custid FROM customers WHERE custnum = 12
