package oracle

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed tables.sql
var tablesSQL string

// URLVariable is the environment variable that names the PostgreSQL to ask, as a URL or in its key=value form.
const URLVariable = "EPICORERP_POSTGRES"

// Tables are the names of the sets, in the metadata's spelling; each has a file of rows of the same name.
var Tables = []string{"Companies", "Customers", "Parts", "OrderHed", "OrderDtl", "Invoices"}

// Postgres is one connection to a PostgreSQL server. The rows are in temporary tables of that connection, so that
// several tests may ask the same server at once, and nothing is left behind.
type Postgres struct {
	conn *pgconn.PgConn
}

// OpenPostgres connects to url and loads the CSV files of dir.
func OpenPostgres(ctx context.Context, url string, files fs.FS, dir string) (*Postgres, error) {
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	p := &Postgres{conn: conn}
	if err := p.load(ctx, files, dir); err != nil {
		return nil, errors.Join(fmt.Errorf("load the rows into PostgreSQL: %w", err), p.Close())
	}
	return p, nil
}

func (p *Postgres) load(ctx context.Context, files fs.FS, dir string) error {
	const setup = `set search_path = pg_temp; set timezone = 'UTC'; set extra_float_digits = 1;`
	if err := p.exec(ctx, setup+tablesSQL); err != nil {
		return err
	}
	for _, table := range Tables {
		f, err := files.Open(path.Join(dir, table+".csv"))
		if err != nil {
			return err
		}
		_, err = p.conn.CopyFrom(ctx, f, "copy "+table+" from stdin with (format csv, header, null 'NULL')")
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return p.exec(ctx, "alter table parts alter thumb type bytea using decode(thumb, 'base64'); analyze")
}

func (p *Postgres) exec(ctx context.Context, sql string) error {
	_, err := p.conn.Exec(ctx, sql).ReadAll()
	return err
}

// Close ends the connection.
func (p *Postgres) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return p.conn.Close(ctx)
}

// Ask runs the query's oracle form.
func (p *Postgres) Ask(ctx context.Context, q Query) (Answer, error) {
	values, types, err := bind(q.Args)
	if err != nil {
		return Answer{}, err
	}
	rows := p.conn.ExecParams(ctx, numbered(q.Oracle), values, types, nil, nil)
	var a Answer
	for rows.NextRow() && err == nil {
		var row []Cell
		row, err = textRow(rows.FieldDescriptions(), rows.Values())
		a.Rows = append(a.Rows, row)
	}
	for _, f := range rows.FieldDescriptions() {
		a.Types = append(a.Types, Type(f.DataTypeOID))
	}
	if _, cerr := rows.Close(); cerr != nil {
		return Answer{}, cerr
	}
	return a, err
}

func textRow(fields []pgconn.FieldDescription, values [][]byte) ([]Cell, error) {
	row := make([]Cell, len(values))
	for i, v := range values {
		t := Type(fields[i].DataTypeOID)
		if v == nil {
			row[i] = Cell{Null: true, Type: t}
			continue
		}
		var err error
		if row[i], err = FromText(t, string(v)); err != nil {
			return nil, fmt.Errorf("column %s: %w", fields[i].Name, err)
		}
	}
	return row, nil
}

// bind writes arguments in PostgreSQL's text form, with their types.
func bind(args []any) (values [][]byte, types []uint32, err error) {
	for _, arg := range args {
		switch v := arg.(type) {
		case nil:
			values, types = append(values, nil), append(types, uint32(Text))
		case int64:
			values, types = append(values, strconv.AppendInt(nil, v, 10)), append(types, uint32(Int8))
		case string:
			values, types = append(values, []byte(v)), append(types, uint32(Text))
		case bool:
			values, types = append(values, strconv.AppendBool(nil, v)), append(types, uint32(Bool))
		case time.Time:
			values, types = append(values, v.AppendFormat(nil, time.RFC3339Nano)), append(types, uint32(TimestampTZ))
		default:
			return nil, nil, fmt.Errorf("argument %v (%T): no PostgreSQL type for it", arg, arg)
		}
	}
	return values, types, nil
}
