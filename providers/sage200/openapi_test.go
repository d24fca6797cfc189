package sage200_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
	"github.com/epicorerp/epicorerp/sqltypes"
)

var update = flag.Bool("update", false, "write files that tests compare with")

// document is the vendor's OpenAPI document of sales orders, without its texts.
const document = "testdata/sop.openapi.json"

// TestTheVendorsDocumentLoadsWhole keeps every table with its columns as a golden
// file, and asks the test server, which serves the same document, for the rows of
// each.
func TestTheVendorsDocumentLoadsWhole(t *testing.T) {
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	s := serve(t, sage200test.WithOpenAPI(text))
	p := connect(t, s, "OpenAPIFiles", document)
	list, err := p.Tables(t.Context(), "")
	require.NoError(t, err)
	s.ResetCounters()
	var b strings.Builder
	tables, columns := 0, 0
	for _, name := range list {
		if !strings.Contains(string(text), `"/`+name.Name+`"`) && !strings.Contains(string(text), "}/"+name.Name+`"`) && !isChild(name.Name) {
			continue // of the list in the package alone
		}
		info := table(t, p, name.Name).Info()
		assert.Equal(t, name.View, info.View, name.Name)
		tables++
		columns += len(info.Columns)
		fmt.Fprintf(&b, "%s\n", describe(info))
	}
	assert.Zero(t, s.Count(), "the document tells all without a request")
	compareGolden(t, "sop.tables.txt", fmt.Sprintf("%d tables, %d columns\n\n%s", tables, columns, b.String()))
	for _, line := range strings.Split(b.String(), "\n") {
		name, _, _ := strings.Cut(line, " ")
		if name == "" || strings.HasPrefix(line, "\t") {
			continue
		}
		sql := "SELECT * FROM " + name
		if strings.Contains(line, "needs sop_order_id") {
			sql += " WHERE sop_order_id = 1003"
		}
		rows, err := query(t.Context(), p, sql)
		assert.NoError(t, err, sql)
		if !strings.Contains(line, "needs") {
			assert.NotEmpty(t, rows, sql)
		}
	}
}

// isChild tells a collection within the document's two resources that have any.
func isChild(name string) bool {
	return strings.HasPrefix(name, "sop_orders_") || strings.HasPrefix(name, "sop_quotes_")
}

// describe is a table in one line, and its columns in the next.
func describe(info *providers.TableInfo) string {
	kind, key := "table", "no key"
	if info.View {
		kind = "view"
	}
	var names []string
	for _, k := range info.Key {
		names = append(names, info.Columns[k].Name)
	}
	if names != nil {
		key = "key " + strings.Join(names, ", ")
	}
	var needs, columns []string
	for _, c := range info.Columns {
		text := c.Name + " " + c.Type.String()
		if c.Type.Kind == sqltypes.Decimal && c.Type.Scale >= 0 {
			text += fmt.Sprintf(" with %d places", c.Type.Scale)
		}
		switch {
		case c.Required:
			needs = append(needs, c.Name)
			continue
		case c.Hidden:
			text = "(" + text + ")"
		}
		if c.ReadOnly {
			text += " read-only"
		}
		columns = append(columns, text)
	}
	line := fmt.Sprintf("%s is a %s, %s, %d columns", info.Name, kind, key, len(info.Columns))
	if needs != nil {
		line += ", needs " + strings.Join(needs, ", ")
	}
	return line + "\n\t" + strings.Join(columns, "; ")
}

// The original has more than a thousand descriptions and is not this project's to
// give away; whoever has it can see that nothing of it is passed over.
func TestTheOriginalDocumentSaysTheSame(t *testing.T) {
	original := os.Getenv("SAGE200_OPENAPI")
	if original == "" {
		t.Skip("SAGE200_OPENAPI names no document")
	}
	s := serve(t)
	ours, theirs := connect(t, s, "OpenAPIFiles", document), connect(t, s, "OpenAPIFiles", original)
	list, err := theirs.Tables(t.Context(), "")
	require.NoError(t, err)
	described := 0
	for _, name := range list {
		if name.Description != "" {
			described++
			assert.Equal(t, describe(table(t, ours, name.Name).Info()), describe(table(t, theirs, name.Name).Info()))
		}
	}
	assert.Greater(t, described, 40)
}

func TestOpenAPI3IsReadAsSwagger2Is(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v3.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"openapi":"3.0.1","paths":{
		"/things":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/thing"}}}}}}},"post":{}},
		"/things/{Id}":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/thing"}}}}}}},
		"/owners/{ownerId}/things":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/thing"}}}}}}}},
		"/owners/{ownerId}/parts":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/part"}}}}}}}}},
		"components":{"schemas":{
			"thing":{"type":"object","properties":{"id":{"type":"integer","format":"int64"},"price":{"type":"number","format":"decimal 6dp"},"colour":{"type":"string","enum":["Red","Green"]},"note":{"type":"string"},"owner":{"$ref":"#/components/schemas/thing"},
				"parts":{"type":"array","items":{"$ref":"#/components/schemas/part"}},"place":{"type":"object","properties":{"city":{"type":"string","maxLength":9}}}}},
			"part":{"type":"object","properties":{"id":{"type":"integer","format":"int64"},"thing":{"$ref":"#/components/schemas/thing"}}}}}}`), 0o600))
	p := connect(t, serve(t), "OpenAPIFiles", path)
	assert.Equal(t, "things is a table, key id, 7 columns\n\tid BIGINT; price DECIMAL with 6 places; colour VARCHAR; note VARCHAR; (owner JSON); (parts JSON); (place_city VARCHAR(9))", describe(table(t, p, "things").Info()))
	assert.Equal(t, "things_parts is a view, key things_id, id, 2 columns\n\tthings_id BIGINT read-only; id BIGINT read-only", describe(table(t, p, "things_parts").Info()))
	assert.Equal(t, "parts is a view, no key, 9 columns, needs owner_id\n\tid BIGINT; (thing_id BIGINT); (thing_price DECIMAL with 6 places); (thing_colour VARCHAR); (thing_note VARCHAR); (thing_owner JSON); (thing_parts JSON); (thing_place_city VARCHAR(9))", describe(table(t, p, "parts").Info()))
	for column, sent := range map[string]bool{"note": true, "colour": false} {
		plan := strings.Join(mustQuery(t, p, "EXPLAIN SELECT id FROM things WHERE "+column+" LIKE 'R%'"), "\n")
		assert.Equal(t, sent, strings.Contains(plan, "startswith("+column), "the names of an enumeration are numbers to the server: %s", plan)
	}
}

func TestAFileThatIsNoDocumentIsAPropertyError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	for content, message := range map[string]string{`{"a":1}`: "no OpenAPI document", `[`: "unexpected end", `{"swagger":"2.0","paths":{"/a":{}},"definitions":{"x":{"properties":[]}}}`: "properties are no object"} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := connect(t, serve(t), "OpenAPIFiles", path).Tables(t.Context(), "")
		assert.Contains(t, failure(t, err, providers.KindProperty).Message, message)
	}
	_, err := connect(t, serve(t), "OpenAPIFiles", "nowhere.json").Tables(t.Context(), "")
	failure(t, err, providers.KindProperty)
}
