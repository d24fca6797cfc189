package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// parse prints how the parser understands each statement of standard input.
func (a *app) parse(args []string) error {
	fs := a.flagSet("parse")
	name := fs.String("dialect", parse.ANSI.String(), "how quotes and backslashes are read: ansi, mysql or postgres")
	if err := a.parseAlone(fs, args, nil); err != nil {
		return err
	}
	dialect, ok := dialectNamed(*name)
	if !ok {
		return misused("parse", "no dialect %q; there are ansi, mysql, postgres", *name)
	}
	text, err := io.ReadAll(a.stdin)
	if err != nil {
		return err
	}
	statements, last := split(string(text), dialect)
	if !last.blank {
		statements = append(statements, last)
	}
	refused := false
	for _, s := range statements {
		tree, err := parse.Parse(s.text, parse.Options{Dialect: dialect})
		if err != nil {
			refused = true
			if err := a.out.Flush(); err != nil { // trees and errors in their order
				return err
			}
			fmt.Fprintln(a.stderr, placed(err, s, string(text)))
			continue
		}
		fmt.Fprintln(a.out, ast.Print(tree)+";")
	}
	if refused {
		return errReported
	}
	return nil
}

// placed is an error of a piece with its place in the whole text.
func placed(err error, s piece, whole string) error {
	var at *parse.Error
	if !errors.As(err, &at) {
		return err
	}
	moved := *at
	moved.Pos += ast.Pos(s.offset)
	moved.Line, moved.Column = moved.Pos.LineColumn(whole)
	return &moved
}
