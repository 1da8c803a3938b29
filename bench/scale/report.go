package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is the file in bench/results. It may hold parts of several runs.
type report struct {
	Runs    []machine `json:"runs"`
	Curves  []curve   `json:"curves"`
	Figures []figure  `json:"figures"` // single values
}

// curve is what one part has measured along one axis. Name says which plot.
type curve struct {
	Name   string   `json:"name"`
	Run    int      `json:"run"`          // index into report.Runs
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
	Run   int     `json:"run"` // index into report.Runs
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

// machine is where and when a run was; a figure is worth nothing without it.
type machine struct {
	CPU    string    `json:"cpu"`
	Cores  int       `json:"cores"`
	Kernel string    `json:"kernel"`
	Go     string    `json:"go"`
	Commit string    `json:"commit"`
	Date   time.Time `json:"date"` // when the run began
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

// merge adds what an older report has of other parts, with the runs they are from.
func (r *report) merge(older *report) *report {
	all := &report{Runs: slices.Clone(r.Runs), Curves: slices.Clone(r.Curves), Figures: slices.Clone(r.Figures)}
	moved := make(map[int]int) // a run's index before and after
	move := func(run int) int {
		at, ok := moved[run]
		if !ok {
			at = len(all.Runs)
			moved[run] = at
			all.Runs = append(all.Runs, older.Runs[run])
		}
		return at
	}
	for _, c := range older.Curves {
		if !slices.ContainsFunc(r.Curves, func(ours curve) bool { return ours.Name == c.Name }) {
			c.Run = move(c.Run)
			all.Curves = append(all.Curves, c)
		}
	}
	for _, f := range older.Figures {
		if !slices.ContainsFunc(r.Figures, func(ours figure) bool { return ours.Part == f.Part }) {
			f.Run = move(f.Run)
			all.Figures = append(all.Figures, f)
		}
	}
	slices.SortStableFunc(all.Curves, func(a, b curve) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(all.Figures, func(a, b figure) int { return strings.Compare(a.Part, b.Part) })
	return all
}

// resultsName is how files of results are called, behind their date.
const resultsName = "-scale.json"

// newest reads the latest report of those in the directory of the file; an empty
// one if there is none.
func newest(file string) (*report, error) {
	r := new(report)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*"+resultsName))
	if err != nil || len(files) == 0 {
		return r, err
	}
	latest := slices.Max(files)
	text, err := os.ReadFile(latest)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, r); err != nil {
		return r, fmt.Errorf("%s: %w", latest, err)
	}
	return r, nil
}

// write stores r in a file, and with it what the newest file there has of other
// parts.
func (r *report) write(file string) error {
	older, err := newest(file)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(r.merge(older), "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
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
