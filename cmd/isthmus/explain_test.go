package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/server"
)

// started is a server on a free port, and its NATS address.
func started(t *testing.T) string {
	t.Helper()
	o := server.Defaults()
	o.NATS, o.MQTT, o.Lanes = "127.0.0.1:0", "", 1
	s, err := server.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s.Addr(server.ListenerNATS).String()
}

// call runs the command line and returns what it prints.
func call(args ...string) (out string, err error) {
	root := newRoot()
	var b bytes.Buffer
	root.SetOut(&b)
	root.SetErr(&b)
	root.SetArgs(args)
	err = root.Execute()
	return b.String(), err
}

// The environment is the server's: a variable of the same name as a flag of
// explain means something else.
func TestExplainDoesNotReadTheServersEnvironment(t *testing.T) {
	t.Setenv("ISTHMUS_NATS", ":4222")
	t.Setenv("ISTHMUS_RETAIN", "true")
	out, err := call("explain", "a.b", "--server", started(t))
	if err != nil || !strings.Contains(out, "NATS subject   a.b\n") || strings.Contains(out, "to be retained") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestExplainSaysHowTheNameWasUnderstood(t *testing.T) {
	at := started(t)
	f := func(want string, args ...string) {
		t.Helper()
		if out, err := call(append([]string{"explain", "--server", at}, args...)...); err != nil || !strings.Contains(out, want) {
			t.Errorf("%q: %v, not %q in\n%s", args, err, want, out)
		}
	}
	f("a/b, understood as an MQTT topic (--nats", "a/b")
	f("a/b, understood as a NATS subject\n", "a/b", "--nats")
	f("MQTT topic     none", "a/b", "--nats")
	f("a.b, understood as a NATS subject (--mqtt", "a.b")
	f("NATS subject   a//b\n", "a.b", "--mqtt")
	f("NATS subject   a.*\n", "a/+")
	f("QoS 2", "a.b", "--qos", "2")
	f("this message takes that place", "a/b", "--retain")
	f("an empty payload deletes", "a/b", "--retain", "--payload-size", "0")
	f("refused        topic_filter_invalid", "a/#/b")
	f("refused        invalid_subject", "a..>")
}

// Whatever answers instead of a server: the error names it and says what to do.
func TestAskingSomethingElse(t *testing.T) {
	for what, says := range map[string]string{
		"nothing":                        "",
		"HTTP":                           "HTTP/1.1 400 Bad Request\r\n\r\n",
		"silence":                        "INFO {}\r\n",
		"an error":                       "INFO {}\r\n-ERR 'Authorization Violation'\r\n",
		"a server that does not explain": "INFO {}\r\nHMSG x 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c, err := l.Accept()
			if err == nil {
				_, _ = c.Write([]byte(says))
				_ = c.(*net.TCPConn).CloseWrite()
				buf := make([]byte, 1024)
				for err == nil {
					_, err = c.Read(buf)
				}
				c.Close()
			}
		}()
		_, err = ask(l.Addr().String(), "$SYS.REQ.ISTHMUS.EXPLAIN", nil)
		if err == nil || !strings.Contains(err.Error(), l.Addr().String()) {
			t.Errorf("%s: the error is %v", what, err)
		}
		l.Close()
	}
}
