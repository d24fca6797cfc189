package certificate

import (
	"errors"
	"fmt"
)

// Error says why no key came out of a store. It never holds what the store
// holds, nor its password.
type Error struct {
	Part    Part
	Message string // what is wrong and what would be right
	Err     error
}

// Part is the half of a property's name that an Error is about; see PropertyOf.
type Part string

// The parts of a Source.
const (
	PartValue    Part = ""
	PartType     Part = "Type"
	PartPassword Part = "Password"
	PartSubject  Part = "Subject"
)

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// PropertyOf names the property that an error of Load is about, where name is
// that of the store's own: SSLClientCert or OAuthJWTCert.
func PropertyOf(err error, name string) string {
	var e *Error
	if errors.As(err, &e) {
		return name + string(e.Part)
	}
	return name
}

func refuse(part Part, format string, args ...any) *Error {
	return &Error{Part: part, Message: fmt.Sprintf(format, args...)}
}

// damaged is a store that cannot be read. The texts of encoding/json and of
// encoding/base64 quote what they could not read: they do not belong in cause.
func damaged(what kind, cause error) *Error {
	e := refuse(PartValue, "the %s is damaged or of a kind that is not known", what)
	if cause != nil {
		e.Message, e.Err = e.Message+": "+cause.Error(), cause
	}
	return e
}

func noPrivateKey(what string) *Error {
	return refuse(PartValue, "%s without a private key; export the certificate together with its key, as PFX for example", what)
}

// wrongPassword tells a password that is missing from one that does not fit.
func wrongPassword(password string) *Error {
	if password == "" {
		return refuse(PartPassword, "the store is encrypted, and its password is missing")
	}
	return refuse(PartPassword, "the password is wrong")
}
