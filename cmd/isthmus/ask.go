package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
)

const (
	// dialTime is for a server that is far away, answerTime longer than it may take
	// to answer (system's patience).
	dialTime   = 3 * time.Second
	answerTime = 8 * time.Second
	// largestAnswer bounds what a server can make this process hold, in bytes.
	largestAnswer = 64 << 20
)

// ask sends one NATS request and returns the answer. The errors say what to do.
func ask(server, subject string, payload []byte) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", server, dialTime)
	if err != nil {
		return nil, fmt.Errorf("no server answers at %s (%w): start one, or say where its NATS listener is with --server host:port", server, err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return nil, err
	}
	a := asker{conn: conn, server: server}
	a.parser.Init(codec.FromServer, &codec.Limits{ControlLine: 64 << 10, Payload: largestAnswer})
	defer a.parser.Release()
	return a.ask(subject, payload)
}

// asker is one connection.
type asker struct {
	conn   net.Conn
	server string
	parser codec.Parser
	in     []byte // read and not parsed
	room   [64 << 10]byte
}

func (a *asker) ask(subject string, payload []byte) ([]byte, error) {
	var f codec.Frame
	if err := a.next(&f); err != nil {
		return nil, err
	}
	if f.Op != codec.OpInfo {
		return nil, fmt.Errorf("%s does not speak NATS: --server is to name the NATS listener", a.server)
	}
	c := codec.Connect{Name: "isthmus explain", Lang: "go", Version: version(), Protocol: 1, Headers: true, NoResponders: true}
	inbox := fmt.Appendf(nil, "_INBOX.explain.%d.%d", os.Getpid(), time.Now().UnixNano())
	out := codec.AppendConnect(nil, &c)
	out = codec.AppendSub(out, inbox, nil, []byte("1"))
	out = codec.AppendPub(out, []byte(subject), inbox, payload)
	if _, err := a.conn.Write(out); err != nil {
		return nil, fmt.Errorf("asking %s: %w", a.server, err)
	}
	for {
		if err := a.next(&f); err != nil {
			return nil, err
		}
		switch f.Op {
		case codec.OpPing:
			if _, err := a.conn.Write([]byte(codec.Pong)); err != nil {
				return nil, fmt.Errorf("asking %s: %w", a.server, err)
			}
		case codec.OpErr:
			return nil, fmt.Errorf("%s refuses: %s", a.server, f.Args)
		case codec.OpMsg:
			return append([]byte(nil), f.Payload...), nil
		case codec.OpHMsg:
			if status, _ := codec.HeaderStatus(f.Headers); status == 503 {
				return nil, fmt.Errorf("nobody explains at %s: it is another server, an older isthmus, or one that has too many requests waiting (requests_busy)", a.server)
			}
			return append([]byte(nil), f.Payload...), nil
		}
	}
}

// next reads the next operation, which is valid until the next call.
func (a *asker) next(f *codec.Frame) error {
	for {
		n, err := a.parser.Next(a.in, f)
		if err != nil {
			return fmt.Errorf("%s does not speak NATS (%w): --server is to name the NATS listener", a.server, err)
		}
		a.in = a.in[n:]
		if f.Op != codec.OpNone {
			return nil
		}
		n, err = a.conn.Read(a.room[:])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("%s does not answer: is it the NATS listener of an isthmus? Say where that is with --server host:port", a.server)
		}
		if err != nil {
			return fmt.Errorf("%s has closed the connection (%w): --server is to name the NATS listener of an isthmus", a.server, err)
		}
		a.in = a.room[:n]
	}
}

// askJSON is ask with documents.
func askJSON(server, subject string, question, answer any) ([]byte, error) {
	payload, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	body, err := ask(server, subject, payload)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return nil, fmt.Errorf("%s answers with something else than a document: %w", server, err)
	}
	return body, nil
}
