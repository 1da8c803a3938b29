package explain

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// Write writes the document for people.
func (d *Document) Write(w io.Writer) error {
	t := &text{w: w}
	switch {
	case d.Error != "":
		t.line("%s", d.Error)
	case d.Filter:
		t.names(d, "filter")
		t.retained(d)
	default:
		t.names(d, "name")
		t.publish(d)
		t.retained(d)
		if d.Permissions != "" {
			t.line("permissions  %s", d.Permissions)
		}
	}
	return t.err
}

type text struct {
	w   io.Writer
	err error
}

func (t *text) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, strings.TrimRight(format, " ")+"\n", args...)
	}
}

func (t *text) names(d *Document, what string) {
	t.line("%-12s %s, taken for %s", what, quoted(d.Name), articled(d.As))
	if d.Also != "" {
		t.line("  NATS       %s and %s", quoted(d.Subject), quoted(d.Also))
	} else {
		t.line("  NATS       %s", orNone(d.Subject, "no such subject: "+cmp.Or(d.WhyNoSubject, "it is outside of the mountpoint")))
	}
	t.line("  MQTT       %s", orNone(d.Topic, "no such topic: MQTT clients never see it"))
	if d.WhyNoTopic != "" {
		t.line("             %s", d.WhyNoTopic)
	}
	if d.Canonical != "" && d.Canonical != d.Subject {
		t.line("  inside     %s", quoted(d.Canonical))
	}
	if d.Mode == "emqx" {
		t.line("  naming     emqx: dots and slashes are one")
	}
	if d.User != "" {
		t.line("  user       %s", quoted(d.User))
	}
	if d.Answers != "" {
		t.line("  answers    an MQTT request; its Response Topic is %s", quoted(d.Answers))
	}
	if d.Service {
		t.line("  answered   by the server itself")
	}
	if d.Refused != nil {
		t.line("refused      %s: %s", d.Refused.Name, d.Refused.Text)
	}
}

func (t *text) publish(d *Document) {
	if d.Refused != nil {
		return
	}
	t.line("publish      QoS %d: %s", d.QoS, d.outcome())
	if d.HeadersLeftOut > 0 {
		t.line("  headers    %d do not reach MQTT clients", d.HeadersLeftOut)
	}
	for i := range d.Copies {
		t.copy(&d.Copies[i], "  ")
	}
	if d.More > 0 {
		t.line("  … and %d more", d.More)
	}
	for i := range d.Groups {
		t.group(&d.Groups[i])
	}
}

// outcome is what publishers are told, in both protocols.
func (d *Document) outcome() string {
	switch {
	case d.Full > 0:
		return fmt.Sprintf("somebody has no room; MQTT 5 publishers get 0x97, %s", got(d))
	case d.Matched+d.Stored > 0:
		return got(d)
	case d.Service:
		return "no client gets it"
	}
	return "nobody gets it; NATS requesters are told that there are no responders, MQTT 5 publishers get 0x10"
}

func got(d *Document) string {
	s := fmt.Sprintf("%d connected", d.Matched)
	if d.Stored > 0 {
		s += fmt.Sprintf(", kept for %d that are not", d.Stored)
	}
	return s
}

func (t *text) copy(c *Copy, indent string) {
	who := c.Client
	if who == "" {
		who = "(more than asked for)"
	}
	t.line("%s%-10s %s %s%s", indent, c.Fate, c.Protocol, quoted(who), c.detail())
	if c.Reason != nil {
		t.line("%s           %s: %s", indent, c.Reason.Name, c.Reason.Text)
	}
}

func (c *Copy) detail() string {
	var s []string
	if len(c.Filters) > 0 {
		s = append(s, "by "+strings.Join(c.Filters, ", "))
	}
	if c.Sid != "" {
		s = append(s, "sid "+c.Sid)
	}
	if c.Protocol == "mqtt" {
		s = append(s, fmt.Sprintf("QoS %d", c.QoS))
	}
	if !c.Connected {
		s = append(s, "not connected")
	}
	if c.Waiting > 0 {
		s = append(s, fmt.Sprintf("%d waiting", c.Waiting))
	}
	if len(s) == 0 {
		return ""
	}
	return " (" + strings.Join(s, ", ") + ")"
}

func (t *text) group(g *Group) {
	switch {
	case g.Pick != "":
		t.line("  group      %s (%s, %s): next is %s", quoted(g.Name), g.Kind, g.Strategy, quoted(g.Pick))
	case g.Fate == "delivered":
		t.line("  group      %s (%s, %s): chance decides among those delivered to", quoted(g.Name), g.Kind, g.Strategy)
	case g.Fate == "own":
		t.line("  group      %s (%s, %s): nobody but the publisher", quoted(g.Name), g.Kind, g.Strategy)
	default:
		t.line("  group      %s (%s, %s): %s", quoted(g.Name), g.Kind, g.Strategy, g.Fate)
		if g.Reason != nil {
			t.line("             %s: %s", g.Reason.Name, g.Reason.Text)
		}
	}
	if g.Fate == fateDelivered && g.Reason != nil {
		t.line("             or nobody, by %s: %s", g.Reason.Name, g.Reason.Text)
	}
	for i := range g.Members {
		t.copy(&g.Members[i], "    ")
	}
	if g.More > 0 {
		t.line("    … and %d more", g.More)
	}
}

func (t *text) retained(d *Document) {
	r := d.Retained
	switch {
	case r == nil && d.Filter:
		t.line("retained     nothing that it matches")
	case r == nil:
		t.line("retained     nothing")
	case d.Filter && r.AtLeast:
		t.line("retained     %d messages or more that it matches", r.Count)
	case d.Filter:
		t.line("retained     %d messages that it matches", r.Count)
	case r.ExpiresIn > 0:
		t.line("retained     %d bytes, QoS %d, for %d more seconds", r.Bytes, r.QoS, r.ExpiresIn)
	default:
		t.line("retained     %d bytes, QoS %d", r.Bytes, r.QoS)
	}
}

func articled(as string) string {
	if as == AsTopic {
		return "an MQTT topic (--nats says otherwise)"
	}
	return "a NATS subject (--mqtt says otherwise)"
}

func orNone(name, none string) string {
	if name == "" {
		return none
	}
	return quoted(name)
}

// quoted shows a name so that blanks and control bytes are seen.
func quoted(name string) string {
	q := fmt.Sprintf("%q", name)
	if q == `"`+name+`"` && !strings.ContainsAny(name, " ") && name != "" {
		return name
	}
	return q
}
