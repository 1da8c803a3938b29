package mqtt

import (
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/session"
)

// store is who is told of the session; nil: nobody, for it ends with its connection or
// with the process.
func (st *state) store() session.Store {
	if st.expiry == 0 {
		return nil
	}
	return st.lane.opts.Store
}

// storeExpiry tells of a session that goes on behind its connection. One that is told
// of for the first time has nothing yet.
func (st *state) storeExpiry() {
	if s := st.store(); s != nil {
		s.Begin(st.clientID, st.expiry)
	}
}

// storeSubscription tells of a subscription that is new or has changed.
func (st *state) storeSubscription(b *subscription) {
	s := st.store()
	if s == nil {
		return
	}
	options := hub.Granted(b.ref.Flags)
	if b.ref.Flags&hub.FlagNoLocal != 0 {
		options |= 0x04
	}
	if b.ref.Flags&hub.FlagRetain != 0 {
		options |= 0x08
	}
	s.Subscribe(st.clientID, b.filter, options, b.id())
}

// storeLast tells of the message at the end of the window.
func (st *state) storeLast() {
	s := st.store()
	if s == nil {
		return
	}
	w := st.flight
	e := w.at(w.n - 1)
	s.Keep(st.clientID, &session.StoredMessage{
		ID: w.id(w.n - 1), QoS: e.qos, Retain: e.has(entryRetain),
		Topic: e.m.topic(), Properties: e.m.section(), Payload: e.m.payload(),
	})
}

// done forgets number i of the window, of which nothing is left.
func (st *state) done(i int) {
	if s := st.store(); s != nil {
		s.Done(st.clientID, st.flight.id(i))
	}
	st.forget(st.flight.at(i))
}
