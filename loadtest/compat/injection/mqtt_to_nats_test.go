package injection

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/nats-io/nats.go"
)

// natsSide is a publisher of MQTT 5 and a subscriber of NATS to everything.
type natsSide struct {
	strict    bool
	publisher *conn
	in        chan *nats.Msg
	problems  chan error
}

func newNATSSide(t testing.TB, strict bool) *natsSide {
	addr, _ := connect(t, strict)
	s := &natsSide{strict: strict, in: make(chan *nats.Msg, 100), problems: make(chan error, 100)}
	nc, err := nats.Connect("nats://"+addr, nats.NoReconnect(), nats.ErrorHandler(
		func(_ *nats.Conn, _ *nats.Subscription, err error) { s.problems <- err }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.ChanSubscribe(">", s.in); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	s.publisher = dialMQTT(t, s.strict, 5)
	return s
}

// cross sends a PUBLISH and a sentinel behind it, and returns what has arrived in
// front of that one. closed: the server has refused the packet.
func (s *natsSide) cross(t testing.TB, p *packets.ControlPacket) (got []*nats.Msg, closed bool) {
	var out bytes.Buffer
	if _, err := p.WriteTo(&out); err != nil {
		return nil, true
	}
	// The answer to PINGREQ tells whether the packet was taken.
	out.Write([]byte{0xC0, 0})
	_ = s.publisher.SetDeadline(time.Now().Add(patience))
	_, err := s.publisher.Write(out.Bytes())
	var answer [2]byte
	if err == nil {
		_, err = io.ReadFull(s.publisher.r, answer[:])
	}
	if closed = err != nil || answer[0] != 0xD0; closed {
		s.publisher.Close()
		s.publisher = dialMQTT(t, s.strict, 5)
	}
	end := sentinel()
	last := packets.NewControlPacket(packets.PUBLISH)
	last.Content.(*packets.Publish).Topic = end
	if _, err := last.WriteTo(s.publisher); err != nil {
		t.Fatal(err)
	}
	for {
		select {
		case m := <-s.in:
			if m.Subject == end {
				return got, closed
			}
			got = append(got, m)
		case err := <-s.problems:
			t.Fatalf("nats.go: %v", err)
		case <-time.After(patience):
			t.Fatal("the sentinel does not come")
		}
	}
}

// FuzzMQTTToNATS: whatever an MQTT client publishes, a NATS client reads one
// message, or none where the server has said no.
func FuzzMQTTToNATS(f *testing.F) {
	for _, s := range []string{"a/b", "Living Room/Lamp", "a.b//c/", "/", "a/*/>", "$odd/x", "_INBOX/x", "größe", "a\r\nPUB x 0\r\n\r\n", "$SYS/x", "a\x00"} {
		f.Add(s, "k", "v", "two words", "a\r\nInjected: 1", "text/plain", "re/ply", []byte{0, 255}, []byte("hi\r\nMSG x 1 0\r\n\r\n"), true, false)
		f.Add("t", s, s, "%~"+s, "%~a%0D%0Ab", s, s, []byte(s), []byte(s), false, true)
	}
	sides := make(map[bool]*natsSide)
	f.Fuzz(func(t *testing.T, topic, k1, v1, k2, v2, contentType, response string, correlation, payload []byte, retain, strict bool) {
		if len(topic) > 900 || len(k1)+len(v1)+len(k2)+len(v2)+len(contentType)+len(response)+len(correlation) > 60000 {
			return
		}
		side, text := sides[strict], textOf(strict)
		if side == nil {
			side = newNATSSide(t, strict)
			sides[strict] = side
		}
		p := packets.NewControlPacket(packets.PUBLISH)
		publish := p.Content.(*packets.Publish)
		publish.Topic, publish.Payload = topic, payload
		publish.Properties = &packets.Properties{
			User:        []packets.User{{Key: k1, Value: v1}, {Key: k2, Value: v2}},
			ContentType: contentType, ResponseTopic: response, CorrelationData: correlation,
		}
		if retain { // paho.golang writes the flags of the fixed header by itself
			publish.Retain = true
		}
		got, closed := side.cross(t, p)
		legal := legalTopic(topic, text) && (response == "" || legalTopic(response, text))
		for _, s := range []string{k1, v1, k2, v2, contentType} {
			legal = legal && text(s)
		}
		if closed == legal {
			t.Fatalf("legal %v, refused %v", legal, closed)
		}
		if closed || reservedTopic(topic) {
			if len(got) != 0 {
				t.Fatalf("%d messages of what was refused: %+v", len(got), got[0])
			}
			return
		}
		if len(got) != 1 {
			t.Fatalf("%d messages arrived", len(got))
		}
		m := got[0]
		if m.Subject != subjectOf(topic) || !bytes.Equal(m.Data, payload) {
			t.Fatalf("%q %q arrived as %q %q, want %q", topic, payload, m.Subject, m.Data, subjectOf(topic))
		}
		switch {
		case response == "" && m.Reply != "",
			response != "" && len(correlation) == 0 && m.Reply != subjectOf(response),
			response != "" && len(correlation) > 0 && !strings.HasPrefix(m.Reply, "_ISTHMUS.R."):
			t.Fatalf("the reply of %q is %q", response, m.Reply)
		}
		want := nats.Header{}
		if contentType != "" {
			want["Content-Type"] = []string{carry(contentType, text, headerValue)}
		}
		if len(correlation) > 0 {
			want["Mqtt-Correlation-Data"] = []string{encoded(string(correlation))}
		}
		if retain {
			want["Mqtt-Retain"] = []string{"1"}
		}
		for _, u := range publish.Properties.User {
			key := carry(u.Key, text, headerName)
			want[key] = append(want[key], carry(u.Value, text, headerValue))
		}
		if fmt.Sprint(m.Header) != fmt.Sprint(want) {
			t.Fatalf("headers\n got %q\nwant %q", m.Header, want)
		}
	})
}

// reservedTopic tells of topics to which only the server publishes.
func reservedTopic(topic string) bool {
	first, _, _ := strings.Cut(topic, "/")
	return first == "$SYS" || first == "$events" || first == "_ISTHMUS"
}
