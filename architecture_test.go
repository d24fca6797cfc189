package epicorerp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/epicorerp/epicorerp"

// goPackage is what `go list -json` tells of a package.
type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
	Module     *struct{ Path string }
}

// listed returns every package of the module and all that it is built from.
func listed(t *testing.T) map[string]goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps,Module", "./...").Output()
	require.NoError(t, err)
	all := map[string]goPackage{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else {
			require.NoError(t, err)
		}
		all[p.ImportPath] = p
	}
}

// room is a package's path within the module: "." for the root.
func room(path string) (string, bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

func within(room string, rooms ...string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool { return room == r || strings.HasPrefix(room, r+"/") })
}

// testServer reports the public loopback servers: they stand for a system, not
// for the driver.
func testServer(room string) bool {
	return strings.HasSuffix(room, "test") && strings.HasPrefix(room, "providers/")
}

// wall is a rule about what packages of some rooms may be built from.
type wall struct {
	name    string
	applies func(room string) bool
	refuses func(room, dep string) bool
	direct  bool // about imports only, not about what those import
}

func walls(ours map[string]bool) []wall {
	concrete := func(dep string) bool {
		return within(dep, "providers/odata", "providers/epicor", "providers/acumatica", "providers/sage200")
	}
	provider := func(r string) bool { return concrete(r) && !testServer(r) }
	return []wall{
		{name: "providers knows no concrete provider and no room above it",
			applies: func(r string) bool { return r == "providers" },
			refuses: func(_, d string) bool {
				return ours[d] && !within(d, "providers", "sqltypes", "tokenstore") || concrete(d)
			}},
		{name: "a provider never imports the SQL engine, procedures or the root",
			applies: provider,
			refuses: func(_, d string) bool { return d == "." || within(d, "sqlengine", "procedures", "cmd") }},
		{name: "the SQL engine is built without database/sql, procedures and concrete providers",
			applies: func(r string) bool { return within(r, "sqlengine") },
			refuses: func(_, d string) bool { return within(d, "database/sql", "procedures") || concrete(d) || d == "." }},
		// By its imports alone: providers.Options names http.RoundTripper.
		{name: "the SQL engine never imports net/http",
			applies: func(r string) bool { return within(r, "sqlengine") },
			refuses: func(_, d string) bool { return within(d, "net/http") }, direct: true},
		{name: "only the root, the command line and the examples import database/sql",
			applies: func(r string) bool { return r != "." && !within(r, "cmd", "examples") },
			refuses: func(_, d string) bool { return d == "database/sql" || d == "database/sql/driver" }, direct: true},
		{name: "sqltypes and tokenstore import nothing of ours",
			applies: func(r string) bool { return r == "sqltypes" || r == "tokenstore" },
			refuses: func(_, d string) bool { return ours[d] }},
		{name: "nothing imports the root but the command line and the examples",
			applies: func(r string) bool { return r != "." && !within(r, "cmd", "examples") },
			refuses: func(_, d string) bool { return d == "." }},
		{name: "internal packages import nothing above them",
			applies: func(r string) bool { return within(r, "internal") },
			refuses: func(_, d string) bool { return d == "." || within(d, "providers", "sqlengine", "procedures", "cmd") }},
		{name: "no program has the second parser that does not import it",
			applies: func(r string) bool { return r == "." || within(r, "cmd") || r == "sqlengine" },
			refuses: func(_, d string) bool { return within(d, "sqlengine/parse/xwb", "github.com/xwb1989/sqlparser") }},
		{name: "no program has Kerberos that does not import it",
			applies: func(r string) bool { return r == "." || within(r, "cmd") },
			refuses: func(_, d string) bool {
				return within(d, "providers/odata/kerberos", "golang.org/x/net") || strings.HasPrefix(d, "github.com/jcmturner/")
			}},
		{name: "the driver is built without its test servers and without testing",
			applies: func(r string) bool { return r == "." },
			refuses: func(_, d string) bool { return testServer(d) || d == "testing" || within(d, "providers/providertest") }},
	}
}

func TestWalls(t *testing.T) {
	all := listed(t)
	ours := map[string]bool{}
	for path := range all {
		if r, ok := room(path); ok {
			ours[r] = true
		}
	}
	for _, w := range walls(ours) {
		t.Run(w.name, func(t *testing.T) {
			seen := 0
			for path, p := range all {
				r, ok := room(path)
				if !ok || !w.applies(r) {
					continue
				}
				seen++
				deps := p.Deps
				if w.direct {
					deps = p.Imports
				}
				for _, d := range deps {
					if in, ok := room(d); ok {
						d = in
					}
					if d != r {
						assert.Falsef(t, w.refuses(r, d), "%s is built from %s", r, d)
					}
				}
			}
			assert.Positive(t, seen, "the rule applies to no package: are its rooms still called so?")
		})
	}
}

// dependencies are the modules that the driver and the command line are built
// from, each with its reason in ARCHITECTURE.md. The list grows on purpose or
// not at all.
var dependencies = []string{"golang.org/x/oauth2", "github.com/Azure/go-ntlmssp",
	"github.com/gofrs/flock", "golang.org/x/sys",
	"github.com/zalando/go-keyring", "github.com/godbus/dbus/v5", "github.com/danieljoos/wincred",
	"golang.org/x/crypto", "software.sslmate.com/src/go-pkcs12", "github.com/pavlo-v-chernykh/keystore-go/v4", "github.com/golang-jwt/jwt/v5"}

func TestDependenciesAreAShortList(t *testing.T) {
	used := map[string]bool{}
	for _, p := range listed(t) {
		if p.Module != nil && p.Module.Path != module && !strings.HasPrefix(p.ImportPath, "vendor/") && !testOnly[p.Module.Path] && !optional[p.Module.Path] {
			used[p.Module.Path] = true
		}
	}
	for m := range used {
		assert.Containsf(t, dependencies, m, "module %s is a new dependency: name its reason in ARCHITECTURE.md and add it here", m)
	}
}

// optional are modules that only a package brings in which nothing of the
// driver imports: a user does, to have what it registers.
var optional = map[string]bool{"github.com/xwb1989/sqlparser": true,
	"github.com/jcmturner/gokrb5/v8": true, "github.com/jcmturner/aescts/v2": true, "github.com/jcmturner/dnsutils/v2": true, "github.com/jcmturner/gofork": true,
	"github.com/jcmturner/goidentity/v6": true, "github.com/jcmturner/rpc/v2": true, "github.com/hashicorp/go-uuid": true, "golang.org/x/net": true}

// testOnly are modules that only providers/providertest brings in, which is a
// package for tests.
var testOnly = map[string]bool{"github.com/stretchr/testify": true, "github.com/davecgh/go-spew": true,
	"github.com/pmezard/go-difflib": true, "go.yaml.in/yaml/v3": true, "gopkg.in/yaml.v3": true}
