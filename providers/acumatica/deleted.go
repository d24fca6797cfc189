package acumatica

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

const (
	// deletedRecords is the table of records that were removed, for synchronization;
	// see "DAC-Based OData: Data Retrieval" in the user guide.
	deletedRecords = "DeletedRecords"
	// deletedRecordsFunction gives the removed records of the class before it.
	deletedRecordsFunction = "GetDeletedRecords"
	deletedRecordsPath     = "{" + classColumn + "}/px." + deletedRecordsFunction + "()"
	// classColumn is the input that says of which class.
	classColumn = "Class"
)

// addDeletedRecords adds the table of removed records. Their columns are what the
// metadata says that the function returns, or what the guide does.
func (f *feed) addDeletedRecords() {
	if f.model.Find(deletedRecords) != nil {
		return
	}
	s := &odata.Set{Name: deletedRecords, Description: "ids of the records of a class that were removed, as far as the site tracks them", Properties: f.deletedColumns()}
	for i := range s.Properties {
		s.Order = append(s.Order, i)
	}
	s.Properties = append(s.Properties, odata.Property{Path: []string{classColumn}, InPath: true, Column: providers.Column{
		Name: classColumn, Type: sqltypes.Of(sqltypes.Varchar), Input: true, Hidden: true, Required: true, Description: "the class that the records are of"}})
	f.deleted, f.listed = s, append(f.listed, s)
}

func (f *feed) deletedColumns() []odata.Property {
	for _, o := range f.model.Operations {
		if o.Collection && strings.HasSuffix(o.Wire, "."+deletedRecordsFunction) && o.Result != nil && !o.Result.Plain {
			return o.Result.Items.Properties
		}
	}
	return []odata.Property{
		{Path: []string{"NoteID"}, Edm: "Edm.Guid", Column: providers.Column{Name: "NoteID", Type: sqltypes.Of(sqltypes.UUID), Nullable: true}},
		{Path: []string{"DeleteDate"}, Edm: "Edm.DateTimeOffset", Column: providers.Column{Name: "DeleteDate", Type: sqltypes.Of(sqltypes.TimestampTZ), Nullable: true}},
	}
}
