package odatatest

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// metadata prints the schema as CSDL XML of the version.
func (h *Handler) metadata() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n")
	if h.cfg.two {
		b.WriteString(`<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices m:DataServiceVersion="2.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">`)
		fmt.Fprintf(&b, `<Schema Namespace="%s" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">`, escape(h.schema.Namespace))
	} else if h.version == V3 {
		b.WriteString(`<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices m:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">`)
		fmt.Fprintf(&b, `<Schema Namespace="%s" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">`, escape(h.schema.Namespace))
	} else {
		version := "4.0"
		if h.cfg.v401 {
			version = "4.01"
		}
		fmt.Fprintf(&b, `<edmx:Edmx Version="%s" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>`, version)
		fmt.Fprintf(&b, `<Schema Namespace="%s" xmlns="http://docs.oasis-open.org/odata/ns/edm">`, escape(h.schema.Namespace))
		h.enumTypes(&b)
	}
	seen := map[string]bool{}
	for _, s := range h.schema.Sets {
		if !seen[s.Type] {
			seen[s.Type] = true
			h.entityType(&b, s)
		}
	}
	if h.version == V3 {
		h.associations(&b)
	} else {
		for _, a := range h.schema.Actions {
			a.print(&b)
		}
	}
	h.container(&b)
	b.WriteString(`</Schema></edmx:DataServices></edmx:Edmx>`)
	return b.String()
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

func (a *Action) print(b *strings.Builder) {
	fmt.Fprintf(b, `<Action Name="%s">`, escape(a.Name))
	for _, p := range a.Parameters {
		fmt.Fprintf(b, `<Parameter Name="%s" Type="%s"/>`, escape(p.Name), escape(p.Type))
	}
	if a.Returns != "" {
		fmt.Fprintf(b, `<ReturnType Type="%s"/>`, escape(a.Returns))
	}
	b.WriteString(`</Action>`)
}

func (h *Handler) enumTypes(b *strings.Builder) {
	for _, e := range h.schema.Enums {
		fmt.Fprintf(b, `<EnumType Name="%s"`, escape(e.Name))
		if e.Flags {
			b.WriteString(` IsFlags="true"`)
		}
		b.WriteString(`>`)
		for _, m := range e.Members {
			fmt.Fprintf(b, `<Member Name="%s" Value="%d"/>`, escape(m.Name), m.Value)
		}
		b.WriteString(`</EnumType>`)
	}
}

func (h *Handler) entityType(b *strings.Builder, s *Set) {
	fmt.Fprintf(b, `<EntityType Name="%s">`, escape(s.Type))
	if key := append(s.Key[:len(s.Key):len(s.Key)], s.MetadataKey...); len(key) > 0 {
		b.WriteString(`<Key>`)
		for _, k := range key {
			fmt.Fprintf(b, `<PropertyRef Name="%s"/>`, escape(k))
		}
		b.WriteString(`</Key>`)
	}
	for _, c := range s.Columns {
		h.property(b, c)
	}
	for _, n := range s.Navigations {
		if h.version == V3 {
			fmt.Fprintf(b, `<NavigationProperty Name="%s" Relationship="%s.%s_%s" FromRole="%s" ToRole="%s"%s/>`,
				escape(n.Name), escape(h.schema.Namespace), s.Name, n.Name, s.Name, n.Name, h.containment(n))
			continue
		}
		t := h.schema.Namespace + "." + h.tables[n.Target].set.Type
		if n.Many {
			fmt.Fprintf(b, `<NavigationProperty Name="%s" Type="Collection(%s)"%s%s/>`, escape(n.Name), escape(t), h.partner(s, n), h.containment(n))
			continue
		}
		fmt.Fprintf(b, `<NavigationProperty Name="%s" Type="%s"%s>`, escape(n.Name), escape(t), h.partner(s, n))
		for _, on := range n.On {
			fmt.Fprintf(b, `<ReferentialConstraint Property="%s" ReferencedProperty="%s"/>`, escape(on[0]), escape(on[1]))
		}
		b.WriteString(`</NavigationProperty>`)
	}
	b.WriteString(`</EntityType>`)
}

// partner is the attribute of a navigation property that another leads back to.
func (h *Handler) partner(s *Set, n Navigation) string {
	for _, back := range h.tables[n.Target].set.Navigations {
		mirrored := back.Target == s.Name && back.Many != n.Many && len(back.On) == len(n.On)
		for i := range back.On {
			mirrored = mirrored && back.On[i] == [2]string{n.On[i][1], n.On[i][0]}
		}
		if mirrored {
			return fmt.Sprintf(` Partner="%s"`, escape(back.Name))
		}
	}
	return ""
}

// shown are the sets that the service has at its root.
func (h *Handler) shown() []*Set {
	return slices.DeleteFunc(slices.Clone(h.schema.Sets), func(s *Set) bool { return s.Contained })
}

// containment is the attribute of navigation properties whose entities have no
// set; V2 has no word for them.
func (h *Handler) containment(n Navigation) string {
	if h.tables[n.Target].set.Contained && !h.cfg.two {
		return ` ContainsTarget="true"`
	}
	return ""
}

func (h *Handler) property(b *strings.Builder, c Column) {
	t := c.Type.name(h.version)
	if c.Type == EdmEnum {
		if t = h.schema.Namespace + "." + c.Enum; h.version == V3 {
			t = "Edm.Int64"
		}
	}
	fmt.Fprintf(b, `<Property Name="%s" Type="%s"`, escape(c.Name), escape(t))
	if !c.Nullable {
		b.WriteString(` Nullable="false"`)
	}
	if c.MaxLength > 0 {
		fmt.Fprintf(b, ` MaxLength="%d"`, c.MaxLength)
	}
	if c.Precision > 0 {
		fmt.Fprintf(b, ` Precision="%d" Scale="%d"`, c.Precision, c.Scale)
	}
	b.WriteString(`/>`)
}

func (h *Handler) associations(b *strings.Builder) {
	for _, s := range h.schema.Sets {
		for _, n := range s.Navigations {
			many := "0..1"
			if n.Many {
				many = "*"
			}
			t := h.tables[n.Target].set.Type
			fmt.Fprintf(b, `<Association Name="%s_%s"><End Type="%s.%s" Role="%s" Multiplicity="*"/><End Type="%s.%s" Role="%s" Multiplicity="%s"/></Association>`,
				s.Name, n.Name, h.schema.Namespace, s.Type, s.Name, h.schema.Namespace, t, n.Name, many)
		}
	}
}

// container prints the default container, then those of sets that have another.
func (h *Handler) container(b *strings.Builder) {
	for _, name := range h.containers() {
		own, shown := name, h.schema.Container
		if name != "" {
			shown = name
		}
		fmt.Fprintf(b, `<EntityContainer Name="%s"`, escape(shown))
		if h.version == V3 {
			fmt.Fprintf(b, ` m:IsDefaultEntityContainer="%t"`, own == "")
		}
		b.WriteString(`>`)
		for _, s := range h.shown() {
			if s.Container == own {
				h.entitySet(b, s)
			}
		}
		for _, s := range h.shown() {
			if s.Container == own && h.version == V3 {
				h.associationSets(b, s)
			}
		}
		if a := h.cfg.apply; h.version == V4 && a != nil && !a.Unannounced {
			b.WriteString(`<Annotation Term="Org.OData.Aggregation.V1.ApplySupportedDefaults"><Record><PropertyValue Property="Transformations"><Collection>` +
				`<String>filter</String><String>groupby</String><String>aggregate</String></Collection></PropertyValue></Record></Annotation>`)
		}
		if h.version == V4 && own == "" {
			for _, a := range h.schema.Actions {
				fmt.Fprintf(b, `<ActionImport Name="%s" Action="%s.%s"/>`, escape(a.Name), escape(h.schema.Namespace), escape(a.Name))
			}
		}
		b.WriteString(`</EntityContainer>`)
	}
}

// containers are the names of the containers, "" for the default one.
func (h *Handler) containers() []string {
	names := []string{""}
	for _, s := range h.schema.Sets {
		if !slices.Contains(names, s.Container) {
			names = append(names, s.Container)
		}
	}
	return names
}

func (h *Handler) entitySet(b *strings.Builder, s *Set) {
	fmt.Fprintf(b, `<EntitySet Name="%s" EntityType="%s"`, escape(s.Name), escape(h.qualifiedType(s)))
	if h.version == V3 || len(s.Navigations) == 0 {
		b.WriteString(`/>`)
		return
	}
	b.WriteString(`>`)
	for _, n := range s.Navigations {
		if !h.tables[n.Target].set.Contained {
			fmt.Fprintf(b, `<NavigationPropertyBinding Path="%s" Target="%s"/>`, escape(n.Name), escape(n.Target))
		}
	}
	b.WriteString(`</EntitySet>`)
}

// associationSets say which sets the navigation properties of a set lead to.
func (h *Handler) associationSets(b *strings.Builder, s *Set) {
	for _, n := range s.Navigations {
		if h.tables[n.Target].set.Contained {
			continue
		}
		fmt.Fprintf(b, `<AssociationSet Name="%s_%s" Association="%s.%s_%s"><End Role="%s" EntitySet="%s"/><End Role="%s" EntitySet="%s"/></AssociationSet>`,
			s.Name, n.Name, h.schema.Namespace, s.Name, n.Name, s.Name, s.Name, n.Name, n.Target)
	}
}
