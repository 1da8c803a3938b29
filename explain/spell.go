package explain

import (
	"fmt"
	"io"
	"strings"

	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Spell tells what a name or filter is called on both sides, without a server: naming
// and mountpoint are its options. Nothing else is told. The name is valid in as.
func Spell(naming, mountpoint, name, as string) (*Document, error) {
	mode, err := translate.ParseMode(naming)
	if err != nil {
		return nil, err
	}
	names := translate.NewNames(mode)
	names.StrictUTF8 = true
	mount, err := translate.ParseMountpoint(names, mountpoint)
	if err != nil {
		return nil, err
	}
	q := &Question{Name: name, As: as}
	if err := q.complete(); err != nil {
		return nil, err
	}
	d := &Document{Version: version, Name: q.Name, As: q.As, Mode: mode.String()}
	if d.Filter = q.isFilter(); d.Filter {
		d.filtered(names, mount, q)
		return d, nil
	}
	canonical := mount.Add(nil, []byte(name))
	if q.As == AsTopic {
		var ok bool
		if canonical, ok = names.AppendSubject(nil, []byte(name)); !ok {
			d.Topic, d.WhyNoSubject = name, names.WhyNoSubject([]byte(name))
		}
	}
	d.named(names, mount, canonical)
	return d, nil
}

// WriteNames writes for people what the name is called.
func (d *Document) WriteNames(w io.Writer) error {
	t := &text{w: w}
	what := "name"
	if d.Filter {
		what = "filter"
	}
	t.names(d, what)
	return t.err
}

// named notes what a canonical name is called on both sides.
func (d *Document) named(names translate.Names, mount translate.Mountpoint, canonical []byte) {
	if len(canonical) == 0 {
		return
	}
	d.Canonical = string(canonical)
	if subject, ok := mount.Strip(canonical); ok {
		d.Subject = string(subject)
	}
	if topic, ok := names.AppendTopic(nil, canonical); ok {
		d.Topic = string(topic)
	} else {
		d.WhyNoTopic = names.WhyNoTopic(canonical)
	}
}

// isFilter tells whether the name has wildcards of the protocol that it is of.
func (q *Question) isFilter() bool {
	if q.As == AsTopic {
		return strings.ContainsAny(q.Name, "+#")
	}
	_, tail := translate.SubscriptionPattern([]byte(q.Name))
	for token := range strings.SplitSeq(q.Name, ".") {
		if token == "*" {
			return true
		}
	}
	return tail != translate.TailNone
}

// filtered notes what a filter is called on both sides; not ok when it is none.
func (d *Document) filtered(names translate.Names, mount translate.Mountpoint, q *Question) (f trie.Filter, opens uint32, ok bool) {
	var pattern []byte
	var tail translate.Tail
	if q.As == AsTopic {
		if pattern, tail, opens, ok = names.AppendFilter(nil, []byte(q.Name)); !ok {
			d.Refused = &Reason{"topic_filter_invalid", "A wildcard stands where none may, or naming mode emqx has no such name."}
			return f, 0, false
		}
	} else {
		pattern, tail = translate.SubscriptionPattern(mount.Add(nil, []byte(q.Name)))
	}
	f = trie.Filter{Pattern: string(pattern), Tail: trie.Tail(tail)}
	if topic, ok := names.AppendTopicFilter(nil, pattern, tail); ok {
		d.Topic = string(topic)
	}
	own := func(canonical []byte) string {
		subject, ok := mount.Strip(canonical)
		if !ok {
			return ""
		}
		return string(subject)
	}
	if tail == translate.TailZeroOrMore && len(pattern) > 0 {
		d.Also = own(pattern)
		tail = translate.TailOneOrMore
	}
	if subject, ok := translate.AppendSubscription(nil, pattern, tail); ok {
		d.Canonical = string(subject)
		d.Subject = own(subject)
	}
	return f, opens, true
}

// complete says what the name is taken for when nothing is said.
func (q *Question) complete() error {
	if q.As == "" {
		q.As = AsSubject
		if strings.Contains(q.Name, "/") && !strings.Contains(q.Name, ".") {
			q.As = AsTopic
		}
	}
	switch {
	case q.Name == "":
		return fmt.Errorf("no name is given: send a subject or topic, or JSON with \"name\"")
	case q.As == AsSubject && strings.ContainsAny(q.Name, " \t\r\n"):
		return fmt.Errorf("a subject has no blanks and no line ends; for a topic say as: topic")
	}
	return nil
}
