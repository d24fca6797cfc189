package csvdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// Provider is a directory of CSV files. It is safe for concurrent use, since
// it keeps nothing.
type Provider struct{ directory string }

var _ providers.Provider = Provider{}

// New makes a provider of a directory. It does no I/O.
func New(directory string) Provider { return Provider{directory} }

const schema = "csv"

// Ping proves that the directory can be read.
func (p Provider) Ping(ctx context.Context) error {
	if _, err := os.Stat(p.directory); err != nil {
		return &providers.Error{Kind: providers.KindConnection, Message: fmt.Sprintf("the directory cannot be read: %v", err), Err: err}
	}
	return ctx.Err()
}

// DefaultSchema is where a bare name is looked up.
func (Provider) DefaultSchema() string { return schema }

// Schemas lists the one schema there is.
func (Provider) Schemas(context.Context) ([]providers.Schema, error) {
	return []providers.Schema{{Name: schema, Description: "CSV files"}}, nil
}

// Tables lists the files.
func (p Provider) Tables(_ context.Context, name string) ([]providers.TableName, error) {
	if !strings.EqualFold(name, schema) {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(p.directory, "*.csv"))
	var tables []providers.TableName
	for _, f := range files {
		tables = append(tables, providers.TableName{Schema: schema, Name: strings.TrimSuffix(filepath.Base(f), ".csv")})
	}
	return tables, err
}

// Table finds a file and reads its first line.
func (p Provider) Table(ctx context.Context, inSchema, name string) (providers.Table, error) {
	path, name, err := p.file(ctx, inSchema, name)
	if err != nil {
		return nil, err
	}
	return openTable(path, name)
}

// file finds a table's file without regard to case, and the table's own name.
func (p Provider) file(ctx context.Context, inSchema, name string) (path, tableName string, err error) {
	if inSchema == "" {
		inSchema = schema
	}
	tables, err := p.Tables(ctx, inSchema)
	if err != nil {
		return "", "", err
	}
	known := make([]string, len(tables))
	for i, t := range tables {
		known[i] = t.Name
		if strings.EqualFold(t.Name, name) {
			return filepath.Join(p.directory, t.Name+".csv"), t.Name, nil
		}
	}
	return "", "", &providers.Error{Kind: providers.KindNotFound, Err: fs.ErrNotExist,
		Message: fmt.Sprintf("there is no table %s.%s; there is %s", inSchema, name, strings.Join(known, ", "))}
}

// Refresh has nothing to forget.
func (Provider) Refresh() {}

// Close has nothing to end.
func (Provider) Close() error { return nil }

// damaged says where a file cannot be understood.
func damaged(table string, line int, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &providers.Error{Kind: providers.KindResponse, Err: errors.Unwrap(err),
		Message: fmt.Sprintf("%s.csv, line %d: %v", table, line, err)}
}
