"""Redis as Celery's broker, for workers that outlive it.

Where Redis goes away while a worker is at a task, kombu ends the worker: it gives back, or acknowledges, what it was at
by a channel that is closed, and the worker does not outlive the failure of that (AttributeError of None). There is
nothing to give back: the broker only wakes, and a sweep finds what a lost wake-up has left.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis


class QoS(redis.QoS):
    """What a worker was given and has not acknowledged."""

    def ack(self, delivery_tag: Any) -> None:
        """Acknowledge, unless the channel by which it came is closed."""
        if not self.channel.closed:
            super().ack(delivery_tag)

    def reject(self, delivery_tag: Any, requeue: bool = False) -> None:
        """Refuse, unless the channel by which it came is closed."""
        if not self.channel.closed:
            super().reject(delivery_tag, requeue=requeue)


class Channel(redis.Channel):
    """A channel that gives nothing back when it is closed."""

    QoS = QoS
    do_restore = False


class Transport(redis.Transport):
    """The transport of `redis://` and `rediss://`."""

    Channel = Channel


def use() -> None:
    """Have Celery use it wherever Redis is the broker."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
