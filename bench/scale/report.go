package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// report is the file in bench/results.
type report struct {
	Machine machine `json:"machine"`
	Curves  []curve `json:"curves"`
	// Figures are single values, with their unit at the end of the name.
	Figures []figure `json:"figures"`
}

// curve is what one part has measured along one axis. Name says which plot.
type curve struct {
	Name   string   `json:"name"`
	Load   string   `json:"load_average"` // of the machine, when it was measured
	X      string   `json:"x"`            // what it is, with its unit
	Y      string   `json:"y"`
	Series []series `json:"series"`
}

type series struct {
	Name   string  `json:"name"`
	Points []point `json:"points"`
}

// figure belongs to a part of the run.
type figure struct {
	Part  string  `json:"part"`
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// add appends a point to a series of the curve.
func (c *curve) add(name string, p point) {
	for i := range c.Series {
		if c.Series[i].Name == name {
			c.Series[i].Points = append(c.Series[i].Points, p)
			return
		}
	}
	c.Series = append(c.Series, series{name, []point{p}})
}

// machine is what a figure is worth nothing without.
type machine struct {
	CPU    string    `json:"cpu"`
	Cores  int       `json:"cores"`
	Kernel string    `json:"kernel"`
	Go     string    `json:"go"`
	Commit string    `json:"commit"`
	Date   time.Time `json:"date"` // of the last part
}

func thisMachine() machine {
	m := machine{CPU: "unknown", Cores: runtime.NumCPU(), Go: runtime.Version(), Date: time.Now().UTC().Truncate(time.Second)}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	if out, err := exec.Command("git", "describe", "--always", "--dirty").Output(); err == nil {
		m.Commit = strings.TrimSpace(string(out))
	}
	return m
}

// load is the load average of 1, 5 and 15 minutes.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// write stores r in a file. What the file has of other parts stays, so parts
// can be measured again one by one.
func (r *report) write(name string) error {
	var all report
	text, err := os.ReadFile(name)
	switch {
	case err == nil:
		if err := json.Unmarshal(text, &all); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	all.Machine = r.Machine
	measured := make(map[string]bool)
	for _, c := range r.Curves {
		measured[c.Name] = true
	}
	for _, f := range r.Figures {
		measured[f.Part] = true
	}
	curves, figures := all.Curves, all.Figures
	all.Curves, all.Figures = nil, nil
	for _, c := range curves {
		if !measured[c.Name] {
			all.Curves = append(all.Curves, c)
		}
	}
	for _, f := range figures {
		if !measured[f.Part] {
			all.Figures = append(all.Figures, f)
		}
	}
	all.Curves, all.Figures = append(all.Curves, r.Curves...), append(all.Figures, r.Figures...)
	text, err = json.MarshalIndent(&all, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

// text prints r for people.
func (r *report) text(to io.Writer) {
	for _, c := range r.Curves {
		fmt.Fprintf(to, "\n%s: %s\n", c.Name, c.Y)
		for _, s := range c.Series {
			fmt.Fprintf(to, "  %s\n", s.Name)
			for _, p := range s.Points {
				fmt.Fprintf(to, "    %10.0f  %9.4g  (%.4g–%.4g)\n", p.X, p.Y, p.Least, p.Most)
			}
		}
	}
	part := ""
	for _, f := range r.Figures {
		if f.Part != part {
			part = f.Part
			fmt.Fprintf(to, "\n%s\n", part)
		}
		fmt.Fprintf(to, "  %-50s %10.4g %s\n", f.Name, f.Value, f.Unit)
	}
}
