package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Connz is the document of connections: a page of them.
type Connz struct {
	head
	NumConns int         `json:"num_connections"` // in this page
	Total    int         `json:"total"`
	Offset   int         `json:"offset"`
	Limit    int         `json:"limit"`
	Conns    []*ConnInfo `json:"connections"`
}

// ConnInfo is one of them.
type ConnInfo struct {
	CID           uint64      `json:"cid"`
	Kind          string      `json:"kind,omitempty"`
	Type          string      `json:"type,omitempty"`
	IP            string      `json:"ip"`
	Port          int         `json:"port"`
	Start         time.Time   `json:"start"`
	LastActivity  time.Time   `json:"last_activity"`
	Stop          *time.Time  `json:"stop,omitempty"`
	Reason        string      `json:"reason,omitempty"`
	RTT           string      `json:"rtt,omitempty"`
	Uptime        string      `json:"uptime"`
	Idle          string      `json:"idle"`
	Pending       int         `json:"pending_bytes"`
	InMsgs        uint64      `json:"in_msgs"`
	OutMsgs       uint64      `json:"out_msgs"`
	InBytes       uint64      `json:"in_bytes"`
	OutBytes      uint64      `json:"out_bytes"`
	Subscriptions int         `json:"subscriptions"`
	Name          string      `json:"name,omitempty"`
	Lang          string      `json:"lang,omitempty"`
	Version       string      `json:"version,omitempty"`
	User          string      `json:"authorized_user,omitempty"`
	Subs          []string    `json:"subscriptions_list,omitempty"`
	SubsDetail    []SubDetail `json:"subscriptions_list_detail,omitempty"`
	MQTTClient    string      `json:"mqtt_client,omitempty"`
}

// ConnzOptions say which connections, and what of them.
type ConnzOptions struct {
	Sort          string    `json:"sort"`
	Username      bool      `json:"auth"`
	Subscriptions bool      `json:"subscriptions"`
	Detail        bool      `json:"subscriptions_detail"`
	Offset        int       `json:"offset"`
	Limit         int       `json:"limit"`
	CID           uint64    `json:"cid"`
	MQTTClient    string    `json:"mqtt_client"`
	State         ConnState `json:"state"`
	User          string    `json:"user"`
	Account       string    `json:"acc"`
	Subject       string    `json:"filter_subject"` // only with Account, as in nats-server
}

// ConnState is which connections are meant, by nats-server's numbers.
type ConnState int

// States.
const (
	ConnOpen ConnState = iota
	ConnClosed
	ConnAll
)

// DefaultLimit is the size of a page when nothing is said.
const DefaultLimit = 1024

// check completes the options and says what cannot be.
func (o *ConnzOptions) check() (order, error) {
	if o.Sort == "" {
		o.Sort = "cid"
	}
	by, ok := orders[o.Sort]
	switch {
	case !ok:
		return nil, fmt.Errorf("invalid sorting option: %s", o.Sort)
	case o.Sort == "stop" && o.State != ConnClosed:
		return nil, errors.New("sort by stop only valid on closed connections")
	case o.Sort == "reason" && o.State != ConnClosed:
		return nil, errors.New("sort by reason only valid on closed connections")
	case o.Subject != "" && o.Subject != ">" && o.Account == "":
		return nil, errors.New("filter by subject only valid with account filtering")
	}
	o.Offset, o.Limit = max(o.Offset, 0), pageSize(o.Limit)
	if o.CID > 0 {
		o.Limit = 1
	}
	return by, nil
}

func pageSize(limit int) int {
	if limit <= 0 {
		return DefaultLimit
	}
	return limit
}

// wants tells whether a connection is one of those asked for.
func (o *ConnzOptions) wants(c *Connection) bool {
	switch {
	case o.CID != 0 && c.CID != o.CID,
		o.User != "" && c.User != o.User,
		o.MQTTClient != "" && (c.Protocol != "mqtt" || c.Name != o.MQTTClient):
		return false
	case o.Subject == "" || o.Subject == ">":
		return true
	}
	for i := range c.List {
		if collide(o.Subject, c.List[i].Filter.Subject()) {
			return true
		}
	}
	return false
}

// connz makes the document. Only what the page needs is kept while connections are
// gone through, and only its subscriptions are listed, in a second round.
func (m *Monitor) connz(ctx context.Context, o ConnzOptions) (*Connz, error) {
	by, err := o.check()
	if err != nil {
		return nil, err
	}
	z := &Connz{head: m.head(), Offset: o.Offset, Limit: o.Limit, Conns: []*ConnInfo{}}
	if o.Account != "" && o.Account != account {
		return z, nil
	}
	page := newSelection(o.Offset, o.Limit, by(z.Now))
	see := func(list []Connection) {
		z.Total += len(list)
		for i := range list {
			if c := &list[i]; o.wants(c) {
				page.add(c)
			}
		}
	}
	var subjects func(uint64) bool
	if o.Subject != "" && o.Subject != ">" {
		subjects = func(uint64) bool { return true }
	}
	if o.State != ConnClosed {
		if err := m.source.Connections(ctx, subjects, see); err != nil {
			return nil, err
		}
	}
	if o.State != ConnOpen {
		m.closed.each(see)
	}
	chosen := page.done()
	if o.Subscriptions || o.Detail {
		if err := m.list(ctx, chosen); err != nil {
			return nil, err
		}
	}
	for i := range chosen {
		z.Conns = append(z.Conns, chosen[i].info(z.Now, &o))
	}
	z.NumConns = len(z.Conns)
	return z, nil
}

// list fills in the subscriptions of connections that are open.
func (m *Monitor) list(ctx context.Context, chosen []Connection) error {
	at := make(map[uint64]int, len(chosen))
	for i := range chosen {
		if chosen[i].Stop.IsZero() {
			at[chosen[i].CID] = i
		}
	}
	if len(at) == 0 {
		return nil
	}
	wanted := func(cid uint64) bool { _, ok := at[cid]; return ok }
	return m.source.Connections(ctx, wanted, func(list []Connection) {
		for i := range list {
			if to, ok := at[list[i].CID]; ok {
				chosen[to].List = list[i].List
			}
		}
	})
}

// info is what the document says of a connection.
func (c *Connection) info(now time.Time, o *ConnzOptions) *ConnInfo {
	i := &ConnInfo{
		CID: c.CID, Kind: "Client", Type: c.Protocol,
		Start: c.Start.UTC(), LastActivity: c.Last.UTC(),
		Pending: c.Pending,
		InMsgs:  c.InMsgs, InBytes: c.InBytes, OutMsgs: c.OutMsgs, OutBytes: c.OutBytes,
		Subscriptions: c.Subscriptions,
		Name:          c.Name, Lang: c.Language, Version: c.Version,
	}
	i.IP, i.Port = hostPort(c.Remote)
	if !c.Stop.IsZero() {
		now = c.Stop
		stop := c.Stop.UTC()
		i.Stop, i.Reason = &stop, c.Reason
	}
	i.Uptime, i.Idle = uptime(now.Sub(c.Start)), uptime(now.Sub(c.Last))
	switch c.Protocol {
	case "mqtt":
		i.MQTTClient = c.Name
	case "nats":
		i.RTT = c.RTT.String()
	}
	if o.Username {
		i.User = c.User
	}
	for at := range c.List {
		s := &c.List[at]
		switch {
		case o.Detail:
			i.SubsDetail = append(i.SubsDetail, s.detail(c.CID))
		case o.Subscriptions:
			i.Subs = append(i.Subs, s.Filter.Subject())
		}
	}
	return i
}
