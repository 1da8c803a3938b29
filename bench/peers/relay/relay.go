package main

import (
	"bytes"
	"fmt"

	"github.com/panjf2000/gnet/v2"
)

// relay passes bytes on. All of it runs on its one loop.
type relay struct {
	gnet.BuiltinEventEngine
	pairs       bool
	frame       int
	subscribers map[int]gnet.Conn
}

func newRelay() *relay { return &relay{subscribers: make(map[int]gnet.Conn)} }

// source is a publisher and those who get what it sends: the subscribers that
// were there when it came.
type source struct {
	to    []gnet.Conn
	frame int
	left  []byte // the start of a frame whose rest has not come
}

// answer is what each client waits for before it goes on.
const answer = "PONG\r\n"

func (r *relay) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	if s, ok := c.Context().(*source); ok {
		err = s.pass(in)
	} else {
		err = r.welcome(c, in)
	}
	if err != nil {
		return gnet.Close
	}
	return gnet.None
}

// welcome takes the line that a client begins with. It comes in one piece:
// nothing follows it before the answer.
func (r *relay) welcome(c gnet.Conn, line []byte) error {
	var kind string
	var number int
	if _, err := fmt.Sscanf(string(bytes.TrimSpace(line)), "%3s%d", &kind, &number); err != nil {
		return err
	}
	switch kind {
	case "sub":
		r.subscribers[number] = c
	case "pub":
		s := &source{frame: r.frame}
		for n, sub := range r.subscribers {
			if !r.pairs || n == number {
				s.to = append(s.to, sub)
			}
		}
		c.SetContext(s)
	default:
		return fmt.Errorf("unknown client %q", line)
	}
	_, err := c.Write([]byte(answer))
	return err
}

// pass sends in to everyone, all of it or whole frames.
func (s *source) pass(in []byte) error {
	if s.frame == 0 {
		return s.send(in)
	}
	if len(s.left) > 0 {
		n := min(s.frame-len(s.left), len(in))
		s.left = append(s.left, in[:n]...)
		in = in[n:]
		if len(s.left) < s.frame {
			return nil
		}
		if err := s.send(s.left); err != nil {
			return err
		}
	}
	whole := len(in) / s.frame * s.frame
	s.left = append(s.left[:0], in[whole:]...)
	return s.send(in[:whole])
}

func (s *source) send(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	for _, c := range s.to {
		if _, err := c.Write(b); err != nil {
			return err
		}
	}
	return nil
}
