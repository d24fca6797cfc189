package csvdir

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ providers.ProcedureProvider = Provider{}

// ProcedureSchemas lists the one schema there is.
func (Provider) ProcedureSchemas(context.Context) ([]string, error) { return []string{schema}, nil }

// Procedures lists the one procedure there is.
func (Provider) Procedures(_ context.Context, inSchema string) ([]providers.ProcedureName, error) {
	if !strings.EqualFold(inSchema, schema) {
		return nil, nil
	}
	return []providers.ProcedureName{{Schema: schema, Name: headInfo.Name, Description: headInfo.Description}}, nil
}

// Procedure finds a procedure without regard to case.
func (p Provider) Procedure(_ context.Context, inSchema, name string) (providers.Procedure, error) {
	if strings.EqualFold(inSchema, schema) && strings.EqualFold(name, headInfo.Name) {
		return head{p}, nil
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no procedure %s.%s; there is %s", inSchema, name, headInfo.Name)}
}

var headInfo = providers.ProcedureInfo{
	Schema: schema, Name: "Head", Description: "The first lines of a table's file, as they are.", ReadOnly: true,
	Parameters: []providers.Parameter{
		{Name: "Table", Type: sqltypes.Of(sqltypes.Varchar), Required: true},
		{Name: "Count", Type: sqltypes.Of(sqltypes.Integer), Default: sqltypes.Value{Kind: sqltypes.Integer, I: 10}},
	},
	Results: []providers.Column{{Name: "Line", Type: sqltypes.Of(sqltypes.Integer)}, {Name: "Text", Type: sqltypes.Of(sqltypes.Varchar)}},
}

// head is the procedure Head.
type head struct{ Provider }

func (head) Info() *providers.ProcedureInfo { return &headInfo }

// Call reads the lines. A value has come for each parameter, of its type: the
// default where none was given.
func (h head) Call(ctx context.Context, args []sqltypes.Value, _ *providers.Budget) ([]providers.ResultSet, error) {
	path, name, err := h.file(ctx, schema, args[0].S)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &providers.Error{Kind: providers.KindConnection, Message: fmt.Sprintf("%s.csv: %v", name, err), Err: err}
	}
	defer file.Close()
	var rows [][]sqltypes.Value
	text := bufio.NewScanner(file)
	for n := int64(1); n <= args[1].I && text.Scan(); n++ {
		rows = append(rows, []sqltypes.Value{{Kind: sqltypes.Integer, I: n}, sqltypes.StringValue(text.Text())})
	}
	if err := errors.Join(ctx.Err(), text.Err()); err != nil {
		return nil, err
	}
	return []providers.ResultSet{providers.NewResultSet(headInfo.Results, rows...)}, nil
}
