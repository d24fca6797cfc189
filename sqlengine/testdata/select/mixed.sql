# Clauses together

SELECT a, c, COUNT(*) FROM t GROUP BY a, c HAVING COUNT(*) > 1 ORDER BY a
---- in order
1|x|2

SELECT t.a, SUM(u.e) AS s FROM t JOIN u ON u.a = t.a GROUP BY t.a ORDER BY s DESC NULLS LAST
---- in order
1|1800
2|NULL

SELECT x.a, x.n FROM (SELECT a, COUNT(*) AS n FROM t GROUP BY a) x JOIN u ON u.a = x.a ORDER BY u.id
---- in order
1|3
2|2
1|3

WITH s AS (SELECT region, SUM(qty) AS q FROM sales GROUP BY ROLLUP (region)) SELECT s.region, s.q, s.q * 100 / (SELECT MAX(q) FROM s) AS pct FROM s ORDER BY s.q
---- in order
NULL|6|13
south|18|40
north|21|46
NULL|45|100

WITH d AS (SELECT DISTINCT ON (region) region, product, qty FROM sales ORDER BY region NULLS FIRST, qty DESC NULLS LAST, id) SELECT * FROM d WHERE qty > 2
----
NULL|NULL|4
north|nut|10
south|nut|7

SELECT region, product, SUM(qty) FROM sales WHERE yr IN (SELECT yr FROM sales WHERE qty > 5) GROUP BY GROUPING SETS ((region, product), region)
----
north|nut|15
south|NULL|1
NULL|nut|2
south|bolt|3
north|bolt|6
south|nut|14
NULL|NULL|2
south|NULL|18
north|NULL|21

SELECT DISTINCT region, GROUPING(product) FROM sales GROUP BY CUBE (region, product) ORDER BY 1 NULLS FIRST, 2
---- in order
NULL|0
NULL|1
north|0
north|1
south|0
south|1

SELECT COUNT(*) FROM (SELECT region FROM sales GROUP BY CUBE (region, product, yr)) x
----
38

SELECT id FROM t WHERE EXISTS (SELECT a FROM u WHERE u.a = t.a GROUP BY a HAVING COUNT(*) > 1)
----
1
2
8

SELECT id FROM t WHERE EXISTS (SELECT COUNT(*) FROM u WHERE u.a = t.a)
----
1
2
3
4
5
6
7
8

SELECT id, (SELECT COUNT(*) FROM u GROUP BY a HAVING a = t.a) FROM t
----
1|2
2|2
3|1
4|1
5|NULL
6|NULL
7|NULL
8|2

SELECT id, (SELECT c FROM u WHERE u.a = t.a ORDER BY e NULLS LAST LIMIT 1) FROM t
----
1|x
2|x
3|z
4|z
5|NULL
6|NULL
7|NULL
8|x

SELECT id, (SELECT c FROM u WHERE u.a = t.a ORDER BY e DESC NULLS LAST, id OFFSET 1 LIMIT 1) FROM t
----
1|x
2|x
3|NULL
4|NULL
5|NULL
6|NULL
7|NULL
8|x

SELECT id, (SELECT STRING_AGG(c, ',' ORDER BY id) FROM u WHERE u.a = t.a) FROM t
----
1|x,y
2|x,y
3|z
4|z
5|NULL
6|NULL
7|NULL
8|x,y

SELECT id, ARR.n FROM t, LATERAL (SELECT COUNT(*) AS n FROM GENERATE_SERIES(1, t.id) g WHERE g % 2 = 0) ARR
----
1|0
2|1
3|1
4|2
5|2
6|3
7|3
8|4

SELECT t.id, (SELECT MAX(v) FROM (SELECT u.e + t.id AS v FROM u WHERE u.a = t.a UNION ALL SELECT t.b) x) FROM t
----
1|501
2|502
3|10
4|20
5|20
6|NULL
7|30
8|508

SELECT t.id, (SELECT SUM(y.n) FROM (SELECT (SELECT COUNT(*) FROM tree WHERE tree.parent = u.id AND tree.id <> t.id) AS n FROM u WHERE u.a = t.a) y) FROM t
----
1|2
2|1
3|2
4|1
5|NULL
6|NULL
7|NULL
8|2

SELECT id FROM t WHERE a = (SELECT MIN(a) FROM u WHERE u.id > (SELECT COUNT(*) FROM tree WHERE tree.parent = t.id))
----
1
2
8

SELECT id FROM t WHERE (SELECT COUNT(*) FROM u WHERE u.a = t.a) = (SELECT COUNT(*) FROM tree WHERE parent = t.id)
----
1
2
3
5
7

SELECT id FROM t WHERE a IN (SELECT a FROM u WHERE e IN (SELECT e FROM u z WHERE z.c = t.c))
----
1
2
8

SELECT id FROM t WHERE a IN (SELECT a FROM u WHERE EXISTS (SELECT 1 FROM tree WHERE tree.id = t.id AND tree.parent IS NOT NULL))
----
2
3
4

SELECT a, MAX(b) - MIN(b) AS spread FROM t GROUP BY a HAVING MAX(b) - MIN(b) >= 0 ORDER BY spread, a NULLS LAST
---- in order
1|0
3|0
NULL|0
2|10

SELECT a + 1 AS a, COUNT(*) FROM t GROUP BY a
----
NULL|2
4|1
3|2
2|3

SELECT a + 1 AS z, COUNT(*) FROM t GROUP BY z ORDER BY z + 0 NULLS FIRST
---- in order
NULL|2
2|3
3|2
4|1

SELECT a AS c, COUNT(*) FROM t GROUP BY c ORDER BY 2, 1 NULLS FIRST
---- error 42803

SELECT c AS a, SUM(a) AS c FROM t GROUP BY t.c ORDER BY c NULLS FIRST, a NULLS FIRST
---- in order
y|1
NULL|2
(empty)|3
x|4

SELECT -SUM(a) AS a FROM t GROUP BY c ORDER BY a
---- in order
-4
-3
-2
-1

SELECT MAX(id) FROM t GROUP BY a ORDER BY MIN(id)
---- in order
8
4
6
7

SELECT c, COUNT(*) FROM t GROUP BY c ORDER BY COUNT(*) DESC, c NULLS LAST OFFSET 1 LIMIT 2
---- in order
y|2
NULL|2

SELECT CASE WHEN a > 1 THEN 'big' WHEN a = 1 THEN 'one' ELSE 'none' END AS k, COUNT(*) FROM t GROUP BY k
----
none|2
big|3
one|3

SELECT CASE WHEN a > 1 THEN 'big' ELSE 'small' END, COUNT(*) FROM t GROUP BY 1
----
small|5
big|3

SELECT yr, COUNT(DISTINCT region), SUM(DISTINCT qty) FROM sales GROUP BY ROLLUP (yr) ORDER BY yr NULLS FIRST, 2
---- in order
NULL|0|4
NULL|2|38
2022|2|19
2023|2|15

SELECT region, AVG(qty), MIN(amount), MAX(product) FROM sales GROUP BY GROUPING SETS (region, ())
----
NULL|5.0000000000000000|1.00|nut
NULL|3.0000000000000000|1.00|nut
south|4.5000000000000000|5.00|nut
north|7.0000000000000000|20.00|nut

SELECT region, COUNT(*) FILTER (WHERE qty > 5), SUM(amount) FILTER (WHERE product IS NOT NULL) FROM sales GROUP BY CUBE (region)
----
NULL|4|338.75
NULL|0|8.00
south|2|100.25
north|2|230.50

SELECT region, product, qty FROM sales WHERE (region, qty) IN (SELECT region, MAX(qty) FROM sales GROUP BY region)
----
north|nut|10
south|nut|7
south|nut|7

SELECT region, product FROM sales GROUP BY region, product HAVING SUM(qty) > ALL (SELECT SUM(qty) / 2 FROM sales GROUP BY region HAVING SUM(qty) IS NOT NULL AND region = 'south')
----
north|nut
south|nut

SELECT * FROM (SELECT region, COUNT(*) AS n FROM sales GROUP BY region) p FULL JOIN (SELECT product AS region, COUNT(*) AS n FROM sales GROUP BY product) q USING (region)
----
NULL|2|NULL
south|4|NULL
north|4|NULL
NULL|NULL|2
nut|NULL|5
bolt|NULL|3

SELECT p.region, q.product FROM (SELECT DISTINCT region FROM sales) p CROSS JOIN (SELECT DISTINCT product FROM sales) q WHERE NOT EXISTS (SELECT 1 FROM sales s WHERE s.region = p.region AND s.product = q.product)
----
NULL|NULL
NULL|nut
NULL|bolt
south|NULL
north|NULL

SELECT t.id, u.id, tree.id FROM t LEFT JOIN (u JOIN tree ON tree.id = u.id) ON u.a = t.a
----
1|1|1
1|5|5
2|1|1
2|5|5
8|1|1
8|5|5
4|2|2
3|2|2
7|NULL|NULL
5|NULL|NULL
6|NULL|NULL

SELECT t.id, u.id, tree.id FROM t LEFT JOIN u ON u.a = t.a LEFT JOIN tree ON tree.parent = u.id WHERE t.id < 4
----
2|1|2
1|1|2
2|1|3
1|1|3
3|2|4
3|2|5
2|5|NULL
1|5|NULL

SELECT t.id, u.id FROM t LEFT JOIN u ON u.a = t.a AND t.b > 10
----
1|NULL
2|NULL
8|NULL
4|2
3|NULL
7|NULL
5|NULL
6|NULL

SELECT t.id, u.id FROM t LEFT JOIN u ON FALSE
----
1|NULL
2|NULL
3|NULL
4|NULL
5|NULL
6|NULL
7|NULL
8|NULL

SELECT t.id, u.id FROM t FULL JOIN u ON t.a = u.a AND t.id > 3 WHERE t.id IS NULL OR u.id IS NULL
----
NULL|3
NULL|4
NULL|6
6|NULL
5|NULL
3|NULL
2|NULL
1|NULL
7|NULL

SELECT t.id, u.id FROM t RIGHT JOIN u ON t.a = u.a AND t.c = u.c ORDER BY u.id, t.id NULLS FIRST
---- in order
1|1
8|1
NULL|2
NULL|3
NULL|4
2|5
NULL|6

SELECT x.id FROM t x JOIN t y ON x.a = y.a AND x.id < y.id
----
1
1
2
3

SELECT COUNT(*) FROM t, u, tree WHERE t.a = u.a AND tree.id = u.id
----
8

SELECT COUNT(*) FROM t CROSS JOIN u
----
48

SELECT t.a, u.a FROM t JOIN u ON t.a IS NOT DISTINCT FROM u.a
----
1|1
1|1
1|1
2|2
2|2
NULL|NULL
NULL|NULL
1|1
1|1
1|1

SELECT id, LAG(id) OVER (ORDER BY id) FROM t WHERE a IN (SELECT a FROM u)
----
1|NULL
2|1
3|2
4|3
8|4

SELECT a, id FROM (SELECT a, id, ROW_NUMBER() OVER (PARTITION BY a ORDER BY id DESC) AS rn FROM t) x WHERE rn = 1
----
1|8
2|4
3|7
NULL|6

WITH RECURSIVE r AS (SELECT id, parent, 1 AS lvl FROM tree WHERE parent IS NULL UNION ALL SELECT c.id, c.parent, r.lvl + 1 FROM tree c JOIN r ON c.parent = r.id) SELECT lvl, COUNT(*) FROM r GROUP BY ROLLUP (lvl)
----
NULL|8
3|3
4|1
2|2
1|2

WITH RECURSIVE r AS (SELECT id, parent FROM tree UNION SELECT r.id, tree.parent FROM r JOIN tree ON tree.id = r.parent) SELECT id, COUNT(parent) FROM r GROUP BY id
----
3|1
5|2
4|2
6|2
2|1
7|3
1|0
8|0

WITH RECURSIVE days(d) AS (SELECT DATE '2024-02-27' UNION ALL SELECT CAST(d + INTERVAL '1 day' AS DATE) FROM days WHERE d < DATE '2024-03-02') SELECT d, (SELECT COUNT(*) FROM t WHERE t.dt = days.d) FROM days
----
2024-02-27|0
2024-02-28|0
2024-02-29|2
2024-03-01|0
2024-03-02|0

WITH x AS (SELECT a, COUNT(*) AS n FROM t GROUP BY a), y AS (SELECT a, COUNT(*) AS n FROM u GROUP BY a) SELECT COALESCE(x.a, y.a), x.n, y.n FROM x FULL JOIN y ON x.a = y.a
----
NULL|2|NULL
3|1|NULL
2|2|1
1|3|2
NULL|NULL|1
4|NULL|1
9|NULL|1

WITH x AS (SELECT id, a FROM t) SELECT * FROM x WHERE a = (SELECT MAX(a) FROM x) UNION ALL SELECT COUNT(*), NULL FROM x
----
7|3
8|NULL

SELECT (SELECT COUNT(*) FROM t WHERE a = o.a) + (SELECT COUNT(*) FROM u WHERE a = o.a) FROM (SELECT DISTINCT a FROM t) o
----
0
1
3
5

SELECT a FROM (SELECT a, b FROM t WHERE b IS NOT NULL ORDER BY b DESC LIMIT 3) x GROUP BY a
----
2
3
NULL

SELECT SUM(n) FROM (SELECT COUNT(*) AS n FROM t GROUP BY a UNION ALL SELECT COUNT(*) FROM u) x
----
14

SELECT id FROM t WHERE id NOT IN (SELECT parent FROM tree WHERE parent IS NOT NULL)
----
4
5
7
8

SELECT id FROM t WHERE id NOT IN (SELECT parent FROM tree)
----

SELECT id FROM t WHERE (id, a) NOT IN (SELECT parent, 1 FROM tree)
----
3
4
7

SELECT id, id IN (SELECT parent FROM tree), a NOT IN (SELECT parent FROM tree WHERE parent IS NOT NULL) FROM t
----
1|t|f
2|t|f
3|t|f
4|NULL|f
5|NULL|NULL
6|t|NULL
7|NULL|f
8|NULL|f

SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a) AND EXISTS (SELECT 1 FROM tree WHERE tree.id = t.id)
----
5
6
7

SELECT id FROM t WHERE a > (SELECT AVG(a) FROM t z WHERE z.c = t.c)
----
3

SELECT id FROM t WHERE d = (SELECT MAX(d) FROM t z WHERE z.a = t.a OR (z.a IS NULL AND t.a IS NULL))
----
2
4
6
7

SELECT id, (SELECT COUNT(*) FROM (SELECT DISTINCT c FROM u WHERE u.a >= t.a) x) FROM t
----
1|4
2|4
3|3
4|3
5|0
6|0
7|2
8|4

SELECT id, (SELECT a FROM (SELECT a, COUNT(*) AS n FROM u WHERE u.id <= t.id GROUP BY a ORDER BY n DESC, a NULLS LAST LIMIT 1) x) FROM t
----
1|1
2|1
3|1
4|1
5|1
6|1
7|1
8|1

SELECT COUNT(*) FROM t WHERE a = ANY (SELECT a FROM u WHERE u.c = t.c) OR b > ALL (SELECT e / 20 FROM u WHERE u.a = t.a)
----
6

SELECT name FROM tree ORDER BY (SELECT COUNT(*) FROM tree c WHERE c.parent = tree.id) DESC, name
---- in order
left
root
right
rl
ll
lone
lr
rll

SELECT MIN(id) FROM t GROUP BY a HAVING MIN(id) IN (SELECT id FROM u WHERE u.a = t.a)
----
1

SELECT id FROM t GROUP BY id, a HAVING a < (SELECT COUNT(*) FROM u WHERE u.a = t.a)
----
1
2
8

SELECT id, (a, b) IS NULL, (a, b) IS NOT NULL, NOT (a, b) IS NULL FROM t
----
1|f|t|t
2|f|f|t
3|f|t|t
4|f|t|t
5|f|f|t
6|t|f|f
7|f|t|t
8|f|t|t

SELECT x FROM SYSTEM_RANGE(1, 6, 2)
----
1
3
5
