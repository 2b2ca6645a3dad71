"""The queues over RabbitMQ (AMQP 0-9-1): the wire only, behind the ports of `awt.ports`.

`adapter` is all that knows frames and the library below, `topology` the names; `publisher` and
`consumer` are the two halves of the `bus`, `relay` carries the outbox to it, `dead` brings the dead
letters back into the outbox.
"""
