package expr

var _ = register(GroupSession,
	sessionText("CURRENT_SCHEMA", []string{"SCHEMA_NAME"}, "the default schema", func(s *Statement) string { return s.Schema }),
	sessionText("DATABASE", []string{"CURRENT_DATABASE", "CURRENT_CATALOG", "DB_NAME"}, "the default schema, which is what MySQL calls the database", func(s *Statement) string { return s.Schema }),
	sessionText("CURRENT_USER", []string{"USER", "SESSION_USER", "SYSTEM_USER", "SUSER_NAME", "USER_NAME"}, "the user of the connection", func(s *Statement) string { return s.User }),
	sessionText("VERSION", nil, "the version of the driver", func(s *Statement) string { return s.Version }),
)

// sessionText makes a function of no arguments; an empty answer is NULL.
func sessionText(name string, aliases []string, doc string, get func(*Statement) string) *Function {
	return &Function{Name: name, Aliases: aliases, Doc: doc, Volatility: Stable, Nulls: MaybeNull,
		forms: []form{on("-> text", func(f *Frame, _ []datum) datum {
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

func errNoStatement(name string) *Error {
	return errf(stateUnsupported, "%s is only known while a statement runs", name)
}
