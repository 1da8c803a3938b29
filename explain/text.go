package explain

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// AppendText appends the document for people, in lines.
func (d *Document) AppendText(dst []byte) []byte {
	w := &writer{dst: dst}
	d.heading(w)
	if d.Name != nil && d.Filter == nil {
		d.Name.text(w)
	}
	if d.Filter != nil {
		d.filter(w)
	}
	if d.Publish != nil {
		d.publish(w)
	}
	if len(d.Reasons) > 0 {
		w.title("WHAT THE REASONS MEAN")
		for _, r := range d.Reasons {
			w.line("%s (%s): %s", r.Name, r.Kind, r.Text)
		}
	}
	return w.dst
}

// writer writes sections of indented lines.
type writer struct{ dst []byte }

func (w *writer) title(format string, args ...any) {
	w.dst = fmt.Appendf(w.dst, "\n"+format+"\n", args...)
}

func (w *writer) line(format string, args ...any) {
	w.dst = fmt.Appendf(w.dst, "  "+format+"\n", args...)
}

// row is a line with a name in front.
func (w *writer) row(name, format string, args ...any) {
	w.line("%-14s %s", name, fmt.Sprintf(format, args...))
}

// table writes rows whose cells but the last are as wide as the widest.
func (w *writer) table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(utf8.RuneCountInString(cell), widestCell))
		}
	}
	for _, row := range rows {
		w.dst = append(w.dst, ' ')
		for i, cell := range row {
			w.dst = append(append(w.dst, ' '), cell...)
			for n := utf8.RuneCountInString(cell); n <= widths[i] && i < len(row)-1; n++ {
				w.dst = append(w.dst, ' ')
			}
		}
		w.dst = append(w.dst, '\n')
	}
}

// widestCell is where a table gives up its columns for one long cell, in characters.
const widestCell = 40

func (d *Document) heading(w *writer) {
	q := &d.Question
	kind, other := "a NATS subject", "--mqtt if it is a topic"
	if q.Notation == MQTT {
		kind, other = "an MQTT topic", "--nats if it is a subject"
	}
	if d.Filter != nil {
		kind = strings.Replace(strings.Replace(kind, "topic", "topic filter", 1), "subject", "subject with wildcards", 1)
	}
	w.dst = fmt.Appendf(w.dst, "%s, understood as %s", q.Name, kind)
	if d.Guessed {
		w.dst = fmt.Appendf(w.dst, " (%s)", other)
	}
	w.dst = append(w.dst, '\n')
}

func (n *Name) text(w *writer) {
	w.title("NAME")
	w.row("MQTT topic", "%s", or(n.Topic, "none: MQTT clients cannot say this name, and no filter of theirs matches it"))
	if n.WhyNoTopic != "" {
		w.row("", "%s", n.WhyNoTopic)
	}
	w.row("NATS subject", "%s", or(n.Subject, "none: "+or(n.WhyNoSubject, "it lies outside the mountpoint, where NATS clients are not")))
	if n.Canonical != n.Subject {
		w.row("in the server", "%s", n.Canonical)
	}
	w.row("mapping", "%s", n.mapping())
}

func (n *Name) mapping() string {
	if n.Mountpoint == "" {
		return "naming mode " + n.Naming + ", no mountpoint"
	}
	return "naming mode " + n.Naming + ", NATS clients are mounted at " + n.Mountpoint
}

func (d *Document) filter(w *writer) {
	f := d.Filter
	w.title("FILTER")
	if f.Refused != "" {
		w.row("refused", "%s", f.Refused)
		return
	}
	w.row("MQTT filter", "%s", or(f.Topic, "none means the same"))
	w.row("NATS subject", "%s", or(f.Subject, f.whyNoSubject()))
	w.row("mapping", "%s", d.Name.mapping())
	if d.Question.Notation == MQTT {
		w.row("guard", "its wildcards do not open levels that begin with $ or are _INBOX, in first place or behind the mountpoint")
	}
	d.Permissions.text(w)
	f.retained(w, d.Question.Notation)
}

func (f *Filter) retained(w *writer, notation Notation) {
	more := ""
	if f.More {
		more = "more than "
	}
	switch {
	case f.Group != "":
		w.row("group", "%s: its members share messages, and are sent no retained ones", f.Group)
		return
	case f.Retained == nil && f.Topic != "":
		return
	case f.Topic == "":
		w.row("retained", "none: only MQTT clients are sent retained messages")
		return
	case notation == NATS:
		w.row("retained", "NATS clients are sent none; an MQTT client that subscribes")
		w.row("", "to %s now is sent %s%s", f.Topic, more, count(*f.Retained, "message"))
		return
	}
	w.row("retained", "%s%s would be sent to an MQTT client that subscribes now", more, count(*f.Retained, "message"))
}

func (f *Filter) whyNoSubject() string {
	if f.Tail == "zero-or-more" {
		return "one alone does not mean the same: MQTT's # also matches the level above it, so it takes two, " +
			or(f.Pattern, "…") + " and " + or(f.Pattern, "…") + ".>"
	}
	return "none: it lies outside the mountpoint"
}

func (p *Permissions) text(w *writer) {
	switch {
	case p == nil:
	case !p.Configured:
		w.row("permissions", "none are configured: everybody may")
	case p.Allowed:
		w.row("permissions", "%s may: %s", or(p.User, "anybody"), p.Rule)
	default:
		w.row("permissions", "%s may not: %s", or(p.User, "anybody"), p.Rule)
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "y") {
		return fmt.Sprint(n, " ", strings.TrimSuffix(what, "y"), "ies")
	}
	return fmt.Sprint(n, " ", what, "s")
}
