"""The methods of AMQP 0-9-1 as data, for txamqp, which brings no table of its own.

Numbers, fields and types are those of the standard (AMQP 0-9-1, 2008), with RabbitMQ's extensions:
``confirm``, ``basic.nack``, ``exchange.bind``, ``connection.blocked``. A field that means "do not
answer" is called ``nowait``, for txamqp looks for that name.
"""

from typing import Any, Final

from txamqp.spec import Class, Constant, Field, Method, Spec

FRAMES: Final = {
    "frame-method": 1,
    "frame-header": 2,
    "frame-body": 3,
    "frame-heartbeat": 8,
    "frame-end": 206,
}

PROPERTIES: Final = (
    ("content-type", "shortstr"),
    ("content-encoding", "shortstr"),
    ("headers", "table"),
    ("delivery-mode", "octet"),
    ("priority", "octet"),
    ("correlation-id", "shortstr"),
    ("reply-to", "shortstr"),
    ("expiration", "shortstr"),
    ("message-id", "shortstr"),
    ("timestamp", "timestamp"),
    ("type", "shortstr"),
    ("user-id", "shortstr"),
    ("app-id", "shortstr"),
    ("cluster-id", "shortstr"),
)
"""The properties of a message, in the order of their flags."""

TABLE: Final = """
connection 10
  start 10 (version-major:octet version-minor:octet server-properties:table mechanisms:longstr locales:longstr) -> start-ok
  start-ok 11 (client-properties:table mechanism:shortstr response:longstr locale:shortstr)
  secure 20 (challenge:longstr) -> secure-ok
  secure-ok 21 (response:longstr)
  tune 30 (channel-max:short frame-max:long heartbeat:short) -> tune-ok
  tune-ok 31 (channel-max:short frame-max:long heartbeat:short)
  open 40 (virtual-host:shortstr reserved-1:shortstr reserved-2:bit) -> open-ok
  open-ok 41 (reserved-1:shortstr)
  close 50 (reply-code:short reply-text:shortstr class-id:short method-id:short) -> close-ok
  close-ok 51 ()
  blocked 60 (reason:shortstr)
  unblocked 61 ()
channel 20
  open 10 (reserved-1:shortstr) -> open-ok
  open-ok 11 (reserved-1:longstr)
  flow 20 (active:bit) -> flow-ok
  flow-ok 21 (active:bit)
  close 40 (reply-code:short reply-text:shortstr class-id:short method-id:short) -> close-ok
  close-ok 41 ()
exchange 40
  declare 10 (reserved-1:short exchange:shortstr type:shortstr passive:bit durable:bit auto-delete:bit internal:bit nowait:bit arguments:table) -> declare-ok
  declare-ok 11 ()
  delete 20 (reserved-1:short exchange:shortstr if-unused:bit nowait:bit) -> delete-ok
  delete-ok 21 ()
  bind 30 (reserved-1:short destination:shortstr source:shortstr routing-key:shortstr nowait:bit arguments:table) -> bind-ok
  bind-ok 31 ()
  unbind 40 (reserved-1:short destination:shortstr source:shortstr routing-key:shortstr nowait:bit arguments:table) -> unbind-ok
  unbind-ok 51 ()
queue 50
  declare 10 (reserved-1:short queue:shortstr passive:bit durable:bit exclusive:bit auto-delete:bit nowait:bit arguments:table) -> declare-ok
  declare-ok 11 (queue:shortstr message-count:long consumer-count:long)
  bind 20 (reserved-1:short queue:shortstr exchange:shortstr routing-key:shortstr nowait:bit arguments:table) -> bind-ok
  bind-ok 21 ()
  purge 30 (reserved-1:short queue:shortstr nowait:bit) -> purge-ok
  purge-ok 31 (message-count:long)
  delete 40 (reserved-1:short queue:shortstr if-unused:bit if-empty:bit nowait:bit) -> delete-ok
  delete-ok 41 (message-count:long)
  unbind 50 (reserved-1:short queue:shortstr exchange:shortstr routing-key:shortstr arguments:table) -> unbind-ok
  unbind-ok 51 ()
basic 60
  qos 10 (prefetch-size:long prefetch-count:short global:bit) -> qos-ok
  qos-ok 11 ()
  consume 20 (reserved-1:short queue:shortstr consumer-tag:shortstr no-local:bit no-ack:bit exclusive:bit nowait:bit arguments:table) -> consume-ok
  consume-ok 21 (consumer-tag:shortstr)
  cancel 30 (consumer-tag:shortstr nowait:bit) -> cancel-ok
  cancel-ok 31 (consumer-tag:shortstr)
  publish 40 (reserved-1:short exchange:shortstr routing-key:shortstr mandatory:bit immediate:bit) content
  return 50 (reply-code:short reply-text:shortstr exchange:shortstr routing-key:shortstr) content
  deliver 60 (consumer-tag:shortstr delivery-tag:longlong redelivered:bit exchange:shortstr routing-key:shortstr) content
  get 70 (reserved-1:short queue:shortstr no-ack:bit) -> get-ok get-empty
  get-ok 71 (delivery-tag:longlong redelivered:bit exchange:shortstr routing-key:shortstr message-count:long) content
  get-empty 72 (reserved-1:shortstr)
  ack 80 (delivery-tag:longlong multiple:bit)
  reject 90 (delivery-tag:longlong requeue:bit)
  recover-async 100 (requeue:bit)
  recover 110 (requeue:bit) -> recover-ok
  recover-ok 111 ()
  nack 120 (delivery-tag:longlong multiple:bit requeue:bit)
confirm 85
  select 10 (nowait:bit) -> select-ok
  select-ok 11 ()
tx 90
  select 10 () -> select-ok
  select-ok 11 ()
  commit 20 () -> commit-ok
  commit-ok 21 ()
  rollback 30 () -> rollback-ok
  rollback-ok 31 ()
"""  # noqa: E501 - one method a line
"""A class with its number a line, below it its methods: number, fields, what answers them."""


def load() -> Any:
    """Return the table as txamqp's `Spec`."""
    spec = Spec(0, 9, None)
    for frame, value in FRAMES.items():
        spec.constants.add(Constant(spec, frame, value, None, []))
    answers: dict[Any, list[str]] = {}
    klass: Any = None
    for line in TABLE.strip().splitlines():
        if not line.startswith(" "):
            name, number = line.split()
            klass = Class(spec, name, int(number), "channel", [])
            spec.classes.add(klass)
            continue
        head, _, rest = line.partition("(")
        fields, _, tail = rest.partition(")")
        name, number = head.split()
        method = Method(klass, name, int(number), "content" in tail, [], "->" in tail, "", [])
        _fields(method.fields, [field.split(":") for field in fields.split()])
        answers[method] = [word for word in tail.split() if word not in {"->", "content"}]
        klass.methods.add(method)
    for method, names in answers.items():
        method.responses = [method.klass.methods.byname[name] for name in names]
        for response in method.responses:
            response.response = True
    _fields(spec.classes.byname["basic"].fields, [list(pair) for pair in PROPERTIES])
    spec.post_load()
    return spec


def _fields(container: Any, pairs: list[list[str]]) -> None:
    for number, (name, kind) in enumerate(pairs):
        container.add(Field(name, number, kind, []))


SPEC: Final = load()
"""The table, loaded once."""
