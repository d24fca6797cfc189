package xwb

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

type tokenKind uint8

const (
	word tokenKind = iota
	quoted
	text
	number
	param
	sign
)

// token is one lexical unit of the text. lower is the text of a word or name
// in lower case.
type token struct {
	kind  tokenKind
	pos   int
	text  string
	lower string
}

// source is a text with what its tokens tell and the tree of xwb1989 does not.
type source struct {
	opt    parse.Options
	tokens []token
	named  map[string][]token // the words and quoted names of a spelling in lower case
}

// scan cuts the text as xwb1989 does, and refuses what it reads otherwise than
// the dialect says.
func scan(sql string, opt parse.Options) *source {
	if !utf8.ValidString(sql) || strings.IndexByte(sql, 0) >= 0 {
		refuse(0, "the text is not valid UTF-8")
	}
	s := &source{opt: opt, named: map[string][]token{}}
	for pos := 0; pos < len(sql); {
		pos = s.next(sql, pos)
	}
	return s
}

func (s *source) emit(kind tokenKind, pos int, text string) {
	t := token{kind: kind, pos: pos, text: text}
	if kind == word || kind == quoted {
		t.lower = strings.ToLower(text)
		s.named[t.lower] = append(s.named[t.lower], t)
	}
	s.tokens = append(s.tokens, t)
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

var (
	wordText   = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*`)
	numberText = regexp.MustCompile(`^(0[xX][0-9A-Fa-f]+|([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?)`)
	paramText  = regexp.MustCompile(`^:[A-Za-z_][A-Za-z_0-9]*`)
	signs      = []string{"->>", "<=>", "->", "<>", "!=", "<=", ">=", "&&", "<<", ">>"}
)

// misread are signs that xwb1989 takes in another sense than the dialects do.
var misread = []struct{ sign, msg string }{
	{`"`, `xwb1989 takes "…" for a string: quote names with backticks and strings with apostrophes`},
	{"||", "xwb1989 takes || for OR: write OR or CONCAT"},
	{"//", "xwb1989 takes // for a comment"},
	{"/*!", "xwb1989 executes /*! comments, and fails on some: leave the comment out"},
	{"@", "xwb1989 takes @ for a letter: write parameters as ? or :name"},
	{"::", "list parameters are not supported: write one parameter for each value"},
}

// next reads what stands at pos and gives the place behind it.
func (s *source) next(sql string, pos int) int {
	rest := sql[pos:]
	for _, m := range misread {
		if strings.HasPrefix(rest, m.sign) {
			refuse(pos, "%s", m.msg)
		}
	}
	switch c := rest[0]; {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return pos + 1
	case strings.HasPrefix(rest, "--") || c == '#':
		return s.lineComment(sql, pos)
	case strings.HasPrefix(rest, "/*"):
		return s.blockComment(sql, pos)
	case c == '\'' || c == '`':
		return s.enclosed(sql, pos)
	case letter(c):
		w := wordText.FindString(rest)
		s.emit(word, pos, w)
		return pos + len(w)
	case digit(c) || c == '.' && len(rest) > 1 && digit(rest[1]):
		return s.number(sql, pos)
	case c == ':':
		if p := paramText.FindString(rest); p != "" && (len(p) == len(rest) || rest[len(p)] != '.') {
			s.emit(param, pos, p)
			return pos + len(p)
		}
		refuse(pos, "a parameter is written ? or :name")
	case c == '?':
		s.emit(param, pos, "?")
		return pos + 1
	}
	for _, sg := range signs {
		if strings.HasPrefix(rest, sg) {
			s.emit(sign, pos, sg)
			return pos + len(sg)
		}
	}
	_, size := utf8.DecodeRuneInString(rest)
	s.emit(sign, pos, rest[:size])
	return pos + size
}

func (s *source) lineComment(sql string, pos int) int {
	if sql[pos] == '#' && s.opt.Dialect != parse.MySQL {
		refuse(pos, "xwb1989 takes # for a comment")
	}
	if sql[pos] == '-' && pos+2 < len(sql) && sql[pos+2] > ' ' {
		refuse(pos, "xwb1989 takes -- for a comment, which needs a blank behind it in some systems: put one between the signs, or behind them")
	}
	if i := strings.IndexByte(sql[pos:], '\n'); i >= 0 {
		return pos + i + 1
	}
	return len(sql)
}

func (s *source) blockComment(sql string, pos int) int {
	body, _, closed := strings.Cut(sql[pos+2:], "*/")
	if !closed {
		refuse(pos, "the comment is not closed")
	}
	if strings.Contains(body+"*", "/*") {
		refuse(pos, "xwb1989 ends a comment within a comment at the first */")
	}
	return pos + len(body) + len("/**/")
}

// enclosed reads a string or a name in backticks.
func (s *source) enclosed(sql string, pos int) int {
	quote := sql[pos : pos+1]
	content, end := "", pos+1
	for {
		i := strings.IndexAny(sql[end:], quote+`\`)
		if i < 0 {
			refuse(pos, "the string or name is not closed")
		}
		content += sql[end : end+i]
		end += i
		switch {
		case sql[end] == '\\':
			refuse(end, `xwb1989 takes a backslash for an escape: bind the value as a parameter`)
		case strings.HasPrefix(sql[end+1:], quote):
			content += quote
			end += 2
			continue
		}
		break
	}
	prefix := len(s.tokens) - 1
	switch {
	case quote == "`":
		s.emit(quoted, pos, content)
	case prefix >= 0 && s.tokens[prefix].pos == pos-1 && (s.tokens[prefix].lower == "x" || s.tokens[prefix].lower == "b") && s.tokens[prefix].kind == word:
		if strings.Contains(content, quote) {
			refuse(pos, "xwb1989 takes the quote for the end of the bits or bytes")
		}
		s.tokens[prefix] = token{kind: number, pos: pos - 1, text: content}
	default:
		s.emit(text, pos, content)
	}
	return end + 1
}

func (s *source) number(sql string, pos int) int {
	n := numberText.FindString(sql[pos:])
	end := pos + len(n)
	if end < len(sql) && letter(sql[end]) {
		refuse(pos, "%q is neither a number nor a name: quote the name, or put a blank behind the number", sql[pos:end+1])
	}
	s.emit(number, pos, n)
	return end
}
