package injection

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"
	packets3 "github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/nats-io/nats.go"
)

// mqttSide is a publisher of NATS and subscribers of MQTT 5 and 3.1.1 to everything.
type mqttSide struct{ publisher, five, three *conn }

func newMQTTSide(t testing.TB, strict bool) *mqttSide {
	s := &mqttSide{publisher: dialNATS(t, strict), five: dialMQTT(t, strict, 5), three: dialMQTT(t, strict, 4)}
	s.five.send(t, []byte("\x82\x07\x00\x01\x00\x00\x01#\x00"))
	if p := s.five.read5(t); p.Type != packets.SUBACK {
		t.Fatalf("no SUBACK: %v", p)
	}
	s.three.send(t, []byte("\x82\x06\x00\x01\x00\x01#\x00"))
	if p, err := packets3.ReadPacket(s.three.r); err != nil || p.Details().MessageID != 1 {
		t.Fatalf("no SUBACK: %v, %v", p, err)
	}
	return s
}

// cross publishes with HPUB and a sentinel behind it, and returns what the MQTT 5
// client got in front of that one. The older client gets the same without properties.
func (s *mqttSide) cross(t testing.TB, subject, reply string, block, payload []byte) (got []*packets.Publish) {
	end := sentinel()
	var out bytes.Buffer
	if reply != "" {
		reply += " "
	}
	fmt.Fprintf(&out, "HPUB %s %s%d %d\r\n%s%s\r\nPUB %s 0\r\n\r\nPING\r\n", subject, reply, len(block), len(block)+len(payload), block, payload, end)
	s.publisher.send(t, out.Bytes())
	for {
		line, err := s.publisher.r.ReadString('\n')
		if err != nil {
			t.Fatalf("the server has closed on %q: %v", out.Bytes(), err)
		}
		if strings.HasPrefix(line, "PONG") {
			break
		}
	}
	for {
		p, ok := s.five.read5(t).Content.(*packets.Publish)
		if !ok {
			t.Fatal("not a PUBLISH")
		}
		if p.Topic == end {
			break
		}
		if !p.Retain { // not what was retained before the subscription
			got = append(got, p)
		}
	}
	for i := 0; ; {
		_ = s.three.SetDeadline(time.Now().Add(patience))
		read, err := packets3.ReadPacket(s.three.r)
		p, ok := read.(*packets3.PublishPacket)
		if err != nil || !ok {
			t.Fatalf("paho.mqtt.golang: %v, %v", read, err)
		}
		if p.TopicName == end {
			if i != len(got) {
				t.Fatalf("%d messages for 3.1.1, %d for 5", i, len(got))
			}
			return got
		}
		if p.Retain {
			continue
		}
		if i >= len(got) || p.TopicName != got[i].Topic || !bytes.Equal(p.Payload, got[i].Payload) {
			t.Fatalf("3.1.1 got %q %q", p.TopicName, p.Payload)
		}
		i++
	}
}

// FuzzNATSToMQTT: whatever a NATS client publishes, MQTT clients read one message
// if the subject is a topic, and otherwise none.
func FuzzNATSToMQTT(f *testing.F) {
	const block = "NATS/1.0\r\nK: v\r\nk: w\r\n\r\n"
	for _, s := range []string{"a.b", "a./.b", "v1//0", "a.+", "a#b", "a.\x00", "a.\xff", "a..b", "a.*", ">", "$odd.x", "_INBOX.x", "a./x0A", "a./x0a", "größe", "a/_b", "/"} {
		f.Add(s, "re.ply", []byte(block), []byte("hi\x30\x03\x00\x01x"), true)
		f.Add("t", s, []byte("NATS/1.0\r\n"+s+": "+s+"\r\nK:"+s+"\r\n\r\n"), []byte(s), false)
	}
	for _, b := range []string{"", "NATS/1.0", "NATS/1.0 503\r\n\r\n", "NATS/1.0\r\nno colon\r\n\r\n", "NATS/1.0\r\n: x\r\n\r\n", "NATS/1.0\r\nk: caf\xe9\r\nl: a\tb\r\nm: %~caf%E9\r\n\r\n",
		"NATS/1.0\r\nMqtt-Qos: 2\r\nMqtt-Retain: 1\r\nMqtt-Receipt: device\r\n\r\n", "\x00\xff"} {
		f.Add("t", "", []byte(b), []byte("x"), true)
	}
	sides := make(map[bool]*mqttSide)
	f.Fuzz(func(t *testing.T, subject, reply string, block, payload []byte, strict bool) {
		if !word(subject) || reply != "" && !word(reply) || len(subject)+len(reply) > 3000 || len(block) > 60000 {
			return
		}
		if strings.HasPrefix(subject, sentinelRoot) || serversOwn(subject) || serversOwn(reply) {
			return
		}
		side, text := sides[strict], textOf(strict)
		if side == nil {
			side = newMQTTSide(t, strict)
			sides[strict] = side
		}
		if bytes.Contains(bytes.ToLower(block), []byte("mqtt-receipt")) {
			reply = "" // the receipt would be a message, too
		}
		got := side.cross(t, subject, reply, block, payload)
		topic, ok := topicOf(subject, text)
		first, _, _ := strings.Cut(subject, ".")
		if !ok || strings.HasPrefix(first, "$") || first == "_INBOX" {
			if len(got) != 0 {
				t.Fatalf("%q arrived as %q", subject, got[0].Topic)
			}
			return
		}
		if len(got) != 1 {
			t.Fatalf("%d messages arrived", len(got))
		}
		p := got[0]
		if p.Topic != topic || !bytes.Equal(p.Payload, payload) || p.QoS != 0 {
			t.Fatalf("%q %q arrived as %q %q, want %q", subject, payload, p.Topic, p.Payload, topic)
		}
		if want, ok := topicOf(reply, text); p.Properties.ResponseTopic != map[bool]string{true: want}[ok && reply != ""] {
			t.Fatalf("the Response Topic of %q is %q", reply, p.Properties.ResponseTopic)
		}
		for _, u := range p.Properties.User {
			if !text(u.Key) || !text(u.Value) {
				t.Fatalf("no strings of MQTT: %q", u)
			}
		}
		checkUsers(t, p.Properties.User, block, text)
	})
}

// checkUsers compares with what nats.go reads in a block: for each name the values
// in order. Blocks with names of the gateway's are left to the tables.
func checkUsers(t *testing.T, users []packets.User, block []byte, text func(string) bool) {
	headers, err := nats.DecodeHeadersMsg(block)
	if err != nil || strangeStatus(block) {
		return
	}
	want := make(map[string][]string)
	for key, values := range headers {
		if theGateways(key) {
			return
		}
		name := carry(key, headerName, text)
		for _, v := range values {
			if len(v) > 20000 || len(key) > 20000 {
				return // may be too long once it is marked
			}
			want[name] = append(want[name], carry(v, headerValue, text))
		}
	}
	got := make(map[string][]string)
	for _, u := range users {
		got[u.Key] = append(got[u.Key], u.Value)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("block %q\n got %q\nwant %q", block, got, want)
	}
}

// strangeStatus tells of a first line with what is no status code, of which nats.go
// makes one all the same.
func strangeStatus(block []byte) bool {
	first, _, _ := bytes.Cut(block, []byte("\n"))
	text := strings.TrimSpace(strings.TrimPrefix(string(first), "NATS/1.0"))
	if text == "" {
		return false
	}
	code, err := strconv.ParseUint(text[:min(3, len(text))], 10, 16)
	return err != nil || code == 0
}

// word tells whether a text is one argument of a control line.
func word(s string) bool { return s != "" && !strings.ContainsAny(s, " \t\r\n") }

// serversOwn tells of names that a client cannot use, or whose messages go somewhere
// else.
func serversOwn(subject string) bool {
	for _, root := range []string{"$SYS.", "$events", "$GR.", "_GR_.", "$NRG.", "_ISTHMUS.R.", "$JS.ACK.", "_R_."} {
		if strings.HasPrefix(subject, root) {
			return true
		}
	}
	return false
}
