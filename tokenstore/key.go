package tokenstore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A passphrase costs a tenth of a second (OWASP's number for PBKDF2 with
// SHA-256), once a process. The number is in the file and may rise there.
const (
	kdfName          = "PBKDF2-HMAC-SHA256"
	kdfIterations    = 600_000
	kdfMaxIterations = 10_000_000
	keySize          = 32
	keyIDSize        = 8
)

// key seals and opens records.
type key struct {
	id   string
	from origin
	aead cipher.AEAD
}

func newKey(secret []byte, from origin) (key, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return key{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return key{}, err
	}
	return key{id: keyID(secret), from: from, aead: aead}, nil
}

// keyID names a key without telling anything of it.
func keyID(secret []byte) string {
	sum := sha256.Sum256(append([]byte("epicorerp token store key\x00"), secret...))
	return hex.EncodeToString(sum[:keyIDSize])
}

// keysOf reads keys, one a line. A line that is 32 bytes in base64 or hex is the
// key itself, any other a passphrase.
func (p *place) keysOf(text, what string, from origin, kdf derivation) ([]key, error) {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && !unicode.IsSpace(c) }) {
		return nil, keyError("%s is not text: write 32 random bytes in base64 or hex, or a passphrase", what)
	}
	var out []key
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		k, err := p.keyOf(line, from, kdf)
		if err != nil {
			return nil, keyError("%s: %w", what, err)
		}
		out = append(out, k)
	}
	if len(out) == 0 {
		return nil, keyError("%s is blank: write 32 random bytes in base64 or hex, or a passphrase", what)
	}
	return out, nil
}

func (p *place) keyOf(text string, from origin, kdf derivation) (key, error) {
	if secret := decodeKey(text); secret != nil {
		return newKey(secret, from)
	}
	return p.derivedKey(text, kdf, from)
}

// decodeKey returns the 32 bytes that text is in hex or in base64 of either
// alphabet, padded or not; nil if it is not.
func decodeKey(text string) []byte {
	if secret, err := hex.DecodeString(text); err == nil && len(secret) == keySize {
		return secret
	}
	bare := strings.TrimRight(text, "=")
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if secret, err := enc.DecodeString(bare); err == nil && len(secret) == keySize {
			return secret
		}
	}
	return nil
}

// derivedKey returns the key of a passphrase, worked out once a process.
func (p *place) derivedKey(passphrase string, kdf derivation, from origin) (key, error) {
	digest := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%x\x00%s", from, kdf.Iterations, kdf.Salt, passphrase))
	p.deriving.Lock()
	defer p.deriving.Unlock()
	if k, ok := p.keptKey(digest); ok {
		return k, nil
	}
	secret, err := pbkdf2.Key(sha256.New, passphrase, kdf.Salt, kdf.Iterations, keySize)
	if err != nil {
		return key{}, err
	}
	k, err := newKey(secret, from)
	if err == nil {
		p.keep(digest, k)
	}
	return k, err
}
