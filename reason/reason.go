package reason

// ID names one row of the table. It is the index of its counter.
type ID uint8

// Kind tells what is lost when a reason applies.
type Kind uint8

const (
	// Close: a connection ends.
	Close Kind = iota
	// Refuse: one operation of a client is refused, the connection stays.
	Refuse
	// Drop: one copy of a message is not delivered.
	Drop
	// Defer: work waits, nothing is lost.
	Defer
)

func (k Kind) String() string {
	return [...]string{"close", "refuse", "drop", "defer"}[k]
}

// Reason is one row. Name is stable: it appears in logs and counters.
type Reason struct {
	ID   ID
	Kind Kind
	Name string
	// NATS is the text between the quotes of -ERR, exactly nats-server's;
	// empty where nats-server closes or drops in silence.
	NATS string
	// MQTT5 is the reason code of CONNACK, DISCONNECT or an acknowledgement;
	// 0 where the standard has no word for it.
	MQTT5 byte
	// Fault says whose doing it is, for the log level: a client's fault and
	// the ordinary course of things are not an operator's problem.
	Fault Fault
	Help  string // one sentence for docs/reasons.md
}

// Fault says who can mend a reason.
type Fault uint8

const (
	Nobody   Fault = iota // the ordinary course of things
	Client                // what the client sent or did not read
	Operator              // a limit or resource of this server
)

// Of returns the row of id. The pointer is shared; rows never change.
func Of(id ID) *Reason { return &table[id] }

// All returns every row in the order of its ID. The slice is shared.
func All() []Reason { return table[:] }

func (id ID) String() string { return table[id].Name }
