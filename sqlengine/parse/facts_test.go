package parse

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// factsVariable names a directory with statements.sql and parser-probes.tsv,
// lists by which several parsers were compared and which are not part of this
// repository.
const factsVariable = "EPICORERP_FACTS"

// TestFacts plays the lists of the directory that EPICORERP_FACTS names. A line
// of statements.sql is an identifier, the language in brackets, and the text.
func TestFacts(t *testing.T) {
	dir := os.Getenv(factsVariable)
	if dir == "" {
		t.Skip(factsVariable + " names no directory")
	}
	t.Run("statements", func(t *testing.T) { playFacts(t, filepath.Join(dir, "statements.sql")) })
	t.Run("probes", func(t *testing.T) { playProbes(t, filepath.Join(dir, "parser-probes.tsv")) })
}

var (
	factsLine = regexp.MustCompile(`^(\S+) \[(\w+)\] ?(.*)$`)

	// spoken is the dialect in which the texts of a language are read.
	spoken = map[string]Dialect{"std": ANSI, "ps": ANSI, "ts": ANSI, "or": ANSI, "sq": ANSI, "my": MySQL, "pg": Postgres}

	// notSpoken are statements that this language refuses, and by which words.
	notSpoken = map[string]string{"SELECT * FROM t WHERE a IN ::list": "list parameters are not supported"}
)

func playFacts(t *testing.T, file string) {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	played := map[string]int{}
	for s := bufio.NewScanner(f); s.Scan(); {
		m := factsLine.FindStringSubmatch(s.Text())
		if m == nil || m[2] == "gen" {
			continue
		}
		sql := strings.ReplaceAll(m[3], "⏎", "\n")
		played[m[2]]++
		t.Run(m[1], func(t *testing.T) {
			dialect, ours := spoken[m[2]]
			stmt, err := Parse(sql, Options{Dialect: dialect})
			if words, listed := notSpoken[sql]; listed || !ours {
				require.ErrorContains(t, err, words, sql)
				var at *Error
				require.ErrorAs(t, err, &at)
				return
			}
			require.NoError(t, err, sql)
			requireFixpoint(t, stmt)
			requirePositions(t, sql, stmt)
		})
	}
	for _, language := range []string{"std", "ps", "ts", "my", "pg", "neg"} {
		assert.Positive(t, played[language], language)
	}
}
