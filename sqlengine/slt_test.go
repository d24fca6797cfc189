package sqlengine_test

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// sltEngine is the name under which scripts are played: one that no script
// knows, so that the standard's forms are taken (/ truncates between integers).
const sltEngine = "epicorerp"

// sltRecord is one record of a sqllogictest script.
type sltRecord struct {
	line  int
	kind  string // statement, query, halt
	fails bool   // a statement that must not work
	types string
	sort  string
	sql   string
	want  []string
}

// sltRecords reads a script and leaves out what is for other engines.
func sltRecords(r io.Reader, each func(sltRecord) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	var block []string
	first, line := 0, 0
	flush := func() error {
		defer func() { block = nil }()
		rec, ok := sltBlock(block)
		if !ok {
			return nil
		}
		rec.line = first
		return each(rec)
	}
	for in.Scan() {
		line++
		text := strings.TrimRight(in.Text(), "\r")
		if text != "" {
			if block == nil {
				first = line
			}
			block = append(block, text)
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return flush()
}

func sltBlock(block []string) (rec sltRecord, ok bool) {
	for len(block) > 0 {
		words := strings.Fields(block[0])
		switch {
		case block[0][0] == '#' || words[0] == "hash-threshold":
		case words[0] == "skipif":
			if words[1] == sltEngine {
				return rec, false
			}
		case words[0] == "onlyif":
			if words[1] != sltEngine {
				return rec, false
			}
		case words[0] == "halt":
			rec.kind = "halt"
			return rec, true
		case words[0] == "statement":
			rec.kind, rec.fails, rec.sql = "statement", len(words) > 1 && words[1] == "error", strings.Join(block[1:], "\n")
			return rec, true
		case words[0] == "query":
			rec.kind, rec.sort = "query", "nosort"
			if len(words) > 1 {
				rec.types = words[1]
			}
			if len(words) > 2 {
				rec.sort = words[2]
			}
			at := slices.Index(block, "----")
			if at < 0 {
				at = len(block)
			}
			rec.sql, rec.want = strings.Join(block[1:at], "\n"), block[min(at+1, len(block)):]
			return rec, true
		}
		block = block[1:]
	}
	return rec, false
}

// sltText prints a value as a script's type letter asks.
func sltText(v sqltypes.Value, letter byte) string {
	if v.Null {
		return "NULL"
	}
	switch letter {
	case 'I':
		switch {
		case v.Kind == sqltypes.Decimal:
			i, _ := v.D.Trunc(0).Int64()
			return strconv.FormatInt(i, 10)
		case v.Kind.Storage() == sqltypes.StoreFloat:
			return strconv.FormatInt(int64(v.F), 10)
		case v.Kind.Storage() == sqltypes.StoreInt:
			return strconv.FormatInt(v.I, 10)
		}
		n, _ := strconv.ParseInt(v.S, 10, 64)
		return strconv.FormatInt(n, 10)
	case 'R':
		switch {
		case v.Kind == sqltypes.Decimal:
			return v.D.Round(3).String()
		case v.Kind.Storage() == sqltypes.StoreFloat:
			return strconv.FormatFloat(v.F, 'f', 3, 64)
		case v.Kind.Storage() == sqltypes.StoreInt:
			return strconv.FormatInt(v.I, 10) + ".000"
		}
	}
	if s := v.Text(); s != "" {
		return s
	}
	return "(empty)"
}

// sltCompare says how rows differ from what a record expects, "" if not.
func sltCompare(rec sltRecord, rows [][]sqltypes.Value) string {
	lines := make([][]string, len(rows))
	for i, row := range rows {
		if len(row) != len(rec.types) {
			return fmt.Sprintf("%d columns, want %d", len(row), len(rec.types))
		}
		lines[i] = make([]string, len(row))
		for c, v := range row {
			lines[i][c] = sltText(v, rec.types[c])
		}
	}
	if rec.sort == "rowsort" {
		slices.SortFunc(lines, slices.Compare)
	}
	got := slices.Concat(lines...)
	if rec.sort == "valuesort" {
		slices.Sort(got)
	}
	if len(rec.want) == 1 {
		if count, hash, ok := strings.Cut(rec.want[0], " values hashing to "); ok {
			sum := md5.Sum([]byte(strings.Join(got, "\n") + "\n"))
			if count != strconv.Itoa(len(got)) {
				return fmt.Sprintf("%d values, want %s", len(got), count)
			}
			if hex.EncodeToString(sum[:]) != hash {
				return fmt.Sprintf("the values hash otherwise; they begin with %q", got[:min(8, len(got))])
			}
			return ""
		}
	}
	if !slices.Equal(got, rec.want) {
		return fmt.Sprintf("%q, want %q", got, rec.want)
	}
	return ""
}

// sltDatabase holds the tables that a script makes.
type sltDatabase struct {
	tables []*providertest.MemoryTable
	memory *providertest.Memory // nil when the tables have changed
}

var (
	sltCreate = regexp.MustCompile(`(?is)^CREATE TABLE (\w+)\s*\((.*)\)$`)
	sltInsert = regexp.MustCompile(`(?is)^INSERT INTO (\w+)\s*(?:\(([^)]*)\))?\s*VALUES\s*\((.*)\)$`)
	sltCopy   = regexp.MustCompile(`(?is)^INSERT INTO (\w+) (SELECT .*)$`)
	sltDelete = regexp.MustCompile(`(?is)^DELETE FROM (\w+)(?: WHERE (.*))?$`)
	sltDrop   = regexp.MustCompile(`(?is)^DROP TABLE (\w+)$`)
	sltIgnore = regexp.MustCompile(`(?is)^(CREATE (UNIQUE )?INDEX|DROP INDEX|REINDEX)\b`)
)

func (db *sltDatabase) find(name string) *providertest.MemoryTable {
	at := slices.IndexFunc(db.tables, func(t *providertest.MemoryTable) bool { return strings.EqualFold(t.Name, name) })
	if at < 0 {
		return nil
	}
	return db.tables[at]
}

// statement makes and fills tables. ok is false for a statement that is not
// for this runner.
func (db *sltDatabase) statement(t *testing.T, sql string) (ok bool, err error) {
	sql = strings.TrimSpace(sql)
	if sltIgnore.MatchString(sql) {
		return true, nil
	}
	if m := sltCreate.FindStringSubmatch(sql); m != nil {
		db.memory = nil
		return true, db.create(m[1], m[2])
	}
	if m := sltDrop.FindStringSubmatch(sql); m != nil {
		db.memory = nil
		db.tables = slices.DeleteFunc(db.tables, func(t *providertest.MemoryTable) bool { return strings.EqualFold(t.Name, m[1]) })
		return true, nil
	}
	target := ""
	query := ""
	var columns []string
	insert := true
	switch {
	case sltInsert.MatchString(sql):
		m := sltInsert.FindStringSubmatch(sql)
		target, query = m[1], "SELECT "+m[3]
		if m[2] != "" {
			columns = strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' })
		}
	case sltCopy.MatchString(sql):
		m := sltCopy.FindStringSubmatch(sql)
		target, query = m[1], m[2]
	case sltDelete.MatchString(sql):
		m := sltDelete.FindStringSubmatch(sql)
		target, insert = m[1], false
		query = "SELECT * FROM " + m[1] + " WHERE (" + m[2] + ") IS NOT TRUE"
		if m[2] == "" {
			query = "SELECT * FROM " + m[1] + " WHERE FALSE"
		}
	default:
		return false, nil
	}
	rows, err := db.query(t, query, atHome)
	if err != nil {
		return true, err
	}
	table := db.find(target)
	if !insert {
		table.Rows = nil
	}
	for _, row := range rows {
		table.Rows = append(table.Rows, sltRow(table, columns, row))
	}
	db.memory = nil
	return true, nil
}

// sltRow puts values into the order and the kinds of a table's columns.
func sltRow(t *providertest.MemoryTable, columns []string, values []sqltypes.Value) []sqltypes.Value {
	row := make([]sqltypes.Value, len(t.Columns))
	for i := range row {
		row[i] = sqltypes.NullOf(t.Columns[i].Type.Kind)
	}
	for i, v := range values {
		at := i
		if columns != nil {
			at = slices.IndexFunc(t.Columns, func(c providers.Column) bool { return strings.EqualFold(c.Name, columns[i]) })
		}
		switch kind := t.Columns[at].Type.Kind; {
		case v.Null:
		case kind == sqltypes.Double && v.Kind == sqltypes.Decimal:
			row[at] = sqltypes.FloatValue(v.D.Float64())
		case kind == sqltypes.Double && v.Kind.IsInteger():
			row[at] = sqltypes.FloatValue(float64(v.I))
		default:
			v.Kind = kind
			row[at] = v
		}
	}
	return row
}

func (db *sltDatabase) create(name, columns string) error {
	t := &providertest.MemoryTable{Name: name}
	kinds := map[string]sqltypes.Kind{"INTEGER": sqltypes.Integer, "INT": sqltypes.Integer, "FLOAT": sqltypes.Double, "REAL": sqltypes.Double,
		"TEXT": sqltypes.Varchar, "VARCHAR": sqltypes.Varchar}
	for c := range strings.SplitSeq(columns, ",") {
		words := strings.Fields(c)
		kind, _, _ := strings.Cut(strings.ToUpper(words[1]), "(")
		k, ok := kinds[kind]
		if !ok {
			return fmt.Errorf("type %s in CREATE TABLE %s", words[1], name)
		}
		key := strings.Contains(strings.ToUpper(c), "PRIMARY KEY")
		t.Columns = append(t.Columns, providers.Column{Name: words[0], Type: sqltypes.Of(k), Nullable: !key})
		if key {
			t.Key = []string{words[0]}
		}
	}
	db.tables = append(db.tables, t)
	return nil
}

// sltWay is how a query is run.
type sltWay string

const (
	atServer sltWay = "with pushdown"
	atHome   sltWay = "without pushdown"
	atRandom sltWay = "with random verdicts"
)

func (db *sltDatabase) query(t *testing.T, sql string, way sltWay) ([][]sqltypes.Value, error) {
	if db.memory == nil {
		db.memory = providertest.NewMemory("main")
		for _, table := range db.tables {
			if err := db.memory.Add(*table); err != nil {
				return nil, err
			}
		}
	}
	var p providers.Provider = db.memory
	if way == atRandom {
		p = db.memory.Chaos(uint64(len(sql)))
	}
	_, rows, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: way != atHome}, sql)
	return rows, err
}
