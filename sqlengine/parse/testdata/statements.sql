# One statement a line: ID [dialect] SQL. ⏎ stands for a newline.
#   std, ps   must be read in the ansi dialect (ps: needs of this driver)
#   ts        T-SQL spellings, read in ansi as well
#   my, pg    read in the mysql or the postgres dialect
#   or, sq    Oracle and SQLite spellings, read in ansi as well
#   neg       must be refused, with a position
J01 [std] SELECT c.Name, o.OrderNum FROM Customers c INNER JOIN Orders o ON o.CustNum = c.CustNum WHERE c.Country = 'DE'
J02 [std] SELECT c.Name, o.OrderNum FROM Customers AS c JOIN Orders AS o ON o.CustNum = c.CustNum AND o.Open = TRUE
J03 [std] SELECT c.Name, o.OrderNum FROM Customers c LEFT JOIN Orders o ON o.CustNum = c.CustNum
J04 [std] SELECT c.Name, o.OrderNum FROM Customers c LEFT OUTER JOIN Orders o ON o.CustNum = c.CustNum WHERE o.OrderNum IS NULL
J05 [std] SELECT c.Name, o.OrderNum FROM Orders o RIGHT JOIN Customers c ON o.CustNum = c.CustNum
J06 [std] SELECT c.Name, o.OrderNum FROM Orders o RIGHT OUTER JOIN Customers c ON o.CustNum = c.CustNum
J07 [std] SELECT c.Name, o.OrderNum FROM Customers c FULL OUTER JOIN Orders o ON o.CustNum = c.CustNum
J08 [std] SELECT c.Name, o.OrderNum FROM Customers c FULL JOIN Orders o ON o.CustNum = c.CustNum
J09 [std] SELECT c.Name, p.PartNum FROM Customers c CROSS JOIN Parts p
J10 [std] SELECT * FROM Customers NATURAL JOIN Orders
J11 [std] SELECT * FROM Customers NATURAL LEFT JOIN Orders
J12 [std] SELECT * FROM Customers JOIN Orders USING (Company, CustNum)
J13 [std] SELECT * FROM Customers LEFT JOIN Orders USING (CustNum)
J14 [std] SELECT * FROM Customers c, Orders o, OrderDtl l WHERE c.CustNum = o.CustNum AND o.OrderNum = l.OrderNum
J15 [std] SELECT * FROM a JOIN b ON a.id = b.a_id LEFT JOIN c ON c.b_id = b.id RIGHT JOIN d ON d.c_id = c.id
J16 [std] SELECT * FROM a LEFT JOIN (b INNER JOIN c ON b.id = c.b_id) ON a.id = b.a_id
J17 [std] SELECT * FROM a LEFT JOIN b INNER JOIN c ON b.id = c.b_id ON a.id = b.a_id
J18 [std] SELECT e.Name, m.Name AS Manager FROM Employees e LEFT JOIN Employees m ON e.ManagerId = m.Id
J19 [my] SELECT * FROM a STRAIGHT_JOIN b ON a.id = b.id
J20 [ts] SELECT * FROM a CROSS APPLY (SELECT TOP 1 * FROM b WHERE b.a_id = a.id ORDER BY b.ts DESC) x
J21 [std] SELECT * FROM a, b JOIN c ON b.id = c.id
Q01 [std] SELECT Name, (SELECT COUNT(*) FROM Orders o WHERE o.CustNum = c.CustNum) AS n FROM Customers c
Q02 [std] SELECT * FROM Customers WHERE CustNum IN (SELECT CustNum FROM Orders WHERE Total > 1000)
Q03 [std] SELECT * FROM Customers WHERE CustNum NOT IN (SELECT CustNum FROM Orders)
Q04 [std] SELECT * FROM Customers c WHERE EXISTS (SELECT 1 FROM Orders o WHERE o.CustNum = c.CustNum)
Q05 [std] SELECT * FROM Customers c WHERE NOT EXISTS (SELECT 1 FROM Orders o WHERE o.CustNum = c.CustNum)
Q06 [std] SELECT t.Country, t.n FROM (SELECT Country, COUNT(*) AS n FROM Customers GROUP BY Country) AS t WHERE t.n > 5
Q07 [std] SELECT t.a, t.b FROM (SELECT x, y FROM z) AS t (a, b)
Q08 [std] SELECT c.Name, x.Total FROM Customers c JOIN LATERAL (SELECT SUM(o.Total) AS Total FROM Orders o WHERE o.CustNum = c.CustNum) x ON TRUE
Q09 [std] SELECT c.Name, x.Total FROM Customers c, LATERAL (SELECT o.Total FROM Orders o WHERE o.CustNum = c.CustNum ORDER BY o.Total DESC LIMIT 1) AS x
Q10 [std] SELECT * FROM Orders WHERE Total > ALL (SELECT Total FROM Orders WHERE Year = 2024)
Q11 [std] SELECT * FROM Orders WHERE Total = ANY (SELECT Total FROM Orders WHERE Year = 2024)
Q12 [std] SELECT * FROM Orders WHERE (Company, OrderNum) IN (SELECT Company, OrderNum FROM OrderDtl)
Q13 [std] SELECT * FROM Orders WHERE (Company, OrderNum) IN (('EPIC06', 1), ('EPIC06', 2))
Q14 [std] SELECT * FROM Orders WHERE Total = (SELECT MAX(Total) FROM Orders)
Q15 [pg] SELECT * FROM Orders WHERE OrderNum = ANY($1)
Q16 [pg] SELECT ARRAY(SELECT OrderNum FROM Orders)
Q17 [std] SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT 1 AS x) a) b) c
Q18 [my] SELECT * FROM (SELECT 1 AS x)
C01 [std] WITH big AS (SELECT * FROM Orders WHERE Total > 1000) SELECT * FROM big
C02 [std] WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM a, b
C03 [std] WITH big (num, tot) AS (SELECT OrderNum, Total FROM Orders) SELECT num FROM big
C04 [std] WITH RECURSIVE tree AS (SELECT Id, ParentId, 1 AS lvl FROM Org WHERE ParentId IS NULL UNION ALL SELECT o.Id, o.ParentId, t.lvl + 1 FROM Org o JOIN tree t ON o.ParentId = t.Id) SELECT * FROM tree ORDER BY lvl
C05 [std] SELECT * FROM (WITH a AS (SELECT 1 AS x) SELECT x FROM a) AS t
C06 [pg] WITH a AS MATERIALIZED (SELECT * FROM Orders) SELECT * FROM a
C07 [std] INSERT INTO Arch (Id) WITH a AS (SELECT Id FROM Orders) SELECT Id FROM a
C08 [pg] WITH a AS (SELECT Id FROM Orders WHERE Old = TRUE) DELETE FROM Orders WHERE Id IN (SELECT Id FROM a)
C09 [ts] WITH a AS (SELECT Id, ROW_NUMBER() OVER (ORDER BY Id) AS rn FROM Orders) SELECT Id FROM a WHERE rn BETWEEN 11 AND 20
U01 [std] SELECT Name FROM Customers UNION SELECT Name FROM Vendors
U02 [std] SELECT Name FROM Customers UNION ALL SELECT Name FROM Vendors ORDER BY Name LIMIT 10
U03 [std] SELECT Name FROM Customers INTERSECT SELECT Name FROM Vendors
U04 [std] SELECT Name FROM Customers EXCEPT SELECT Name FROM Vendors
U05 [std] (SELECT Name FROM Customers ORDER BY Name LIMIT 5) UNION ALL (SELECT Name FROM Vendors ORDER BY Name LIMIT 5) ORDER BY 1
U06 [std] SELECT Name FROM Customers UNION DISTINCT SELECT Name FROM Vendors
U07 [std] SELECT Name FROM Customers INTERSECT ALL SELECT Name FROM Vendors
U08 [std] SELECT Name FROM Customers EXCEPT ALL SELECT Name FROM Vendors
U09 [std] SELECT a FROM x UNION SELECT a FROM y INTERSECT SELECT a FROM z
U10 [or] SELECT Name FROM Customers MINUS SELECT Name FROM Vendors
U11 [std] SELECT * FROM (SELECT a FROM x UNION ALL SELECT a FROM y) AS u WHERE a > 1
U12 [std] SELECT a FROM x UNION ALL SELECT a FROM y UNION ALL SELECT a FROM z UNION SELECT a FROM w
U13 [std] SELECT a FROM x WHERE a IN (SELECT b FROM y UNION SELECT c FROM z)
W01 [std] SELECT OrderNum, ROW_NUMBER() OVER (PARTITION BY CustNum ORDER BY OrderDate DESC) AS rn FROM Orders
W02 [std] SELECT OrderNum, SUM(Total) OVER (ORDER BY OrderDate ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running FROM Orders
W03 [std] SELECT OrderNum, LAG(Total, 1, 0) OVER (ORDER BY OrderDate) AS prev FROM Orders
W04 [std] SELECT RANK() OVER w, DENSE_RANK() OVER w FROM Orders WINDOW w AS (PARTITION BY CustNum ORDER BY Total)
W05 [std] SELECT AVG(Total) OVER (PARTITION BY CustNum) FROM Orders
W06 [std] SELECT NTILE(4) OVER (ORDER BY Total), PERCENT_RANK() OVER (ORDER BY Total), FIRST_VALUE(Total) OVER (ORDER BY Total) FROM Orders
W07 [std] SELECT SUM(Total) OVER (ORDER BY OrderDate RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND CURRENT ROW) FROM Orders
W08 [pg] SELECT SUM(Total) OVER (ORDER BY d GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM Orders
W09 [std] SELECT COUNT(*) OVER () AS total_rows, c.* FROM Customers c
W10 [std] SELECT LAST_VALUE(x) IGNORE NULLS OVER (ORDER BY y) FROM t
W11 [std] SELECT * FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) = 1
E01 [std] SELECT CASE WHEN Total > 100 THEN 'big' WHEN Total > 10 THEN 'mid' ELSE 'small' END AS size FROM Orders
E02 [std] SELECT CASE Status WHEN 'O' THEN 'Open' WHEN 'C' THEN 'Closed' END FROM Orders
E03 [std] SELECT CAST(Total AS DECIMAL(18,2)), CAST(OrderNum AS CHAR(10)), CAST(d AS DATE), CAST(t AS TIME) FROM Orders
E04 [std] SELECT CAST(x AS VARCHAR(50)) FROM t
E05 [std] SELECT CAST(x AS VARCHAR) FROM t
E06 [std] SELECT CAST(x AS INTEGER), CAST(y AS INT), CAST(z AS BIGINT), CAST(w AS SMALLINT) FROM t
E07 [std] SELECT CAST(x AS DOUBLE PRECISION), CAST(y AS FLOAT), CAST(z AS REAL), CAST(n AS NUMERIC(10,2)) FROM t
E08 [std] SELECT CAST(x AS TIMESTAMP), CAST(y AS BOOLEAN) FROM t
E09 [std] SELECT CAST(x AS TIMESTAMP WITH TIME ZONE) FROM t
E10 [my] SELECT CAST(x AS SIGNED), CAST(y AS UNSIGNED), CAST(z AS DATETIME), CONVERT(w, CHAR), CONVERT(v USING utf8mb4) FROM t
E11 [ts] SELECT CONVERT(VARCHAR(10), OrderDate, 120), CAST(x AS NVARCHAR(MAX)), TRY_CAST(y AS INT) FROM t
E12 [pg] SELECT x::int, y::numeric(10,2), z::date FROM t
E13 [std] SELECT * FROM Orders WHERE OrderDate >= DATE '2024-01-01' AND OrderDate < DATE '2025-01-01'
E14 [std] SELECT * FROM Orders WHERE CreatedAt >= TIMESTAMP '2024-01-01 00:00:00'
E15 [std] SELECT TIME '12:30:00'
E16 [std] SELECT * FROM Orders WHERE OrderDate > CURRENT_DATE - INTERVAL '30' DAY
E17 [my] SELECT DATE_ADD(OrderDate, INTERVAL 1 MONTH), OrderDate + INTERVAL 7 DAY, NOW() - INTERVAL 1 HOUR FROM Orders
E18 [pg] SELECT now() - interval '30 days'
E19 [std] SELECT EXTRACT(YEAR FROM OrderDate), EXTRACT(MONTH FROM OrderDate) FROM Orders
E20 [std] SELECT CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP(3), LOCALTIMESTAMP
E21 [std] SELECT COALESCE(a, b, 0), NULLIF(a, 0), UPPER(n), SUBSTRING(n FROM 1 FOR 3), TRIM(BOTH ' ' FROM n), POSITION('a' IN n) FROM t
E22 [std] SELECT SUBSTRING(n, 1, 3), CHAR_LENGTH(n), LOWER(n), ABS(x), ROUND(x, 2), MOD(a, b), LEFT(n, 3), REPLACE(n, 'a', 'b') FROM t
E23 [std] SELECT First || ' ' || Last AS FullName FROM Employees
E24 [my] SELECT CONCAT(First, ' ', Last), IFNULL(a, 0), IF(a > 1, 'y', 'n'), DATE_FORMAT(d, '%Y-%m') FROM t
E25 [std] SELECT -1, +1, - -1, 1.5e10, .5, 12345678901234567890123, 1e-7 FROM t
E26 [std] SELECT a + b * c - d / e FROM t
E27 [my] SELECT a % b, a DIV b, a MOD b, a << 2, a & b | c ^ d, ~a FROM t
E28 [std] SELECT TRUE, FALSE, NULL
E29 [std] SELECT (a, b) = (1, 2) FROM t
E30 [ts] SELECT DATEADD(day, -7, GETDATE()), DATEDIFF(day, a, b), ISNULL(x, 0), LEN(n), IIF(a > 1, 'y', 'n') FROM t
E31 [std] SELECT d AT TIME ZONE 'UTC' FROM t
E32 [std] SELECT INTERVAL '1-2' YEAR TO MONTH
E33 [my] SELECT TIMESTAMPDIFF(DAY, a, b), TIMESTAMPADD(MINUTE, 5, a), DATEDIFF(a, b) FROM t
E34 [std] SELECT {fn UCASE(Name)}, {d '2024-01-01'}, {ts '2024-01-01 00:00:00'} FROM Customers
E35 [std] SELECT OVERLAY(n PLACING 'xx' FROM 2 FOR 1) FROM t
E36 [std] SELECT CAST(x AS TEXT) FROM t
E37 [std] SELECT GREATEST(a, b), LEAST(a, b), FLOOR(x), CEILING(x), POWER(x, 2) FROM t
P01 [std] SELECT * FROM Customers WHERE Name LIKE 'A%' AND Name NOT LIKE '%z'
P02 [std] SELECT * FROM Customers WHERE Name LIKE '50!%%' ESCAPE '!'
P03 [std] SELECT * FROM Orders WHERE Total BETWEEN 10 AND 20 AND OrderNum NOT BETWEEN 5 AND 7
P04 [std] SELECT * FROM Orders WHERE a IS DISTINCT FROM b
P05 [std] SELECT * FROM Orders WHERE a IS NOT DISTINCT FROM b
P06 [my] SELECT * FROM Orders WHERE a <=> b
P07 [std] SELECT * FROM Orders WHERE ShipVia IS NULL OR Terms IS NOT NULL
P08 [std] SELECT * FROM Orders WHERE Open IS TRUE AND Held IS NOT FALSE
P09 [std] SELECT * FROM Orders WHERE Held IS UNKNOWN
P10 [std] SELECT * FROM Orders WHERE a <> b AND c != d AND NOT (e = f)
P11 [pg] SELECT * FROM Customers WHERE Name ILIKE 'a%'
P12 [std] SELECT * FROM Customers WHERE Name SIMILAR TO '(A|B)%'
P13 [my] SELECT * FROM Customers WHERE Name REGEXP '^A' AND Name RLIKE 'b$'
P14 [pg] SELECT * FROM Customers WHERE Name ~ '^A' AND Name ~* 'b'
P15 [std] SELECT * FROM t WHERE a IN (1, 2, 3) AND b NOT IN ('x', 'y')
P16 [std] SELECT * FROM t WHERE a = 1 OR b = 2 AND NOT c = 3
P17 [std] SELECT * FROM t WHERE (s1, e1) OVERLAPS (s2, e2)
P18 [pg] SELECT * FROM t WHERE a BETWEEN SYMMETRIC 10 AND 5
P19 [std] SELECT * FROM t WHERE Active
P20 [std] SELECT a > b AS gt, a IS NULL AS isn, a LIKE 'x%' AS lk FROM t
P21 [my] SELECT * FROM t WHERE a = 1 && b = 2 || !c
P22 [sq] SELECT * FROM t WHERE Name GLOB 'A*' AND a == 1
O01 [std] SELECT * FROM t ORDER BY a ASC, b DESC
O02 [std] SELECT * FROM t ORDER BY a DESC NULLS LAST, b NULLS FIRST
O03 [std] SELECT * FROM t ORDER BY a LIMIT 10
O04 [std] SELECT * FROM t ORDER BY a LIMIT 10 OFFSET 20
O05 [my] SELECT * FROM t ORDER BY a LIMIT 20, 10
O06 [std] SELECT * FROM t ORDER BY a OFFSET 20 ROWS FETCH NEXT 10 ROWS ONLY
O07 [std] SELECT * FROM t ORDER BY a FETCH FIRST 10 ROWS ONLY
O08 [ts] SELECT TOP 10 * FROM t ORDER BY a
O09 [ts] SELECT TOP (10) WITH TIES Name FROM t ORDER BY Total DESC
O10 [std] SELECT a, b + c AS s FROM t ORDER BY s, 1, b * 2
O11 [std] SELECT * FROM t LIMIT ? OFFSET ?
O12 [std] SELECT * FROM t ORDER BY CASE WHEN a = 1 THEN 0 ELSE 1 END, Name COLLATE utf8_bin
O13 [pg] SELECT * FROM t LIMIT ALL OFFSET 5
O14 [std] SELECT * FROM t ORDER BY a OFFSET 5 ROWS
O15 [pg] SELECT * FROM t OFFSET 5
O16 [std] SELECT * FROM t FETCH FIRST 5 ROWS WITH TIES
G01 [std] SELECT Country, COUNT(*) FROM Customers GROUP BY Country HAVING COUNT(*) > 5 ORDER BY COUNT(*) DESC
G02 [std] SELECT COUNT(DISTINCT Country), SUM(DISTINCT x), COUNT(ALL y) FROM Customers
G03 [std] SELECT a, b, SUM(c) FROM t GROUP BY 1, 2
G04 [std] SELECT YEAR(d) AS y, SUM(c) FROM t GROUP BY y
G05 [std] SELECT a, b, SUM(c) FROM t GROUP BY ROLLUP (a, b)
G06 [my] SELECT a, b, SUM(c) FROM t GROUP BY a, b WITH ROLLUP
G07 [std] SELECT a, b, SUM(c) FROM t GROUP BY CUBE (a, b)
G08 [std] SELECT a, b, SUM(c) FROM t GROUP BY GROUPING SETS ((a, b), (a), ())
G09 [my] SELECT a, GROUP_CONCAT(DISTINCT b ORDER BY b DESC SEPARATOR '; ') FROM t GROUP BY a
G10 [pg] SELECT a, STRING_AGG(b, ', ' ORDER BY b) FROM t GROUP BY a
G11 [std] SELECT a, LISTAGG(b, ', ') WITHIN GROUP (ORDER BY b) FROM t GROUP BY a
G12 [std] SELECT COUNT(*) FILTER (WHERE x > 1), SUM(y) FILTER (WHERE z = 'a') FROM t
G13 [std] SELECT DISTINCT a, b FROM t
G14 [pg] SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b
G15 [my] SELECT COUNT(DISTINCT a, b) FROM t
G16 [std] SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) FROM t
G17 [std] SELECT MIN(a), MAX(a), AVG(a), STDDEV_POP(a), VAR_SAMP(a) FROM t HAVING COUNT(*) > 1
G18 [std] SELECT a, SUM(b) FROM t GROUP BY a HAVING SUM(b) > (SELECT AVG(b) FROM t)
G19 [std] SELECT UPPER(a), COUNT(*) FROM t GROUP BY UPPER(a)
I01 [my] SELECT `Name`, `Order`.`Total` FROM `Order` WHERE `Order`.`Id` = 1
I02 [std] SELECT "Name", "o"."Total" FROM "Order" "o" WHERE "o"."Id" = 1
I03 [ts] SELECT [Name], [o].[Total] FROM [Order] [o] WHERE [o].[Id] = 1
I04 [ps] SELECT Name FROM `Erp.BO.CustomerSvc`.`Customers` WHERE Company = 'EPIC06'
I05 [ps] SELECT Name FROM "Erp.BO.CustomerSvc"."Customers" WHERE "Company" = 'EPIC06'
I06 [ps] SELECT Name FROM Erp.BO.CustomerSvc.Customers WHERE Company = 'EPIC06'
I07 [ps] SELECT `c`.`Name` FROM `Erp.BO.CustomerSvc`.`Customers` AS `c` JOIN `Erp.BO.SalesOrderSvc`.`SalesOrders` AS `o` ON `o`.`CustNum` = `c`.`CustNum`
I08 [ps] SELECT Name FROM BaqSvc.[My-Query(EPIC06)] WHERE X = 1
I09 [ps] SELECT Customer_CustID, OrderHed_OrderNum FROM BaqSvc.zCustomer01
I10 [std] SELECT db.sch.tbl.col FROM db.sch.tbl
I11 [std] SELECT c.* , o.Id FROM Customers c, Orders o
I12 [std] SELECT Größe, 名前, naïve FROM Straße WHERE Größe = 'ß✓😀'
I13 [std] SELECT t.date, t.key, t.value, t.status, t.type, t.order FROM t
I14 [std] SELECT a AS "Total Amount", b AS 'Legacy Alias', c "x y" FROM t
I15 [my] SELECT a AS `weird``name` FROM `we``ird`
I16 [std] SELECT "a""b" FROM "t""x"
I17 [std] SELECT value, name, type, date, time, timestamp, status, position, level, year, month, day, text, result, comment FROM t
I18 [ps] SELECT Key1, Character01, Number01, Date01, CheckBox01, ShortChar01, UD_Field_c FROM Ice.BO.UD01Svc.UD01s WHERE Company = 'X' AND Key1 = 'k'
I19 [std] SELECT rank, groups, system, window, lateral, row, rows, function, of, over FROM t
I20 [ps] SELECT Name, Address.City, Address.Country.Code FROM Customers
I21 [ps] SELECT Name, `Address/City` FROM Customers
I22 [std] SELECT _a, a$b, a#b FROM t
I23 [std] SELECT key, end_date, language, offset, limit_, usage, option, range, interval_, schema_name, values_ FROM t
I24 [std] SELECT * FROM dbo.Customers AS c
I25 [ps] SELECT l.PartNum FROM Lines l WHERE l.Rank = 1 AND l.Groups = 2
B01 [std] SELECT * FROM t WHERE a = ? AND b IN (?, ?) LIMIT ?
B02 [ps] SELECT * FROM t WHERE a = :name AND b = :other_1
B03 [ts] SELECT * FROM t WHERE a = @p1 AND b = @name
B04 [pg] SELECT * FROM t WHERE a = $1 AND b = $2
B05 [std] INSERT INTO t (a, b) VALUES (?, ?), (?, ?)
B06 [sq] SELECT * FROM t WHERE a = ?1 AND b = ?2
B07 [or] SELECT * FROM t WHERE a = :1 AND b = :2
B08 [my] SELECT * FROM t WHERE a IN ::list
B09 [std] SELECT ? + 1, CAST(? AS CHAR), ? IS NULL FROM t WHERE d > ? - INTERVAL ? DAY
M01 [std] INSERT INTO Customers (Company, CustID, Name) VALUES ('EPIC06', 'A1', 'Alfa')
M02 [std] INSERT INTO Customers (Company, CustID, Name) VALUES ('EPIC06', 'A1', 'Alfa'), ('EPIC06', 'B2', DEFAULT)
M03 [std] INSERT INTO Arch (Id, Name) SELECT Id, Name FROM Customers WHERE Old = 1
M04 [my] INSERT INTO t (a, b) VALUES (1, 2) ON DUPLICATE KEY UPDATE b = VALUES(b), c = c + 1
M05 [my] INSERT INTO t (a, b) VALUES (1, 2) AS new ON DUPLICATE KEY UPDATE b = new.b
M06 [pg] INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b RETURNING a, b
M07 [pg] INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT DO NOTHING
M08 [pg] INSERT INTO t (a) VALUES (1) RETURNING *
M09 [my] REPLACE INTO t (a, b) VALUES (1, 2)
M10 [my] INSERT IGNORE INTO t (a, b) VALUES (1, 2)
M11 [my] INSERT INTO t SET a = 1, b = 2
M12 [std] INSERT INTO t DEFAULT VALUES
M13 [std] INSERT INTO t VALUES (1, 'x', NULL)
M14 [std] UPDATE Customers SET Name = 'New', Credit = Credit * 1.1 WHERE CustID = 'A1'
M15 [my] UPDATE a JOIN b ON a.id = b.id SET a.x = b.y WHERE b.z = 1
M16 [pg] UPDATE a SET x = b.y FROM b WHERE a.id = b.id RETURNING a.id
M17 [std] UPDATE t SET a = DEFAULT, b = NULL, c = (SELECT MAX(c) FROM u)
M18 [std] UPDATE t SET (a, b) = (1, 2) WHERE id = 1
M19 [my] UPDATE t SET a = 1 WHERE b = 2 ORDER BY c LIMIT 1
M20 [std] DELETE FROM Customers WHERE CustID = 'A1'
M21 [my] DELETE a FROM a JOIN b ON a.id = b.id WHERE b.x = 1
M22 [my] DELETE FROM t WHERE a = 1 ORDER BY b LIMIT 10
M23 [pg] DELETE FROM a USING b WHERE a.id = b.id RETURNING *
M24 [std] MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT (id, a) VALUES (s.id, s.a)
M25 [std] TRUNCATE TABLE t
M26 [std] UPDATE Customers AS c SET c.Name = 'x' WHERE c.Id = 1
M27 [ts] INSERT INTO t (a) OUTPUT INSERTED.id VALUES (1)
M28 [std] DELETE FROM Customers AS c WHERE c.CustID = 'A1'
M29 [ps] UPDATE `Erp.BO.CustomerSvc`.`Customers` SET `Name` = ? WHERE `Company` = ? AND `CustNum` = ?
M30 [ps] DELETE FROM `Erp.BO.CustomerSvc`.`Customers` WHERE `Company` = ? AND `CustNum` = ?
M31 [ts] DELETE TOP (10) FROM t WHERE a = 1
X01 [std] CALL GetByID('EPIC06', 1)
X02 [ps] CALL `Erp.BO.CustomerSvc`.GetByCustID('A1', FALSE)
X03 [ps] CALL Erp.BO.CustomerSvc.GetByCustID(?, ?)
X04 [ps] CALL GetByID(custID => 'A1', flag => TRUE)
X05 [ts] EXEC GetByCustID @custID = 'A1', @flag = 1
X06 [ts] EXECUTE Erp.BO.CustomerSvc.GetByCustID 'A1'
X07 [std] SELECT * FROM GetRows('x', 10) AS r
X08 [std] SELECT * FROM TABLE(GetRows('x')) AS r
X09 [std] {call GetByID(?, ?)}
X10 [my] DO SLEEP(1)
S01 [my] SHOW TABLES
S02 [my] SHOW TABLES FROM `Erp.BO.CustomerSvc` LIKE 'Cust%'
S03 [my] SHOW FULL TABLES FROM erp WHERE Table_type = 'BASE TABLE'
S04 [my] SHOW COLUMNS FROM Customers
S05 [my] SHOW FULL COLUMNS FROM Customers FROM erp LIKE 'Na%'
S06 [my] SHOW DATABASES
S07 [my] SHOW CREATE TABLE Customers
S08 [my] SHOW VARIABLES LIKE 'version%'
S09 [my] DESCRIBE Customers
S10 [my] DESC Customers Name
S11 [std] EXPLAIN SELECT * FROM Customers WHERE Id = 1
S12 [my] EXPLAIN FORMAT=JSON SELECT * FROM Customers
S13 [pg] EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM Customers
S14 [std] SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN ('mysql', 'sys') ORDER BY TABLE_SCHEMA, TABLE_NAME
S15 [std] SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'Customers' ORDER BY ORDINAL_POSITION
S16 [my] SELECT @@version, @@version_comment, @@session.auto_increment_increment, DATABASE(), USER(), VERSION()
S17 [pg] SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','v') AND pg_catalog.pg_table_is_visible(c.oid)
S18 [pg] SHOW server_version
S19 [std] SELECT SUM(1) AS `sum:Number of Records:ok`, `Customers`.`Country` AS `Country` FROM `Customers` GROUP BY 2 HAVING (COUNT(1) > 0)
S20 [std] SELECT TOP 1001 "t0"."Country", SUM("t0"."Total") AS "sum" FROM (SELECT "_"."Country", "_"."Total" FROM "dbo"."Customers" "_") "t0" GROUP BY "t0"."Country"
S21 [std] SELECT * FROM (SELECT * FROM Customers) AS "Custom SQL Query" LIMIT 0
S22 [std] SELECT DATE_TRUNC('month', "o"."OrderDate") AS "m", COUNT(*) AS "count" FROM "public"."orders" "o" WHERE "o"."OrderDate" >= CAST('2024-01-01' AS DATE) GROUP BY DATE_TRUNC('month', "o"."OrderDate") ORDER BY 1 ASC
S23 [my] USE erp
S24 [sq] PRAGMA table_info(Customers)
S25 [my] SHOW INDEX FROM Customers
S26 [ps] SHOW VIEWS
S27 [ps] SHOW VIEWS FROM UserViews LIKE 'V%'
T01 [my] SET NAMES utf8mb4
T02 [my] SET SESSION sql_mode = 'ANSI_QUOTES', autocommit = 0
T03 [pg] SET search_path TO erp, public
T04 [std] BEGIN
T05 [std] START TRANSACTION
T06 [std] COMMIT
T07 [std] ROLLBACK
T08 [std] SAVEPOINT sp1
T09 [std] ROLLBACK TO SAVEPOINT sp1
T10 [std] SET TRANSACTION ISOLATION LEVEL READ COMMITTED
T11 [my] SET @x = 1
T12 [std] COMMIT WORK
T13 [std] START TRANSACTION READ ONLY
T14 [std] BEGIN TRANSACTION
L01 [std] SELECT /* block ; 'quote */ a -- line comment⏎FROM t -- tail
L02 [my] SELECT a # hash comment⏎FROM t
L03 [std] /* leading */ SELECT 1 /* trailing */;
L04 [std] SELECT 'it''s', '', 'a' 'b'
L05 [std] SELECT 'C:\temp\new' FROM t WHERE p LIKE '%\_x'
L06 [std] SELECT X'4D7953514C', 0x4D79, B'1010', 0b1010
L07 [std] SELECT N'unicode', _utf8'x', E'esc\n'
L08 [std] SELECT a FROM t;
L09 [std] SELECT 1 ;  -- trailing
L10 [std] SELECT⏎  a,⏎	b⏎FROM⏎  t⏎WHERE a=1
L11 [std] select a from t where b='x'and c=1or d>2
L12 [pg] SELECT $$dollar 'quoted'$$
L13 [std] SELECT 5--3⏎FROM t
L14 [std] SELECT /* nested /* comment */ still */ 1
L15 [std] SELECT 'emoji 😀 日本', '\\' FROM t
V01 [my] SELECT doc->'$.name', doc->>'$.name', JSON_EXTRACT(doc, '$.a[0]') FROM t
V02 [pg] SELECT doc->'a'->>'b', doc #>> '{a,b}', doc @> '{"a":1}' FROM t
V03 [std] SELECT JSON_VALUE(doc, '$.name'), JSON_QUERY(doc, '$.a') FROM t
V04 [std] SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (id, name)
V05 [std] VALUES (1, 2), (3, 4)
V06 [my] SELECT * FROM JSON_TABLE('[1,2]', '$[*]' COLUMNS (x INT PATH '$')) AS jt
V07 [std] SELECT 1
V08 [std] SELECT 1 FROM DUAL
V09 [pg] SELECT * FROM generate_series(1, 10) AS g(n)
V10 [std] TABLE Customers
V11 [std] SELECT a INTO new_t FROM t
V12 [std] SELECT * FROM t PIVOT (SUM(x) FOR y IN ('a', 'b')) AS p
V13 [my] SELECT * FROM t PARTITION (p0)
V14 [std] SELECT * FROM t TABLESAMPLE BERNOULLI (10)
V15 [std] SELECT * FROM t FOR SYSTEM_TIME AS OF TIMESTAMP '2024-01-01 00:00:00'
V16 [std] SELECT * FROM t FOR UPDATE
V17 [std] SELECT *, a AS b FROM t
H01 [my] SELECT /*+ MAX_EXECUTION_TIME(1000) */ * FROM t
H02 [my] SELECT SQL_NO_CACHE STRAIGHT_JOIN * FROM t USE INDEX (ix1)
H03 [ts] SELECT * FROM t WITH (NOLOCK) OPTION (MAXDOP 1)
H04 [my] SELECT SQL_CALC_FOUND_ROWS * FROM t LIMIT 5
H05 [my] SELECT /*!40001 SQL_NO_CACHE */ * FROM t
D01 [std] CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL, d DECIMAL(10,2) DEFAULT 0)
D02 [std] CREATE VIEW v AS SELECT * FROM t
D03 [std] CREATE TEMPORARY TABLE tmp AS SELECT * FROM t
D04 [std] DROP TABLE IF EXISTS t
D05 [std] ALTER TABLE t ADD COLUMN x INT
D06 [std] CREATE INDEX ix ON t (a, b)
N01 [neg] SELECT * FROM t WHERE
N02 [neg] SELECT a FROM t garbage more garbage
N03 [neg] SELECT 1; DROP TABLE Customers
N04 [neg] SELEC a FROM t
N05 [neg] SELECT 'unterminated FROM t
N06 [neg] SELECT a FROM t WHERE a = 1)
N07 [neg] SHOW whatever you like 1 2 3
N08 [neg] DESCRIBE this is ( not valid
N09 [neg] EXPLAIN utter nonsense here
N10 [neg] SELECT /* unterminated FROM t
N11 [neg] 
N12 [neg] DELETE Customers WHERE
N13 [neg] BEGIN nonsense here
N14 [neg] SELECT a,, b FROM t
N15 [neg] INSERT INTO t (a, b VALUES (1, 2)
N16 [neg] CREATE TABLE t (this is not valid at all (
N17 [neg] ALTER TABLE t whatever nonsense
N18 [neg] SELECT a FROM t LIMIT 5 WHERE b = 1
N19 [neg] REPAIR nonsense nonsense
N20 [neg] TRUNCATE nonsense more
