package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
)

func TestReadableLinesOfEXPLAIN(t *testing.T) {
	const address = "http://127.0.0.1:5/kinetic"
	for name, c := range map[string]struct {
		line string
		want []string
	}{
		"a short line stays":                       {line: "└─ Scan X", want: []string{"└─ Scan X"}},
		"a request loses its address and encoding": {line: "│  sends: GET " + address + "/X?$filter=a%20eq%20'%26'", want: []string{"│  sends: GET /X?$filter=a eq '&'"}},
		"a long request is broken before options":  {line: "│  sends: GET " + address + "/Xs?$filter=Aaaaa%20eq%207&$orderby=Aaaa&$top=7", want: []string{"│  sends: GET /Xs?$filter=Aaaaa eq 7&", "│             $orderby=Aaaa&$top=7"}},
		"a long word about it has its own line":    {line: "│  sends, with the keys in the filter: GET " + address + "/Xs?$top=7", want: []string{"│  sends, with the keys in the filter:", "│         GET /Xs?$top=7"}},
		"a long title is broken at blanks":         {line: "├─ Inner hash join on Aaaaaaaaa = Bbbbbbbbbb AND C = D", want: []string{"├─ Inner hash join on Aaaaaaaaa =", "│       Bbbbbbbbbb AND C = D"}},
		"a long word stays whole":                  {line: "sends: GET " + strings.Repeat("x", 50), want: []string{"sends: GET", "     " + strings.Repeat("x", 50)}},
		"another server's address stays":           {line: "sends: GET http://else/X?a=%20", want: []string{"sends: GET http://else/X?a=%20"}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, readable(c.line, address, 40)) })
	}
}

func FuzzWrappedLosesNothing(f *testing.F) {
	f.Add("└─ a bc  def", uint8(5))
	f.Fuzz(func(t *testing.T, line string, most uint8) {
		words := func(s string) []string {
			return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
		}
		got := []string{}
		for _, part := range wrapped(line, "  ", int(most)) {
			got = append(got, words(part)...)
			if render.DisplayWidth(part) > int(most) {
				assert.LessOrEqual(t, len(words(strings.TrimLeft(part, " │├└─"))), 1, "%q has a blank to break at", part)
			}
		}
		assert.Equal(t, strings.Join(words(line), " "), strings.Join(got, " "))
	})
}
