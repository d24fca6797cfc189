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
		qualified   string
		Name        string          `xml:"Name,attr"`
		BaseType    string          `xml:"BaseType,attr"`
		Key         []xmlRef        `xml:"Key>PropertyRef"`
		Properties  []xmlProperty   `xml:"Property"`
		Navigations []xmlNav        `xml:"NavigationProperty"`
		Notes       []xmlAnnotation `xml:"Annotation"`
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
	}
	xmlNav struct {
		Name     string `xml:"Name,attr"`
		Type     string `xml:"Type,attr"`
		Nullable string `xml:"Nullable,attr"`
		Partner  string `xml:"Partner,attr"`
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
		Name            string              `xml:"Name,attr"`
		Extends         string              `xml:"Extends,attr"`
		Sets            []xmlSet            `xml:"EntitySet"`
		Singletons      []xmlSet            `xml:"Singleton"`
		AssociationSets []xmlAssociation    `xml:"AssociationSet"`
		Functions       []xmlFunctionImport `xml:"FunctionImport"`
	}
	xmlSet struct {
		Name       string          `xml:"Name,attr"`
		EntityType string          `xml:"EntityType,attr"`
		Type       string          `xml:"Type,attr"` // of a singleton
		Bindings   []xmlBinding    `xml:"NavigationPropertyBinding"`
		Label      string          `xml:"label,attr"`
		Notes      []xmlAnnotation `xml:"Annotation"`
	}
	xmlBinding struct {
		Path   string `xml:"Path,attr"`
		Target string `xml:"Target,attr"`
	}
	xmlAnnotation struct {
		Term   string             `xml:"Term,attr"`
		String string             `xml:"String,attr"`
		Text   string             `xml:"String"`
		Bool   string             `xml:"Bool,attr"`
		Truth  string             `xml:"Bool"`
		Values []xmlPropertyValue `xml:"Record>PropertyValue"`
	}
	xmlPropertyValue struct {
		Property string   `xml:"Property,attr"`
		Bool     string   `xml:"Bool,attr"`
		Truth    string   `xml:"Bool"`
		Paths    []string `xml:"Collection>PropertyPath"`
		Links    []string `xml:"Collection>NavigationPropertyPath"`
	}
	xmlAnnotations struct {
		Target string          `xml:"Target,attr"`
		Notes  []xmlAnnotation `xml:"Annotation"`
	}
	xmlFunction struct {
		Name       string        `xml:"Name,attr"`
		IsBound    string        `xml:"IsBound,attr"`
		Parameters []xmlProperty `xml:"Parameter"`
		Returns    struct {
			Type string `xml:"Type,attr"`
		} `xml:"ReturnType"`
	}
	xmlFunctionImport struct {
		Name      string `xml:"Name,attr"`
		Function  string `xml:"Function,attr"` // V4
		EntitySet string `xml:"EntitySet,attr"`
		// V3 and V2 say all of it here.
		ReturnType string        `xml:"ReturnType,attr"`
		Parameters []xmlProperty `xml:"Parameter"`
	}
)

// document is a CSDL document as it was read, types by qualified name.
type document struct {
	version      Version
	aliases      map[string]string // alias or namespace → namespace
	entities     map[string]*xmlStructured
	complexes    map[string]*xmlStructured
	enums        map[string]*Enum
	definitions  map[string]*xmlTypeDefinition
	associations map[string]*xmlAssociation
	functions    map[string]*xmlFunction    // unbound ones, by qualified name
	notes        map[string][]xmlAnnotation // by target
	containers   []container
}

type container struct {
	xmlContainer
	namespace string
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
		functions: map[string]*xmlFunction{}, notes: map[string][]xmlAnnotation{},
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
		return decode(dec, start, func(t *xmlStructured) { t.qualified = name; d.entities[name] = t })
	case "ComplexType":
		return decode(dec, start, func(t *xmlStructured) { d.complexes[name] = t })
	case "EnumType":
		return decode(dec, start, func(t *xmlEnum) { d.enums[name] = enumOf(name, t) })
	case "TypeDefinition":
		return decode(dec, start, func(t *xmlTypeDefinition) { d.definitions[name] = t })
	case "Association":
		return decode(dec, start, func(t *xmlAssociation) { d.associations[name] = t })
	case "Function":
		return decode(dec, start, func(t *xmlFunction) {
			if t.IsBound != "true" {
				d.functions[name] = t
			}
		})
	case "Annotations":
		return decode(dec, start, func(t *xmlAnnotations) {
			target := d.target(t.Target)
			d.notes[target] = append(d.notes[target], t.Notes...)
		})
	case "EntityContainer":
		return decode(dec, start, func(t *xmlContainer) {
			d.containers = append(d.containers, container{*t, namespace})
		})
	}
	return dec.Skip()
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

func describe(label, summary string, notes []xmlAnnotation) string {
	for _, n := range notes {
		if strings.HasSuffix(n.Term, ".Description") {
			if n.String != "" {
				return n.String
			}
			return strings.TrimSpace(n.Text)
		}
	}
	if label != "" {
		return label
	}
	return strings.TrimSpace(summary)
}
