package loadtest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(to io.Writer) error {
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteHGRM writes the percentiles of each kind of time of each run: the first
// to the file name, the others to names with what they are in front of the
// extension. It returns the files' names.
func (r *Report) WriteHGRM(name string) ([]string, error) {
	var written []string
	ext := filepath.Ext(name)
	for _, run := range r.Runs {
		for _, k := range kindNames {
			d := run.Times[k]
			if d.Count() == 0 {
				continue
			}
			file := name
			if len(written) > 0 {
				file = fmt.Sprintf("%s-%s-%s%s", strings.TrimSuffix(name, ext), run.Name, k, ext)
			}
			f, err := os.Create(file)
			if err != nil {
				return written, err
			}
			err = d.WriteHGRM(f)
			if e := f.Close(); err == nil {
				err = e
			}
			if err != nil {
				return written, fmt.Errorf("%s: %w", file, err)
			}
			written = append(written, file)
		}
	}
	return written, nil
}
