package sage200

import (
	"os"
	"testing"
)

// Whatever a file or a server says, it is read or refused, and what is read makes
// columns with names that are told apart.
func FuzzReadOpenAPI(f *testing.F) {
	text, err := os.ReadFile("testdata/sop.openapi.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"swagger":"2.0","paths":{"/a":{"get":{"responses":{"200":{"schema":{"type":"array","items":{"$ref":"#/definitions/a"}}}}}}},"definitions":{"a":{"properties":{"b":{"$ref":"#/definitions/a"},"b_id":{"type":"integer"}}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := readOpenAPI(text)
		if err != nil {
			return
		}
		for _, r := range list {
			distinct(t, r.fields)
		}
	})
}

func FuzzReadMetadata(f *testing.F) {
	f.Add([]byte(`[{"name":"id","type":"integer","format":"int64","readOnly":true},{"name":"lines","type":"array","items":[{"name":"id","type":"Int64"}]}]`))
	f.Add([]byte(`[{"Name":"total","Type":"decimal 2dp"},{"name":"a","type":"object","fields":[{"name":"b"}]},{"name":"a_b","type":"string","max_length":3}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if fields, err := readMetadata(text); err == nil {
			distinct(t, fields)
		}
	})
}

func distinct(t *testing.T, fields []field) {
	seen := map[string]bool{}
	for _, p := range properties(fields) {
		if seen[p.Name] || p.Name == "" {
			t.Fatalf("column %q is there twice or has no name", p.Name)
		}
		seen[p.Name] = true
	}
}
