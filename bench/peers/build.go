package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	natsServerModule = "github.com/nats-io/nats-server/v2"
	gnetModule       = "github.com/panjf2000/gnet/v2"
)

// module returns the directory of this module, which is where it has to run:
// the product is built from its own module two levels up, with the versions
// that the product pins.
func module() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(strings.TrimSpace(string(out)))
	if !strings.HasSuffix(dir, filepath.Join("bench", "peers")) {
		return "", errors.New("run this from bench/peers")
	}
	return dir, nil
}

// peers makes the chosen programs ready, in bin where they are built, and
// returns them, the product first. Mosquitto is left out where it is missing.
func peers(ctx context.Context, dir, bin, product string, chosen *regexp.Regexp) ([]Peer, error) {
	var found []Peer
	if chosen.MatchString(isthmus) {
		version := product
		if product == "" {
			version = commit(dir)
			product = filepath.Join(bin, isthmus)
			if err := build(ctx, filepath.Join(dir, "..", ".."), product, "./cmd/isthmus"); err != nil {
				return nil, err
			}
		}
		found = append(found, Peer{
			Name: isthmus, Program: product, Version: version, NATS: true, Crosses: true, arguments: isthmusArguments,
		})
	}
	if chosen.MatchString("nats-server") {
		program := filepath.Join(bin, "nats-server")
		if err := build(ctx, dir, program, "./natsserver"); err != nil {
			return nil, err
		}
		version, err := moduleVersion(program, natsServerModule)
		if err != nil {
			return nil, err
		}
		found = append(found, Peer{
			Name: "nats-server", Program: program, Version: version, NATS: true, arguments: natsServerArguments,
		})
	}
	if path, err := lookMosquitto(); err == nil && chosen.MatchString("mosquitto") {
		found = append(found, Peer{
			Name: "mosquitto", Program: path, Version: mosquittoVersion(path), arguments: mosquittoArguments,
		})
	}
	if chosen.MatchString(relay) {
		program := filepath.Join(bin, relay)
		if err := build(ctx, dir, program, "./relay"); err != nil {
			return nil, err
		}
		version, err := moduleVersion(program, gnetModule)
		if err != nil {
			return nil, err
		}
		found = append(found, Peer{Name: relay, Program: program, Version: "gnet " + version, NATS: true, arguments: relayArguments})
	}
	return found, nil
}

func build(ctx context.Context, dir, output, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", output, pkg)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s in %s: %w\n%s", pkg, dir, err, out)
	}
	return nil
}

func moduleVersion(program, module string) (string, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	for _, m := range info.Deps {
		if m.Path == module {
			return m.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not contain %s", program, module)
}

// lookMosquitto also looks where Debian installs it, which is not in every
// user's path.
func lookMosquitto() (string, error) {
	if path, err := exec.LookPath("mosquitto"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/mosquitto")
}

// mosquittoVersion reads the first line of the help, "mosquitto version 2.0.11".
func mosquittoVersion(path string) string {
	out, _ := exec.Command(path, "-h").Output() // exits with 3
	line, _, _ := bytes.Cut(out, []byte("\n"))
	return string(line[bytes.LastIndexByte(line, ' ')+1:])
}

// commit names the commit of the tree that holds dir, and whether the tree
// differs from it.
func commit(dir string) string {
	git := func(args ...string) (string, error) {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	head, err := git("rev-parse", "--short", "--verify", "--quiet", "HEAD")
	if err != nil {
		return "no commit"
	}
	if changes, err := git("status", "--porcelain"); err != nil || changes != "" {
		head += " with changes"
	}
	return head
}
