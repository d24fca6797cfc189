package tokenstore

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMemoryStoresAreOneAName(t *testing.T) {
	at := func(location string) Store {
		s, err := Open(location, Options{})
		require.NoError(t, err)
		return s
	}
	put(t, at("memory://first"), "k", Token{Access: "one"})
	assert.Equal(t, "one", load(t, at("MEMORY://first"), "k").Access)
	_, ok, err := at("memory://First").Load(t.Context(), "k")
	require.NoError(t, err)
	assert.False(t, ok, "a name is taken as it is written")

	_, err = Open("memory://", Options{})
	require.ErrorContains(t, err, "OAuthSettingsLocation")
}

func TestLocationsAreMadePaths(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("variables are written otherwise")
	}
	home, config := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", config)
	t.Setenv("STORE_DIR", "/srv/x")
	t.Chdir(home)
	configDir, err := os.UserConfigDir()
	require.NoError(t, err)
	here, err := os.Getwd()
	require.NoError(t, err)
	for location, want := range map[string]string{
		"":                      filepath.Join(configDir, "epicorerp", fileName),
		"/a/b.txt":              "/a/b.txt",
		"/a/b/":                 "/a/b/" + fileName,
		"rel.txt":               filepath.Join(here, "rel.txt"),
		"./~odd":                filepath.Join(here, "~odd"),
		"~":                     home,
		"~/t.txt":               filepath.Join(home, "t.txt"),
		"$STORE_DIR/t.txt":      "/srv/x/t.txt",
		"${STORE_DIR}y/t.txt":   "/srv/xy/t.txt",
		"/a/$/b":                "/a/$/b",
		"/a/${/b":               "/a/${/b",
		"/a/100%/b%":            "/a/100%/b%",
		"/a/$1":                 "/a/$1",
		"$STORE_DIR$STORE_DIR/": "/srv/x/srv/x/" + fileName,
	} {
		t.Run(location, func(t *testing.T) {
			s, err := Open(location, Options{})
			require.NoError(t, err)
			assert.Equal(t, want, s.(*file).location)
		})
	}
	for location, complaint := range map[string]string{
		"$STORE_UNSET/x": "STORE_UNSET is not set",
		"~bob/x":         "only ~ alone",
		"/a\x00b":        "zero byte",
	} {
		_, err := Open(location, Options{})
		require.ErrorContains(t, err, complaint)
		var wrong *PropertyError
		require.ErrorAs(t, err, &wrong)
		assert.Equal(t, "OAuthSettingsLocation", wrong.Property)
	}
	entries, err := os.ReadDir(home)
	require.NoError(t, err)
	assert.Empty(t, entries, "opening touches no disk")
}

func TestPercentVariablesAreFound(t *testing.T) {
	t.Setenv("STORE_DIR", `C:\x`)
	for in, want := range map[string]string{
		`%STORE_DIR%\t.txt`: `C:\x\t.txt`,
		`\\srv\c$\t.txt`:    `\\srv\c$\t.txt`,
		`C:\100%\and%\t`:    `C:\100%\and%\t`,
		`C:\%%`:             `C:\%%`,
	} {
		got, err := expandVariables(in, percentVariable)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestADirectoryGetsAFile(t *testing.T) {
	dir := t.TempDir()
	put(t, open(t, dir, testKey), "k", Token{Access: "one"})
	assert.FileExists(t, filepath.Join(dir, fileName))
	assert.Equal(t, "one", load(t, open(t, filepath.Join(dir, fileName), testKey), "k").Access)
}

func TestNothingThatIsExportedPrintsASecret(t *testing.T) {
	token := full(time.Unix(0, 0))
	memory, path := NewMemory(), filepath.Join(t.TempDir(), fileName)
	put(t, memory, "k", token)
	store := open(t, path, "canary-passphrase")
	put(t, store, "k", token)
	var shown []any
	for _, v := range []any{token, token.Pending, Options{Key: "canary-key"}, memory, store, Store(store)} {
		shown = append(shown, v, &v, []any{v}, map[string]any{"v": v}, struct{ V any }{v})
	}
	shown = append(shown, &token, &token.Pending, []Token{token}, []Pending{token.Pending}, struct{ P Pending }{token.Pending}, struct{ s Store }{store}, struct{ s Store }{memory})
	for _, v := range shown {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			text = fmt.Appendf(text, verb, v)
		}
		assert.NotContains(t, string(text), "canary")
		assert.NotContains(t, string(text), fmt.Sprintf("%x", "canary"))
	}
	assert.Contains(t, Pending{}.String(), "none")
}
