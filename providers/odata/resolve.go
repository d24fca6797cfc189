package odata

import (
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// maxComplexDepth bounds the flattening of complex properties: a type may
// contain itself, and a table need not have more columns than anyone reads.
const maxComplexDepth = 5

// maxProperties bounds the columns of one set, so that a document of a few
// hundred bytes whose complex types contain each other stays small.
const maxProperties = 20_000

// model resolves types and finds every entity set, walking the containers
// whatever their names are.
func (d *document) model() *Model {
	m := &Model{Version: d.version}
	for _, c := range d.containers {
		for _, s := range c.Sets {
			m.add(d.set(&c, s, s.EntityType, false))
		}
		for _, s := range c.Singletons {
			m.add(d.set(&c, s, s.Type, true))
		}
	}
	d.link(m)
	for _, c := range d.containers {
		m.Functions = append(m.Functions, d.functionsOf(&c)...)
	}
	return m
}

func (m *Model) add(s *Set) {
	if s != nil {
		m.Sets = append(m.Sets, s)
	}
}

func (d *document) set(c *container, x xmlSet, typ string, singleton bool) *Set {
	s := &Set{
		Container: c.namespace + "." + c.Name, Namespace: c.namespace, Name: x.Name,
		Type: d.qualified(typ), Singleton: singleton, Description: describe(x.Label, "", x.Notes),
	}
	chain := d.chain(d.entities, s.Type)
	if chain == nil || s.Name == "" {
		return nil
	}
	f := flattener{d: d, set: s, taken: map[string]int{}}
	var key []xmlRef
	for _, t := range chain {
		before := len(s.Properties)
		for _, p := range t.Properties {
			f.property(p, nil, false)
		}
		for i := range s.Properties[before:] {
			s.Properties[before+i].Owner = t.qualified
		}
		if len(t.Key) > 0 {
			key = t.Key
		}
	}
	d.key(s, key)
	for _, t := range chain {
		for _, n := range t.Navigations {
			if nav, ok := d.navigation(c, s, n); ok {
				s.Navigations = append(s.Navigations, nav)
			}
		}
	}
	s.restrict(append(d.notes[s.Container+"/"+s.Name], x.Notes...))
	for i := range s.Navigations {
		for _, b := range x.Bindings {
			if b.Path == s.Navigations[i].Name {
				// A target in another container is written Container/Set.
				s.Navigations[i].Target = b.Target[strings.LastIndexByte(b.Target, '/')+1:]
			}
		}
	}
	return s
}

// chain returns a type and its base types, the base first; nil if the type is
// not there. A cycle ends where it closes.
func (d *document) chain(types map[string]*xmlStructured, name string) []*xmlStructured {
	var chain []*xmlStructured
	seen := map[string]bool{}
	for name != "" && !seen[name] {
		seen[name] = true
		t := types[name]
		if t == nil {
			break
		}
		chain = append(chain, t)
		name = d.qualified(t.BaseType)
	}
	slices.Reverse(chain)
	return chain
}

// key finds the key properties. A key that is not wholly among the columns
// counts as none.
func (d *document) key(s *Set, refs []xmlRef) {
	for _, r := range refs {
		i := slices.IndexFunc(s.Properties, func(p Property) bool { return p.Wire() == r.Name })
		if i < 0 {
			s.Key = nil
			return
		}
		part := KeyPart{Property: i, Name: r.Name}
		if r.Alias != "" {
			part.Name = r.Alias
		}
		s.Key = append(s.Key, part)
	}
	for _, k := range s.Key {
		s.Properties[k.Property].Nullable = false
	}
}

// flattener adds the properties of a type to a set, those of complex types by
// their path: Address/City becomes column Address_City.
type flattener struct {
	d     *document
	set   *Set
	taken map[string]int // names in use, and the last number that was added to one
}

func (f flattener) property(x xmlProperty, parents []string, nullable bool) {
	if x.Name == "" || len(f.set.Properties) >= maxProperties {
		return
	}
	d, path := f.d, append(slices.Clone(parents), x.Name)
	element, many := collectionOf(strings.TrimSpace(x.Type))
	many = many || x.CollectionKind != "" && x.CollectionKind != "None"
	typ := d.qualified(element)
	nullable = nullable || x.Nullable != "false"
	if chain := d.chain(d.complexes, typ); chain != nil && !many && len(path) <= maxComplexDepth {
		for _, t := range chain {
			for _, p := range t.Properties {
				f.property(p, path, nullable)
			}
		}
		return
	}
	p := Property{
		Path: path,
		Column: providers.Column{
			Name: f.unused(strings.Join(path, "_")), Nullable: nullable,
			Description: describe(x.Label, x.Summary, x.Notes),
		},
	}
	switch {
	case many:
		p.Type = sqltypes.Of(sqltypes.JSON)
	case d.enums[typ] != nil:
		p.Enum, p.Type = d.enums[typ], sqltypes.VarcharType(sqltypes.Unlimited)
	default:
		if def := d.definitions[typ]; def != nil {
			typ = def.Underlying
			x.MaxLength, x.Precision, x.Scale = first(x.MaxLength, def.MaxLength), first(x.Precision, def.Precision), first(x.Scale, def.Scale)
		}
		var ok bool
		if p.Type, ok = sqlType(typ, x); !ok {
			return
		}
		if p.Type.Kind != sqltypes.JSON {
			p.Edm = typ
		}
	}
	f.set.Properties = append(f.set.Properties, p)
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// unused makes a flattened name unique: a plain Address_City may stand beside
// an Address with a City.
func (f flattener) unused(name string) string {
	candidate := name
	for f.taken[candidate] > 0 {
		f.taken[name]++
		candidate = name + strconv.Itoa(f.taken[name])
	}
	f.taken[candidate] = 1
	return candidate
}

var edmKinds = map[string]sqltypes.Kind{
	"Edm.Boolean": sqltypes.Bool, "Edm.Byte": sqltypes.SmallInt, "Edm.SByte": sqltypes.SmallInt,
	"Edm.Int16": sqltypes.SmallInt, "Edm.Int32": sqltypes.Integer, "Edm.Int64": sqltypes.BigInt,
	"Edm.Single": sqltypes.Real, "Edm.Double": sqltypes.Double, "Edm.Decimal": sqltypes.Decimal,
	"Edm.String": sqltypes.Varchar, "Edm.Guid": sqltypes.UUID, "Edm.Binary": sqltypes.Varbinary,
	"Edm.Date": sqltypes.Date, "Edm.TimeOfDay": sqltypes.Time, "Edm.Time": sqltypes.Time,
	"Edm.DateTimeOffset": sqltypes.TimestampTZ, "Edm.DateTime": sqltypes.Timestamp,
	"Edm.Duration": sqltypes.Interval,
}

// sqlType returns the SQL type of a primitive property. ok is false for what
// is no value: a stream. What is unknown, untyped or a place on earth is read
// as the JSON text that the server sends.
func sqlType(edm string, x xmlProperty) (t sqltypes.Type, ok bool) {
	kind, known := edmKinds[edm]
	switch {
	case edm == "Edm.Stream":
		return t, false
	case !known:
		return sqltypes.Of(sqltypes.JSON), true
	}
	t = sqltypes.Of(kind)
	switch edm {
	case "Edm.String", "Edm.Binary":
		t.Length = facet(x.MaxLength)
	case "Edm.Decimal":
		t.Precision, t.Scale = facet(x.Precision), facet(x.Scale)
	}
	return t, true
}

// facet reads a length, precision or scale; max, variable and floating mean
// that there is no bound.
func facet(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 1<<30 {
		return sqltypes.Unlimited
	}
	return n
}
