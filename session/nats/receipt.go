package nats

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
)

// Reason codes of MQTT 5 that an Outcome comes to.
const (
	codeSuccess       = 0x00
	codeNobody        = 0x10
	codeQuotaExceeded = 0x97
)

// The two kinds, as receipts call themselves.
const receiptRouted, receiptDevice = "routed", "device"

// receipt is the body of a receipt (docs/mapping.md, "Receipts").
type receipt struct {
	Receipt        string          `json:"receipt"`
	ReasonCode     byte            `json:"reason_code"`
	Reason         string          `json:"reason"`
	Matched        int             `json:"matched"`
	Stored         int             `json:"stored"`
	Full           int             `json:"full"`
	Awaited        int             `json:"awaited"`
	Acknowledged   int             `json:"acknowledged"`
	Refused        int             `json:"refused"`
	Dropped        int             `json:"dropped"`
	Unacknowledged int             `json:"unacknowledged"`
	Clients        []receiptClient `json:"clients,omitempty"`
}

type receiptClient struct {
	Client     string `json:"client"`
	ReasonCode byte   `json:"reason_code"`
	Dropped    string `json:"dropped,omitempty"` // a name of docs/reasons.md
}

// publishWithReceipt publishes m, whose reply is where the receipt goes and which
// travels without it. A publisher that nobody heard is told so in NATS's own way,
// if it knows that one.
func (s *Session) publishWithReceipt(m *message.Message, f *codec.Frame, kind translate.Receipt, wait time.Duration) {
	h := s.lane.hub
	to := bytes.Clone(m.Reply)
	m.Reply = nil
	name := receiptRouted
	device := kind == translate.ReceiptDevice && h.OpenReceipt()
	if device {
		name = receiptDevice
	}
	o := h.Publish(&s.pub, m, 0)
	send := func(r *hub.Receipt) { sendReceipt(h, to, name, r) }
	if o.Deferred {
		send = whenStored(h, send)
	} else if outcomeCode(&o) == codeNobody {
		m.Reply = to
		if s.unheard(m, f) {
			send = func(*hub.Receipt) {}
		}
	}
	if device {
		h.CloseReceipt(o, wait, send)
	} else {
		send(&hub.Receipt{Outcome: o})
	}
}

// whenStored lets a receipt wait for the store of retained messages, too, which has
// not answered for the message that was published last.
func whenStored(l *hub.Lane, send func(*hub.Receipt)) func(*hub.Receipt) {
	var r *hub.Receipt
	stored, why := false, reason.None
	try := func() {
		if r == nil || !stored {
			return
		}
		if why != reason.None {
			r.Outcome.Full++
			r.Outcome.Why = why
		}
		send(r)
	}
	l.WhenStored(func(said reason.ID) {
		stored, why = true, said
		try()
	})
	return func(collected *hub.Receipt) {
		r = collected
		try()
	}
}

// outcomeCode is what a PUBACK would say.
func outcomeCode(o *hub.Outcome) byte {
	switch {
	case o.Full > 0:
		return codeQuotaExceeded
	case o.Matched+o.Stored == 0:
		return codeNobody
	}
	return codeSuccess
}

var outcomeNames = map[byte]string{
	codeSuccess: "success",
	codeNobody:  "no_matching_subscribers",
}

// sendReceipt publishes a receipt on behalf of the server.
func sendReceipt(h *hub.Lane, to []byte, name string, r *hub.Receipt) {
	o := &r.Outcome
	code := outcomeCode(o)
	body := receipt{
		Receipt: name, Reason: outcomeNames[code],
		Matched: o.Matched, Stored: o.Stored, Full: o.Full,
		Awaited: o.Assured, Acknowledged: r.Acknowledged, Refused: r.Refused, Dropped: r.Dropped,
		Unacknowledged: r.Waiting(),
	}
	switch f := &r.Failure; {
	case o.Why != reason.None:
		body.Reason = reason.Of(o.Why).Name
	case code != codeSuccess:
	case f.Why != reason.None:
		code, body.Reason = byte(max(reason.Of(f.Why).MQTT5, codeUnspecified)), reason.Of(f.Why).Name
	case f.Code != 0:
		code, body.Reason = f.Code, "refused_by_client"
	}
	body.ReasonCode = code
	for i := range r.Answers {
		a := &r.Answers[i]
		one := receiptClient{Client: a.Client, ReasonCode: a.Code}
		if a.Why != reason.None {
			one.Dropped = reason.Of(a.Why).Name
		}
		body.Clients = append(body.Clients, one)
	}
	payload, err := json.Marshal(&body)
	if err != nil {
		return
	}
	headers := codec.AppendHeaderStart(nil)
	headers = append(strconv.AppendUint(append(headers, "Mqtt-Reason-Code: "...), uint64(code), 10), "\r\n"...)
	if name == receiptDevice && body.Unacknowledged > 0 {
		headers = append(headers, "Mqtt-Unacknowledged: "...)
		headers = append(strconv.AppendInt(headers, int64(body.Unacknowledged), 10), "\r\n"...)
	}
	h.Announce(&message.Message{
		Subject: to, Origin: message.FromNATS,
		Headers: codec.AppendHeaderEnd(headers), Payload: payload,
	})
}

// codeUnspecified is MQTT 5's for a failure without a code of its own.
const codeUnspecified = 0x80
