"""Asking what may hang, without hanging: a thread of its own for each question, and never more than one."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from django.db import connections

Answer = TypeVar("Answer")


class Bounded(Generic[Answer]):
    """A question that is asked in a thread of its own, with a database connection of its own that is closed after it.

    Those who ask while it is being answered wait for the same answer. Where it hangs, nobody waits for longer than they
    said, and no second thread is begun behind the first.
    """

    def __init__(self, name: str, question: Callable[[], Answer]) -> None:
        self._name = name
        self._question = question
        self._lock = threading.Lock()
        self._asked: Future[Answer] | None = None

    def ask(self) -> "Future[Answer]":
        """Ask, unless somebody has asked already and waits for the answer; give where it will stand."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                thread = threading.Thread(target=self._answer, args=[self._asked], name=self._name, daemon=True)
                thread.start()
            return self._asked

    def _answer(self, asked: "Future[Answer]") -> None:
        try:
            answer = self._question()
        except BaseException as error:  # noqa: BLE001 - whatever it is, those who wait get it
            connections.close_all()
            asked.set_exception(error)
        else:
            connections.close_all()
            asked.set_result(answer)
