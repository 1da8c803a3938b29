package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPageAndPlotsAreThoseOfTheNewestResults: whoever renews one of the three
// has to renew all.
func TestPageAndPlotsAreThoseOfTheNewestResults(t *testing.T) {
	d, err := drawn()
	if err != nil {
		t.Fatal(err)
	}
	hold := func(file string, want []byte) {
		t.Helper()
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the newest results make: cd bench/plot && go run . (%v)", file, err)
		}
	}
	hold(page, d.page)
	for name, svg := range d.plots {
		hold(filepath.Join(plotsDir, name), svg)
	}
	files, err := os.ReadDir(plotsDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if d.plots[f.Name()] == nil {
			t.Errorf("%s is a plot of nothing", f.Name())
		}
	}
}

func TestAChangedFigureChangesPageAndPlot(t *testing.T) {
	r, err := newest(resultsDir)
	if err != nil {
		t.Fatal(err)
	}
	c := r.Curves[0]
	text := c.section()
	svg, err := c.svg(r.Runs[c.Run])
	if err != nil {
		t.Fatal(err)
	}
	c.Series[0].Points[0].Y *= 1.1
	if c.section() == text {
		t.Error("the page does not notice")
	}
	if again, err := c.svg(r.Runs[c.Run]); err != nil || bytes.Equal(again, svg) {
		t.Error("the plot does not notice", err)
	}
}

func TestFillRefusesAPageThatDoesNotMatch(t *testing.T) {
	place := begin("a") + "stale\n" + end("a")
	for _, page := range []string{"", place + begin("b") + end("b"), begin("b") + end("b"), begin("a")} {
		if _, err := fill([]byte(page), map[string]string{"a": "new"}); err == nil {
			t.Errorf("%q is taken", page)
		}
	}
	got, err := fill([]byte("before\n"+place+"after\n"), map[string]string{"a": "new"})
	if err != nil || strings.Contains(string(got), "stale") || !strings.HasPrefix(string(got), "before\n") || !strings.HasSuffix(string(got), "after\n") {
		t.Errorf("%q, %v", got, err)
	}
	if again, err := fill(got, map[string]string{"a": "new"}); err != nil || !bytes.Equal(again, got) {
		t.Errorf("filling twice makes %q, %v", again, err)
	}
}
