package signin_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scanner searches texts for secrets, however they may be written.
type scanner struct {
	forms map[string]string // what a form is of
}

func newScanner(secrets []string) *scanner {
	s := &scanner{forms: map[string]string{}}
	for _, secret := range secrets {
		s.add(secret)
	}
	return s
}

func (s *scanner) add(secret string) {
	name := fmt.Sprintf("a secret of %d characters that begins with %.4s", len(secret), secret)
	quoted, err := json.Marshal(secret)
	if err != nil {
		panic(err) // a string always has JSON
	}
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), url.QueryEscape(url.QueryEscape(secret)), strings.Trim(string(quoted), `"`), strings.Trim(strconv.Quote(secret), `"`),
		hex.EncodeToString([]byte(secret)), fmt.Sprint([]byte(secret)),
	}
	// In base64 a secret looks different with what comes before it; what depends on its neighbours is cut off.
	for before := range 3 {
		for _, text := range []string{secret, url.QueryEscape(secret)} {
			padded := append(make([]byte, before), text...)
			padded = padded[:len(padded)/3*3]
			for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
				forms = append(forms, encoding.EncodeToString(padded)[(before+2)/3*4:])
			}
		}
	}
	// A token is as good as told with its most part. How a JWT begins is no secret.
	const part = 16
	if len(secret) > 2*part {
		forms = append(forms, secret[len(secret)-part:])
		if !strings.HasPrefix(secret, "eyJ") {
			forms = append(forms, secret[:part])
		}
	}
	for _, form := range forms {
		s.forms[form] = name
	}
}

// find returns what of the secrets is in a text.
func (s *scanner) find(text string) []string {
	var found []string
	for form, name := range s.forms {
		if i := strings.Index(text, form); i >= 0 {
			found = append(found, fmt.Sprintf("%s: …%s…", name, text[max(0, i-80):min(len(text), i+len(form)+20)]))
		}
	}
	return found
}

// evidence are all the texts that anybody might get to see, by where they were found.
type evidence map[string]*strings.Builder

func (e evidence) add(where, text string) {
	if e[where] == nil {
		e[where] = &strings.Builder{}
	}
	e[where].WriteString(text + "\n")
}

// addValue adds a value in every form that fmt and JSON give it.
func (e evidence) addValue(where string, v any) {
	e.add(where, fmt.Sprintf("%v\n%+v\n%#v\n%s\n%q\n%x\n%d", v, v, v, v, v, v, v))
	e.add(where, fmt.Sprintf("%+v", struct{ V any }{v}))
	if text, err := json.Marshal(v); err == nil {
		e.add(where, string(text))
	}
}

// addFiles adds every file below a directory.
func (e evidence) addFiles(t testing.TB, directory string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(directory, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		e.add(path, string(text))
		return err
	}))
}

func TestTheScannerFindsASecretHoweverItIsWritten(t *testing.T) {
	const secret = "s3cr3t & + % : / \" of somebody"
	const token = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	s := newScanner([]string{secret, token})
	for _, text := range []string{
		"…" + secret + "…", "client_secret=" + url.QueryEscape(secret), "https://h/" + url.PathEscape(secret), fmt.Sprintf("%q", secret),
		fmt.Sprintf("%x", secret), fmt.Sprintf("%d", []byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte("id:" + secret)),
		base64.StdEncoding.EncodeToString([]byte("an.id:" + url.QueryEscape(secret))), base64.StdEncoding.EncodeToString([]byte("1:" + secret + "tail")),
		"Bearer " + token, token[:20] + "…", "…" + token[20:],
	} {
		assert.NotEmpty(t, s.find(text), text)
	}
	assert.Empty(t, s.find("***"))
}
