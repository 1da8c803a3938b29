package nats

import "testing"

// HPUB ends at its control line where headers are not agreed on, also when the
// same line was right before, and whole or not.
func TestHPubWithoutHeaders(t *testing.T) {
	const hpub = "HPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\n"
	for _, in := range []string{hpub, "HPUB a 12 13\r\n", "hpub\ta x 99\n", "HPUB a 1 9999999999\r\n"} {
		var p Parser
		var f Frame
		p.Init(FromClient, nil)
		if n, err := p.Next([]byte(hpub), &f); n != len(hpub) || err != nil || f.Op != OpHPub {
			t.Fatal(n, err, f.Op)
		}
		p.TakeHeaders(false)
		if _, err := p.Next([]byte(in), &f); err != ErrHeaders {
			t.Errorf("%q: %v", in, err)
		}
		p.Release()

		p.Init(FromClient, nil)
		p.TakeHeaders(false)
		var err error
		for i := range in {
			if _, err = p.Next([]byte(in[i:i+1]), &f); err != nil {
				break
			}
		}
		if err != ErrHeaders {
			t.Errorf("%q byte by byte: %v", in, err)
		}
		p.Release()
	}
	var p Parser
	var f Frame
	p.Init(FromClient, nil)
	p.TakeHeaders(false)
	p.TakeHeaders(true)
	if n, err := p.Next([]byte(hpub), &f); n != len(hpub) || err != nil {
		t.Error(n, err)
	}
	p.Release()
}
