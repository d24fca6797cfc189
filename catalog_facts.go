package epicorerp

import (
	"runtime"
	"runtime/debug"

	"github.com/epicorerp/epicorerp/sqlengine/catalog"
)

// catalogFacts is what sys_connection_props and its kin tell of a connection.
func catalogFacts(cfg *Config) catalog.Facts {
	values := cfg.Values()
	f := catalog.Facts{Catalog: cfg.Provider, Information: []catalog.Fact{
		{Name: "Product", Value: "epicorerp"},
		{Name: "Version", Value: moduleVersion()},
		{Name: "Datasource", Value: cfg.Provider},
		{Name: "URL", Value: cfg.BaseURL()},
		{Name: "Runtime", Value: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
	}}
	for _, p := range propertyTable() {
		if p.Status != Supported || !p.belongsTo(cfg.Provider) {
			continue
		}
		f.Properties = append(f.Properties, catalog.Property{
			Name: p.Name, Meaning: p.Meaning, Type: string(p.Type), Default: p.Default, Category: p.Group, Value: values[p.Name],
			Allowed: p.Allowed, Required: p.Required, Secret: p.Secret,
		})
	}
	return f
}

// moduleVersion is the version of this module that a program was built with.
func moduleVersion() string {
	const module = "github.com/epicorerp/epicorerp"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	for _, m := range info.Deps {
		if m.Path == module {
			return m.Version
		}
	}
	if info.Main.Path == module && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
