package expr

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

func TestEveryFunctionHasACase(t *testing.T) {
	seen := map[string]bool{}
	for _, lines := range [][][]string{recorded(t), owned(t)} {
		for _, l := range lines {
			for _, tok := range tokenRE.FindAllString(l[0], -1) {
				if fn, ok := Lookup(tok); ok {
					seen[fn.Name] = true
				}
			}
		}
	}
	for _, fn := range Functions() {
		assert.True(t, seen[fn.Name], "%s has no case", fn.Name)
		assert.NotEmpty(t, fn.Doc, fn.Name)
		assert.Contains(t, Groups(), fn.Group, fn.Name)
		assert.NotEmpty(t, fn.Forms(), "%s does not say what it takes", fn.Name)
	}
}

func TestErrorsNameTheValueAndTheWayOut(t *testing.T) {
	date := &Column{Name: "OrderDate", T: sqltypes.Of(sqltypes.Date)}
	name := &Column{Name: "Name", T: sqltypes.Of(sqltypes.Varchar)}
	num := &Column{Name: "CustNum", T: sqltypes.Of(sqltypes.Integer)}
	cols := map[string]*Column{"ORDERDATE": date, "NAME": name, "CUSTNUM": num}
	for sql, want := range map[string]string{
		"OrderDate = 'abc'":                    "'abc' is not a DATE: write YYYY-MM-DD",
		"CustNum = 'abc'":                      "'abc' is not an INTEGER",
		"Name = 5":                             "operator = is not defined for VARCHAR and INTEGER; write CAST(… AS …) around one of them",
		"Name - OrderDate":                     "operator - is not defined for VARCHAR and DATE; write CAST(… AS …) around one of them",
		"CustNum + OrderDate + OrderDate":      "operator + is not defined for DATE and DATE",
		"CustNum AND TRUE":                     "AND needs BOOLEAN operands, not INTEGER: CustNum",
		"LOWR(Name)":                           "function LOWR(VARCHAR) is not known; did you mean `LOWER`?",
		"LOWER(CustNum)":                       "LOWER(INTEGER) is not defined; there is LOWER(text) -> text",
		"CustNum LIKE 'a%'":                    "LIKE needs text, not INTEGER; write CAST(… AS VARCHAR)",
		"CASE WHEN TRUE THEN Name ELSE 1 END":  "VARCHAR and INTEGER have no common type; write a CAST",
		"CAST(OrderDate AS INTEGER)":           "cannot cast DATE to INTEGER: EXTRACT and DATEDIFF give numbers of it",
		"DATEADD(moth, 1, OrderDate)":          "'moth' is not a part of a date or time; did you mean `MONTH`?",
		"Name ~ '('":                           "'(' is not a regular expression (RE2): missing closing )",
		"OrderDate BETWEEN '2024-01-01' AND 5": "operator <= is not defined for DATE and INTEGER",
	} {
		_, err := parseSQL(sql, cols)
		var e *Error
		require.ErrorAs(t, err, &e, sql)
		assert.Equal(t, want, e.Error(), sql)
		assert.Len(t, e.SQLState(), 5)
	}
}

func TestLiteralsTakeTheColumnsType(t *testing.T) {
	cols := map[string]*Column{
		"D": {Name: "d", T: sqltypes.Of(sqltypes.Date)}, "I": {Name: "i", T: sqltypes.Of(sqltypes.Integer)},
		"N": {Name: "n", T: sqltypes.DecimalType(18, 2)}, "B": {Name: "b", T: sqltypes.Of(sqltypes.Bool)},
		"U": {Name: "u", T: sqltypes.Of(sqltypes.UUID)}, "TS": {Name: "ts", T: sqltypes.Of(sqltypes.Timestamp)},
		"F": {Name: "f", T: sqltypes.Of(sqltypes.Double)},
	}
	for sql, want := range map[string]string{
		"d = '2024-01-02'":                    "d = DATE '2024-01-02'",
		"d = TIMESTAMP '2024-01-02 00:00:00'": "d = DATE '2024-01-02'",
		"d < TIMESTAMP '2024-01-02 10:00:00'": "d < TIMESTAMP '2024-01-02 10:00:00'",
		"ts >= DATE '2024-01-02'":             "ts >= TIMESTAMP '2024-01-02 00:00:00'",
		"i = '5'":                             "i = 5",
		"i = 5.0":                             "i = 5",
		"i > 5.5":                             "i > 5.5",
		"n = 5":                               "n = 5",
		"f = 0.1":                             "f = 0.1",
		"b = 1":                               "b = TRUE",
		"b = 'false'":                         "b = FALSE",
		"u = '{A0EEBC999C0B4EF8BB6D6BB9BD380A11}'":  "u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
		"i IN (1, 2, '3')":                          "i IN (1, 2, 3)",
		"NOT (i = 1 AND n < 2 OR d IS NULL)":        "(i <> 1 OR n >= 2) AND d IS NOT NULL",
		"i = 1 AND TRUE AND (n = 2 AND i = 1)":      "i = 1 AND n = 2",
		"i = 1 OR 1 = 1":                            "TRUE",
		"1/i = 1 OR 1 = 1":                          "(1 / i) = 1 OR TRUE",
		"i = 1 AND NULL":                            "i = 1 AND NULL",
		"i + (1 + 2) * 3":                           "i + 9",
		"CASE WHEN 1 = 2 THEN i ELSE n END":         "n",
		"i = 1/0":                                   "i = (1 / 0)",
		"d >= DATEADD(day, -1, DATE '2024-03-01')":  "d >= DATE '2024-02-29'",
		"d = CURRENT_DATE":                          "d = CURRENT_DATE()",
		"NOT (i BETWEEN 1 AND 2)":                   "i < 1 OR i > 2",
		"NULLIF(i, 0) = 5":                          "CASE WHEN i = 0 THEN NULL ELSE i END = 5",
		"ts = TIMESTAMPTZ '2024-01-02 02:00:00+02'": "ts = TIMESTAMP '2024-01-02 00:00:00'",
		"TRY_CAST('x' AS INTEGER) IS NULL AND b":    "b",
	} {
		n, err := parseSQL(sql, cols)
		require.NoError(t, err, sql)
		assert.Equal(t, want, Fold(n).String(), sql)
	}
}

func TestTreesCompareRemapAndSplit(t *testing.T) {
	cols := map[string]*Column{"A": {Index: 0, Name: "a", T: sqltypes.Of(sqltypes.BigInt)}, "B": {Index: 3, Name: "b", T: sqltypes.Of(sqltypes.Varchar)}}
	n, err := parseSQL("a = 1 AND b LIKE 'x%' AND (a IN (1, 2) OR CASE WHEN a > 0 THEN b ELSE 'y' END = LOWER(b))", cols)
	require.NoError(t, err)
	same, err := parseSQL("a = 1 AND b LIKE 'x%' AND (a IN (1, 2) OR CASE WHEN a > 0 THEN b ELSE 'y' END = LOWER(b))", cols)
	require.NoError(t, err)
	assert.True(t, Equal(n, same))
	assert.Len(t, Conjuncts(n), 3)
	assert.Equal(t, map[int]bool{0: true, 3: true}, Columns(n))
	moved := Remap(n, func(i int) int { return i + 1 })
	assert.Equal(t, map[int]bool{1: true, 4: true}, Columns(moved))
	assert.Equal(t, map[int]bool{0: true, 3: true}, Columns(n), "the original stays")
	assert.False(t, Equal(n, moved))
	for _, other := range []string{"a = 2", "a <> 1", "b = '1'", "a = 1 AND b = ''", "NOT (a = 1)"} {
		o, err := parseSQL(other, cols)
		require.NoError(t, err)
		one, err := parseSQL("a = 1", cols)
		require.NoError(t, err)
		assert.False(t, Equal(one, o), other)
	}
	r, err := parseSQL("RAND()", nil)
	require.NoError(t, err)
	assert.False(t, Equal(r, r), "a volatile call equals nothing")
	assert.Equal(t, Volatile, VolatilityOf(r))
}

func TestNullabilityIsTrueWhenInDoubt(t *testing.T) {
	cols := map[string]*Column{"A": {Name: "a", T: sqltypes.Of(sqltypes.BigInt), NotNull: true}, "N": {Index: 1, Name: "n", T: sqltypes.Of(sqltypes.BigInt)}}
	for sql, want := range map[string]bool{
		"a + 1": false, "a + n": true, "a = 1": false, "n = 1": true, "n IS NULL": false, "n IS DISTINCT FROM a": false,
		"COALESCE(n, a)": false, "COALESCE(n, n)": true, "CASE WHEN a = 1 THEN 1 END": true, "CASE WHEN n = 1 THEN 1 ELSE 2 END": false,
		"CONCAT(n, n)": false, "NULLIF(a, 1)": true, "TRY_CAST('1' AS INTEGER)": true, "CAST(a AS TEXT)": false, "a IN (1, NULL)": true,
		"a IN (1, 2)": false, "ABS(a)": false, "ABS(n)": true, "GREATEST(n, a)": false, "NULL + 1": true,
	} {
		n, err := parseSQL(sql, cols)
		require.NoError(t, err, sql)
		assert.Equal(t, want, n.Nullable(), sql)
	}
}

func TestCallsArePushedOnlyWhereTheyMeanTheSame(t *testing.T) {
	cols := map[string]*Column{
		"S": {Name: "s", T: sqltypes.Of(sqltypes.Varchar)}, "X": {Name: "x", T: sqltypes.Of(sqltypes.Varbinary)}, "I": {Name: "i", T: sqltypes.Of(sqltypes.Integer)},
		"N": {Name: "n", T: sqltypes.Of(sqltypes.Decimal)}, "F": {Name: "f", T: sqltypes.Of(sqltypes.Double)}, "D": {Name: "d", T: sqltypes.Of(sqltypes.Date)},
	}
	for sql, want := range map[string]string{
		"LEN(s)": "LENGTH", "LENGTH(x)": "", "TRIM(s)": "TRIM", "TRIM(s, 'x')": "", "ROUND(n)": "ROUND", "ROUND(f)": "", "ROUND(n, 2)": "", "FLOOR(n)": "FLOOR",
		"FLOOR(i)": "", "YEAR(d)": "YEAR", "HOUR(d)": "", "INSTR(s, 'a')": "POSITION", "LOCATE('a', s, 2)": "", "WEEK(d)": "", "PI()": "",
	} {
		n, err := parseSQL(sql, cols)
		require.NoError(t, err, sql)
		assert.Equal(t, want, n.(*Call).Pushdown(), sql)
	}
}

func TestWhatIsStableFoldsOnceTheStatementIsKnown(t *testing.T) {
	cols := map[string]*Column{"D": {Name: "d", T: sqltypes.Of(sqltypes.Date)}}
	n, err := parseSQL("d >= DATEADD(day, -7, CURRENT_DATE) AND RAND() < 2", cols)
	require.NoError(t, err)
	s := &Statement{Now: time.Date(2024, 5, 17, 23, 0, 0, 0, time.UTC), Zone: time.FixedZone("", 7200)}
	assert.Equal(t, "d >= DATE '2024-05-11' AND RAND() < 2", FoldStatement(n, s).String())
	assert.Contains(t, Fold(n).String(), "CURRENT_DATE()")
	assert.Equal(t, Stable, VolatilityOf(Conjuncts(n)[0]))
	_, err = Eval(must(NewCall("CURRENT_DATE", nil)), &Frame{})
	require.EqualError(t, err, "CURRENT_DATE is only known while a statement runs")
}

func TestCommonTypes(t *testing.T) {
	of := sqltypes.Of
	for _, c := range []struct{ a, b, want sqltypes.Type }{
		{of(sqltypes.Integer), of(sqltypes.BigInt), of(sqltypes.BigInt)}, {of(sqltypes.Null), of(sqltypes.Date), of(sqltypes.Date)},
		{of(sqltypes.Integer), sqltypes.DecimalType(6, 2), sqltypes.DecimalType(12, 2)}, {sqltypes.DecimalType(6, 2), sqltypes.DecimalType(8, 5), sqltypes.DecimalType(9, 5)},
		{of(sqltypes.Decimal), of(sqltypes.Double), of(sqltypes.Double)}, {of(sqltypes.Date), of(sqltypes.TimestampTZ), of(sqltypes.TimestampTZ)},
		{sqltypes.VarcharType(5), sqltypes.VarcharType(9), sqltypes.VarcharType(9)}, {sqltypes.VarcharType(5), of(sqltypes.UUID), of(sqltypes.Varchar)},
		{of(sqltypes.Real), of(sqltypes.Real), of(sqltypes.Real)}, {of(sqltypes.Real), of(sqltypes.Integer), of(sqltypes.Double)},
	} {
		for _, pair := range [][]sqltypes.Type{{c.a, c.b}, {c.b, c.a}} {
			got, err := CommonType(pair...)
			require.NoError(t, err)
			assert.Equal(t, c.want, got, "%s and %s", pair[0], pair[1])
		}
	}
	_, err := CommonType(of(sqltypes.Bool), of(sqltypes.Integer))
	require.EqualError(t, err, "BOOLEAN and INTEGER have no common type; write a CAST")
}
