package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Request is what is asked by message.
type Request struct {
	Subject string // as the asker says it
	Body    []byte // options and filters, JSON; empty: none
	User    string // as the asker says it is called
}

// Answer makes the answer to a request. Not ok: there is none.
type Answer func(ctx context.Context, r Request) (answer []byte, ok bool)

// Requests are the subjects that are answered, without their root $SYS.REQ.
func (m *Monitor) Requests() map[string]Answer {
	connz := func(ctx context.Context, _ Request, o ConnzOptions) (any, error) { return m.connz(ctx, o) }
	subsz := func(ctx context.Context, _ Request, o SubszOptions) (any, error) { return m.subsz(ctx, o) }
	statz := answer(m, func(_ context.Context, _ Request, o AccountStatzOptions) (any, error) {
		z := m.accountStatz(o)
		if len(z.Accounts) == 0 && !o.IncludeUnused {
			return nil, errFiltered
		}
		return z, nil
	})
	accountConnz := answer(m, func(ctx context.Context, r Request, o ConnzOptions) (any, error) {
		o.Account = account
		return connz(ctx, r, o)
	})
	all := map[string]Answer{
		"USER.INFO":          answer(m, askUser),
		"SERVER.PING":        m.statszAnswer,
		"ACCOUNT.PING.CONNZ": accountConnz,
		"ACCOUNT.PING.STATZ": statz,
	}
	for name, a := range map[string]Answer{
		"STATZ": statz,
		"CONNZ": accountConnz,
		"SUBSZ": answer(m, func(ctx context.Context, r Request, o SubszOptions) (any, error) {
			o.Subscriptions, o.Account = true, account
			return subsz(ctx, r, o)
		}),
		"LEAFZ": plain(m, m.leafz),
		"INFO": answer(m, func(ctx context.Context, _ Request, _ struct{}) (any, error) {
			return m.accountInfo(ctx, account)
		}),
		"JSZ": answer(m, func(context.Context, Request, struct{}) (any, error) {
			return nil, errors.New("jetstream not enabled")
		}),
	} {
		all["ACCOUNT."+account+"."+name] = a
	}
	for name, a := range map[string]Answer{
		"IDZ":      m.idzAnswer,
		"STATSZ":   m.statszAnswer,
		"VARZ":     plain(m, m.varz),
		"CONNZ":    answer(m, connz),
		"SUBSZ":    answer(m, subsz),
		"ROUTEZ":   plain(m, m.routez),
		"GATEWAYZ": plain(m, m.gatewayz),
		"LEAFZ":    plain(m, m.leafz),
		"ACCOUNTZ": answer(m, func(ctx context.Context, _ Request, o AccountzOptions) (any, error) {
			return m.accountz(ctx, o)
		}),
		"JSZ":     answer(m, func(_ context.Context, _ Request, o JszOptions) (any, error) { return m.jsz(o) }),
		"HEALTHZ": answer(m, func(_ context.Context, _ Request, o HealthzOptions) (any, error) { return m.healthz(o), nil }),
	} {
		all["SERVER.PING."+name] = a
		all["SERVER."+m.o.ID+"."+name] = a
	}
	return all
}

// ServerInfo is who answers.
type ServerInfo struct {
	Name      string    `json:"name"`
	Host      string    `json:"host"`
	ID        string    `json:"id"`
	Version   string    `json:"ver"`
	JetStream bool      `json:"jetstream"`
	Flags     uint64    `json:"flags"`
	Seq       uint64    `json:"seq"`
	Time      time.Time `json:"time"`
}

// Response is an answer: a document, or what is wrong with the request.
type Response struct {
	Server ServerInfo `json:"server"`
	Data   any        `json:"data,omitempty"`
	Error  *APIError  `json:"error,omitempty"`
}

// APIError says what is wrong, by the codes of HTTP.
type APIError struct {
	Code        int    `json:"code"`
	Description string `json:"description,omitempty"`
}

func (m *Monitor) server() ServerInfo {
	host, _ := hostPort(m.source.Listeners().NATS)
	return ServerInfo{
		Name: m.o.Name, Host: host, ID: m.o.ID, Version: m.o.Version,
		Seq: m.seq.Add(1), Time: m.now().UTC(),
	}
}

// filter are the conditions under which a server answers.
type filter struct {
	Name    string   `json:"server_name"`
	Cluster string   `json:"cluster"`
	Host    string   `json:"host"`
	Exact   bool     `json:"exact_match"`
	Tags    []string `json:"tags"`
	Domain  string   `json:"domain"`
}

// passes tells whether this server is meant, which has no cluster, tags and domain.
func (f *filter) passes(s *ServerInfo) bool {
	same := strings.Contains
	if f.Exact {
		same = func(have, want string) bool { return want == "" || have == want }
	}
	return same(s.Name, f.Name) && same(s.Host, f.Host) && f.Cluster == "" && len(f.Tags) == 0 && f.Domain == ""
}

// read reads options out of a body, in which filters stand beside them. Not ok:
// another server is meant.
func (m *Monitor) read(body []byte, options any) (ok bool, err error) {
	if len(body) == 0 {
		return true, nil
	}
	var f filter
	if err := errors.Join(json.Unmarshal(body, &f), json.Unmarshal(body, options)); err != nil {
		return true, err
	}
	s := m.server()
	return f.passes(&s), nil
}

// badRequest is a body that cannot be read.
type badRequest struct{ error }

// answer puts the document that a request with options O asks for into an envelope.
func answer[O any](m *Monitor, document func(ctx context.Context, r Request, o O) (any, error)) Answer {
	return func(ctx context.Context, r Request) ([]byte, bool) {
		var o O
		var data any
		ok, err := m.read(r.Body, &o)
		if err != nil {
			err = badRequest{err}
		} else if ok {
			data, err = document(ctx, r, o)
		}
		if !ok || errors.Is(err, errFiltered) {
			return nil, false
		}
		response := Response{Server: m.server(), Data: data}
		if err != nil {
			response.Data, response.Error = nil, &APIError{http.StatusInternalServerError, err.Error()}
			if _, bad := err.(badRequest); bad {
				response.Error.Code = http.StatusBadRequest
			}
		}
		return marshal(response)
	}
}

// plain is answer for a document that has no options.
func plain[T any](m *Monitor, document func() T) Answer {
	return answer(m, func(context.Context, Request, struct{}) (any, error) { return document(), nil })
}

func marshal(v any) ([]byte, bool) {
	text, err := json.Marshal(v)
	return text, err == nil
}

// UserInfo is who asks. There is no authentication: it is who it says it is.
type UserInfo struct {
	User        string `json:"user"`
	Account     string `json:"account"`
	AccountName string `json:"account_name"`
}

func askUser(_ context.Context, r Request, _ struct{}) (any, error) {
	return UserInfo{r.User, account, account}, nil
}
