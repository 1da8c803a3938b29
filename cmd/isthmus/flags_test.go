package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// The table of flags in README.md has all of them, in the order of --help, with
// their defaults.
func TestREADMEListsTheFlags(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	row := regexp.MustCompile("(?m)^\\| `--([a-z0-9-]+)` \\| (?:`([^`]*)`|none) \\|")
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		listed = append(listed, m[1]+" "+m[2])
	}
	var flags []string
	for _, g := range allGroups() {
		g.flags.VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name+" "+f.DefValue) })
	}
	if got, want := strings.Join(listed, "\n"), strings.Join(flags, "\n"); got != want {
		t.Errorf("README.md lists\n%s\n\nthe flags are\n%s", got, want)
	}
}

func allGroups() []flagGroup {
	o, p, l := newSettings()
	return flagGroups(&o, &p, &l)
}

func TestHelpNamesEachFlagInItsGroup(t *testing.T) {
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs([]string{"--help"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	rest := out.String()
	for _, g := range allGroups() {
		_, after, ok := strings.Cut(rest, "\n"+g.title+":\n")
		if !ok {
			t.Fatalf("--help has no group %s, or not where it should be:\n%s", g.title, out.String())
		}
		rest = after
		section, _, _ := strings.Cut(rest, "\n\n")
		g.flags.VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(section, "--"+f.Name+" ") && !strings.Contains(section, "--"+f.Name+"[") {
				t.Errorf("group %s has no --%s:\n%s", g.title, f.Name, section)
			}
		})
	}
}

// The environment sets flags of every group, and a flag that is given wins.
func TestFlagsFromTheEnvironment(t *testing.T) {
	t.Setenv("ISTHMUS_FLUSH", "now")
	t.Setenv("ISTHMUS_MEMORY_LIMIT", "512MB")
	t.Setenv("ISTHMUS_LANES", "3")
	flags := newRoot().Flags()
	if err := flags.Parse([]string{"--lanes", "2"}); err != nil {
		t.Fatal(err)
	}
	if err := fromEnvironment(flags); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"flush": "now", "memory-limit": "512MB", "lanes": "2"} {
		if got := flags.Lookup(name).Value.String(); got != want {
			t.Errorf("--%s is %s, want %s", name, got, want)
		}
	}
}
