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
	m := &Model{Version: d.version, V401: d.v401}
	d.telling()
	var places []placed
	for i := range d.containers {
		c := &d.containers[i]
		for _, x := range c.Sets {
			places = append(places, placed{d.set(c, x, x.EntityType, false), c, x})
		}
		for _, x := range c.Singletons {
			places = append(places, placed{d.set(c, x, x.Type, true), c, x})
		}
	}
	places = slices.DeleteFunc(places, func(p placed) bool { return p.set == nil })
	for _, p := range places {
		m.Sets = append(m.Sets, p.set)
	}
	byType := d.link(m)
	for _, p := range places {
		d.nest(p, byType)
	}
	for i := range d.containers {
		m.Functions = append(m.Functions, d.functionsOf(&d.containers[i])...)
	}
	d.operationsOf(m)
	return m
}

// placed is a set where it stands in the document.
type placed struct {
	set       *Set
	container *container
	element   xmlSet
}

func (d *document) set(c *container, x xmlSet, typ string, singleton bool) *Set {
	s := &Set{
		Container: c.namespace + "." + c.Name, Namespace: c.namespace, Name: c.known(x.Name), Address: c.address(x.Name),
		Type: d.qualified(typ), Singleton: singleton, Description: describe(x.Label, "", append(slices.Clone(x.Notes), d.notes[c.namespace+"."+c.Name+"/"+x.Name]...)),
	}
	if s.Name == "" || !d.entity(s, s.Type) {
		return nil
	}
	contained := d.navigations(c, s)
	s.bind(c, x.Bindings, "")
	d.restrict(s, c, x)
	d.collections(s, contained)
	return s
}

// entity adds the columns and the key of an entity type to a set: its own and
// those of its base types, then those of the types derived from it. It returns
// false if there is no such type.
func (d *document) entity(s *Set, typ string) bool {
	chain := d.chain(d.entities, typ)
	if chain == nil {
		return false
	}
	f := flattener{d: d, set: s, taken: map[string]int{}}
	var key []xmlRef
	for _, t := range chain {
		f.owner = t.qualified
		for _, p := range t.Properties {
			f.property(p, nil, false)
		}
		if len(t.Key) > 0 {
			key = t.Key
		}
	}
	f.derived = true
	for _, t := range d.below(d.entities, typ) {
		f.owner = t.qualified
		for _, p := range t.Properties {
			f.property(p, nil, true)
		}
	}
	d.key(s, key)
	return true
}

// collections finds the collections inside of the entities of a set, or of
// complex values.
func (d *document) collections(s *Set, contained map[string]bool) {
	for i := range s.Navigations {
		n := &s.Navigations[i]
		if !n.Collection || n.Inferred {
			continue
		}
		c := Collection{Name: n.Name, Related: true, Contained: contained[n.Name], Type: n.Type}
		if c.Contained {
			n.Target = "" // not the set that has entities of the type by chance
		}
		if items := (&Set{Namespace: s.Namespace, Name: n.Name, Type: n.Type}); d.entity(items, n.Type) {
			c.Items = items
			s.Collections = append(s.Collections, c)
		}
	}
	d.valueCollections(s)
}

// ValueColumn is the column of a collection of plain values.
const ValueColumn = "Value"

// values describes the items of a collection of complex or plain values.
func (d *document) values(x xmlProperty, typ string) *Set {
	items := &Set{Name: x.Name, Type: typ}
	f := flattener{d: d, set: items, taken: map[string]int{}, owner: typ}
	if chain := d.chain(d.complexes, typ); chain != nil {
		f.complex(typ, nil, x.Nullable != "false") // which says it of the items
		return items
	}
	name := x.Name
	x.Name, x.Type, x.CollectionKind = ValueColumn, typ, ""
	f.property(x, nil, false)
	for i := range items.Properties {
		items.Properties[i].Description = first(items.Properties[i].Description, name)
	}
	return items
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

	owner   string // qualified name of the entity type whose properties are added
	inner   string // of the complex type inside of it, if they are that one's
	derived bool   // it is derived from the set's
}

// complex adds the properties of a complex type, then those of the types derived
// from it.
func (f flattener) complex(typ string, path []string, nullable bool) {
	for _, t := range f.d.chain(f.d.complexes, typ) {
		f.inner = t.qualified
		for _, p := range t.Properties {
			f.property(p, path, nullable)
		}
	}
	f.derived = true
	for _, t := range f.d.below(f.d.complexes, typ) {
		f.inner = t.qualified
		for _, p := range t.Properties {
			f.property(p, path, true)
		}
	}
}

// feedElements are the elements of an Atom entry that a property may be kept in.
var feedElements = map[string]string{
	"SyndicationTitle": "title", "SyndicationSummary": "summary", "SyndicationRights": "rights",
	"SyndicationPublished": "published", "SyndicationUpdated": "updated",
}

// shared looks for the column of a property of the same name that another
// derived type has: there is one value on the wire, so there is one column.
func (f flattener) shared(path []string) *Property {
	if !f.derived {
		return nil
	}
	for i := range f.set.Properties {
		if slices.Equal(f.set.Properties[i].Path, path) {
			return &f.set.Properties[i]
		}
	}
	return nil
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
	if d.complexes[typ] != nil && !many && len(path) <= maxComplexDepth {
		f.complex(typ, path, nullable)
		return
	}
	notes := append(slices.Clone(x.Notes), d.notes[first(f.inner, f.owner)+"/"+x.Name]...)
	twin := f.shared(path)
	p := Property{
		Path: path, Owner: f.owner, Derived: f.derived,
		NoFilter: x.Filterable == "false", NoSort: x.Sortable == "false",
		Groupable: tagged(notes, "Groupable"), Aggregatable: tagged(notes, "Aggregatable"),
		EqualityOnly: x.Restriction == "single-value" || x.Restriction == "multi-value",
		Column: providers.Column{
			Nullable: nullable, ReadOnly: computed(notes), Description: describe(x.Label, x.Summary, notes),
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
	if x.FeedKeep == "false" {
		p.Feed = feedElements[x.FeedTarget]
	}
	if twin != nil {
		if twin.Derived && (twin.Type != p.Type || twin.Enum != p.Enum) {
			twin.Type, twin.Enum, twin.Edm = sqltypes.Of(sqltypes.JSON), nil, ""
		}
		return
	}
	p.Name = f.unused(strings.Join(path, "_"))
	if x.Required == "true" {
		f.set.Restrictions.Required = append(f.set.Restrictions.Required, p.Wire())
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
