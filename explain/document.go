package explain

import (
	"github.com/isthmus-mq/isthmus/reason"
)

// Document is the answer. Version changes when a field changes its meaning.
type Document struct {
	Version int    `json:"version"`
	Error   string `json:"error,omitempty"` // the question could not be answered; nothing else is set
	Name    string `json:"name,omitempty"`
	As      string `json:"as,omitempty"` // how it was understood: subject or topic
	Mode    string `json:"naming,omitempty"`
	User    string `json:"user,omitempty"` // for whom, where it was asked for somebody else
	// Canonical is the name within the server: the subject, below the mountpoint.
	Canonical string `json:"canonical,omitempty"`
	Subject   string `json:"subject,omitempty"` // as NATS clients call it; empty: they cannot
	// Also is the subject that has to be subscribed to beside Subject, for a filter that
	// ends in "/#": "a/#" is "a.>" and "a".
	Also  string `json:"also,omitempty"`
	Topic string `json:"topic,omitempty"` // as MQTT clients call it; empty: they cannot
	// WhyNoTopic and WhyNoSubject say to people why a name is none on that side.
	WhyNoTopic   string `json:"why_no_topic,omitempty"`
	WhyNoSubject string `json:"why_no_subject,omitempty"`
	// Filter: the name has wildcards. Then only Subject, Topic and Retained are told.
	Filter  bool    `json:"filter,omitempty"`
	Refused *Reason `json:"refused,omitempty"` // nobody may publish there
	// Service: the server itself answers requests on this subject.
	Service bool `json:"service,omitempty"`
	// Answers: the name is a gateway reply, and this the Response Topic it leads to.
	Answers string `json:"answers,omitempty"`

	QoS            int     `json:"qos"` // as published; headers may have raised it
	HeadersLeftOut int     `json:"headers_left_out,omitempty"`
	Copies         []Copy  `json:"copies,omitempty"`
	More           int     `json:"more,omitempty"` // copies that are not listed
	Groups         []Group `json:"groups,omitempty"`
	// Matched is what a NATS requester is told by: 0 means no responders, unless
	// Service. Stored and Full are the other parts of an MQTT acknowledgement.
	Matched int `json:"matched"`
	Stored  int `json:"stored"`
	Full    int `json:"full"`

	Retained *Retained `json:"retained,omitempty"`
	// Permissions is what may be published and subscribed: as of now, nobody is
	// refused anything.
	Permissions string `json:"permissions,omitempty"`
}

// version is that of Document.
const version = 1

// Reason is a row of the table of reasons.
type Reason struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func because(why reason.ID) *Reason {
	if why == reason.None {
		return nil
	}
	row := reason.Of(why)
	return &Reason{row.Name, row.Help}
}

// Copy is one copy for one client, or why there is none.
type Copy struct {
	Client    string   `json:"client"`
	Protocol  string   `json:"protocol"`
	Version   string   `json:"version,omitempty"`
	Filters   []string `json:"filters"` // as the client spells them
	Sid       string   `json:"sid,omitempty"`
	Lane      int      `json:"lane"`
	Connected bool     `json:"connected"`
	QoS       int      `json:"qos"`
	// Fate is delivered, stored, dropped, own (No Local, or echo off), guarded (the
	// wildcard does not open a level that begins with $ or is _INBOX), or hidden
	// (statistics are for MQTT clients). A member of a group that would take the message
	// but cannot be chosen is eligible.
	Fate         string  `json:"fate"`
	Reason       *Reason `json:"reason,omitempty"` // of dropped
	Waiting      int     `json:"waiting,omitempty"`
	WaitingBytes int     `json:"waiting_bytes,omitempty"`
}

// Group is a group, one member of which gets the message.
type Group struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // share, queue, or share and queue
	Strategy string `json:"strategy"`
	Members  []Copy `json:"members"`
	More     int    `json:"more,omitempty"` // members that are not listed
	// Pick is the client that gets the next message; empty: chance decides among
	// those whose fate is delivered, or nobody gets it.
	Pick string `json:"pick,omitempty"`
	// Fate is delivered, stored, dropped, or own: only the publisher is there. With
	// delivered, Reason is why it may be lost all the same.
	Fate   string  `json:"fate"`
	Reason *Reason `json:"reason,omitempty"`
}

// Retained is what is retained under the name, or under all that a filter matches.
type Retained struct {
	Count int `json:"count"`
	// AtLeast: there are more than have been counted.
	AtLeast bool `json:"at_least,omitempty"`
	Bytes   int  `json:"bytes,omitempty"` // payload, of one name
	QoS     int  `json:"qos,omitempty"`
	// ExpiresIn is in seconds; 0: never.
	ExpiresIn int `json:"expires_in,omitempty"`
}
