-- name: IS NULL finds the nulls alone
SELECT COUNT(*) FROM Customers WHERE EstDate IS NULL

-- name: IS NOT NULL finds all others
SELECT COUNT(*), COUNT(EstDate) FROM Customers WHERE EstDate IS NOT NULL

-- name: <> leaves the nulls out
SELECT COUNT(*), COUNT(Name) FROM Customers WHERE Name <> 'ACME'

-- name: NOT of an equality leaves the nulls out
SELECT COUNT(*), COUNT(Name) FROM Customers WHERE NOT (Name = 'ACME')

-- name: NOT of a conjunction with a null in it is decided by its other half
SELECT COUNT(*) FROM Customers WHERE NOT (Country = 'DE' AND CustNum < 100)

-- name: NOT of a disjunction with a null in it
SELECT COUNT(*) FROM Customers WHERE NOT (Country = 'DE' OR CustNum < 100)

-- name: NOT LIKE leaves the nulls out
SELECT COUNT(*), COUNT(Name) FROM Customers WHERE Name NOT LIKE '%e%'

-- name: NOT IN leaves the nulls out
SELECT COUNT(*), COUNT(Country) FROM Customers WHERE Country NOT IN ('DE', 'CH')

-- name: IN with a null in the list finds the listed values alone
SELECT COUNT(*) FROM Customers WHERE Country IN ('DE', NULL)

-- name: NOT IN with a null in the list finds nothing
-- empty
SELECT Company, CustNum FROM Customers WHERE Country NOT IN ('DE', NULL)

-- name: NOT BETWEEN leaves the nulls out
SELECT COUNT(*) FROM OrderHed WHERE OrderPriority NOT BETWEEN 2 AND 3

-- name: a comparison with null is never true
-- empty
SELECT Company, OrderNum FROM OrderHed WHERE OrderPriority = NULL OR OrderPriority <> NULL

-- name: null equals null is not true between columns
SELECT COUNT(*) FROM OrderHed WHERE RequestDate = RequestDate

-- name: IS NOT DISTINCT FROM treats null as a value
SELECT COUNT(*) FROM OrderHed WHERE OrderPriority IS NOT DISTINCT FROM NULL

-- name: IS DISTINCT FROM keeps the nulls
SELECT COUNT(*) FROM OrderHed WHERE OrderPriority IS DISTINCT FROM 2

-- name: IS TRUE and IS NOT TRUE split the rows of a three valued condition
SELECT COUNT(*) FROM OrderHed WHERE (OrderPriority = 1) IS NOT TRUE

-- name: a bound null matches nothing
-- arg: null
-- empty
SELECT Company, CustNum FROM Customers WHERE Country = CAST(? AS VARCHAR(50))

-- name: COALESCE stands in for nulls in a condition
SELECT COUNT(*) FROM Customers WHERE COALESCE(Country, 'none') = 'none'

-- name: NULLIF makes nulls
SELECT COUNT(NULLIF(Country, 'DE')), COUNT(*) FROM Customers

-- name: nulls sort first when ascending
-- ordered
SELECT Company, OrderNum, OrderPriority FROM OrderHed WHERE OrderNum < 1010 ORDER BY OrderPriority, Company, OrderNum
-- oracle
SELECT Company, OrderNum, OrderPriority FROM OrderHed WHERE OrderNum < 1010 ORDER BY OrderPriority NULLS FIRST, Company, OrderNum

-- name: nulls sort last when descending
-- ordered
SELECT Company, OrderNum, OrderPriority FROM OrderHed WHERE OrderNum < 1010 ORDER BY OrderPriority DESC, Company, OrderNum
-- oracle
SELECT Company, OrderNum, OrderPriority FROM OrderHed WHERE OrderNum < 1010 ORDER BY OrderPriority DESC NULLS LAST, Company, OrderNum

-- name: NULLS LAST is obeyed when ascending
-- ordered
SELECT Company, CustNum, CreditLimit FROM Customers WHERE CustNum <= 15 ORDER BY CreditLimit NULLS LAST, Company, CustNum

-- name: NULLS FIRST is obeyed when descending
-- ordered
SELECT Company, CustNum, CreditLimit FROM Customers WHERE CustNum <= 15 ORDER BY CreditLimit DESC NULLS FIRST, Company, CustNum

-- name: the lowest rows of a sort begin with the nulls
-- ordered
SELECT Company, CustNum, CreditLimit FROM Customers ORDER BY CreditLimit, Company, CustNum LIMIT 5
-- oracle
SELECT Company, CustNum, CreditLimit FROM Customers ORDER BY CreditLimit NULLS FIRST, Company, CustNum LIMIT 5

-- name: the highest rows of a sort hold no null
-- ordered
SELECT Company, CustNum, CreditLimit FROM Customers ORDER BY CreditLimit DESC, Company, CustNum LIMIT 5
-- oracle
SELECT Company, CustNum, CreditLimit FROM Customers ORDER BY CreditLimit DESC NULLS LAST, Company, CustNum LIMIT 5
