package odata

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// encodedRune is how names that XML does not allow are encoded (XmlConvert of
// .NET): a space is _x0020_.
var encodedRune = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// decodedName replaces what is encoded in a name by the characters meant.
func decodedName(name string) string {
	return encodedRune.ReplaceAllStringFunc(name, func(code string) string {
		n, err := strconv.ParseUint(code[2:6], 16, 16)
		if err != nil || !unicode.IsPrint(rune(n)) {
			return code
		}
		return string(rune(n))
	})
}

// simpleName makes a name of letters, digits and underscores, which needs no
// quotes.
func simpleName(name string) string {
	simple := strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, name)
	if simple == "" || unicode.IsDigit([]rune(simple)[0]) {
		simple = "_" + simple
	}
	return simple
}

// shownName is what UseSimpleNames and DecodeXMLNames make of names.
func (p *Provider) shownName(name string) string {
	if p.options.String("DecodeXMLNames") == "" || p.options.Bool("DecodeXMLNames") {
		name = decodedName(name)
	}
	if p.options.Bool("UseSimpleNames") {
		name = simpleName(name)
	}
	return name
}

// apart gives each of some names the one that it is shown by: those that stay as
// they are first, the others with a number where theirs is taken.
func apart(names []string, shown func(string) string) []string {
	out, taken := make([]string, len(names)), map[string]bool{}
	for i, name := range names {
		if shown(name) == name {
			out[i] = name
			taken[strings.ToLower(name)] = true
		}
	}
	for i, name := range names {
		if out[i] != "" {
			continue
		}
		candidate := shown(name)
		for n := 2; taken[strings.ToLower(candidate)]; n++ {
			candidate = shown(name) + "_" + strconv.Itoa(n)
		}
		out[i] = candidate
		taken[strings.ToLower(candidate)] = true
	}
	return out
}

// rename shows everything by other names. Paths and what stands in answers keep
// theirs.
func (m *Model) rename(shown func(string) string) {
	schemas := m.renameSchemas(shown)
	columns := map[*Set]map[string]string{}
	for _, s := range m.Sets {
		columns[s] = renameColumns(s.Properties, shown)
	}
	for _, s := range m.Sets {
		for i := range s.Navigations {
			n := &s.Navigations[i]
			target := m.Find(n.Target)
			n.Pairs = slices.Clone(n.Pairs)
			for k, pair := range n.Pairs {
				n.Pairs[k] = [2]string{columns[s][pair[0]], first(columns[target][pair[1]], pair[1])}
			}
		}
	}
	sets := map[string]string{}
	for _, schema := range schemas {
		m.renameSets(schema, shown, sets)
		m.renameOperations(schema, shown)
	}
	for _, s := range m.Sets {
		for i := range s.Navigations {
			n := &s.Navigations[i]
			n.Target = first(sets[n.Target], n.Target)
		}
		renameCollections(s.Collections, sets, shown)
	}
}

// renameSchemas returns the new names.
func (m *Model) renameSchemas(shown func(string) string) []string {
	var names []string
	note := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, s := range m.Sets {
		note(s.Namespace)
	}
	for _, o := range m.Operations {
		note(o.Namespace)
	}
	renamed := apart(names, shown)
	for _, s := range m.Sets {
		s.Namespace = renamed[slices.Index(names, s.Namespace)]
	}
	for _, o := range m.Operations {
		o.Namespace = renamed[slices.Index(names, o.Namespace)]
	}
	return renamed
}

// renameColumns returns the new names by the old ones.
func renameColumns(properties []Property, shown func(string) string) map[string]string {
	names := make([]string, len(properties))
	for i := range properties {
		names[i] = properties[i].Name
	}
	renamed := map[string]string{}
	for i, name := range apart(names, shown) {
		renamed[names[i]] = name
		properties[i].Name = name
	}
	return renamed
}

// renameSets renames the sets of a schema, and notes the new names by the old ones.
func (m *Model) renameSets(schema string, shown func(string) string, noted map[string]string) {
	var sets []*Set
	var names []string
	for _, s := range m.Sets {
		if s.Namespace == schema {
			sets, names = append(sets, s), append(names, s.Name)
		}
	}
	for i, name := range apart(names, shown) {
		noted[names[i]] = name
		if s := sets[i]; s.Name != name {
			s.Address, s.Name = first(s.Address, s.Name), name
		}
	}
}

// renameCollections renames the views of collections and their columns.
func renameCollections(collections []Collection, sets map[string]string, shown func(string) string) {
	names := make([]string, len(collections))
	for i := range collections {
		names[i] = collections[i].Items.Name
	}
	for i, name := range apart(names, shown) {
		c := &collections[i]
		c.Items.Name, c.Target = name, first(sets[c.Target], c.Target)
		renameColumns(c.Items.Properties, shown)
		renameCollections(c.Items.Collections, sets, shown)
	}
}

// renameOperations renames the operations of a schema, their parameters and the
// columns of their results.
func (m *Model) renameOperations(schema string, shown func(string) string) {
	var operations []*Operation
	var names []string
	for _, o := range m.Operations {
		if o.Namespace == schema {
			operations = append(operations, o)
			if !slices.Contains(names, o.Name) {
				names = append(names, o.Name)
			}
		}
	}
	renamed := apart(names, shown)
	for _, o := range operations {
		o.Name = renamed[slices.Index(names, o.Name)]
		renameColumns(o.Parameters, shown)
		if o.Result != nil {
			renameColumns(o.Result.Items.Properties, shown)
		}
	}
}
