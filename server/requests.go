package server

import (
	"context"
	"encoding/json"
	"time"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/system"
)

// register says which services answer on which subjects.
func (s *Server) register() {
	s.requests.Handle(nats.RequestRoot+"USER.INFO", s.userInfo)
	s.requests.Handle(explain.Subject, s.explain)
}

// userInfo tells a client who it is, in nats-server's shape. There are no accounts
// but the one that nats-server calls $G.
func (s *Server) userInfo(_ context.Context, _ *system.Request, answer func(system.Answer)) {
	type server struct {
		Name string    `json:"name"`
		Host string    `json:"host"`
		ID   string    `json:"id"`
		Ver  string    `json:"ver"`
		Time time.Time `json:"time"`
	}
	type user struct {
		User        string `json:"user"`
		Account     string `json:"account"`
		AccountName string `json:"account_name"`
	}
	body, err := json.Marshal(struct {
		Server server `json:"server"`
		Data   user   `json:"data"`
	}{
		server{s.identity.name, s.opts.NATS, s.identity.id, s.identity.version, time.Now().UTC()},
		user{"", "$G", "$G"},
	})
	if err == nil {
		answer(system.Answer{Payload: body})
	}
}
