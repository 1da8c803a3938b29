package explain

// Version is that of the document. It grows when a member changes its meaning;
// members may be added without.
const Version = 1

// Document answers a Question. With Error there is nothing else.
type Document struct {
	Version     int          `json:"version"`
	Error       string       `json:"error,omitempty"`
	Question    Question     `json:"question"` // as it was understood
	Guessed     bool         `json:"guessed"`  // the notation was not given
	Name        *Name        `json:"name,omitempty"`
	Permissions *Permissions `json:"permissions,omitempty"`
	Publish     *Publish     `json:"publish,omitempty"`  // for a name
	Filter      *Filter      `json:"filter,omitempty"`   // for a filter
	Retained    *Retained    `json:"retained,omitempty"` // for a name: what stands there
	Reasons     []Reason     `json:"reasons,omitempty"`  // all that are named above
}

// Name is one name in all its spellings.
type Name struct {
	Canonical  string `json:"canonical"`       // as the server has it
	Topic      string `json:"topic,omitempty"` // as MQTT clients say it; empty: it has none
	WhyNoTopic string `json:"why_no_topic,omitempty"`
	Subject    string `json:"subject,omitempty"` // as NATS clients say it; empty: it is not theirs
	// WhyNoSubject: there is no such name for either protocol.
	WhyNoSubject string `json:"why_no_subject,omitempty"`
	Naming       string `json:"naming"`
	Mountpoint   string `json:"mountpoint,omitempty"`
}

// Permissions is what the user may do. Without Configured everybody may do
// everything that is not refused for another reason.
type Permissions struct {
	Configured bool   `json:"configured"`
	User       string `json:"user,omitempty"`
	Allowed    bool   `json:"allowed"`
	Rule       string `json:"rule,omitempty"`
}

// Publish is what would become of a message.
type Publish struct {
	Protocol string  `json:"protocol"`       // of the publisher: nats or mqtt
	From     *Client `json:"from,omitempty"` // the publisher, when it was named
	QoS      uint8   `json:"qos"`
	Size     int     `json:"payload_size"`
	Subject  string  `json:"subject,omitempty"` // canonical; not Name.Canonical for a gateway reply
	// Refused names the reason for which the message is not routed at all.
	Refused      string        `json:"refused,omitempty"`
	GatewayReply *GatewayReply `json:"gateway_reply,omitempty"`
	Retain       string        `json:"retain,omitempty"` // what becomes of what is retained; see Retain…
	Headers      []Pair        `json:"headers,omitempty"`
	Properties   []Pair        `json:"properties,omitempty"`
	// Copies are those of plain subscriptions; subscriptions of one MQTT client
	// share one. MoreCopies were not looked at one by one.
	Copies     []*Copy  `json:"copies"`
	MoreCopies int      `json:"more_copies,omitempty"`
	Groups     []*Group `json:"groups,omitempty"`
	Outcome    Outcome  `json:"outcome"`
	Drops      []Drop   `json:"drops,omitempty"`
	Notes      []string `json:"notes,omitempty"`
}

// Values of Publish.Retain.
const (
	RetainSet     = "set"     // it is retained
	RetainDeletes = "deletes" // an empty payload: what is there goes
	RetainRefused = "refused" // it is not retained; Drops say why
	RetainIgnored = "ignored" // this server retains nothing
)

// GatewayReply is what a NATS client's answer on such a subject would become.
type GatewayReply struct {
	Topic       string `json:"topic"`
	Correlation []byte `json:"correlation"`
}

// Pair is a header or property.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Verdict is what would become of one copy.
type Verdict string

const (
	Delivered Verdict = "delivered" // it goes out at once
	Queued    Verdict = "queued"    // it waits for those before it to be acknowledged
	Stored    Verdict = "stored"    // it waits for the client to come back
	Dropped   Verdict = "dropped"   // Copy.Reason says why
	Own       Verdict = "own"       // the publisher's, with No Local or without echo: none is made
	Guarded   Verdict = "guarded"   // wildcards of MQTT do not open this name: none is made
	Hidden    Verdict = "hidden"    // statistics are for MQTT clients: none is made
	Gone      Verdict = "gone"      // the subscription has ended meanwhile
	Eligible  Verdict = "eligible"  // a member that would take it, if it were its turn
)

// Gets tells whether the client has or will have the message.
func (v Verdict) Gets() bool { return v == Delivered || v == Queued || v == Stored }

// Copy is one copy of the message, or one that is not made.
type Copy struct {
	Client        Client         `json:"client"`
	Subscriptions []Subscription `json:"subscriptions"`
	QoS           uint8          `json:"qos"`
	Verdict       Verdict        `json:"verdict"`
	Reason        string         `json:"reason,omitempty"`
	// Later: it is dropped when its turn to be sent comes.
	Later bool `json:"later,omitempty"`
	// Displaces is how many older messages are dropped to make room (queue_full).
	Displaces int `json:"displaces,omitempty"`
	// Declines: it does not take the message, so a group tries its next member.
	Declines bool `json:"-"`
}

// Client is a client as operators know it.
type Client struct {
	Protocol   string `json:"protocol,omitempty"`
	ID         string `json:"id,omitempty"`  // MQTT
	CID        uint64 `json:"cid,omitempty"` // NATS: the number of the connection
	Name       string `json:"name,omitempty"`
	Address    string `json:"address,omitempty"`
	Version    string `json:"version,omitempty"`
	Connected  bool   `json:"connected"`
	Lane       int    `json:"lane"`
	OutputWait int    `json:"output_waiting"`       // bytes for its socket
	MaxPacket  int    `json:"max_packet,omitempty"` // bytes; 0: no limit of the client's
	Queue      *Queue `json:"queue,omitempty"`      // MQTT: messages that are unacknowledged or wait
	Closing    bool   `json:"closing,omitempty"`    // its connection is about to end
	NoHeaders  bool   `json:"no_headers,omitempty"` // NATS: it takes none
	Properties bool   `json:"properties,omitempty"` // MQTT 5
	NoEcho     bool   `json:"no_echo,omitempty"`    // NATS: it does not want what it publishes
	Verbose    bool   `json:"verbose,omitempty"`    // NATS: its publishes have QoS 1
}

// Queue is the room of a session.
type Queue struct {
	Messages    int  `json:"messages"`
	Bytes       int  `json:"bytes"`
	MaxMessages int  `json:"max_messages"`
	MaxBytes    int  `json:"max_bytes"`
	DropOldest  bool `json:"drop_oldest,omitempty"`
}

// Subscription is one of a client's, in its own words.
type Subscription struct {
	Filter            string `json:"filter"`
	Group             string `json:"group,omitempty"` // NATS; that of an MQTT share stands in Filter
	QoS               uint8  `json:"qos"`             // granted
	ID                uint32 `json:"id,omitempty"`
	NoLocal           bool   `json:"no_local,omitempty"`
	RetainAsPublished bool   `json:"retain_as_published,omitempty"`
}

// Group is one group, of which one member gets the message.
type Group struct {
	Name     string `json:"name"`
	Filter   string `json:"filter,omitempty"` // canonical, of a share; empty: NATS members alone
	Strategy string `json:"strategy"`
	// Members, connected ones first, in the order in which they are tried from
	// the first one on, which the strategy chooses. More were not looked at.
	Members     []*Copy `json:"members"`
	MoreMembers int     `json:"more_members,omitempty"`
	// Next are the places in Members of those that may get it: with one, it is
	// that one. More are there where the strategy leaves it to chance, or to what
	// is not known.
	Next []int `json:"next"`
	// Verdict: delivered: one of Next gets it; stored: likewise, but it is away;
	// dropped: nobody does. Reason says why nobody does, or, with another verdict,
	// why it may come to that.
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason,omitempty"`
	// Later: it is dropped when its turn to be sent comes.
	Later bool `json:"later,omitempty"`
	// Displaces is how many older messages are dropped to make room (queue_full).
	Displaces int `json:"displaces,omitempty"`
	// Declines: it does not take the message, so a group tries its next member.
	Declines bool `json:"-"`
}

// Outcome is what the publisher is told.
type Outcome struct {
	Matched int    `json:"matched"` // connected receivers
	Stored  int    `json:"stored"`  // sessions that keep it for a client that is away
	Full    int    `json:"full"`    // copies for which there is no room
	Answer  string `json:"answer,omitempty"`
}

// Drop counts copies, or headers, that are lost.
type Drop struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// Reason is a row of the table of reasons.
type Reason struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Retained is the message that stands under a name for those who subscribe later.
type Retained struct {
	There     bool   `json:"there"`
	Off       bool   `json:"off,omitempty"` // this server retains nothing
	Size      int    `json:"payload_size,omitempty"`
	QoS       uint8  `json:"qos,omitempty"`
	Protocol  string `json:"protocol,omitempty"`           // of its publisher
	ExpiresIn int64  `json:"expires_in_seconds,omitempty"` // 0: it does not
}

// Filter is what a subscription with such a name means.
type Filter struct {
	Pattern string `json:"pattern"`           // canonical, "…" behind it: see Tail
	Tail    string `json:"tail,omitempty"`    // one-or-more or zero-or-more levels
	Topic   string `json:"topic,omitempty"`   // as an MQTT filter; empty: it has none
	Subject string `json:"subject,omitempty"` // as a NATS subscription; empty: it has none
	Group   string `json:"group,omitempty"`   // of a shared subscription
	Refused string `json:"refused,omitempty"`
	// Retained is how many retained messages would be sent to an MQTT client that
	// subscribes to Topic; with More, there are more than were counted. nil: they
	// were not counted.
	Retained *int `json:"retained,omitempty"`
	More     bool `json:"more,omitempty"`
}
