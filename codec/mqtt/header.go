package mqtt

// appendHeader appends a fixed header (§2.1); remaining is at most
// [MaxRemainingLength].
func appendHeader(dst []byte, first byte, remaining int) []byte {
	if remaining < 0x80 {
		return append(dst, first, byte(remaining))
	}
	return AppendVarInt(append(dst, first), uint32(remaining))
}

// fixedFlags returns the low four bits that every packet of type t but PUBLISH
// has (table 2-2).
func fixedFlags(t Type) byte {
	if typeSet(1<<TypePubrel | 1<<TypeSubscribe | 1<<TypeUnsubscribe).has(t) {
		return 0x02
	}
	return 0
}

// checkFlags applies [MQTT-2.1.3-1] and, for PUBLISH, §3.3.1.
func checkFlags(first byte, version Version) *Error {
	t, flags := Type(first>>4), first&0x0F
	if t == TypePublish {
		switch {
		case flags&0x06 == 0x06:
			return errQoS3
		case flags&0x0E == 0x08:
			return errDupQoS0
		}
		return nil
	}
	want := fixedFlags(t)
	if version == V31 && want != 0 {
		flags &^= 0x08 // 3.1 §2.1: a packet sent again has DUP
	}
	if flags != want {
		return errFlags
	}
	return nil
}
