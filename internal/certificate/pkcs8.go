package certificate

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// encryptedKeyInfo is EncryptedPrivateKeyInfo of RFC 5958, section 3.
type encryptedKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// pbes2Params, pbkdf2Params and scryptParams are those of RFC 8018, appendices
// A.4 and A.2, and RFC 7914, section 7.1.
type (
	pbes2Params struct {
		KeyDerivation, Encryption pkix.AlgorithmIdentifier
	}
	pbkdf2Params struct {
		Salt       asn1.RawValue
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	scryptParams struct {
		Salt                  []byte
		Cost, BlockSize, Lane int
		KeyLength             int `asn1:"optional"`
	}
)

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

// prfs are the hashes of HMAC by the object identifier of the PRF.
var prfs = map[string]func() hash.Hash{
	"": sha1.New, "1.2.840.113549.2.7": sha1.New, "1.2.840.113549.2.8": sha256.New224, "1.2.840.113549.2.9": sha256.New,
	"1.2.840.113549.2.10": sha512.New384, "1.2.840.113549.2.11": sha512.New,
}

// ciphers are block ciphers in CBC mode with the length of their keys.
var ciphers = map[string]struct {
	length int
	block  func([]byte) (cipher.Block, error)
}{
	"2.16.840.1.101.3.4.1.2": {16, aes.NewCipher}, "2.16.840.1.101.3.4.1.22": {24, aes.NewCipher}, "2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7": {24, des.NewTripleDESCipher},
}

// The most work that a key file may ask for before its password is checked.
const (
	maxIterations   = 10_000_000
	maxScryptMemory = 1 << 30
)

func encryptedPKCS8(der []byte) bool {
	var info encryptedKeyInfo
	rest, err := asn1.Unmarshal(der, &info)
	return err == nil && len(rest) == 0 && len(info.Algorithm.Algorithm) > 0 && len(info.Data) > 0
}

// decryptPKCS8 decrypts a key by PBES2 of RFC 8018, section 6.2, which the
// standard library does not have.
func decryptPKCS8(der []byte, password string) (crypto.Signer, error) {
	if password == "" {
		return nil, wrongPassword(password)
	}
	var info encryptedKeyInfo
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, damaged("encrypted key", err)
	}
	if !info.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, refuse(PartValue, "the key is encrypted in an outdated way (%v); encrypt it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc", info.Algorithm.Algorithm)
	}
	plain, err := decryptPBES2(info, password)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, wrongPassword(password)
	}
	return asSigner(key)
}

func decryptPBES2(info encryptedKeyInfo, password string) ([]byte, error) {
	var params pbes2Params
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, damaged("encrypted key", err)
	}
	c, known := ciphers[params.Encryption.Algorithm.String()]
	if !known {
		return nil, refuse(PartValue, "the key is encrypted with a cipher that is not known (%v); use AES", params.Encryption.Algorithm)
	}
	var iv []byte
	if _, err := asn1.Unmarshal(params.Encryption.Parameters.FullBytes, &iv); err != nil {
		return nil, damaged("encrypted key", err)
	}
	key, err := deriveKey(params.KeyDerivation, password, c.length)
	if err != nil {
		return nil, damaged("encrypted key", err)
	}
	block, err := c.block(key)
	if err != nil {
		return nil, damaged("encrypted key", err)
	}
	if size := block.BlockSize(); len(iv) != size || len(info.Data) == 0 || len(info.Data)%size != 0 {
		return nil, damaged("encrypted key", errors.New("its length is not one of whole blocks"))
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > block.BlockSize() {
		return nil, wrongPassword(password)
	}
	return plain[:len(plain)-padding], nil
}

func deriveKey(algorithm pkix.AlgorithmIdentifier, password string, length int) ([]byte, error) {
	switch {
	case algorithm.Algorithm.Equal(oidPBKDF2):
		var p pbkdf2Params
		if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &p); err != nil {
			return nil, err
		}
		prf, known := prfs[p.PRF.Algorithm.String()]
		if !known || p.Iterations < 1 || p.Iterations > maxIterations || p.Salt.Tag != asn1.TagOctetString {
			return nil, errors.New("parameters of PBKDF2 that are not known")
		}
		return pbkdf2.Key(prf, password, p.Salt.Bytes, p.Iterations, length)
	case algorithm.Algorithm.Equal(oidScrypt):
		var p scryptParams
		if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &p); err != nil {
			return nil, err
		}
		if p.Cost < 2 || p.BlockSize < 1 || p.Lane < 1 || p.Lane > 64 || p.Cost > maxScryptMemory/128/p.BlockSize {
			return nil, errors.New("parameters of scrypt that are out of bounds")
		}
		return scrypt.Key([]byte(password), p.Salt, p.Cost, p.BlockSize, p.Lane, length)
	}
	return nil, errors.New("a key derivation that is not known")
}
