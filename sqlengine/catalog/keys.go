package catalog

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// foreignKey is a relation to one row of another table.
type foreignKey struct {
	providers.Navigation
	name string
}

// foreignKeys are the relations of a table that lead to one row at most and
// whose columns are known. Two relations over the same columns are one key.
func foreignKeys(t *providers.TableInfo) (keys []foreignKey) {
	seen := map[string]bool{}
	for _, n := range t.Navigations {
		if n.Collection || len(n.Pairs) == 0 {
			continue
		}
		k := foreignKey{Navigation: n}
		own := make([]string, len(n.Pairs))
		for i, p := range n.Pairs {
			own[i] = t.Columns[p.Column].Name
		}
		k.name = "FK_" + t.Name + "_" + strings.Join(own, "_") + "_REF_" + n.Table + "_" + strings.Join(k.others(), "_")
		if k.Schema == "" {
			k.Schema = t.Schema
		}
		if !seen[k.name] {
			seen[k.name] = true
			keys = append(keys, k)
		}
	}
	return keys
}

// others are the columns referred to.
func (k *foreignKey) others() []string {
	names := make([]string, len(k.Pairs))
	for i, p := range k.Pairs {
		names[i] = p.Other
	}
	return names
}

func keyColumns(t *providers.TableInfo) map[int]bool {
	key := map[int]bool{}
	for _, column := range t.Key {
		key[column] = true
	}
	return key
}

// primaryKey names the primary key of a table.
func primaryKey(t *providers.TableInfo) string {
	names := make([]string, len(t.Key))
	for i, column := range t.Key {
		names[i] = t.Columns[column].Name
	}
	return primaryKeyName(t.Name, names)
}

func primaryKeyName(table string, columns []string) string {
	return "PK_" + table + "_" + strings.Join(columns, "_")
}
