package mqtt

import "testing"

// TestReasonCodes holds the table against the lists of the packets' sections.
func TestReasonCodes(t *testing.T) {
	f := func(typ Type, role Role, want ...ReasonCode) {
		t.Helper()
		allowed := map[ReasonCode]bool{}
		for _, c := range want {
			allowed[c] = true
		}
		for c := range 256 {
			code := ReasonCode(c)
			if code.Allowed(typ, role) != allowed[code] {
				t.Errorf("%v from %d: %#x is allowed: %v", typ, role, c, !allowed[code])
			}
		}
	}
	// §3.2.2.2
	f(TypeConnack, FromServer, 0, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C,
		0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F)
	f(TypeConnack, FromClient)
	// §3.4.2.1, §3.5.2.1
	for _, typ := range []Type{TypePuback, TypePubrec} {
		f(typ, FromServer, 0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99)
		f(typ, FromClient, 0, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99)
	}
	// §3.6.2.1, §3.7.2.1
	for _, typ := range []Type{TypePubrel, TypePubcomp} {
		f(typ, FromServer, 0, 0x92)
		f(typ, FromClient, 0, 0x92)
	}
	// §3.9.3, §3.11.3
	f(TypeSuback, FromServer, 0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2)
	f(TypeUnsuback, FromServer, 0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91)
	// §3.14.2.1; 0x8C is in table 2-6
	f(TypeDisconnect, FromClient, 0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99)
	f(TypeDisconnect, FromServer, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93,
		0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2)
	// §3.15.2.1
	f(TypeAuth, FromClient, 0x18, 0x19)
	f(TypeAuth, FromServer, 0, 0x18)
}

func TestReasonCodeNames(t *testing.T) {
	named := 0
	for c := range 256 {
		code := ReasonCode(c)
		used := false
		for typ := range TypeWill {
			used = used || code.Allowed(typ, FromClient) || code.Allowed(typ, FromServer)
		}
		if known := code.String() != "Unknown reason code"; known != used {
			t.Errorf("%#x: named %v, used %v", c, known, used)
		} else if known {
			named++
		}
	}
	if named != 43 {
		t.Errorf("%d codes, table 2-6 has 43", named)
	}
	if !CodeUnspecifiedError.Failed() || CodeReauthenticate.Failed() {
		t.Error("Failed")
	}
}

func TestReturnCode(t *testing.T) {
	f := func(c ReasonCode, want byte, answered bool) {
		t.Helper()
		if got, ok := c.ReturnCode(); got != want || ok != answered {
			t.Errorf("%v: %d %v", c, got, ok)
		}
	}
	f(CodeSuccess, 0, true)
	f(CodeUnsupportedProtocolVersion, 1, true)
	f(CodeClientIdentifierNotValid, 2, true)
	f(CodeServerBusy, 3, true)
	f(CodeBadUserNameOrPassword, 4, true)
	f(CodeNotAuthorized, 5, true)
	f(CodeMalformedPacket, 0, false)
}

func TestTypeNames(t *testing.T) {
	if TypePublish.String() != "PUBLISH" || TypeAuth.String() != "AUTH" || TypeWill.String() != "WILL" || Type(99).String() != "RESERVED" {
		t.Error(TypePublish, TypeAuth, TypeWill, Type(99))
	}
}
