package tokenstore

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// docs/token-store.md describes the format for other programs: change both.
const (
	formatName    = "epicorerp token store"
	formatVersion = "1"
	maxFileSize   = 16 << 20 // thousands of tokens; more is something else's file
)

// document is what a settings file holds after its first line, which has the
// format's name and version and a checksum of the rest: damage shows, and is
// not taken for a record that is not there.
type document struct {
	KDF     derivation `json:"kdf"`
	Keyring string     `json:"keyring,omitempty"` // id of the key in the OS keyring, for new records
	Records []record   `json:"records"`
}

// derivation is how a key comes from a passphrase.
type derivation struct {
	Name       string `json:"name"`
	Iterations int    `json:"iterations"`
	Salt       []byte `json:"salt"`
}

// record is one sealed token.
type record struct {
	Name   string `json:"name"` // recordName of the key that Store's methods take
	Key    string `json:"key"`  // id of the key that it is sealed with
	From   origin `json:"from"`
	Sealed []byte `json:"sealed"` // nonce, ciphertext and tag
}

// origin is where a key came from, which an error can tell to who lacks it.
type origin string

const (
	fromProperty origin = "property"
	fromKeyFile  origin = "key file"
	fromKeyring  origin = "keyring"
)

// recordName is a digest, so that a file tells nobody whose tokens it holds.
func recordName(key string) string {
	sum := sha256.Sum256([]byte("epicorerp token store record\x00" + key))
	return hex.EncodeToString(sum[:])
}

func newDocument() *document {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	return &document{Records: []record{}, KDF: derivation{Name: kdfName, Iterations: kdfIterations, Salt: salt}}
}

// decodeDocument reads a settings file. Whatever it does not know it refuses:
// what it does not know it would lose when it writes.
func decodeDocument(text []byte) (*document, error) {
	if len(text) == 0 {
		return nil, errors.New("the file is empty")
	}
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	head, ok := strings.CutPrefix(string(line), formatName+" ")
	if !ok {
		return nil, errForeignFile
	}
	version, sum, _ := strings.Cut(head, " ")
	if version != formatVersion {
		return nil, fmt.Errorf("%w: its format is not version %s", errOtherVersion, formatVersion)
	}
	if sum != checksum(rest) {
		return nil, errors.New("the file is damaged: its content does not fit its checksum")
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader(rest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("the file is damaged: something follows its end")
	}
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	return &d, nil
}

func (d *document) encode() ([]byte, error) {
	rest, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, err
	}
	rest = append(rest, '\n')
	return append([]byte(formatName+" "+formatVersion+" "+checksum(rest)+"\n"), rest...), nil
}

func checksum(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

var (
	errForeignFile  = errors.New("the file is not a token store of this driver")
	errOtherVersion = errors.New("another version of this driver wrote it")
)

func (d *document) check() error {
	if d.KDF.Name != kdfName || d.KDF.Iterations < 1 || d.KDF.Iterations > kdfMaxIterations || len(d.KDF.Salt) < 16 {
		return errors.New("its key derivation is not one that version 1 has")
	}
	if d.Keyring != "" && !isHex(d.Keyring, 2*keyIDSize) {
		return errors.New("its keyring entry is no key id")
	}
	seen := map[string]bool{}
	for _, r := range d.Records {
		switch {
		case !isHex(r.Name, 2*sha256.Size) || !isHex(r.Key, 2*keyIDSize):
			return errors.New("a record lacks its name or key id")
		case !slices.Contains([]origin{fromProperty, fromKeyFile, fromKeyring}, r.From):
			return errors.New("a record's key is from nowhere known")
		case seen[r.Name]:
			return errors.New("a record is there twice")
		}
		seen[r.Name] = true
	}
	return nil
}

func isHex(s string, length int) bool {
	return len(s) == length && strings.Trim(s, "0123456789abcdef") == ""
}

func (d *document) find(name string) (record, bool) {
	i := slices.IndexFunc(d.Records, func(r record) bool { return r.Name == name })
	if i < 0 {
		return record{}, false
	}
	return d.Records[i], true
}

// put replaces the record of the same name. The order is that of the names: it
// tells nothing about who came when.
func (d *document) put(r record) {
	d.remove(r.Name)
	d.Records = append(d.Records, r)
	slices.SortFunc(d.Records, func(a, b record) int { return strings.Compare(a.Name, b.Name) })
}

func (d *document) remove(name string) (was bool) {
	n := len(d.Records)
	d.Records = slices.DeleteFunc(d.Records, func(r record) bool { return r.Name == name })
	return len(d.Records) < n
}

// plainToken is a token as it is sealed: Token itself never prints its secrets.
type plainToken struct {
	Access   string        `json:"access,omitempty"`
	Refresh  string        `json:"refresh,omitempty"`
	Obtained time.Time     `json:"obtained,omitzero"`
	Expiry   time.Time     `json:"expiry,omitzero"`
	Seed     string        `json:"seed,omitempty"`
	Pending  *plainPending `json:"pending,omitempty"`
}

type plainPending struct {
	State       string    `json:"state,omitempty"`
	Verifier    string    `json:"verifier,omitempty"`
	CallbackURL string    `json:"callbackURL,omitempty"`
	Expiry      time.Time `json:"expiry,omitzero"`
}

// additional is the data that a record's seal covers beside the token: a seal
// under another name, or said to be of another key, does not open.
func additional(name, keyID string) []byte {
	return []byte(formatName + " " + formatVersion + "\x00" + keyID + "\x00" + name)
}

func (k key) seal(name string, t Token) (record, error) {
	p := plainToken{Access: t.Access, Refresh: t.Refresh, Obtained: t.Obtained.UTC(), Expiry: t.Expiry.UTC(), Seed: t.Seed}
	if t.Pending != (Pending{}) {
		p.Pending = &plainPending{State: t.Pending.State, Verifier: t.Pending.Verifier, CallbackURL: t.Pending.CallbackURL, Expiry: t.Pending.Expiry.UTC()}
	}
	for _, s := range []string{t.Access, t.Refresh, t.Seed, t.Pending.State, t.Pending.Verifier, t.Pending.CallbackURL} {
		if !utf8.ValidString(s) {
			return record{}, errors.New("a token that is not UTF-8 cannot be stored")
		}
	}
	text, err := json.Marshal(p)
	if err != nil {
		return record{}, fmt.Errorf("the token cannot be stored: %w", err)
	}
	return record{Name: name, Key: k.id, From: k.from, Sealed: k.aead.Seal(nil, nil, text, additional(name, k.id))}, nil
}

// open returns the token of a record. What it fails with holds nothing of what
// was sealed.
func (k key) open(r record) (Token, error) {
	text, err := k.aead.Open(nil, nil, r.Sealed, additional(r.Name, r.Key))
	if err != nil {
		return Token{}, errors.New("a record is damaged: its seal does not fit")
	}
	var p plainToken
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Token{}, fmt.Errorf("%w: a record holds what this version does not know", errOtherVersion)
	}
	t := Token{Access: p.Access, Refresh: p.Refresh, Obtained: p.Obtained, Expiry: p.Expiry, Seed: p.Seed}
	if p.Pending != nil {
		t.Pending = Pending(*p.Pending)
	}
	return t, nil
}

// prune drops sign-ins that nobody finished, from every record that one of keys
// opens. A record with nothing else in it goes.
func (d *document) prune(now time.Time, keys map[string]key) error {
	for _, r := range slices.Clone(d.Records) {
		k, ok := keys[r.Key]
		if !ok {
			continue
		}
		t, err := k.open(r)
		if err != nil || t.Pending.Expiry.IsZero() || now.Before(t.Pending.Expiry) {
			continue // a damaged record is its owner's to hear of
		}
		t.Pending = Pending{}
		if t == (Token{}) {
			d.remove(r.Name)
			continue
		}
		if r, err = k.seal(r.Name, t); err != nil {
			return err
		}
		d.put(r)
	}
	return nil
}
