package mqtt

import (
	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// asker is who wants to know what the client answers to a message: without a
// Receipt, nobody.
func (e *entry) asker() hub.Sender {
	if e.m == nil || e.m.extra == nil || e.qos == 0 {
		return hub.Sender{}
	}
	return e.m.extra.from
}

// answer tells the asker what the client has answered. Never within a delivery.
func (st *state) answer(asker hub.Sender, code codec.ReasonCode) {
	if asker.Receipt != 0 {
		st.lane.hub.Answered(asker, hub.Answer{Client: st.clientID, Code: byte(code)})
	}
}

// lose counts a message that is about to be forgotten for a reason, and tells the
// asker.
func (st *state) lose(e *entry, why reason.ID) {
	h := st.lane.hub
	h.Reasons.Add(why, 1)
	if asker := e.asker(); asker.Receipt != 0 {
		h.AnsweredMeanwhile(asker, hub.Answer{Client: st.clientID, Why: why})
	}
}
