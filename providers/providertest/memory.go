package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Memory is a provider over rows in memory. It does every part of a request
// itself, by a small evaluator that shares no code with the engine's, so it is
// also the oracle for what a request means. It is safe for concurrent use once
// its tables are added.
type Memory struct {
	schema     string
	tables     []*memoryTable
	procedures []*MemoryProcedure
	// weaken may lower the verdicts of an answer before the scan is made.
	weaken func(*providers.TableInfo, *providers.ScanRequest, *providers.ScanPlan)
	chaos  *chaos
}

// MemoryTable is a table of a Memory and its rows.
type MemoryTable struct {
	Schema, Name string
	Columns      []providers.Column
	Key          []string // names of the key columns, in key order
	Navigations  []providers.Navigation
	// Rows hold a value a column. The values of Input columns are not looked
	// at: they read as the constant that the query gave.
	Rows [][]sqltypes.Value
	// Unsized tables do not tell how many rows they have.
	Unsized bool
	// Claimed, above 0, is how many rows the table says that it has: what is
	// done for many rows can be seen of few.
	Claimed int64
}

type memoryTable struct {
	*Memory
	info *providers.TableInfo
	rows [][]sqltypes.Value
}

// NewMemory makes a provider whose default schema is the given one.
func NewMemory(schema string) *Memory { return &Memory{schema: schema} }

// Add puts a table into the provider. A row of another length than Columns, a
// value of another storage than its column, or a key that is no column is an
// error that names the table.
func (m *Memory) Add(t MemoryTable) error {
	info := &providers.TableInfo{Schema: t.Schema, Name: t.Name, Columns: t.Columns, Navigations: t.Navigations, Rows: int64(len(t.Rows))}
	if info.Schema == "" {
		info.Schema = m.schema
	}
	switch {
	case t.Unsized:
		info.Rows = providers.Unknown
	case t.Claimed > 0:
		info.Rows = t.Claimed
	}
	for _, k := range t.Key {
		at := info.Find(k)
		if at < 0 {
			return fmt.Errorf("table %s: key column %s is not there", t.Name, k)
		}
		info.Key = append(info.Key, at)
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("table %s: row %d has %d values, there are %d columns", t.Name, i+1, len(row), len(t.Columns))
		}
		for c, v := range row {
			if v.Null && !t.Columns[c].Nullable || !v.Null && v.Kind.Storage() != t.Columns[c].Type.Kind.Storage() {
				return fmt.Errorf("table %s: row %d: %s is no value of column %s %s", t.Name, i+1, v, t.Columns[c].Name, t.Columns[c].Type)
			}
		}
	}
	m.tables = append(m.tables, &memoryTable{Memory: m, info: info, rows: t.Rows})
	return nil
}

// Weakened returns a provider over the same tables whose answers f may lower:
// from Exact to Superset or None, never up. It is how a test makes a server
// that does less.
func (m *Memory) Weakened(f func(*providers.TableInfo, *providers.ScanRequest, *providers.ScanPlan)) *Memory {
	out := &Memory{schema: m.schema, procedures: m.procedures, weaken: f}
	for _, t := range m.tables {
		out.tables = append(out.tables, &memoryTable{Memory: out, info: t.info, rows: t.rows})
	}
	return out
}

// Ping answers at once.
func (m *Memory) Ping(ctx context.Context) error { return ctx.Err() }

// DefaultSchema is what NewMemory was given.
func (m *Memory) DefaultSchema() string { return m.schema }

// Refresh has nothing to forget.
func (m *Memory) Refresh() {}

// Close has nothing to end.
func (m *Memory) Close() error { return nil }

// Schemas lists the schemas of the tables.
func (m *Memory) Schemas(context.Context) ([]providers.Schema, error) {
	var out []providers.Schema
	for _, name := range m.schemaNames() {
		out = append(out, providers.Schema{Name: name})
	}
	return out, nil
}

func (m *Memory) schemaNames() []string {
	names := []string{m.schema}
	for _, t := range m.tables {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, t.info.Schema) }) {
			names = append(names, t.info.Schema)
		}
	}
	return names
}

// Tables lists the tables of a schema.
func (m *Memory) Tables(_ context.Context, schema string) ([]providers.TableName, error) {
	var out []providers.TableName
	for _, t := range m.tables {
		if strings.EqualFold(t.info.Schema, schema) {
			out = append(out, providers.TableName{Schema: t.info.Schema, Name: t.info.Name})
		}
	}
	return out, nil
}

// Table finds a table without regard to case.
func (m *Memory) Table(_ context.Context, schema, name string) (providers.Table, error) {
	var names []string
	for _, t := range m.tables {
		if !strings.EqualFold(t.info.Schema, schema) {
			continue
		}
		if strings.EqualFold(t.info.Name, name) {
			return t, nil
		}
		names = append(names, t.info.Name)
	}
	if names == nil && !strings.EqualFold(schema, m.schema) {
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("schema `%s` not found%s", schema, nearest.Suffix(schema, m.schemaNames()))}
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("table `%s` not found in %s%s", name, schema, nearest.Suffix(name, names))}
}

func (t *memoryTable) Info() *providers.TableInfo { return t.info }
