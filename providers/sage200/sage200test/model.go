package sage200test

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

//go:embed model.txt
var modelText string

// resource is one collection of the API.
type resource struct {
	name, verbs, path string // path is name, or lies under another resource
	rows              int
	fields            []column
	objects           []object
}

// column is a plain field.
type column struct {
	name     string
	kind     byte // of the model's notation
	size     int  // length or places
	nullable bool
	of       string // the enumeration, or the resource whose ids it holds
}

// object is a field that comes only when expanded: fields of the row itself, the
// row of another resource, or several of them.
type object struct {
	name   string
	fields []column // in the row, stored as name__field
	target string   // resource
	column string   // here for one row, there for many
	many   bool
}

// enumerations are those of the model. The database keeps numbers, in this
// order, from 0.
var enumerations = map[string][]string{
	"AccountStatus":         {"Active", "Hidden"},
	"DocumentStatus":        {"EnumDocumentStatusLive", "EnumDocumentStatusOnHold", "EnumDocumentStatusCompleted", "EnumDocumentStatusDispute", "EnumDocumentStatusCancelled"},
	"ExchangeRateType":      {"Spot", "Single"},
	"LineType":              {"EnumLineTypeStandard", "EnumLineTypeFreeText", "EnumLineTypeCharge", "EnumLineTypeComment"},
	"NominalAccountType":    {"EnumNominalAccountTypePosting", "EnumNominalAccountTypeMemo", "EnumNominalAccountTypeGroup"},
	"ProductStatus":         {"Active", "Inactive", "ReadyForDeletion"},
	"SOPOrderPaymentType":   {"EnumSOPOrderPaymentTypeFull", "EnumSOPOrderPaymentTypePart"},
	"TraderTransactionType": {"TradingAccountEntryTypeInvoice", "TradingAccountEntryTypeCreditNote", "TradingAccountEntryTypeReceipt", "TradingAccountEntryTypePayment"},
}

func ownResources() []*resource {
	var list []*resource
	for line := range strings.Lines(modelText) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case line[0] != ' ':
			n, err := strconv.Atoi(words[1])
			if err != nil {
				panic("sage200test: model: " + line)
			}
			r := &resource{name: words[0], path: words[0], rows: n, verbs: words[2]}
			if len(words) > 3 {
				r.path = words[3]
			}
			list = append(list, r)
		default:
			list[len(list)-1].define(words)
		}
	}
	return list
}

func (r *resource) define(words []string) {
	switch {
	case len(words) > 2 && words[1] == "{":
		r.objects = append(r.objects, object{name: words[0], fields: columns(words[2 : len(words)-1])})
	case len(words) == 4 && words[1] == "->":
		r.objects = append(r.objects, object{name: words[0], target: words[2], column: words[3]})
	case len(words) == 4 && words[1] == "[]":
		r.objects = append(r.objects, object{name: words[0], target: words[2], column: words[3], many: true})
	default:
		r.fields = append(r.fields, columns(words)...)
	}
}

func columns(words []string) []column {
	var list []column
	for _, w := range words {
		name, t, ok := strings.Cut(w, ":")
		if !ok || t == "" {
			panic("sage200test: model: " + w)
		}
		c := column{name: name, kind: t[0]}
		t = t[1:]
		if c.kind == 'e' {
			c.of = strings.TrimPrefix(t, ":")
		} else {
			t, c.of, _ = strings.Cut(t, "=")
			c.nullable = strings.HasSuffix(t, "?")
			c.size, _ = strconv.Atoi(strings.TrimSuffix(t, "?")) // most kinds have none
		}
		list = append(list, c)
	}
	return list
}

// stored lists the columns as the database has them.
func (r *resource) stored() []column {
	all := append([]column(nil), r.fields...)
	for _, o := range r.objects {
		for _, c := range o.fields {
			c.name = o.name + "__" + c.name
			all = append(all, c)
		}
	}
	return all
}

func (r *resource) object(name string) *object {
	for i := range r.objects {
		if r.objects[i].name == name {
			return &r.objects[i]
		}
	}
	return nil
}

func (r *resource) has(name string) bool {
	for _, c := range r.fields {
		if c.name == name {
			return true
		}
	}
	return false
}

// set is the resource as package odatatest keeps it.
func (r *resource) set(all map[string]*resource) *odatatest.Set {
	s := &odatatest.Set{Name: r.name, Type: r.name + "_row"}
	cells := r.stored()
	for _, c := range cells {
		s.Columns = append(s.Columns, c.odata())
		if c.name == "id" {
			s.Key = []string{"id"}
		}
	}
	rows := make([][]odatatest.Value, r.rows)
	for i := range rows {
		for _, c := range cells {
			rows[i] = append(rows[i], r.value(c, i, all))
		}
	}
	s.Rows = odatatest.ValueRows(rows)
	return s
}

func (c column) odata() odatatest.Column {
	o := odatatest.Column{Name: c.name, Nullable: c.nullable}
	switch c.kind {
	case 'l':
		o.Type = odatatest.EdmInt64
	case 'i':
		o.Type = odatatest.EdmInt32
	case 'h':
		o.Type = odatatest.EdmInt16
	case 'b':
		o.Type = odatatest.EdmBoolean
	case 'n':
		o.Type, o.Precision, o.Scale = odatatest.EdmDecimal, 18, c.size
	case 's':
		o.Type, o.MaxLength = odatatest.EdmString, c.size
	case 't', 'd':
		o.Type = odatatest.EdmDateTimeOffset
	case 'e':
		o.Type, o.Enum = odatatest.EdmEnum, c.of
	default:
		panic(fmt.Sprintf("sage200test: field %s has kind %q", c.name, c.kind))
	}
	return o
}

// metadata describes a field as $metadata=true does.
func (c column) metadata() map[string]any {
	m := map[string]any{"name": c.name}
	switch c.kind {
	case 'l':
		m["type"], m["format"] = "integer", "int64"
	case 'i':
		m["type"], m["format"] = "integer", "int32"
	case 'h':
		m["type"], m["format"] = "integer", "int16"
	case 'b':
		m["type"] = "boolean"
	case 'n':
		m["type"], m["format"] = "number", fmt.Sprintf("decimal %ddp", c.size)
	case 't', 'd':
		m["type"], m["format"] = "string", "date-time"
	default:
		m["type"] = "string"
		if c.size > 0 {
			m["maxLength"] = c.size
		}
	}
	if c.name == "id" || strings.HasPrefix(c.name, "date_time_") {
		m["readOnly"] = true
	}
	return m
}

func (r *resource) metadata(all map[string]*resource) []map[string]any {
	var list []map[string]any
	for _, c := range r.fields {
		list = append(list, c.metadata())
	}
	for _, o := range r.objects {
		m := map[string]any{"name": o.name, "type": "object"}
		var inner []map[string]any
		for _, c := range o.fields {
			inner = append(inner, c.metadata())
		}
		if o.many {
			m["type"] = "array"
			for _, c := range all[o.target].fields {
				inner = append(inner, c.metadata())
			}
		}
		if inner != nil {
			m["properties"] = inner
		}
		list = append(list, m)
	}
	return list
}
