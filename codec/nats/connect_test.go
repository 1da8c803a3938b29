package nats

import (
	"strings"
	"testing"
)

func TestConnectMerge(t *testing.T) {
	f := func(first, second string, want Connect) {
		t.Helper()
		got := DefaultConnect()
		for _, args := range []string{first, second} {
			if args == "" {
				continue
			}
			if err := got.Merge([]byte(args)); err != nil {
				t.Errorf("%s: %v", args, err)
			}
		}
		if got != want {
			t.Errorf("%s %s: %+v", first, second, got)
		}
	}
	defaults := Connect{Verbose: true, Pedantic: true, Echo: true}
	f("", "", defaults)
	f("{}", "", defaults)
	f(" \t{} ", "", defaults)
	f(`{"unknown":{"deep":[1]}}`, "", defaults)
	f(`{"verbose":false,"pedantic":false,"echo":false}`, "", Connect{})
	f(`{"VERBOSE":false,"Pedantic":false,"echo":false}`, "", Connect{}) // keys without regard to case
	f(`{"verbose":false,"name":"n","user":"u"}`, `{"name":"m","protocol":1}`,
		Connect{Pedantic: true, Echo: true, Name: "m", User: "u", Protocol: 1})
	f(`{"verbose":false,"pedantic":false,"echo":false,"tls_required":true,"auth_token":"t","user":"u","pass":"p",
		"name":"n","lang":"l","version":"v","protocol":1,"sig":"s","jwt":"j","nkey":"k","headers":true,
		"no_responders":true,"account":"a","new_account":true}`, "",
		Connect{TLSRequired: true, AuthToken: "t", User: "u", Pass: "p", Name: "n", Lang: "l", Version: "v",
			Protocol: 1, Sig: "s", JWT: "j", NKey: "k", Headers: true, NoResponders: true, Account: "a", NewAccount: true})
}

func TestConnectMergeRefuses(t *testing.T) {
	f := func(args string) {
		t.Helper()
		c := Connect{Name: "before"}
		if err := c.Merge([]byte(args)); err != ErrConnectJSON {
			t.Errorf("%.60q: %v", args, err)
		}
		if c != (Connect{Name: "before"}) {
			t.Errorf("%.60q: changed to %+v", args, c)
		}
	}
	f("")
	f(" ")
	f("[]")
	f(`"x"`)
	f("1")
	f("{")
	f("{}x")
	f("{} {}")
	f(`{"name":"after","verbose":"yes"}`)
	f(`{"name":"after","protocol":"1"}`)
	f(`{"name":"after","protocol":1.5}`)
	f(`{"name":"after","user":1}`)
	f(`{"name":"after"`)
	f(strings.Repeat(`{"a":`, 100000))
}

func TestAppendConnect(t *testing.T) {
	want := Connect{Name: "<n>", Pass: "p\r\nq", Protocol: 1, Headers: true}
	in := AppendConnect(nil, &want)
	var p Parser
	p.Init(FromClient, nil)
	defer p.Release()
	var f Frame
	n, err := p.Next(in, &f)
	if n != len(in) || err != nil || f.Op != OpConnect {
		t.Fatal(n, err, f.Op)
	}
	got := DefaultConnect()
	if err := got.Merge(f.Args); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
}
