package disturb

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

// witnesses are a NATS client and an MQTT client that exchange numbered messages, from
// NATS with QoS 1 and from MQTT with QoS 1, and know at once when one is missing,
// doubled, late or not as it was.
type witnesses struct {
	nats     net.Conn
	natsIn   *bufio.Reader
	mqtt     net.Conn
	decoder  mqtt.Decoder
	unread   []byte
	rounds   atomic.Int64
	stopping atomic.Bool
}

const (
	witnessSubject = "witness.to.nats"
	witnessTopic   = "witness/to/mqtt"
	burst          = 8 // messages in each direction before anybody looks
)

func newWitnesses(natsAddress, mqttAddress string) (w *witnesses, err error) {
	w = new(witnesses)
	if w.nats, err = net.DialTimeout("tcp", natsAddress, patience); err != nil {
		return nil, err
	}
	w.natsIn = bufio.NewReader(w.nats)
	if w.mqtt, err = net.DialTimeout("tcp", mqttAddress, patience); err != nil {
		return nil, err
	}
	if _, err = io.WriteString(w.nats, `CONNECT {"verbose":false,"headers":true}`+"\r\nSUB "+witnessSubject+" 1\r\n"); err != nil {
		return nil, err
	}
	hello := mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("the-witness")}, nil)
	hello = mqtt.AppendSubscribe(hello, mqtt.V311, 1, nil, []mqtt.Subscription{{Filter: []byte(witnessTopic), Options: 1}})
	if _, err = w.mqtt.Write(hello); err != nil {
		return nil, err
	}
	w.decoder.Init(mqtt.FromServer, nil)
	for _, want := range []mqtt.Type{mqtt.TypeConnack, mqtt.TypeSuback} {
		if _, err = w.packet(want); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// exchange goes on until it is told to stop, or something is wrong.
func (w *witnesses) exchange() error {
	for n := 1; !w.stopping.Load(); n += burst {
		for _, c := range []net.Conn{w.nats, w.mqtt} {
			_ = c.SetDeadline(time.Now().Add(patience))
		}
		var toMQTT, toNATS []byte
		for i := n; i < n+burst; i++ {
			header := nats.AppendHeaderEnd(nats.AppendHeaderLine(nats.AppendHeaderStart(nil), []byte("Mqtt-Qos"), []byte("1")))
			toMQTT = nats.AppendHPub(toMQTT, []byte("witness.to.mqtt"), nil, header, number(i))
			toNATS = mqtt.AppendPublish(toNATS, mqtt.V311, 1<<1, []byte("witness/to/nats"), uint16(i%60000+1), nil, number(i))
		}
		if _, err := w.nats.Write(toMQTT); err != nil {
			return err
		}
		if _, err := w.mqtt.Write(toNATS); err != nil {
			return err
		}
		for i := n; i < n+burst; i++ {
			if err := w.message(number(i)); err != nil {
				return fmt.Errorf("NATS witness, message %d: %w", i, err)
			}
		}
		received, acknowledged := 0, 0
		for received+acknowledged < 2*burst {
			p, err := w.packet(mqtt.TypePublish, mqtt.TypePuback)
			switch {
			case err != nil:
				return fmt.Errorf("MQTT witness, message %d: %w", n+received, err)
			case p.Type == mqtt.TypePuback:
				acknowledged++
			default:
				if want := number(n + received); !bytes.Equal(p.Payload, want) || p.QoS != 1 || p.Dup {
					return fmt.Errorf("MQTT witness: got %q, QoS %d, want %q", p.Payload, p.QoS, want)
				}
				received++
				if _, err := w.mqtt.Write(mqtt.AppendPuback(nil, mqtt.V311, p.ID, 0, nil)); err != nil {
					return err
				}
			}
		}
		w.rounds.Add(1)
	}
	return nil
}

// number is message i: short ones, and every 16th long enough to be shared.
func number(i int) []byte {
	b := strconv.AppendInt(nil, int64(i), 10)
	if i%16 == 0 {
		b = append(b, bytes.Repeat([]byte("."), 5000)...)
	}
	return b
}

// message is the next one of NATS.
func (w *witnesses) message(want []byte) error {
	for {
		line, err := w.natsIn.ReadString('\n')
		if err != nil {
			return err
		}
		switch {
		case line == "PING\r\n":
			if _, err := io.WriteString(w.nats, "PONG\r\n"); err != nil {
				return err
			}
		case len(line) > 4 && line[:4] == "MSG ":
			expected := fmt.Sprintf("MSG %s 1 %d\r\n", witnessSubject, len(want))
			body := make([]byte, len(want)+2)
			if line != expected {
				return fmt.Errorf("got %q, want %q", line, expected)
			}
			if _, err := io.ReadFull(w.natsIn, body); err != nil || !bytes.Equal(body[:len(want)], want) {
				return fmt.Errorf("got %q (%v), want %q", tail(body), err, tail(want))
			}
			return nil
		case len(line) > 5 && line[:5] == "INFO ":
		default:
			return fmt.Errorf("the server says %q", line)
		}
	}
}

// packet is the next one of MQTT, which must be of one of the types. Its bytes are good
// until the next.
func (w *witnesses) packet(types ...mqtt.Type) (*mqtt.Packet, error) {
	var p mqtt.Packet
	buffer := make([]byte, 16<<10)
	for {
		n, err := w.decoder.Next(w.unread, &p)
		if err != nil {
			return nil, err
		}
		w.unread = w.unread[n:]
		if p.Type != 0 {
			for _, t := range types {
				if p.Type == t {
					return &p, nil
				}
			}
			return nil, fmt.Errorf("the server sends %v", p.Type)
		}
		_ = w.mqtt.SetReadDeadline(time.Now().Add(patience))
		if n, err = w.mqtt.Read(buffer); err != nil {
			return nil, err
		}
		w.unread = append(bytes.Clone(w.unread), buffer[:n]...)
	}
}

func (w *witnesses) close() {
	w.nats.Close()
	w.mqtt.Close()
}
