package main

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// piece is a statement in a longer text.
type piece struct {
	text   string
	offset int  // of its first byte in the text
	blank  bool // nothing but blanks and comments
}

// split cuts a text at the semicolons that end statements. What follows the
// last of them comes as rest, which may be blank. It knows quotes and comments,
// and nothing more of SQL.
func split(text string, d parse.Dialect) (statements []piece, rest piece) {
	s := splitter{text: text, dialect: d}
	start, blank := 0, true
	for i := 0; i < len(text); {
		next, comment := s.skip(i)
		if text[i] == ';' {
			if !blank {
				statements = append(statements, piece{text: text[start:i], offset: start})
			}
			start, blank = next, true
		} else if !comment && strings.TrimSpace(text[i:next]) != "" {
			blank = false
		}
		i = next
	}
	return statements, piece{text: text[start:], offset: start, blank: blank}
}

type splitter struct {
	text    string
	dialect parse.Dialect
}

// skip returns where the quoted thing, the comment or the single byte at i ends.
func (s splitter) skip(i int) (next int, comment bool) {
	rest := s.text[i:]
	switch {
	case strings.HasPrefix(rest, "--"), rest[0] == '#' && s.dialect == parse.MySQL:
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return i + n + 1, true
		}
		return len(s.text), true
	case strings.HasPrefix(rest, "/*"):
		return s.after(i+2, "*/"), true
	case rest[0] == '\'' || rest[0] == '"' || rest[0] == '`':
		return s.quoted(i), false
	case rest[0] == '[' && !s.subscript(i):
		return s.after(i+1, "]"), false
	case rest[0] == '$' && s.dialect == parse.Postgres:
		if tag := dollarTag(rest); tag != "" {
			return s.after(i+len(tag), tag), false
		}
	}
	return i + 1, false
}

// after is the position behind the next mark, or the end.
func (s splitter) after(i int, mark string) int {
	if n := strings.Index(s.text[i:], mark); n >= 0 {
		return i + n + len(mark)
	}
	return len(s.text)
}

// quoted is the position behind a quoted text; a doubled quote ends one text
// and begins the next, which comes to the same.
func (s splitter) quoted(i int) int {
	quote := s.text[i]
	escapes := quote != '`' && s.dialect == parse.MySQL ||
		quote == '\'' && s.dialect == parse.Postgres && i > 0 && strings.ContainsRune("eE", rune(s.text[i-1]))
	for i++; i < len(s.text); i++ {
		switch {
		case s.text[i] == '\\' && escapes:
			i++
		case s.text[i] == quote:
			return i + 1
		}
	}
	return len(s.text)
}

// subscript tells whether the [ at i follows a value and so opens no name.
func (s splitter) subscript(i int) bool {
	if i == 0 {
		return false
	}
	c := s.text[i-1]
	return c == ']' || c == ')' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// dollarTag is the $tag$ that a text begins with, or "".
func dollarTag(text string) string {
	for i := 1; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '$':
			return text[:i+1]
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' && i > 1:
		default:
			return ""
		}
	}
	return ""
}
