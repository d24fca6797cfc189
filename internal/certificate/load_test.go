package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	password = "canary-pässwörd"
	ascii    = "canary-password" // of the Java key stores
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

// original is the key that the fixtures were made from.
func original(t testing.TB, name string) crypto.Signer {
	t.Helper()
	c, err := decodePEM(fixture(t, name), "")
	require.NoError(t, err)
	require.Len(t, c.keys, 1)
	return c.keys[0].Signer
}

// requireSameKey compares keys by a signature of one and the public key of the other.
func requireSameKey(t *testing.T, want, got crypto.Signer) {
	t.Helper()
	digest := sha256.Sum256([]byte("message"))
	signature, err := got.Sign(rand.Reader, digest[:], crypto.SHA256)
	require.NoError(t, err)
	switch public := want.Public().(type) {
	case *rsa.PublicKey:
		require.NoError(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature))
	case *ecdsa.PublicKey:
		require.True(t, ecdsa.VerifyASN1(public, digest[:], signature))
	default:
		require.Failf(t, "unknown key", "%T", public)
	}
}

// stores are the fixtures that hold a key, with the subjects of its chain.
var stores = []struct {
	file, stem, password string
	key                  string
	chain                []string
}{
	{"rsa.pfx", "PFX", password, "rsa", []string{"rsa.example.com", "Test Authority"}},
	{"rsa.legacy.pfx", "PFX", password, "rsa", []string{"rsa.example.com", "Test Authority"}},
	{"ec.nopassword.pfx", "PFX", "", "ec", []string{"ec.example.com", "Test Authority"}},
	{"rsa.pkcs1.pem", "PEMKEY_", "", "rsa", nil},
	{"rsa.pkcs8.pem", "PEMKEY_", "", "rsa", nil},
	{"rsa.pkcs8.pem", "PEMKEY_", "not needed", "rsa", nil},
	{"rsa.pkcs8.der", "PEMKEY_", "", "rsa", nil},
	{"rsa.legacy.pem", "PEMKEY_", password, "rsa", nil},
	{"rsa.pbes2.pem", "PEMKEY_", password, "rsa", nil},
	{"rsa.des3.pem", "PEMKEY_", password, "rsa", nil},
	{"rsa.scrypt.pem", "PEMKEY_", password, "rsa", nil},
	{"rsa.chain.pem", "PEMKEY_", password, "rsa", []string{"rsa.example.com", "Test Authority"}},
	{"ec.sec1.pem", "PEMKEY_", "", "ec", nil},
	{"ec.pkcs8.pem", "PEMKEY_", "", "ec", nil},
	{"two.jks", "JKS", ascii, "ec", []string{"ec.example.com", "Test Authority"}},
	{"rsa.v2.plain.ppk", "PPK", "", "rsa", nil},
	{"rsa.v2.ppk", "PPK", password, "rsa", nil},
	{"rsa.v3.plain.ppk", "PPK", "", "rsa", nil},
	{"rsa.v3.plain.ppk", "PPK", "not needed", "rsa", nil},
	{"rsa.v3.ppk", "PPK", password, "rsa", nil},
	{"rsa.v3.argon2i.ppk", "PPK", password, "rsa", nil},
	{"ec.v2.plain.ppk", "PPK", "", "ec", nil},
	{"ec.v3.ppk", "PPK", password, "ec", nil},
}

func TestAStoreGivesItsKeyAndChain(t *testing.T) {
	keys := map[string]crypto.Signer{"rsa": original(t, "rsa.pkcs1.pem"), "ec": original(t, "ec.sec1.pem")}
	for _, test := range stores {
		t.Run(test.file, func(t *testing.T) {
			data := fixture(t, test.file)
			sources := map[string]Source{
				"from a file":               {Type: strings.ToLower(test.stem + "FILE"), Value: filepath.Join("testdata", test.file)},
				"from base64":               {Type: test.stem + "BLOB", Value: base64.StdEncoding.EncodeToString(data)},
				"from base64url in lines":   {Type: test.stem + "BLOB", Value: strings.ReplaceAll(base64.RawURLEncoding.EncodeToString(data), "M", "M\n ")},
				"from a file by itself":     {Value: filepath.Join("testdata", test.file)},
				"from base64 by itself":     {Type: "auto", Value: base64.StdEncoding.EncodeToString(data)},
				"from a file and any wish":  {Type: test.stem + "FILE", Value: filepath.Join("testdata", test.file), Subject: " * "},
				"from base64 with a weight": {Type: test.stem + "BLOB", Value: "\ufeff" + string(data)},
			}
			for name, source := range sources {
				t.Run(name, func(t *testing.T) {
					if strings.HasPrefix(source.Value, "\ufeff") && !isText(data) {
						t.Skip("the store is no text")
					}
					source.Password = test.password
					pair, err := Load(source)
					require.NoError(t, err)
					requireSameKey(t, keys[test.key], pair.Key)
					var chain []string
					for _, cert := range pair.Chain {
						chain = append(chain, cert.Subject.CommonName)
					}
					assert.Equal(t, test.chain, chain)
				})
			}
		})
	}
}

func TestAJavaKeyStoreMayBePKCS12Inside(t *testing.T) {
	pair, err := Load(Source{Type: "JKSFILE", Value: "testdata/two.pkcs12.jks", Password: ascii, Subject: "ec.example.com"})
	require.NoError(t, err)
	requireSameKey(t, original(t, "ec.sec1.pem"), pair.Key)
	pair, err = Load(Source{Type: "JKSFILE", Value: "testdata/two.pkcs12.jks", Password: ascii, Subject: "rsa.example.com"})
	require.NoError(t, err)
	requireSameKey(t, original(t, "rsa.pkcs1.pem"), pair.Key)
	assert.Len(t, pair.Chain, 2)
}

func TestASecretIsFoundMissingOrWrong(t *testing.T) {
	for _, test := range stores {
		if test.password != password && test.password != ascii {
			continue
		}
		t.Run(test.file, func(t *testing.T) {
			source := Source{Type: test.stem + "FILE", Value: filepath.Join("testdata", test.file), Password: "wrong-canary"}
			_, err := Load(source)
			requireError(t, err, PartPassword, "the password is wrong")
			source.Password = ""
			_, err = Load(source)
			requireError(t, err, PartPassword, "the store is encrypted, and its password is missing")
		})
	}
}

func requireError(t *testing.T, err error, part Part, message string) {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, message, e.Error())
	assert.Equal(t, part, e.Part)
}

func TestStoresThatHoldNoUsableKeyAreRefusedWithTheWayOut(t *testing.T) {
	tests := []struct {
		name    string
		source  Source
		part    Part
		message string
	}{
		{"nothing", Source{}, PartValue, "there is no certificate: give the path of a file, or the store itself"},
		{"an unknown type", Source{Type: "ZIPFILE", Value: "x"}, PartType, "expected one of AUTO, PFXFILE, PFXBLOB, PEMKEY_FILE, PEMKEY_BLOB, JKSFILE, JKSBLOB, PPKFILE, PPKBLOB, XMLFILE, XMLBLOB, JWKFILE, JWKBLOB"},
		{"the user's store", Source{Type: "user", Value: "MY"}, PartType, "USER is refused: the system's certificate store is not read; export the certificate with its key as PFX, and use PFXFILE"},
		{"PKCS #7", Source{Type: "P7BFILE", Value: "testdata/rsa.p7b"}, PartType, "P7BFILE is refused: a PKCS #7 file holds certificates and no private key; export the certificate with its key as PFX, and use PFXFILE"},
		{"a public key", Source{Type: "PUBLIC_KEY_FILE", Value: "testdata/rsa.public.pem"}, PartType, "PUBLIC_KEY_FILE is refused: a public key cannot sign; the private key is needed, as PFXFILE or PEMKEY_FILE for example"},
		{"the PEM of a public key", Source{Type: "PEMKEY_FILE", Value: "testdata/rsa.public.pem"}, PartValue, "the PEM text holds a public key without a private key; export the certificate together with its key, as PFX for example"},
		{"the PEM of a certificate", Source{Type: "PEMKEY_FILE", Value: "testdata/rsa.crt"}, PartValue, "the PEM text holds certificates without a private key; export the certificate together with its key, as PFX for example"},
		{"a PFX store of a certificate", Source{Type: "PFXFILE", Value: "testdata/certificate.pfx", Password: password}, PartValue, "the PFX store holds certificates without a private key; export the certificate together with its key, as PFX for example"},
		{"a PFX store of a key", Source{Type: "PFXFILE", Value: "testdata/key.pfx", Password: password}, PartValue, "the PFX store holds a key and no certificate; export both"},
		{"another kind of store", Source{Type: "PFXFILE", Value: "testdata/rsa.pkcs8.pem"}, PartType, "the store is not a PFX (PKCS #12) store but a PEM key: use PEMKEY_FILE or PEMKEY_BLOB"},
		{"no store at all", Source{Type: "AUTO", Value: "load_test.go"}, PartValue, "the store is none that is known: use PFX, PEM, JKS, PPK, XML or JWK"},
		{"JCEKS", Source{Type: "JKSFILE", Value: "testdata/two.jceks.jks", Password: ascii}, PartValue, "the key store is a JCEKS store; convert it with keytool -importkeystore -deststoretype PKCS12"},
		{"PBES1", Source{Type: "PEMKEY_FILE", Value: "testdata/rsa.pbes1.pem", Password: password}, PartValue, "the key is encrypted in an outdated way (1.2.840.113549.1.12.1.3); encrypt it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc"},
		{"OpenSSH", Source{Type: "PEMKEY_FILE", Value: "testdata/ec.openssh.pem"}, PartValue, "the key is in OpenSSH's own form; convert a copy of it with ssh-keygen -p -m PKCS8 -f key"},
		{"Argon2d", Source{Type: "PPKFILE", Value: "testdata/rsa.v3.argon2d.ppk", Password: password}, PartValue, `the PuTTY key's derivation "Argon2d" is not supported; save it anew with Argon2id`},
		{"a PuTTY key that signs for SSH alone", Source{Type: "PPKFILE", Value: "testdata/ed25519.ppk"}, PartValue, `the PuTTY key is of the kind "ssh-ed25519"; an RSA or ECDSA key is needed`},
		{"a directory", Source{Type: "PFXFILE", Value: "testdata"}, PartValue, `the file "testdata" is no file of a key store's size`},
		{"a path for a blob", Source{Type: "PFXBLOB", Value: `C:\keys\erp.pfx`}, PartValue, "its value is not base64; the path of a file needs a type that ends in FILE"},
		{"BER", Source{Type: "PFXBLOB", Value: "MIAA"}, PartValue, "the PFX store is encoded in BER; write it anew with openssl pkcs12 -in old.pfx -nodes | openssl pkcs12 -export -out new.pfx"},
		{"a subject that is not there", Source{Type: "JKSFILE", Value: "testdata/two.jks", Password: ascii, Subject: "CN=other"}, PartSubject,
			`no certificate of a key has this subject; there are: CN=ec.example.com, O="Example, Inc.", C=GB | E=erp@example.com, CN=rsa.example.com, OU=ERP, O="Example, Inc.", L=Dover, S=Kent, C=GB`},
		{"a subject of a store without certificates", Source{Type: "PPKFILE", Value: "testdata/rsa.v2.plain.ppk", Subject: "CN=x"}, PartSubject, "the store holds no certificate to choose by; leave the subject out"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(test.source)
			requireError(t, err, test.part, test.message)
		})
	}
	_, err := Load(Source{Type: "PFXFILE", Value: "testdata/none.pfx"})
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorContains(t, err, `cannot read the file "testdata/none.pfx": `)
	for name := range RefusedTypes() {
		_, err := Load(Source{Type: name, Value: "x"})
		assert.ErrorContains(t, err, name+" is refused: ")
	}
}

func TestAKeyWhereAPathBelongsIsNotShown(t *testing.T) {
	for _, file := range []string{"rsa.pkcs8.pem", "rsa.v2.plain.ppk", "ec.sec1.pem"} {
		_, err := Load(Source{Type: "PFXFILE", Value: string(fixture(t, file))})
		require.Error(t, err)
		assert.NotContains(t, err.Error(), string(fixture(t, file))[60:70])
		blob := base64.StdEncoding.EncodeToString(fixture(t, file))
		_, err = Load(Source{Type: "PFXFILE", Value: blob})
		require.Error(t, err)
		assert.NotContains(t, err.Error(), blob[:10])
	}
}

func TestADamagedStoreIsAnErrorThatQuotesNothing(t *testing.T) {
	for _, test := range stores {
		if test.file == "rsa.pkcs8.der" {
			continue // what is damaged of it is a number, and the error is of numbers
		}
		t.Run(test.file, func(t *testing.T) {
			data := fixture(t, test.file)
			for _, cut := range []int{len(data) / 3, len(data) / 2, len(data) - 40} {
				_, err := Load(Source{Type: test.stem + "BLOB", Value: base64.StdEncoding.EncodeToString(data[:cut]), Password: test.password})
				require.Error(t, err)
				assert.NotContains(t, fmt.Sprintf("%+v", err), string(data[cut-30:cut-20]))
				assert.NotContains(t, fmt.Sprintf("%+v", err), "canary")
			}
		})
	}
}

func TestAnEditedPuTTYKeyIsRefused(t *testing.T) {
	for file, word := range map[string]string{"rsa.v3.plain.ppk": "", "rsa.v2.plain.ppk": "", "rsa.v3.ppk": password} {
		edited := strings.Replace(string(fixture(t, file)), "Comment: ", "Comment: x", 1)
		_, err := Load(Source{Type: "PPKBLOB", Value: edited, Password: word})
		if word == "" {
			requireError(t, err, PartValue, "the PuTTY key is damaged or of a kind that is not known: its MAC does not fit")
		} else {
			requireError(t, err, PartPassword, "the password is wrong")
		}
	}
}

func TestPEMTextSurvivesAConnectionString(t *testing.T) {
	text := string(fixture(t, "rsa.chain.pem"))
	for name, mangled := range map[string]string{
		"as it is":            text,
		"blanks for breaks":   strings.ReplaceAll(text, "\n", " "),
		"breaks written out":  strings.ReplaceAll(text, "\n", `\n`),
		"nothing for breaks":  strings.ReplaceAll(text, "\n", ""),
		"words in between":    "Bag Attributes\n    friendlyName: x\n" + strings.ReplaceAll(text, "\n-----BEGIN", "\nsubject=CN = x\n-----BEGIN"),
		"Windows line breaks": strings.ReplaceAll(text, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			pair, err := Load(Source{Type: "PEMKEY_BLOB", Value: mangled, Password: password})
			require.NoError(t, err)
			assert.Len(t, pair.Chain, 2)
		})
	}
	legacy := strings.ReplaceAll(string(fixture(t, "rsa.legacy.pem")), "\n", " ")
	_, err := Load(Source{Type: "PEMKEY_BLOB", Value: legacy, Password: password})
	assert.NoError(t, err)
}

func TestSubjectChoosesAmongKeys(t *testing.T) {
	for subject, want := range map[string]string{
		"":                           "ec.example.com",
		"*":                          "ec.example.com",
		"CN=rsa.example.com, OU=ERP": "rsa.example.com", // a part
		"C=gb, O=\"Example, Inc.\", cn=EC.example.com":                                                    "ec.example.com",
		"emailAddress=erp@example.com,CN=rsa.example.com,OU=ERP,O=\"Example, Inc.\",L=Dover,ST=Kent,C=GB": "rsa.example.com",
		"dover":         "rsa.example.com",
		"Example, Inc.": "ec.example.com", // the first
	} {
		pair, err := Load(Source{Type: "JKSFILE", Value: "testdata/two.jks", Password: ascii, Subject: subject})
		if assert.NoError(t, err, subject) {
			assert.Equal(t, want, pair.Leaf().Subject.CommonName, subject)
		}
	}
}

func TestThumbprintsAreThoseThatOpenSSLPrints(t *testing.T) {
	pair, err := Load(Source{Type: "PFXFILE", Value: "testdata/rsa.pfx", Password: password})
	require.NoError(t, err)
	assert.Equal(t, "2487d1003d899bc95518c86003bc7fef1be74187", fmt.Sprintf("%x", pair.ThumbprintSHA1()))
	assert.Equal(t, "6bc6a7954b7fc2d7bf1216a67d3f2bef0531fe7f8e1d5337b35b3cd82732c300", fmt.Sprintf("%x", pair.ThumbprintSHA256()))
	pair, err = Load(Source{Type: "PPKFILE", Value: "testdata/rsa.v2.plain.ppk"})
	require.NoError(t, err)
	assert.Nil(t, pair.ThumbprintSHA1())
	assert.Nil(t, pair.ThumbprintSHA256())
}

func TestDatesAreThoseOfTheCertificate(t *testing.T) {
	pair, err := Load(Source{Type: "PFXFILE", Value: "testdata/rsa.pfx", Password: password})
	require.NoError(t, err)
	leaf := pair.Leaf()
	assert.NoError(t, pair.CheckDates(leaf.NotBefore.Add(time.Hour)))
	assert.ErrorContains(t, pair.CheckDates(leaf.NotAfter.Add(time.Second)), "rsa.example.com, OU=ERP, O=\"Example, Inc.\", L=Dover, S=Kent, C=GB expired on ")
	assert.ErrorContains(t, pair.CheckDates(leaf.NotBefore.Add(-time.Second)), "is the clock right?")
	assert.NoError(t, (&KeyPair{Key: pair.Key}).CheckDates(time.Time{}), "a key without a certificate has no dates")
}

func TestATLSCertificateNeedsACertificate(t *testing.T) {
	pair, err := Load(Source{Type: "PFXFILE", Value: "testdata/rsa.pfx", Password: password})
	require.NoError(t, err)
	cert, err := pair.TLS()
	require.NoError(t, err)
	assert.Len(t, cert.Certificate, 2)
	_, err = (&KeyPair{Key: pair.Key}).TLS()
	requireError(t, err, PartValue, "the store holds a key and no certificate, which the server asks for; use a PFX store, or PEM text with both")
}

func TestNothingPrintsAKeyOrAPassword(t *testing.T) {
	pair, err := Load(Source{Type: "PFXFILE", Value: "testdata/rsa.pfx", Password: password})
	require.NoError(t, err)
	d := pair.Key.(*rsa.PrivateKey).D
	source := Source{Type: "PEMKEY_BLOB", Value: "canary-value", Password: "canary-word", Subject: "canary-subject"}
	marshalled, err := json.Marshal(pair)
	require.NoError(t, err)
	shown := string(marshalled)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{pair, *pair, struct{ k *KeyPair }{pair}, source, &source, errors.New("x")} {
			shown += fmt.Sprintf(verb, value)
		}
	}
	assert.NotContains(t, shown, "canary")
	for _, text := range []string{d.String(), fmt.Sprintf("%x", d), fmt.Sprintf("%x", "canary")} {
		assert.NotContains(t, shown, text[:12])
	}
	assert.Contains(t, shown, "RSA key of 2048 bits of E=erp@example.com, CN=rsa.example.com")
}
