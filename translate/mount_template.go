package translate

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MountValues are what the variables of a MountTemplate stand for in one connection.
type MountValues struct {
	ClientID string // of the connection
	Username string // as CONNECT gives it
	PeerHost string // address without port
}

// MountTemplate is the option mountpoint: a fixed Mountpoint, or one that is made
// for each connection of what is known about it. It is immutable.
type MountTemplate struct {
	names  Names
	levels [][]mountPart // nil: the mountpoint is fixed
	// mount is the fixed mountpoint, or stands for all that the template can make.
	mount Mountpoint
	login bool // it can be filled after CONNECT only
}

// mountPart is a part of a level.
type mountPart struct {
	text     string
	variable func(*MountValues) string // instead of text
}

var mountVariables = map[string]func(*MountValues) string{
	"clientid": func(v *MountValues) string { return v.ClientID },
	"username": func(v *MountValues) string { return v.Username },
	"peerhost": func(v *MountValues) string { return v.PeerHost },
}

// maxMountPrefix bounds what values can make of a template, in bytes.
const maxMountPrefix = 1024

var (
	errMountOpen     = errors.New("a variable ends with '}'")
	errMountVariable = errors.New("the variables are ${clientid}, ${username} and ${peerhost}")
	errMountDollar   = errors.New("a first level that begins with '$' must not hold a variable")
)

// ParseMountTemplate reads the option mountpoint, in which levels may hold
// variables: "dev/${username}/".
func ParseMountTemplate(names Names, text string) (MountTemplate, error) {
	fixed, levels, login, err := splitMount(text)
	if err == nil && levels == nil {
		mount, err := ParseMountpoint(names, text)
		return MountTemplate{names: names, mount: mount}, err
	}
	if err == nil {
		err = checkMountpoint(fixed)
	}
	if err == nil && levels != nil && text[0] == '$' && len(levels[0]) > 1 {
		err = errMountDollar
	}
	if err != nil {
		return MountTemplate{}, fmt.Errorf("option mountpoint %q: %w", text, err)
	}
	t := MountTemplate{names: names, levels: levels, login: login}
	for _, level := range levels {
		token := []byte{'*'}
		if len(level) == 1 && level[0].variable == nil {
			var ok bool
			if token, ok = names.AppendSubject(nil, []byte(level[0].text)); !ok && level[0].text != "" {
				return MountTemplate{}, fmt.Errorf("option mountpoint %q: not a subject in naming mode %v", text, names.mode)
			}
			if level[0].text == "" {
				token = []byte{'/'}
			}
		}
		t.mount.prefix = append(append(t.mount.prefix, token...), '.')
	}
	t.mount.depth, t.mount.varies = len(levels), true
	if _, ok := t.Fill(&MountValues{"x", "x", "x"}); !ok {
		return MountTemplate{}, fmt.Errorf("option mountpoint %q: not a subject in naming mode %v", text, names.mode)
	}
	return t, nil
}

// splitMount takes a template apart. fixed is the text with something in the place
// of its variables, levels are nil when it has none.
func splitMount(text string) (fixed string, levels [][]mountPart, login bool, err error) {
	var whole strings.Builder
	level := []mountPart(nil)
	some := false
	for rest := text; rest != ""; {
		begin := strings.Index(rest, "${")
		if begin < 0 {
			begin = len(rest)
		}
		for i, piece := range strings.Split(rest[:begin], "/") {
			if i > 0 {
				levels, level = append(levels, orEmpty(level)), nil
			}
			if piece != "" {
				level = append(level, mountPart{text: piece})
			}
		}
		whole.WriteString(rest[:begin])
		if rest = rest[begin:]; rest == "" {
			break
		}
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return "", nil, false, errMountOpen
		}
		name := rest[len("${"):end]
		variable := mountVariables[name]
		if variable == nil {
			return "", nil, false, errMountVariable
		}
		login = login || name == "username"
		level = append(level, mountPart{variable: variable})
		whole.WriteByte('x')
		rest, some = rest[end+1:], true
	}
	if !some {
		return text, nil, false, nil
	}
	return whole.String(), levels, login, nil
}

func orEmpty(level []mountPart) []mountPart {
	if len(level) == 0 {
		return []mountPart{{}}
	}
	return level
}

// Mountpoint is the fixed one, or what stands for all that the template can make:
// that one knows which names lie behind any of them, and its prefix is not longer
// than any.
func (t *MountTemplate) Mountpoint() Mountpoint { return t.mount }

// Varies tells whether connections have mountpoints of their own.
func (t *MountTemplate) Varies() bool { return t.levels != nil }

// AfterLogin tells whether that is known with CONNECT only.
func (t *MountTemplate) AfterLogin() bool { return t.login }

// Fill makes the mountpoint of one connection. It refuses when a value is empty, or
// all of it is too long.
//
// A value becomes a level, or a part of one, whatever it is: what a level cannot
// hold, and '%', is written as '%' and two hex digits. So two values never make the
// same level, and none can leave it.
func (t *MountTemplate) Fill(v *MountValues) (Mountpoint, bool) {
	var topic []byte
	for _, level := range t.levels {
		for _, part := range level {
			if part.variable == nil {
				topic = append(topic, part.text...)
				continue
			}
			value := part.variable(v)
			if value == "" {
				return Mountpoint{}, false
			}
			topic = t.names.appendValue(topic, value)
		}
		topic = append(topic, '/')
	}
	prefix, ok := t.names.AppendSubject(nil, append(topic, 'x'))
	if !ok || len(prefix) > maxMountPrefix {
		return Mountpoint{}, false
	}
	return Mountpoint{prefix: bytes.Clone(prefix[:len(prefix)-len("x")]), depth: len(t.levels)}, true
}

// appendValue writes a value so that it is a part of one level.
func (n Names) appendValue(dst []byte, value string) []byte {
	for i, r := range value {
		size := 1
		if r != utf8.RuneError {
			size = utf8.RuneLen(r)
		} else if strings.HasPrefix(value[i:], "\uFFFD") {
			size = len("\uFFFD")
		}
		raw := value[i : i+size]
		if r == utf8.RuneError && size == 1 || r == '$' && i == 0 || n.unfit(r) {
			for _, c := range []byte(raw) {
				dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
			}
			continue
		}
		dst = append(dst, raw...)
	}
	return dst
}

// unfit tells whether a character cannot be part of a level.
func (n Names) unfit(r rune) bool {
	switch r {
	case '/', '+', '#', '%':
		return true
	case '.', ' ', '*', '>':
		return n.mode == ModeEMQX
	}
	return r < ' ' || r == 0x7F || r >= 0x80 && discouraged(r)
}
