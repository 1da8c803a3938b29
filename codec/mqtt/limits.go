package mqtt

// Sizes that the encoding itself sets.
const (
	MaxString          = 65535       // bytes of a string or of binary data (§1.5.4)
	MaxRemainingLength = 268_435_455 // bytes behind a fixed header (§2.1.4)
	MaxPacketSize      = MaxRemainingLength + 5
	MaxSubscriptionID  = 268_435_455 // §3.8.2.1.2
)

// Limits are what a reader accepts. One value serves any number of decoders; it
// must not be changed while one of them uses it (see [Decoder.SetLimits]).
type Limits struct {
	// MaxPacket is the largest packet in bytes, fixed header included, as
	// Maximum Packet Size counts it (§3.2.2.3.6). Zero: the encoding's limit.
	// A larger packet is refused from its fixed header, before memory is taken.
	MaxPacket uint32

	// MaxUserProperties is the largest number of User Properties in one
	// property section; above it the fault is 0x97. Zero: no limit but the
	// packet's.
	MaxUserProperties uint32

	// StrictUTF8 refuses in every string the characters that §1.5.4 lets a
	// receiver refuse: U+0001-U+001F, U+007F-U+009F and the noncharacters.
	StrictUTF8 bool
}

// unlimited stands in for limits that were not given.
var unlimited Limits

// maxPacket returns the largest packet in bytes.
func (l *Limits) maxPacket() uint32 {
	if l.MaxPacket == 0 {
		return MaxPacketSize
	}
	return min(l.MaxPacket, MaxPacketSize)
}
