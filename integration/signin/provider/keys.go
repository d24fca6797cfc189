package provider

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
)

// KeySet is a JSON Web Key Set (RFC 7517) of RSA keys.
type KeySet struct {
	Keys []Key `json:"keys"`
}

// Key is a public RSA key.
type Key struct {
	Type     string `json:"kty"`
	ID       string `json:"kid,omitempty"`
	Use      string `json:"use,omitempty"`
	Modulus  string `json:"n"`
	Exponent string `json:"e"`
}

// PublicKey returns the JSON Web Key of an RSA key. It has no id, so that assertions may name the key as they like.
func PublicKey(k *rsa.PublicKey) Key {
	return Key{
		Type: "RSA", Use: "sig",
		Modulus:  base64.RawURLEncoding.EncodeToString(k.N.Bytes()),
		Exponent: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.E)).Bytes()),
	}
}

// RSA reads a key.
func (k Key) RSA() (*rsa.PublicKey, error) {
	n, err := base64.RawURLEncoding.DecodeString(k.Modulus)
	if err != nil {
		return nil, fmt.Errorf("modulus of key %q: %w", k.ID, err)
	}
	e, err := base64.RawURLEncoding.DecodeString(k.Exponent)
	if err != nil {
		return nil, fmt.Errorf("exponent of key %q: %w", k.ID, err)
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
}

// SigningKeys fetches the keys that a provider signs with.
func SigningKeys(ctx context.Context, issuer string) (map[string]*rsa.PublicKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+"/jwks", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var set KeySet
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		if keys[k.ID], err = k.RSA(); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
