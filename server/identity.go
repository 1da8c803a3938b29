package server

import (
	"crypto/rand"
	"encoding/base32"
)

// identity is what the server calls itself to NATS clients and tools.
type identity struct {
	id      string // 56 characters, N first
	name    string
	version string // x.y.z-…: clients derive abilities from it
}

func newIdentity(version string) identity {
	id := newServerID()
	return identity{id, "isthmus-" + id[len(id)-6:], natsVersion + "-isthmus." + version}
}

// newServerID returns an identifier of the form that NATS tools expect of a
// server: 56 characters of base32 that begin with N.
func newServerID() string {
	var b [35]byte
	rand.Read(b[:])
	id := []byte(base32.StdEncoding.EncodeToString(b[:]))
	id[0] = 'N'
	return string(id)
}
