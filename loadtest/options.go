package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// Options are what all scenarios have in common. Start from Defaults.
type Options struct {
	NATS string // host:port of the server's NATS listener
	MQTT string // host:port of its MQTT listener

	User, Password, Token string

	MQTTVersion int           // 3, 4 or 5, as on the wire
	KeepAlive   time.Duration // of MQTT
	Sources     string        // local addresses: "127.0.0.1,127.0.0.2" or "127.0.0.1-127.0.0.9"
	Workers     int           // threads with an event loop each
	Spin        bool          // workers never sleep: exact send times for a core each
	ServerPID   int           // 0: the server's CPU and memory are not looked at

	// ConnectTimeout is how long the server may take to open one connection.
	ConnectTimeout time.Duration
	// Patience is how long nothing may move before what is under way counts as
	// lost.
	Patience time.Duration

	Progress   time.Duration // between two lines; 0: none
	ProgressTo io.Writer

	// AllowLoss: lost messages are counted and reported but are no failure.
	AllowLoss bool
	// Version is the tool's, for the report.
	Version string
}

// Defaults returns the options in force when nothing is said.
func Defaults() Options {
	return Options{
		NATS:           "127.0.0.1:4222",
		MQTT:           "127.0.0.1:1883",
		MQTTVersion:    int(mqtt.V311),
		KeepAlive:      5 * time.Minute, // emqtt-bench's
		Workers:        1,
		ConnectTimeout: 10 * time.Second,
		Patience:       5 * time.Second,
		Progress:       time.Second,
		ProgressTo:     io.Discard,
	}
}

func (o *Options) check() error {
	switch {
	case o.Workers < 1:
		return errors.New("--workers must be at least 1")
	case o.MQTTVersion < 3 || o.MQTTVersion > 5:
		return fmt.Errorf("--mqtt-version: %d is none of 3, 4 (3.1.1) and 5", o.MQTTVersion)
	case o.Patience <= 0 || o.ConnectTimeout <= 0:
		return errors.New("--patience and --connect-timeout must be above 0")
	case o.KeepAlive < 0:
		return errors.New("--keepalive must not be negative")
	}
	return nil
}

// dialling returns the options of connections of one protocol.
func (o *Options) dialling(ctx context.Context, p client.Protocol) (client.Options, error) {
	d := client.Options{
		Protocol:  p,
		Patience:  o.ConnectTimeout,
		User:      o.User,
		Password:  o.Password,
		Token:     o.Token,
		Version:   mqtt.Version(o.MQTTVersion),
		KeepAlive: o.KeepAlive,
	}
	address, flag := o.NATS, "--nats"
	if p == client.MQTT {
		address, flag = o.MQTT, "--mqtt"
	}
	var err error
	if d.To, err = resolve(ctx, address); err != nil {
		return d, fmt.Errorf("%s: %w", flag, err)
	}
	if d.Sources, err = parseSources(o.Sources); err != nil {
		return d, fmt.Errorf("--source: %w", err)
	}
	return d, nil
}

// resolve looks up host:port and prefers IPv4.
func resolve(ctx context.Context, address string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is not host:port", address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return netip.AddrPort{}, err
	}
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	best := list[0]
	for _, a := range list {
		if a.Unmap().Is4() {
			best = a
			break
		}
	}
	return netip.AddrPortFrom(best.Unmap(), uint16(number)), nil
}

// parseSources reads a list of addresses and ranges of addresses.
func parseSources(text string) ([]netip.Addr, error) {
	const most = 1 << 16
	var list []netip.Addr
	for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		first, last, isRange := strings.Cut(item, "-")
		a, err := netip.ParseAddr(first)
		if err != nil {
			return nil, err
		}
		b := a
		if isRange {
			if b, err = netip.ParseAddr(last); err != nil {
				return nil, err
			}
		}
		if b.Less(a) || a.Is4() != b.Is4() {
			return nil, fmt.Errorf("%q is not a range of addresses such as 127.0.0.1-127.0.0.9", item)
		}
		for ; !b.Less(a); a = a.Next() {
			if len(list) == most {
				return nil, fmt.Errorf("more than %d addresses", most)
			}
			list = append(list, a)
		}
	}
	return list, nil
}
