package epicorerp

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// canary is a secret that must never show up.
const canary = "CANARY-hunter2"

func TestSecretShowsStarsUnderEveryVerb(t *testing.T) {
	type holder struct {
		Exported Secret
		hidden   Secret
		config   Config
	}
	c := *NewConfig()
	c.Password = NewSecret(canary)
	secret := NewSecret(canary)
	values := map[string]any{
		"the secret itself":           secret,
		"a pointer to it":             &secret,
		"a slice of it":               []Secret{secret},
		"a map of it":                 map[string]Secret{"k": secret},
		"a struct with hidden fields": holder{Exported: secret, hidden: secret, config: c},
		"a config":                    c,
		"a pointer to a config":       &c,
	}
	hex := fmt.Sprintf("%x", canary)
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "% x", "%c", "%U", "%t", "%p", "%T", "%10.3v", "%b", "%o", "%g"} {
				got := fmt.Sprintf(verb, value)
				assert.NotContains(t, got, canary, verb)
				assert.NotContains(t, got, canary[:4], verb)
				assert.NotContains(t, got, hex, verb)
			}
		})
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		assert.Equal(t, "***", fmt.Sprintf(verb, secret), verb)
	}
}

func TestSecretIsMaskedWhereverItIsMarshalled(t *testing.T) {
	c := NewConfig()
	c.Password = NewSecret(canary)

	encoded, err := json.Marshal(c)
	require.NoError(t, err)
	assert.Contains(t, string(encoded), `"Password":"***"`)
	assert.NotContains(t, string(encoded), canary)

	secret := NewSecret(canary)
	encoded, err = json.Marshal(map[Secret]int{secret: 1})
	require.NoError(t, err)
	assert.JSONEq(t, `{"***":1}`, string(encoded))

	encoded, err = xml.Marshal(secret)
	require.NoError(t, err)
	assert.Equal(t, "<Secret>***</Secret>", string(encoded))

	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("open", "password", c.Password, "config", c, "copy", *c)
	}
	assert.Contains(t, log.String(), "password=***")
	assert.Contains(t, log.String(), "config.Password=***")
	assert.NotContains(t, log.String(), canary)
}

func TestSecretKeepsItsValue(t *testing.T) {
	assert.Equal(t, canary, NewSecret(canary).Reveal())
	assert.Equal(t, NewSecret(canary), NewSecret("CANARY-"+"hunter2"))
	first, second := NewSecret("a"), NewSecret(strings.Repeat("a", 1))
	assert.True(t, first == second)
	assert.False(t, NewSecret("a") == NewSecret("b"))

	var empty Secret
	assert.True(t, empty.IsEmpty())
	assert.True(t, empty == NewSecret(""))
	assert.Empty(t, empty.Reveal())
	assert.Empty(t, fmt.Sprintf("%v%s%#v", empty, empty, empty))
	encoded, err := json.Marshal(empty)
	require.NoError(t, err)
	assert.Equal(t, `""`, string(encoded))
}
