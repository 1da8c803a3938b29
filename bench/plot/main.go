// Command plot draws docs/plots and fills docs/scale.md from the newest results
// of bench/scale. `make scale` runs both; by hand, in this directory: go run .
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// Where things are, seen from this directory.
const (
	resultsDir = "../results"
	page       = "../../docs/scale.md"
	plotsDir   = "../../docs/plots"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func run() error {
	d, err := drawn()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(plotsDir); err != nil {
		return err
	}
	if err := os.MkdirAll(plotsDir, 0o755); err != nil {
		return err
	}
	for name, svg := range d.plots {
		if err := os.WriteFile(filepath.Join(plotsDir, name), svg, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(page, d.page, 0o644)
}

// document is everything that this program writes.
type document struct {
	page  []byte
	plots map[string][]byte // file name to SVG
}

// drawn makes the document of the newest results and of the page as it is.
func drawn() (document, error) {
	d := document{plots: make(map[string][]byte)}
	r, err := newest(resultsDir)
	if err != nil {
		return d, err
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return d, err
	}
	for _, c := range r.Curves {
		if d.plots[c.Name+".svg"], err = c.svg(r.Runs[c.Run]); err != nil {
			return d, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	d.page, err = fill(text, r.sections())
	return d, err
}
