package certificate

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Source says where a key is. It holds secrets and prints none.
type Source struct {
	Type     string // one of Types, without regard to case; "" for AUTO
	Value    string // the path of a file, or the store itself: base64, or the text of PEM, PuTTY, XML and JSON
	Password string // "" where the store has none
	Subject  string // "" or * for the first; see Load
}

// Format prints the type alone, whatever the verb.
func (s Source) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "certificate.Source{Type:%q}", s.Type) }

// SourceOf reads the properties that begin with name, which is SSLClientCert or
// OAuthJWTCert.
func SourceOf(properties map[string]string, name string) Source {
	return Source{
		Value: properties[name], Type: properties[name+string(PartType)],
		Password: properties[name+string(PartPassword)], Subject: properties[name+string(PartSubject)],
	}
}

// auto is the type that goes by the content.
const auto = "AUTO"

// kind is a kind of store, as errors name it.
type kind string

const (
	unknown kind = ""
	pfx     kind = "PFX (PKCS #12) store"
	pemText kind = "PEM key"
	jks     kind = "Java key store"
	ppk     kind = "PuTTY key"
	xmlKey  kind = "XML key"
	jwk     kind = "JSON Web Key"
)

// format is how a kind of store is named in a connection string, and read.
type format struct {
	kind   kind
	stem   string // of the names of its types
	decode func(data []byte, password string) (contents, error)
}

var formats = []format{
	{pfx, "PFX", decodePFX}, {pemText, "PEMKEY_", decodePEM}, {jks, "JKS", decodeJKS},
	{ppk, "PPK", decodePPK}, {xmlKey, "XML", decodeXML}, {jwk, "JWK", decodeJWK},
}

// formatOf returns the format of a kind that is known.
func formatOf(k kind) format {
	return formats[slices.IndexFunc(formats, func(f format) bool { return f.kind == k })]
}

// Types returns the types that Load reads, as connection strings write them.
func Types() []string {
	types := []string{auto}
	for _, f := range formats {
		types = append(types, f.stem+"FILE", f.stem+"BLOB")
	}
	return types
}

// RefusedTypes returns the types that are known elsewhere and not read here,
// each with the reason and the way out.
func RefusedTypes() map[string]string {
	const (
		store     = "refused: the system's certificate store is not read; export the certificate with its key as PFX, and use PFXFILE"
		certsOnly = "refused: a PKCS #7 file holds certificates and no private key; export the certificate with its key as PFX, and use PFXFILE"
		publicKey = "refused: a public key cannot sign; the private key is needed, as PFXFILE or PEMKEY_FILE for example"
		fips      = "refused: convert the key store with keytool -importkeystore -deststoretype PKCS12, and use PFXFILE"
		hardware  = "refused: security keys are not spoken to; use a key in a file, such as PFXFILE"
		google    = "refused: no ERP system signs in with Google's service accounts"
	)
	return map[string]string{
		"USER": store, "MACHINE": store,
		"P7BFILE": certsOnly, "P7BBLOB": certsOnly,
		"PUBLIC_KEY_FILE": publicKey, "PUBLIC_KEY_BLOB": publicKey,
		"SSHPUBLIC_KEY_FILE": publicKey, "SSHPUBLIC_KEY_BLOB": publicKey,
		"BCFKSFILE": fips, "BCFKSBLOB": fips,
		"SECURITY_KEY": hardware, "GOOGLEJSON": google, "GOOGLEJSONBLOB": google,
	}
}

// open returns the bytes of a store, and what it is said to be: unknown with
// AUTO.
func (s Source) open() ([]byte, kind, error) {
	name := strings.ToUpper(s.Type)
	if s.Value == "" {
		return nil, unknown, refuse(PartValue, "there is no certificate: give the path of a file, or the store itself")
	}
	if name == "" || name == auto {
		data, err := s.either()
		return data, unknown, err
	}
	for _, f := range formats {
		switch name {
		case f.stem + "FILE":
			data, err := readFile(s.Value)
			return data, f.kind, err
		case f.stem + "BLOB":
			data, err := decodeBlob(s.Value)
			return data, f.kind, err
		}
	}
	if reason, known := RefusedTypes()[name]; known {
		return nil, unknown, refuse(PartType, "%s is %s", name, reason)
	}
	return nil, unknown, refuse(PartType, "expected one of %s", strings.Join(Types(), ", "))
}

// either takes the value for a file where there is one of that name.
func (s Source) either() ([]byte, error) {
	if isText([]byte(s.Value)) {
		return []byte(s.Value), nil
	}
	data, err := readFile(s.Value)
	if err == nil || !errors.Is(err, fs.ErrNotExist) && len(s.Value) < maxPath {
		return data, err
	}
	if blob, wrong := decodeBlob(s.Value); wrong == nil && detect(blob) != unknown {
		return blob, nil
	}
	return nil, err
}

const (
	maxFile = 4 << 20 // far above any key store
	// maxPath is short of a base64 key, so that no key that was put where a path
	// belongs is taken for one in an error.
	maxPath = 120
)

func readFile(path string) ([]byte, error) {
	file := "the file"
	if len(path) < maxPath && !isText([]byte(path)) {
		file = fmt.Sprintf("the file %q", path)
	}
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxFile) {
		return nil, refuse(PartValue, "%s is no file of a key store's size", file)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		var named *fs.PathError
		if errors.As(err, &named) {
			err = named.Err
		}
		return nil, &Error{Message: fmt.Sprintf("cannot read %s: %v", file, err), Err: err}
	}
	return data, nil
}

// decodeBlob takes text as it is, and anything else for base64.
func decodeBlob(value string) ([]byte, error) {
	if isText([]byte(value)) {
		return []byte(value), nil
	}
	packed := strings.NewReplacer("-", "+", "_", "/", `\r`, "", `\n`, "").Replace(strings.Join(strings.Fields(value), ""))
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(packed, "="))
	if err != nil || len(data) == 0 {
		return nil, refuse(PartValue, "its value is not base64; the path of a file needs a type that ends in FILE")
	}
	return data, nil
}

// isText recognises the formats that are text.
func isText(data []byte) bool { return detectText(data) != unknown }

func detectText(data []byte) kind {
	data = trimText(data)
	switch {
	case bytes.HasPrefix(data, []byte("PuTTY-User-Key-File-")):
		return ppk
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return pemText
	case bytes.HasPrefix(data, []byte("<")):
		return xmlKey
	case bytes.HasPrefix(data, []byte("{")):
		return jwk
	}
	return unknown
}

// detect recognises a store by its content.
func detect(data []byte) kind {
	if text := detectText(data); text != unknown {
		return text
	}
	var head struct{ Version int } // what PFX and keys begin with
	_, err := asn1.Unmarshal(data, &head)
	switch {
	case bytes.HasPrefix(data, jksMagic), bytes.HasPrefix(data, jceksMagic):
		return jks
	case bytes.HasPrefix(data, indefinite), err == nil && head.Version == 3:
		return pfx
	case err == nil, encryptedPKCS8(data):
		return pemText
	}
	return unknown
}

// indefinite begins a store in BER, as some programs write PFX.
var indefinite = []byte{0x30, 0x80}

// trimText drops what editors put before a text.
func trimText(data []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
}
