package odata

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump prints a model as the goldens keep it.
func dump(m *Model) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", m.Version)
	for _, s := range m.Sets {
		kind := "set"
		if s.Singleton {
			kind = "singleton"
		}
		fmt.Fprintf(&b, "\n%s %s (%s) in %s\n", kind, s.Name, s.Type, s.Container)
		for i := range s.Properties {
			p := &s.Properties[i]
			line := fmt.Sprintf("  %s %s", p.Name, p.Type)
			if !p.Nullable {
				line += " not null"
			}
			if p.Wire() != p.Name {
				line += " from " + p.Wire()
			}
			if p.Enum != nil {
				line += fmt.Sprintf(" enum %s %v", p.Enum.Name, p.Enum.Members)
			}
			if p.Description != "" {
				line += " -- " + p.Description
			}
			b.WriteString(line + "\n")
		}
		for _, k := range s.Key {
			fmt.Fprintf(&b, "  key %s as %s\n", s.Properties[k.Property].Name, k.Name)
		}
		for _, n := range s.Navigations {
			fmt.Fprintf(&b, "  navigation %s to %s (%s) many=%v %v\n", n.Name, n.Target, n.Type, n.Collection, n.Pairs)
		}
	}
	return b.String()
}

func TestReadModel(t *testing.T) {
	files, err := filepath.Glob("testdata/csdl/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			require.NoError(t, err)
			m, err := ReadModel(a.Files[0].Data)
			require.NoError(t, err)
			got := dump(m)
			if *update {
				a.Files[1].Data = []byte(got)
				require.NoError(t, os.WriteFile(file, txtar.Format(a), 0o644))
			}
			assert.Equal(t, string(a.Files[1].Data), got)
		})
	}
}

func TestReadModelRefusesWhatIsNoMetadata(t *testing.T) {
	for name, text := range map[string]string{
		"an HTML page":         "<html><body>Log in</body></html>",
		"a truncated document": `<edmx:Edmx Version="4.0" xmlns:edmx="x"><edmx:DataServices><Schema Namespace="A">`,
		"plain text":           "Service unavailable",
		"nothing":              "",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadModel([]byte(text))
			assert.Error(t, err)
		})
	}
}

// TestReadModelOfPublishedDocuments reads the OASIS and Microsoft samples from
// the directory that EPICORERP_SAMPLES names, when there is one.
func TestReadModelOfPublishedDocuments(t *testing.T) {
	dir := os.Getenv("EPICORERP_SAMPLES")
	for _, test := range []struct {
		file       string
		version    Version
		sets       int
		set, col   string
		typ        string
		key        int
		navigation string
		target     string
		pairs      string
	}{
		{"Northwind.xml", V4, 26, "Order_Details", "UnitPrice", "DECIMAL(19,4)", 2, "Order", "Orders", "[[OrderID OrderID]]"},
		{"Northwind-V3.xml", V3, 26, "Orders", "OrderDate", "TIMESTAMP", 1, "Order_Details", "Order_Details", "[[OrderID OrderID]]"},
		{"TripPin.xml", V4, 5, "Airports", "Location_City_Name", "VARCHAR", 1, "", "", ""},
		{"ExampleService.xml", V4, 14, "OrderItems", "OrderID", "INTEGER", 2, "Order", "Orders", "[[OrderID ID]]"},
	} {
		if dir == "" {
			break
		}
		t.Run(test.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, test.file))
			require.NoError(t, err)
			m, err := ReadModel(data)
			require.NoError(t, err)
			assert.Equal(t, test.version, m.Version)
			assert.Len(t, m.Sets, test.sets)
			s := m.Find(test.set)
			require.NotNil(t, s)
			c := s.Column(test.col)
			require.GreaterOrEqual(t, c, 0)
			assert.Equal(t, test.typ, s.Properties[c].Type.String())
			assert.Len(t, s.Key, test.key)
			for _, n := range s.Navigations {
				if n.Name == test.navigation {
					assert.Equal(t, test.target, n.Target)
					assert.Equal(t, test.pairs, fmt.Sprint(n.Pairs))
					test.navigation = ""
				}
			}
			assert.Empty(t, test.navigation, "navigation not found")
		})
	}
}

func TestReadModelOfRepeatedNamesStaysFast(t *testing.T) {
	again := strings.Repeat(`<Property Name="Again" Type="T.Endless"/>`, 60)
	m, err := ReadModel([]byte(`<Edmx Version="4.0"><Schema Namespace="T"><ComplexType Name="Endless">` + again +
		`</ComplexType><EntityType Name="E">` + again + `</EntityType><EntityContainer Name="C"><EntitySet Name="S" EntityType="T.E"/></EntityContainer></Schema></Edmx>`))
	require.NoError(t, err)
	assert.Len(t, m.Sets[0].Properties, maxProperties)
}

func FuzzReadModel(f *testing.F) {
	files, _ := filepath.Glob("testdata/csdl/*.txtar")
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		require.NoError(f, err)
		f.Add(a.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadModel(data)
		if err != nil {
			return
		}
		for _, s := range m.Sets {
			names := map[string]bool{}
			for i := range s.Properties {
				p := &s.Properties[i]
				assert.False(t, names[p.Name], "column %q is there twice", p.Name)
				names[p.Name] = true
				assert.NotEqual(t, sqltypes.Null, p.Type.Kind)
				assert.NotEmpty(t, p.Path)
			}
			for _, k := range s.Key {
				assert.Less(t, k.Property, len(s.Properties))
			}
		}
	})
}
