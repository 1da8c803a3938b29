// nats.js and MQTT.js meet: messages, headers and user properties, requests both ways.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headers } from '@nats-io/transport-node'
import { Svcm } from '@nats-io/services'
import { mqttClient, natsClient, subscribed, unique } from './server.mjs'

const five = { protocolVersion: 5 }

for (const protocolVersion of [4, 5]) {
  test(`messages cross in order, MQTT ${protocolVersion}`, async (t) => {
    const root = unique('x')
    const nc = await natsClient(t)
    const mc = await mqttClient(t, { protocolVersion })
    const inNATS = await subscribed(nc, `${root}.up.>`)
    await mc.subscribeAsync(`${root}/down/#`, { qos: 2 })
    for (let i = 0; i < 300; i++) {
      nc.publish(`${root}.down.${i % 7}`, `n${i}`)
      mc.publish(`${root}/up/${i % 7}`, `m${i}`, { qos: i % 3 === 0 ? 1 : 0 })
    }
    for (let i = 0; i < 300; i++) {
      const m = await mc.inbox.next()
      assert.equal(m.topic, `${root}/down/${i % 7}`)
      assert.equal(m.payload, `n${i}`)
      const n = await inNATS.next()
      assert.equal(n.subject, `${root}.up.${i % 7}`)
      assert.equal(n.string(), `m${i}`)
    }
  })
}

test('headers become properties', async (t) => {
  const name = unique('hp')
  const nc = await natsClient(t)
  const mc = await mqttClient(t, five)
  await mc.subscribeAsync(name, { qos: 1 })
  const h = headers()
  h.append('a', '1')
  h.append('a', '2')
  h.set('Content-Type', 'application/json')
  h.set('Mqtt-Expiry', '60')
  nc.publish(name, '{}', { headers: h })
  const { packet, payload } = await mc.inbox.next()
  assert.equal(payload, '{}')
  assert.deepEqual({ ...packet.properties.userProperties }, { a: ['1', '2'] })
  assert.equal(packet.properties.contentType, 'application/json')
  assert.equal(packet.properties.messageExpiryInterval, 60)
})

test('properties become headers', async (t) => {
  const name = unique('ph')
  const inNATS = await subscribed(await natsClient(t), name)
  const mc = await mqttClient(t, five)
  await mc.publishAsync(name, 'x', {
    qos: 1,
    properties: {
      contentType: 'text/plain', payloadFormatIndicator: true,
      userProperties: { a: ['1', '2'], Größe: 'groß' },
    },
  })
  const m = await inNATS.next()
  assert.deepEqual(m.headers.values('a'), ['1', '2'])
  assert.equal(m.headers.get('Content-Type'), 'text/plain')
})

test('a NATS request is answered by MQTT 5, with properties', async (t) => {
  const name = unique('ask-mqtt')
  const mc = await mqttClient(t, five)
  await mc.subscribeAsync(name, { qos: 1 })
  mc.on('message', (_, payload, { properties }) => mc.publish(properties.responseTopic, `re: ${payload}`, {
    qos: 1,
    properties: { correlationData: properties.correlationData, userProperties: { from: 'MQTT.js', ...properties.userProperties } },
  }))
  const nc = await natsClient(t)
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => {
    const h = headers()
    h.set('n', `${i}`)
    return nc.request(name, `${i}`, { timeout: 10_000, headers: h })
  }))
  answers.forEach((m, i) => {
    assert.equal(m.string(), `re: ${i}`)
    assert.equal(m.headers.get('from'), 'MQTT.js')
    assert.equal(m.headers.get('n'), `${i}`)
  })
})

test('a NATS request that only MQTT could answer fails at once without it', async (t) => {
  const name = unique('gone')
  const nc = await natsClient(t)
  const mc = await mqttClient(t, five)
  await mc.subscribeAsync(name)
  await mc.unsubscribeAsync(name)
  await assert.rejects(nc.request(name, 'x', { timeout: 10_000 }), /no responders/)
})

test('an MQTT 5 request is answered by NATS and by a service', async (t) => {
  const name = unique('ask-nats')
  const nc = await natsClient(t)
  nc.subscribe(`${name}.plain`, {
    callback: (_, m) => {
      const h = headers()
      h.set('from', 'nats.js')
      m.respond(`re: ${m.string()}`, { headers: h })
    },
  })
  const service = await new Svcm(nc).add({ name, version: '0.0.1' })
  service.addEndpoint('ep', { subject: `${name}.service`, handler: (_, m) => m.respond(`svc: ${m.string()}`) })
  await nc.flush()
  const mc = await mqttClient(t, five)
  const answers = `${name}/answers/mine`
  await mc.subscribeAsync(answers, { qos: 1 })
  for (const [kind, prefix] of [['plain', 're: '], ['service', 'svc: ']]) {
    for (let i = 0; i < 50; i++) {
      await mc.publishAsync(`${name}/${kind}`, `${i}`, {
        qos: 1, properties: { responseTopic: answers, correlationData: Buffer.from([0, i]) },
      })
    }
    const seen = new Set()
    for (let i = 0; i < 50; i++) {
      const { payload, packet } = await mc.inbox.next()
      const id = packet.properties.correlationData[1]
      assert.equal(payload, prefix + id)
      if (kind === 'plain') assert.equal(packet.properties.userProperties.from, 'nats.js')
      seen.add(id)
    }
    assert.equal(seen.size, 50)
  }
})

test('a queue group of NATS and a share group of MQTT each get one copy', async (t) => {
  const name = unique('groups')
  let nats = 0
  let mqtt = 0
  for (let i = 0; i < 2; i++) {
    const nc = await natsClient(t)
    nc.subscribe(name, { queue: `q-${name}`, callback: () => nats++ })
    await nc.flush()
    const mc = await mqttClient(t, five)
    await mc.subscribeAsync(`$share/s-${name}/${name}`, { qos: 1 })
    mc.on('message', () => mqtt++)
  }
  const end = await subscribed(await natsClient(t), name)
  const pub = await mqttClient(t, five)
  for (let i = 0; i < 100; i++) await pub.publishAsync(name, `${i}`, { qos: 1 })
  for (let i = 0; i < 100; i++) await end.next()
  const deadline = Date.now() + 10_000
  while ((nats < 100 || mqtt < 100) && Date.now() < deadline) await new Promise((r) => setTimeout(r, 5))
  assert.deepEqual([nats, mqtt], [100, 100])
})

test('retained by MQTT, heard live by NATS; a NATS message is retained by its header', async (t) => {
  const name = unique('kept')
  const nc = await natsClient(t)
  const inNATS = await subscribed(nc, name)
  const mc = await mqttClient(t, five)
  await mc.publishAsync(name, 'by mqtt', { qos: 1, retain: true })
  assert.equal((await inNATS.next()).string(), 'by mqtt')
  const h = headers()
  h.set('Mqtt-Retain', '1')
  nc.publish(name, 'by nats', { headers: h })
  await nc.flush()
  const late = await mqttClient(t, five)
  await late.subscribeAsync(name, { qos: 1 })
  const m = await late.inbox.next()
  assert.equal(m.payload, 'by nats')
  assert.equal(m.packet.retain, true)
})
