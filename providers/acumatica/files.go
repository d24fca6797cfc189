package acumatica

import (
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// filesMember is the member of a record that lists the files attached to it; it
// comes with $expand alone. See "$expand Parameter" in the Integration Development
// Guide.
const filesMember = "files"

// fileLink is what stands in that list. Its values are not wrapped, unlike those
// of entities.
var fileLink = &entity{name: "FileLink"}

// filesOf is the table of the files that are attached to the records of an
// entity.
func filesOf(e *entity) shape {
	record := shape{[]level{{name: e.name}}, []*entity{e}}
	return record.with(level{name: filesMember, path: []string{filesMember}, expand: []string{filesMember}}, fileLink)
}

// file adds the columns of a file.
func (b *columnBuilder) file(l int) {
	for _, c := range []providers.Column{
		{Name: idColumn, Type: sqltypes.Of(sqltypes.UUID), ReadOnly: true, Description: "the system's id of the file"},
		{Name: "filename", Type: sqltypes.Of(sqltypes.Varchar), Nullable: true, Description: "name of the file, behind that of the form and the keys of the record"},
		{Name: "href", Type: sqltypes.Of(sqltypes.Varchar), Nullable: true, Description: "address from which the file is to be had"},
		{Name: "comment", Type: sqltypes.Of(sqltypes.Varchar), Nullable: true},
	} {
		b.add(column{Column: c, level: l, path: []string{c.Name}})
	}
}
