// MQTT.js in the protocol version ISTHMUS_VERSION: 3 (3.1), 4 (3.1.1) or 5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mqttClient, unique, withinPatience } from './server.mjs'

const protocolVersion = Number(process.env.ISTHMUS_VERSION)
const version = protocolVersion === 3 ? { protocolVersion, protocolId: 'MQIsdp' } : { protocolVersion }
const five = protocolVersion === 5
const in5 = five ? test : () => {} // what older versions do not have
const client = (t, options) => mqttClient(t, { ...version, ...options })

// stays keeps a session over connections of one client identifier.
const stays = (clientId) => ({
  clientId, clean: false, ...(five ? { properties: { sessionExpiryInterval: 60 } } : {}),
})

for (const qos of [0, 1, 2]) {
  test(`QoS ${qos}, in order, empty to large`, async (t) => {
    const topic = unique('q')
    const sub = await client(t)
    const pub = await client(t)
    const granted = await sub.subscribeAsync(topic, { qos })
    assert.equal(granted[0].qos, qos)
    const sent = ['', 'x', 'y'.repeat(127), 'z'.repeat(128), 'w'.repeat(200_000)]
    for (let i = 0; i < 50; i++) sent.push(`n${i}`)
    await Promise.all(sent.map((payload) => pub.publishAsync(topic, payload, { qos })))
    for (const payload of sent) {
      const m = await sub.inbox.next()
      assert.equal(m.payload, payload)
      assert.equal(m.packet.qos, qos)
      assert.equal(m.packet.retain, false)
    }
  })
}

test('several filters, wildcards, unsubscribing', async (t) => {
  const root = unique('w')
  const c = await client(t)
  const granted = await c.subscribeAsync({ [`${root}/+/a`]: { qos: 0 }, [`${root}/b/#`]: { qos: 2 } })
  assert.deepEqual(granted.map((g) => g.qos), [0, 2])
  for (const topic of ['x/a', 'x/b', 'b', 'b/c/d', '/a']) await c.publishAsync(`${root}/${topic}`, topic, { qos: 1 })
  for (const topic of ['x/a', 'b', 'b/c/d', '/a']) assert.equal((await c.inbox.next()).topic, `${root}/${topic}`)
  await c.unsubscribeAsync(`${root}/b/#`)
  await c.publishAsync(`${root}/b`, 'unheard', { qos: 1 })
  await c.publishAsync(`${root}/y/a`, 'heard', { qos: 1 })
  assert.equal((await c.inbox.next()).payload, 'heard')
})

test('retained messages come at once, and go with an empty payload', async (t) => {
  const topic = unique('r')
  const pub = await client(t)
  await pub.publishAsync(topic, 'kept', { qos: 1, retain: true })
  const sub = await client(t)
  await sub.subscribeAsync(topic, { qos: 1 })
  let m = await sub.inbox.next()
  assert.equal(m.payload, 'kept')
  assert.equal(m.packet.retain, true)
  await pub.publishAsync(topic, 'live', { qos: 1, retain: true })
  m = await sub.inbox.next()
  assert.equal(m.payload, 'live')
  assert.equal(m.packet.retain, false)
  await pub.publishAsync(topic, '', { qos: 1, retain: true })
  const late = await client(t)
  await late.subscribeAsync(topic, { qos: 1 })
  await pub.publishAsync(topic, 'end', { qos: 1 })
  assert.equal((await late.inbox.next()).payload, 'end')
})

test('a will is published when the connection breaks, and not after DISCONNECT', async (t) => {
  const topic = unique('will')
  const watcher = await client(t)
  await watcher.subscribeAsync(topic, { qos: 2 })
  const will = (payload) => ({ will: { topic, payload: Buffer.from(payload), qos: 2, retain: false } })
  const polite = await client(t, will('polite'))
  await polite.endAsync()
  const broken = await client(t, will('broken'))
  broken.stream.destroy()
  const m = await watcher.inbox.next('the will')
  assert.equal(m.payload, 'broken')
  assert.equal(m.packet.qos, 2)
})

test('a session waits for its client, with what came meanwhile', async (t) => {
  const topic = unique('session')
  const id = unique('stays')
  const first = await client(t, stays(id))
  assert.equal(first.connack.sessionPresent, false)
  await first.subscribeAsync(topic, { qos: 2 })
  first.stream.destroy()
  await withinPatience(new Promise((resolve) => first.once('close', resolve)), 'the end of the connection')
  const pub = await client(t)
  for (let i = 0; i < 30; i++) await pub.publishAsync(topic, `m${i}`, { qos: i < 15 ? 1 : 2 })
  const again = await client(t, { ...stays(id), resubscribe: false })
  if (protocolVersion > 3) assert.equal(again.connack.sessionPresent, true) // 3.1 has no such flag
  for (let i = 0; i < 30; i++) {
    const m = await again.inbox.next()
    assert.equal(m.payload, `m${i}`) // MQTT.js tells of QoS 2 at PUBREL, so they come last
    assert.equal(m.packet.qos, i < 15 ? 1 : 2)
  }
  if (five) await again.endAsync(false, { properties: { sessionExpiryInterval: 0 } })
  else await again.endAsync()
  const clean = await client(t, { clientId: id, clean: true })
  assert.equal(clean.connack.sessionPresent, false)
})

// MQTT.js reconnects by itself and sends what was not acknowledged again: with QoS 2
// every message comes once, however often the connection breaks.
test('QoS 2 over connections that break comes exactly once', async (t) => {
  const topic = unique('once')
  const sub = await client(t)
  await sub.subscribeAsync(topic, { qos: 2 })
  const pub = await client(t, { ...stays(unique('breaks')), reconnectPeriod: 10 })
  const done = []
  for (let i = 0; i < 200; i++) {
    done.push(pub.publishAsync(topic, `${i}`, { qos: 2 }))
    if (i % 50 === 25) {
      pub.stream.destroy()
      await pub.acks.next('the next CONNACK')
    }
  }
  await withinPatience(Promise.all(done), 'PUBCOMP of all')
  const got = []
  for (let i = 0; i < 200; i++) got.push(Number((await sub.inbox.next()).payload))
  assert.deepEqual(got.sort((a, b) => a - b), Array.from({ length: 200 }, (_, i) => i))
  await pub.publishAsync(topic, 'end', { qos: 2 })
  assert.equal((await sub.inbox.next()).payload, 'end')
})

test('the second client of an identifier takes over', async (t) => {
  const clientId = unique('same')
  const first = await client(t, { clientId })
  const closed = new Promise((resolve) => first.once('close', resolve))
  const told = new Promise((resolve) => first.once('disconnect', resolve))
  await client(t, { clientId })
  await withinPatience(closed, 'the end of the first')
  if (five) assert.equal((await withinPatience(told, 'DISCONNECT')).reasonCode, 0x8e)
})

test('shared subscriptions divide, ordinary ones do not', async (t) => {
  const topic = unique('shared')
  const members = [await client(t), await client(t), await client(t)]
  for (const c of members) await c.subscribeAsync(`$share/g/${topic}`, { qos: 1 })
  const all = await client(t)
  await all.subscribeAsync(topic, { qos: 1 })
  const got = new Set()
  const collected = new Promise((resolve) => {
    for (const c of members) {
      c.on('message', (_, payload) => {
        assert.ok(!got.has(payload.toString()), `${payload} came twice`)
        got.add(payload.toString())
        if (got.size === 300) resolve()
      })
    }
  })
  const pub = await client(t)
  for (let i = 0; i < 300; i++) await pub.publishAsync(topic, `${i}`, { qos: 1 })
  await withinPatience(collected, 'all messages of the group')
  for (let i = 0; i < 300; i++) assert.equal((await all.inbox.next()).payload, `${i}`)
  for (const c of members) assert.ok(c.inbox.length > 0, 'a member got nothing')
})

test('keep alive keeps an idle client', async (t) => {
  const c = await client(t, { keepalive: 1 })
  let pongs = 0
  await withinPatience(new Promise((resolve) => {
    c.on('packetreceive', (packet) => { if (packet.cmd === 'pingresp' && ++pongs === 3) resolve() })
  }), 'three PINGRESP')
  assert.equal(c.connected, true)
})

in5('properties reach the subscriber as they were', async (t) => {
  const topic = unique('props')
  const c = await client(t)
  await c.subscribeAsync(topic, { qos: 1, properties: { subscriptionIdentifier: 7 } })
  const properties = {
    payloadFormatIndicator: true,
    messageExpiryInterval: 300,
    contentType: 'text/plain',
    responseTopic: `${topic}/answer`,
    correlationData: Buffer.from([0, 1, 255]),
    userProperties: { a: ['1', '2'], größe: 'groß' },
  }
  await c.publishAsync(topic, 'x', { qos: 1, properties })
  const { packet } = await c.inbox.next()
  const got = packet.properties
  assert.equal(got.subscriptionIdentifier, 7)
  assert.equal(got.payloadFormatIndicator, true)
  assert.ok(got.messageExpiryInterval <= 300 && got.messageExpiryInterval > 290)
  assert.equal(got.contentType, 'text/plain')
  assert.equal(got.responseTopic, properties.responseTopic)
  assert.deepEqual([...got.correlationData], [0, 1, 255])
  assert.deepEqual({ ...got.userProperties }, properties.userProperties)
})

in5('options of subscriptions: No Local, Retain As Published, Retain Handling', async (t) => {
  const topic = unique('options')
  const c = await client(t)
  const other = await client(t)
  await other.publishAsync(topic, 'kept', { qos: 1, retain: true })
  await c.subscribeAsync(topic, { qos: 1, nl: true, rap: true, rh: 2 })
  await c.publishAsync(topic, 'own', { qos: 1 })
  await other.publishAsync(topic, 'live', { qos: 1, retain: true })
  const m = await c.inbox.next()
  assert.equal(m.payload, 'live')
  assert.equal(m.packet.retain, true)
})

in5('topic aliases in both directions', async (t) => {
  const topic = unique('a/long/topic/that/is/worth/an/alias')
  const sub = await client(t, { properties: { topicAliasMaximum: 5 } })
  await sub.subscribeAsync(topic, { qos: 1 })
  const pub = await client(t, { autoAssignTopicAlias: true })
  assert.ok(pub.connack.properties.topicAliasMaximum > 0)
  const aliases = []
  pub.on('packetsend', (p) => { if (p.cmd === 'publish') aliases.push(p.topic === '' && p.properties.topicAlias > 0) })
  for (let i = 0; i < 20; i++) await pub.publishAsync(topic, `${i}`, { qos: 1 })
  for (let i = 0; i < 20; i++) {
    const m = await sub.inbox.next()
    assert.equal(m.topic, topic)
    assert.equal(m.payload, `${i}`)
  }
  assert.ok(aliases.filter(Boolean).length > 0, 'MQTT.js used no alias')
})

in5('Receive Maximum of the client holds back what is not acknowledged', async (t) => {
  const topic = unique('window')
  const held = []
  let most = 0
  const sub = await client(t, {
    properties: { receiveMaximum: 3 },
    customHandleAcks: (_topic, _message, _packet, done) => {
      held.push(done)
      most = Math.max(most, held.length)
      setTimeout(() => held.shift()(0), 5)
    },
  })
  await sub.subscribeAsync(topic, { qos: 1 })
  const pub = await client(t)
  for (let i = 0; i < 30; i++) await pub.publishAsync(topic, `${i}`, { qos: 1 })
  for (let i = 0; i < 30; i++) assert.equal((await sub.inbox.next()).payload, `${i}`)
  assert.ok(most <= 3, `${most} at once`)
})

in5('a will waits for its delay', async (t) => {
  const topic = unique('delayed')
  const clientId = unique('delayed')
  const watcher = await client(t)
  await watcher.subscribeAsync(topic, { qos: 1 })
  const options = {
    clientId, clean: false, properties: { sessionExpiryInterval: 60 },
    will: { topic, payload: Buffer.from('late'), qos: 1, retain: false, properties: { willDelayInterval: 1, contentType: 'text/plain' } },
  }
  const broken = await client(t, options)
  const start = Date.now()
  broken.stream.destroy()
  const m = await watcher.inbox.next('the will')
  assert.equal(m.payload, 'late')
  assert.equal(m.packet.properties.contentType, 'text/plain')
  assert.ok(Date.now() - start >= 900, 'the will came before its time')
})

in5('reasons of PUBACK and UNSUBACK', async (t) => {
  const c = await client(t)
  const answers = { puback: [], pubrec: [], unsuback: [] }
  c.on('packetreceive', (p) => answers[p.cmd]?.push(p.reasonCode ?? p.granted?.[0]))
  await c.publishAsync(unique('nobody'), 'x', { qos: 1 })
  await c.publishAsync(unique('nobody'), 'x', { qos: 2 })
  await c.unsubscribeAsync(unique('nothing'))
  assert.deepEqual(answers, { puback: [0x10], pubrec: [0x10], unsuback: [0x11] })
})
