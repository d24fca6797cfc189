-- name: a prefix
SELECT Company, CustNum, Name FROM Customers WHERE Name LIKE 'North%'

-- name: a suffix
SELECT COUNT(*) FROM Customers WHERE Name LIKE '%GmbH'

-- name: a substring
SELECT Company, CustNum, Name FROM Customers WHERE Name LIKE '%Stal 1%'

-- name: upper and lower case are told apart
SELECT COUNT(*) FROM Customers WHERE Name LIKE 'acme%'

-- name: an underscore stands for one character
SELECT Company, PartNum FROM Parts WHERE PartNum LIKE 'P-0001_'

-- name: an underscore stands for one character beyond the basic plane
SELECT COUNT(*) FROM OrderDtl WHERE LineDesc LIKE 'Ωmega _ Labs'

-- name: a percent sign is escaped
SELECT Company, PartNum FROM Parts WHERE PartNum LIKE '%!%' ESCAPE '!'

-- name: an underscore is escaped
SELECT COUNT(*) FROM Customers WHERE Name LIKE '%!_%' ESCAPE '!'

-- name: a pattern without a wildcard is an equality
SELECT Company, PartNum FROM Parts WHERE PartNum LIKE 'x y'

-- name: a pattern of one percent sign finds all but null
SELECT COUNT(*) FROM Customers WHERE City LIKE '%'

-- name: wildcards in the middle
SELECT Company, CustNum, Name FROM Customers WHERE Name LIKE 'M%ller%_1'

-- name: a unicode prefix
SELECT COUNT(*) FROM Customers WHERE City LIKE 'Zür%'

-- name: a japanese substring
SELECT Company, CustNum, Name FROM Customers WHERE Name LIKE '%会社%' AND CustNum < 60

-- name: a quote inside a pattern
SELECT Company, CustNum, Name FROM Customers WHERE Name LIKE '%''Br%' AND CustNum < 60

-- name: NOT LIKE with a prefix
SELECT COUNT(*) FROM Parts WHERE PartNum NOT LIKE 'P-%'

-- name: a bound pattern
-- arg: text %Cotton!_Co%
SELECT COUNT(*) FROM Customers WHERE Name LIKE ? ESCAPE '!'
