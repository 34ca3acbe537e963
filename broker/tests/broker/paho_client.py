"""Python's paho-mqtt against the broker: `paho_client.py PORT WEBSOCKET_PORT`. Ends with an error if anything is otherwise.

In both versions, over TCP and WebSocket: publish with QoS 1 and retained, a will, a session that waits for its client;
in MQTT 5 properties. Written for version 1 of paho, which Debian 12 has.
"""

import queue
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

DEADLINE_S = 20
if hasattr(mqtt, "CallbackAPIVersion"):
    FIRST = (mqtt.CallbackAPIVersion.VERSION1,)
else:
    FIRST = ()


class Client:
    """A client whose events are waited for in their order."""

    def __init__(self, name, version, transport, stays=False, will=None):
        self.events = queue.Queue()
        self.version = version
        arguments = {"client_id": name, "protocol": version, "transport": transport}
        if version != mqtt.MQTTv5:
            arguments["clean_session"] = not stays
        self.client = mqtt.Client(*FIRST, **arguments)
        self.client.on_connect = lambda c, u, flags, *rest: self.events.put(("connected", flags["session present"]))
        self.client.on_subscribe = lambda *rest: self.events.put(("subscribed",))
        self.client.on_message = lambda c, u, message: self.events.put(("message", message))
        if will:
            self.client.will_set(*will, qos=1)
        extra = {}
        if version == mqtt.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 60 if stays else 0
            extra = {"clean_start": not stays, "properties": properties}
        port = {"tcp": sys.argv[1], "websockets": sys.argv[2]}[transport]
        self.client.connect("127.0.0.1", int(port), keepalive=10, **extra)
        self.client.loop_start()
        self.session_present = self.expect("connected")[1]

    def expect(self, kind):
        event = self.events.get(timeout=DEADLINE_S)
        assert event[0] == kind, f"{kind} was expected: {event}"
        return event

    def subscribe(self, topic):
        self.client.subscribe(topic, 1)
        self.expect("subscribed")

    def publish(self, topic, payload, **more):
        self.client.publish(topic, payload, qos=1, **more).wait_for_publish(DEADLINE_S)

    def message(self):
        return self.expect("message")[1]

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()

    def break_off(self):
        """As a device without power does: no DISCONNECT."""
        self.client.loop_stop()
        self.client._sock_close()


def same(came, wanted):
    assert came == wanted, f"{wanted} was expected: {came}"


def play(version, transport):
    root = f"{transport}/{version}"
    publisher = Client(f"{root}-publisher", version, transport)
    publisher.publish(f"{root}/kept", "old", retain=True)
    reader = Client(f"{root}-reader", version, transport, stays=True)
    same(reader.session_present, 0)
    reader.subscribe(f"{root}/#")
    message = reader.message()
    same((message.payload, message.qos, bool(message.retain)), (b"old", 1, True))

    dying = Client(f"{root}-dying", version, transport, will=(f"{root}/will", "gone"))
    dying.break_off()
    same(reader.message().payload, b"gone")

    reader.leave()
    for number in range(50):
        publisher.publish(f"{root}/live", str(number))
    reader = Client(f"{root}-reader", version, transport, stays=True)
    same(reader.session_present, 1)
    same([int(reader.message().payload) for _ in range(50)], list(range(50)))

    if version == mqtt.MQTTv5:
        properties = Properties(PacketTypes.PUBLISH)
        properties.ResponseTopic = "answer/here"
        properties.CorrelationData = b"17"
        properties.UserProperty = [("b", "1"), ("a", "2")]
        properties.MessageExpiryInterval = 60
        publisher.publish(f"{root}/live", "asked", properties=properties)
        came = reader.message().properties
        same((came.ResponseTopic, came.CorrelationData), ("answer/here", b"17"))
        same(came.UserProperty, [("b", "1"), ("a", "2")])
        assert came.MessageExpiryInterval <= 60
    # As long as a packet of this broker may be, nearly.
    publisher.publish(f"{root}/live", "x" * 1_000_000)
    same(len(reader.message().payload), 1_000_000)
    reader.leave()
    publisher.leave()


for of_version in (mqtt.MQTTv311, mqtt.MQTTv5):
    for over in ("tcp", "websockets"):
        play(of_version, over)
print("all played")
