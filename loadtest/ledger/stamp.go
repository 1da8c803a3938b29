package ledger

import "encoding/binary"

// Size is the bytes that a stamp takes, and so the smallest payload.
const Size = 16

// Widths of a stamp's fields in bits. Times are nanoseconds modulo 2^48, which
// is 78 hours: ages up to half of that are right.
const (
	timeBits   = 48
	numberBits = 40
	timeMask   = 1<<timeBits - 1
	numberMask = 1<<numberBits - 1

	// MaxSenders is how many senders a run can tell apart.
	MaxSenders = 1 << (64 - numberBits)
)

// Stamp is what a message says of itself.
type Stamp struct {
	Run    uint16 // tells messages of this run from those of others
	Sender uint32 // less than MaxSenders
	Number uint64 // counts the sender's messages from 0
	Sent   int64  // when it was to be sent, ns modulo 2^48
}

// Put writes s to the first Size bytes of payload, big endian:
//
//	run 16 bits | sent 48 bits | sender 24 bits | number 40 bits
func (s Stamp) Put(payload []byte) {
	_ = payload[Size-1]
	binary.BigEndian.PutUint64(payload, uint64(s.Run)<<timeBits|uint64(s.Sent)&timeMask)
	binary.BigEndian.PutUint64(payload[8:], uint64(s.Sender)<<numberBits|s.Number&numberMask)
}

// Read returns the stamp of payload; ok is false if it is too short for one.
func Read(payload []byte) (s Stamp, ok bool) {
	if len(payload) < Size {
		return Stamp{}, false
	}
	a, b := binary.BigEndian.Uint64(payload), binary.BigEndian.Uint64(payload[8:])
	return Stamp{
		Run:    uint16(a >> timeBits),
		Sent:   int64(a & timeMask),
		Sender: uint32(b >> numberBits),
		Number: b & numberMask,
	}, true
}

// Age is the time in ns from when the message was to be sent until now. It is
// negative when the clocks of two machines disagree.
func (s Stamp) Age(now int64) int64 {
	const unused = 64 - timeBits
	return (now - s.Sent) << unused >> unused
}
