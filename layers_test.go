package isthmus_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The plan of the house is the table in docs/architecture.md. These tests hold
// the house against it.

const (
	module       = "github.com/isthmus-mq/isthmus"
	architecture = "docs/architecture.md"
	gnet         = "github.com/panjf2000/gnet"
	longestFile  = 500 // lines
)

// goPackage is what `go list -json` says of a package, as far as it matters here.
type goPackage struct {
	ImportPath, Name, Doc              string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
}

// room is the package's name in the table: its path in the module.
func (p *goPackage) room() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// ours lists the packages of this module that hold more than tests.
func ours(t *testing.T) []*goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var list []*goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(goPackage)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if len(p.GoFiles) > 0 {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		t.Fatal("go list found no packages")
	}
	return list
}

// quoted finds what stands in back quotes.
var quoted = regexp.MustCompile("`([^`]+)`")

// plan reads the import table: for each room what it may import, either a room
// or the path of a library, which allows the packages below it as well.
func plan(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(architecture)
	if err != nil {
		t.Fatal(err)
	}
	const head = "| package | may import |"
	_, table, ok := strings.Cut(string(page), "\n"+head+"\n")
	if !ok {
		t.Fatalf("%s: no line is exactly %q", architecture, head)
	}
	rows := make(map[string][]string)
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if strings.Trim(strings.Join(cells, ""), "-") == "" {
			continue
		}
		name := quoted.FindStringSubmatch(cells[0])
		if len(cells) != 2 || name == nil {
			t.Fatalf("%s: a row of the import table has no package in back quotes, or not two cells: %s", architecture, line)
		}
		if _, twice := rows[name[1]]; twice {
			t.Errorf("%s: package %s stands twice in the import table", architecture, name[1])
		}
		rows[name[1]] = []string{}
		for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
			rows[name[1]] = append(rows[name[1]], m[1])
		}
	}
	return rows
}

// roomOf returns the name by which the table knows an import; empty for the
// standard library.
func roomOf(imported string) string {
	if rest, ok := strings.CutPrefix(imported, module+"/"); ok {
		return rest
	}
	if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
		return imported
	}
	return ""
}

// allowed tells whether a row's entries cover an import.
func allowed(entries []string, room string) bool {
	for _, e := range entries {
		library := strings.Contains(e, ".")
		if room == e || library && strings.HasPrefix(room, e+"/") {
			return true
		}
	}
	return false
}

// hint says what to do about an import that the table does not allow.
func hint(from, to string) string {
	is := func(room, prefix string) bool { return room == prefix || strings.HasPrefix(room, prefix+"/") }
	switch {
	case is(to, gnet):
		return "gnet stays behind package engine: say what you need in session.Conn or engine.Protocol"
	case is(from, "codec") || from == "message" || from == "reason" || from == "trie":
		return "the bottom rooms import nothing of ours: take what you need as an argument"
	case is(from, "session") && to == "engine":
		return "a session knows its socket as session.Conn only"
	case strings.HasPrefix(from, "session/") && strings.HasPrefix(to, "session/"):
		return "the protocols meet in hub and translate, never each other; what both need belongs into session"
	case from == "session" && is(to, "codec"):
		return "session is what both protocols share: wire formats belong into session/nats and session/mqtt"
	case from == "hub" && (is(to, "session") || is(to, "codec") || to == "engine"):
		return "hub knows receivers as hub.Subscriber and lanes as hub.Post; names and headers are translate's"
	case from == "engine" && (is(to, "codec") || strings.HasPrefix(to, "session/")):
		return "engine knows no protocol: add to engine.Protocol and implement it in server/protocols.go"
	case is(from, "cmd"):
		return "a command only reads flags and starts a server: move the rest into server"
	case strings.Contains(to, "."):
		return "a library enters by its one room: see docs/decisions, and write down why it is needed here too"
	}
	return "declare a small interface where it is used and let server connect the two; if the plan is wrong, change the table and write docs/decisions/NNN"
}

func TestImportsFollowTheTable(t *testing.T) {
	rows, seen := plan(t), make(map[string]bool)
	for _, p := range ours(t) {
		room := p.room()
		seen[room] = true
		may, known := rows[room]
		if !known {
			t.Errorf("package %s is not in the import table of %s: add a row that says what it may import", room, architecture)
			continue
		}
		for _, imported := range p.Imports {
			if to := roomOf(imported); to != "" && !allowed(may, to) {
				t.Errorf("%s imports %s, which the table in %s does not allow.\n\thint: %s", room, to, architecture, hint(room, to))
			}
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if strings.HasPrefix(imported, gnet) && room != "engine" {
				t.Errorf("%s imports %s.\n\thint: %s", room, imported, hint(room, gnet))
			}
		}
	}
	for room, may := range rows {
		if !seen[room] {
			t.Errorf("%s: the import table names package %s, which does not exist", architecture, room)
		}
		for _, to := range may {
			if _, known := rows[to]; !known && !strings.Contains(to, ".") {
				t.Errorf("%s: the row of %s allows %s, which has no row itself", architecture, room, to)
			}
		}
	}
}

// A command's words are its package comment in main.go, where go doc and
// readers of a command look; every other room has its doc.go.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range ours(t) {
		if p.Doc == "" {
			t.Errorf("package %s has no package comment", p.room())
		}
		if p.Name != "main" && !slices.Contains(p.GoFiles, "doc.go") {
			t.Errorf("package %s has no doc.go: say there what it is, what it must never import and who owns its memory", p.room())
		}
	}
}

// eachFile calls f for the files of the checkout, nested modules included. It
// reads through package os, so the test's cached result does not outlive a
// change of what go list has read.
func eachFile(t *testing.T, suffix string, f func(name string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"testdata", "bin", "node_modules"}, d.Name())):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, suffix):
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil {
			f(filepath.ToSlash(name), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nameless are words that say nothing about what is behind a door.
var nameless = regexp.MustCompile(`^(utils?|commons?|helpers?|managers?)$`)

func TestRoomsAreSmallAndNamed(t *testing.T) {
	eachFile(t, ".go", func(name string, text []byte) {
		for word := range strings.FieldsFuncSeq(strings.TrimSuffix(name, ".go"), func(r rune) bool { return r == '/' || r == '_' }) {
			if nameless.MatchString(word) {
				t.Errorf("%s: %q names nothing: call it after what it does", name, word)
			}
		}
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		if lines := bytes.Count(text, []byte("\n")); lines > longestFile {
			t.Errorf("%s has %d lines, more than %d: is it still one concept?", name, lines, longestFile)
		}
	})
}

// link is a Markdown link to something in the checkout; source is a Go file
// named in back quotes by its path.
var (
	link   = regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)]*)?\)`)
	source = regexp.MustCompile("`([a-z0-9_/.-]+/[a-z0-9_.-]+\\.go)`")
)

func TestPagesNameWhatExists(t *testing.T) {
	eachFile(t, ".md", func(page string, text []byte) {
		for _, m := range link.FindAllSubmatch(text, -1) {
			if to := path.Join(path.Dir(page), string(m[1])); !exists(to) {
				t.Errorf("%s links to %s, which does not exist", page, to)
			}
		}
		for _, m := range source.FindAllSubmatch(text, -1) {
			if name := string(m[1]); !strings.HasPrefix(name, "github.com/") && !exists(name) {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
		}
	})
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
