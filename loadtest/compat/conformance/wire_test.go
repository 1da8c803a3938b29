package conformance

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// exchange is what a check has at hand. Whatever is not as it should be ends the
// check: the methods do not return then.
type exchange struct {
	version
	server   *server
	prefix   string // of topics that no other check has
	patience time.Duration
	open     []net.Conn
}

// failure is what ends a check.
type failure string

func (x *exchange) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	panic(failure(text[:min(len(text), longestFailure)]))
}

// longestFailure keeps large packets out of the output, in bytes.
const longestFailure = 400

// outcome runs the check and says why it failed, or nothing.
func (x *exchange) outcome(check func(*exchange)) (found string) {
	defer func() {
		for _, c := range x.open {
			c.Close()
		}
		switch r := recover().(type) {
		case nil:
		case failure:
			found = string(r)
		default:
			panic(r)
		}
	}()
	check(x)
	return ""
}

// topic is a topic, or a filter, of this check's own.
func (x *exchange) topic(name string) string { return x.prefix + name }

// wire is a connection of a client.
type wire struct {
	net.Conn
	x *exchange
	r *bufio.Reader
}

func (x *exchange) dial() *wire {
	c, err := net.DialTimeout("tcp", x.server.addr, x.patience)
	if err != nil {
		x.fail("dial: %v", err)
	}
	x.open = append(x.open, c)
	return &wire{c, x, bufio.NewReader(c)}
}

// client is a connection that has been accepted.
func (x *exchange) client() *wire { w, _ := x.connect(connect{}); return w }

// connect is a connection that has been accepted, and its CONNACK.
func (x *exchange) connect(c connect) (*wire, connack) {
	w := x.dial()
	w.send(c.bytes(x.version))
	return w, w.accepted()
}

// refused sends a CONNECT that must be refused: closed, and before that nothing
// or a CONNACK. It gives the code, 0 for none.
func (x *exchange) refused(packet string) byte {
	w := x.dial()
	w.send(packet)
	answer := w.rest()
	switch {
	case answer == "":
		return 0
	case x.version == v311 && strings.HasPrefix(answer, "\x20\x02\x00") && len(answer) == 4 && answer[3] >= 1 && answer[3] <= 5:
		return answer[3]
	case x.version == v5 && len(answer) >= 5 && answer[0] == 0x20 && int(answer[1]) == len(answer)-2 && answer[2] == 0 && connackCodes[answer[3]]:
		return answer[3]
	}
	x.fail("% .60x is answered by % x, want a refusal", packet, answer)
	return 0
}

// refusedWith is refused with one of these codes.
func (x *exchange) refusedWith(packet string, codes ...byte) {
	got := x.refused(packet)
	for _, code := range codes {
		if got == code {
			return
		}
	}
	x.fail("% .60x is refused with %#x, want one of % x", packet, got, codes)
}

// ends sends something on a new accepted connection that must end it. A client
// of 5.0 may be told first, with a code that is an error.
func (x *exchange) ends(packets ...string) {
	for _, p := range packets {
		w := x.client()
		w.send(p)
		w.ended(0)
	}
}

// endsWith is ends with this DISCONNECT for a client of 5.0.
func (x *exchange) endsWith(code byte, packets ...string) {
	for _, p := range packets {
		w := x.client()
		w.send(p)
		if x.version == v311 {
			code = 0
		}
		w.ended(code)
	}
}

func (w *wire) send(packets ...string) {
	// A server that has closed already says so to whoever reads.
	_ = w.SetWriteDeadline(time.Now().Add(w.x.patience))
	_, _ = io.WriteString(w.Conn, strings.Join(packets, ""))
}

// read reads a packet; an error is io.EOF when the server has closed.
func (w *wire) read() (first byte, body string, err error) {
	_ = w.SetReadDeadline(time.Now().Add(w.x.patience))
	if first, err = w.r.ReadByte(); err != nil {
		return 0, "", err
	}
	size, used := 0, 0
	for {
		b, err := w.r.ReadByte()
		if err != nil {
			return 0, "", err
		}
		size |= int(b&0x7f) << (7 * used)
		if used++; b < 0x80 {
			break
		}
	}
	if used != len(varint(size)) {
		w.x.fail("the server sends a length of %d in %d bytes", size, used)
	}
	if flags := first & 0x0f; first>>4 != 3 && flags != 0 && first != pubrel {
		w.x.fail("the server sends a packet with first byte %#x", first)
	}
	all := make([]byte, size)
	_, err = io.ReadFull(w.r, all)
	return first, string(all), err
}

// next reads a packet.
func (w *wire) next() (first byte, body string) {
	first, body, err := w.read()
	if err != nil {
		w.x.fail("instead of a packet: %v", err)
	}
	return first, body
}

// expect reads exactly this packet.
func (w *wire) expect(first byte, body string) {
	if f, b := w.next(); f != first || b != body {
		w.x.fail("got packet %#x % x, want %#x % x", f, b, first, body)
	}
}

// rest is everything until the server closes.
func (w *wire) rest() string {
	_ = w.SetReadDeadline(time.Now().Add(w.x.patience))
	all, err := io.ReadAll(w.r)
	if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
		w.x.fail("the server does not close, it sends % .40x", all)
	}
	return string(all)
}

// closed expects that the server closes without another word.
func (w *wire) closed() {
	if rest := w.rest(); rest != "" {
		w.x.fail("before it closes, the server sends % x", rest)
	}
}

// ended expects the end of an accepted connection. A code is what DISCONNECT
// must say; 0 allows any error, and no DISCONNECT.
func (w *wire) ended(code byte) {
	rest := w.rest()
	ok := w.x.version == v311 && rest == ""
	if w.x.version == v5 {
		ok = rest == "" && code == 0 ||
			len(rest) >= 3 && rest[0] == 0xe0 && int(rest[1]) == len(rest)-2 && disconnectCodes[rest[2]] && (code == 0 || rest[2] == code)
	}
	if !ok {
		w.x.fail("the connection ends with % x, want %#x", rest, code)
	}
}

// ping expects PINGRESP as the next packet: all before has been worked off.
func (w *wire) ping() {
	w.send(pingreq)
	w.expect(pingresp, "")
}

// connack is an accepting CONNACK.
type connack struct {
	present bool
	properties
}

func (w *wire) accepted() connack {
	first, body := w.next()
	if first != 0x20 || len(body) < 2 || body[0] > 1 || body[1] != 0 {
		w.x.fail("CONNECT is answered by %#x % x", first, body)
	}
	a := connack{present: body[0] == 1}
	if w.x.version == v5 {
		a.properties, body = w.x.readProperties(body[2:])
	} else {
		body = body[2:]
	}
	if body != "" {
		w.x.fail("CONNACK is longer than it should be: % x", body)
	}
	return a
}

// properties are the values of a section, in their order, by identifier.
type properties map[byte][]string

// number is the value of a property, or otherwise, if it is not there.
func (p properties) number(id byte, otherwise int) int {
	if len(p[id]) == 0 {
		return otherwise
	}
	n := 0
	for _, b := range []byte(p[id][0]) {
		n = n<<8 | int(b)
	}
	return n
}

// readProperties reads a section and gives what is behind it.
func (x *exchange) readProperties(text string) (properties, string) {
	size, width := binary.Uvarint([]byte(text))
	if width <= 0 || len(text) < width+int(size) || len(varint(int(size))) != width {
		x.fail("no property section: % x", text)
	}
	section, rest := text[width:width+int(size)], text[width+int(size):]
	all := properties{}
	for section != "" {
		id := section[0]
		section = section[1:]
		n := 0
		switch id {
		case payloadFormat, problemInfo, responseInfo, maximumQoS, retainAvailable, 0x28, subscriptionIDsOnSale, sharedSubAvailable:
			n = 1
		case serverKeepAlive, receiveMaximum, topicAliasMaximum, topicAlias:
			n = 2
		case messageExpiry, sessionExpiry, willDelay, maximumPacketSize:
			n = 4
		case subscriptionID:
			value, width := binary.Uvarint([]byte(section))
			all[id] = append(all[id], u32(int(value)))
			section = section[width:]
			continue
		default:
			n = 2 + int(binary.BigEndian.Uint16([]byte(section)))
			if id == userProperty {
				n += 2 + int(binary.BigEndian.Uint16([]byte(section[n:])))
			}
		}
		all[id] = append(all[id], section[:n])
		section = section[n:]
	}
	return all, rest
}

// pass lets time pass that the standard counts.
func (x *exchange) pass(d time.Duration) { time.Sleep(d) }
