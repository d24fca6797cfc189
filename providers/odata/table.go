package odata

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// ETagColumn is the hidden column that holds an entity's ETag.
const ETagColumn = "ETag"

// TableOptions place a table.
type TableOptions struct {
	Schema string // "" for the namespace of the set's container
	Path   string // under the service root, as URLs have it; "" for the set's name
	View   bool   // read-only by nature
	// Call is the name of a function import that gives the set's rows: its
	// parameters are the set's input columns.
	Call string
}

// Table is an entity set as a table; see NewTable.
type Table struct {
	svc   *Service
	model *Model
	set   *Set // with the columns that the table adds
	path  string
	call  string
	info  *providers.TableInfo
	// refusals are what $apply is not asked of the table again.
	refusals *refusals
}

// NewTable makes the table of a set. The model is where related sets are
// looked up. Neither may be changed afterwards.
func NewTable(svc *Service, m *Model, set *Set, o TableOptions) *Table {
	if o.Schema == "" {
		o.Schema = set.Namespace
	}
	if o.Path == "" {
		o.Path = set.path()
	}
	t := &Table{svc: svc.restricted(set), model: m, set: withETag(set, svc.Traits.envelope(), svc.Traits.Bare), path: o.Path, call: o.Call, refusals: &refusals{}}
	info := &providers.TableInfo{
		Schema: o.Schema, Name: set.Name, Description: set.Description, Rows: providers.Unknown,
		View: o.View || len(set.Key) == 0 && !set.Singleton,
	}
	if set.Singleton {
		info.Rows = 1
	}
	for i := range t.set.Properties {
		info.Columns = append(info.Columns, t.set.Properties[i].Column)
	}
	for _, k := range set.Key {
		info.Key = append(info.Key, k.Property)
	}
	for _, n := range set.Navigations {
		target := m.Find(n.Target)
		if target == nil {
			continue
		}
		nav := providers.Navigation{Name: n.Name, Schema: o.Schema, Table: target.Name, Collection: n.Collection}
		for _, p := range n.Pairs {
			nav.Pairs = append(nav.Pairs, providers.ColumnPair{Column: set.Column(p[0]), Other: p[1]})
		}
		info.Navigations = append(info.Navigations, nav)
	}
	t.info = info
	return t
}

// path is how a path names the set.
func (s *Set) path() string { return escape(first(s.Address, s.Name), false) }

// Info describes the table.
func (t *Table) Info() *providers.TableInfo { return t.info }

// Set returns the set behind the table, with the columns that the table added.
func (t *Table) Set() *Set { return t.set }

// Service returns the service that the table is read from.
func (t *Table) Service() *Service { return t.svc }

var etagPath = [...][]string{V4: {"@odata.etag"}, V3: {"odata.etag"}, V2: {"__metadata", "etag"}}

// withETag returns a copy of the set with the hidden column for the ETag, which
// bare rows do not have.
func withETag(set *Set, v Version, bare bool) *Set {
	clone := *set
	clone.Properties = slices.Clone(set.Properties)
	if len(set.Key) > 0 && !bare && clone.Column(ETagColumn) < 0 {
		clone.Properties = append(clone.Properties, Property{
			Path: etagPath[v],
			Column: providers.Column{
				Name: ETagColumn, Type: sqltypes.VarcharType(sqltypes.Unlimited), Nullable: true,
				Hidden: true, ReadOnly: true, Description: "version of the row, for writes",
			},
		})
	}
	return &clone
}

// annotation reports a member that no $select can name.
func (p *Property) annotation() bool {
	return strings.Contains(p.Path[0], "odata.") || p.Path[0] == "__metadata"
}

// selectable returns the members that $select must name for some columns, each
// once; complex properties are named as a whole.
func selectable(properties []Property, columns []int) []string {
	var names []string
	for _, c := range columns {
		p := &properties[c]
		if !p.Input && !p.annotation() && !slices.Contains(names, p.Path[0]) {
			names = append(names, p.Path[0])
		}
	}
	return names
}
