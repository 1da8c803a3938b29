package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What stands on the page between these two lines is generated.
const (
	pageBegin = "<!-- make compare writes what follows -->\n"
	pageEnd   = "<!-- make compare wrote what precedes -->\n"
)

// onPage replaces the generated part of a page.
func (r Report) onPage(file string) error {
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(page), pageBegin)
	_, after, ended := strings.Cut(rest, pageEnd)
	if !ok || !ended {
		return fmt.Errorf("%s has no part to replace: the line %q and below it the line %q",
			file, strings.TrimSpace(pageBegin), strings.TrimSpace(pageEnd))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s\n", before, pageBegin)
	r.markdown(&b)
	fmt.Fprintf(&b, "\n%s%s", pageEnd, after)
	return os.WriteFile(file, b.Bytes(), 0o644)
}

// resultsName is how files of results are called, behind their date.
const resultsName = "-compare.json"

// inResults is the file for the report among results.
func (r Report) inResults(dir string) string {
	return filepath.Join(dir, r.Runs[0].Machine.Date.Format("2006-01-02")+resultsName)
}

func (r Report) write(file string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// newest reads the latest report among results.
func newest(dir string) (Report, error) {
	var r Report
	files, err := filepath.Glob(filepath.Join(dir, "*"+resultsName))
	if err != nil {
		return r, err
	}
	if len(files) == 0 {
		return r, errors.New("there are no results to merge with")
	}
	file := slices.Max(files)
	text, err := os.ReadFile(file)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}
