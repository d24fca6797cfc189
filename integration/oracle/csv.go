package oracle

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// ReadSet reads all rows of one set from its CSV file, in the file's order, typed as tables.sql declares its columns.
func ReadSet(files fs.FS, dir, table string) (a Answer, err error) {
	if a.Types, err = columnTypes(table); err != nil {
		return Answer{}, err
	}
	f, err := files.Open(path.Join(dir, table+".csv"))
	if err != nil {
		return Answer{}, err
	}
	records, err := csv.NewReader(f).ReadAll()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", table, err)
	}
	a.Names = records[0]
	for _, record := range records[1:] {
		row := make([]Cell, len(record))
		for i, text := range record {
			if row[i], err = csvCell(a.Types[i], text); err != nil {
				return Answer{}, fmt.Errorf("%s: column %s: %w", table, a.Names[i], err)
			}
		}
		a.Rows = append(a.Rows, row)
	}
	return a, nil
}

func csvCell(t Type, text string) (Cell, error) {
	if text == "NULL" {
		return Cell{Null: true, Type: t}, nil
	}
	if t == Bytes {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return Cell{}, err
		}
		text = hex.EncodeToString(b)
	}
	return FromText(t, text)
}

var typeWords = map[string]Type{
	"varchar": Varchar, "text": Text, "integer": Int4, "bigint": Int8, "smallint": Int2, "boolean": Bool,
	"decimal": Numeric, "double": Float8, "date": Date, "time": Time, "timestamptz": TimestampTZ, "uuid": UUID,
}

// columnTypes reads the types out of tables.sql, so that they are written once.
func columnTypes(table string) ([]Type, error) {
	_, rest, found := strings.Cut(tablesSQL, "create table "+strings.ToLower(table)+"(")
	if !found {
		return nil, fmt.Errorf("no table %q in tables.sql", table)
	}
	rest, _, _ = strings.Cut(rest, ");")
	var types []Type
	for _, column := range strings.Split(rest, ", ") {
		words := strings.Fields(column)
		if words[0] == "primary" || strings.HasPrefix(column, "primary key") {
			break
		}
		if len(words) < 2 {
			return nil, fmt.Errorf("table %s: %q is no column", table, column)
		}
		word, _, _ := strings.Cut(words[1], "(")
		t, ok := typeWords[word]
		if !ok {
			return nil, fmt.Errorf("table %s: type %q of column %s is not known", table, word, words[0])
		}
		if words[0] == "thumb" {
			t = Bytes // loaded as text, then decoded
		}
		types = append(types, t)
	}
	return types, nil
}
