package procedures

import (
	"context"
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/internal/oauth"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Options are what the built-in procedures know of the connection.
type Options struct {
	// CallbackURL is the property where the user has set it, "" where it is left
	// at its default: a web application has an address of its own, so that the
	// default is never the one it means.
	CallbackURL string
}

// New joins the built-in procedures with those of a provider that has some.
// signIn is nil where the connection does not sign in by OAuth: the procedures
// are there all the same, and say so when they are called.
func New(p providers.Provider, signIn oauth.SignIn, o Options) providers.ProcedureProvider {
	r := &registry{builtins: builtins(signIn, o)}
	r.system, _ = p.(providers.ProcedureProvider)
	return r
}

// registry finds built-in procedures by their bare names, and those of the
// system by their schemas.
type registry struct {
	builtins []*builtin
	system   providers.ProcedureProvider // nil if the provider has no procedures
}

func (r *registry) ProcedureSchemas(ctx context.Context) ([]string, error) {
	if r.system == nil {
		return nil, nil
	}
	return r.system.ProcedureSchemas(ctx)
}

func (r *registry) Procedures(ctx context.Context, schema string) ([]providers.ProcedureName, error) {
	switch {
	case schema == "":
		var names []providers.ProcedureName
		for _, b := range r.builtins {
			names = append(names, providers.ProcedureName{Name: b.info.Name, Description: b.info.Description})
		}
		return names, nil
	case r.system == nil:
		return nil, nil
	}
	return r.system.Procedures(ctx, schema)
}

func (r *registry) Procedure(ctx context.Context, schema, name string) (providers.Procedure, error) {
	if schema != "" && r.system != nil {
		return r.system.Procedure(ctx, schema, name)
	}
	var names []string
	for _, b := range r.builtins {
		if schema == "" && strings.EqualFold(b.info.Name, name) {
			return b, nil
		}
		names = append(names, b.info.Name)
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no procedure %q%s", name, nearest.Suffix(name, names))}
}

// builtin is a procedure of the driver's own.
type builtin struct {
	info *providers.ProcedureInfo
	run  func(ctx context.Context, in inputs) ([]sqltypes.Value, error)
}

func (b *builtin) Info() *providers.ProcedureInfo { return b.info }

// Call runs the procedure, which answers with one row.
func (b *builtin) Call(ctx context.Context, args []sqltypes.Value, _ *providers.Budget) ([]providers.ResultSet, error) {
	in := inputs{}
	for i := range b.info.Parameters {
		in[b.info.Parameters[i].Name] = strings.TrimSpace(args[i].Text())
	}
	row, err := b.run(ctx, in)
	if err != nil {
		return nil, err
	}
	return []providers.ResultSet{providers.NewResultSet(b.info.Results, row)}, nil
}

// inputs are the values of a call by the names of the parameters; "" is one
// that was not given.
type inputs map[string]string
