package certificate

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"slices"
	"strings"
)

// attributeNames are the fields of a subject by their object identifiers, as
// Windows and the commercial drivers name them.
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.7": "L", "2.5.4.8": "S", "2.5.4.6": "C",
	"1.2.840.113549.1.9.1": "E", "2.5.4.5": "SERIALNUMBER", "2.5.4.9": "STREET",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
}

// attributeAliases are how others name the same fields.
var attributeAliases = map[string]string{"ST": "S", "EMAILADDRESS": "E", "EMAIL": "E"}

type attribute struct{ name, value string }

// attributesOf returns the fields of a subject, the common name first, which is
// last in a certificate.
func attributesOf(cert *x509.Certificate) []attribute {
	var fields []attribute
	for _, field := range slices.Backward(cert.Subject.Names) {
		fields = append(fields, attribute{attributeName(field), fmt.Sprint(field.Value)})
	}
	return fields
}

func attributeName(field pkix.AttributeTypeAndValue) string {
	if name, known := attributeNames[field.Type.String()]; known {
		return name
	}
	return "OID." + field.Type.String()
}

// SubjectOf returns a certificate's subject as a connection string can name it.
func SubjectOf(cert *x509.Certificate) string { return join(attributesOf(cert)) }

func join(fields []attribute) string {
	parts := make([]string, len(fields))
	for i, field := range fields {
		value := field.value
		if value != strings.TrimSpace(value) || strings.ContainsAny(value, `,"=+;`) {
			value = `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
		}
		parts[i] = field.name + "=" + value
	}
	return strings.Join(parts, ", ")
}

// parseName reads NAME=value, NAME="value, with a comma"; ok is false for what
// is no name, such as a part of one.
func parseName(text string) (fields []attribute, ok bool) {
	for rest := text; ; {
		name, after, found := strings.Cut(rest, "=")
		name = strings.ToUpper(strings.TrimSpace(name))
		if !found || name == "" || strings.ContainsAny(name, `,"`) {
			return nil, false
		}
		if alias, known := attributeAliases[name]; known {
			name = alias
		}
		value, after, ok := cutValue(strings.TrimLeft(after, " "))
		if !ok {
			return nil, false
		}
		fields = append(fields, attribute{name, value})
		if after == "" {
			return fields, true
		}
		rest = after[1:] // past the comma
	}
}

// cutValue takes a value from the start of text; rest begins with the comma
// after it, or is empty.
func cutValue(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexByte(text, ',')
		if end < 0 {
			end = len(text)
		}
		return strings.TrimSpace(text[:end]), text[end:], true
	}
	var b strings.Builder
	for rest = text[1:]; ; {
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			return "", "", false
		}
		b.WriteString(rest[:end])
		if rest = rest[end+1:]; !strings.HasPrefix(rest, `"`) {
			break
		}
		b.WriteByte('"')
		rest = rest[1:]
	}
	rest = strings.TrimLeft(rest, " ")
	return b.String(), rest, rest == "" || rest[0] == ','
}

// canonical makes names equal that differ in the order of their fields, in
// case, or in blanks.
func canonical(fields []attribute) string {
	parts := make([]string, len(fields))
	for i, field := range fields {
		parts[i] = strings.ToLower(join([]attribute{{field.name, strings.Join(strings.Fields(field.value), " ")}}))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// contained says whether text stands in the name, written from either end.
func contained(fields []attribute, text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	reversed := slices.Clone(fields)
	slices.Reverse(reversed)
	return strings.Contains(strings.ToLower(join(fields)), text) || strings.Contains(strings.ToLower(join(reversed)), text)
}

// choose takes the pair that subject asks for: see Load.
func choose(pairs []*KeyPair, subject string) (*KeyPair, error) {
	certified := slices.DeleteFunc(slices.Clone(pairs), func(k *KeyPair) bool { return k.Leaf() == nil })
	if subject = strings.TrimSpace(subject); subject == "" || subject == "*" {
		return append(certified, pairs[0])[0], nil
	}
	wanted, isName := parseName(subject)
	fits := []func(*KeyPair) bool{
		func(k *KeyPair) bool {
			return k.Leaf() != nil && isName && canonical(attributesOf(k.Leaf())) == canonical(wanted)
		},
		func(k *KeyPair) bool { return k.KeyID == subject },
		func(k *KeyPair) bool { return k.Leaf() != nil && contained(attributesOf(k.Leaf()), subject) },
	}
	for _, fit := range fits {
		if i := slices.IndexFunc(pairs, fit); i >= 0 {
			return pairs[i], nil
		}
	}
	var there []string
	for _, k := range pairs {
		switch {
		case k.Leaf() != nil:
			there = append(there, SubjectOf(k.Leaf()))
		case k.KeyID != "":
			there = append(there, "the key "+k.KeyID)
		}
	}
	if len(there) == 0 {
		return nil, refuse(PartSubject, "the store holds no certificate to choose by; leave the subject out")
	}
	return nil, refuse(PartSubject, "no certificate of a key has this subject; there are: %s", strings.Join(there, " | "))
}
