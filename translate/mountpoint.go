package translate

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// Mountpoint is the place in the canonical tree where a NATS client's names
// hang: whole levels in front of every name it uses. The zero value is none.
// It is immutable and cheap to copy.
type Mountpoint struct {
	prefix []byte // canonical, with the final '.'; empty = none
	depth  int
	varies bool // it stands for many: a level `*` of prefix is any level
}

// ParseMountpoint reads the option mountpoint, which is spelled like the
// beginning of an MQTT topic: "dev/eu/". An empty text is no mountpoint.
func ParseMountpoint(names Names, text string) (Mountpoint, error) {
	if text == "" {
		return Mountpoint{}, nil
	}
	if err := checkMountpoint(text); err != nil {
		return Mountpoint{}, fmt.Errorf("option mountpoint %q: %w", text, err)
	}
	subject, ok := names.AppendSubject(nil, []byte(text+"x"))
	if !ok {
		return Mountpoint{}, fmt.Errorf("option mountpoint %q: not a subject in naming mode %v", text, names.mode)
	}
	prefix := subject[:len(subject)-len("x")]
	return Mountpoint{prefix: prefix, depth: bytes.Count(prefix, dots)}, nil
}

// MountpointAt returns the mountpoint with a prefix that Prefix has given.
func MountpointAt(prefix []byte) Mountpoint {
	return Mountpoint{prefix: prefix, depth: bytes.Count(prefix, dots)}
}

var (
	errMountEnd      = errors.New("must end in '/', because it consists of whole levels")
	errMountWildcard = errors.New("must not hold a wildcard")
	errMountText     = errors.New("must be UTF-8 without NUL")
	errMountLong     = errors.New("leaves no room for a topic")
)

func checkMountpoint(text string) error {
	switch {
	case !strings.HasSuffix(text, "/"):
		return errMountEnd
	case strings.ContainsAny(text, "+#"):
		return errMountWildcard
	case !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0:
		return errMountText
	case len(text) >= mqtt.MaxString:
		return errMountLong
	}
	for level := range strings.SplitSeq(text, "/") {
		if level == "*" || level == ">" {
			return errMountWildcard
		}
	}
	return nil
}

// Add appends the mounted form of a subject or of a subscription subject.
func (m Mountpoint) Add(dst, subject []byte) []byte {
	return append(append(dst, m.prefix...), subject...)
}

// Strip returns the client's own name of a mounted subject, aliasing it; not
// ok when the subject lies outside the mountpoint.
func (m Mountpoint) Strip(subject []byte) (rest []byte, ok bool) {
	if m.varies {
		rest, ok = m.stripAny(subject)
	} else {
		rest, ok = bytes.CutPrefix(subject, m.prefix)
	}
	return rest, ok && len(rest) > 0
}

// stripAny is Strip for one that stands for many.
func (m Mountpoint) stripAny(subject []byte) (rest []byte, ok bool) {
	for prefix := m.prefix; len(prefix) > 0; {
		var want, level []byte
		want, prefix, _ = bytes.Cut(prefix, dots)
		if level, subject, ok = bytes.Cut(subject, dots); !ok || !isWildcard(want) && !bytes.Equal(want, level) {
			return nil, false
		}
	}
	return subject, true
}

// Varies tells whether m stands for all mountpoints of a template. Nothing is
// mounted at such a one.
func (m Mountpoint) Varies() bool { return m.varies }

// Depth returns the number of levels of the mountpoint.
func (m Mountpoint) Depth() int { return m.depth }

// Prefix returns the canonical prefix with its final '.', nil when there is
// no mountpoint; a level `*` is any level if m varies. The caller must not write to
// it.
func (m Mountpoint) Prefix() []byte { return m.prefix }
