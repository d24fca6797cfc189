package odata

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
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
			if p.Derived {
				line += " derived"
			}
			if p.ReadOnly {
				line += " read-only"
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
		dumpCollections(&b, "", s.Collections)
		for i, said := 0, reflect.ValueOf(s.Restrictions); i < said.NumField(); i++ {
			if f := said.Field(i); !f.IsZero() && f.Kind() != reflect.Bool {
				fmt.Fprintf(&b, "  says %s %v\n", said.Type().Field(i).Name, f)
			} else if !f.IsZero() {
				fmt.Fprintf(&b, "  says %s\n", said.Type().Field(i).Name)
			}
		}
	}
	for _, o := range m.Operations {
		kind := "function"
		if o.Action {
			kind = "action"
		}
		fmt.Fprintf(&b, "\n%s %s.%s as %s\n", kind, o.Namespace, o.Name, o.Wire)
		for _, p := range o.Parameters {
			fmt.Fprintf(&b, "  parameter %s %s nullable=%v\n", p.Name, p.Type, p.Nullable)
		}
		if o.Result != nil {
			fmt.Fprintf(&b, "  gives %s many=%v plain=%v %d columns\n", o.Result.Type, o.Result.Many, o.Result.Plain, len(o.Result.Items.Properties))
		}
	}
	return b.String()
}

func dumpCollections(b *strings.Builder, within string, collections []Collection) {
	for _, c := range collections {
		kind := "values"
		switch {
		case c.Contained:
			kind = "contained"
		case c.Related:
			kind = "related"
		}
		names := []string{}
		for _, p := range c.Items.Properties {
			names = append(names, p.Name)
		}
		fmt.Fprintf(b, "  collection %s%s of %s %s(%s)\n", within, c.Name, kind, c.Type, strings.Join(names, ", "))
		dumpCollections(b, within+c.Name+"/", c.Items.Collections)
	}
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

// Nullable of a collection is said of its items: unless it is false, all of an item
// may be missing, whatever its type says of its properties.
func TestItemsOfACollectionMayBeNull(t *testing.T) {
	m, err := ReadModel([]byte(`<Edmx Version="4.0"><Schema Namespace="T"><ComplexType Name="Place"><Property Name="Street" Type="Edm.String" Nullable="false"/></ComplexType>
<EntityType Name="E"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/>
<Property Name="Some" Type="Collection(T.Place)"/><Property Name="All" Type="Collection(T.Place)" Nullable="false"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="S" EntityType="T.E"/></EntityContainer></Schema></Edmx>`))
	require.NoError(t, err)
	require.Len(t, m.Sets[0].Collections, 2)
	assert.True(t, m.Sets[0].Collections[0].Items.Properties[0].Nullable)
	assert.False(t, m.Sets[0].Collections[1].Items.Properties[0].Nullable)
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
