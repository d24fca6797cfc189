package jsonpage

// Kind says what a Token's bytes are.
type Kind uint8

// The kinds of a Token. Absent is the zero value: the row has no such member,
// which is not the same as Null.
const (
	Absent        Kind = iota
	Null               // null
	False              // false
	True               // true
	Number             // a JSON number, as written
	String             // a string without escapes; the token excludes the quotes
	EscapedString      // a string with at least one escape; the token excludes the quotes
	Object             // an object, braces included
	Array              // an array, brackets included
)

var kindNames = [...]string{"nothing", "null", "false", "true", "a number", "a string", "a string", "an object", "an array"}

// String names the kind as error messages do, with its article.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "an unknown kind"
}

// Token is a value's place in its page: page[Off:End]. For both kinds of
// strings the quotes are outside of it.
type Token struct {
	Off, End uint32
	Kind     Kind
}

// Bytes returns the token's text, which shares page's memory.
func (t Token) Bytes(page []byte) []byte { return page[t.Off:t.End] }

// IsNull tells whether the member is missing or null.
func (t Token) IsNull() bool { return t.Kind <= Null }

// IsString tells whether the token is a string of either kind.
func (t Token) IsString() bool { return t.Kind == String || t.Kind == EscapedString }
