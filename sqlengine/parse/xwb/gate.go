package xwb

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

var (
	// beforeString are the words behind which a string is an operand. Behind
	// another word xwb1989 takes it for an alias: DATE '2024-01-01', N'x'.
	beforeString = wordSet(`and or not like regexp rlike escape between in when then else case select where having by separator
		interval div mod limit offset on is as distinct collate`)

	// structural are the words that begin a clause here and that xwb1989 takes
	// for no name.
	structural = wordSet(`select from where having and or not null true false case when then else as in is like between union join on
		group order by limit offset for into inner left right cross natural outer straight_join using set values
		div mod regexp rlike collate escape end distinct all use force partition lock asc desc ignore`)

	// apart are words that this language reads in a way of its own.
	apart = wordSet(`rollup cube symmetric asymmetric distinctrow sql_calc_found_rows sql_small_result sql_big_result sql_buffer_result
		high_priority low_priority delayed next stream match leading trailing both current_user session_user system_user current_catalog
		current_role current_schema`)

	// values are structural words that are operands themselves: a sign behind
	// them is between two operands.
	values = wordSet("end null true false")

	// otherwise are what binds or means something else outside MySQL.
	otherwise = wordSet("& | ^ << >> -> ->> ! && collate binary convert")
)

// gate refuses the texts that xwb1989 misreads.
func (s *source) gate() {
	switch first := s.at(0); first.shown() {
	case "exec", "execute", "call", "{":
		refuse(first.pos, "xwb1989 knows no calls of procedures: use the driver's own parser")
	}
	prefixes := 0
	for i := range s.tokens {
		t := &s.tokens[i]
		switch t.kind {
		case text:
			s.gateString(i)
		case word:
			s.gateWord(i)
		case number:
			if s.opt.Dialect == parse.Postgres && strings.HasPrefix(strings.ToLower(t.text), "0x") {
				refuse(t.pos, "xwb1989 reads 0x… as MySQL does: name Dialect=mysql")
			}
		case param:
			if first := s.firstParam(); (first == "?") != (t.text == "?") {
				refuse(t.pos, "parameters of two kinds in one statement: %s and %s", first, t.text)
			}
		case sign:
			s.gateSign(i)
		}
		if otherwise[t.shown()] && s.opt.Dialect != parse.MySQL {
			refuse(t.pos, "xwb1989 reads %s as MySQL does: name Dialect=mysql", t.text)
		}
		if s.prefix(i) {
			if prefixes++; prefixes > s.opt.MaxDepth {
				refuse(t.pos, "the statement nests more than %d levels deep", s.opt.MaxDepth)
			}
		} else {
			prefixes = 0
		}
	}
}

// shown is a sign, or a word in lower case; nothing for what is quoted and for
// values.
func (t *token) shown() string {
	switch t.kind {
	case sign:
		return t.text
	case word:
		return t.lower
	}
	return ""
}

// at gives the i-th token, or an empty sign outside the text.
func (s *source) at(i int) *token {
	if i < 0 || i >= len(s.tokens) {
		return &token{kind: sign}
	}
	return &s.tokens[i]
}

func (s *source) firstParam() string {
	for i := range s.tokens {
		if s.tokens[i].kind == param {
			return s.tokens[i].text
		}
	}
	return ""
}

func (s *source) gateString(i int) {
	t, prev := s.at(i), s.at(i-1)
	operand := prev.kind == sign && prev.text != ")" && prev.text != "" ||
		prev.kind == word && beforeString[prev.lower] && s.at(i-2).shown() != "." // t.like is a column
	if !operand {
		refuse(t.pos, "xwb1989 takes a string behind a value or a name for an alias: put AS before it, or leave out the prefix")
	}
	if t.text == "" && (prev.lower == "as" || prev.lower == "collate") {
		refuse(t.pos, "an alias or a collation must not be empty")
	}
}

func (s *source) gateWord(i int) {
	t := s.at(i)
	if s.at(i-1).shown() == "." {
		return
	}
	switch {
	case ast.Clause(strings.ToUpper(t.text)) && !structural[t.lower]:
		refuse(t.pos, "xwb1989 takes %s for a name: quote the name, or use the driver's own parser for what the word begins", t.text)
	case apart[t.lower], t.lower == "top" && s.at(i+1).text == "(":
		refuse(t.pos, "xwb1989 does not know %s", t.text)
	case t.lower == "interval" && s.opt.Dialect != parse.MySQL && !s.simpleInterval(i):
		refuse(t.pos, "xwb1989 reads INTERVAL as MySQL does: put its value in parentheses, or name Dialect=mysql")
	case t.lower == "on" && s.at(i-1).shown() == "=":
		refuse(t.pos, "xwb1989 takes ON for a string here")
	}
}

// simpleInterval reports whether every dialect sees the end of the value of
// the INTERVAL at i.
func (s *source) simpleInterval(i int) bool {
	unit := func(i int) bool { return ast.IntervalUnit(strings.ToUpper(s.at(i).lower)) }
	switch next := s.at(i + 1); next.kind {
	case number, param:
		return true
	case sign:
		return next.text == "(" || unit(i+3)
	}
	return unit(i + 2)
}

// gateSign refuses what is lost on the way to a number: + before it, and two
// minuses.
func (s *source) gateSign(i int) {
	t, next := s.at(i), s.at(i+1)
	if !s.prefix(i) || t.text != "+" && t.text != "-" {
		return
	}
	if t.text == "+" && next.kind == number || next.shown() == "-" || next.shown() == "+" {
		refuse(t.pos, "xwb1989 drops signs before a number: put the signed number in parentheses")
	}
}

// prefix reports whether the i-th token is a prefix operator.
func (s *source) prefix(i int) bool {
	t := s.at(i)
	switch t.shown() {
	case "not", "~", "!", "binary":
		return true
	case "+", "-":
		prev := s.at(i - 1)
		if prev.kind == sign {
			return prev.text != ")"
		}
		return prev.kind == word && (structural[prev.lower] || prev.lower == "interval" || prev.lower == "binary") && !values[prev.lower]
	}
	return false
}
