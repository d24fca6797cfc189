package odata

import (
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// SearchColumn is the hidden input column whose value is searched for. A set with
// a column of that name has it under the alias alone.
const SearchColumn = "Search"

const searchAlias = "$search"

// withSearch adds the pseudo column for a free-text search to a set that is known
// to search: nobody could tell from the rows whether the server did. V2 has no
// $search; SAP's services take an option of their own.
func withSearch(svc *Service, s *Set) *Set {
	t := &svc.Traits
	if s.Singleton || t.Version == V3 || !s.Restrictions.Searchable && !t.Search {
		return s
	}
	p := Property{Path: []string{searchAlias}, Column: providers.Column{
		Name: SearchColumn, Aliases: []string{searchAlias}, Type: sqltypes.VarcharType(sqltypes.Unlimited), Nullable: true, Hidden: true, Input: true,
		ReadOnly: true, Description: "what to search the rows for, as the server searches",
	}}
	if t.Version == V2 {
		p.Path = []string{"search"}
	}
	if slices.ContainsFunc(s.Properties, func(p Property) bool { return p.Name == SearchColumn }) {
		p.Name, p.Aliases = searchAlias, nil
	}
	clone := *s
	clone.Properties = append(slices.Clone(s.Properties), p)
	return &clone
}
