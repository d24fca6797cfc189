package certificate

import (
	"encoding/base64"
	"encoding/xml"
	"math/big"
	"strings"
)

// rsaKeyValue is what .NET's RSA.ToXmlString writes: the RSAKeyValue of XML
// Signature (RFC 3275, section 4.4.2.2) with the private numbers.
type rsaKeyValue struct {
	XMLName  xml.Name `xml:"RSAKeyValue"`
	Modulus  xmlNumber
	Exponent xmlNumber
	P, Q, D  xmlNumber
}

// xmlNumber is a number in base64, most significant byte first.
type xmlNumber struct{ *big.Int }

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *xmlNumber) UnmarshalText(text []byte) error {
	bytes, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	n.Int = new(big.Int).SetBytes(bytes)
	return err
}

func decodeXML(data []byte, _ string) (contents, error) {
	var c contents
	var v rsaKeyValue
	// The error could quote the key.
	if err := xml.Unmarshal(trimText(data), &v); err != nil || v.Modulus.Int == nil || v.Exponent.Int == nil {
		return c, refuse(PartValue, "the XML is not a key such as .NET's RSA.ToXmlString(true) writes: <RSAKeyValue>…</RSAKeyValue>")
	}
	if v.D.Int == nil {
		return c, noPrivateKey("it is the XML of a public key")
	}
	if v.P.Int == nil || v.Q.Int == nil {
		return c, refuse(PartValue, "the XML key has no P and Q; write it anew with RSA.ToXmlString(true)")
	}
	key, err := rsaKey(xmlKey, v.Modulus.Int, v.Exponent.Int, v.D.Int, v.P.Int, v.Q.Int)
	if err == nil {
		c.keys = []privateKey{{Signer: key}}
	}
	return c, err
}
