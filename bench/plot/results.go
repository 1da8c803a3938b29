package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// results is a file that bench/scale has written; its types say more.
type results struct {
	file    string
	Runs    []machine `json:"runs"`
	Curves  []curve   `json:"curves"`
	Figures []figure  `json:"figures"`
}

type machine struct {
	CPU    string    `json:"cpu"`
	Cores  int       `json:"cores"`
	Kernel string    `json:"kernel"`
	Go     string    `json:"go"`
	Commit string    `json:"commit"`
	Date   time.Time `json:"date"`
}

type curve struct {
	Name   string   `json:"name"`
	Run    int      `json:"run"`
	Load   string   `json:"load_average"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
	Series []series `json:"series"`
}

type series struct {
	Name   string  `json:"name"`
	Points []point `json:"points"`
}

type point struct {
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

type figure struct {
	Part  string  `json:"part"`
	Run   int     `json:"run"`
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// newest reads the latest results of those in the directory. A field that is
// not known here is an error: bench/scale has changed, and so must this program.
func newest(dir string) (*results, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*-scale.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("there are no results; make scale makes them")
	}
	r := &results{file: slices.Max(files)}
	text, err := os.ReadFile(r.file)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("%s: %w", r.file, err)
	}
	return r, nil
}

// command is what measures the curve again.
func (c curve) command() string { return fmt.Sprintf("make scale SCALE=%s", c.part()) }

// part is that of bench/scale which the curve is from.
func (c curve) part() string {
	switch c.Name {
	case "connection-bytes", "subscription-bytes":
		return "memory"
	case "live-bytes", "live-idle", "live-cost":
		return "live"
	}
	return c.Name
}

// xs lists the places on the x axis at which any series was measured.
func (c curve) xs() (list []float64) {
	for _, s := range c.Series {
		for _, p := range s.Points {
			list = append(list, p.X)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// at is the series' point at x.
func (s series) at(x float64) (point, bool) {
	for _, p := range s.Points {
		if p.X == x {
			return p, true
		}
	}
	return point{}, false
}
