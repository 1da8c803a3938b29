package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// cores says where the two sides of a run live, as lists for taskset.
type cores struct{ server, generator string }

// pinned returns a command that runs on the given cores only and dies with
// this process. Call it on the main thread: the kernel's "dies with" is about
// the thread.
func pinned(ctx context.Context, cores, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", cores, program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// run starts the peer afresh, puts the row's load on it, and stops it.
func run(ctx context.Context, p Peer, r Row, c cores) (load.Sample, error) {
	dir, err := os.MkdirTemp("", "peers-*")
	if err != nil {
		return load.Sample{}, err
	}
	defer os.RemoveAll(dir)

	var nats, mqtt int
	needNATS, needMQTT := r.protocols()
	if needNATS || p.NATS {
		if nats, err = freePort(); err != nil {
			return load.Sample{}, err
		}
	}
	if needMQTT || p.Name == "isthmus" {
		if mqtt, err = freePort(); err != nil {
			return load.Sample{}, err
		}
	}
	args, err := p.arguments(nats, mqtt, dir)
	if err != nil {
		return load.Sample{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := pinned(ctx, c.server, p.Program, args...)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		return load.Sample{}, err
	}
	sample, err := underLoad(ctx, server.Process.Pid, nats, mqtt, r, c)
	_ = server.Process.Kill()
	_ = server.Wait()
	if err != nil {
		err = fmt.Errorf("%w\nthe server said: %s", err, said.Bytes())
	}
	return sample, err
}

// underLoad waits for the server and runs the generator: this same program, in
// a process of its own.
func underLoad(ctx context.Context, pid, nats, mqtt int, r Row, c cores) (load.Sample, error) {
	task := r.Load
	task.Target = load.Target{PID: pid, NATS: loopback(nats), MQTT: loopback(mqtt)}
	for _, addr := range []netip.AddrPort{task.Target.NATS, task.Target.MQTT} {
		if err := await(addr); err != nil {
			return load.Sample{}, err
		}
	}
	text, err := json.Marshal(task)
	if err != nil {
		return load.Sample{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return load.Sample{}, err
	}
	generator := pinned(ctx, c.generator, self, generateCommand, string(text))
	var out, said bytes.Buffer
	generator.Stdout, generator.Stderr = &out, &said
	if err := generator.Run(); err != nil {
		return load.Sample{}, fmt.Errorf("generator: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	var sample load.Sample
	return sample, json.Unmarshal(out.Bytes(), &sample)
}

// generate is the generator's process: it does the task and prints the sample.
func generate(text string) error {
	var task load.Task
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		return err
	}
	sample, err := task.Run()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(sample)
}

// await returns when addr accepts connections. An address that is not valid is
// not waited for.
func await(addr netip.AddrPort) error {
	if !addr.IsValid() {
		return nil
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", addr.String(), time.Second)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server does not listen: %w", err)
		}
	}
}

func loopback(port int) netip.AddrPort {
	if port == 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
