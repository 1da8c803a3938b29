package hub

import (
	"time"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// RetainedStore keeps for each subject the last message that was published there to
// be retained. Its methods are called within a turn of the lane that they are given,
// on any lane at the same time, and read the time from it.
//
// # What readers see
//
// A publisher calls Set before it publishes, a subscriber subscribes before it calls
// Get or Scan. What has not been set when the subscriber reads is then published to
// the subscription, so nothing is missed; a message may be seen in both ways.
// Messages are read whole, and never change: a subject that is set again gets
// another one, with a higher version. Expired ones are not read.
//
// # What is durable
//
// When Set or Delete is done, every read that begins finds it so, on every lane, for
// as long as the store promises: [Retained] promises the life of the process. A
// PUBACK that stands for a retained message leaves after done has been called, so
// a store on disk calls it once the message would survive. Until then it may be read
// or not.
type RetainedStore interface {
	// Set keeps a copy of m under its subject, in the place of what was there, until
	// deadline of lane time; 0 = for ever. m stands for one message. An empty payload
	// is kept like any other: that it deletes is for the caller to know. When it is
	// refused, what was there stays.
	//
	// done is called exactly once with token, on lane l, before Set returns or in a
	// later turn; several of one lane in the order of their Sets. nil asks for no
	// answer. m may be reused as soon as Set returns.
	Set(l *Lane, m *message.Message, deadline time.Duration, done RetainedDone, token uint64)

	// Delete removes what is kept under subject, if there is anything; done as for Set.
	Delete(l *Lane, subject []byte, done RetainedDone, token uint64)

	// Get reads into m what is kept under subject, and reports whether there is
	// anything. m.Subject is subject.
	Get(l *Lane, subject []byte, m *RetainedMessage) bool

	// Scan begins to look for the subjects that f matches. opens are the levels that
	// wildcards of an MQTT filter open, as in trie.Ref, and keeps those shut that the
	// guard closes; 0 for a filter of NATS. The scan belongs to lane l.
	Scan(l *Lane, f trie.Filter, opens uint32) RetainedScan

	// Sweep removes some of what has expired. Its work is bounded. It returns the
	// lane time at which it is to be called again, which may have come already: then
	// in another turn; 0: when there is something that expires. A Set may make that
	// sooner for what it sets, so call it now and then: until then what has expired
	// is not read but takes its room. Any lane may call it; one at a time goes on.
	Sweep(l *Lane) (again time.Duration)

	// Used returns what is kept: messages, and bytes by RetainedCost. Any goroutine.
	Used() (messages int, bytes int64)
}

// RetainedDone hears what became of a Set or Delete.
type RetainedDone interface {
	// Retained is told None, or why the message is not kept. The reason has been
	// counted.
	Retained(token uint64, why reason.ID)
}

// RetainedMessage is a message as it was kept. Its slices are never to be written
// to and stay valid for ever, except Subject: until the next read of the same scan.
type RetainedMessage struct {
	message.Message
	Version  uint64        // higher for what has been set later under the same subject
	Deadline time.Duration // of lane time; 0 = does not expire
}

// RetainedScan goes through subjects in chunks. Between its calls it holds no lock
// and the store may change: each subject that is there from the beginning of the
// scan to its end is found exactly once, and no other one twice.
//
//	for done := false; !done; /* in another turn */ {
//		_, done = scan.Find(l, 100)
//		for scan.Read(l, &m) {
//			// send m
//		}
//	}
type RetainedScan interface {
	// Find looks for up to most further subjects, and returns how many it found:
	// perhaps none, although there are more behind, since its work is bounded too.
	// done: there are no more behind these. What Find found before and was not read
	// is forgotten.
	Find(l *Lane, most int) (found int, done bool)

	// Read reads the next message of those that Find found, as it is now; subjects
	// that have been deleted or whose message has expired are passed over. false:
	// there is no further one.
	Read(l *Lane, m *RetainedMessage) bool
}

// RetainedLimits bound a store. 0 = no bound.
type RetainedLimits struct {
	Messages     int
	Bytes        int64 // by RetainedCost
	MessageBytes int   // of one message, by RetainedCost
}

// RetainedCost is what a message takes of RetainedLimits, in bytes.
func RetainedCost(m *message.Message) int { return m.Size() + costOfRetaining }

// costOfRetaining is about what the store needs for a message beside its bytes: its
// place in the index, and what describes it.
const costOfRetaining = 160
