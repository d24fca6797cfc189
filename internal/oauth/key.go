package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// recordKey names the connection's token in the store: by where it comes from
// and what it is for, so that the same properties find it on another machine.
func (s *settings) recordKey() string {
	server := s.named.token
	if server == "" {
		server = s.issuer
	}
	user := ""
	if s.flow == flowPassword {
		user = s.user
	}
	parts := []string{server, s.clientID, s.flow, s.scope, s.audience, user}
	if len(s.params) > 0 { // which may name a resource (RFC 8707) or a tenant
		parts = append(parts, s.params.Encode())
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err) // strings can always be written
	}
	return digest(string(text))
}

// digest stands for a secret where it is compared and must not be read.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
