// mqtt.js against the broker, over WebSocket, as pages of others use it: `mqtt_js_client.js WEBSOCKET_PORT`.
// In both versions: a retained message, a will, a session that waits for its client; in MQTT 5 properties.
"use strict";

const assert = require("assert");
const mqtt = require("mqtt");

const url = `ws://127.0.0.1:${process.argv[2]}/`;

/** A client whose events are waited for in their order. */
class Client {
  constructor(id, version, { stays = false, will = undefined } = {}) {
    this.events = [];
    this.waiting = [];
    const options = { clientId: id, protocolVersion: version, clean: !stays, will, reconnectPeriod: 0 };
    if (version === 5) options.properties = { sessionExpiryInterval: stays ? 60 : 0 };
    this.client = mqtt.connect(url, options);
    // It tells of messages that came with the CONNACK before it tells of the connection.
    this.sessionPresent = new Promise((resolve) => {
      this.client.on("connect", (connack) => resolve(connack.sessionPresent));
    });
    this.client.on("message", (topic, payload, packet) => this.tell(["message", packet]));
    this.client.on("error", (error) => this.tell(["error", error]));
  }

  tell(event) {
    const next = this.waiting.shift();
    if (next) next(event);
    else this.events.push(event);
  }

  async expect(kind) {
    const event = this.events.shift() || (await new Promise((resolve) => this.waiting.push(resolve)));
    assert.strictEqual(event[0], kind, String(event[1]));
    return event[1];
  }

  /** Calls a method that takes a callback last. */
  call(method, ...args) {
    return new Promise((resolve, reject) => {
      this.client[method](...args, (error, value) => (error ? reject(error) : resolve(value)));
    });
  }

  publish(topic, payload, more) {
    return this.call("publish", topic, payload, { qos: 1, ...more });
  }

  breakOff() {
    this.client.stream.destroy();
  }
}

async function play(version) {
  const root = `js/${version}`;
  const publisher = new Client(`${root}-publisher`, version);
  await publisher.sessionPresent;
  await publisher.publish(`${root}/kept`, "old", { retain: true });

  let reader = new Client(`${root}-reader`, version, { stays: true });
  assert.strictEqual(await reader.sessionPresent, false);
  await reader.call("subscribe", `${root}/#`, { qos: 1 });
  const kept = await reader.expect("message");
  assert.deepStrictEqual([String(kept.payload), kept.qos, kept.retain], ["old", 1, true]);

  const will = { topic: `${root}/will`, payload: Buffer.from("gone"), qos: 1 };
  const dying = new Client(`${root}-dying`, version, { will });
  await dying.sessionPresent;
  dying.breakOff();
  assert.strictEqual(String((await reader.expect("message")).payload), "gone");

  await reader.call("end", false, {});
  for (let number = 0; number < 50; number += 1) await publisher.publish(`${root}/live`, String(number));
  reader = new Client(`${root}-reader`, version, { stays: true });
  assert.strictEqual(await reader.sessionPresent, true);
  for (let number = 0; number < 50; number += 1) {
    assert.strictEqual(Number((await reader.expect("message")).payload), number);
  }

  if (version === 5) {
    const properties = {
      responseTopic: "answer/here",
      correlationData: Buffer.from("17"),
      contentType: "text",
      userProperties: { a: "2" },
    };
    await publisher.publish(`${root}/live`, "asked", { properties });
    const came = (await reader.expect("message")).properties;
    assert.strictEqual(came.responseTopic, "answer/here");
    assert.strictEqual(String(came.correlationData), "17");
    assert.strictEqual(came.contentType, "text");
    assert.strictEqual(came.userProperties.a, "2");
  }
  await reader.call("end", false, {});
  await publisher.call("end", false, {});
}

const tooLong = setTimeout(() => {
  console.error("not done in time");
  process.exit(1);
}, 40_000);

(async () => {
  await play(4);
  await play(5);
  clearTimeout(tooLong);
  console.log("all played");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
