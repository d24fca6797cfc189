package certificate

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"
)

// pemBlock is looser than encoding/pem on purpose: line breaks seldom survive a
// connection string.
var pemBlock = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END ([A-Z0-9 ]+)-----`)

// pemEncryption is the header of a key that OpenSSL encrypted before 1.0
// (RFC 1421, section 4.6).
var pemEncryption = regexp.MustCompile(`(?s)^\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Za-z0-9-]+,[0-9A-Fa-f]+)\s(.*)$`)

// pemBlocks takes the blocks out of a text, whatever stands between them.
func pemBlocks(text string) ([]*pem.Block, error) {
	text = strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(text)
	var blocks []*pem.Block
	for _, m := range pemBlock.FindAllStringSubmatch(text, -1) {
		block := &pem.Block{Type: m[1], Headers: map[string]string{}}
		body := m[2]
		if encrypted := pemEncryption.FindStringSubmatch(body); encrypted != nil {
			block.Headers["Proc-Type"], block.Headers["DEK-Info"], body = "4,ENCRYPTED", encrypted[1], encrypted[2]
		}
		var err error
		block.Bytes, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
		if err != nil || m[1] != m[3] {
			return nil, refuse(PartValue, "the PEM block %s is damaged", m[1])
		}
		blocks = append(blocks, block)
	}
	if len(blocks) == 0 {
		return nil, refuse(PartValue, "the PEM text holds no complete block")
	}
	return blocks, nil
}

// decodePEM reads keys and certificates in any order. A file without PEM's
// markers is a key in DER, which is what stands between them.
func decodePEM(data []byte, password string) (contents, error) {
	var c contents
	if !strings.Contains(string(data), "-----BEGIN ") {
		key, err := parseDER(data, password)
		if err == nil {
			c.keys = []privateKey{{Signer: key}}
		}
		return c, err
	}
	blocks, err := pemBlocks(string(data))
	if err != nil {
		return c, err
	}
	public := false
	for _, block := range blocks {
		switch block.Type {
		case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
			key, err := pemKey(block, password)
			if err != nil {
				return c, err
			}
			c.keys = append(c.keys, privateKey{Signer: key})
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return c, damaged(kind("PEM block "+block.Type), err)
			}
			c.certs = append(c.certs, cert)
		case "OPENSSH PRIVATE KEY":
			return c, refuse(PartValue, "the key is in OpenSSH's own form; convert a copy of it with ssh-keygen -p -m PKCS8 -f key")
		case "PUBLIC KEY", "RSA PUBLIC KEY":
			public = true
		}
	}
	switch {
	case len(c.keys) > 0:
		return c, nil
	case public:
		return c, noPrivateKey("the PEM text holds a public key")
	}
	return c, noPrivateKey("the PEM text holds certificates")
}

func pemKey(block *pem.Block, password string) (crypto.Signer, error) {
	der := block.Bytes
	//lint:ignore SA1019 the form is weak, and files of it are everywhere
	if x509.IsEncryptedPEMBlock(block) {
		if password == "" {
			return nil, wrongPassword(password)
		}
		var err error
		//lint:ignore SA1019 as above
		if der, err = x509.DecryptPEMBlock(block, []byte(password)); errors.Is(err, x509.IncorrectPasswordError) {
			return nil, wrongPassword(password)
		} else if err != nil {
			return nil, damaged(kind("PEM block "+block.Type), err)
		}
		key, err := parseDER(der, "")
		if err != nil {
			// One padding in 256 comes out right by chance.
			return nil, wrongPassword(password)
		}
		return key, nil
	}
	return parseDER(der, password)
}

// parseDER reads PKCS #8, plain or encrypted, PKCS #1 and SEC 1.
func parseDER(der []byte, password string) (crypto.Signer, error) {
	if encryptedPKCS8(der) {
		return decryptPKCS8(der, password)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err == nil {
		return asSigner(key)
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, damaged("private key", err)
}

func asSigner(key any) (crypto.Signer, error) {
	if signer, ok := key.(crypto.Signer); ok {
		return signer, nil
	}
	return nil, refuse(PartValue, "the key cannot sign; use an RSA or EC key")
}
