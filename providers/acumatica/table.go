package acumatica

import (
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// table is an entity of the contract-based interface, or a collection or a linked
// entity inside of one, as a table.
type table struct {
	on      *endpoint
	root    *entity
	levels  []level // from the record down; the rows are those of the last
	columns []column
	info    *providers.TableInfo
	// inquiry says that the record holds the parameters of an inquiry, and the
	// collection its results: they are asked for by PUT.
	inquiry bool
}

// level is a collection on the way down, or a linked entity at its end. The first
// is the page itself.
type level struct {
	name   string
	path   []string // from a row of the level above to the array; nil for the page
	expand []string // what $expand must name to get it
	linked bool     // one record stands there, or none
}

// column is a column of a table and where its value stands.
type column struct {
	providers.Column
	level int
	path  []string // from the level's row to the value
	// option is how query options name the field, "" for what they cannot name.
	option string
	expand []string
	custom string // how $custom names it, "" for fields of the contract
}

// ofRecord reports whether a level has one row a record at most: the record
// itself, or an entity that it links.
func (t *table) ofRecord(l int) bool { return l == 0 || l == 1 && t.levels[l].linked }

// maxLinkedDepth bounds the flattening of linked entities, which may link each
// other: a contact's address is the third.
const maxLinkedDepth = 4

// Bounds of what one entity may come to, many times what any endpoint has, so
// that a small document whose entities contain each other stays small.
const (
	maxTables  = 5_000
	maxColumns = 20_000
)

// shape is what a table is made of: the levels down to its rows, and the
// entities that the rows of each are.
type shape struct {
	levels []level
	rows   []*entity
}

// shapesOf are the tables of a top-level entity: itself, and each collection and
// linked entity inside of it. Those of an inquiry are its results alone, since its record has
// nothing but the parameters.
func shapesOf(e *entity) []shape {
	own := shape{[]level{{name: e.name}}, []*entity{e}}
	var out []shape
	if !isInquiry(e) {
		out = append(out, own)
	}
	return own.inner(out, e, nil, nil, 0)
}

// isInquiry recognises an inquiry form by its name, or by the collection of its
// results: the parameters of a processing form are of no more use by GET.
func isInquiry(e *entity) bool {
	return len(e.details) > 0 && (strings.HasSuffix(e.name, "Inquiry") ||
		slices.ContainsFunc(e.details, func(m member) bool { return m.name == "Results" || m.name == "Result" }))
}

// inner adds a table for each collection under an entity, by way of linked
// entities too, and one for each of those. An entity that contains itself is gone
// into once.
func (s shape) inner(out []shape, e *entity, path, expand []string, linked int) []shape {
	for _, d := range e.details {
		if slices.Contains(s.rows, d.of) || len(out) >= maxTables {
			continue
		}
		here := append(slices.Clone(path), d.name)
		l := level{name: strings.Join(here, "_"), path: here, expand: append(slices.Clone(expand), joined(expand, d.name))}
		below := s.with(l, d.of)
		out = below.inner(append(out, below), d.of, nil, l.expand, 0)
	}
	if linked == maxLinkedDepth || len(out) >= maxTables {
		return out
	}
	for _, m := range e.linked {
		there, named := append(slices.Clone(path), m.name), append(slices.Clone(expand), joined(expand, m.name))
		if !isInquiry(s.rows[0]) && len(out) < maxTables {
			out = append(out, s.with(level{name: strings.Join(there, "_"), path: there, expand: named, linked: true}, m.of))
		}
		out = s.inner(out, m.of, there, named, linked+1)
	}
	return out
}

// with is the shape with one more level.
func (s shape) with(l level, of *entity) shape {
	return shape{append(slices.Clone(s.levels), l), append(slices.Clone(s.rows), of)}
}

// name is the table's name: the entity's, then those of the members on the way.
func (s shape) name() string {
	names := make([]string, len(s.levels))
	for i, l := range s.levels {
		names[i] = l.name
	}
	return strings.Join(names, "_")
}

// joined is the path of a member as $expand writes it, under the innermost of
// what is expanded already.
func joined(expand []string, name string) string {
	if len(expand) == 0 {
		return name
	}
	return expand[len(expand)-1] + "/" + name
}

// newTable makes the table of the last level's rows.
func newTable(on *endpoint, s shape, custom []customField) *table {
	t := &table{on: on, root: s.rows[0], levels: s.levels, inquiry: isInquiry(s.rows[0])}
	c := columnBuilder{t: t, taken: map[string]bool{}}
	last := len(s.levels) - 1
	c.own(last, s.rows[last], custom)
	own := len(t.columns)
	for l := range last {
		c.above(l, s.rows[l])
	}
	// The keys of the records above come first, as in a table of a database.
	t.columns = append(slices.Clone(t.columns[own:]), t.columns[:own]...)
	t.describe(s.name())
	return t
}

func (t *table) describe(name string) {
	t.info = &providers.TableInfo{Schema: schemaREST, Name: name, View: len(t.levels) > 1, Rows: providers.Unknown}
	for i := range t.columns {
		t.info.Columns = append(t.info.Columns, t.columns[i].Column)
	}
	if t.inquiry {
		return // results have no identity
	}
	var up []providers.ColumnPair
	for l := range t.levels {
		k := slices.IndexFunc(t.columns, func(c column) bool { return c.level == l && slices.Equal(c.path, idPath) })
		t.info.Key = append(t.info.Key, k)
		up = append(up, providers.ColumnPair{Column: k, Other: idColumn})
	}
	if len(t.levels) > 1 {
		t.info.Navigations = []providers.Navigation{{Name: t.root.name, Schema: schemaREST, Table: t.root.name, Pairs: up[:1]}}
	}
}

// The members that the system adds to each record, and that are columns.
const (
	idColumn   = "id"
	noteColumn = "note"
)

var idPath = []string{"id"}

// columnBuilder makes the columns of a table.
type columnBuilder struct {
	t     *table
	taken map[string]bool // names in use, in lower case
}

func (b *columnBuilder) add(c column) {
	name := c.Name
	for n := 1; b.taken[strings.ToLower(c.Name)]; n++ {
		c.Name = name + strconv.Itoa(n)
	}
	b.taken[strings.ToLower(c.Name)] = true
	b.t.columns = append(b.t.columns, c)
}

// own adds the columns of the rows themselves.
func (b *columnBuilder) own(l int, e *entity, custom []customField) {
	if e == fileLink {
		b.file(l)
		return
	}
	for _, f := range e.ordered() {
		b.add(b.field(l, f, nil, nil, f.name, false))
	}
	for _, m := range e.linked {
		b.link(l, m, nil, nil, 1)
	}
	if b.t.inquiry {
		return
	}
	for _, f := range custom {
		if slices.Equal(f.levels, b.t.names()) {
			b.add(f.column(l))
		}
	}
	b.system(l, "")
}

// ordered are the fields of an entity, the natural keys before the others.
func (e *entity) ordered() []field {
	keys := naturalKeys[e.name]
	out := slices.Clone(e.fields)
	slices.SortStableFunc(out, func(a, b field) int { return rank(keys, a.name) - rank(keys, b.name) })
	return out
}

func rank(keys []string, name string) int {
	if i := slices.Index(keys, name); i >= 0 {
		return i
	}
	return len(keys)
}

func (t *table) names() []string {
	var names []string
	for _, l := range t.levels[1:] {
		names = append(names, l.path...)
	}
	return names
}

// link adds the fields of a linked entity: MainContact_Email. They take an
// $expand, and are not part of SELECT *.
func (b *columnBuilder) link(l int, m member, path, expand []string, depth int) {
	path = append(slices.Clone(path), m.name)
	expand = append(slices.Clone(expand), joined(expand, m.name))
	for _, f := range m.of.fields {
		c := b.field(l, f, path, expand, strings.Join(append(slices.Clone(path), f.name), "_"), true)
		b.add(c)
	}
	if depth == maxLinkedDepth || len(b.t.columns) >= maxColumns {
		return
	}
	for _, inner := range m.of.linked {
		b.link(l, inner, path, expand, depth+1)
	}
}

func (b *columnBuilder) field(l int, f field, path, expand []string, name string, hidden bool) column {
	named := append(slices.Clone(path), f.name)
	if b.t.ofRecord(l) {
		named = append(slices.Clone(b.t.levels[l].path), named...)
	}
	return column{
		Column: providers.Column{Name: name, Type: f.typ, Nullable: true, Hidden: hidden},
		level:  l, path: append(append(slices.Clone(path), f.name), "value"),
		option: strings.Join(named, "/"), expand: expand,
	}
}

// above adds the columns of a record that the rows belong to: its id, its
// natural keys, and, not part of SELECT *, its other fields. Those of an inquiry
// are its parameters.
func (b *columnBuilder) above(l int, e *entity) {
	prefix := b.t.levels[l].name + "_"
	if b.t.inquiry && l == 0 {
		for _, f := range e.fields {
			c := b.field(l, f, nil, nil, f.name, true)
			c.Input, c.Description = true, "parameter of the inquiry"
			if b.taken[strings.ToLower(c.Name)] {
				c.Name = prefix + c.Name
			}
			b.add(c)
		}
		return
	}
	if !b.t.inquiry {
		b.system(l, prefix)
	}
	for _, f := range e.ordered() {
		hidden := l > 0 || !slices.Contains(naturalKeys[e.name], f.name)
		b.add(b.field(l, f, nil, nil, prefix+f.name, hidden))
	}
}

// system adds the id of a record, by which rows are told apart, and its note.
func (b *columnBuilder) system(l int, prefix string) {
	b.add(column{
		Column: providers.Column{Name: prefix + idColumn, Type: sqltypes.Of(sqltypes.UUID), Hidden: prefix == "", ReadOnly: true, Description: "the system's id of the record"},
		level:  l, path: idPath,
	})
	if prefix == "" {
		b.add(column{
			Column: providers.Column{Name: noteColumn, Type: sqltypes.Of(sqltypes.Varchar), Nullable: true, Hidden: true, Description: "the note that is attached to the record"},
			level:  l, path: []string{noteColumn, "value"},
		})
	}
}

// Info describes the table.
func (t *table) Info() *providers.TableInfo { return t.info }
