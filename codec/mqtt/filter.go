package mqtt

import "bytes"

// ValidFilter reports whether filter is a legal topic filter (§4.7.1, §4.7.3):
// 1 to 65535 bytes of UTF-8 without U+0000; '#' alone in the last level
// [MQTT-4.7.1-1]; '+' alone in its level [MQTT-4.7.1-2]. Of a shared
// subscription it is given the rest (see [ParseShared]).
func ValidFilter(filter []byte) bool {
	if len(filter) == 0 || len(filter) > MaxString || checkText(filter, false) != nil {
		return false
	}
	for more := true; more; {
		var level []byte
		level, filter, more = bytes.Cut(filter, slash)
		if len(level) > 1 && wildcards(level) {
			return false
		}
		if more && len(level) == 1 && level[0] == '#' {
			return false
		}
	}
	return true
}

var (
	slash       = []byte("/")
	sharePrefix = []byte("$share/")
	queuePrefix = []byte("$queue/")
)

// ParseShared splits the filter of a shared subscription (§4.8.2). For
// "$share/group/rest" it returns group and rest; for "$queue/rest", the form
// EMQX has besides the standard's, group is "$queue". For any other filter
// shared is false, rest is the filter itself and ok is true.
//
// ok is false for a shared filter without a group name, with a wildcard in the
// group name, or without a rest [MQTT-4.8.2-1], [MQTT-4.8.2-2]. The rest still
// wants [ValidFilter].
func ParseShared(filter []byte) (group, rest []byte, shared, ok bool) {
	switch {
	case bytes.HasPrefix(filter, sharePrefix):
		group, rest, ok = bytes.Cut(filter[len(sharePrefix):], slash)
		ok = ok && len(group) > 0 && !wildcards(group) && len(rest) > 0
		return group, rest, true, ok
	case bytes.HasPrefix(filter, queuePrefix):
		rest = filter[len(queuePrefix):]
		return filter[:len(queuePrefix)-1], rest, true, len(rest) > 0
	}
	return nil, filter, false, true
}
