package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// What stands on the page between two such lines is written by this program.
func begin(section string) string { return "<!-- make scale writes: " + section + " -->\n" }
func end(section string) string   { return "<!-- make scale wrote: " + section + " -->\n" }

// fill replaces the sections of a page. Each has to be there exactly once, and
// no others.
func fill(page []byte, sections map[string]string) ([]byte, error) {
	places := bytes.Count(page, []byte("<!-- make scale writes: "))
	if places != len(sections) {
		return nil, fmt.Errorf("the page has %d places for %d sections", places, len(sections))
	}
	for name, text := range sections {
		before, rest, ok := bytes.Cut(page, []byte(begin(name)))
		_, after, ended := bytes.Cut(rest, []byte(end(name)))
		if !ok || !ended {
			return nil, fmt.Errorf("the page has no place for %s: the line %q and below it the line %q",
				name, strings.TrimSpace(begin(name)), strings.TrimSpace(end(name)))
		}
		page = slices.Concat(before, []byte(begin(name)), []byte("\n"+text+"\n"), []byte(end(name)), after)
	}
	return page, nil
}

// sections is what the page has to hold: each curve, the runs and the figures.
func (r *results) sections() map[string]string {
	all := map[string]string{"runs": r.runs(), "figures": r.figures()}
	for _, c := range r.Curves {
		all[c.Name] = c.section()
	}
	return all
}

func (r *results) runs() string {
	var b strings.Builder
	name := filepath.Base(r.file)
	fmt.Fprintf(&b, "Data: [%s](../bench/results/%s).\n\n", name, name)
	for i, m := range r.Runs {
		fmt.Fprintf(&b, "- **Run %d**, %s: %d cores of %s; Linux %s; %s; commit %s.\n",
			i+1, m.Date.Format("2006-01-02 15:04 UTC"), m.Cores, m.CPU, m.Kernel, m.Go, m.Commit)
	}
	return b.String()
}

// section is the plot and the numbers that it was drawn from.
func (c curve) section() string {
	var b strings.Builder
	fmt.Fprintf(&b, "![%s: %s](plots/%s.svg)\n\n", looks[c.Name].title, c.Y, c.Name)
	fmt.Fprintf(&b, "%s:\n\n| %s |", c.Y, c.X)
	for _, s := range c.Series {
		fmt.Fprintf(&b, " %s |", s.Name)
	}
	fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("---|", len(c.Series)))
	for _, x := range c.xs() {
		fmt.Fprintf(&b, "| %s |", thousands(x))
		for _, s := range c.Series {
			if p, ok := s.at(x); ok {
				fmt.Fprintf(&b, " %s |", digits(p.Y))
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nRun %d, load average %s", c.Run+1, c.Load)
	if below, above := c.spread(); below > 0 || above > 0 {
		fmt.Fprintf(&b, "; medians, and rounds from %.0f %% below to %.0f %% above theirs at the widest", 100*below, 100*above)
	}
	fmt.Fprintf(&b, ". Again with `%s`.\n", c.command())
	return b.String()
}

// spread is how far below and above its median any round was, as a part of it.
func (c curve) spread() (below, above float64) {
	for _, s := range c.Series {
		for _, p := range s.Points {
			if p.Y > 0 {
				below, above = max(below, 1-p.Least/p.Y), max(above, p.Most/p.Y-1)
			}
		}
	}
	return below, above
}

func (r *results) figures() string {
	var b strings.Builder
	b.WriteString("| part | figure | value | run |\n|---|---|---|---|\n")
	for _, f := range r.Figures {
		fmt.Fprintf(&b, "| `%s` | %s | %s %s | %d |\n", f.Part, f.Name, digits(f.Value), f.Unit, f.Run+1)
	}
	return b.String()
}

// digits renders three of them, and more before the point.
func digits(v float64) string {
	if v >= 1000 {
		return thousands(v)
	}
	return fmt.Sprintf("%.3g", v)
}

// thousands renders a whole number with commas.
func thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
