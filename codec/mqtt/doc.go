// Package mqtt reads and writes the packets of MQTT 3.1 ("MQIsdp", level 3),
// 3.1.1 (level 4) and 5.0 (level 5), in both directions. It is a pure pull
// machine: bytes in, packets out; no socket, no clock, no goroutine, no
// callback. It imports nothing of this project and nothing but the standard
// library.
//
// # Wire grammar
//
// Every packet (§2.1.1; numbers are big endian):
//
//	 byte 0            bytes 1..4                remaining length bytes
//	+------+-------+  +-----------------------+  +-----------------+---------+
//	| type | flags |  | remaining length      |  | variable header | payload |
//	| 4 b  | 4 b   |  | variable byte integer |  |                 |         |
//	+------+-------+  +-----------------------+  +-----------------+---------+
//
// Variable byte integer (§1.5.5), 1 to 4 bytes, low group first, at most
// 268,435,455; [MQTT-1.5.5-1] wants the shortest form, from 5.0 on:
//
//	+---+---------+     +---+---------+
//	| 1 | bits 0-6| ... | 0 | bits n- |
//	+---+---------+     +---+---------+
//
// Strings, binary data and pairs (§1.5.4, §1.5.6, §1.5.7):
//
//	+--------+-----------+    string, binary: uint16 length, bytes
//	| uint16 | n bytes   |    string pair:    two strings
//	+--------+-----------+
//
// A property section (§2.2.2), 5.0 only:
//
//	+------------------+------+-------+------+-------+
//	| varint: length L | id 1 | value | id 2 | value |  ... L bytes
//	+------------------+------+-------+------+-------+
//
// The packets ([x] = only when flagged, {v5} = only in 5.0):
//
//	CONNECT     10  name string | level | flags | keep alive uint16 | {properties}
//	                client id | [{will properties} | will topic | will payload]
//	                [user name] | [password]
//	CONNACK     20  session present | code | {properties}
//	PUBLISH     3f  topic | [packet id uint16] | {properties} | payload to the end
//	PUBACK      40  packet id | {code | properties}       PUBREC 50, PUBCOMP 70 alike
//	PUBREL      62  packet id | {code | properties}
//	SUBSCRIBE   82  packet id | {properties} | (filter string | options)+
//	SUBACK      90  packet id | {properties} | code+
//	UNSUBSCRIBE A2  packet id | {properties} | (filter string)+
//	UNSUBACK    B0  packet id | {properties  | code+}
//	PINGREQ     C0  PINGRESP D0
//	DISCONNECT  E0  {code | properties}
//	AUTH        F0  {code | properties}
//
// # Memory
//
// A [Packet] belongs to the caller, one per lane. Its slices point into the
// bytes given to [Decoder.Next], or into the decoder's scratch, and die at the
// next Next. Scratch is borrowed from a pool only while a packet is split over
// several inputs: a [Decoder] that waits between two packets holds none. No
// byte is examined twice because the input came in pieces.
//
// # Faults
//
// Every fault is an [*Error] that carries the reason code to answer with; the
// texts name the statement of the standard that was broken.
package mqtt
