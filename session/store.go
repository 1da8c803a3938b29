package session

// Store is told what MQTT sessions consist of that outlive their connection, so that
// they can outlive the process, too. Without one they end with it.
//
// # Order
//
// All calls for one client identifier come on its home lane, within a turn, in the order
// in which things happen; those of different lanes come at the same time. Slices and
// strings of messages die with the call.
//
// # What is durable
//
// The packet that tells a client leaves at the end of the turn at the earliest: CONNACK
// after Begin, SUBACK after Subscribe, PUBREC after Take, PUBREL after Received. So
// what a store has on disk when the call returns is kept whatever happens. Done and
// Release may be lost: the client then gets a message of QoS 1 once more, and of QoS 2
// a PUBREL. A publisher's acknowledgement leaves when room for the message has been
// reserved in each session, for those of other lanes before Keep is called there
// (docs/architecture.md, "Retained messages", says what that needs).
type Store interface {
	// Begin: there is a session, or its expiry, in seconds from the end of a
	// connection, has changed. It is above 0; 1<<32-1 is never.
	Begin(client string, expiry uint32)
	// End: there is none, with all that belonged to it. It may not be known.
	End(client string)

	// Subscribe: it has a subscription to filter, which is told as the client spells
	// it, shares included. One to the same filter is replaced. options are the byte of
	// SUBSCRIBE without Retain Handling, id its identifier, 0 for none.
	Subscribe(client, filter string, options byte, id uint32)
	Unsubscribe(client, filter string)

	// Keep: a message waits for the client under a packet identifier, behind all that
	// wait already. It is kept until Done.
	Keep(client string, m *StoredMessage)
	// Received: the client has the QoS 2 message with that identifier, which waits for
	// PUBCOMP: of it nothing but PUBREL is to be sent.
	Received(client string, id uint16)
	// Done: nothing is left of the message with that identifier, whatever became of it.
	Done(client string, id uint16)

	// Take: a QoS 2 publish of the client was received under an identifier and must not
	// be taken again until Release.
	Take(client string, id uint16)
	Release(client string, id uint16)
}

// StoredMessage is a message as it waits for one client.
type StoredMessage struct {
	ID         uint16 // packet identifier
	QoS        uint8  // 0 only where messages of QoS 0 wait, too
	Retain     bool
	Topic      []byte
	Properties []byte // of MQTT 5, without their length; the expiry is as published
	Payload    []byte
}
