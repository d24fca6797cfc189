package epicorerp

import (
	"fmt"
	"io"
	"log/slog"
	"unique"
)

// secretMask is what a Secret that holds something shows instead of it.
const secretMask = "***"

// Secret holds a password, key or token. However it is printed, logged or
// marshalled it shows *** (or nothing when it is empty); only Reveal gives the
// value. Secrets with equal values are equal under ==. The zero Secret is
// empty.
//
// The value sits behind a pointer because fmt prints the raw contents of
// unexported struct fields without asking their methods: a Secret deep inside
// someone's struct then shows an address, not a password.
type Secret struct {
	handle unique.Handle[string]
}

// NewSecret wraps value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{handle: unique.Make(value)}
}

// Reveal returns the value itself. Call it where the value goes onto the wire,
// and nowhere else.
func (s Secret) Reveal() string {
	if s.IsEmpty() {
		return ""
	}
	return s.handle.Value()
}

// IsEmpty says whether there is no value.
func (s Secret) IsEmpty() bool {
	return s == Secret{}
}

// String returns *** or, for an empty Secret, nothing.
func (s Secret) String() string {
	if s.IsEmpty() {
		return ""
	}
	return secretMask
}

// Format masks the value under every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) {
	// A failing fmt.State has nobody to report to.
	_, _ = io.WriteString(f, s.String())
}

// LogValue masks the value in log/slog records.
func (s Secret) LogValue() slog.Value {
	return slog.StringValue(s.String())
}

// MarshalText masks the value in every text encoding, JSON among them.
func (s Secret) MarshalText() ([]byte, error) {
	return []byte(s.String()), nil
}

// MarshalJSON masks the value.
func (s Secret) MarshalJSON() ([]byte, error) {
	return []byte(`"` + s.String() + `"`), nil
}
