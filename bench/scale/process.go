package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a started isthmus.
type process struct {
	cmd  *exec.Cmd
	addr [2]netip.AddrPort // by protocol
	dir  string
}

// startProcess runs isthmus with one lane on free ports, built from this
// checkout if no program is given. cancel of ctx ends it.
func startProcess(ctx context.Context, program string) (*process, error) {
	dir, err := os.MkdirTemp("", "isthmus-scale-*")
	if err != nil {
		return nil, err
	}
	p := &process{dir: dir}
	if program == "" {
		program = filepath.Join(dir, "isthmus")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "github.com/isthmus-mq/isthmus/cmd/isthmus")
		if out, err := build.CombinedOutput(); err != nil {
			p.stop()
			return nil, fmt.Errorf("go build: %w: %s", err, out)
		}
	}
	for i := range p.addr {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			p.stop()
			return nil, err
		}
		p.addr[i] = l.Addr().(*net.TCPAddr).AddrPort()
		l.Close()
	}
	p.cmd = exec.CommandContext(ctx, program, "--lanes", "1",
		"--nats", p.addr[speaksNATS].String(), "--mqtt", p.addr[speaksMQTT].String())
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		p.stop()
		return nil, err
	}
	for _, addr := range p.addr {
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			c, err := net.DialTimeout("tcp4", addr.String(), time.Second)
			if err == nil {
				c.Close()
				break
			}
			if time.Now().After(end) {
				p.stop()
				return nil, fmt.Errorf("isthmus does not listen: %w", err)
			}
		}
	}
	return p, nil
}

func (p *process) stop() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
	_ = os.RemoveAll(p.dir)
}

// cpu is what all threads of the process have used, user and system.
func (p *process) cpu() (time.Duration, error) {
	const sched = 2 // CPUCLOCK_SCHED, see clock_getcpuclockid(3)
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|sched), &ts); err != nil {
		return 0, fmt.Errorf("isthmus's CPU clock: %w", err)
	}
	return time.Duration(ts.Nano()), nil
}

// resident is the process's memory in bytes, by a walk of its page table: the
// counters in status lag behind.
func (p *process) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "Rss:" {
			kib, err := strconv.Atoi(fields[1])
			return float64(kib) * 1024, err
		}
	}
	return 0, fmt.Errorf("no Rss in smaps_rollup of isthmus")
}
