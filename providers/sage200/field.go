package sage200

import (
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// field is one member of a resource, as an OpenAPI document or $metadata=true
// describes it.
type field struct {
	Name, Type, Format, Description string
	MaxLength                       int
	ReadOnly                        bool
	Members                         []field // of an object, or of the elements of an array
}

// maxDepth bounds the flattening of objects within objects.
const maxDepth = 3

func (f *field) isArray() bool  { return f.kind() == "array" }
func (f *field) isObject() bool { return f.kind() == "object" }

// kind is the field's type in the words of JSON Schema, which the names of .NET
// types are taken for too.
func (f *field) kind() string {
	t := strings.ToLower(f.Type)
	switch {
	case t == "" && len(f.Members) > 0, strings.HasPrefix(t, "obj"), strings.HasPrefix(t, "complex"):
		return "object"
	case strings.HasPrefix(t, "array"), strings.HasPrefix(t, "collection"), strings.HasPrefix(t, "list"), strings.HasSuffix(t, "[]"):
		return "array"
	}
	return t
}

// property makes the column of a field that is no object with known members.
func (f *field) property(path []string) odata.Property {
	p := odata.Property{Path: path, Column: providers.Column{
		Name: strings.Join(path, "_"), Nullable: true, Description: f.Description, ReadOnly: f.ReadOnly,
	}}
	kind, format := f.kind(), strings.ToLower(f.Format)
	both := kind + " " + format
	switch {
	case kind == "array" || kind == "object":
		p.Type, p.Hidden, p.Expanded = sqltypes.Of(sqltypes.JSON), true, true
	case strings.Contains(both, "int64") || strings.HasPrefix(kind, "long"):
		p.Type, p.Edm = sqltypes.Of(sqltypes.BigInt), "Edm.Int64"
	case strings.Contains(both, "int16") || strings.HasPrefix(kind, "short"):
		p.Type, p.Edm = sqltypes.Of(sqltypes.SmallInt), "Edm.Int16"
	case strings.HasPrefix(kind, "int"):
		p.Type, p.Edm = sqltypes.Of(sqltypes.Integer), "Edm.Int32"
		if kind == "integer" && format == "" {
			p.Type, p.Edm = sqltypes.Of(sqltypes.BigInt), "Edm.Int64"
		}
	case strings.HasPrefix(kind, "bool"):
		p.Type, p.Edm = sqltypes.Of(sqltypes.Bool), "Edm.Boolean"
	case strings.Contains(both, "float") || strings.Contains(both, "double") || strings.HasPrefix(kind, "single"):
		p.Type = sqltypes.Of(sqltypes.Double) // compared here: "not" would be needed for NaN
	case strings.HasPrefix(kind, "num") || strings.HasPrefix(kind, "decimal"):
		p.Type, p.Edm = sqltypes.DecimalType(sqltypes.Unlimited, places(both)), "Edm.Decimal"
	case strings.Contains(both, "date-time") || strings.HasPrefix(kind, "datetime"):
		p.Type, p.Edm = sqltypes.Of(sqltypes.TimestampTZ), "Edm.DateTimeOffset"
	case strings.Contains(both, "date"):
		p.Type, p.Edm = sqltypes.Of(sqltypes.Date), "Edm.Date"
	case strings.Contains(both, "guid") || strings.Contains(both, "uuid"):
		p.Type = sqltypes.VarcharType(36) // no literal for one is documented
	case strings.HasPrefix(kind, "str"), strings.HasPrefix(kind, "enum"):
		p.Type, p.Edm = sqltypes.VarcharType(sqltypes.Unlimited), "Edm.String"
		if f.MaxLength > 0 {
			p.Type = sqltypes.VarcharType(f.MaxLength)
		}
		p.Coded = f.isCoded()
	default:
		p.Type = sqltypes.Of(sqltypes.JSON)
	}
	if len(path) > 1 {
		p.Hidden, p.Expanded, p.Coded, p.Edm = true, true, false, ""
	}
	return p
}

// isCoded says whether a text is the name of an enumeration's member, or probably
// is: the vendor's documents do not tell them from other texts. The server takes
// the number of a member for it; so whatever may be one is only compared for
// equality.
func (f *field) isCoded() bool {
	if strings.HasPrefix(strings.ToLower(f.Type), "enum") {
		return true
	}
	for _, part := range [...]string{"status", "type", "method", "basis", "position", "intent"} {
		if f.Name == part || strings.HasSuffix(f.Name, "_"+part) {
			return true
		}
	}
	return false
}

// places reads "decimal 5dp"; a number that does not say how many places it has
// may have any.
func places(format string) int {
	before, _, ok := strings.Cut(format, "dp")
	if i := strings.LastIndexByte(before, ' '); ok {
		if n, err := strconv.Atoi(before[i+1:]); err == nil && n >= 0 && n <= 30 {
			return n
		}
	}
	return sqltypes.Unlimited
}

// properties makes the columns of a table. The members of an object become
// columns of their own, delivery_address_city, after all plain ones: those keep
// their names.
func properties(fields []field) []odata.Property {
	var all []odata.Property
	taken := map[string]int{}
	add := func(p odata.Property) {
		name := p.Name
		for taken[p.Name] > 0 {
			taken[name]++
			p.Name = name + strconv.Itoa(taken[name])
		}
		taken[p.Name] = 1
		all = append(all, p)
	}
	for i := range fields {
		if f := &fields[i]; !f.isObject() && !f.isArray() {
			add(f.property([]string{f.Name}))
		}
	}
	for i := range fields {
		if f := &fields[i]; f.isObject() || f.isArray() {
			flatten(f, nil, add)
		}
	}
	return all
}

func flatten(f *field, parents []string, add func(odata.Property)) {
	path := append(slices.Clone(parents), f.Name)
	if !f.isObject() || len(f.Members) == 0 || len(path) >= maxDepth {
		add(f.property(path))
		return
	}
	for i := range f.Members {
		flatten(&f.Members[i], path, add)
	}
}
