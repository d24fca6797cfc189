package epicor

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ providers.ProcedureProvider = (*Provider)(nil)

// ProcedureSchemas lists the services, whose methods are procedures, and the
// function libraries of v2.
func (p *Provider) ProcedureSchemas(ctx context.Context) ([]string, error) {
	c, err := p.known(ctx)
	if err != nil {
		return nil, err
	}
	names, err := c.serviceNames(ctx)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return strings.EqualFold(n, baqSchema) })
	libraries, err := c.libraryNames(ctx)
	if err != nil && !unlisted(err) {
		return nil, err
	}
	for _, l := range libraries {
		names = append(names, functionPrefix+l)
	}
	return names, nil
}

// Procedures lists the methods of a service or the functions of a library.
func (p *Provider) Procedures(ctx context.Context, schema string) ([]providers.ProcedureName, error) {
	if p.isBAQ(schema) {
		return nil, nil
	}
	c, err := p.known(ctx)
	if err != nil {
		return nil, err
	}
	s, err := c.procedures(ctx, p.schema(schema))
	if err != nil {
		return nil, err
	}
	var list []providers.ProcedureName
	for _, m := range s.methods {
		list = append(list, providers.ProcedureName{Schema: s.name, Name: m.info.Name, Description: m.info.Description})
	}
	return list, nil
}

// Procedure finds a method of a service or a function of a library. A function
// of a library whose description tells none is taken at its word: it has one
// parameter, request, which is the JSON object that it is called with.
func (p *Provider) Procedure(ctx context.Context, schema, name string) (providers.Procedure, error) {
	if p.isBAQ(schema) {
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("%s has no procedures: BAQs are views", baqSchema)}
	}
	c, err := p.known(ctx)
	if err != nil {
		return nil, err
	}
	s, err := c.procedures(ctx, p.schema(schema))
	if err != nil {
		return nil, err
	}
	var fold *method
	names := make([]string, len(s.methods))
	for i, m := range s.methods {
		if names[i] = m.info.Name; names[i] == name {
			return m, nil
		}
		if fold == nil && strings.EqualFold(names[i], name) {
			fold = m
		}
	}
	switch {
	case fold != nil:
		return fold, nil
	case s.undescribed && plausible(name):
		return c.undescribedFunction(s, name), nil
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("%s has no method %q%s", s.name, name, nearest.Suffix(name, names))}
}

// methodSet is what is known of the procedures of a service or library.
type methodSet struct {
	name    string
	methods []*method
	address string
	// undescribed says that the library's document names no function.
	undescribed bool
}

// procedures reads the description of a service's methods, or of a library.
func (c *catalog) procedures(ctx context.Context, schema string) (*methodSet, error) {
	return c.methods.At(strings.ToLower(schema)).Get(ctx, nil, func(ctx context.Context) (*methodSet, error) {
		if library, ok := cutFunctionPrefix(schema); ok {
			return c.library(ctx, library)
		}
		missing := error(&providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no service %q", schema)})
		if plausible(schema) {
			s, err := c.methodsOf(ctx, schema)
			if !errors.Is(err, providers.KindNotFound) {
				return s, err
			}
			missing = err
		}
		full, err := find(ctx, "service", schema, missing, c.serviceNames)
		if err != nil {
			return nil, err
		}
		s, err := c.methodsOf(ctx, full)
		if errors.Is(err, providers.KindNotFound) {
			return &methodSet{name: full}, nil // listed, and described nowhere
		}
		return s, err
	})
}

// methodsOf reads the methods of a service from its description, which tells
// parameters, outputs and which of them only read; where a server has none, from
// the actions and functions of its metadata.
//
// Both generations have the descriptions at /api/swagger/{version}/methods; that
// those of v2 end in .json is a client's word.
func (c *catalog) methodsOf(ctx context.Context, service string) (*methodSet, error) {
	p := c.p
	address, suffix := p.set.root+"/api/swagger/v1/methods/"+service, ""
	if p.set.traits.Version == odata.V4 {
		address, suffix = p.set.root+"/api/swagger/v2/methods/"+service, ".json"
	}
	list, err := c.describedAt(ctx, address+suffix)
	if unlisted(err) && suffix != "" {
		list, err = c.describedAt(ctx, address)
	}
	if unlisted(err) || err == nil && len(list) == 0 {
		list, err = c.metadataMethods(ctx, service)
	}
	if err != nil {
		return nil, err
	}
	s := &methodSet{name: c.spelling(service), address: c.home().services + "/" + service}
	for _, d := range list {
		// These read by their definition, wherever that is not told.
		if slices.Contains(readers, d.name) {
			d.reads = true
		}
		s.methods = append(s.methods, c.newMethod(s.name, s.address, d, false))
	}
	return s, nil
}

// readers are the standard methods of every business object that only read.
var readers = []string{"GetByID", "GetBySysRowID", "GetBySysRowIDs", "GetList", "GetRows"}

// spelling is the name of a service as the list of services has it, if that has
// been read.
func (c *catalog) spelling(service string) string {
	names, _ := c.names.Current()
	for _, n := range names {
		if strings.EqualFold(n, service) {
			return n
		}
	}
	return service
}

// describedAt reads a description of methods.
func (c *catalog) describedAt(ctx context.Context, address string) ([]*described, error) {
	resp, err := c.p.get(ctx, address, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Release()
	return readMethods(resp.Body), nil
}

// unlisted says that a server does not have a document: whoever may not read it
// may still call what it describes.
func unlisted(err error) bool {
	return errors.Is(err, providers.KindNotFound) || errors.Is(err, providers.KindPermission) || errors.Is(err, providers.KindServer) ||
		errors.Is(err, providers.KindBusiness) || errors.Is(err, providers.KindResponse)
}

// metadataMethods reads the operations of a service's $metadata: a function of
// OData changes nothing, an action may. What they give back is told by their
// answers alone.
func (c *catalog) metadataMethods(ctx context.Context, service string) ([]*described, error) {
	resp, err := c.p.get(ctx, c.home().services+"/"+service+"/$metadata", "application/xml")
	if err != nil {
		return nil, err
	}
	defer resp.Release()
	return readOperations(resp.Body)
}

// xmlOperation is an Action or Function of V4, or a FunctionImport of V3.
type xmlOperation struct {
	Name       string `xml:"Name,attr"`
	IsBound    string `xml:"IsBound,attr"`
	Parameters []struct {
		Name string `xml:"Name,attr"`
		Type string `xml:"Type,attr"`
	} `xml:"Parameter"`
}

func readOperations(csdl []byte) ([]*described, error) {
	var doc struct {
		Schemas []struct {
			Actions   []xmlOperation `xml:"Action"`
			Functions []xmlOperation `xml:"Function"`
			Imports   []xmlOperation `xml:"EntityContainer>FunctionImport"`
		} `xml:"DataServices>Schema"`
	}
	if err := xml.Unmarshal(csdl, &doc); err != nil {
		return nil, &providers.Error{Kind: providers.KindResponse, Message: "the metadata is not XML: " + err.Error(), Err: err}
	}
	var out []*described
	seen := map[string]bool{}
	add := func(list []xmlOperation, reads bool) {
		for _, x := range list {
			if x.Name == "" || x.IsBound == "true" || seen[x.Name] {
				continue
			}
			seen[x.Name] = true
			d := &described{name: x.Name, reads: reads}
			for _, q := range x.Parameters {
				d.parameters = append(d.parameters, parameter(q.Name, operandType(q.Type), false, ""))
			}
			out = append(out, d)
		}
	}
	for _, s := range doc.Schemas {
		add(s.Actions, false)
		add(s.Functions, true)
		add(s.Imports, false)
	}
	slices.SortFunc(out, func(a, b *described) int { return cmp.Compare(a.name, b.name) })
	return out, nil
}

// operandType is the type of a parameter in metadata.
func operandType(edm string) sqltypes.Type {
	kinds := map[string]sqltypes.Kind{
		"Edm.Boolean": sqltypes.Bool, "Edm.Byte": sqltypes.Integer, "Edm.Int16": sqltypes.Integer, "Edm.Int32": sqltypes.Integer, "Edm.Int64": sqltypes.BigInt,
		"Edm.Decimal": sqltypes.Decimal, "Edm.Double": sqltypes.Decimal, "Edm.String": sqltypes.Varchar, "Edm.Guid": sqltypes.UUID,
		"Edm.DateTime": sqltypes.Timestamp, "Edm.DateTimeOffset": sqltypes.Timestamp, "Edm.Date": sqltypes.Date,
	}
	if k, plain := kinds[edm]; plain {
		return sqltypes.Of(k)
	}
	return sqltypes.Of(sqltypes.JSON)
}
