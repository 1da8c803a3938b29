package main

import (
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func ran(day int) machine { return machine{Date: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)} }

func TestPartsThatDidNotRunKeepTheirValuesAndTheirRun(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, r report) *report {
		t.Helper()
		file := filepath.Join(dir, name+resultsName)
		if err := r.write(file); err != nil {
			t.Fatal(err)
		}
		got, err := newest(file)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := report{Runs: []machine{ran(1)}, Curves: []curve{{Name: "b"}, {Name: "a"}}, Figures: []figure{{Part: "gc", Value: 1}}}
	write("2026-01-01", first)
	second := report{Runs: []machine{ran(2)}, Curves: []curve{{Name: "b", Load: "new"}}}
	got := write("2026-01-02", second)
	var names []string
	for _, c := range got.Curves {
		names = append(names, c.Name)
		if want := map[string]int{"a": 1, "b": 2}[c.Name]; got.Runs[c.Run].Date.Day() != want {
			t.Errorf("%s is from day %d, want %d", c.Name, got.Runs[c.Run].Date.Day(), want)
		}
	}
	if !slices.Equal(names, []string{"a", "b"}) || got.Curves[1].Load != "new" {
		t.Errorf("curves %+v", got.Curves)
	}
	if len(got.Runs) != 2 || len(got.Figures) != 1 || got.Runs[got.Figures[0].Run].Date.Day() != 1 {
		t.Errorf("runs %+v, figures %+v", got.Runs, got.Figures)
	}
	// A run of everything leaves nothing of others.
	whole := first
	whole.Runs = []machine{ran(3)}
	if got = write("2026-01-02", whole); len(got.Runs) != 1 || got.Runs[0].Date.Day() != 3 {
		t.Errorf("runs %+v", got.Runs)
	}
}
