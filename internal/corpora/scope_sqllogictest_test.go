package corpora

var sqllogictestRules = []rule{
	{reason: "triggers", sql: `^\s*(CREATE|DROP)\s+TRIGGER\b`},
	{reason: "indexes, of which there are none: dropping one is never an error", sql: `^\s*DROP\s+INDEX\b`, diff: `^no error$`},
}
