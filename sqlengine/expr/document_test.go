package expr

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write files that tests compare with")

func TestDocumentOfFunctionsIsUpToDate(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "sql-functions.md")
	want := functionsMarkdown()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, strings.ReplaceAll(string(got), "\r\n", "\n"), "run go test ./sqlengine/expr -run Document -update")
}

// functionsMarkdown is the function table as docs/sql-functions.md shows it.
func functionsMarkdown() string {
	var b strings.Builder
	b.WriteString(`# Functions

Made from the function table of sqlengine/expr by ` + "`go test ./sqlengine/expr -run Document -update`" + `; change it there.

In the signatures ` + "`?`" + ` follows an argument that may be left out and ` + "`*`" + ` one that may be repeated or left out. ` + "`same`" + `
is the type of the first argument; with several arguments of any type, their common type. ` + "`any`" + ` as a result depends on
the arguments as the meaning says. ` + "`int`" + ` is BIGINT, ` + "`text`" + ` VARCHAR, ` + "`bytes`" + ` VARBINARY, and a ` + "`word`" + ` may be
written bare. A bare literal takes the type that fits. Text is counted in characters, whatever their bytes. Functions are
PostgreSQL's where it has them, else those of the system that they come from.

Immutable functions give the same for the same arguments and are computed once when these are constant; stable ones keep
their value while a statement runs; volatile ones are computed for every row.

The last column says what a server is asked instead of reading the rows, where the answer is sure to be the same. What it
does not mention is computed by the driver.
`)
	for _, g := range Groups() {
		fmt.Fprintf(&b, "\n## %s functions\n\n| Function | NULL | Result is | Meaning | Sent to OData as |\n|---|---|---|---|---|\n", g)
		for _, fn := range Functions() {
			if fn.Group == g {
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", markdownCall(fn), fn.NullBehaviour(), fn.Volatility, cell(fn.Doc), markdownOData(fn))
			}
		}
	}
	b.WriteString("\n## Aggregate functions\n\nWithout a row counts are 0 and all others are NULL. All take DISTINCT and FILTER (WHERE …), all but the ordered ones ORDER BY\nwithin the parentheses, and all may stand before OVER.\n\n| Function | NULL | Result | Meaning |\n|---|---|---|---|\n")
	for _, a := range Aggregates() {
		fmt.Fprintf(&b, "| **%s**(%s)%s | %s | %s | %s |\n", a.Name, cell(strings.ReplaceAll(a.Arguments, "*", `\*`)), also(a.Aliases), a.Nulls, a.Result, cell(a.Doc))
	}
	b.WriteString("\n## Window functions\n\nThese need OVER (…); every aggregate may have it too. IN marks those that take IGNORE NULLS and RESPECT NULLS.\n\n| Function | IN | Result | Meaning |\n|---|---|---|---|\n")
	for _, w := range WindowFuncs() {
		mark := ""
		if w.IgnoreNulls {
			mark = "✓"
		}
		fmt.Fprintf(&b, "| **%s**(%s) | %s | %s | %s |\n", w.Name, w.Arguments, mark, w.Result, cell(w.Doc))
	}
	b.WriteString("\n## Functions in FROM\n\nThese make rows. They see the columns of what stands before them, as LATERAL does, and take WITH ORDINALITY. JSON_TABLE with its\nCOLUMNS stands there too.\n\n| Function | Meaning |\n|---|---|\n")
	for _, fn := range TableFunctions() {
		fmt.Fprintf(&b, "| **%s**(%s)%s | %s |\n", fn.Name, fn.Arguments, also(fn.Aliases), cell(fn.Doc))
	}
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func also(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "<br>also " + strings.Join(names, ", ")
}

func markdownCall(fn *Function) string {
	var lines []string
	for _, s := range fn.Signatures() {
		lines = append(lines, fmt.Sprintf("**%s**(%s) → %s", fn.Name, cell(strings.ReplaceAll(s.Arguments, "*", `\*`)), s.Result))
	}
	return strings.Join(lines, "<br>") + also(fn.Aliases)
}

func markdownOData(fn *Function) string {
	var lines []string
	for _, s := range fn.Signatures() {
		r := s.OData
		for _, v := range []struct{ text, versions string }{{r.V4, "V4"}, {r.V3, "V3"}, {r.V2, "V2"}} {
			if v.text != "" {
				lines = append(lines, fmt.Sprintf("%s %s: `%s`", s.Arguments, v.versions, strings.ReplaceAll(v.text, "$1", s.Arguments)))
			}
		}
	}
	return strings.Join(lines, "<br>")
}
