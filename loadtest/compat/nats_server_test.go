package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
)

// natsServer runs a real nats-server in this process until the test ends, and
// gives its address.
func natsServer(t *testing.T, change func(*natsd.Options)) string {
	t.Helper()
	o := &natsd.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true, ServerName: "peer"}
	if change != nil {
		change(o)
	}
	s, err := natsd.NewServer(o)
	must(t, err)
	s.Start()
	t.Cleanup(s.Shutdown)
	if !s.ReadyForConnections(patience) {
		t.Fatal("nats-server does not listen")
	}
	return s.Addr().String()
}

// talk is what one client of a conversation says, in one write or more.
type talk struct {
	pieces []string
}

// hear sends it to a server, ends its half of the connection and gives what came
// until the server ended the other.
func (k talk) hear(t *testing.T, addr string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(2*patience)))
	in := bufio.NewReader(c)
	info, err := in.ReadString('\n')
	must(t, err)
	for _, p := range k.pieces {
		if _, err := io.WriteString(c, p); err != nil {
			break // it has closed, which shows in what it says
		}
	}
	_ = c.(*net.TCPConn).CloseWrite()
	rest, err := io.ReadAll(in)
	if isTimeout(err) {
		t.Fatalf("%s does not close after %q; it said %q", addr, k.pieces, rest)
	}
	return info + string(rest)
}

// said is what a server said, one operation a line, with what two servers may
// choose differently made equal: the contents of INFO; when the server itself
// pings; which of a client's subscriptions gets its copy of a message first; which
// member of a group (sids that begin with q) gets one; which subscription gets
// the answer that nobody is there.
func said(text string) []string {
	var ops []operation
	for len(text) > 0 {
		op, rest := cutOperation(text)
		text = rest
		switch {
		case op.line == "PING\r\n":
			continue
		case strings.HasPrefix(op.line, "INFO {"):
			op.line = "INFO"
		}
		ops = append(ops, op)
	}
	for i := 0; i < len(ops); {
		j := i + 1
		for j < len(ops) && ops[i].payload != "" && ops[j].payload == ops[i].payload {
			j++
		}
		slices.SortFunc(ops[i:j], func(a, b operation) int { return strings.Compare(a.line, b.line) })
		i = j
	}
	var lines []string
	for _, op := range ops {
		lines = append(lines, fmt.Sprintf("%.200q", op.line+op.payload))
	}
	return lines
}

// operation is a line with its end, and the payload behind it, if any.
type operation struct{ line, payload string }

var (
	member    = regexp.MustCompile(`^(H?MSG \S+) q\d+ `)
	noneThere = regexp.MustCompile(`^(HMSG \S+) \S+ `)
)

func cutOperation(text string) (op operation, rest string) {
	at := strings.IndexByte(text, '\n')
	if at < 0 {
		return operation{line: text}, ""
	}
	op.line, rest = text[:at+1], text[at+1:]
	if !strings.HasPrefix(op.line, "MSG ") && !strings.HasPrefix(op.line, "HMSG ") {
		return op, rest
	}
	fields := strings.Fields(op.line)
	size, err := strconv.Atoi(fields[len(fields)-1])
	if err != nil || size+2 > len(rest) {
		return op, rest
	}
	op.payload, rest = rest[:size+2], rest[size+2:]
	op.line = member.ReplaceAllString(op.line, "$1 q ")
	if strings.HasPrefix(op.payload, "NATS/1.0 503\r\n") {
		op.line = noneThere.ReplaceAllString(op.line, "$1 * ")
	}
	return op, rest
}

// differ tells where two answers part; empty: nowhere.
func differ(isthmus, natsServer []string) string {
	for i := range max(len(isthmus), len(natsServer)) {
		at := func(all []string) string {
			if i < len(all) {
				return all[i]
			}
			return "the end"
		}
		if at(isthmus) != at(natsServer) {
			return fmt.Sprintf("answer %d: isthmus says %s, nats-server %s", i, at(isthmus), at(natsServer))
		}
	}
	return ""
}

// cutAt cuts text at these offsets.
func cutAt(text string, at ...int) (pieces []string) {
	last := 0
	slices.Sort(at)
	for _, n := range at {
		if n > last && n < len(text) {
			pieces = append(pieces, text[last:n])
			last = n
		}
	}
	return append(pieces, text[last:])
}

func TestOperationsAreCut(t *testing.T) {
	got := said("INFO {\"a\":1} \r\nPING\r\nMSG a 2 1\r\nx\r\nMSG a 1 1\r\nx\r\nMSG a q7 1\r\ny\r\nHMSG r 3 16 16\r\nNATS/1.0 503\r\n\r\n\r\n-ERR 'x'")
	want := []string{`"INFO"`, `"MSG a 1 1\r\nx\r\n"`, `"MSG a 2 1\r\nx\r\n"`, `"MSG a q 1\r\ny\r\n"`,
		`"HMSG r * 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"`, `"-ERR 'x'"`}
	if d := differ(got, want); d != "" {
		t.Error(d)
	}
	if !bytes.Equal([]byte(strings.Join(cutAt("abcdef", 4, 2, 0, 9), "|")), []byte("ab|cd|ef")) {
		t.Error("cutAt")
	}
}
