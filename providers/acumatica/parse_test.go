package acumatica

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzDocuments feeds what servers send to everything here that reads it: none
// of it may fail but by an error, and what is read must make whole tables.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		`{"openapi":"3.0.1","paths":{"/A":{"put":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}}}},
			"/A/Do":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Do"}}}}}}},
			"components":{"schemas":{"Entity":{"type":"object"},"StringValue":{"properties":{"value":{"type":"string"},"error":{"type":"string"}}},
			"A":{"allOf":[{"$ref":"#/components/schemas/Entity"},{"properties":{"Name":{"$ref":"#/components/schemas/StringValue"},"Self":{"$ref":"#/components/schemas/A"},
			"Rows":{"type":"array","items":{"$ref":"#/components/schemas/A"}}}}]},
			"Do":{"properties":{"parameters":{"properties":{"Why":{"$ref":"#/components/schemas/StringValue"}}}}}}}}`,
		`[{"name":"Default","version":"24.200.001"}]`, `{"endpoints":[{"name":"Default","version":"1.x"}]}`,
		`{"custom":{"View":{"UsrX":{"type":"CustomStringField","value":null}}},"Rows":[{"custom":{"V":{"F":{"type":"CustomIntField"}}}}],"Self":{"custom":{}}}`,
		`{"error":"a","Details":[{"Project":{"value":"x","error":"no"}}]}`, `{`, `null`, `{"openapi":"3","paths":{"/A":null}}`,
	} {
		f.Add([]byte(seed))
	}
	self := &entity{name: "A", fields: []field{{name: "Name"}}}
	self.linked, self.details = []member{{"Self", self}}, []member{{"Rows", self}}
	f.Fuzz(func(t *testing.T, document []byte) {
		recordErrors(document)
		known, err := readAdHocSchema(document, self)
		if err != nil {
			known = &adHocSchema{}
		}
		if list, err := readEndpoints(document); err == nil && len(list) > 1 {
			assert.Zero(t, compareVersions(list[0].Version, list[0].Version))
		}
		c, err := readContract(document)
		if err != nil {
			return
		}
		on := &endpoint{set: &settings{}, contract: c, seen: map[*entity]*habits{}}
		for _, e := range c.entities {
			for _, s := range append(shapesOf(e), filesOf(e)) {
				info := newTable(on, s, known.fields).Info()
				names := map[string]bool{}
				for _, col := range info.Columns {
					require.False(t, names[col.Name], "%s twice", col.Name)
					names[col.Name] = true
				}
				require.NotContains(t, info.Key, -1)
			}
		}
		calls := on.calls()
		for _, a := range known.actions {
			calls = append(calls, callable{self, a})
		}
		for _, call := range calls {
			names := map[string]bool{}
			for _, parameter := range newProcedure(on, call).info.Parameters {
				names[strings.ToLower(parameter.Name)] = true
			}
			assert.Contains(t, names, idColumn)
		}
	})
}

func TestVersionsAreComparedByTheirNumbers(t *testing.T) {
	versions := []string{"9.200.001", "24.200.001", "17.200.001", "24.200", "24.200.001.1"}
	slices.SortFunc(versions, compareVersions)
	assert.Equal(t, []string{"9.200.001", "17.200.001", "24.200", "24.200.001", "24.200.001.1"}, versions)
}

func TestThePublishedErrorOfARecordIsReadWhole(t *testing.T) {
	document := os.Getenv("EPICORERP_FACTS")
	if document == "" {
		t.Skip("EPICORERP_FACTS names no folder of published answers")
	}
	body, err := os.ReadFile(document + "/samples/acumatica/error-422-put.json")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"body: Inserting 'AP Transactions' record raised at least one error. Please review the errors.",
		"body.Details[1].Project: Project 'TES2323T ' cannot be found in the system.",
	}, recordErrors(body))
}
