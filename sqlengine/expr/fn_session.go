package expr

import (
	"crypto/rand"
	"encoding/hex"
)

var _ = register(GroupSession,
	sessionText("CURRENT_SCHEMA", []string{"SCHEMA_NAME", "SCHEMA"}, "the default schema", func(s *Statement) string { return s.Schema }),
	sessionText("DATABASE", []string{"CURRENT_DATABASE", "CURRENT_CATALOG", "DB_NAME"}, "the default schema, which is what MySQL calls the database", func(s *Statement) string { return s.Schema }),
	sessionText("CURRENT_USER", []string{"USER", "SESSION_USER", "SYSTEM_USER", "CURRENT_ROLE", "SUSER_NAME", "SUSER_SNAME", "USER_NAME"}, "the user of the connection", func(s *Statement) string { return s.User }),
	&Function{Name: "NEWID", Aliases: []string{"GEN_RANDOM_UUID", "UUID", "UUID_GENERATE_V4"}, Volatility: Volatile, Nulls: NeverNull,
		Doc: "a random UUID (version 4), another one for each row", forms: []*form{on("-> uuid", newID)}},
	sessionText("VERSION", nil, "the version of the driver", func(s *Statement) string { return s.Version }),
)

// sessionText makes a function of no arguments; an empty answer is NULL.
func sessionText(name string, aliases []string, doc string, get func(*Statement) string) *Function {
	return &Function{Name: name, Aliases: aliases, Doc: doc, Volatility: Stable, Nulls: MaybeNull,
		forms: []*form{on("-> text", func(f *Frame, _ []datum) datum {
			if f.Stmt == nil {
				return f.fail(errNoStatement(name))
			}
			s := get(f.Stmt)
			if s == "" {
				return nullDatum
			}
			return f.textOf(s)
		})}}
}

func newID(f *Frame, _ []datum) datum {
	var id [16]byte
	rand.Read(id[:]) // never fails
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	start := len(f.Scratch)
	for i := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			f.Scratch = append(f.Scratch, '-')
		}
		f.Scratch = hex.AppendEncode(f.Scratch, id[i:i+1])
	}
	return f.text(start)
}

func errNoStatement(name string) *Error {
	return errf(stateUnsupported, "%s is only known while a statement runs", name)
}
