package mqtt

import "bytes"

// checkTopic applies §1.5.4 and [MQTT-3.3.2-2] to a topic name. An empty name
// passes: a topic alias may stand for it. A name that is plainTopic needs no call.
func checkTopic(name []byte, strict bool) *Error {
	if e := checkText(name, strict); e != nil {
		return e
	}
	if wildcards(name) {
		return errTopicWildcard
	}
	return nil
}

func wildcards(b []byte) bool {
	return bytes.IndexByte(b, '+') >= 0 || bytes.IndexByte(b, '#') >= 0
}

// ValidTopic reports whether name is a legal topic name (§4.7.3): 1 to 65535
// bytes of UTF-8 without U+0000 and without wildcards.
func ValidTopic(name []byte) bool {
	return len(name) > 0 && len(name) <= MaxString && checkTopic(name, false) == nil
}
