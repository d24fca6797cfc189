package odata

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// Version is a generation of the protocol.
type Version uint8

// The versions.
const (
	V4 Version = iota
	V3
	V2
)

// String returns the version as messages name it.
func (v Version) String() string { return [...]string{"V4", "V3", "V2"}[v] }

// Model is what a $metadata document describes: its entity sets, with types,
// base types and complex properties resolved.
type Model struct {
	Version   Version
	V401      bool // the metadata are of V4.01
	Sets      []*Set
	Functions []*Function
	// Operations are the functions and actions that can be called, those of
	// entities once for each set that has such entities.
	Operations []*Operation
}

// Function is an unbound function that can be called by its import.
type Function struct {
	Name       string // of the import
	Set        string // the set that its rows are of, "" if the metadata does not tell
	Type       string // qualified name of the type of a row
	Collection bool
	Parameters []Property
}

// Set is an entity set or a singleton. Whoever builds a table from one may
// change it before: add aliases or input columns, correct a type.
type Set struct {
	Container   string // qualified name of the entity container
	Namespace   string // of the container
	Name        string
	Address     string // in paths, "" for Name; see containers.go
	Type        string // qualified name of the entity type
	Singleton   bool
	Description string
	Properties  []Property
	Key         []KeyPart
	// Order holds the columns by which rows without a key are sorted, so that
	// $skip passes over the same ones each time.
	Order       []int
	Navigations []Navigation
	// Collections stand inside of the entities.
	Collections []Collection
	// Restrictions are what the metadata says that the set does not do.
	Restrictions Restrictions
}

// Collection is a collection inside of the entities of a set: related entities,
// contained ones, or complex or plain values.
type Collection struct {
	Name string // of the property
	// Within are the complex properties that hold it, from the entity inward.
	Within []string
	// Derived says that entities of a derived type have it alone.
	Derived bool
	// Related says that the items are entities, which come with $expand alone.
	Related bool
	// Contained says that they are to be had through their entity only.
	Contained bool
	Type      string // qualified name of the items' type
	Target    string // the set that the items are of, "" for none
	// Plain says that the items are values and not objects; their one column is
	// Value.
	Plain bool
	Items *Set // columns and key of an item
}

// KeyPart is a key property: its position among the properties and the name
// it has in a key predicate, which is its alias if it has one.
type KeyPart struct {
	Property int
	Name     string
}

// Property is a column of a set and where its value stands on the wire.
type Property struct {
	providers.Column
	// Path names the members from the entity down to the value: one for a
	// plain property, more for those of complex properties.
	Path []string
	// Edm is the primitive type, such as "Edm.Decimal"; "" for values that are
	// read as JSON text.
	Edm string
	// Owner is the qualified name of the type that declares it, a base type
	// perhaps.
	Owner string
	// Feed is the element of an Atom entry that holds the value instead of the
	// entry's content.
	Feed string
	// NoFilter and NoSort say that $filter and $orderby must not name it,
	// EqualityOnly that $filter compares it by eq alone.
	NoFilter, NoSort, EqualityOnly bool
	// Expanded values come only when $expand names their first member. They are
	// not filtered or sorted by: Edm is "".
	Expanded bool
	// Coded texts are names that the server keeps as numbers: it knows which one
	// equals another, and nothing else of them as text.
	Coded bool
	// InPath puts the value of an input in place of its {name} in the table's
	// path, instead of among the query options.
	InPath bool
	// Groupable and Aggregatable are the tags of V1.0 of the vocabulary Aggregation.
	Groupable, Aggregatable bool
	// Derived values are those of entities of a derived type: the others have
	// none. The server is not asked to filter or sort by them.
	Derived bool
	// Volatile values differ between two answers with the same row, so that they
	// do not tell rows apart.
	Volatile bool
	// Enum is set when the value is a member of an enumeration.
	Enum *Enum
}

// Enum is an enumeration type.
type Enum struct {
	Name    string // qualified
	Flags   bool
	Members []EnumMember
}

// EnumMember is a name and its value.
type EnumMember struct {
	Name  string
	Value int64
}

// Navigation is a navigation property of a set.
type Navigation struct {
	Name       string
	Type       string // qualified name of the related entity type
	Target     string // the related set, "" when the metadata does not tell
	Collection bool
	Nullable   bool
	// Inferred says that the metadata does not declare it: it tells how tables
	// belong together, and cannot be expanded.
	Inferred bool
	// NoExpand says that $expand must not name it.
	NoExpand bool
	// Pairs are equal properties, by column name: here and there.
	Pairs [][2]string
}

// Wire returns the property's path as a query option writes it.
func (p *Property) Wire() string { return strings.Join(p.Path, "/") }

// Find returns the set of a name, without regard to case; an exact spelling
// wins. It returns nil if there is none.
func (m *Model) Find(name string) *Set {
	var fold *Set
	for _, s := range m.Sets {
		if s.Name == name {
			return s
		}
		if fold == nil && strings.EqualFold(s.Name, name) {
			fold = s
		}
	}
	return fold
}

// Column returns the position of the property of a column name, or -1.
func (s *Set) Column(name string) int {
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			return i
		}
	}
	return -1
}

// sortable says whether the metadata lets the server sort by a column.
func (s *Set) sortable(column int) bool {
	p := &s.Properties[column]
	return !p.Derived && !p.NoSort
}

// unique reports that no other member of the enumeration has the same value,
// so that name and value stand for each other.
func (e *Enum) unique(name string) bool {
	var value int64
	found := false
	for _, m := range e.Members {
		if m.Name == name {
			value, found = m.Value, true
		}
	}
	if !found || e.Flags {
		return false
	}
	n := 0
	for _, m := range e.Members {
		if m.Value == value {
			n++
		}
	}
	return n == 1
}
