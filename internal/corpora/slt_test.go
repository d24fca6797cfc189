package corpora

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// The names under which scripts are played: one that no script knows, so that
// the standard's forms are taken (/ truncates between integers), and one that
// takes MySQL's (DIV, CAST AS SIGNED).
const (
	standardName = "epicorerp"
	mysqlName    = "mysql"
)

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

// sltRecords reads a script and leaves out what is for engines of other names.
func sltRecords(r io.Reader, engine string, each func(sltRecord) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	var block []string
	first, line := 0, 0
	flush := func() error {
		defer func() { block = nil }()
		rec, ok := sltBlock(block, engine)
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

func sltBlock(block []string, engine string) (rec sltRecord, ok bool) {
	for len(block) > 0 {
		words := strings.Fields(block[0])
		switch {
		case block[0][0] == '#' || words[0] == "hash-threshold":
		case words[0] == "skipif":
			if words[1] == engine {
				return rec, false
			}
		case words[0] == "onlyif":
			if words[1] != engine {
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
