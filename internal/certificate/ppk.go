package certificate

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// ppkFile is a PuTTY key as PuTTY's manual describes it in appendix C, "PPK
// file format". Its blobs are SSH's (RFC 4253, section 6.6, and RFC 5656,
// section 3.1).
type ppkFile struct {
	fields          map[string]string // by name, in lower case
	version         string
	algorithm       string
	public, private []byte
}

// The most work that a file may ask for before its passphrase is checked.
const (
	maxArgonMemory = 1 << 20 // KiB
	maxArgonPasses = 1 << 12
)

func decodePPK(data []byte, password string) (contents, error) {
	var c contents
	f, err := parsePPK(string(trimText(data)))
	if err != nil {
		return c, err
	}
	mac, err := f.decrypt(password)
	if err != nil {
		return c, err
	}
	if !f.authentic(mac) {
		if f.fields["encryption"] == "none" {
			return c, damaged(ppk, errors.New("its MAC does not fit"))
		}
		return c, wrongPassword(password)
	}
	key, err := f.key()
	if err == nil {
		c.keys = []privateKey{{Signer: key}}
	}
	return c, err
}

func parsePPK(text string) (*ppkFile, error) {
	f := &ppkFile{fields: map[string]string{}}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	for i := 0; i < len(lines); i++ {
		name, value, found := strings.Cut(lines[i], ": ")
		name = strings.ToLower(name)
		switch {
		case !found && strings.TrimSpace(lines[i]) == "":
			continue
		case !found && !strings.HasPrefix(name, "comment:"):
			return nil, damaged(ppk, nil)
		case name == "public-lines" || name == "private-lines":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 || n >= len(lines)-i {
				return nil, damaged(ppk, errors.New("it is cut short"))
			}
			blob, err := base64.StdEncoding.DecodeString(strings.Join(lines[i+1:i+1+n], ""))
			if err != nil {
				return nil, damaged(ppk, nil)
			}
			if i += n; name == "public-lines" {
				f.public = blob
			} else {
				f.private = blob
			}
		case strings.HasPrefix(name, "putty-user-key-file-"):
			f.version, f.algorithm = strings.TrimPrefix(name, "putty-user-key-file-"), value
		default:
			f.fields[name] = value
		}
	}
	switch {
	case f.version != "2" && f.version != "3":
		return nil, refuse(PartValue, "the PuTTY key is of version %q; save it anew with PuTTYgen as version 2 or 3", f.version)
	case f.fields["encryption"] != "none" && f.fields["encryption"] != "aes256-cbc":
		return nil, refuse(PartValue, "the PuTTY key is encrypted in a way that is not known: %q", f.fields["encryption"])
	}
	return f, nil
}

// decrypt decrypts the private blob and returns the MAC under the passphrase.
func (f *ppkFile) decrypt(passphrase string) (hash.Hash, error) {
	encrypted := f.fields["encryption"] != "none"
	if !encrypted {
		passphrase = ""
	} else if passphrase == "" {
		return nil, wrongPassword(passphrase)
	}
	var key, iv []byte
	var mac hash.Hash
	switch {
	case f.version == "2":
		key, iv = ppk2Key(passphrase), make([]byte, aes.BlockSize)
		macKey := sha1.Sum([]byte("putty-private-key-file-mac-key" + passphrase))
		mac = hmac.New(sha1.New, macKey[:])
	case !encrypted:
		mac = hmac.New(sha256.New, nil)
	default:
		derived, err := f.argon2(passphrase)
		if err != nil {
			return nil, err
		}
		key, iv, mac = derived[:32], derived[32:48], hmac.New(sha256.New, derived[48:])
	}
	if !encrypted {
		return mac, nil
	}
	if len(f.private)%aes.BlockSize != 0 {
		return nil, damaged(ppk, errors.New("its length is not one of whole blocks"))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, damaged(ppk, err)
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(f.private, f.private)
	return mac, nil
}

func ppk2Key(passphrase string) []byte {
	first := sha1.Sum([]byte("\x00\x00\x00\x00" + passphrase))
	second := sha1.Sum([]byte("\x00\x00\x00\x01" + passphrase))
	return append(first[:], second[:]...)[:32]
}

// argon2 derives the 32 bytes of the cipher's key, 16 of its initialization
// vector and 32 of the MAC's key.
func (f *ppkFile) argon2(passphrase string) ([]byte, error) {
	memory, errMemory := strconv.ParseUint(f.fields["argon2-memory"], 10, 32)
	passes, errPasses := strconv.ParseUint(f.fields["argon2-passes"], 10, 32)
	lanes, errLanes := strconv.ParseUint(f.fields["argon2-parallelism"], 10, 8)
	salt, errSalt := hex.DecodeString(f.fields["argon2-salt"])
	if err := errors.Join(errMemory, errPasses, errLanes, errSalt); err != nil {
		return nil, damaged(ppk, nil)
	}
	if memory > maxArgonMemory || passes < 1 || passes > maxArgonPasses || lanes < 1 {
		return nil, refuse(PartValue, "the PuTTY key's Argon2 parameters are out of bounds; save it anew with PuTTYgen's own")
	}
	const length = 32 + 16 + 32
	switch flavour := f.fields["key-derivation"]; flavour {
	case "Argon2id":
		return argon2.IDKey([]byte(passphrase), salt, uint32(passes), uint32(memory), uint8(lanes), length), nil
	case "Argon2i":
		return argon2.Key([]byte(passphrase), salt, uint32(passes), uint32(memory), uint8(lanes), length), nil
	default:
		return nil, refuse(PartValue, "the PuTTY key's derivation %q is not supported; save it anew with Argon2id", flavour)
	}
}

// authentic checks the MAC over everything that the file says, the private blob
// in the clear.
func (f *ppkFile) authentic(mac hash.Hash) bool {
	for _, part := range []string{f.algorithm, f.fields["encryption"], f.fields["comment"], string(f.public), string(f.private)} {
		// hash.Hash never fails.
		_, _ = mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		_, _ = mac.Write([]byte(part))
	}
	want, err := hex.DecodeString(f.fields["private-mac"])
	return err == nil && hmac.Equal(mac.Sum(nil), want)
}

// sshCurves are the curves of RFC 5656 by the names of the algorithms.
var sshCurves = map[string]elliptic.Curve{
	"ecdsa-sha2-nistp256": elliptic.P256(), "ecdsa-sha2-nistp384": elliptic.P384(), "ecdsa-sha2-nistp521": elliptic.P521(),
}

func (f *ppkFile) key() (crypto.Signer, error) {
	public, private := sshReader{rest: f.public}, sshReader{rest: f.private}
	algorithm := string(public.bytes())
	curve, isEC := sshCurves[algorithm]
	switch {
	case algorithm != f.algorithm || public.short:
		return nil, damaged(ppk, nil)
	case algorithm == "ssh-rsa":
		e, n := public.number(), public.number()
		d, p, q := private.number(), private.number(), private.number()
		if public.short || private.short {
			return nil, damaged(ppk, nil)
		}
		return rsaKey(ppk, n, e, d, p, q)
	case isEC:
		_ = public.bytes() // the curve's name once more
		point, d := public.bytes(), private.number()
		if public.short || private.short {
			return nil, damaged(ppk, nil)
		}
		return ecKey(ppk, curve, d, point)
	}
	return nil, refuse(PartValue, "the PuTTY key is of the kind %q; an RSA or ECDSA key is needed", f.algorithm)
}

// rsaKey makes a key of its numbers and checks that they belong together.
func rsaKey(store kind, n, e, d, p, q *big.Int) (crypto.Signer, error) {
	if !e.IsInt64() || e.Int64() > 1<<31-1 {
		return nil, damaged(store, errors.New("its public exponent is too large"))
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())}, D: d, Primes: []*big.Int{p, q}}
	if err := key.Validate(); err != nil {
		return nil, damaged(store, err)
	}
	key.Precompute()
	return key, nil
}

// ecKey makes a key of its number and checks that its public point is point,
// uncompressed.
func ecKey(store kind, curve elliptic.Curve, d *big.Int, point []byte) (crypto.Signer, error) {
	size := (curve.Params().N.BitLen() + 7) / 8
	if d.Sign() <= 0 || (d.BitLen()+7)/8 > size {
		return nil, damaged(store, errors.New("its private number is out of bounds"))
	}
	key, err := ecdsa.ParseRawPrivateKey(curve, d.FillBytes(make([]byte, size)))
	if err != nil {
		return nil, damaged(store, err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil || string(public) != string(point) {
		return nil, damaged(store, fmt.Errorf("its public key is not that of its private key"))
	}
	return key, nil
}

// sshReader reads the data types of RFC 4251, section 5. What is missing sets
// short.
type sshReader struct {
	rest  []byte
	short bool
}

func (r *sshReader) bytes() []byte {
	if len(r.rest) < 4 || uint64(len(r.rest)-4) < uint64(binary.BigEndian.Uint32(r.rest)) {
		r.rest, r.short = nil, true
		return nil
	}
	end := 4 + int(binary.BigEndian.Uint32(r.rest))
	value := r.rest[4:end]
	r.rest = r.rest[end:]
	return value
}

// number reads an mpint; those of keys are not negative.
func (r *sshReader) number() *big.Int { return new(big.Int).SetBytes(r.bytes()) }
