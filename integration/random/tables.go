package random

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Class is what the generator knows of types: expressions of one class may be
// compared and may stand in one column of a UNION.
type Class uint8

// The classes, each with one SQL type.
const (
	Int Class = iota
	Big
	Dec
	Float
	Text
	Bool
	Day
	Moment
	classes
)

// sqlTypes are the types of the classes in SQL.
var sqlTypes = [classes]string{"INTEGER", "BIGINT", "DECIMAL(12,3)", "DOUBLE PRECISION", "VARCHAR(20)", "BOOLEAN", "DATE", "TIMESTAMP"}

var kinds = [classes]sqltypes.Kind{sqltypes.Integer, sqltypes.BigInt, sqltypes.Decimal, sqltypes.Double, sqltypes.Varchar,
	sqltypes.Bool, sqltypes.Date, sqltypes.Timestamp}

// Column is a column of a table.
type Column struct {
	Name  string
	Class Class
}

// Table is a table with its rows as SQL literals; "NULL" for none.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]string
}

// Tables are the tables of a seed: a few rows with many equal values and NULLs,
// so that joins match, groups have several rows and windows have ties. The last
// table is empty.
func Tables(seed uint64) []Table {
	r := rand.New(rand.NewPCG(seed, 1))
	shapes := []struct {
		name    string
		columns string
		rows    int
	}{
		{"orders", "id:0 cust:0 total:2 note:4 open:5 placed:6 changed:7 size:1 rate:3", 23},
		{"lines", "id:0 cust:0 part:4 qty:2 due:6 ratio:3 done:5", 31},
		{"custs", "cust:0 name:4 since:6 credit:2 active:5 seen:7", 9},
		{"parts", "part:4 id:0 weight:3 made:7 price:2 big:1", 12},
		{"none", "id:0 note:4 total:2 placed:6", 0},
	}
	var out []Table
	for _, s := range shapes {
		t := Table{Name: s.name}
		for c := range strings.FieldsSeq(s.columns) {
			name, class, _ := strings.Cut(c, ":")
			t.Columns = append(t.Columns, Column{name, Class(class[0] - '0')})
		}
		for i := range s.rows {
			row := make([]string, len(t.Columns))
			for j, c := range t.Columns {
				switch {
				case j == 0 && c.Class == Int:
					row[j] = fmt.Sprint(i + 1)
				case j == 0:
					row[j] = fmt.Sprintf("'P%d'", i)
				case r.IntN(6) == 0:
					row[j] = "NULL"
				default:
					row[j] = literal(r, c.Class)
				}
			}
			t.Rows = append(t.Rows, row)
		}
		out = append(out, t)
	}
	return out
}

var someTexts = []string{"''", "'P1'", "'P2'", "'P3'", "'p3'", "'anna'", "'Anna B'", "'ünd'", "'a_b'", "'10%'", "' x '", "'zz top'"}

// literal is a value of a class that other values will often equal.
func literal(r *rand.Rand, c Class) string {
	switch c {
	case Int:
		return fmt.Sprint(r.IntN(14) - 2)
	case Big:
		return []string{"0", "5", "-17", "3000000000", "3000000001", "9007199254740993"}[r.IntN(6)]
	case Dec:
		return fmt.Sprintf("%d.%03d", r.IntN(7)-2, []int{0, 500, 250, 125, 999}[r.IntN(5)])
	case Float:
		return []string{"0", "0.5", "-1.25", "2", "1024", "0.0625"}[r.IntN(6)]
	case Text:
		return someTexts[r.IntN(len(someTexts))]
	case Bool:
		return []string{"TRUE", "FALSE"}[r.IntN(2)]
	case Day:
		return fmt.Sprintf("'%d-%02d-%02d'", 2023+r.IntN(2), []int{1, 2, 3, 12}[r.IntN(4)], []int{1, 15, 28}[r.IntN(3)])
	}
	return fmt.Sprintf("'2024-%02d-%02d %02d:%02d:30'", 1+r.IntN(3), 27+r.IntN(2), r.IntN(24), r.IntN(2)*30)
}

// Memory makes the tables a provider, the first column of each its key.
func Memory(tables []Table) (*providertest.Memory, error) {
	var text strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&text, "table public.%s\n", t.Name)
		for i, c := range t.Columns {
			typ := sqltypes.Of(kinds[c.Class])
			if c.Class == Dec {
				typ = sqltypes.DecimalType(12, 3)
			}
			if i > 0 {
				fmt.Fprintf(&text, ", %s %s NULL", c.Name, typ)
			} else {
				fmt.Fprintf(&text, "%s %s KEY", c.Name, typ)
			}
		}
		text.WriteByte('\n')
		for _, row := range t.Rows {
			text.WriteString(strings.Join(row, " | ") + "\n")
		}
	}
	return providertest.ParseMemory(text.String())
}

// Script makes the tables in PostgreSQL, as temporary ones.
func Script(tables []Table) string {
	var text strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&text, "DROP TABLE IF EXISTS pg_temp.%s;\nCREATE TEMPORARY TABLE %s (", t.Name, t.Name)
		for i, c := range t.Columns {
			if i > 0 {
				text.WriteString(", ")
			}
			text.WriteString(c.Name + " " + sqlTypes[c.Class])
		}
		text.WriteString(");\n")
		for _, row := range t.Rows {
			fmt.Fprintf(&text, "INSERT INTO %s VALUES (%s);\n", t.Name, strings.Join(row, ", "))
		}
	}
	return text.String()
}
