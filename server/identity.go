package server

import (
	"crypto/rand"
	"encoding/base32"
)

// newServerID returns an identifier of the form that NATS tools expect of a
// server: 56 characters of base32 that begin with N.
func newServerID() string {
	var b [35]byte
	rand.Read(b[:])
	id := []byte(base32.StdEncoding.EncodeToString(b[:]))
	id[0] = 'N'
	return string(id)
}
