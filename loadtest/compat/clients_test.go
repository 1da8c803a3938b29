package e2e

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/nats.go"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var serial atomic.Uint64

// unique gives each client its own identifier.
func unique(prefix string) string { return fmt.Sprintf("%s-%d", prefix, serial.Add(1)) }

// next is the next value of a channel.
func next[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v, ok := <-ch:
		if !ok {
			t.Fatalf("the channel of %s is closed", what)
		}
		return v
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
	}
	panic("unreachable")
}

// quiet checks that nothing comes. It is for what must not happen, so it can
// only wait; tests put something that does happen in front of it where they can.
func quiet[T any](t *testing.T, ch <-chan T, what string) {
	t.Helper()
	select {
	case v, ok := <-ch:
		if ok {
			t.Fatalf("unexpected %s: %v", what, v)
		}
	case <-time.After(200 * time.Millisecond):
	}
}

// natsClient connects with nats.go.
func (s *server) natsClient(t *testing.T, options ...nats.Option) *nats.Conn {
	t.Helper()
	options = append([]nats.Option{
		nats.Timeout(patience),
		nats.NoReconnect(),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			t.Errorf("nats.go reports %v (%v)", err, sub)
		}),
	}, options...)
	nc, err := nats.Connect("nats://"+s.nats, options...)
	if err != nil {
		t.Fatalf("nats.Connect: %v", err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// subscribe subscribes with nats.go; the subscription is in force afterwards.
func subscribe(t *testing.T, nc *nats.Conn, subject string) <-chan *nats.Msg {
	t.Helper()
	ch := make(chan *nats.Msg, 10000)
	_, err := nc.ChanSubscribe(subject, ch)
	must(t, err)
	must(t, nc.Flush())
	return ch
}

// nextText checks the subject and the payload of the next NATS message.
func nextText(t *testing.T, ch <-chan *nats.Msg, subject, payload string) *nats.Msg {
	t.Helper()
	m := next(t, ch, fmt.Sprintf("the NATS message %q %q", subject, payload))
	if m.Subject != subject || string(m.Data) != payload {
		t.Fatalf("got NATS message %q %q, want %q %q", m.Subject, m.Data, subject, payload)
	}
	return m
}

// verbose makes a NATS client whose publishes have QoS 1.
func verbose(o *nats.Options) error {
	o.Verbose = true
	return nil
}

// withQoS is a NATS message with the header Mqtt-Qos.
func withQoS(qos, subject, payload string) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Header.Set("Mqtt-Qos", qos)
	m.Data = []byte(payload)
	return m
}

// client5 is an MQTT 5 client made with paho.golang.
type client5 struct {
	*paho5.Client
	conn       net.Conn
	connack    *paho5.Connack
	in         chan *paho5.Publish
	disconnect chan *paho5.Disconnect // from the server
}

// mqtt5 connects with paho.golang; change edits the CONNECT packet.
func (s *server) mqtt5(t *testing.T, change ...func(*paho5.Connect)) *client5 {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.mqtt, patience)
	must(t, err)
	c := &client5{conn: conn, in: make(chan *paho5.Publish, 10000), disconnect: make(chan *paho5.Disconnect, 1)}
	c.Client = paho5.NewClient(paho5.ClientConfig{
		Conn:          conn,
		PacketTimeout: patience,
		OnPublishReceived: []func(paho5.PublishReceived) (bool, error){
			func(p paho5.PublishReceived) (bool, error) { c.in <- p.Packet; return true, nil },
		},
		OnServerDisconnect: func(d *paho5.Disconnect) { c.disconnect <- d },
	})
	packet := &paho5.Connect{ClientID: unique("paho5"), KeepAlive: 60, CleanStart: true}
	for _, f := range change {
		f(packet)
	}
	if c.connack, err = c.Connect(t.Context(), packet); err != nil {
		t.Fatalf("paho.golang Connect: %v (%v)", err, c.connack)
	}
	t.Cleanup(func() {
		select {
		case <-c.Done():
		default:
			_ = c.Disconnect(&paho5.Disconnect{})
		}
	})
	return c
}

// subscribe subscribes to the filters with QoS 0.
func (c *client5) subscribe(t *testing.T, filters ...string) {
	t.Helper()
	packet := &paho5.Subscribe{}
	for _, f := range filters {
		packet.Subscriptions = append(packet.Subscriptions, paho5.SubscribeOptions{Topic: f})
	}
	_, err := c.Subscribe(t.Context(), packet)
	must(t, err)
}

func (c *client5) publish(t *testing.T, topic, payload string) {
	t.Helper()
	_, err := c.Publish(t.Context(), &paho5.Publish{Topic: topic, Payload: []byte(payload)})
	must(t, err)
}

// subscribe1 subscribes to the filters with QoS 1, which must be granted.
func (c *client5) subscribe1(t *testing.T, filters ...string) {
	t.Helper()
	packet := &paho5.Subscribe{}
	for _, f := range filters {
		packet.Subscriptions = append(packet.Subscriptions, paho5.SubscribeOptions{Topic: f, QoS: 1})
	}
	ack, err := c.Subscribe(t.Context(), packet)
	must(t, err)
	for i, code := range ack.Reasons {
		if code != 1 {
			t.Fatalf("SUBACK %#x for %q, want QoS 1", code, filters[i])
		}
	}
}

// publish1 publishes with QoS 1 and gives the reason of PUBACK.
func (c *client5) publish1(t *testing.T, topic, payload string) byte {
	t.Helper()
	r, err := c.Publish(t.Context(), &paho5.Publish{Topic: topic, Payload: []byte(payload), QoS: 1})
	if r == nil {
		t.Fatalf("publishing to %q: %v", topic, err)
	}
	return r.ReasonCode
}

// stays connects with the client's old session, if there is one, which ends so
// many seconds after the connection.
func stays(id string, seconds uint32) func(*paho5.Connect) {
	return func(p *paho5.Connect) {
		p.ClientID, p.CleanStart = id, false
		p.Properties = &paho5.ConnectProperties{SessionExpiryInterval: &seconds}
	}
}

// sync waits until the server has read everything sent before. A packet with
// an answer does it: unsubscribing from nothing.
func (c *client5) sync(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := c.Unsubscribe(ctx, &paho5.Unsubscribe{Topics: []string{"nothing/" + unique("x")}})
	must(t, err)
}

func (c *client5) nextText(t *testing.T, topic, payload string) *paho5.Publish {
	t.Helper()
	m := next(t, c.in, fmt.Sprintf("the MQTT message %q %q", topic, payload))
	if m.Topic != topic || string(m.Payload) != payload {
		t.Fatalf("got MQTT message %q %q, want %q %q", m.Topic, m.Payload, topic, payload)
	}
	return m
}

// client3 is an MQTT 3.1 or 3.1.1 client made with paho.mqtt.golang.
type client3 struct {
	paho3.Client
	present bool // the server had a session
	in      chan paho3.Message
	lost    chan error
}

// mqtt3 connects with paho.mqtt.golang in the protocol version 3 or 4.
func (s *server) mqtt3(t *testing.T, version uint, change ...func(*paho3.ClientOptions)) *client3 {
	t.Helper()
	c := &client3{in: make(chan paho3.Message, 10000), lost: make(chan error, 1)}
	o := paho3.NewClientOptions().
		AddBroker("tcp://" + s.mqtt).
		SetClientID(unique("p3")).
		SetProtocolVersion(version).
		SetConnectTimeout(patience).
		SetAutoReconnect(false).
		SetDefaultPublishHandler(func(_ paho3.Client, m paho3.Message) { c.in <- m }).
		SetConnectionLostHandler(func(_ paho3.Client, err error) { c.lost <- err })
	for _, f := range change {
		f(o)
	}
	c.Client = paho3.NewClient(o)
	token := c.Connect()
	done(t, token)
	c.present = token.(*paho3.ConnectToken).SessionPresent()
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

// done waits for what the token stands for.
func done(t *testing.T, token paho3.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) {
		t.Fatalf("%T is not done after %v", token, patience)
	}
	must(t, token.Error())
}

func (c *client3) subscribe(t *testing.T, filter string, qos byte) byte {
	t.Helper()
	token := c.Subscribe(filter, qos, nil)
	done(t, token)
	for _, granted := range token.(*paho3.SubscribeToken).Result() { // by the filter without $share
		return granted
	}
	panic("unreachable")
}

func (c *client3) nextText(t *testing.T, topic, payload string) paho3.Message {
	t.Helper()
	m := next(t, c.in, fmt.Sprintf("the MQTT message %q %q", topic, payload))
	if m.Topic() != topic || string(m.Payload()) != payload {
		t.Fatalf("got MQTT message %q %q, want %q %q", m.Topic(), m.Payload(), topic, payload)
	}
	return m
}

func (c *client5) publishRequest(t *testing.T, topic, answerTo, payload string) {
	t.Helper()
	_, err := c.Publish(t.Context(), &paho5.Publish{
		Topic: topic, Payload: []byte(payload),
		Properties: &paho5.PublishProperties{ResponseTopic: answerTo},
	})
	must(t, err)
}
