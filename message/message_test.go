package message

import (
	"bytes"
	"testing"
)

func whole() *Message {
	m := new(Message)
	m.Begin(FromMQTT, []byte("a.b"), []byte("reply"), []byte("payload"))
	m.Properties, m.Headers = []byte("properties"), []byte("headers")
	m.Correlation, m.QoS = []byte("id"), 1
	return m
}

func TestKeepCopiesEverySlice(t *testing.T) {
	m := whole()
	var kept Message
	buf := Keep(nil, m, &kept)
	if len(buf) != m.Size() {
		t.Errorf("%d bytes were written, Size says %d", len(buf), m.Size())
	}
	for _, b := range [][]byte{m.Subject, m.Reply, m.Payload, m.Headers, m.Properties, m.Correlation} {
		for i := range b {
			b[i] = '!'
		}
	}
	want := whole()
	for _, p := range [][2][]byte{
		{kept.Subject, want.Subject}, {kept.Reply, want.Reply}, {kept.Payload, want.Payload},
		{kept.Headers, want.Headers}, {kept.Properties, want.Properties}, {kept.Correlation, want.Correlation},
	} {
		if !bytes.Equal(p[0], p[1]) {
			t.Errorf("kept %q, want %q", p[0], p[1])
		}
	}
	if kept.Origin != FromMQTT || kept.QoS != 1 {
		t.Errorf("origin %d, QoS %d", kept.Origin, kept.QoS)
	}
}

// What was kept before stays valid when the buffer grows, and nothing kept can
// grow into its neighbour.
func TestKeepGrowsWithoutMovingWhatWasKept(t *testing.T) {
	var kept [10]Message
	var buf []byte
	for i := range kept {
		m := whole()
		m.Payload = bytes.Repeat([]byte{byte('0' + i)}, 10*i)
		buf = Keep(buf, m, &kept[i])
		_ = append(kept[i].Subject, "overflow"...)
	}
	for i := range kept {
		if !bytes.Equal(kept[i].Payload, bytes.Repeat([]byte{byte('0' + i)}, 10*i)) || string(kept[i].Reply) != "reply" {
			t.Errorf("message %d: reply %q, payload %q", i, kept[i].Reply, kept[i].Payload)
		}
	}
}

func TestBeginForgetsTheMessageBefore(t *testing.T) {
	m := whole()
	m.SetCrossed([]byte("x"))
	m.Begin(FromNATS, []byte("s"), nil, nil)
	if _, ok := m.Crossed(); ok || m.Size() != 1 || m.QoS != 0 {
		t.Errorf("left of the message before: %+v", m)
	}
}

func TestRepeatStandsForSeveral(t *testing.T) {
	m := new(Message)
	stream := []byte("one, two, six, ")
	m.Begin(FromNATS, []byte("s"), nil, stream[:3])
	if string(m.At(0)) != "one" {
		t.Errorf("one message: %q", m.At(0))
	}
	m.Repeat(3, 5, stream)
	for i, want := range []string{"one", "two", "six"} {
		if got := m.At(i); string(got) != want || cap(got) != 3 {
			t.Errorf("message %d: %q", i, got)
		}
	}
	if m.Begin(FromNATS, []byte("s"), nil, nil); m.Count != 1 {
		t.Errorf("%d messages after Begin", m.Count)
	}
}
