package corpora

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// folderVariable names a directory with outside corpora, in folders of their
// own: sqllogictest and others.
const folderVariable = "EPICORERP_CORPORA"

// sltGroup is a kind of sqllogictest script.
type sltGroup struct {
	pattern string
	served  bool   // also played over tables that the OData test server serves
	engine  string // the name that it is for alone
}

var sltGroups = []sltGroup{
	{pattern: "select?.test", served: true},
	{pattern: "evidence/*.test"},
	{pattern: "random/*/*.test"},
	{pattern: "index/*/*/*.test", served: true},
	{pattern: "mysql8-expected/*.test"},
	{pattern: "../gms/join.slt", engine: mysqlName},
}

// sltScripts are the scripts at hand, with a short name each.
func sltScripts(t *testing.T) (scripts []sltScript) {
	dir := os.Getenv(folderVariable)
	if dir == "" {
		return []sltScript{{file: "testdata/sample.slt", name: "sample", group: sltGroup{served: true}}}
	}
	for _, g := range sltGroups {
		found, err := filepath.Glob(filepath.Join(dir, "sqllogictest", g.pattern))
		require.NoError(t, err)
		require.NotEmpty(t, found, g.pattern)
		for _, f := range found {
			name, err := filepath.Rel(filepath.Join(dir, "sqllogictest"), f)
			require.NoError(t, err)
			name = strings.TrimPrefix(filepath.ToSlash(name), "../")
			scripts = append(scripts, sltScript{file: f, name: strings.ReplaceAll(name, "/", " "), group: g})
		}
	}
	return scripts
}

type sltScript struct {
	file, name string
	group      sltGroup
}

// TestSqllogictest plays the scripts as MySQL's users and as the standard's
// would, over tables in memory: with pushdown, and every tenth query also
// without and under random verdicts. A wrong answer fails the test; what is
// refused is refused for a reason that its rules give.
func TestSqllogictest(t *testing.T) {
	scope, scripts, left := scopeOf("sqllogictest"), sltScripts(t), 0
	for _, as := range []struct {
		name    string
		dialect parse.Dialect
	}{{mysqlName, parse.MySQL}, {standardName, parse.ANSI}} {
		left += len(scripts)
		t.Run("as "+as.name, func(t *testing.T) {
			var all tally
			for _, s := range scripts {
				if s.group.engine != "" && s.group.engine != as.name {
					left--
					continue
				}
				p := &sltPlayer{scope: scope, engine: as.name, db: &database{dialect: as.dialect}, ask: inMemory}
				t.Run(s.name, func(t *testing.T) {
					left--
					all.add(p.play(t, s))
				})
			}
			all.log(t)
		})
	}
	if left == 0 {
		scope.noneStale(t)
	}
}

// TestSqllogictestOverOData plays the scripts of the groups that read tables
// over an OData service, with pushdown and without.
func TestSqllogictestOverOData(t *testing.T) {
	var all tally
	scope := scopeOf("sqllogictest")
	for _, s := range sltScripts(t) {
		if !s.group.served {
			continue
		}
		var service served
		p := &sltPlayer{scope: scope, engine: mysqlName, db: &database{dialect: parse.MySQL}, ask: service.ask}
		t.Run(s.name, func(t *testing.T) {
			defer service.close()
			all.add(p.play(t, s))
		})
	}
	all.log(t)
}

// sltPlayer plays one script.
type sltPlayer struct {
	scope  *scope
	engine string
	db     *database
	// ask runs the n-th query of the script in every way that is wanted.
	ask func(t *testing.T, db *database, n int, sql string, each func(way, answer, error))
	n   int
}

// inMemory asks the tables in memory.
func inMemory(t *testing.T, db *database, n int, sql string, each func(way, answer, error)) {
	ways := []way{atServer}
	if n%10 == 0 {
		ways = append(ways, atHome, atRandom)
	}
	for _, w := range ways {
		a, err := db.run(t.Context(), sql, w)
		each(w, a, err)
	}
}

// ask asks the service.
func (s *served) ask(t *testing.T, db *database, _ int, sql string, each func(way, answer, error)) {
	p := s.over(t, db)
	for _, w := range []way{atServer, atHome} {
		a, err := db.runOver(t.Context(), p, sql, w == atServer)
		each(w, a, err)
	}
}

var errHalt = errors.New("halt")

func (p *sltPlayer) play(t *testing.T, s sltScript) tally {
	text, err := os.ReadFile(s.file)
	require.NoError(t, err)
	mine := tally{corpus: "sqllogictest"}
	begin := time.Now()
	err = sltRecords(bytes.NewReader(text), p.engine, func(rec sltRecord) error {
		if rec.kind == "halt" {
			return errHalt
		}
		if rec.kind == "statement" {
			p.statement(t, s, rec, &mine)
			return nil
		}
		p.query(t, s, rec, &mine)
		return nil
	})
	if !errors.Is(err, errHalt) {
		require.NoError(t, err)
	}
	mine.elapsed = time.Since(begin)
	t.Log(mine.String())
	return mine
}

func (p *sltPlayer) statement(t *testing.T, s sltScript, rec sltRecord, mine *tally) {
	err := p.db.statements(t.Context(), rec.sql)
	if diff := fmt.Sprint(cmp.Or(err, errors.New("no error"))); (err != nil) != rec.fails && p.scope.out(s.name, rec.sql, diff) == "" {
		t.Errorf("%s:%d: %s\n%s", s.name, rec.line, diff, rec.sql)
	}
}

func (p *sltPlayer) query(t *testing.T, s sltScript, rec sltRecord, mine *tally) {
	p.n++
	verdict := passed
	p.ask(t, p.db, p.n, rec.sql, func(w way, a answer, err error) {
		if verdict != passed {
			return
		}
		var diff string
		if err != nil {
			diff = err.Error()
		} else if diff = sltCompare(rec, a.rows); diff == "" {
			return
		}
		if verdict = p.scope.out(s.name, rec.sql, diff); verdict != "" {
			return
		}
		verdict = wrong
		var e *providers.Error
		if errors.As(err, &e) {
			verdict = refused
		}
		t.Errorf("%s:%d: %s: %s\n%s", s.name, rec.line, w, diff, rec.sql)
	})
	mine.count(verdict)
}
