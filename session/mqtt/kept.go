package mqtt

import (
	"math/bits"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/session"
)

// kept is a message of QoS 1 that waits for acknowledgements, in the words of
// MQTT. All sessions of a lane that wait with the same message share it. It
// takes 48 bytes beside the message.
type kept struct {
	buf        []byte       // topic with its length, property section, then the payload unless bulk
	bulk       *session.Run // payload, when it is large enough to be sent by reference
	extra      *extra       // nil for most
	properties uint32       // bytes
	refs       int32
}

// extra is what few messages have.
type extra struct {
	deadline time.Duration // of lane time; 0 = does not expire
	expiryAt int           // where the Message Expiry Interval stands in the properties; 0 = nowhere
	beyond   uint32        // seconds of it behind deadline, which the server's bound cut off
	from     hub.Sender
}

func (k *kept) topic() []byte { return k.buf[2 : 2+int(k.buf[0])<<8+int(k.buf[1])] }

// tellsExpiry tells whether its properties hold a Message Expiry Interval.
func (k *kept) tellsExpiry() bool { return k.extra != nil && k.extra.expiryAt != 0 }

func (k *kept) section() []byte {
	at := 2 + int(k.buf[0])<<8 + int(k.buf[1])
	return k.buf[at : at+int(k.properties)]
}

func (k *kept) payload() []byte {
	if k.bulk != nil {
		return k.bulk.All()
	}
	return k.buf[2+int(k.buf[0])<<8+int(k.buf[1])+int(k.properties):]
}

// keeping is a lane's memory for kept messages.
type keeping struct {
	free   [keptClasses][]*kept
	bulk   session.Buffers
	last   *kept  // the newest, for the other receivers of its message
	serial uint64 // of that message
}

// keep returns the message that is being delivered, with one reference for the
// caller. From tells who published, for a group that may have to choose again.
func (l *Lane) keep(m *message.Message, r *hub.Route, from hub.Sender) *kept {
	p := &l.keeping
	if p.last != nil && p.serial == l.hub.Serial() && p.last.refs > 0 {
		p.last.refs++
		return p.last
	}
	section := l.hub.Properties(m)
	large := len(m.Payload) >= session.ShareAt
	size := 2 + len(r.Topic) + len(section)
	if !large {
		size += len(m.Payload)
	}
	k := p.get(size)
	k.buf = append(codec.AppendString(k.buf, r.Topic), section...)
	k.properties = uint32(len(section))
	if large {
		k.bulk = p.bulk.NewRun(len(m.Payload))
		k.bulk.Append(m.Payload)
	} else {
		k.buf = append(k.buf, m.Payload...)
	}
	seconds, at, expires := codec.MessageExpiry(section)
	life := l.hub.Hub().Lifetime(seconds, expires)
	if life != 0 || expires || from.NoEcho || from.Receipt != 0 {
		k.extra = &extra{from: from}
		if life != 0 || expires {
			k.extra.deadline = l.hub.Now() + life
		}
		if expires {
			k.extra.expiryAt, k.extra.beyond = at, seconds-uint32(life/time.Second)
		}
	}
	p.last, p.serial = k, l.hub.Serial()
	return k
}

// release gives one reference back.
func (p *keeping) release(k *kept) {
	if k.refs--; k.refs > 0 {
		return
	}
	if k.bulk != nil {
		k.bulk.Release()
	}
	class, size := keptClass(cap(k.buf))
	if class >= keptClasses || size != cap(k.buf) || len(p.free[class]) >= freeKept/size {
		k.buf = nil
		return
	}
	*k = kept{buf: k.buf[:0]}
	p.free[class] = append(p.free[class], k)
}

// get returns an empty message with room for n bytes and one reference.
func (p *keeping) get(n int) *kept {
	class, size := keptClass(n)
	if class < keptClasses {
		if stack := p.free[class]; len(stack) > 0 {
			last := len(stack) - 1
			k := stack[last]
			stack[last] = nil
			p.free[class] = stack[:last]
			k.refs = 1
			return k
		}
	}
	return &kept{buf: make([]byte, 0, size), refs: 1}
}

// Size classes go in steps of 32 bytes up to 512, and then in eighths of a
// power of two, so that at most an eighth is wasted. Larger buffers are made to
// measure.
const (
	keptStep    = 32
	keptLinear  = 512 / keptStep
	keptClasses = keptLinear + 1 + 8*7
	keptLargest = 64 << 10
	// freeKept is how much free memory of one size a lane keeps, in bytes.
	freeKept = 256 << 10
)

// keptClass returns the class of a buffer for n bytes and its size; a class of
// keptClasses or more is none.
func keptClass(n int) (class, size int) {
	switch {
	case n <= keptStep*keptLinear:
		class = (n + keptStep - 1) / keptStep
		return class, class * keptStep
	case n > keptLargest:
		return keptClasses, n
	}
	doubling := bits.Len(uint(n-1)) - 1 // 9 for 513..1024
	eighth := 1 << (doubling - 3)
	steps := (n - 1<<doubling + eighth - 1) / eighth // 1..8
	return keptLinear + 8*(doubling-9) + steps, 1<<doubling + steps*eighth
}
