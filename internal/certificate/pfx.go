package certificate

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// decodePFX reads PKCS #12 (RFC 7292).
func decodePFX(data []byte, password string) (contents, error) {
	var c contents
	key, leaf, issuers, err := pkcs12.DecodeChain(data, password)
	switch {
	case err == nil:
		signer, err := asSigner(key)
		c.keys, c.certs = []privateKey{{Signer: signer}}, append([]*x509.Certificate{leaf}, issuers...)
		return c, err
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return c, wrongPassword(password)
	case bytes.HasPrefix(data, indefinite):
		return c, refuse(PartValue, "the PFX store is encoded in BER; write it anew with openssl pkcs12 -in old.pfx -nodes | openssl pkcs12 -export -out new.pfx")
	case strings.Contains(err.Error(), "private key missing"):
		return c, noPrivateKey("the PFX store holds certificates")
	case strings.Contains(err.Error(), "certificate missing"):
		return c, refuse(PartValue, "the PFX store holds a key and no certificate; export both")
	case strings.Contains(err.Error(), "exactly one key bag"):
		return decodeSeveral(data, password)
	}
	return c, damaged(pfx, err)
}

// decodeSeveral reads a store of several keys, which DecodeChain does not.
func decodeSeveral(data []byte, password string) (contents, error) {
	var c contents
	//lint:ignore SA1019 what is wrong about its blocks is their name, which parseDER does not look at
	blocks, err := pkcs12.ToPEM(data, password)
	if err != nil {
		return c, damaged(pfx, err)
	}
	for _, block := range blocks {
		if block.Type == "CERTIFICATE" {
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return c, damaged(pfx, err)
			}
			c.certs = append(c.certs, cert)
			continue
		}
		key, err := parseDER(block.Bytes, "")
		if err != nil {
			return c, err
		}
		c.keys = append(c.keys, privateKey{Signer: key})
	}
	return c, nil
}
