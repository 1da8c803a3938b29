package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/system"
)

// Values of Options.Explain. The answers name clients, their addresses and filters,
// and until there are permissions everybody who reaches the listener could ask.
const (
	ExplainLocal = "local"
	ExplainAll   = "all"
	ExplainOff   = "off"
)

func checkExplain(mode string) error {
	if mode == ExplainLocal || mode == ExplainAll || mode == ExplainOff {
		return nil
	}
	return fmt.Errorf("explain %q: want local, all or off", mode)
}

// Permissions says what users may do with names.
type Permissions interface {
	// MayPublish and MaySubscribe tell whether a user may, and which rule says so.
	MayPublish(user string, subject []byte) (allowed bool, rule string)
	MaySubscribe(user string, pattern []byte) (allowed bool, rule string)
}

// explain answers an explain.Question.
func (s *Server) explain(ctx context.Context, r *system.Request, answer func(system.Answer)) {
	doc := &explain.Document{Version: explain.Version}
	err := json.Unmarshal(r.Payload, &doc.Question)
	switch {
	case s.opts.Explain == ExplainOff:
		doc.Error = "this server does not explain: it was started with --explain off"
	case s.opts.Explain == ExplainLocal && !r.Local:
		doc.Error = "this server explains only to who connects from its own machine (127.0.0.1 or ::1): ask there, or start it with --explain all"
	case err != nil:
		doc.Error = fmt.Sprintf("the question is no JSON document like {\"name\": \"a.b\"}: %v", err)
	default:
		a := &answering{s: s, ctx: ctx, q: &doc.Question, doc: doc, lane: r.Lane}
		if err := a.answer(); err != nil {
			*doc = explain.Document{Version: explain.Version, Question: doc.Question, Error: err.Error()}
		}
	}
	body, err := json.Marshal(doc)
	if err == nil {
		answer(system.Answer{Payload: body})
	}
}

// answering is one question at work.
type answering struct {
	s    *Server
	ctx  context.Context
	q    *explain.Question
	doc  *explain.Document
	lane int             // of the publisher
	from hub.Sender      // Owner 0: nobody was named
	who  *explain.Client // nil: likewise

	said      []byte // the name in the publisher's words
	canonical []byte
}

func (a *answering) answer() error {
	q := a.q
	if err := a.check(); err != nil {
		return err
	}
	if q.From != "" {
		if err := a.find(q.From); err != nil {
			return err
		}
	}
	var err error
	if q.Notation.Wildcards(q.Name) {
		err = a.filter()
	} else {
		err = a.publish()
	}
	if err != nil {
		return err
	}
	a.reasons()
	return nil
}

// check completes the question.
func (a *answering) check() error {
	q := a.q
	a.doc.Guessed = complete(q)
	if q.Limit <= 0 {
		q.Limit = explain.DefaultLimit
	}
	q.Limit = min(q.Limit, explain.MaxLimit)
	q.Size = min(max(q.Size, 0), a.s.opts.MaxPayload+1) // what is larger is refused likewise
	switch {
	case q.Name == "":
		return fmt.Errorf("there is no name in the question")
	case q.Notation != explain.NATS && q.Notation != explain.MQTT:
		return fmt.Errorf("notation %q: want subject or topic", q.Notation)
	case q.QoS != nil && *q.QoS > 2:
		return fmt.Errorf("QoS %d: want 0, 1 or 2", *q.QoS)
	}
	return nil
}

// permissions tells what the user may do: subject is what to publish to, or the
// pattern to subscribe to.
func (a *answering) permissions(may func(Permissions) (bool, string)) *explain.Permissions {
	p := &explain.Permissions{User: a.q.User, Allowed: true}
	if a.s.permissions != nil {
		p.Configured = true
		p.Allowed, p.Rule = may(a.s.permissions)
	}
	return p
}

// reasons explains every reason that the document names.
func (a *answering) reasons() {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if f := a.doc.Filter; f != nil {
		add(f.Refused)
	}
	if p := a.doc.Publish; p != nil {
		add(p.Refused)
		for _, d := range p.Drops {
			add(d.Reason)
		}
		for _, c := range p.Copies {
			add(c.Reason)
		}
		for _, g := range p.Groups {
			add(g.Reason)
			for _, c := range g.Members {
				add(c.Reason)
			}
		}
	}
	for _, row := range reason.All() {
		if slices.Contains(names, row.Name) {
			a.doc.Reasons = append(a.doc.Reasons, explain.Reason{Name: row.Name, Kind: row.Kind.String(), Text: row.Help})
		}
	}
}
