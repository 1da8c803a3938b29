package translate

import "bytes"

// GuardedLevels returns the levels of a subject that no MQTT wildcard opens,
// as bits: level 0 and, behind the prefix of mount, the level right after it,
// when that level begins with '$' or is `_INBOX`. See AppendFilter's opens.
// Without a mountpoint the usual subject costs one comparison.
func GuardedLevels(subject []byte, mount Mountpoint) uint32 {
	if len(mount.prefix) == 0 && !mayGuard(subject) {
		return 0
	}
	return guardedLevels(subject, mount)
}

func guardedLevels(subject []byte, mount Mountpoint) (mask uint32) {
	if guarded(subject) {
		mask = 1
	}
	if rest, ok := mount.Strip(subject); ok && guarded(rest) {
		mask |= 1 << mount.depth
	}
	return mask
}

// mayGuard decides by the first byte whether guarded need be asked.
func mayGuard(subject []byte) bool {
	return len(subject) > 0 && (subject[0] == '$' || subject[0] == '_')
}

// guarded tells whether the first level of name is closed to MQTT wildcards.
func guarded(name []byte) bool {
	if !mayGuard(name) {
		return false
	}
	if name[0] == GuardedByte {
		return true
	}
	rest, ok := bytes.CutPrefix(name, inbox)
	return ok && (len(rest) == 0 || rest[0] == '.')
}

var inbox = []byte(GuardedLevel)

// What a guarded level begins with, or is.
const (
	GuardedByte  = '$'
	GuardedLevel = "_INBOX"
)
