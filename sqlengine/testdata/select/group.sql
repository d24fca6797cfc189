# GROUP BY: sets, ROLLUP, CUBE, GROUPING, positions, names

SELECT region, product, SUM(qty) FROM sales GROUP BY ROLLUP (region, product)
----
NULL|NULL|45
NULL|NULL|4
north|nut|15
south|NULL|1
NULL|nut|2
south|bolt|3
north|bolt|6
south|nut|14
NULL|NULL|6
south|NULL|18
north|NULL|21

SELECT region, product, SUM(qty), COUNT(*) FROM sales GROUP BY CUBE (region, product)
----
NULL|NULL|45|10
NULL|NULL|4|1
north|nut|15|2
south|NULL|1|1
NULL|nut|2|1
south|bolt|3|1
north|bolt|6|2
south|nut|14|2
NULL|NULL|6|2
south|NULL|18|4
north|NULL|21|4
NULL|NULL|5|2
NULL|nut|31|5
NULL|bolt|9|3

SELECT region, product, yr, SUM(amount) FROM sales GROUP BY ROLLUP (region, (product, yr))
----
NULL|NULL|NULL|344.75
NULL|NULL|NULL|1.00
north|bolt|2023|60.00
south|NULL|2023|5.00
NULL|nut|2022|8.00
north|nut|2023|50.50
north|bolt|2022|20.00
south|bolt|2023|30.25
north|nut|2022|100.00
south|nut|2022|70.00
NULL|NULL|NULL|9.00
south|NULL|NULL|105.25
north|NULL|NULL|230.50

SELECT region, product, yr, SUM(amount), GROUPING(region, product, yr) FROM sales GROUP BY CUBE (region, product, yr)
----
NULL|NULL|NULL|344.75|7
NULL|NULL|NULL|1.00|0
north|bolt|2023|60.00|0
south|NULL|2023|5.00|0
NULL|nut|2022|8.00|0
north|nut|2023|50.50|0
north|bolt|2022|20.00|0
south|bolt|2023|30.25|0
north|nut|2022|100.00|0
south|nut|2022|70.00|0
NULL|NULL|NULL|1.00|1
north|nut|NULL|150.50|1
south|NULL|NULL|5.00|1
NULL|nut|NULL|8.00|1
south|bolt|NULL|30.25|1
north|bolt|NULL|80.00|1
south|nut|NULL|70.00|1
NULL|NULL|NULL|9.00|3
south|NULL|NULL|105.25|3
north|NULL|NULL|230.50|3
NULL|NULL|NULL|1.00|4
NULL|nut|2022|178.00|4
NULL|bolt|2022|20.00|4
NULL|nut|2023|50.50|4
NULL|NULL|2023|5.00|4
NULL|bolt|2023|90.25|4
NULL|NULL|NULL|6.00|5
NULL|nut|NULL|228.50|5
NULL|bolt|NULL|110.25|5
NULL|NULL|NULL|1.00|2
south|NULL|2022|70.00|2
NULL|NULL|2022|8.00|2
south|NULL|2023|35.25|2
north|NULL|2023|110.50|2
north|NULL|2022|120.00|2
NULL|NULL|NULL|1.00|6
NULL|NULL|2022|198.00|6
NULL|NULL|2023|145.75|6

SELECT region, product, COUNT(qty) FROM sales GROUP BY GROUPING SETS ((region), (product), ())
----
NULL|NULL|9
NULL|NULL|2
south|NULL|4
north|NULL|3
NULL|NULL|2
NULL|nut|5
NULL|bolt|2

SELECT region, product, COUNT(qty) FROM sales GROUP BY GROUPING SETS (region, product, (region, product))
----
NULL|NULL|1
north|nut|2
south|NULL|1
NULL|nut|1
south|bolt|1
north|bolt|1
south|nut|2
NULL|NULL|2
south|NULL|4
north|NULL|3
NULL|NULL|2
NULL|nut|5
NULL|bolt|2

SELECT region, product, yr, COUNT(*) FROM sales GROUP BY region, ROLLUP (product, yr)
----
NULL|NULL|NULL|1
north|bolt|2023|1
south|NULL|2023|1
NULL|nut|2022|1
north|nut|2023|1
north|bolt|2022|1
south|bolt|2023|1
north|nut|2022|1
south|nut|2022|2
NULL|NULL|NULL|1
north|nut|NULL|2
south|NULL|NULL|1
NULL|nut|NULL|1
south|bolt|NULL|1
north|bolt|NULL|2
south|nut|NULL|2
NULL|NULL|NULL|2
south|NULL|NULL|4
north|NULL|NULL|4

SELECT region, product, yr, COUNT(*) FROM sales GROUP BY region, CUBE (product, yr)
----
NULL|NULL|NULL|1
north|bolt|2023|1
south|NULL|2023|1
NULL|nut|2022|1
north|nut|2023|1
north|bolt|2022|1
south|bolt|2023|1
north|nut|2022|1
south|nut|2022|2
NULL|NULL|NULL|1
north|nut|NULL|2
south|NULL|NULL|1
NULL|nut|NULL|1
south|bolt|NULL|1
north|bolt|NULL|2
south|nut|NULL|2
NULL|NULL|NULL|2
south|NULL|NULL|4
north|NULL|NULL|4
NULL|NULL|NULL|1
NULL|NULL|2022|1
south|NULL|2023|2
north|NULL|2023|2
south|NULL|2022|2
north|NULL|2022|2

SELECT region, product, yr, COUNT(*) FROM sales GROUP BY GROUPING SETS (region, product), GROUPING SETS (yr, ())
----
NULL|NULL|NULL|1
NULL|NULL|2022|1
south|NULL|2023|2
north|NULL|2023|2
south|NULL|2022|2
north|NULL|2022|2
NULL|NULL|NULL|2
south|NULL|NULL|4
north|NULL|NULL|4
NULL|NULL|NULL|1
NULL|nut|2022|4
NULL|bolt|2022|1
NULL|nut|2023|1
NULL|NULL|2023|1
NULL|bolt|2023|2
NULL|NULL|NULL|2
NULL|nut|NULL|5
NULL|bolt|NULL|3

SELECT region, product, COUNT(*) FROM sales GROUP BY GROUPING SETS (ROLLUP (region, product), CUBE (region, product))
----
NULL|NULL|10
NULL|NULL|10
NULL|NULL|1
north|nut|2
south|NULL|1
NULL|nut|1
south|bolt|1
north|bolt|2
south|nut|2
NULL|NULL|1
north|nut|2
south|NULL|1
NULL|nut|1
south|bolt|1
north|bolt|2
south|nut|2
NULL|NULL|2
south|NULL|4
north|NULL|4
NULL|NULL|2
south|NULL|4
north|NULL|4
NULL|NULL|2
NULL|nut|5
NULL|bolt|3

SELECT region, COUNT(*) FROM sales GROUP BY GROUPING SETS (region, region)
----
NULL|2
south|4
north|4
NULL|2
south|4
north|4

SELECT region, COUNT(*) FROM sales GROUP BY GROUPING SETS ((), (), region)
----
NULL|10
NULL|10
NULL|2
south|4
north|4

SELECT region, product, COUNT(*) FROM sales GROUP BY DISTINCT ROLLUP (region, product), ROLLUP (region)
----
NULL|NULL|10
NULL|NULL|1
north|nut|2
south|NULL|1
NULL|nut|1
south|bolt|1
north|bolt|2
south|nut|2
NULL|NULL|2
south|NULL|4
north|NULL|4

SELECT region, product, COUNT(*) FROM sales GROUP BY ROLLUP (region, product), ROLLUP (region)
----
NULL|NULL|10
NULL|NULL|1
north|nut|2
south|NULL|1
NULL|nut|1
south|bolt|1
north|bolt|2
south|nut|2
NULL|NULL|1
north|nut|2
south|NULL|1
NULL|nut|1
south|bolt|1
north|bolt|2
south|nut|2
NULL|NULL|2
south|NULL|4
north|NULL|4
NULL|NULL|2
south|NULL|4
north|NULL|4
NULL|NULL|2
south|NULL|4
north|NULL|4

SELECT GROUPING(region), GROUPING(product), region, product, SUM(qty) FROM sales GROUP BY ROLLUP (region, product) ORDER BY 1, 2, 3 NULLS FIRST, 4 NULLS FIRST
---- in order
0|0|NULL|NULL|4
0|0|NULL|nut|2
0|0|north|bolt|6
0|0|north|nut|15
0|0|south|NULL|1
0|0|south|bolt|3
0|0|south|nut|14
0|1|NULL|NULL|6
0|1|north|NULL|21
0|1|south|NULL|18
1|1|NULL|NULL|45

SELECT region, SUM(qty) FROM sales GROUP BY ROLLUP (region) HAVING GROUPING(region) = 1
----
NULL|45

SELECT region, SUM(qty) FROM sales GROUP BY ROLLUP (region) HAVING SUM(qty) > 10
----
NULL|45
south|18
north|21

SELECT region, product, SUM(qty) FROM sales GROUP BY ROLLUP (region, product) HAVING region = 'north'
----
north|nut|15
north|bolt|6
north|NULL|21

SELECT region, product, SUM(qty) FROM sales GROUP BY CUBE (region, product) HAVING product IS NULL
----
NULL|NULL|45
NULL|NULL|4
south|NULL|1
NULL|NULL|6
south|NULL|18
north|NULL|21
NULL|NULL|5

SELECT COUNT(*) FROM nothing GROUP BY ()
----
0

SELECT COUNT(*), SUM(x) FROM nothing GROUP BY ROLLUP (s)
----
0|NULL

SELECT s, COUNT(*), SUM(x), MAX(s), GROUPING(s) FROM nothing GROUP BY GROUPING SETS ((s), (), ())
----
NULL|0|NULL|NULL|1
NULL|0|NULL|NULL|1

SELECT COUNT(*) FROM nothing GROUP BY GROUPING SETS ((s), (x))
----

SELECT s, COUNT(*) FROM nothing GROUP BY ROLLUP (s) HAVING COUNT(*) > 0
----

SELECT s, COUNT(*) FROM nothing GROUP BY ROLLUP (s) HAVING COUNT(*) = 0
----
NULL|0

SELECT yr + 1 AS y, SUM(qty) FROM sales GROUP BY ROLLUP (yr + 1)
----
NULL|45
NULL|4
2024|15
2023|26

SELECT yr + 1 AS y, SUM(qty) FROM sales GROUP BY ROLLUP (y)
----
NULL|45
NULL|4
2024|15
2023|26

SELECT yr % 2 AS y, region, SUM(qty) FROM sales GROUP BY ROLLUP (1, 2)
----
NULL|NULL|45
NULL|NULL|4
1|north|11
1|south|4
0|NULL|2
0|north|10
0|south|14
NULL|NULL|4
0|NULL|26
1|NULL|15

SELECT CASE WHEN GROUPING(region) = 1 THEN 'all' ELSE COALESCE(region, '?') END AS r, COUNT(*) FROM sales GROUP BY ROLLUP (region) ORDER BY r
---- in order
?|2
all|10
north|4
south|4

SELECT region, COUNT(DISTINCT product), COUNT(DISTINCT yr) FROM sales GROUP BY ROLLUP (region)
----
north|2|2
south|2|2
NULL|1|1
NULL|2|2

SELECT region, SUM(yr), COUNT(region) FROM sales GROUP BY CUBE (region, yr)
----
NULL|18202|8
NULL|NULL|0
NULL|2022|0
south|4046|2
north|4046|2
south|4044|2
north|4044|2
NULL|2022|0
south|8090|4
north|8090|4
NULL|NULL|0
NULL|10110|4
NULL|8092|4

SELECT region, SUM(qty) FILTER (WHERE yr = 2022) FROM sales GROUP BY ROLLUP (region)
----
NULL|26
NULL|2
south|14
north|10

SELECT upper(region) AS r, MIN(id) FROM sales GROUP BY ROLLUP (upper(region)) ORDER BY MIN(id), r NULLS LAST
---- in order
NORTH|1
NULL|1
SOUTH|4
NULL|7

SELECT region || '-' || product, COUNT(*) FROM sales GROUP BY GROUPING SETS ((region, product), (region))
----
NULL|1
north-nut|2
NULL|1
NULL|1
south-bolt|1
north-bolt|2
south-nut|2
NULL|2
NULL|4
NULL|4

SELECT * FROM (SELECT region, product, SUM(qty) AS q FROM sales GROUP BY ROLLUP (region, product)) x WHERE region = 'south'
----
south|NULL|1
south|bolt|3
south|nut|14
south|NULL|18

SELECT * FROM (SELECT region, product, SUM(qty) AS q FROM sales GROUP BY ROLLUP (region, product)) x WHERE product IS NULL AND q > 5
----
NULL|NULL|45
NULL|NULL|6
south|NULL|18
north|NULL|21

SELECT * FROM (SELECT region, yr, SUM(qty) AS q FROM sales GROUP BY region, ROLLUP (yr)) x WHERE region = 'south'
----
south|2023|4
south|2022|14
south|NULL|18

SELECT t.c, u.c, COUNT(*) FROM t JOIN u ON t.a = u.a GROUP BY CUBE (t.c, u.c)
----
NULL|NULL|8
NULL|z|1
y|x|1
x|y|2
x|x|2
x|z|1
y|y|1
NULL|NULL|1
y|NULL|2
x|NULL|5
NULL|z|2
NULL|y|3
NULL|x|3

SELECT c, (SELECT MAX(e) FROM u WHERE u.c = t.c) AS m, COUNT(*) FROM t GROUP BY ROLLUP (c)
----
NULL|NULL|8
NULL|NULL|2
y|500|2
(empty)|NULL|1
x|100|3

SELECT c, SUM((SELECT MAX(e) FROM u WHERE u.c = t.c)) AS m FROM t GROUP BY ROLLUP (c)
----
(empty)|NULL
x|300
y|1000
NULL|NULL
NULL|1300

SELECT a, b, COUNT(*) FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a) GROUP BY GROUPING SETS (a, b, (a, b))
----
1|NULL|1
1|10|2
2|10|1
2|20|1
2|NULL|2
1|NULL|3
NULL|NULL|1
NULL|10|3
NULL|20|1

SELECT region FROM sales GROUP BY ROLLUP (region)
----
NULL
NULL
south
north

SELECT DISTINCT region FROM sales GROUP BY ROLLUP (region, product)
----
NULL
south
north

SELECT region, SUM(qty) FROM sales GROUP BY ROLLUP (region) UNION ALL SELECT product, SUM(qty) FROM sales GROUP BY ROLLUP (product)
----
NULL|45
NULL|6
south|18
north|21
NULL|45
NULL|5
nut|31
bolt|9

SELECT region, SUM(qty) AS s FROM sales GROUP BY ROLLUP (region) ORDER BY s DESC NULLS LAST, region NULLS FIRST LIMIT 2
---- in order
NULL|45
north|21

SELECT a, COUNT(*) FROM t GROUP BY a
----
NULL|2
3|1
2|2
1|3

SELECT a, b, COUNT(*), SUM(d) FROM t GROUP BY a, b
----
NULL|NULL|1|2.25
1|NULL|1|2.25
3|30|1|100.10
1|10|2|3.00
2|10|1|NULL
2|20|1|-3.00
NULL|20|1|0.00

SELECT a AS k, COUNT(*) FROM t GROUP BY k
----
NULL|2
3|1
2|2
1|3

SELECT a AS b, COUNT(*) FROM t GROUP BY b, a
----
NULL|1
2|1
NULL|1
2|1
1|2
3|1
1|1

SELECT a + 1, COUNT(*) FROM t GROUP BY a + 1
----
NULL|2
3|2
4|1
2|3

SELECT a + 1 + 1, COUNT(*) FROM t GROUP BY a + 1
----
NULL|2
4|2
5|1
3|3

SELECT a, COUNT(*) FROM t GROUP BY 1 ORDER BY 2 DESC, 1 NULLS LAST
---- in order
1|3
2|2
NULL|2
3|1

SELECT a, b FROM t GROUP BY (a, b)
----
NULL|NULL
1|NULL
3|30
1|10
2|10
2|20
NULL|20

SELECT a FROM t GROUP BY a, () ORDER BY a NULLS FIRST
---- in order
NULL
1
2
3

SELECT COUNT(*) FROM t HAVING COUNT(*) > 3
----
8

SELECT COUNT(*) FROM t HAVING COUNT(*) > 30
----

SELECT 1 FROM t HAVING MAX(a) = 3
----
1

SELECT 1 FROM nothing HAVING COUNT(*) = 0
----
1

SELECT a FROM t HAVING COUNT(*) > 1
---- error 42803

SELECT a, b FROM t GROUP BY a
---- error 42803

SELECT id, a FROM t GROUP BY b
---- error 42803

SELECT a, SUM(b) FROM t WHERE SUM(b) > 1 GROUP BY a
---- error 42803

SELECT SUM(COUNT(*)) FROM t GROUP BY a
---- error 42803

SELECT a FROM t GROUP BY 5
---- error 42P10

SELECT a, COUNT(*) FROM t GROUP BY COUNT(*)
---- error 42803

SELECT a, GROUPING(b) FROM t GROUP BY a
---- error 42803

SELECT a, GROUPING(a) FROM t GROUP BY a
----
NULL|0
3|0
2|0
1|0

SELECT t.* FROM t GROUP BY id, a, b, c, d, dt
----
7|3|30|(empty)|100.10|2024-02-29
2|1|NULL|y|2.25|2024-02-29
6|NULL|NULL|NULL|2.25|2024-03-15
8|1|10|x|1.50|2022-07-01
4|2|20|NULL|-3.00|2023-12-31
1|1|10|x|1.50|2024-01-31
3|2|10|x|NULL|NULL
5|NULL|20|y|0.00|2024-01-31

SELECT x.a, COUNT(*) FROM t AS x GROUP BY x.a HAVING x.a > 1
----
3|1
2|2

SELECT c, a, COUNT(*) FROM t GROUP BY c, a HAVING COUNT(*) > (SELECT COUNT(*) FROM u WHERE u.c = t.c)
----
NULL|NULL|1
NULL|2|1
(empty)|3|1

SELECT a FROM t GROUP BY a HAVING a IN (SELECT a FROM u)
----
2
1

SELECT a, MAX(b) FROM t GROUP BY a HAVING MAX(b) > ALL (SELECT e / 20 FROM u WHERE u.a = t.a)
----
NULL|20
3|30

SELECT a, (SELECT COUNT(*) FROM u WHERE u.a = t.a) FROM t GROUP BY a
----
NULL|0
3|0
2|1
1|2

SELECT a, (SELECT COUNT(*) FROM u WHERE u.e > SUM(t.b) * 10) FROM t GROUP BY a
----
NULL|3
3|2
2|2
1|3

SELECT a, SUM(b) FROM t GROUP BY a ORDER BY (SELECT COUNT(*) FROM u WHERE u.a = t.a) DESC, a NULLS FIRST
---- in order
1|20
2|30
NULL|20
3|30

SELECT a, SUM(b) FROM t GROUP BY a ORDER BY SUM(b) DESC NULLS LAST, a NULLS LAST
---- in order
2|30
3|30
1|20
NULL|20

SELECT COUNT(*) AS n, a FROM t GROUP BY a ORDER BY n DESC, a NULLS FIRST
---- in order
3|1
2|NULL
2|2
1|3

SELECT COUNT(a), COUNT(DISTINCT a), COUNT(*), MIN(c), MAX(d) FROM t
----
6|3|8|(empty)|100.10

SELECT SUM(CASE WHEN EXISTS (SELECT 1 FROM u WHERE u.a = t.a) THEN 1 ELSE 0 END) FROM t
----
5

SELECT a, COUNT(*) FROM t GROUP BY a HAVING EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.e > 100)
----
1|3
