package oauth

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxText bounds what is shown of a provider's words.
	maxText = 400
	// maxRead bounds what is looked through for that: some providers' words are a
	// megabyte, and each eight letters of them are compared with what was sent.
	maxRead = 16 * maxText
	// minSecret is the length from which a secret is looked for: shorter ones
	// cannot be told from text.
	minSecret = 4
	// minPart is the length from which a part of a secret is masked too, since
	// some providers quote the beginning of what they refuse.
	minPart = 8

	masked = "***"
)

var (
	// jwtText is the beginning of a JWT, whoever's it is.
	jwtText = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*`)
	// secretRun is what tokens and codes are written with.
	secretRun = regexp.MustCompile(`[A-Za-z0-9._~+/=%-]{8,}`)
)

// clean makes text from outside fit to be shown: nothing that was sent, no JWT,
// no control characters, no more than fits.
func clean(text string, sent []string) string {
	text = jwtText.ReplaceAllString(text[:min(len(text), maxRead)], masked)
	for _, secret := range sent {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if len(form) >= minSecret {
				text = strings.ReplaceAll(text, form, masked)
			}
		}
	}
	text = secretRun.ReplaceAllStringFunc(text, func(run string) string {
		if sharesPart(run, sent) {
			return masked
		}
		return run
	})
	text = bound(oneLine(text))
	for _, secret := range sent {
		if len(secret) >= minSecret && strings.Contains(text, secret) {
			return "" // it came about by masking and by dropping characters
		}
	}
	return text
}

// sharesPart reports whether a run has minPart letters in a row of what was sent.
func sharesPart(run string, sent []string) bool {
	for i := range len(run) - minPart + 1 {
		part := run[i : i+minPart]
		for _, secret := range sent {
			if strings.Contains(secret, part) || strings.Contains(url.QueryEscape(secret), part) {
				return true
			}
		}
	}
	return false
}

// oneLine drops what moves a terminal's cursor or turns its text around.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

func bound(text string) string {
	if len(text) <= maxText {
		return text
	}
	text = text[:maxText]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text + "…"
}
