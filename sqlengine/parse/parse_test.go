package parse

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the trees and errors found into testdata")

// statement is one of testdata/statements.txtar.
type statement struct {
	subject string
	dialect Dialect
	sql     string
	want    string // "= tree" or "! error"
}

var dialectNames = map[string]Dialect{"ansi": ANSI, "mysql": MySQL, "postgres": Postgres}

const statementsFile = "testdata/statements.txtar"

func statements(t testing.TB) []statement {
	text, err := os.ReadFile(statementsFile)
	require.NoError(t, err)
	var list []statement
	for _, f := range txtar.Parse(text).Files {
		dialect, _, _ := strings.Cut(f.Name, " ")
		require.Contains(t, dialectNames, dialect)
		for line := range strings.Lines(string(f.Data)) {
			line = strings.TrimSuffix(line, "\n")
			if want, ok := strings.CutPrefix(line, "  "); ok {
				list[len(list)-1].want = want
				continue
			}
			list = append(list, statement{subject: f.Name, dialect: dialectNames[dialect], sql: strings.ReplaceAll(line, "⏎", "\n")})
		}
	}
	require.Greater(t, len(list), 300)
	return list
}

func TestStatements(t *testing.T) {
	list := statements(t)
	for i := range list {
		s := &list[i]
		t.Run(s.subject+": "+s.sql, func(t *testing.T) {
			got := ""
			switch stmt, err := Parse(s.sql, Options{Dialect: s.dialect}); {
			case err != nil:
				var at *Error
				require.ErrorAs(t, err, &at)
				assert.Positive(t, at.Line)
				assert.Positive(t, at.Column)
				got = "! " + err.Error()
			default:
				requireFixpoint(t, stmt)
				requirePositions(t, s.sql, stmt)
				got = "= " + strings.ReplaceAll(ast.Print(stmt), "\n", "⏎")
			}
			if *update {
				s.want = got
			}
			assert.Equal(t, s.want, got)
		})
	}
	if *update {
		writeStatements(t, list)
	}
}

func writeStatements(t *testing.T, list []statement) {
	text, err := os.ReadFile(statementsFile)
	require.NoError(t, err)
	archive := txtar.Parse(text)
	for i := range archive.Files {
		var b strings.Builder
		for _, s := range list {
			if s.subject == archive.Files[i].Name {
				b.WriteString(strings.ReplaceAll(s.sql, "\n", "⏎") + "\n  " + s.want + "\n")
			}
		}
		archive.Files[i].Data = []byte(b.String())
	}
	require.NoError(t, os.WriteFile(statementsFile, txtar.Format(archive), 0o644))
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

// Pairs of texts that must, or must not, mean the same.
func TestProbes(t *testing.T) { playProbes(t, "testdata/probes.tsv") }

func playProbes(t *testing.T, file string) {
	data, err := os.ReadFile(file)
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
