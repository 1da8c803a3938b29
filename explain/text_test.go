package explain

import (
	"strings"
	"testing"
)

// The text of a publish says for each client what becomes of its copy.
func TestTextOfAPublish(t *testing.T) {
	lamp := Client{Protocol: "mqtt", ID: "lamp", Queue: &Queue{Messages: 2, MaxMessages: 2, Bytes: 9, MaxBytes: 100}}
	board := Client{Protocol: "mqtt", ID: "board", Address: "10.0.0.1:5", Connected: true, MaxPacket: 20}
	seven := Client{Protocol: "nats", CID: 7, Address: "10.0.0.2:6", Connected: true, NoHeaders: true}
	on := func(filter string) []Subscription { return []Subscription{{Filter: filter}} }
	d := &Document{
		Question:    Question{Name: "a/b", Notation: MQTT},
		Guessed:     true,
		Name:        &Name{Canonical: "m.a.b", Topic: "m/a/b", Subject: "a.b", Naming: "isthmus", Mountpoint: "m/"},
		Permissions: &Permissions{Allowed: true},
		Retained:    &Retained{There: true, Size: 1, QoS: 1, Protocol: "nats", ExpiresIn: 5},
		Publish: &Publish{
			Protocol: "mqtt", QoS: 1, Size: 2, Retain: RetainSet,
			Headers: []Pair{{"K", "v"}}, Properties: []Pair{{"User Property K", "v"}},
			Copies: []*Copy{
				{Client: lamp, Subscriptions: on("a/#"), QoS: 1, Verdict: Dropped, Reason: "queue_full"},
				{Client: board, Subscriptions: append(on("#"), on("a/b")...), Verdict: Dropped, Reason: "client_packet_limit", Later: true},
				{Client: seven, Subscriptions: on("a.>"), Verdict: Delivered},
			},
			MoreCopies: 3,
			Groups: []*Group{{
				Name: "g", Filter: "a.*", Strategy: "random", Next: []int{0, 1}, Verdict: Delivered,
				Members: []*Copy{
					{Client: board, Subscriptions: on("$share/g/a/+"), Verdict: Delivered},
					{Client: seven, Subscriptions: on("a.*"), Verdict: Delivered},
				},
			}},
			Outcome: Outcome{Matched: 3, Full: 1, Answer: "PUBACK 0x97 (quota exceeded)"},
			Drops:   []Drop{{"queue_full", 1}},
			Notes:   []string{"note this"},
		},
		Reasons: []Reason{{"queue_full", "drop", "There is no room."}},
	}
	want := `a/b, understood as an MQTT topic (--nats if it is a subject)

NAME
  MQTT topic     m/a/b
  NATS subject   a.b
  in the server  m.a.b
  mapping        naming mode isthmus, NATS clients are mounted at m/

PUBLISH by an MQTT 5.0 client (--from says which): QoS 1, 2 bytes, to be retained
  permissions    none are configured: everybody may
  retained       1 byte of QoS 1, from NATS, for 5 more seconds
                 this message takes that place
  NATS header    K: v
  MQTT 5         User Property K: v
  note           note this

SUBSCRIPTIONS
  a/#     mqtt lamp (away)       DROPPED: queue_full (2 of 2 messages and 9 of 100 bytes wait)
  #, a/b  mqtt board 10.0.0.1:5  DROPPED: client_packet_limit, when its turn comes (its Maximum Packet Size is 20)
  a.>     nats cid 7 10.0.0.2:6  delivered, at most once (without headers, which it does not take)
  and 3 more, not looked at (--limit)

GROUP g on a.*: one of 2 members, strategy random
  → $share/g/a/+  mqtt board 10.0.0.1:5  delivered, QoS 0 (without headers, which it does not take)
  → a.*           nats cid 7 10.0.0.2:6  delivered, at most once (without headers, which it does not take)
  chance decides between those with →

OUTCOME
  receivers      3 connected, 0 away that keep it, 1 without room
  publisher      is told: PUBACK 0x97 (quota exceeded)
  lost           1 × queue_full

WHAT THE REASONS MEAN
  queue_full (drop): There is no room.
`
	compare(t, d, want)
}

func TestTextOfWhatIsRefused(t *testing.T) {
	compare(t, &Document{
		Question: Question{Name: "a.b", Notation: NATS},
		Name:     &Name{Canonical: "a.b", Topic: "a/b", Subject: "a.b", Naming: "emqx"},
		Publish:  &Publish{Protocol: "nats", Size: 1, Refused: "payload_too_large"},
		Reasons:  []Reason{{"payload_too_large", "close", "Too large."}},
	}, `a.b, understood as a NATS subject

NAME
  MQTT topic     a/b
  NATS subject   a.b
  mapping        naming mode emqx, no mountpoint

PUBLISH by a NATS client (--from says which): QoS 0, 1 byte
  refused        payload_too_large: the message goes nowhere, and the connection of its publisher ends

WHAT THE REASONS MEAN
  payload_too_large (close): Too large.
`)
}

func TestTextOfAFilter(t *testing.T) {
	two := 2
	compare(t, &Document{
		Question:    Question{Name: "a.>", Notation: NATS},
		Name:        &Name{Naming: "isthmus"},
		Permissions: &Permissions{Configured: true, User: "u", Rule: "deny a.>"},
		Filter:      &Filter{Pattern: "a", Tail: "one-or-more", Topic: "a/+/#", Subject: "a.>", Retained: &two, More: true},
	}, `a.>, understood as a NATS subject with wildcards

FILTER
  MQTT filter    a/+/#
  NATS subject   a.>
  mapping        naming mode isthmus, no mountpoint
  permissions    u may not: deny a.>
  retained       NATS clients are sent none; an MQTT client that subscribes
                 to a/+/# now is sent more than 2 messages
`)
}

func compare(t *testing.T, d *Document, want string) {
	t.Helper()
	got := string(d.AppendText(nil))
	if got == want {
		return
	}
	have, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(have), len(wants)) {
		if have[i] != wants[i] {
			t.Fatalf("line %d is\n%q, want\n%q\n%s", i+1, have[i], wants[i], got)
		}
	}
	t.Fatalf("%d lines, want %d:\n%s", len(have), len(wants), got)
}
