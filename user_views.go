package epicorerp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// viewFile is the file of UserDefinedViews as a connector knows it: read once,
// by the first connection for which that works.
type viewFile struct {
	mu   sync.Mutex
	read bool
}

// define gives the views of a file to the engine.
func (f *viewFile) define(path string, e *sqlengine.Engine) error {
	if path == "" {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.read {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return viewsError(err)
	}
	list, err := readViews(text)
	if err == nil {
		err = e.DefineViews(list)
	}
	if err != nil {
		return viewsError(fmt.Errorf("%s: %w", path, err))
	}
	f.read = true
	return nil
}

func viewsError(err error) error {
	return &Error{Kind: ErrProperty, Message: `property "UserDefinedViews": ` + err.Error(), Err: err}
}

// readViews reads the form of the commercial drivers:
//
//	{"MyView": {"query": "SELECT …"}, "Another": {"query": "SELECT …"}}
//
// Errors say where in the text, and within which view.
func readViews(text []byte) ([]sqlengine.ViewText, error) {
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	dec := json.NewDecoder(bytes.NewReader(text))
	where := func(offset int64) string {
		line, column := ast.Pos(offset).LineColumn(string(text))
		return fmt.Sprintf("line %d, column %d: ", line, column)
	}
	begin, err := dec.Token()
	if err != nil || begin != json.Delim('{') {
		return nil, fmt.Errorf("%sexpected an object: {\"MyView\": {\"query\": \"SELECT …\"}}", where(0))
	}
	var list []sqlengine.ViewText
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, jsonError(err, where, dec.InputOffset())
		}
		at := dec.InputOffset()
		var body struct {
			Query *string `json:"query"`
		}
		if err := dec.Decode(&body); err != nil {
			return nil, fmt.Errorf("view %q: %w", name, jsonError(err, where, at))
		}
		if body.Query == nil {
			return nil, fmt.Errorf("%sview %q has no \"query\"", where(at), name)
		}
		list = append(list, sqlengine.ViewText{Name: name.(string), Query: *body.Query})
	}
	if _, err := dec.Token(); err != nil {
		return nil, jsonError(err, where, dec.InputOffset())
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%ssomething follows the object", where(dec.InputOffset()))
	}
	return list, nil
}

// jsonError says where, which encoding/json knows of some of its errors only.
func jsonError(err error, where func(int64) string, offset int64) error {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &mistyped):
		return fmt.Errorf("%sexpected {\"query\": \"SELECT …\"}, found %s", where(offset), mistyped.Value)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%sthe text ends too soon", where(offset))
	}
	return fmt.Errorf("%s%w", where(offset), err)
}
