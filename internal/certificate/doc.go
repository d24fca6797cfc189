// Package certificate loads a private key, with its certificate where there is
// one, from the stores that the properties OAuthJWTCert and SSLClientCert name:
// PFX (PKCS #12), PEM, Java key stores, PuTTY keys, .NET's XML keys and JSON Web
// Keys, each from a file or from text in the connection string.
//
// A store may hold several keys: Source.Subject chooses by the certificate. A
// store whose kind is not the one that was named is told apart by its content,
// so that the error can name the right one; Type AUTO goes by the content alone.
//
// Nothing that the package returns prints key material or a password, be it an
// error or a value.
package certificate
