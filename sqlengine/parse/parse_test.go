package parse

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type corpusLine struct{ id, kind, sql string }

func (c corpusLine) dialect() Dialect {
	switch c.kind {
	case "my":
		return MySQL
	case "pg":
		return Postgres
	}
	return ANSI
}

var corpusPattern = regexp.MustCompile(`^(\S+) \[(\w+)\] ?(.*)$`)

func corpus(t testing.TB) []corpusLine {
	f, err := os.Open("testdata/statements.sql")
	require.NoError(t, err)
	defer f.Close()
	var list []corpusLine
	for s := bufio.NewScanner(f); s.Scan(); {
		if m := corpusPattern.FindStringSubmatch(s.Text()); m != nil {
			list = append(list, corpusLine{m[1], m[2], strings.ReplaceAll(m[3], "⏎", "\n")})
		}
	}
	require.Greater(t, len(list), 300)
	return list
}

// refused are statements of other systems that this language refuses, each
// with the reason in its error.
var refused = map[string]string{
	"B08": "list parameters are not supported",
	"N11": "",
}

func TestCorpus(t *testing.T) {
	for _, c := range corpus(t) {
		t.Run(c.id+" "+c.sql, func(t *testing.T) {
			stmt, err := Parse(c.sql, Options{Dialect: c.dialect()})
			if reason, listed := refused[c.id]; listed || c.kind == "neg" {
				var perr *Error
				require.ErrorAs(t, err, &perr)
				assert.Contains(t, err.Error(), reason)
				assert.Positive(t, perr.Line)
				assert.Positive(t, perr.Column)
				t.Log(err)
				return
			}
			require.NoError(t, err)
			requireFixpoint(t, stmt)
			requirePositions(t, c.sql, stmt)
		})
	}
}

// requireFixpoint checks that the printed text reads back as the same tree, and
// prints as the same text again.
func requireFixpoint(t *testing.T, stmt ast.Node) {
	t.Helper()
	text := ast.Print(stmt)
	var again ast.Node
	var err error
	if e, ok := stmt.(ast.Expr); ok {
		_ = e
		again, err = ParseExpr(text, Options{MaxDepth: 1 << 20})
	} else {
		again, err = Parse(text, Options{MaxDepth: 1 << 20})
	}
	require.NoError(t, err, "printed: %s", text)
	require.True(t, ast.Equal(stmt, again), "printed: %s\nagain:   %s", text, ast.Print(again))
	require.Equal(t, text, ast.Print(again))
}

func requirePositions(t *testing.T, sql string, stmt ast.Node) {
	t.Helper()
	ast.Inspect(stmt, func(n ast.Node) bool {
		require.GreaterOrEqual(t, int(n.Pos()), 0)
		require.LessOrEqual(t, int(n.Pos()), len(sql))
		return true
	})
}

func TestProbes(t *testing.T) {
	data, err := os.ReadFile("testdata/probes.tsv")
	require.NoError(t, err)
	unescape := strings.NewReplacer(`\n`, "\n", `\\`, `\`)
	count := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		f := append(strings.Split(strings.TrimRight(line, "\n"), "\t"), "", "", "")
		count++
		t.Run(f[0], func(t *testing.T) {
			text, equal, differ := unescape.Replace(f[1]), unescape.Replace(f[2]), unescape.Replace(f[3])
			stmt, err := Parse(text, Options{})
			if f[0] == "bs-end" {
				require.ErrorContains(t, err, "ambiguous")
				return
			}
			if f[0] == "multi-stmt" {
				require.ErrorContains(t, err, "one statement at a time")
				return
			}
			require.NoError(t, err)
			requireFixpoint(t, stmt)
			if equal != "" {
				other, err := Parse(equal, Options{})
				require.NoError(t, err)
				assert.True(t, ast.Equal(stmt, other), "%s\n%s", ast.Print(stmt), ast.Print(other))
			}
			if differ != "" {
				if other, err := Parse(differ, Options{}); err == nil {
					assert.False(t, ast.Equal(stmt, other), "%s\n%s", ast.Print(stmt), ast.Print(other))
				}
			}
		})
	}
	require.Greater(t, count, 80)
}
