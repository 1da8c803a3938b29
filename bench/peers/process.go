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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	first, err := serve(ctx, p, r, c)
	if err != nil {
		return load.Sample{}, err
	}
	defer first.stop()
	task := r.Load
	task.Target = first.Target
	if task.Lanes != nil {
		other, err := serve(ctx, p, r, c)
		if err != nil {
			return load.Sample{}, err
		}
		defer other.stop()
		lanes := *task.Lanes
		lanes.Other = other.Target
		task.Lanes = &lanes
	}
	sample, err := underLoad(ctx, task, c)
	if err != nil {
		first.stop()
		err = fmt.Errorf("%w\nthe server said: %s", err, first.said.Bytes())
	}
	return sample, err
}

// serving is a server's process.
type serving struct {
	load.Target
	dir     string
	command *exec.Cmd
	said    bytes.Buffer
}

// serve starts the peer and waits until it listens.
func serve(ctx context.Context, p Peer, r Row, c cores) (*serving, error) {
	dir, err := os.MkdirTemp("", "peers-*")
	if err != nil {
		return nil, err
	}
	at := endpoint{lanes: r.lanes(), dir: dir, load: r.Load}
	needNATS, needMQTT := r.protocols()
	if needNATS || p.NATS {
		if at.nats, err = freePort(); err != nil {
			return nil, err
		}
	}
	if needMQTT || p.Name == isthmus {
		if at.mqtt, err = freePort(); err != nil {
			return nil, err
		}
	}
	args, err := p.arguments(at)
	if err != nil {
		return nil, err
	}
	s := &serving{dir: dir, command: pinned(ctx, c.server, p.Program, args...)}
	s.command.Stdout, s.command.Stderr = &s.said, &s.said
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	s.Target = load.Target{PID: s.command.Process.Pid, NATS: loopback(at.nats), MQTT: loopback(at.mqtt)}
	for _, addr := range []netip.AddrPort{s.NATS, s.MQTT} {
		if err := await(addr); err != nil {
			s.stop()
			return nil, fmt.Errorf("%w\nthe server said: %s", err, s.said.Bytes())
		}
	}
	return s, nil
}

// stop may be called again.
func (s *serving) stop() {
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
	_ = os.RemoveAll(s.dir)
}

// underLoad runs the generator: this same program, in a process of its own.
func underLoad(ctx context.Context, task load.Task, c cores) (load.Sample, error) {
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
