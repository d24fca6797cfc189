package sqlengine_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
)

// corporaVariable names a directory with a folder sqllogictest: scripts with
// answers of other systems, which are not part of this repository.
const corporaVariable = "EPICORERP_CORPORA"

// sltScripts are the scripts to play, by group.
var sltScripts = []string{
	"select?.test", "random/select/*.test", "random/expr/*.test", "random/aggregates/*.test", "random/groupby/*.test",
	"index/between/*/*.test", "index/commute/*/*.test", "index/delete/*/*.test", "index/in/*/*.test",
	"index/orderby/*/*.test", "index/orderby_nosort/*/*.test", "index/random/*/*.test",
}

// sltTally counts what became of a script's queries.
type sltTally struct {
	passed, failed, unsupported int
	reasons                     map[string]int
	examples                    map[string]string
}

// TestOutsideCorpora plays sqllogictest scripts: those of the directory that
// EPICORERP_CORPORA names, else a small one of our own in testdata. A wrong
// answer fails; what is refused is counted by its reason.
func TestOutsideCorpora(t *testing.T) {
	files := []string{"testdata/sample.slt"}
	if dir := os.Getenv(corporaVariable); dir != "" {
		files = nil
		for _, pattern := range sltScripts {
			found, err := filepath.Glob(filepath.Join(dir, "sqllogictest", pattern))
			require.NoError(t, err)
			require.NotEmpty(t, found, pattern)
			files = append(files, found...)
		}
	}
	all := sltTally{reasons: map[string]int{}, examples: map[string]string{}}
	if dir := os.Getenv(corporaVariable); dir != "" {
		t.Run("tpch", func(t *testing.T) { playTPCH(t, filepath.Join(dir, "tpch")) })
	}
	for _, file := range files {
		_, name, _ := strings.Cut(filepath.ToSlash(file), "/sqllogictest/")
		t.Run(strings.ReplaceAll(cmp.Or(name, file), "/", " "), func(t *testing.T) { playScript(t, file, &all) })
	}
	t.Logf("all: %d passed, %d failed, %d unsupported", all.passed, all.failed, all.unsupported)
	for _, reason := range slices.SortedFunc(maps.Keys(all.reasons), func(a, b string) int { return cmp.Compare(all.reasons[b], all.reasons[a]) }) {
		t.Logf("%7d × %s, such as %s", all.reasons[reason], reason, all.examples[reason])
	}
}

func playScript(t *testing.T, file string, all *sltTally) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	db := &sltDatabase{}
	var mine sltTally
	begin := time.Now()
	n := 0
	err = sltRecords(bytes.NewReader(text), func(rec sltRecord) error {
		switch rec.kind {
		case "halt":
			return errHalt
		case "statement":
			ok, err := db.statement(t, rec.sql)
			if !ok || (err != nil) != rec.fails {
				return fmt.Errorf("line %d: %q: the runner knows no such statement (%w)", rec.line, rec.sql, err)
			}
			return nil
		}
		n++
		ways := []sltWay{atServer}
		if n%10 == 0 {
			ways = append(ways, atHome, atRandom)
		}
		for _, way := range ways {
			rows, err := db.query(t, rec.sql, way)
			if err != nil {
				mine.unsupported++
				reason := reasonOf(err)
				all.reasons[reason]++
				if all.examples[reason] == "" {
					all.examples[reason] = rec.sql
				}
				return nil
			}
			if diff := sltCompare(rec, rows); diff != "" {
				if mine.failed++; mine.failed <= 20 {
					t.Errorf("%s:%d: %s: %s\n%s", file, rec.line, way, diff, rec.sql)
				}
				return nil
			}
		}
		mine.passed++
		return nil
	})
	if !errors.Is(err, errHalt) {
		require.NoError(t, err)
	}
	_, name, _ := strings.Cut(t.Name(), "/")
	t.Logf("%s: %d passed, %d failed, %d unsupported, %.1f s", name, mine.passed, mine.failed, mine.unsupported, time.Since(begin).Seconds())
	all.passed, all.failed, all.unsupported = all.passed+mine.passed, all.failed+mine.failed, all.unsupported+mine.unsupported
	require.Positive(t, mine.passed, "nothing of the script was understood")
}

var errHalt = errors.New("halt")

var ownNames = regexp.MustCompile("`[^`]*`|\"[^\"]*\"|[0-9]+|\\b(col|cor|tab|t|a|b|c|d|e)[0-9]*\\b|MIN\\([^)]*\\)")

// reasonOf is an error without what is a query's own.
func reasonOf(err error) string {
	var e *providers.Error
	text := err.Error()
	if errors.As(err, &e) {
		text = e.Error()
	}
	text, _, _ = strings.Cut(text, ": +")
	text = ownNames.ReplaceAllString(text, "…")
	if len(text) > 110 {
		text = text[:110] + "…"
	}
	return text
}
