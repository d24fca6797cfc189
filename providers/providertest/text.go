package providertest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// ParseMemory reads a provider from text: tables one after the other, each
//
//	table Erp.Customers
//	CustNum INTEGER KEY, Name VARCHAR NULL, Credit DECIMAL(18,2) NULL
//	nav Orders -> Erp.Orders many CustNum = CustNum, Company = Company
//	7 | Addison | 1200.50
//	8 | 'a | b' | NULL
//
// The last part of a table's name is the table, all before it the schema; the
// first table's schema is the default one. Words after a column's type are
// KEY, NULL (it may be), HIDDEN, INPUT, REQUIRED and ALIAS name; UNSIZED after
// a table's name hides how many rows it has. A value is text up to the next
// bar, without the blanks around it, or text in single quotes, doubled inside.
// Lines that begin with # are left out.
func ParseMemory(text string) (*Memory, error) {
	var tables []*MemoryTable
	columnsNext := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if name, ok := strings.CutPrefix(line, "table "); ok {
			t := &MemoryTable{}
			name, t.Unsized = strings.CutSuffix(name, " UNSIZED")
			t.Schema, t.Name = splitName(strings.TrimSpace(name))
			tables, columnsNext = append(tables, t), true
			continue
		}
		if len(tables) == 0 {
			return nil, fmt.Errorf("line %d: a table's name comes first", i+1)
		}
		t := tables[len(tables)-1]
		var err error
		switch nav, isNav := strings.CutPrefix(line, "nav "); {
		case columnsNext:
			err, columnsNext = t.parseColumns(line), false
		case isNav:
			err = t.parseNavigation(nav)
		default:
			err = t.parseRow(line)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if len(tables) == 0 {
		return nil, fmt.Errorf("the text has no table")
	}
	m := NewMemory(tables[0].Schema)
	for _, t := range tables {
		if err := m.Add(*t); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func splitName(name string) (schema, table string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

func (t *MemoryTable) parseColumns(line string) error {
	depth, start := 0, 0
	for i := 0; i <= len(line); i++ {
		switch {
		case i < len(line) && line[i] == '(':
			depth++
		case i < len(line) && line[i] == ')':
			depth--
		case i == len(line) || line[i] == ',' && depth == 0:
			if err := t.parseColumn(strings.Fields(line[start:i])); err != nil {
				return err
			}
			start = i + 1
		}
	}
	return nil
}

func (t *MemoryTable) parseColumn(words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("a column is a name and a type, not %q", strings.Join(words, " "))
	}
	typ, err := parseType(words[1])
	if err != nil {
		return err
	}
	c := providers.Column{Name: words[0], Type: typ}
	for i := 2; i < len(words); i++ {
		switch w := strings.ToUpper(words[i]); w {
		case "KEY":
			t.Key = append(t.Key, c.Name)
		case "NULL":
			c.Nullable = true
		case "HIDDEN":
			c.Hidden = true
		case "INPUT":
			c.Input, c.Hidden, c.Nullable = true, true, true
		case "REQUIRED":
			c.Required = true
		case "ALIAS":
			i++
			c.Aliases = append(c.Aliases, words[i])
		default:
			return fmt.Errorf("column %s: %s is not KEY, NULL, HIDDEN, INPUT, REQUIRED or ALIAS", c.Name, w)
		}
	}
	t.Columns = append(t.Columns, c)
	return nil
}

func parseType(s string) (sqltypes.Type, error) {
	name, facets, _ := strings.Cut(strings.TrimSuffix(s, ")"), "(")
	for k := sqltypes.Bool; k <= sqltypes.JSON; k++ {
		if !strings.EqualFold(strings.ReplaceAll(k.String(), " ", "_"), name) {
			continue
		}
		typ := sqltypes.Of(k)
		for i, f := range strings.Split(facets, ",") {
			n, err := strconv.Atoi(f)
			switch {
			case facets == "":
			case err != nil:
				return typ, fmt.Errorf("type %s: %w", s, err)
			case k != sqltypes.Decimal:
				typ.Length = n
			case i == 0:
				typ.Precision, typ.Scale = n, 0
			default:
				typ.Scale = n
			}
		}
		return typ, nil
	}
	return sqltypes.Type{}, fmt.Errorf("type %s is not known", s)
}

func (t *MemoryTable) parseNavigation(s string) error {
	name, rest, _ := strings.Cut(s, "->")
	words := strings.Fields(rest)
	if len(words) < 2 {
		return fmt.Errorf("a navigation is: nav Name -> Table one|many A = B, …")
	}
	nav := providers.Navigation{Name: strings.TrimSpace(name), Collection: words[1] == "many"}
	nav.Schema, nav.Table = splitName(words[0])
	if nav.Schema == "" {
		nav.Schema = t.Schema
	}
	for pair := range strings.SplitSeq(strings.Join(words[2:], ""), ",") {
		here, there, _ := strings.Cut(pair, "=")
		at := (&providers.TableInfo{Columns: t.Columns}).Find(here)
		if at < 0 {
			return fmt.Errorf("navigation %s: no column %q", nav.Name, here)
		}
		nav.Pairs = append(nav.Pairs, providers.ColumnPair{Column: at, Other: there})
	}
	t.Navigations = append(t.Navigations, nav)
	return nil
}

func (t *MemoryTable) parseRow(line string) error {
	var row []sqltypes.Value
	for rest, more := line, true; more; {
		var cell string
		var quoted bool
		rest = strings.TrimLeft(rest, " ")
		if strings.HasPrefix(rest, "'") {
			quoted = true
			end := 1
			for ; end < len(rest); end++ {
				if rest[end] == '\'' {
					if end+1 >= len(rest) || rest[end+1] != '\'' {
						break
					}
					end++
				}
			}
			cell = strings.ReplaceAll(rest[1:min(end, len(rest))], "''", "'")
			_, rest, more = strings.Cut(rest[min(end+1, len(rest)):], "|")
		} else {
			cell, rest, more = strings.Cut(rest, "|")
			cell = strings.TrimSpace(cell)
		}
		if len(row) >= len(t.Columns) {
			return fmt.Errorf("table %s: more values than columns: %s", t.Name, line)
		}
		c := &t.Columns[len(row)]
		v, err := parseValue(c.Type.Kind, cell, quoted)
		if err != nil {
			return fmt.Errorf("table %s: column %s: %w", t.Name, c.Name, err)
		}
		row = append(row, v)
	}
	t.Rows = append(t.Rows, row)
	return nil
}

func parseValue(k sqltypes.Kind, s string, quoted bool) (v sqltypes.Value, err error) {
	v.Kind = k
	if s == "NULL" && !quoted {
		return sqltypes.NullOf(k), nil
	}
	switch k {
	case sqltypes.Bool:
		var b bool
		if b, err = strconv.ParseBool(s); b {
			v.I = 1
		}
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt:
		v.I, err = strconv.ParseInt(s, 10, 64)
	case sqltypes.Real, sqltypes.Double:
		v.F, err = strconv.ParseFloat(s, 64)
	case sqltypes.Decimal:
		v.D, err = sqltypes.ParseNum(s)
	case sqltypes.Date:
		v.I, err = sqltypes.ParseDate(s)
	case sqltypes.Time:
		v.I, err = sqltypes.ParseTime(s)
	case sqltypes.Timestamp, sqltypes.TimestampTZ:
		v.I, _, err = sqltypes.ParseTimestamp(s)
	case sqltypes.UUID:
		v = sqltypes.UUIDValue(s)
	case sqltypes.Interval:
		err = fmt.Errorf("no text form is read for INTERVAL")
	default:
		v.S = s
	}
	return v, err
}
