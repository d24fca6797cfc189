package odata

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// publishedDocuments are the sample services of OASIS and of Apache Olingo, whose
// licences keep them out of this repository: EPICORERP_SAMPLES names the directory
// that has them.
var publishedDocuments = []string{"odata-rw-v2", "odata-rw-v3", "Northwind", "Northwind-V3", "TripPin", "ExampleService", "aggregation", "olingo-v2/metadataProducts", "olingo-v4/metadata"}

// TestPublishedDocuments compares the tables, views, columns, keys, relations and
// procedures that the driver makes of published metadata with what two readers of
// their own make of them: a person, who wrote testdata/published/*.txt from the XML
// of the small documents and docs/providers/odata.md before seeing what the driver
// gives (there is no -update), and plainReader for all.
func TestPublishedDocuments(t *testing.T) {
	dir := os.Getenv("EPICORERP_SAMPLES")
	for _, name := range publishedDocuments {
		t.Run(name, func(t *testing.T) {
			if dir == "" {
				t.Skip("EPICORERP_SAMPLES names no directory with the documents")
			}
			data, err := os.ReadFile(filepath.Join(dir, name+".xml"))
			require.NoError(t, err)
			m, err := ReadModel(data)
			require.NoError(t, err)
			got := catalogue(m)
			assert.Equal(t, readPlainly(t, data), got, "by the second reader")
			if hand, err := os.ReadFile(filepath.Join("testdata/published", name+".txt")); err == nil {
				want := map[string]string{}
				for part := range strings.SplitSeq(strings.TrimSpace(string(hand)), "\n\n") {
					title, rest, _ := strings.Cut(part, "\n")
					want[title] = rest
				}
				assert.Equal(t, want, got, "by hand")
			}
		})
	}
	hands, err := filepath.Glob("testdata/published/*.txt")
	require.NoError(t, err)
	assert.Len(t, hands, 4)
}

// catalogue prints the tables and procedures that a service comes to, by their
// titles.
func catalogue(m *Model) map[string]string {
	parts := map[string]string{}
	svc := &Service{Root: "https://host/svc", Traits: DefaultTraits(m.Version)}
	for _, t := range (&Provider{}).tablesOf(svc, m, m.Sets) {
		info := t.Info()
		title := "table " + info.Name
		if info.View {
			title = "view " + info.Name
		}
		var lines, key []string
		for _, c := range info.Columns {
			line := "  " + c.Name + " " + c.Type.String()
			if !c.Nullable {
				line += " not null"
			}
			if !c.Hidden {
				lines = append(lines, line)
			}
		}
		for _, k := range info.Key {
			key = append(key, info.Columns[k].Name)
		}
		if key != nil {
			lines = append(lines, "  key "+strings.Join(key, ", "))
		}
		for _, n := range info.Navigations {
			line := "  " + n.Name + " to " + n.Table
			for _, p := range n.Pairs {
				line += fmt.Sprintf(", %s = %s", info.Columns[p.Column].Name, p.Other)
			}
			lines = append(lines, line)
		}
		parts[title] = strings.Join(lines, "\n")
	}
	for _, o := range m.Operations {
		info := NewProcedure(svc, o).info
		var lines []string
		for _, p := range info.Parameters {
			lines = append(lines, "  "+p.Name+" "+p.Type.String())
		}
		parts["procedure "+info.Name] = strings.Join(lines, "\n")
	}
	return parts
}
