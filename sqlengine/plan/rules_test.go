package plan_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
)

var update = flag.Bool("update", false, "write the trees found into the golden file")

// TestRules plays testdata/rules.txtar: a section is named "rule: what it
// shows", and holds a query, the tree that the rule finds, and the tree that it
// leaves.
func TestRules(t *testing.T) {
	text, err := os.ReadFile("../testdata/erp.txt")
	require.NoError(t, err)
	m, err := providertest.ParseMemory(string(text))
	require.NoError(t, err)
	golden, err := os.ReadFile("testdata/rules.txtar")
	require.NoError(t, err)
	archive := txtar.Parse(golden)
	tested := map[string]bool{}
	for i := range archive.Files {
		f := &archive.Files[i]
		t.Run(f.Name, func(t *testing.T) {
			rule, _, _ := strings.Cut(f.Name, ": ")
			tested[rule] = true
			sql, _, _ := strings.Cut(string(f.Data), "\n----\n")
			tree, err := parse.Parse(sql, parse.Options{})
			require.NoError(t, err)
			before, after, err := plan.Rewritten(t.Context(), tree.(ast.Query), plan.Options{Catalog: m, Pushdown: true}, rule)
			require.NoError(t, err)
			if before == after {
				after = "stays\n"
			}
			got := strings.TrimSuffix(sql, "\n") + "\n----\n" + before + "----\n" + after
			if *update {
				f.Data = []byte(got)
				return
			}
			assert.Equal(t, string(f.Data), got)
		})
	}
	for _, name := range plan.LogicalRules() {
		assert.True(t, tested[name], "no test for rule %q", name)
	}
	if *update {
		require.NoError(t, os.WriteFile("testdata/rules.txtar", txtar.Format(archive), 0o644))
	}
}
