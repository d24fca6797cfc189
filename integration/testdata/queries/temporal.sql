-- name: a date on or after another
SELECT COUNT(*), MIN(EstDate), MAX(EstDate) FROM Customers WHERE EstDate >= DATE '2021-01-01'

-- name: a date equals a date
SELECT Company, OrderNum, OrderDate FROM OrderHed WHERE OrderDate = DATE '2023-01-03'

-- name: a date compares with a string
SELECT Company, OrderNum, OrderDate FROM OrderHed WHERE OrderDate = '2021-05-30'

-- name: dates between two days
-- ordered
SELECT Company, OrderNum, OrderDate FROM OrderHed WHERE OrderDate BETWEEN '2022-02-27' AND '2022-03-01' ORDER BY OrderDate, Company, OrderNum

-- name: a timestamp before an instant
SELECT COUNT(*), MAX(LastContact) FROM Customers WHERE LastContact < TIMESTAMP '2022-06-01 00:00:00'

-- name: a timestamp to the millisecond
SELECT Company, CustNum, LastContact FROM Customers WHERE LastContact = TIMESTAMP '2025-10-12 15:49:30.668'

-- name: a bound instant
-- arg: timestamp 2025-10-12T15:49:30.668Z
SELECT Company, CustNum, LastContact FROM Customers WHERE LastContact = ?

-- name: a bound instant of another zone is the same instant
-- arg: timestamp 2025-10-12T17:49:30.668+02:00
SELECT Company, CustNum, LastContact FROM Customers WHERE LastContact <= ? AND LastContact > TIMESTAMP '2025-10-01 00:00:00'

-- name: a timestamp a microsecond earlier differs
-- empty
SELECT Company, CustNum FROM Customers WHERE LastContact = TIMESTAMP '2025-10-12 15:49:30.667999'

-- name: a time of day
SELECT COUNT(*), MIN(EntryTime), MAX(EntryTime) FROM OrderHed WHERE EntryTime < TIME '06:00:00'

-- name: years and months are extracted
SELECT EXTRACT(YEAR FROM OrderDate), EXTRACT(MONTH FROM OrderDate), COUNT(*) FROM OrderHed WHERE Company = 'MFG' GROUP BY EXTRACT(YEAR FROM OrderDate), EXTRACT(MONTH FROM OrderDate)

-- name: the year of a date is a condition
SELECT COUNT(*) FROM OrderHed WHERE EXTRACT(YEAR FROM OrderDate) = 2021 AND EXTRACT(DAY FROM OrderDate) = 31

-- name: the hour of a timestamp is a condition
SELECT COUNT(*) FROM OrderHed WHERE EXTRACT(HOUR FROM ChangedAt) = 7

-- name: a date has no time in it
-- ordered
SELECT DISTINCT OrderDate FROM OrderHed WHERE OrderDate >= '2025-01-01' AND OrderDate < '2025-02-01' ORDER BY OrderDate

-- name: a timestamp is cast to a date
SELECT CAST(CreatedOn AS DATE), COUNT(*) FROM OrderHed WHERE OrderNum < 1100 GROUP BY CAST(CreatedOn AS DATE)

-- name: the newest dates come first
-- ordered
SELECT Company, OrderNum, OrderDate, ChangedAt FROM OrderHed ORDER BY ChangedAt DESC, Company, OrderNum LIMIT 7
