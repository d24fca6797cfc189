# Functions in FROM, UNPIVOT and PIVOT

SELECT * FROM GENERATE_SERIES(1, 5)
----
1
2
3
4
5

SELECT * FROM GENERATE_SERIES(5, 1, -2) AS g
----
5
3
1

SELECT n * 2 FROM GENERATE_SERIES(1, 3) AS g(n)
----
2
4
6

SELECT g FROM GENERATE_SERIES(1, 3) AS g
----
1
2
3

SELECT g.g FROM GENERATE_SERIES(1, 3) AS g
----
1
2
3

SELECT * FROM GENERATE_SERIES(3, 1)
----

SELECT * FROM GENERATE_SERIES(1, 3, 0)
---- error 22023

SELECT * FROM GENERATE_SERIES(1, NULL)
----

SELECT * FROM GENERATE_SERIES(1.5, 3.0, 0.5)
----
1.5
2.0
2.5
3.0

SELECT * FROM GENERATE_SERIES(1, 2.5)
----
1
2

SELECT COUNT(*), SUM(n) FROM GENERATE_SERIES(1, 10000) AS g(n)
----
10000|50005000

SELECT * FROM GENERATE_SERIES(TIMESTAMP '2024-01-31 00:00:00', TIMESTAMP '2024-05-31 00:00:00', INTERVAL '1 month') AS g
----
2024-01-31 00:00:00
2024-02-29 00:00:00
2024-03-29 00:00:00
2024-04-29 00:00:00
2024-05-29 00:00:00

SELECT * FROM GENERATE_SERIES(TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 12:00:00', INTERVAL '5 hours') AS g
----
2024-01-01 00:00:00
2024-01-01 05:00:00
2024-01-01 10:00:00

SELECT * FROM GENERATE_SERIES(9223372036854775806, 9223372036854775807) AS g
----
9223372036854775806
9223372036854775807

SELECT * FROM GENERATE_SERIES(10, 12) WITH ORDINALITY AS g(v, n)
----
10|1
11|2
12|3

SELECT * FROM GENERATE_SERIES(10, 12) WITH ORDINALITY
----
10|1
11|2
12|3

SELECT t.id, g FROM t, GENERATE_SERIES(1, t.a) AS g
----
1|1
2|1
3|1
3|2
4|1
4|2
7|1
7|2
7|3
8|1

SELECT t.id, g.n FROM t LEFT JOIN GENERATE_SERIES(1, t.a) AS g(n) ON TRUE
----
1|1
2|1
3|1
3|2
4|1
4|2
5|NULL
6|NULL
7|1
7|2
7|3
8|1

SELECT t.id, g.n FROM t LEFT JOIN LATERAL GENERATE_SERIES(1, t.a) AS g(n) ON g.n > 1
----
1|NULL
2|NULL
3|2
4|2
5|NULL
6|NULL
7|2
7|3
8|NULL

SELECT t.id, g.n FROM t CROSS JOIN LATERAL GENERATE_SERIES(t.a, t.a + 1) AS g(n) WHERE g.n = 2
----
1|2
2|2
3|2
4|2
8|2

SELECT t.id, g FROM t CROSS APPLY GENERATE_SERIES(1, t.a) AS g
----
1|1
2|1
3|1
3|2
4|1
4|2
7|1
7|2
7|3
8|1

SELECT t.id, g FROM t OUTER APPLY GENERATE_SERIES(1, t.a) AS g
----
1|1
2|1
3|1
3|2
4|1
4|2
5|NULL
6|NULL
7|1
7|2
7|3
8|1

SELECT id, (SELECT SUM(g) FROM GENERATE_SERIES(1, t.id) AS g) FROM t
----
1|1
2|3
3|6
4|10
5|15
6|21
7|28
8|36

SELECT id FROM t WHERE id IN (SELECT g FROM GENERATE_SERIES(2, 8, 3) AS g)
----
2
5
8

SELECT * FROM GENERATE_SERIES(1, (SELECT MAX(a) FROM t)) AS g
----
1
2
3

SELECT g, COUNT(t.id) FROM GENERATE_SERIES(0, 3) AS g LEFT JOIN t ON t.a = g GROUP BY g
----
0|0
1|3
3|1
2|2

SELECT a.n, b.n FROM GENERATE_SERIES(1, 2) AS a(n), GENERATE_SERIES(1, a.n) AS b(n)
----
1|1
2|1
2|2

SELECT * FROM STRING_TO_TABLE('a,b,,c', ',') AS p
----
a
b
(empty)
c

SELECT * FROM STRING_TO_TABLE('abc', NULL) AS p
----
a
b
c

SELECT * FROM STRING_TO_TABLE('a,b,,c', ',', '') AS p
----
a
b
NULL
c

SELECT * FROM STRING_TO_TABLE('', ',') AS p
----

SELECT id, p, n FROM docs, STRING_TO_TABLE(tags, ',') WITH ORDINALITY AS s(p, n)
----
1|a|1
1|b|2
1|c|3
4|b|1
4|(empty)|2
4|d|3

SELECT id, value FROM docs CROSS APPLY STRING_SPLIT(tags, ',')
----
1|a
1|b
1|c
2|(empty)
4|b
4|(empty)
4|d

SELECT * FROM STRING_SPLIT('a b c', ' ', 1)
----
a|1
b|2
c|3

SELECT * FROM REGEXP_SPLIT_TO_TABLE('one  two three', '\s+') AS p
----
one
two
three

SELECT * FROM REGEXP_SPLIT_TO_TABLE('aXbxc', 'x', 'i') AS p
----
a
b
c

SELECT * FROM REGEXP_SPLIT_TO_TABLE('abc', '') AS p
----
a
b
c

SELECT * FROM JSON_ARRAY_ELEMENTS_TEXT('["a", 1, null, "x\"y", true]') AS e
----
a
1
NULL
x"y
true

SELECT * FROM JSON_ARRAY_ELEMENTS('[1, {"a": 2}, [3], "s"]') AS e
----
1
{"a": 2}
[3]
"s"

SELECT key, value FROM JSON_EACH_TEXT('{"a": 1, "b": null, "c": "x"}')
----
a|1
b|NULL
c|x

SELECT key, value FROM JSON_EACH('{"a": 1, "b": [1, 2]}')
----
a|1
b|[1, 2]

SELECT * FROM JSON_OBJECT_KEYS('{"a": 1, "b": [1, 2]}') AS k
----
a
b

SELECT * FROM JSON_ARRAY_ELEMENTS_TEXT('{"a": 1}') AS e
---- error 22023

SELECT * FROM JSON_ARRAY_ELEMENTS_TEXT('nope') AS e
---- error 22P02

SELECT d.id, x.value FROM docs d, JSON_EACH_TEXT(CAST(d.doc AS JSON)) x WHERE x.key = 'n'
----
1|1
2|NULL
4|4

SELECT id, name, k, v FROM quarters UNPIVOT (v FOR k IN (q1, q2, q3)) AS p
----
1|ann|q1|10
1|ann|q3|30
3|cy|q1|1
3|cy|q2|2
3|cy|q3|3

SELECT id, k, v FROM quarters UNPIVOT INCLUDE NULLS (v FOR k IN (q1, q2, q3)) AS p
----
1|q1|10
1|q2|NULL
1|q3|30
2|q1|NULL
2|q2|NULL
2|q3|NULL
3|q1|1
3|q2|2
3|q3|3

SELECT p.k, SUM(p.v) FROM quarters UNPIVOT (v FOR k IN (q1, q3 AS third)) p GROUP BY p.k
----
third|33
q1|11

SELECT * FROM (SELECT id, q1, q2 FROM quarters WHERE id <> 2) s UNPIVOT (v FOR k IN (q1, q2)) p WHERE k = 'q1'
----
1|10|q1
3|1|q1

SELECT p.name, t.id FROM quarters UNPIVOT (v FOR k IN (q1, q2, q3)) p JOIN t ON t.a = p.v
----
cy|1
cy|2
cy|8
cy|4
cy|3
cy|7

SELECT * FROM (SELECT region, yr, qty FROM sales) s PIVOT (SUM(qty) FOR yr IN ([2022], [2023])) AS p
----
NULL|2|NULL
south|14|4
north|10|11

SELECT region, "2022", "2023" FROM (SELECT region, yr, qty FROM sales) s PIVOT (COUNT(qty) FOR yr IN (2022, 2023)) p WHERE region = 'north'
----
north|1|2

SELECT region, nuts_q, nuts_n, bolts_q, bolts_n FROM (SELECT region, product, qty FROM sales) s PIVOT (SUM(qty) AS q, COUNT(*) AS n FOR product IN ('nut' AS nuts, 'bolt' AS bolts)) p
----
NULL|2|1|NULL|0
south|14|2|3|1
north|15|2|6|2

SELECT * FROM (SELECT product, qty FROM sales) s PIVOT (MAX(qty) FOR product IN ('nut', 'bolt')) p
----
10|6

SELECT p.* FROM (SELECT t.c, t.a, u.e FROM t JOIN u ON u.a = t.a) s PIVOT (SUM(e) FOR a IN (1, 2)) p
----
NULL|NULL|NULL
y|600|NULL
x|1200|NULL
