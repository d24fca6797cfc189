// Package signin has no code of its own: its tests run the driver against a certified OpenID provider, a real browser
// and several processes at once. See the folder's part of ../README.md.
package signin
