package explain

import (
	"fmt"
	"strings"
)

func (d *Document) publish(w *writer) {
	p := d.Publish
	retained := ""
	if p.Retain != "" || d.Question.Retain {
		retained = ", to be retained"
	}
	w.title("PUBLISH by %s: QoS %d, %s%s", p.by(), p.QoS, count(p.Size, "byte"), retained)
	d.Permissions.text(w)
	if d.Permissions != nil && !d.Permissions.Allowed {
		w.row("refused", "the message goes nowhere")
		return
	}
	if p.Refused != "" {
		w.row("refused", "%s: the message goes nowhere%s", p.Refused, d.alsoCloses())
		return
	}
	if g := p.GatewayReply; g != nil {
		w.row("gateway reply", "made by this gateway, and valid: it answers the MQTT request with Response Topic %s", g.Topic)
		w.row("", "and Correlation Data %q", g.Correlation)
	}
	d.Retained.text(w, p.Retain)
	for _, h := range p.Headers {
		w.row("NATS header", "%s: %s", h.Name, h.Value)
	}
	for _, h := range p.Properties {
		w.row("MQTT 5", "%s: %s", h.Name, h.Value)
	}
	for _, n := range p.Notes {
		w.row("note", "%s", n)
	}
	p.copies(w)
	for _, g := range p.Groups {
		g.text(w, p)
	}
	w.title("OUTCOME")
	o := p.Outcome
	w.row("receivers", "%d connected, %d away that keep it, %d without room", o.Matched, o.Stored, o.Full)
	w.row("publisher", "is told: %s", o.Answer)
	for _, drop := range p.Drops {
		w.row("lost", "%d × %s", drop.Count, drop.Reason)
	}
}

// alsoCloses says whether the publisher loses its connection, too.
func (d *Document) alsoCloses() string {
	for _, r := range d.Reasons {
		if r.Name == d.Publish.Refused && r.Kind == "close" {
			return ", and the connection of its publisher ends"
		}
	}
	return ""
}

func (p *Publish) by() string {
	switch {
	case p.From != nil:
		return p.From.text()
	case p.Protocol == "nats":
		return "a NATS client (--from says which)"
	}
	return "an MQTT 5.0 client (--from says which)"
}

func (r *Retained) text(w *writer, becomes string) {
	switch {
	case r == nil:
		return
	case r.Off:
		w.row("retained", "nothing ever: this server was started with --retain=false")
		return
	case !r.There:
		w.row("retained", "nothing stands here")
	default:
		expires := "for ever"
		if r.ExpiresIn > 0 {
			expires = fmt.Sprintf("for %d more seconds", r.ExpiresIn)
		}
		w.row("retained", "%s of QoS %d, from %s, %s", count(r.Size, "byte"), r.QoS, strings.ToUpper(r.Protocol), expires)
	}
	switch becomes {
	case RetainSet:
		w.row("", "this message takes that place")
	case RetainDeletes:
		w.row("", "an empty payload deletes what stands here")
	case RetainRefused:
		w.row("", "this message is not retained, see what is lost")
	}
}

// copies lists receivers, those of one filter together.
func (p *Publish) copies(w *writer) {
	w.title("SUBSCRIPTIONS")
	if len(p.Copies)+p.MoreCopies == 0 {
		w.line("no plain subscription matches")
	}
	var rows [][]string
	for _, c := range p.Copies {
		rows = append(rows, []string{c.filters(), c.Client.text(), c.verdict(p)})
	}
	w.table(rows)
	if p.MoreCopies > 0 {
		w.line("and %d more, not looked at (--limit)", p.MoreCopies)
	}
}

func (c *Copy) filters() string {
	var list []string
	for _, s := range c.Subscriptions {
		list = append(list, s.Filter)
	}
	return or(strings.Join(list, ", "), "?")
}

// verdict says what becomes of the copy, and from which facts that follows.
func (c *Copy) verdict(p *Publish) string {
	qos := fmt.Sprintf("QoS %d", c.QoS)
	if c.Client.Protocol == "nats" {
		qos = "at most once"
	}
	text := ""
	switch c.Verdict {
	case Delivered:
		text = "delivered, " + qos
	case Queued:
		text = "queued, " + qos + ": sent when earlier messages are acknowledged"
	case Stored:
		text = "stored, " + qos + ": sent when the client is back"
	case Dropped:
		text = "DROPPED: " + c.Reason
		if c.Later {
			text += ", when its turn comes"
		}
	case Own:
		text = "no copy: it is the publisher's own, with No Local or without echo"
	case Guarded:
		text = "no copy: wildcards of MQTT do not open a level that begins with $ or is _INBOX"
	case Hidden:
		text = "no copy: what the server says below $SYS/broker is for MQTT clients"
	case Gone:
		text = "the subscription has just ended"
	case Eligible:
		text = "may take it when it is its turn, " + qos
	default:
		text = string(c.Verdict)
	}
	return text + c.facts(len(p.Headers)+len(p.Properties) > 0)
}

// facts are those behind the verdict. headers: the message has some.
func (c *Copy) facts(headers bool) string {
	var list []string
	who := &c.Client
	if q := who.Queue; q != nil && (c.Verdict == Queued || c.Verdict == Stored || c.Reason == "queue_full") {
		list = append(list, fmt.Sprintf("%d of %d messages and %d of %d bytes wait", q.Messages, q.MaxMessages, q.Bytes, q.MaxBytes))
	}
	if c.Displaces > 0 {
		list = append(list, count(c.Displaces, "older message")+" dropped for it (queue_full)")
	}
	if c.Reason == "client_packet_limit" {
		list = append(list, fmt.Sprintf("its Maximum Packet Size is %d", who.MaxPacket))
	}
	for _, s := range c.Subscriptions {
		if s.ID != 0 {
			list = append(list, fmt.Sprintf("subscription identifier %d", s.ID))
		}
	}
	if headers && c.Verdict.Gets() && (who.NoHeaders || who.Protocol == "mqtt" && who.Connected && !who.Properties) {
		list = append(list, "without headers, which it does not take")
	}
	if who.OutputWait > 0 {
		list = append(list, count(who.OutputWait, "byte")+" wait for its socket")
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, "; ") + ")"
}

// text names the client.
func (c *Client) text() string {
	text := ""
	switch {
	case c.Protocol == "mqtt":
		text = "mqtt " + c.ID
	case c.Name != "":
		text = "nats " + c.Name
	case c.Protocol == "nats":
		text = fmt.Sprint("nats cid ", c.CID)
	default:
		return "?"
	}
	if c.Connected {
		return text + " " + c.Address
	}
	return text + " (away)"
}

func (g *Group) text(w *writer, p *Publish) {
	on := ""
	if g.Filter != "" {
		on = " on " + g.Filter
	}
	w.title("GROUP %s%s: one of %s, strategy %s", g.Name, on, count(len(g.Members)+g.MoreMembers, "member"), g.Strategy)
	next := make(map[int]bool)
	for _, i := range g.Next {
		next[i] = true
	}
	var rows [][]string
	for i, c := range g.Members {
		mark := " "
		if next[i] {
			mark = "→"
		}
		rows = append(rows, []string{mark + " " + c.filters(), c.Client.text(), c.verdict(p)})
	}
	w.table(rows)
	if g.MoreMembers > 0 {
		w.line("  and %d more, not looked at (--limit)", g.MoreMembers)
	}
	switch {
	case g.Verdict == Hidden:
		w.line("not asked: what the server says below $SYS/broker is for MQTT clients")
	case g.Verdict == Dropped && len(g.Next) == 0:
		w.line("nobody gets it: %s", or(g.Reason, "no member may have it"))
	case g.Verdict != Dropped && g.Reason != "":
		w.line("chance may also let nobody get it: %s", g.Reason)
	case len(g.Next) == 0:
		w.line("the next one is not among those that were looked at")
	case len(g.Next) > 1 && g.Strategy == "random":
		w.line("chance decides between those with →")
	case len(g.Next) > 1:
		w.line("one of those with → gets it")
	}
}
