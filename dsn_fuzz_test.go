package epicorerp

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzParseDSN: whatever is accepted is valid, is written and read back as an
// equal Config, and the masked string can be read as well; whatever is refused
// is refused with a *ConfigError.
func FuzzParseDSN(f *testing.F) {
	for _, test := range goodDSNs {
		f.Add(test.dsn)
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		c, err := ParseDSN(dsn)
		if err != nil {
			var wrong *ConfigError
			require.True(t, errors.As(err, &wrong), "%T", err)
			require.NotEmpty(t, err.Error())
			return
		}
		require.NoError(t, c.Validate())
		again, err := ParseDSN(FormatDSN(c))
		require.NoError(t, err, FormatDSN(c))
		assert.True(t, *again == *c, "%q\n%q", FormatDSN(c), FormatDSN(again))
	})
}

// FuzzFormatDSN: a valid Config set by hand survives being written and read,
// and Redacted is what is written for it with *** in place of its secrets.
func FuzzFormatDSN(f *testing.F) {
	for _, test := range goodDSNs {
		c := test.want
		f.Add(c.User, c.Password.Reveal(), c.Company, c.Service, c.PseudoColumns, int64(c.Timeout), c.MaxMemory)
	}
	f.Add("a", `"`, `'`, `{`, `*=*`, int64(1), int64(1<<20))
	f.Add("a", `x ApiKey=y`, `"'`, ` x `, `a=b;`, int64(time.Millisecond), int64(1<<40+1))
	f.Fuzz(func(t *testing.T, user, password, company, service, pseudo string, timeout, memory int64) {
		c := epicor(nil)
		c.User, c.Password, c.Company, c.Service = user, NewSecret(password), company, service
		c.PseudoColumns, c.Timeout, c.MaxMemory = pseudo, time.Duration(timeout), memory
		if c.Validate() != nil {
			return
		}
		again, err := ParseDSN(FormatDSN(c))
		require.NoError(t, err, FormatDSN(c))
		assert.True(t, *again == *c, "%q\n%q", FormatDSN(c), FormatDSN(again))

		masked := c.Clone()
		masked.Password = NewSecret("***")
		assert.Equal(t, FormatDSN(masked), c.Redacted())
	})
}
