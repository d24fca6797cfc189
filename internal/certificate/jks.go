package certificate

import (
	"bytes"
	"crypto/x509"
	"strings"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

var (
	jksMagic   = []byte{0xfe, 0xed, 0xfe, 0xed}
	jceksMagic = []byte{0xce, 0xce, 0xce, 0xce}
)

// decodeJKS reads a Java key store whose keys have the store's password. Keys
// are taken in the order of their aliases, as the file has none.
func decodeJKS(data []byte, password string) (contents, error) {
	var c contents
	if bytes.HasPrefix(data, jceksMagic) {
		return c, refuse(PartValue, "the key store is a JCEKS store; convert it with keytool -importkeystore -deststoretype PKCS12")
	}
	store := keystore.New(keystore.WithOrderedAliases(), keystore.WithCaseExactAliases())
	if err := store.Load(bytes.NewReader(data), []byte(password)); err != nil {
		// The digest is keyed with the password; the library has no error to compare with.
		if strings.Contains(err.Error(), "invalid digest") {
			return c, wrongPassword(password)
		}
		return c, damaged(jks, err)
	}
	for _, alias := range store.Aliases() {
		if trusted, err := store.GetTrustedCertificateEntry(alias); err == nil {
			// A trusted certificate may be an issuer; one that cannot be read is none.
			if cert, err := x509.ParseCertificate(trusted.Certificate.Content); err == nil {
				c.certs = append(c.certs, cert)
			}
			continue
		}
		entry, err := store.GetPrivateKeyEntry(alias, []byte(password))
		if err != nil {
			return c, refuse(PartPassword, "a key in the store has a password of its own; give it the store's with keytool -keypasswd")
		}
		key, err := parseDER(entry.PrivateKey, "")
		if err != nil {
			return c, err
		}
		c.keys = append(c.keys, privateKey{Signer: key})
		for _, link := range entry.CertificateChain {
			cert, err := x509.ParseCertificate(link.Content)
			if err != nil {
				return c, damaged(jks, err)
			}
			c.certs = append(c.certs, cert)
		}
	}
	return c, nil
}
