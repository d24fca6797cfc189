package odata

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The elements of a CSDL document, by local name: the namespaces differ from
// version to version, the names do not.
type (
	xmlStructured struct { // EntityType, ComplexType
		Name        string          `xml:"Name,attr"`
		BaseType    string          `xml:"BaseType,attr"`
		Key         []xmlRef        `xml:"Key>PropertyRef"`
		Properties  []xmlProperty   `xml:"Property"`
		Navigations []xmlNav        `xml:"NavigationProperty"`
		Notes       []xmlAnnotation `xml:"Annotation"`
		qualified   string          // name with its namespace
	}
	xmlRef struct {
		Name  string `xml:"Name,attr"`
		Alias string `xml:"Alias,attr"`
	}
	xmlProperty struct {
		Name           string          `xml:"Name,attr"`
		Type           string          `xml:"Type,attr"`
		Nullable       string          `xml:"Nullable,attr"`
		MaxLength      string          `xml:"MaxLength,attr"`
		Precision      string          `xml:"Precision,attr"`
		Scale          string          `xml:"Scale,attr"`
		CollectionKind string          `xml:"CollectionKind,attr"`
		Label          string          `xml:"label,attr"` // sap:label
		Summary        string          `xml:"Documentation>Summary"`
		Notes          []xmlAnnotation `xml:"Annotation"`
		Mode           string          `xml:"Mode,attr"` // of a parameter: In, Out or InOut
		FeedTarget     string          `xml:"FC_TargetPath,attr"`
		FeedKeep       string          `xml:"FC_KeepInContent,attr"`
		sapFilter
	}
	xmlNav struct {
		Name     string `xml:"Name,attr"`
		Type     string `xml:"Type,attr"`
		Nullable string `xml:"Nullable,attr"`
		Partner  string `xml:"Partner,attr"`
		Contains string `xml:"ContainsTarget,attr"`
		// V3 and V2 name an association and its ends instead of a type.
		Relationship string          `xml:"Relationship,attr"`
		FromRole     string          `xml:"FromRole,attr"`
		ToRole       string          `xml:"ToRole,attr"`
		Constraints  []xmlConstraint `xml:"ReferentialConstraint"`
	}
	xmlConstraint struct {
		Property   string `xml:"Property,attr"`
		Referenced string `xml:"ReferencedProperty,attr"`
		Principal  xmlEnd `xml:"Principal"`
		Dependent  xmlEnd `xml:"Dependent"`
	}
	xmlEnd struct {
		Role         string   `xml:"Role,attr"`
		Type         string   `xml:"Type,attr"`
		Multiplicity string   `xml:"Multiplicity,attr"`
		EntitySet    string   `xml:"EntitySet,attr"`
		Refs         []xmlRef `xml:"PropertyRef"`
	}
	xmlAssociation struct {
		Name        string          `xml:"Name,attr"`
		Association string          `xml:"Association,attr"` // of an AssociationSet
		Ends        []xmlEnd        `xml:"End"`
		Constraints []xmlConstraint `xml:"ReferentialConstraint"`
	}
	xmlEnum struct {
		Name    string      `xml:"Name,attr"`
		IsFlags string      `xml:"IsFlags,attr"`
		Members []xmlMember `xml:"Member"`
	}
	xmlMember struct {
		Name  string `xml:"Name,attr"`
		Value string `xml:"Value,attr"`
	}
	xmlTypeDefinition struct {
		Name       string `xml:"Name,attr"`
		Underlying string `xml:"UnderlyingType,attr"`
		MaxLength  string `xml:"MaxLength,attr"`
		Precision  string `xml:"Precision,attr"`
		Scale      string `xml:"Scale,attr"`
	}
	xmlContainer struct {
		Name            string           `xml:"Name,attr"`
		Extends         string           `xml:"Extends,attr"`
		Default         string           `xml:"IsDefaultEntityContainer,attr"` // V2 and V3
		Sets            []xmlSet         `xml:"EntitySet"`
		Singletons      []xmlSet         `xml:"Singleton"`
		AssociationSets []xmlAssociation `xml:"AssociationSet"`
		Functions       []xmlOperation   `xml:"FunctionImport"`
		Actions         []xmlOperation   `xml:"ActionImport"`
		Notes           []xmlAnnotation  `xml:"Annotation"`
	}
	// xmlOperation is a Function or Action, or the import of one.
	xmlOperation struct {
		Name       string          `xml:"Name,attr"`
		Function   string          `xml:"Function,attr"` // of a V4 FunctionImport
		Action     string          `xml:"Action,attr"`   // of an ActionImport
		EntitySet  string          `xml:"EntitySet,attr"`
		IsBound    string          `xml:"IsBound,attr"`    // V4
		IsBindable string          `xml:"IsBindable,attr"` // V3
		HTTPMethod string          `xml:"HttpMethod,attr"` // V2 and V3
		Effects    string          `xml:"IsSideEffecting,attr"`
		Returns    string          `xml:"ReturnType,attr"` // V2 and V3
		Return     *xmlProperty    `xml:"ReturnType"`
		Parameters []xmlProperty   `xml:"Parameter"`
		Summary    string          `xml:"Documentation>Summary"`
		Label      string          `xml:"label,attr"`
		Notes      []xmlAnnotation `xml:"Annotation"`
	}
	xmlSet struct {
		Name       string          `xml:"Name,attr"`
		EntityType string          `xml:"EntityType,attr"`
		Type       string          `xml:"Type,attr"` // of a singleton
		Bindings   []xmlBinding    `xml:"NavigationPropertyBinding"`
		Label      string          `xml:"label,attr"`
		Notes      []xmlAnnotation `xml:"Annotation"`
		sapSet
	}
	xmlBinding struct {
		Path   string `xml:"Path,attr"`
		Target string `xml:"Target,attr"`
	}
)

// document is a CSDL document as it was read, types by qualified name.
type document struct {
	version      Version
	v401         bool              // of V4, and beyond 4.0
	aliases      map[string]string // alias or namespace → namespace
	entities     map[string]*xmlStructured
	complexes    map[string]*xmlStructured
	enums        map[string]*Enum
	definitions  map[string]*xmlTypeDefinition
	associations map[string]*xmlAssociation
	containers   []container
	operations   map[string][]*xmlOperation // overloads by qualified name
	actions      map[*xmlOperation]bool
	names        []string // operations in the order of the document
	// order holds the structured types in the order of the document, derived the
	// types that have one as their base.
	order   []string
	derived map[string][]string
	notes   map[string][]xmlAnnotation // by target, what stands outside of it
}

type container struct {
	xmlContainer
	namespace string
	prefix    string            // of its members in paths
	renamed   map[string]string // sets whose name another container has, by that name
}

// ErrNotMetadata says that a document is XML but holds no CSDL schema.
var ErrNotMetadata = errors.New("not an OData metadata document: it has no Schema element")

// ReadModel reads a CSDL document in XML: V4 (edmx 4.0), V3 and V2 (edmx 1.0).
// What it does not know it skips; only broken XML, or XML that is no metadata,
// is an error.
func ReadModel(csdl []byte) (*Model, error) {
	d, err := readDocument(bytes.NewReader(csdl))
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return d.model(), nil
}

func readDocument(r io.Reader) (*document, error) {
	d := &document{
		version: V4, aliases: map[string]string{}, entities: map[string]*xmlStructured{},
		complexes: map[string]*xmlStructured{}, enums: map[string]*Enum{},
		definitions: map[string]*xmlTypeDefinition{}, associations: map[string]*xmlAssociation{},
		operations: map[string][]*xmlOperation{}, actions: map[*xmlOperation]bool{},
		derived: map[string][]string{}, notes: map[string][]xmlAnnotation{},
	}
	dec := xml.NewDecoder(r)
	namespace, schemas := "", 0
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "Edmx", "Reference", "Include":
			d.envelope(start)
		case "DataServices":
			d.envelope(start)
		case "Schema":
			schemas++
			namespace = attr(start, "Namespace")
			d.aliases[namespace] = namespace
			if a := attr(start, "Alias"); a != "" {
				d.aliases[a] = namespace
			}
			if strings.Contains(start.Name.Space, "/2009/11/edm") && d.version == V2 {
				d.version = V3 // the service of a V2 envelope uses V3's schema language
			}
		default:
			if err := d.element(dec, start, namespace); err != nil {
				return nil, err
			}
		}
	}
	if schemas == 0 {
		return nil, ErrNotMetadata
	}
	d.complete()
	return d, nil
}

// envelope learns the version. Edmx 1.0 covers V1 to V3; the services tell
// themselves apart by the greatest version that they take.
func (d *document) envelope(start xml.StartElement) {
	switch start.Name.Local {
	case "Edmx":
		if strings.HasPrefix(attr(start, "Version"), "1") {
			d.version = V3
		}
		d.v401 = strings.HasPrefix(attr(start, "Version"), "4.0") && attr(start, "Version") != "4.0"
	case "DataServices":
		if d.version == V4 {
			return
		}
		if greatest := attr(start, "MaxDataServiceVersion"); greatest != "" {
			if greatest < "3" {
				d.version = V2
			}
		} else if v := attr(start, "DataServiceVersion"); v != "" && v < "3" {
			d.version = V2
		}
	case "Include":
		if a := attr(start, "Alias"); a != "" {
			d.aliases[a] = attr(start, "Namespace")
		}
	}
}

func attr(start xml.StartElement, local string) string {
	for _, a := range start.Attr {
		if a.Name.Local == local && a.Name.Space != "xmlns" {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// element reads a child of a schema.
func (d *document) element(dec *xml.Decoder, start xml.StartElement, namespace string) error {
	name := namespace + "." + attr(start, "Name")
	switch start.Name.Local {
	case "EntityType":
		return decode(dec, start, func(t *xmlStructured) { d.structured(d.entities, name, t) })
	case "ComplexType":
		return decode(dec, start, func(t *xmlStructured) { d.structured(d.complexes, name, t) })
	case "EnumType":
		return decode(dec, start, func(t *xmlEnum) { d.enums[name] = enumOf(name, t) })
	case "TypeDefinition":
		return decode(dec, start, func(t *xmlTypeDefinition) { d.definitions[name] = t })
	case "Association":
		return decode(dec, start, func(t *xmlAssociation) { d.associations[name] = t })
	case "Function", "Action":
		return decode(dec, start, func(o *xmlOperation) { d.operation(name, start.Name.Local == "Action", o) })
	case "Annotations":
		target := attr(start, "Target")
		return decode(dec, start, func(t *xmlAnnotations) { d.notes[target] = append(d.notes[target], t.Notes...) })
	case "EntityContainer":
		return decode(dec, start, func(t *xmlContainer) {
			d.containers = append(d.containers, container{xmlContainer: *t, namespace: namespace})
		})
	}
	return dec.Skip()
}

func (d *document) structured(types map[string]*xmlStructured, name string, t *xmlStructured) {
	if types[name] == nil {
		d.order = append(d.order, name)
	}
	t.qualified = name
	types[name] = t
}

func (d *document) operation(name string, action bool, o *xmlOperation) {
	if d.operations[name] == nil {
		d.names = append(d.names, name)
	}
	d.operations[name] = append(d.operations[name], o)
	d.actions[o] = action
}

// complete resolves what needs all aliases of the document: base types, and the
// targets of annotations.
func (d *document) complete() {
	for _, name := range d.order {
		for _, types := range [...]map[string]*xmlStructured{d.entities, d.complexes} {
			if t := types[name]; t != nil && t.BaseType != "" {
				base := d.qualified(t.BaseType)
				d.derived[base] = append(d.derived[base], name)
			}
		}
	}
	for target, notes := range d.notes {
		name, rest, _ := strings.Cut(target, "/")
		if resolved := d.qualified(name); resolved != name {
			if rest != "" {
				resolved += "/" + rest
			}
			d.notes[resolved] = append(d.notes[resolved], notes...)
		}
	}
}

// below returns the types that are derived from one, however far down.
func (d *document) below(types map[string]*xmlStructured, name string) []*xmlStructured {
	var out []*xmlStructured
	seen := map[string]bool{name: true}
	var walk func(string)
	walk = func(base string) {
		for _, n := range d.derived[base] {
			if t := types[n]; t != nil && !seen[n] {
				seen[n] = true
				out = append(out, t)
				walk(n)
			}
		}
	}
	walk(name)
	return out
}

func decode[T any](dec *xml.Decoder, start xml.StartElement, keep func(*T)) error {
	var t T
	if err := dec.DecodeElement(&t, &start); err != nil {
		return err
	}
	keep(&t)
	return nil
}

func enumOf(name string, t *xmlEnum) *Enum {
	e := &Enum{Name: name, Flags: t.IsFlags == "true"}
	next := int64(0)
	for _, m := range t.Members {
		if v, err := strconv.ParseInt(m.Value, 10, 64); err == nil {
			next = v
		}
		e.Members = append(e.Members, EnumMember{m.Name, next})
		next++
	}
	return e
}

// qualified replaces a schema alias in a type name by its namespace.
func (d *document) qualified(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return name
	}
	if ns, ok := d.aliases[name[:i]]; ok {
		return ns + name[i:]
	}
	return name
}

// collectionOf returns the element type of Collection(T), Bag(T) or List(T).
func collectionOf(name string) (element string, ok bool) {
	for _, kind := range [...]string{"Collection(", "Bag(", "List("} {
		if strings.HasPrefix(name, kind) && strings.HasSuffix(name, ")") {
			return name[len(kind) : len(name)-1], true
		}
	}
	return name, false
}
