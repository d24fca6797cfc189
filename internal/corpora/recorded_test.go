package corpora

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// recordedCorpora are the suites whose scripts are recorded as lines of JSON,
// with the dialect that they are written in.
var recordedCorpora = []struct {
	name    string
	dialect parse.Dialect
}{
	{"calcite", parse.ANSI}, {"h2", parse.ANSI}, {"gms", parse.MySQL}, {"risinglight", parse.Postgres}, {"duckdb", parse.Postgres},
}

// recordedScript is one script, which begins with an empty database.
type recordedScript struct {
	Script string
	Steps  []recordedStep
}

// recordedStep is a statement, or a query with the rows that it gives.
type recordedStep struct {
	SQL   string
	Kind  string // stmt or query
	Rows  [][]any
	Sort  string // nosort or rowsort
	Error bool   // it must fail
	NoExp bool   // its origin has no usable answer
}

// TestRecordedScripts plays the other suites over tables in memory, each query
// with pushdown and without. (Many do not say in which order rows come, so a
// provider that shuffles them would differ.)
func TestRecordedScripts(t *testing.T) {
	for _, c := range recordedCorpora {
		t.Run(c.name, func(t *testing.T) {
			file := "testdata/sample.jsonl"
			if dir := os.Getenv(folderVariable); dir != "" {
				file = filepath.Join(dir, c.name, c.name+".dev.jsonl")
			}
			var all tally
			scope, scripts, played := scopeOf(c.name), recordedScripts(t, file), 0
			for _, s := range scripts {
				p := &recordedPlayer{scope: scope, script: s.Script, db: &database{dialect: c.dialect}, broken: map[string]string{}}
				t.Run(s.Script, func(t *testing.T) {
					played++
					all.add(p.play(t, s))
				})
			}
			all.log(t)
			if played == len(scripts) {
				scope.noneStale(t)
			}
		})
	}
}

func recordedScripts(t *testing.T, file string) (scripts []recordedScript) {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<26)
	for in.Scan() {
		var s recordedScript
		require.NoError(t, json.Unmarshal(in.Bytes(), &s))
		scripts = append(scripts, s)
	}
	require.NoError(t, in.Err())
	require.NotEmpty(t, scripts)
	return scripts
}

type recordedPlayer struct {
	scope  *scope
	script string
	db     *database
	// broken are the names that a statement before could not make what the
	// script wants, with the reason.
	broken map[string]string
}

func (p *recordedPlayer) play(t *testing.T, s recordedScript) tally {
	mine := tally{}
	begin := time.Now()
	for _, step := range s.Steps {
		if step.Kind == "query" {
			if !step.NoExp {
				mine.count(p.query(t, step))
			}
			continue
		}
		p.setUp(t, step)
	}
	mine.elapsed = time.Since(begin)
	return mine
}

// subject finds the name that a statement is about.
var subject = regexp.MustCompile("(?i)\\b(?:TABLE|INTO|VIEW|UPDATE|FROM|TYPE|SEQUENCE|SCHEMA)\\s+(?:IF\\s+(?:NOT\\s+)?EXISTS\\s+)?[`\"]?(?:\\w+\\.)?(\\w+)")

// setUp plays a statement. What it is about is broken when it cannot be played:
// queries that name it are not held to their answers.
func (p *recordedPlayer) setUp(t *testing.T, step recordedStep) {
	m := subject.FindStringSubmatch(step.SQL)
	err := p.db.statements(t.Context(), step.SQL)
	if m == nil {
		return // a setting of the engine that the script comes from
	}
	name := strings.ToLower(m[1])
	switch {
	case err == nil && createsOrDrops.MatchString(step.SQL):
		delete(p.broken, name)
	case err != nil && !step.Error:
		reason := p.scope.out(p.script, step.SQL, err.Error())
		if reason == "" {
			reason = p.broke(step.SQL)
		}
		if reason == "" {
			t.Errorf("%s: %v\n%s", p.script, err, step.SQL)
			reason = "without a reason"
		}
		p.broken[name] = reason
	}
}

var createsOrDrops = regexp.MustCompile(`(?i)^\s*(CREATE|DROP)\b`)

// broke gives the reason why a name in a query does not stand for what the
// script wants.
func (p *recordedPlayer) broke(sql string) string {
	for _, w := range words.FindAllString(sql, -1) {
		if reason := p.broken[strings.ToLower(w)]; reason != "" {
			return reason
		}
	}
	return ""
}

// query plays a query in every way and says what became of it.
func (p *recordedPlayer) query(t *testing.T, step recordedStep) string {
	for _, w := range []way{atServer, atHome} {
		a, err := p.db.run(t.Context(), step.SQL, w)
		diff := ""
		switch {
		case step.Error:
			if err == nil {
				diff = "it must fail"
			}
		case err != nil:
			diff = err.Error()
		default:
			diff = sameRows(a.rows, step, p.db.orders(step.SQL))
		}
		if diff == "" {
			continue
		}
		if reason := p.scope.out(p.script, step.SQL, diff); reason != "" {
			return reason
		}
		if reason := p.broke(step.SQL); reason != "" {
			return reason
		}
		t.Errorf("%s: %s: %s\n%s", p.script, w, diff, step.SQL)
		var e *providers.Error
		if errors.As(err, &e) {
			return refused
		}
		return wrong
	}
	return passed
}

// orders reports whether a query says in which order its rows come.
func (db *database) orders(sql string) bool {
	tree, err := parse.Parse(sql, parse.Options{Dialect: db.dialect})
	q, ok := tree.(ast.Query)
	return err == nil && ok && len(ast.TailOf(q).OrderBy) > 0
}

// sameRows says how rows differ from what a step expects, "" if not. Numbers
// are compared as numbers, to what a text of them keeps.
func sameRows(rows [][]sqltypes.Value, step recordedStep, ordered bool) string {
	if len(rows) != len(step.Rows) {
		return fmt.Sprintf("%d rows, want %d: %.200v, want %.200v", len(rows), len(step.Rows), rows, step.Rows)
	}
	if step.Sort != "rowsort" && ordered {
		for i := range rows {
			if !sameRow(rows[i], step.Rows[i]) {
				return fmt.Sprintf("row %d is %.200v, want %.200v", i+1, rows[i], step.Rows[i])
			}
		}
		return ""
	}
	left := slices.Clone(step.Rows)
	for _, row := range rows {
		at := slices.IndexFunc(left, func(want []any) bool { return sameRow(row, want) })
		if at < 0 {
			return fmt.Sprintf("a row is %.200v, want one of %.200v", row, left)
		}
		left = slices.Delete(left, at, at+1)
	}
	return ""
}

func sameRow(row []sqltypes.Value, want []any) bool {
	if cells, ok := want[0].(string); ok && len(want) == 1 && len(row) > 1 {
		want = want[:0:0] // a row recorded as one text
		for _, c := range strings.Fields(cells) {
			want = append(want, c)
		}
	}
	if len(row) != len(want) {
		return false
	}
	for i, v := range row {
		if !sameCell(v, want[i]) {
			return false
		}
	}
	return true
}

func sameCell(v sqltypes.Value, want any) bool {
	if want == nil || v.Null {
		return want == nil && v.Null || v.Null && fmt.Sprint(want) == "NULL"
	}
	got, text := v.Text(), fmt.Sprint(want)
	switch w := want.(type) {
	case float64:
		text = strconv.FormatFloat(w, 'g', -1, 64)
	case bool:
		text = strconv.FormatBool(w)
	}
	if v.Kind == sqltypes.Varbinary && strings.HasPrefix(text, "X'") {
		got = fmt.Sprintf("X'%X'", v.S)
	}
	if v.Kind == sqltypes.Bool {
		b, err := strconv.ParseBool(strings.ToLower(text))
		return err == nil && b == (v.I != 0)
	}
	x, errX := strconv.ParseFloat(got, 64)
	y, errY := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if errX == nil && errY == nil {
		return x == y || math.Abs(x-y) <= 1e-6*math.Max(math.Abs(x), math.Abs(y)) || math.IsNaN(x) && math.IsNaN(y)
	}
	plain := func(s string) string {
		s = strings.TrimSuffix(strings.Replace(s, "T", " ", 1), "Z")
		return strings.TrimSuffix(s, " 00:00:00")
	}
	return got == text || text == "(empty)" && got == "" || plain(got) == plain(text)
}
