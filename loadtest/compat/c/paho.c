// What users of Paho's C client do (the synchronous one, a tenth of a second per wait), against the server at argv[1] (tcp://HOST:PORT),
// in the MQTT version argv[2] (3, 4 or 5), with files in the directory argv[3].
// Ends with 0 when everything came as it should.
#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *server, *directory;
static int version;

#define CHECK(condition, ...) do { if (!(condition)) { \
	fprintf(stderr, "paho.c:%d: %s: ", __LINE__, #condition); \
	fprintf(stderr, __VA_ARGS__); fputc('\n', stderr); _exit(1); } } while (0)

// open makes a client; messages under way are kept in files.
static MQTTClient open_client(const char *id) {
	MQTTClient c;
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	options.MQTTVersion = version;
	int rc = MQTTClient_createWithOptions(&c, server, id, MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)directory, &options);
	CHECK(rc == MQTTCLIENT_SUCCESS, "create %s: %d", id, rc);
	return c;
}

// connect_client says whether the server had a session, as far as the library tells: it
// does in 3.1.1. stays asks the server to keep one.
static int connect_client(MQTTClient c, int stays, MQTTClient_willOptions *will) {
	if (version == MQTTVERSION_5) {
		MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer5;
		MQTTProperties properties = MQTTProperties_initializer;
		MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = stays ? 60 : 0};
		options.cleanstart = !stays;
		options.will = will;
		MQTTProperties_add(&properties, &expiry);
		MQTTResponse r = MQTTClient_connect5(c, &options, &properties, NULL);
		CHECK(r.reasonCode == MQTTREASONCODE_SUCCESS, "connect: %d", r.reasonCode);
		MQTTProperties_free(&properties);
		MQTTResponse_free(r);
		return options.returned.sessionPresent;
	}
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	options.MQTTVersion = version;
	options.cleansession = !stays;
	options.will = will;
	int rc = MQTTClient_connect(c, &options);
	CHECK(rc == MQTTCLIENT_SUCCESS, "connect: %d", rc);
	return options.returned.sessionPresent;
}

static void subscribe(MQTTClient c, const char *filter, int qos) {
	if (version == MQTTVERSION_5) {
		MQTTResponse r = MQTTClient_subscribe5(c, filter, qos, NULL, NULL);
		CHECK((int)r.reasonCode == qos, "subscribe to %s: %d", filter, r.reasonCode);
		MQTTResponse_free(r);
	} else {
		int rc = MQTTClient_subscribe(c, filter, qos);
		CHECK(rc == MQTTCLIENT_SUCCESS, "subscribe to %s: %d", filter, rc);
	}
}

// publish does not wait for the acknowledgement unless it is told to.
static void publish(MQTTClient c, const char *topic, const char *payload, int qos, int retained, MQTTProperties *properties, int wait) {
	MQTTClient_message m = MQTTClient_message_initializer;
	MQTTClient_deliveryToken token;
	int rc;
	m.payload = (void *)payload;
	m.payloadlen = strlen(payload);
	m.qos = qos;
	m.retained = retained;
	if (properties) m.properties = *properties;
	if (version == MQTTVERSION_5) {
		MQTTResponse r = MQTTClient_publishMessage5(c, topic, &m, &token);
		rc = r.reasonCode;
		MQTTResponse_free(r);
	} else {
		rc = MQTTClient_publishMessage(c, topic, &m, &token);
	}
	CHECK(rc == MQTTCLIENT_SUCCESS, "publish to %s: %d", topic, rc);
	if (wait && qos > 0) {
		rc = MQTTClient_waitForCompletion(c, token, 10000);
		CHECK(rc == MQTTCLIENT_SUCCESS, "no acknowledgement of %s: %d", topic, rc);
	}
}

// receive is the next message, to be freed with release.
static MQTTClient_message *receive(MQTTClient c, char **topic) {
	MQTTClient_message *m = NULL;
	int length, rc = MQTTClient_receive(c, topic, &length, &m, 10000);
	CHECK(rc == MQTTCLIENT_SUCCESS || rc == MQTTCLIENT_TOPICNAME_TRUNCATED, "receive: %d", rc);
	CHECK(m != NULL, "nothing came");
	return m;
}

static void release(MQTTClient_message *m, char *topic) {
	MQTTClient_freeMessage(&m);
	MQTTClient_free(topic);
}

static void expect(MQTTClient c, const char *topic, const char *payload, int qos, int retained) {
	char *got;
	MQTTClient_message *m = receive(c, &got);
	CHECK(strcmp(got, topic) == 0, "topic %s, want %s", got, topic);
	CHECK(m->payloadlen == (int)strlen(payload) && memcmp(m->payload, payload, m->payloadlen) == 0, "payload %.*s, want %s", m->payloadlen, (char *)m->payload, payload);
	CHECK(m->qos == qos && m->retained == retained, "QoS %d, retained %d, want %d, %d", m->qos, m->retained, qos, retained);
	release(m, got);
}

static void close_client(MQTTClient c) {
	MQTTClient_disconnect(c, 1000);
	MQTTClient_destroy(&c);
}

static void every_qos(void) {
	MQTTClient sub = open_client("every-sub"), pub = open_client("every-pub");
	char payload[32];
	connect_client(sub, 0, NULL);
	connect_client(pub, 0, NULL);
	subscribe(sub, "paho/every/+", 2);
	for (int i = 0; i < 12; i++) {
		snprintf(payload, sizeof payload, "m%d", i);
		publish(pub, "paho/every/x", payload, i % 3, 0, NULL, 1);
		expect(sub, "paho/every/x", payload, i % 3, 0);
	}
	char *big = malloc(500001);
	memset(big, 'b', 500000);
	big[500000] = 0;
	publish(pub, "paho/every/big", big, 2, 0, NULL, 1);
	expect(sub, "paho/every/big", big, 2, 0);
	free(big);
	publish(pub, "paho/kept", "kept", 1, 1, NULL, 1);
	subscribe(sub, "paho/kept", 1);
	expect(sub, "paho/kept", "kept", 1, 1);
	publish(pub, "paho/kept", "", 1, 1, NULL, 1);
	close_client(sub);
	close_client(pub);
}

// A client whose process ends is gone without DISCONNECT.
static void the_will(void) {
	MQTTClient watcher = open_client("watcher");
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
	connect_client(watcher, 0, NULL);
	subscribe(watcher, "paho/will", 2);
	pid_t child = fork();
	if (child == 0) {
		will.topicName = "paho/will";
		will.message = "gone";
		will.qos = 2;
		connect_client(open_client("mortal"), 0, &will);
		_exit(0);
	}
	int status;
	CHECK(waitpid(child, &status, 0) == child && status == 0, "the child ended with %d", status);
	expect(watcher, "paho/will", "gone", 2, 0);
	close_client(watcher);
}

// A process publishes with QoS 2 and dies in the middle; the next one finds the rest in
// its files and ends it. The subscriber, too, is away for a while.
static void qos2_over_connections(void) {
	enum { count = 24 };
	char payload[32];
	int status, came[count] = {0};
	MQTTClient sub = open_client("once-sub");
	connect_client(sub, 1, NULL);
	subscribe(sub, "paho/once", 2);
	close_client(sub);
	for (int part = 0; part < 3; part++) {
		pid_t child = fork();
		if (child == 0) {
			MQTTClient pub = open_client("once-pub");
			int present = connect_client(pub, 1, NULL);
			CHECK(version != MQTTVERSION_3_1_1 || present == (part > 0), "session present: %d in part %d", present, part);
			for (int i = part * 8; i < part * 8 + 8; i++) {
				snprintf(payload, sizeof payload, "%d", i);
				publish(pub, "paho/once", payload, 2, 0, NULL, i % 8 < 4);
			}
			_exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0, "part %d ended with %d", part, status);
	}
	MQTTClient pub = open_client("once-pub");
	connect_client(pub, 1, NULL);
	MQTTClient_deliveryToken *left;
	CHECK(MQTTClient_getPendingDeliveryTokens(pub, &left) == MQTTCLIENT_SUCCESS, "tokens");
	for (int i = 0; left && left[i] != -1; i++) CHECK(MQTTClient_waitForCompletion(pub, left[i], 10000) == MQTTCLIENT_SUCCESS, "%d left", left[i]);
	publish(pub, "paho/once", "end", 2, 0, NULL, 1);
	sub = open_client("once-sub");
	int present = connect_client(sub, 1, NULL);
	CHECK(version != MQTTVERSION_3_1_1 || present, "the subscriber's session is gone");
	for (;;) {
		char *topic;
		MQTTClient_message *m = receive(sub, &topic);
		CHECK(m->qos == 2, "QoS %d", m->qos);
		int end = m->payloadlen == 3 && memcmp(m->payload, "end", 3) == 0;
		if (!end) {
			int i = atoi((char *)memcpy(payload, m->payload, m->payloadlen));
			CHECK(i >= 0 && i < count, "number %d", i);
			came[i]++;
			memset(payload, 0, sizeof payload);
		}
		release(m, topic);
		if (end) break;
	}
	for (int i = 0; i < count; i++) CHECK(came[i] == 1, "%d came %d times", i, came[i]);
	close_client(sub);
	close_client(pub);
}

static void properties(void) {
	MQTTClient c = open_client("properties");
	MQTTProperties sent = MQTTProperties_initializer;
	MQTTProperty list[] = {
		{.identifier = MQTTPROPERTY_CODE_CONTENT_TYPE, .value.data = {10, "text/plain"}},
		{.identifier = MQTTPROPERTY_CODE_RESPONSE_TOPIC, .value.data = {4, "back"}},
		{.identifier = MQTTPROPERTY_CODE_CORRELATION_DATA, .value.data = {3, "\0\1\377"}},
		{.identifier = MQTTPROPERTY_CODE_USER_PROPERTY, .value = {.data = {1, "k"}, .value = {1, "v"}}},
	};
	char *topic;
	connect_client(c, 0, NULL);
	subscribe(c, "paho/properties", 1);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) MQTTProperties_add(&sent, &list[i]);
	publish(c, "paho/properties", "x", 1, 0, &sent, 1);
	MQTTClient_message *m = receive(c, &topic);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		MQTTProperty *p = MQTTProperties_getProperty(&m->properties, list[i].identifier);
		CHECK(p != NULL, "property %d is missing", list[i].identifier);
		CHECK(p->value.data.len == list[i].value.data.len && memcmp(p->value.data.data, list[i].value.data.data, p->value.data.len) == 0, "property %d differs", list[i].identifier);
	}
	release(m, topic);
	MQTTProperties_free(&sent);
	close_client(c);
}

int main(int argc, char **argv) {
	CHECK(argc == 4, "usage: paho tcp://HOST:PORT VERSION DIRECTORY");
	server = argv[1];
	version = atoi(argv[2]);
	directory = argv[3];
	the_will(); // first: it forks before the library has started its threads
	every_qos();
	qos2_over_connections();
	if (version == MQTTVERSION_5) properties();
	return 0;
}
