package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
	"github.com/epicorerp/epicorerp/internal/nearest"
)

var systems = []string{epicorerp.ProviderEpicor, epicorerp.ProviderAcumatica, epicorerp.ProviderSage200, epicorerp.ProviderOData}

func (a *app) props(args []string) error {
	fs := a.flagSet("props")
	provider := fs.String("provider", "", "`system` whose properties to list: "+strings.Join(systems, ", ")+"; all if not given")
	markdown := fs.Bool("markdown", false, "write Markdown")
	if err := a.parseAlone(fs, args, nil); err != nil {
		return err
	}
	if *provider != "" {
		i := slices.IndexFunc(systems, func(s string) bool { return strings.EqualFold(s, *provider) })
		if i < 0 {
			return misused("props", "no provider %q; there are %s%s", *provider, strings.Join(systems, ", "), nearest.Suffix(*provider, systems))
		}
		*provider = systems[i]
	}
	var list []epicorerp.Property
	for _, p := range epicorerp.Properties() {
		if *provider == "" || len(p.Providers) == 0 || slices.Contains(p.Providers, *provider) {
			list = append(list, p)
		}
	}
	if *markdown {
		a.propsMarkdown(list)
		return nil
	}
	columns := []render.Column{{Name: "property", Type: "VARCHAR"}, {Name: "values", Type: "VARCHAR"}, {Name: "default", Type: "VARCHAR"}, {Name: "status", Type: "VARCHAR"}, {Name: "meaning", Type: "VARCHAR"}}
	var rows [][]any
	for _, p := range list {
		rows = append(rows, []any{p.Name, propertyValues(p), p.Default, propertyStatus(p), propertyMeaning(p)})
	}
	w, err := render.New("table", a.out, render.Options{Width: a.width, Footer: true})
	if err != nil {
		return err
	}
	_, err = render.Copy(w, render.FromRows(columns, rows), nil)
	return err
}

func propertyValues(p epicorerp.Property) string {
	values := string(p.Type)
	if p.Type == epicorerp.TypeEnum {
		values = strings.Join(p.Allowed, ", ")
	}
	if p.Secret {
		values += " (secret)"
	}
	return values
}

func propertyStatus(p epicorerp.Property) string {
	if p.Required {
		return string(p.Status) + ", required"
	}
	return string(p.Status)
}

func propertyMeaning(p epicorerp.Property) string {
	if p.Reason == "" {
		return p.Meaning
	}
	return p.Meaning + " (" + p.Reason + ")"
}

// propsMarkdown writes a table for each group.
func (a *app) propsMarkdown(list []epicorerp.Property) {
	fmt.Fprint(a.out, "# Connection properties\n")
	group := ""
	escape := strings.NewReplacer("|", `\|`, "\n", " ").Replace
	for _, p := range list {
		if p.Group != group {
			group = p.Group
			fmt.Fprintf(a.out, "\n## %s\n\n| Property | Values | Default | Provider | Status | Meaning |\n|---|---|---|---|---|---|\n", group)
		}
		name := "**" + p.Name + "**"
		if len(p.Aliases) > 0 {
			name += "<br>also " + strings.Join(p.Aliases, ", ")
		}
		value := ""
		if p.Default != "" {
			value = "`" + p.Default + "`"
		}
		systems := "all"
		if len(p.Providers) > 0 {
			systems = strings.Join(p.Providers, ", ")
		}
		fmt.Fprintf(a.out, "| %s | %s | %s | %s | %s | %s |\n", escape(name), escape(propertyValues(p)), escape(value), systems, propertyStatus(p), escape(propertyMeaning(p)))
	}
}
