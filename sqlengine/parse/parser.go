package parse

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

type parser struct {
	src      string
	opt      Options
	toks     []token
	i        int
	depth    int
	height   int // of the highest tree finished since the enclosing one began
	ordinals int // parameters written as ? so far
	param1   *ast.Param
	follow   int      // token index for which next says what may stand there
	next     []string // only used in messages
	inUpsert bool     // VALUES(x) is a function in ON DUPLICATE KEY UPDATE
}

// run parses with f and turns a bailout into its error.
func run(sql string, opt Options, f func(*parser)) (err error) {
	if opt.MaxText == 0 {
		opt.MaxText = DefaultMaxText
	}
	if opt.MaxDepth == 0 {
		opt.MaxDepth = DefaultMaxDepth
	}
	opt.MaxText = min(opt.MaxText, math.MaxInt32) // tokens keep 32-bit offsets
	if len(sql) > opt.MaxText {
		return &Error{Line: 1, Column: 1, Msg: "the statement has " + strconv.Itoa(len(sql)) +
			" bytes, more than the limit of " + strconv.Itoa(opt.MaxText) + ": bind long values as parameters"}
	}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case bailout:
			err = r.err
		default:
			panic(r)
		}
	}()
	l := &lexer{src: sql, dialect: opt.Dialect}
	p := &parser{src: sql, opt: opt, toks: l.run(), follow: -1}
	f(p)
	return nil
}

//go:noinline
func (p *parser) cur() *token { return &p.toks[p.i] }

// peek gives the n-th token from here; past the end it gives the end.
//
// It and the questions below stay calls: they are asked in hundreds of places,
// and inlined would make the parser half as big again.
//
//go:noinline
func (p *parser) peek(n int) *token { return &p.toks[min(p.i+n, len(p.toks)-1)] }

//go:noinline
func (p *parser) advance() *token {
	t := &p.toks[p.i]
	if t.kind != tEOF {
		p.i++
	}
	return t
}

//go:noinline
func (p *parser) loc() ast.Loc { return ast.Loc(p.cur().start) }

//go:noinline
func (p *parser) word(w string) bool { return p.cur().upper == w }

//go:noinline
func (p *parser) wordAt(n int, w string) bool { return p.peek(n).upper == w }

// words reports whether the next tokens are these keywords.
//
//go:noinline
func (p *parser) words(list ...string) bool {
	for i, w := range list {
		if !p.wordAt(i, w) {
			return false
		}
	}
	return true
}

func (p *parser) oneOf(list ...string) bool {
	u := p.cur().upper
	return u != "" && slices.Contains(list, u)
}

// accept takes the keywords when all of them are next.
//
//go:noinline
func (p *parser) accept(list ...string) bool {
	if !p.words(list...) {
		return false
	}
	p.i += len(list)
	return true
}

// acceptOne takes the next token when it is one of the keywords, and gives it.
func (p *parser) acceptOne(list ...string) string {
	if p.oneOf(list...) {
		return p.advance().upper
	}
	return ""
}

// acceptBy takes ORDER BY or GROUP BY, where nothing else begins with the word.
func (p *parser) acceptBy(w string) bool {
	if !p.accept(w) {
		return false
	}
	p.expect("BY")
	return true
}

func (p *parser) expect(list ...string) {
	for _, w := range list {
		if !p.accept(w) {
			p.expected(w)
		}
	}
}

//go:noinline
func (p *parser) op(text string) bool { return p.opAt(0, text) }

//go:noinline
func (p *parser) opAt(n int, text string) bool {
	t := p.peek(n)
	return t.kind == tOp && t.text == text
}

//go:noinline
func (p *parser) acceptOp(text string) bool {
	if !p.op(text) {
		return false
	}
	p.i++
	return true
}

func (p *parser) expectOp(text string) {
	if !p.acceptOp(text) {
		p.expected(`"` + text + `"`)
	}
}

// expected refuses the current token. Where the construct just finished said
// what may follow it, that is part of the message.
func (p *parser) expected(want ...string) {
	if p.follow == p.i {
		all := slices.Clone(p.next)
		for _, w := range want {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
		want = all
	}
	t := p.cur()
	panic(bailout{newError(p.src, int(t.start), Error{Found: describe(t), Expected: want})})
}

// mayFollow notes what could stand at the current token, for messages.
func (p *parser) mayFollow(list ...string) { p.follow, p.next = p.i, list }

func (p *parser) fail(at ast.Pos, msg string) {
	panic(bailout{newError(p.src, int(at), Error{Msg: msg})})
}

// enter begins a nested construct, which leave ends.
func (p *parser) enter() {
	if p.depth++; p.depth > p.opt.MaxDepth {
		p.fail(ast.Pos(p.cur().start), "the statement nests more than "+strconv.Itoa(p.opt.MaxDepth)+" levels deep")
	}
}

func (p *parser) leave() { p.depth-- }

// grow counts a node put on top of the tree in hand.
func (p *parser) grow() {
	if p.height++; p.height > maxHeight {
		p.fail(ast.Pos(p.cur().start), "the statement chains more than "+strconv.Itoa(maxHeight)+" operators")
	}
}

// isName reports whether t can be a name here.
func isName(t *token) bool {
	return t.kind == tIdent || t.kind == tWord && !ast.Reserved(t.upper)
}

func identOf(t *token) ast.Ident {
	return ast.Ident{Loc: ast.Loc(t.start), Text: t.text, Quoted: t.kind == tIdent}
}

func (p *parser) ident(what string) ast.Ident {
	if !isName(p.cur()) {
		p.expected(what)
	}
	return identOf(p.advance())
}

// upperWord takes an unquoted word, and gives it in upper case.
func (p *parser) upperWord(what string) string {
	if !isName(p.cur()) || p.cur().kind != tWord {
		p.expected(what)
	}
	return strings.ToUpper(p.advance().text)
}

// anyWord takes a name or any keyword: behind a dot or AS nothing else can stand.
func (p *parser) anyWord(what string) ast.Ident {
	if k := p.cur().kind; k != tIdent && k != tWord {
		p.expected(what)
	}
	return identOf(p.advance())
}

// name reads a.b.c.
func (p *parser) name(what string) ast.Name {
	first := p.ident(what)
	if !p.op(".") {
		return ast.Name{Parts: []ast.Ident{first}}
	}
	parts := []ast.Ident{first}
	for p.op(".") && !p.opAt(1, "*") {
		p.advance()
		parts = append(parts, p.anyWord("a name"))
	}
	return ast.Name{Parts: parts}
}

func (p *parser) identList(what string) []ast.Ident {
	list := []ast.Ident{p.ident(what)}
	for p.acceptOp(",") {
		list = append(list, p.ident(what))
	}
	return list
}

// parenIdents reads (a, b).
func (p *parser) parenIdents(what string) []ast.Ident {
	p.expectOp("(")
	list := p.identList(what)
	p.close(`","`)
	return list
}

// close takes the closing parenthesis; also says what else could have stood.
func (p *parser) close(also ...string) {
	if !p.acceptOp(")") {
		p.expected(append(also, `")"`)...)
	}
}

func (p *parser) nameList(what string) []ast.Name {
	list := []ast.Name{p.name(what)}
	for p.acceptOp(",") {
		list = append(list, p.name(what))
	}
	return list
}

func (p *parser) stringLiteral(what string) *ast.Literal {
	if p.cur().kind != tString {
		p.expected(what)
	}
	return p.stringValue()
}

// stringValue reads strings side by side as one.
func (p *parser) stringValue() *ast.Literal {
	t := p.advance()
	lit := &ast.Literal{Loc: ast.Loc(t.start), Kind: ast.String, Text: t.text}
	if p.cur().kind != tString {
		return lit
	}
	var b strings.Builder
	b.WriteString(t.text)
	for p.cur().kind == tString {
		b.WriteString(p.advance().text)
	}
	lit.Text = b.String()
	return lit
}

// single reads the whole text as one statement.
func (p *parser) single() ast.Statement {
	if p.cur().kind == tEOF {
		p.expected("a statement")
	}
	stmt := p.statement()
	semicolon := false
	for p.acceptOp(";") {
		semicolon = true
	}
	if p.cur().kind == tEOF {
		return stmt
	}
	if semicolon {
		p.fail(ast.Pos(p.cur().start), "one statement at a time: "+describe(p.cur())+" follows the semicolon")
	}
	p.expected("end of statement")
	return nil
}

var statementStarts = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "EXEC", "EXPLAIN", "SHOW", "another statement"}

// statement reads any statement.
func (p *parser) statement() ast.Statement {
	p.enter()
	defer p.leave()
	if p.op("(") {
		return p.query()
	}
	if p.op("{") {
		return p.odbcCall()
	}
	switch p.cur().upper {
	case "SELECT", "VALUES", "TABLE":
		return p.query()
	case "WITH":
		return p.withStatement()
	case "INSERT", "REPLACE", "UPSERT":
		return p.insert(nil)
	case "UPDATE":
		return p.update(nil)
	case "DELETE":
		return p.deleteStatement(nil)
	case "MERGE":
		return p.merge(nil)
	case "CALL":
		return p.call()
	case "EXEC", "EXECUTE":
		return p.exec()
	case "EXPLAIN", "DESCRIBE", "DESC":
		return p.explain()
	case "SHOW":
		return p.show()
	case "CREATE":
		return p.create()
	case "ALTER":
		return p.alter()
	case "DROP":
		return p.drop()
	case "TRUNCATE":
		return p.truncate()
	case "CACHE":
		return p.cache()
	}
	return p.session()
}

func (p *parser) withStatement() ast.Statement {
	w := p.with()
	switch p.cur().upper {
	case "INSERT", "REPLACE", "UPSERT":
		return p.insert(w)
	case "UPDATE":
		return p.update(w)
	case "DELETE":
		return p.deleteStatement(w)
	case "MERGE":
		return p.merge(w)
	}
	return p.queryAfter(w, nil)
}
