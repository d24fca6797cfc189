package odata

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainReader makes tables of a metadata document in its own way, over the elements
// as they stand there: it shares no code with ReadModel, knows the documents that
// are published alone, and is here to be compared with.
type plainReader struct {
	types   []*element          // entity and complex types and enumerations, in order
	named   map[string]*element // types, functions and associations, by each name that they go by
	sets    []*element          // entity sets and singletons
	links   []*element          // association sets
	imports []*element
	bound   []*element // functions and actions that belong to entities
	out     map[string]string
}

// element is an element of XML.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Inside  []*element `xml:",any"`
}

func (e *element) get(attribute string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == attribute {
			return a.Value
		}
	}
	return ""
}

func (e *element) all(kinds ...string) (found []*element) {
	for _, x := range e.Inside {
		if slices.Contains(kinds, x.XMLName.Local) {
			found = append(found, x)
		}
	}
	return found
}

func readPlainly(t *testing.T, data []byte) map[string]string {
	var root element
	require.NoError(t, xml.Unmarshal(data, &root))
	r := &plainReader{named: map[string]*element{}, out: map[string]string{}}
	for _, services := range root.all("DataServices") {
		for _, schema := range services.all("Schema") {
			for _, x := range schema.Inside {
				if x.get("IsBound") == "true" { // has no name that imports go by
					r.bound = append(r.bound, x)
					continue
				}
				for _, space := range []string{schema.get("Namespace"), schema.get("Alias")} {
					if name := space + "." + x.get("Name"); space != "" && r.named[name] == nil {
						r.named[name] = x
					}
				}
			}
			r.types = append(r.types, schema.all("EntityType", "ComplexType", "EnumType")...)
			for _, c := range schema.all("EntityContainer") {
				r.sets = append(r.sets, c.all("EntitySet", "Singleton")...)
				r.links = append(r.links, c.all("AssociationSet")...)
				r.imports = append(r.imports, c.all("FunctionImport", "ActionImport")...)
			}
		}
	}
	for _, set := range r.sets {
		r.table(set)
	}
	r.procedures()
	return r.out
}

// typed returns the type that something is of, and whether it is a collection.
func (r *plainReader) typed(name string) (t *element, simple string, many bool) {
	if inner, ok := strings.CutPrefix(name, "Collection("); ok {
		name, many = strings.TrimSuffix(inner, ")"), true
	}
	return r.named[name], name, many
}

func (r *plainReader) typeOf(set *element) *element {
	return r.named[set.get("EntityType")+set.get("Type")]
}

// line returns the base types of a type and itself, downward.
func (r *plainReader) line(t *element) []*element {
	if base := r.named[t.get("BaseType")]; base != nil {
		return append(r.line(base), t)
	}
	return []*element{t}
}

// heirs are the types derived from one.
func (r *plainReader) heirs(t *element) (heirs []*element) {
	for _, x := range r.types {
		if x != t && slices.Contains(r.line(x), t) {
			heirs = append(heirs, x)
		}
	}
	return heirs
}

// members are those of a type, then of its heirs, each name once.
func (r *plainReader) members(t *element, kind string) (own, inherited []*element) {
	named := map[string]bool{}
	gather := func(types []*element) (found []*element) {
		for _, x := range types {
			for _, m := range x.all(kind) {
				if !named[m.get("Name")] {
					named[m.get("Name")] = true
					found = append(found, m)
				}
			}
		}
		return found
	}
	return gather(r.line(t)), gather(r.heirs(t))
}

var plainTypes = map[string]string{
	"Edm.Int32": "INTEGER", "Edm.Int16": "SMALLINT", "Edm.Byte": "SMALLINT", "Edm.Int64": "BIGINT", "Edm.Boolean": "BOOLEAN",
	"Edm.String": "VARCHAR", "Edm.Decimal": "DECIMAL", "Edm.Double": "DOUBLE", "Edm.Single": "REAL", "Edm.Guid": "UUID",
	"Edm.Binary": "VARBINARY", "Edm.Date": "DATE", "Edm.DateTime": "TIMESTAMP", "Edm.DateTimeOffset": "TIMESTAMPTZ",
	"Edm.Duration": "INTERVAL", "Edm.GeographyPoint": "JSON",
}

// sqlType is the type of a property or parameter that is one column.
func (r *plainReader) sqlType(x *element) string {
	t, simple, many := r.typed(x.get("Type"))
	length, digits := x.get("MaxLength"), x.get("Precision")
	switch {
	case t != nil && t.XMLName.Local == "EnumType" && !many:
		return "VARCHAR"
	case t != nil || many:
		return "JSON"
	case simple == "Edm.String" && length != "" && !strings.EqualFold(length, "max"):
		return "VARCHAR(" + length + ")"
	case simple == "Edm.Decimal" && digits != "":
		return "DECIMAL(" + digits + "," + x.get("Scale") + ")"
	}
	return plainTypes[simple]
}

// columns are those of a type whose values may be missing or not.
func (r *plainReader) columns(t *element, prefix string, missing bool) (lines []string) {
	own, inherited := r.members(t, "Property")
	for i, p := range slices.Concat(own, inherited) {
		inner, simple, many := r.typed(p.get("Type"))
		null := missing || p.get("Nullable") != "false" || i >= len(own)
		switch {
		case simple == "Edm.Stream":
		case inner != nil && inner.XMLName.Local == "ComplexType" && !many:
			lines = append(lines, r.columns(inner, prefix+p.get("Name")+"_", null)...)
		default:
			lines = append(lines, columnLine(prefix+p.get("Name"), r.sqlType(p), null))
		}
	}
	return lines
}

func columnLine(name, typ string, null bool) string {
	if null {
		return "  " + name + " " + typ
	}
	return "  " + name + " " + typ + " not null"
}

// key are the properties of a type's key.
func (r *plainReader) key(t *element) (properties []*element) {
	own, _ := r.members(t, "Property")
	for _, x := range r.line(t) {
		for _, key := range x.all("Key") {
			for _, ref := range key.all("PropertyRef") {
				at := slices.IndexFunc(own, func(p *element) bool { return p.get("Name") == ref.get("Name") })
				properties = append(properties, own[at])
			}
		}
	}
	return properties
}

func names(properties []*element) (out []string) {
	for _, p := range properties {
		out = append(out, p.get("Name"))
	}
	return out
}

func (r *plainReader) table(set *element) {
	t, name := r.typeOf(set), set.get("Name")
	lines := r.columns(t, "", false)
	lines = append(lines, "  key "+strings.Join(names(r.key(t)), ", "))
	own, inherited := r.members(t, "NavigationProperty")
	for _, n := range slices.Concat(own, inherited) {
		if target := r.target(set, n); target != nil {
			lines = append(lines, "  "+n.get("Name")+" to "+target.get("Name")+r.pairs(n))
		}
	}
	r.out["table "+name] = strings.Join(lines, "\n")
	r.views(set, plainView{name: name, of: t})
}

// related is the type that a navigation leads to: V2 and V3 say it in an association.
func (r *plainReader) related(n *element) (t *element, many bool) {
	if n.get("Type") != "" {
		t, _, many = r.typed(n.get("Type"))
		return t, many
	}
	for _, end := range r.named[n.get("Relationship")].all("End") {
		if end.get("Role") == n.get("ToRole") {
			return r.named[end.get("Type")], end.get("Multiplicity") == "*"
		}
	}
	return nil, false
}

// target is the set that a navigation of a set leads to: the one that is bound to
// it, or the only one whose entities it can be.
func (r *plainReader) target(set, n *element) *element {
	if n.get("ContainsTarget") == "true" {
		return nil
	}
	bound := ""
	for _, b := range set.all("NavigationPropertyBinding") {
		steps := strings.Split(b.get("Path"), "/")
		last := len(steps) - 1
		if steps[last] == n.get("Name") && !slices.ContainsFunc(steps[:last], func(step string) bool { return !strings.Contains(step, ".") }) {
			bound = b.get("Target")
		}
	}
	for _, link := range r.links {
		for _, end := range link.all("End") {
			if link.get("Association") == n.get("Relationship") && end.get("Role") == n.get("ToRole") {
				bound = end.get("EntitySet")
			}
		}
	}
	t, _ := r.related(n)
	var fit []*element
	for _, x := range r.sets {
		if x.get("Name") == bound {
			return x
		}
		if r.typeOf(x) == t && x.XMLName.Local == "EntitySet" {
			fit = append(fit, x)
		}
	}
	if len(fit) == 1 {
		return fit[0]
	}
	return nil
}

// pairs are the columns that are equal along a navigation, as it or its partner says.
func (r *plainReader) pairs(n *element) (text string) {
	t, _ := r.related(n)
	if association := r.named[n.get("Relationship")]; association != nil {
		for _, constraint := range association.all("ReferentialConstraint") {
			here, there := constraint.all("Dependent")[0], constraint.all("Principal")[0]
			if here.get("Role") != n.get("FromRole") {
				here, there = there, here
			}
			for i, ref := range here.all("PropertyRef") {
				text += ", " + ref.get("Name") + " = " + there.all("PropertyRef")[i].get("Name")
			}
		}
		return text
	}
	for _, c := range n.all("ReferentialConstraint") {
		text += ", " + c.get("Property") + " = " + c.get("ReferencedProperty")
	}
	own, inherited := r.members(t, "NavigationProperty")
	for _, partner := range slices.Concat(own, inherited) {
		if text == "" && partner.get("Name") == n.get("Partner") {
			for _, c := range partner.all("ReferentialConstraint") {
				text += ", " + c.get("ReferencedProperty") + " = " + c.get("Property")
			}
		}
	}
	return text
}

// plainView is a table or view whose rows may have collections inside of them.
type plainView struct {
	name    string
	of      *element // what a row is
	keys    []string // columns of the entities around it
	unkeyed bool     // something around it has no key
	key     []string // names of its key's columns
	way     []*element
}

// plainCollection is a property and its name from the row on.
type plainCollection struct {
	name     string
	property *element
}

// held are the properties of a row, those of derived types and those within complex
// values.
func (r *plainReader) held(of *element, prefix string, way []*element) (all []plainCollection) {
	own, heirs := r.members(of, "Property")
	for _, p := range append(own, heirs...) {
		name := prefix + p.get("Name")
		t, many := r.related(p)
		if many {
			all = append(all, plainCollection{name, p})
		} else if t != nil && t.XMLName.Local == "ComplexType" && !slices.Contains(way, t) {
			all = append(all, r.held(t, name+"_", append(slices.Clone(way), of, t))...)
		}
	}
	return all
}

// views makes those of the collections in the rows of a table or view.
func (r *plainReader) views(set *element, above plainView) {
	keys := slices.Clone(above.keys)
	for _, k := range r.key(above.of) {
		keys = append(keys, columnLine(above.name+"_"+k.get("Name"), r.sqlType(k), false))
	}
	collections, _ := r.members(above.of, "NavigationProperty")
	var all []plainCollection
	for _, c := range collections {
		all = append(all, plainCollection{c.get("Name"), c})
	}
	for _, held := range append(all, r.held(above.of, "", nil)...) {
		c := held.property
		t, many := r.related(c)
		if !many {
			continue
		}
		v := plainView{name: above.name + "_" + held.name, of: t, keys: keys, way: append(slices.Clone(above.way), above.of),
			unkeyed: above.unkeyed || len(r.key(above.of)) == 0}
		lines := slices.Clone(keys)
		if t == nil || t.XMLName.Local == "EnumType" {
			item := &element{Attrs: []xml.Attr{{Name: xml.Name{Local: "Type"}, Value: strings.TrimSuffix(strings.TrimPrefix(c.get("Type"), "Collection("), ")")}}}
			lines = append(lines, columnLine("Value", r.sqlType(item), c.get("Nullable") != "false"))
		} else {
			lines = append(lines, r.columns(t, "", t.XMLName.Local == "ComplexType" && c.get("Nullable") != "false")...)
		}
		around := namesOf(keys)
		if t != nil && len(r.key(t)) > 0 && !v.unkeyed {
			v.key = append(slices.Clone(around), names(r.key(t))...)
			lines = append(lines, "  key "+strings.Join(v.key, ", "))
		}
		root := "  " + set.get("Name") + " to " + set.get("Name")
		for i, k := range r.key(r.typeOf(set)) {
			root += ", " + around[i] + " = " + k.get("Name")
		}
		lines = append(lines, root)
		if above.key != nil {
			up := "  " + above.name + " to " + above.name
			for i, k := range above.key {
				up += ", " + around[i] + " = " + k
			}
			lines = append(lines, up)
		}
		entity := t != nil && t.XMLName.Local == "EntityType"
		if target := r.target(set, c); entity && target != nil {
			along := "  " + c.get("Name") + " to " + target.get("Name")
			for _, k := range r.key(t) {
				along += ", " + k.get("Name") + " = " + k.get("Name")
			}
			lines = append(lines, along)
		}
		r.out["view "+v.name] = strings.Join(lines, "\n")
		if t != nil && (!entity || c.get("ContainsTarget") == "true") && !slices.Contains(v.way, t) {
			r.views(set, v)
		}
	}
}

// namesOf are the names of columns that are written out.
func namesOf(columns []string) (out []string) {
	for _, c := range columns {
		out = append(out, strings.Fields(c)[0])
	}
	return out
}

// procedures are what the container imports, and what is bound to the entities of
// a set, of which the key goes first.
func (r *plainReader) procedures() {
	parameters := func(list []*element) (lines []string) {
		for _, p := range list {
			lines = append(lines, "  "+p.get("Name")+" "+r.sqlType(p))
		}
		return lines
	}
	bind := func(f *element) {
		first := f.all("Parameter")[0]
		rest := f.all("Parameter")[1:]
		t, _, many := r.typed(first.get("Type"))
		for _, set := range r.sets {
			if !slices.Contains(r.line(r.typeOf(set)), t) {
				continue
			}
			var lines []string
			for _, k := range r.key(t) {
				name := k.get("Name")
				if slices.ContainsFunc(names(rest), func(p string) bool { return strings.EqualFold(p, name) }) {
					name = set.get("Name") + "_" + name
				}
				if !many && set.XMLName.Local == "EntitySet" {
					lines = append(lines, "  "+name+" "+r.sqlType(k))
				}
			}
			r.out["procedure "+set.get("Name")+"_"+f.get("Name")] = strings.Join(append(lines, parameters(rest)...), "\n")
		}
	}
	for _, i := range r.imports {
		if f := r.named[i.get("Function")+i.get("Action")]; f != nil {
			r.out["procedure "+i.get("Name")] = strings.Join(parameters(f.all("Parameter")), "\n")
		} else if i.get("IsBindable") == "true" {
			bind(i)
		} else {
			r.out["procedure "+i.get("Name")] = strings.Join(parameters(i.all("Parameter")), "\n")
		}
	}
	for _, f := range r.bound {
		bind(f)
	}
}
