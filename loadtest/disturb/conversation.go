package disturb

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// ending is how a client ends its connection.
type ending int

const (
	shut    ending = iota // half-close, then read until the server closes
	drop                  // close, whatever is unread
	reset                 // RST
	endings               // how many there are
)

// conversation is what one client says.
type conversation struct {
	nats    bool
	version mqtt.Version
	packets [][]byte
	bent    bool
	pieces  int // in how many pieces it is written, at most
	ending  ending
}

// converse makes conversation number n of a seed.
func converse(seed, n uint64) *conversation {
	r := rand.New(rand.NewPCG(seed, n))
	c := &conversation{nats: r.IntN(2) == 0, bent: r.IntN(5) != 0, pieces: 1 + r.IntN(4)}
	if c.nats {
		c.packets = natsPackets(r)
	} else {
		c.version = []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}[r.IntN(3)]
		id := fmt.Appendf(nil, "d%d", n)
		if c.bent && r.IntN(3) == 0 { // a name that others have: they are taken over, or resumed
			id = fmt.Appendf(nil, "shared%d", n%5)
		}
		c.packets = mqttPackets(r, c.version, id)
	}
	if r.IntN(10) == 0 {
		c.pieces = 100
	}
	if c.bent {
		c.ending = ending(r.IntN(int(endings)))
		for range 1 + r.IntN(4) {
			c.bend(r)
		}
	}
	return c
}

// cuts are the pieces in which the conversation is written.
func (c *conversation) cuts(r *rand.Rand) [][]byte {
	all := bytes.Join(c.packets, nil)
	var parts [][]byte
	for n := 1; len(all) > 0; n++ {
		size := len(all)
		if n < c.pieces {
			size = 1 + r.IntN(max(1, min(len(all), 2*len(all)/c.pieces)))
		}
		parts = append(parts, all[:size])
		all = all[size:]
	}
	return parts
}

// judge says whether the answers are those to a valid conversation: nothing is
// refused, and the PING at its end is answered.
func (c *conversation) judge(answers []byte) error {
	if c.nats {
		if bytes.Contains(answers, []byte("-ERR")) || !bytes.Contains(answers, []byte("PONG\r\n")) {
			return fmt.Errorf("answered by %q", tail(answers))
		}
		return nil
	}
	var d mqtt.Decoder
	var p mqtt.Packet
	d.Init(mqtt.FromServer, nil)
	d.SetVersion(c.version)
	pong := false
	for len(answers) > 0 {
		n, err := d.Next(answers, &p)
		switch {
		case err != nil:
			return fmt.Errorf("the server's answer %x: %w", tail(answers), err)
		case p.Type == 0:
			return errors.New("the server's last packet is not whole")
		case p.Type == mqtt.TypeConnack && p.ReasonCode != 0, p.Type == mqtt.TypeDisconnect:
			return fmt.Errorf("%v with %v", p.Type, p.ReasonCode)
		}
		pong = pong || p.Type == mqtt.TypePingresp
		answers = answers[n:]
	}
	if !pong {
		return errors.New("PINGREQ is not answered")
	}
	return nil
}

func tail(b []byte) []byte { return b[max(0, len(b)-200):] }

// names, of which topics and subjects are made. None begins with that of a witness.
var names = []string{"a", "b", "c", "dd", "e1"}

// name is a topic or subject of one to four levels.
func name(r *rand.Rand, separator byte) []byte {
	b := []byte(names[r.IntN(len(names))])
	for range r.IntN(4) {
		b = append(append(b, separator), names[r.IntN(len(names))]...)
	}
	return b
}

// payload is mostly short, and seldom longer than what is shared or read at once.
func payload(r *rand.Rand) []byte {
	size := r.IntN(200)
	switch r.IntN(60) {
	case 0:
		size = r.IntN(9000)
	case 1:
		size = r.IntN(100_000)
	}
	b := make([]byte, size)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	return b
}
