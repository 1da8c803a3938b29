// What all scripts here share: where the server is, and how to wait for messages.
// The Go tests start a script with ISTHMUS_NATS and ISTHMUS_MQTT set to HOST:PORT.
// Each file uses node:test, so a script ends with 1 if anything in it failed.
import mqtt from 'mqtt'
import { connect } from '@nats-io/transport-node'

export const natsAddress = process.env.ISTHMUS_NATS
export const mqttAddress = process.env.ISTHMUS_MQTT
export const patience = Number(process.env.ISTHMUS_PATIENCE ?? 10) * 1000

let serial = 0
// unique gives each client, topic and subject of a run its own name.
export const unique = (prefix) => `${prefix}-${process.pid}-${++serial}`

// Inbox keeps what comes until somebody asks for it, in order.
export class Inbox {
  #waiting = []
  #asking = []
  put(item) {
    const ask = this.#asking.shift()
    if (ask) ask(item)
    else this.#waiting.push(item)
  }
  get length() { return this.#waiting.length }
  async next(what = 'a message') {
    if (this.#waiting.length > 0) return this.#waiting.shift()
    return withinPatience(new Promise((resolve) => this.#asking.push(resolve)), what)
  }
}

// withinPatience is the promise's value, or an error when it does not come.
export async function withinPatience(promise, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patience} ms for ${what}`)), patience)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

// mqttClient connects with MQTT.js. Its inbox gets { topic, payload, packet }; its
// connack is that of the last connection. The test's end closes it.
export async function mqttClient(t, options = {}) {
  const client = mqtt.connect(`mqtt://${mqttAddress}`, {
    clientId: unique('js'), reconnectPeriod: 0, connectTimeout: patience, ...options,
  })
  client.inbox = new Inbox()
  client.acks = new Inbox()
  client.on('connect', (connack) => client.acks.put(connack))
  client.on('message', (topic, payload, packet) => client.inbox.put({ topic, payload: payload.toString(), packet }))
  t.after(() => client.endAsync(true))
  const failed = new Promise((_, reject) => client.once('error', reject))
  client.connack = await Promise.race([client.acks.next('CONNACK'), failed])
  client.on('error', () => {}) // tests look at what they expect
  return client
}

// natsClient connects with nats.js. The test's end closes it.
export async function natsClient(t, options = {}) {
  const nc = await connect({ servers: natsAddress, name: unique('js'), timeout: patience, reconnect: false, ...options })
  t.after(() => nc.close())
  return nc
}

// subscribed is an Inbox of a NATS subscription that is in force.
export async function subscribed(nc, subject, options = {}) {
  const inbox = new Inbox()
  inbox.subscription = nc.subscribe(subject, { ...options, callback: (err, m) => inbox.put(err ?? m) })
  await nc.flush()
  return inbox
}
