package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

// discovered is what n services answer to a request of discovery.
func discovered[T any](t *testing.T, nc *nats.Conn, verb micro.Verb, name, id string, n int) []T {
	t.Helper()
	subject, err := micro.ControlSubject(verb, name, id)
	must(t, err)
	inbox := nats.NewInbox()
	answers := subscribe(t, nc, inbox)
	must(t, nc.PublishRequest(subject, inbox, nil))
	var all []T
	for range n {
		var one T
		must(t, json.Unmarshal(next(t, answers, "an answer of "+subject).Data, &one))
		all = append(all, one)
	}
	must(t, nc.Flush())
	if len(answers) > 0 {
		t.Errorf("%s has more than %d answers", subject, n)
	}
	return all
}

func TestServicesOfNATSGo(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const instances, requests = 3, 60
		var services []micro.Service
		for range instances {
			nc := s.natsClient(t)
			service, err := micro.AddService(nc, micro.Config{Name: "adder", Version: "1.0.0", Description: "adds"})
			must(t, err)
			group := service.AddGroup("sum")
			must(t, group.AddEndpoint("add", micro.HandlerFunc(func(r micro.Request) {
				_ = r.Respond(append([]byte("sum of "), r.Data()...), micro.WithHeaders(micro.Headers(r.Headers())))
			})))
			must(t, group.AddEndpoint("fail", micro.HandlerFunc(func(r micro.Request) {
				_ = r.Error("400", "bad numbers", []byte("why"))
			})))
			must(t, nc.Flush())
			services = append(services, service)
		}
		nc := s.natsClient(t)
		for i := range requests {
			m := nats.NewMsg("sum.add")
			m.Data = fmt.Append(nil, i)
			m.Header.Set("n", fmt.Sprint(i))
			answer, err := nc.RequestMsg(m, patience)
			must(t, err)
			if string(answer.Data) != fmt.Sprintf("sum of %d", i) || answer.Header.Get("n") != fmt.Sprint(i) {
				t.Fatalf("answer %q %v", answer.Data, answer.Header)
			}
		}
		answer, err := nc.Request("sum.fail", nil, patience)
		must(t, err)
		if answer.Header.Get(micro.ErrorCodeHeader) != "400" || answer.Header.Get(micro.ErrorHeader) != "bad numbers" {
			t.Errorf("an error comes as %v", answer.Header)
		}
		ids := map[string]bool{}
		for _, p := range discovered[micro.Ping](t, nc, micro.PingVerb, "", "", instances) {
			ids[p.ID] = true
		}
		if len(ids) != instances {
			t.Errorf("PING is answered by %v", ids)
		}
		for _, i := range discovered[micro.Info](t, nc, micro.InfoVerb, "adder", "", instances) {
			if len(i.Endpoints) != 2 || i.Endpoints[0].Subject != "sum.add" || i.Endpoints[0].QueueGroup != "q" {
				t.Errorf("INFO has %+v", i.Endpoints)
			}
		}
		served := 0
		for _, st := range discovered[micro.Stats](t, nc, micro.StatsVerb, "adder", "", instances) {
			served += st.Endpoints[0].NumRequests
		}
		if served != requests {
			t.Errorf("STATS count %d requests, want %d", served, requests)
		}
		id := services[0].Info().ID
		if one := discovered[micro.Ping](t, nc, micro.PingVerb, "adder", id, 1); one[0].ID != id {
			t.Errorf("PING of %s is answered by %s", id, one[0].ID)
		}
		// The service is there for MQTT clients as well, and its control subjects are not
		// in the way of those who subscribe to everything.
		c := s.mqtt5(t)
		c.subscribe(t, "#", "answers")
		c.publishRequest(t, "sum/add", "answers", "five")
		for m := range c.in {
			if m.Topic == "answers" {
				if string(m.Payload) != "sum of five" {
					t.Errorf("MQTT is answered by %q", m.Payload)
				}
				break
			}
			if m.Topic != "sum/add" {
				t.Errorf("# brings %q", m.Topic)
			}
		}
		must(t, c.Disconnect(&paho5.Disconnect{}))
		for _, service := range services {
			must(t, service.Stop())
		}
		s.awaitNobody(t, "sum.add")
	})
}

func TestNatsCLIServices(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.spawn(t, "nats", "micro", "serve", "demo")
	nc := s.natsClient(t)
	eventually(t, "the demo service", func() bool {
		_, err := nc.Request("$SRV.PING.demo", nil, time.Second)
		return err == nil
	})
	for _, args := range [][]string{{"list"}, {"info", "demo"}, {"stats", "demo"}, {"ping", "demo"}} {
		if out := s.call(t, "nats", append([]string{"micro"}, args...)...); !strings.Contains(out, "demo") {
			t.Errorf("nats micro %s printed:\n%s", strings.Join(args, " "), out)
		}
	}
	if out := s.call(t, "nats", "micro", "request", "demo", "echo", "hello"); !strings.Contains(out, "hello") {
		t.Errorf("nats micro request printed:\n%s", out)
	}
}
