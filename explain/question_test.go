package explain

import (
	"strings"
	"testing"
)

func TestQuestions(t *testing.T) {
	for payload, want := range map[string]Question{
		"a.b":                               {Name: "a.b", As: AsSubject},
		"a/b":                               {Name: "a/b", As: AsTopic},
		"a/b.c":                             {Name: "a/b.c", As: AsSubject},
		"a":                                 {Name: "a", As: AsSubject},
		` {"name":"a/b","as":"subject"}`:    {Name: "a/b", As: AsSubject},
		`{"name":"x y","as":"topic"}`:       {Name: "x y", As: AsTopic},
		`{"name":"a","qos":2,"size":9}`:     {Name: "a", As: AsSubject, QoS: 2, Size: 9},
		`{"name":"a","from":"m","limit":7}`: {Name: "a", As: AsSubject, From: "m", Limit: 7},
	} {
		got, err := parse([]byte(payload))
		if want.Limit == 0 {
			want.Limit = DefaultLimit
		}
		if err != nil || got.Name != want.Name || got.As != want.As || got.QoS != want.QoS || got.Size != want.Size || got.From != want.From || got.Limit != want.Limit {
			t.Errorf("%s: %+v (%v), want %+v", payload, got, err, want)
		}
	}
	for payload, want := range map[string]string{
		"":                                 "no name",
		"a b":                              "no blanks",
		`{"name":"a","as":"queue"}`:        "neither subject nor topic",
		`{"name":"a","qos":3}`:             "qos: 3",
		`{"name":"a","size":-1}`:           "size: -1",
		`{"name":"a","limit":99999}`:       "limit: 99999",
		`{"name":"a","headers":["x"]}`:     `header "x"`,
		`{"name":"a/b","headers":["x:1"]}`: "headers are for",
		`{"name":`:                         "no JSON",
		`{"nom":"a"}`:                      "unknown field",
	} {
		if _, err := parse([]byte(payload)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", payload, err, want)
		}
	}
}

func TestHeadersOfAQuestion(t *testing.T) {
	q := Question{Headers: []string{"A: 1", "B:x:y"}}
	if got, want := string(q.block()), "NATS/1.0\r\nA: 1\r\nB: x:y\r\n\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
