package nats

import (
	"reflect"
	"testing"
)

func TestAppendInfo(t *testing.T) {
	f := func(i Info, want string) {
		t.Helper()
		if got := string(AppendInfo(nil, &i)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(Info{}, `INFO {"server_id":"","server_name":"","version":"","proto":0,"go":"","host":"","port":0,`+
		`"headers":false,"max_payload":0,"client_id":0,"client_ip":""}`+" \r\n")
	f(Info{ServerID: "N", ServerName: "s", Version: "2.12.0", Proto: 1, GitCommit: "c", Go: "go1", Host: "h", Port: 4222,
		Headers: true, AuthRequired: true, TLSRequired: true, TLSVerify: true, TLSAvailable: true, MaxPayload: 1 << 20,
		JetStream: true, ClientID: 7, ClientIP: "::1", Nonce: "n", Cluster: "cl", Domain: "d", ConnectURLs: []string{"a:1"},
		WSConnectURLs: []string{"b:2"}, LameDuck: true, XKey: "x", APILevel: 1, ConnectInfo: true, RemoteAccount: "$G"},
		`INFO {"server_id":"N","server_name":"s","version":"2.12.0","proto":1,"git_commit":"c","go":"go1","host":"h","port":4222,`+
			`"headers":true,"auth_required":true,"tls_required":true,"tls_verify":true,"tls_available":true,"max_payload":1048576,`+
			`"jetstream":true,"client_id":7,"client_ip":"::1","nonce":"n","cluster":"cl","domain":"d","connect_urls":["a:1"],`+
			`"ws_connect_urls":["b:2"],"ldm":true,"xkey":"x","api_lvl":1,"connect_info":true,"remote_account":"$G"}`+" \r\n")
}

func TestInfoMerge(t *testing.T) {
	urls := []string{"a:1", "b:2"}
	i := Info{ServerID: "N", ConnectURLs: urls}
	if err := i.Merge([]byte(`{"ldm":true} `)); err != nil {
		t.Fatal(err)
	}
	if want := (Info{ServerID: "N", ConnectURLs: urls, LameDuck: true}); !reflect.DeepEqual(i, want) {
		t.Errorf("%+v", i)
	}
	if err := i.Merge([]byte(`{"connect_urls":["c:3"]}`)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(i.ConnectURLs, []string{"c:3"}) || urls[0] != "a:1" {
		t.Error(i.ConnectURLs, urls)
	}
	for _, bad := range []string{"", "[]", `{"port":"x"}`, `{"client_id":-1}`, "{"} {
		if err := i.Merge([]byte(bad)); err != ErrInfoJSON {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
