package acumatica_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// published is the OpenAPI document of the endpoint Default/24.200.001, whole.
func published(t *testing.T) []byte {
	t.Helper()
	packed, err := os.ReadFile("testdata/Default_24.200.001.swagger.json.gz")
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	document, err := io.ReadAll(z)
	require.NoError(t, err)
	return document
}

// TestThePublishedEndpointLoadsWhole counts what becomes of the document, and
// asks one query of every table.
func TestThePublishedEndpointLoadsWhole(t *testing.T) {
	s := serve(t, acumaticatest.WithContract(published(t)))
	p := open(t, s, "IncludeCustomFields", "false")
	list, err := p.Tables(t.Context(), "REST")
	require.NoError(t, err)
	var lines strings.Builder
	tables, columns, visible, rowCount := 0, 0, 0, 0
	for _, n := range list {
		tab := table(t, p, "REST", n.Name)
		info := tab.Info()
		tables++
		columns += len(info.Columns)
		shown, inputs := []int{}, 0
		var given []providers.Predicate
		for i, c := range info.Columns {
			if !c.Hidden {
				shown = append(shown, i)
			}
			if c.Input {
				inputs++
			}
		}
		visible += len(shown)
		fmt.Fprintf(&lines, "%s: %d columns, %d of them in SELECT *", n.Name, len(info.Columns), len(shown))
		if inputs > 0 {
			fmt.Fprintf(&lines, ", %d parameters", inputs)
		}
		lines.WriteByte('\n')
		got, err := rows(t.Context(), tab, &providers.ScanRequest{Columns: shown, Filter: given})
		require.NoError(t, err, n.Name)
		rowCount += len(got)
		if !n.View {
			assert.Len(t, got, 3, n.Name)
		}
	}
	assert.Greater(t, rowCount, 1000, "details have rows as well")
	procedures, err := p.(providers.ProcedureProvider).Procedures(t.Context(), "REST")
	require.NoError(t, err)
	parameters := 0
	for _, n := range procedures {
		proc, err := p.(providers.ProcedureProvider).Procedure(t.Context(), "REST", n.Name)
		require.NoError(t, err)
		parameters += len(proc.Info().Parameters)
	}
	golden(t, "tables.txt", fmt.Sprintf("%d tables, %d columns, %d of them in SELECT *; %d procedures, %d parameters\n\n%s",
		tables, columns, visible, len(procedures), parameters, lines.String()))
}
