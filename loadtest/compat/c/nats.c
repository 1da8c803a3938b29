// What users of the NATS C client do, against the server at argv[1] (nats://HOST:PORT).
// Ends with 0 when everything came as it should.
#include <nats/nats.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition, ...) do { if (!(condition)) { \
	fprintf(stderr, "nats.c:%d: %s: ", __LINE__, #condition); \
	fprintf(stderr, __VA_ARGS__); fputc('\n', stderr); exit(1); } } while (0)
#define OK(call) do { natsStatus s_ = (call); CHECK(s_ == NATS_OK, "%s", natsStatus_GetText(s_)); } while (0)

static natsConnection *dial(const char *url) {
	natsConnection *nc = NULL;
	natsOptions *options = NULL;
	OK(natsOptions_Create(&options));
	OK(natsOptions_SetURL(options, url));
	OK(natsOptions_SetAllowReconnect(options, false));
	OK(natsConnection_Connect(&nc, options));
	natsOptions_Destroy(options);
	return nc;
}

static void close_connection(natsConnection *nc) {
	natsConnection_Close(nc);
	natsConnection_Destroy(nc);
}

static void expect(natsSubscription *sub, const char *subject, const char *payload) {
	natsMsg *m = NULL;
	OK(natsSubscription_NextMsg(&m, sub, 10000));
	CHECK(strcmp(natsMsg_GetSubject(m), subject) == 0, "subject %s, want %s", natsMsg_GetSubject(m), subject);
	CHECK(natsMsg_GetDataLength(m) == (int)strlen(payload) && memcmp(natsMsg_GetData(m), payload, strlen(payload)) == 0,
		"payload %.*s, want %s", natsMsg_GetDataLength(m), natsMsg_GetData(m), payload);
	natsMsg_Destroy(m);
}

static void publish_and_subscribe(const char *url) {
	natsConnection *a = dial(url), *b = dial(url);
	natsSubscription *all, *some;
	char subject[32], payload[32];
	OK(natsConnection_SubscribeSync(&all, a, "c.>"));
	OK(natsConnection_SubscribeSync(&some, a, "c.*.x"));
	OK(natsSubscription_AutoUnsubscribe(some, 1));
	OK(natsConnection_Flush(a));
	for (int i = 0; i < 1000; i++) {
		snprintf(subject, sizeof subject, "c.%d", i % 7);
		snprintf(payload, sizeof payload, "m%d", i);
		OK(natsConnection_PublishString(b, subject, payload));
	}
	OK(natsConnection_PublishString(b, "c.a.x", "wild"));
	OK(natsConnection_PublishString(b, "c.b.x", "past the maximum"));
	for (int i = 0; i < 1000; i++) {
		snprintf(subject, sizeof subject, "c.%d", i % 7);
		snprintf(payload, sizeof payload, "m%d", i);
		expect(all, subject, payload);
	}
	expect(all, "c.a.x", "wild");
	expect(all, "c.b.x", "past the maximum");
	expect(some, "c.a.x", "wild");
	natsMsg *m = NULL;
	CHECK(natsSubscription_NextMsg(&m, some, 100) == NATS_MAX_DELIVERED_MSGS, "more than one");
	natsSubscription_Destroy(all);
	natsSubscription_Destroy(some);
	close_connection(a);
	close_connection(b);
}

static void answer(natsConnection *nc, natsSubscription *sub, natsMsg *m, void *closure) {
	natsMsg *reply = NULL;
	const char *value = NULL;
	(void)sub;
	(void)closure;
	OK(natsMsg_Create(&reply, natsMsg_GetReply(m), NULL, natsMsg_GetData(m), natsMsg_GetDataLength(m)));
	if (natsMsgHeader_Get(m, "question", &value) == NATS_OK) OK(natsMsgHeader_Set(reply, "answer", value));
	OK(natsConnection_PublishMsg(nc, reply));
	natsMsg_Destroy(reply);
	natsMsg_Destroy(m);
}

static void requests_with_headers(const char *url) {
	natsConnection *a = dial(url), *b = dial(url);
	natsSubscription *sub;
	natsMsg *question = NULL, *reply = NULL;
	const char *value = NULL;
	CHECK(natsConnection_RequestString(&reply, b, "c.nobody", "x", 10000) == NATS_NO_RESPONDERS, "somebody answers");
	OK(natsConnection_Subscribe(&sub, a, "c.ask", answer, NULL));
	OK(natsConnection_Flush(a));
	for (int i = 0; i < 100; i++) {
		char text[32];
		snprintf(text, sizeof text, "%d", i);
		OK(natsMsg_Create(&question, "c.ask", NULL, text, strlen(text)));
		OK(natsMsgHeader_Set(question, "question", text));
		OK(natsConnection_RequestMsg(&reply, b, question, 10000));
		OK(natsMsgHeader_Get(reply, "answer", &value));
		CHECK(strcmp(value, text) == 0 && memcmp(natsMsg_GetData(reply), text, strlen(text)) == 0, "answer %s to %s", value, text);
		natsMsg_Destroy(question);
		natsMsg_Destroy(reply);
	}
	OK(natsSubscription_Drain(sub));
	OK(natsSubscription_WaitForDrainCompletion(sub, 10000));
	natsSubscription_Destroy(sub);
	close_connection(a);
	close_connection(b);
}

static void queue_group(const char *url) {
	enum { members = 3, count = 300 };
	natsConnection *nc[members], *pub = dial(url);
	natsSubscription *sub[members];
	int total = 0;
	for (int i = 0; i < members; i++) {
		nc[i] = dial(url);
		OK(natsConnection_QueueSubscribeSync(&sub[i], nc[i], "c.group", "g"));
		OK(natsConnection_Flush(nc[i]));
	}
	for (int i = 0; i < count; i++) OK(natsConnection_PublishString(pub, "c.group", "x"));
	OK(natsConnection_Flush(pub));
	for (int i = 0; i < members; i++) {
		natsMsg *m;
		int got = 0;
		OK(natsConnection_Flush(nc[i])); // behind the PONG of pub all are on their way
		while (natsSubscription_NextMsg(&m, sub[i], total + got < count ? 200 : 10) == NATS_OK) {
			natsMsg_Destroy(m);
			got++;
		}
		CHECK(got > 0, "member %d got nothing", i);
		total += got;
	}
	CHECK(total == count, "%d of %d", total, count);
	for (int i = 0; i < members; i++) {
		natsSubscription_Destroy(sub[i]);
		close_connection(nc[i]);
	}
	close_connection(pub);
}

int main(int argc, char **argv) {
	CHECK(argc == 2, "usage: nats nats://HOST:PORT");
	publish_and_subscribe(argv[1]);
	requests_with_headers(argv[1]);
	queue_group(argv[1]);
	nats_Close();
	return 0;
}
