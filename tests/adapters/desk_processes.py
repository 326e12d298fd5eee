"""What the tests of an issuer's stores run in other processes."""

from __future__ import annotations

from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from tests.adapters.processes import PATIENCE
from tests.desk import FATHER, Office
from tests.world import SeededEntropy, World
from vitaletoken import InputError
from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.register import SqliteRegister


def confirming(path: Path, rounds: list[list[tuple[bytes, str]]], desk: int, start: Barrier, out: Connection) -> None:
    """Confirms this desk's application of each round at the same moment as the others. Sends one word a round."""
    words = []
    with SqliteApplications(path) as store:
        office = Office(store=store)
        for applications in rounds:
            application_id, code = applications[desk]
            start.wait(PATIENCE)
            try:
                words.append(office.desk.confirm(application_id, code).state.value)
            except InputError as refused:
                words.append(refused.code.value)
    out.send(words)


def guessing(path: Path, application_ids: list[bytes], start: Barrier, out: Connection) -> None:
    """Tries wrong codes at the same moment as the others, until each application is past it. Sends how many were wrong."""
    wrong = []
    with SqliteApplications(path) as store:
        office = Office(store=store)
        for application_id in application_ids:
            start.wait(PATIENCE)
            tries = 0
            for _ in range(6):
                try:
                    office.desk.confirm(application_id, "000000")
                except InputError as refused:
                    tries += refused.code.value == "mail-code-wrong"
            wrong.append(tries)
    out.send(wrong)


def applying(path: Path, desk: int, rounds: int, start: Barrier, out: Connection) -> None:
    """Opens an application for one number at the same moment as the others, each round. Sends one word a round."""
    words = []
    with SqliteApplications(path) as store:
        office = Office(store=store)
        office.world.issuer._press.entropy = SeededEntropy(f"offers of desk {desk}")
        phones = [office.phone(FATHER) for _ in range(rounds)]
        for phone in phones:
            start.wait(PATIENCE)
            try:
                words.append(office.desk.submit(phone.request, phone.offer).state.value)
            except InputError as refused:
                words.append(refused.code.value)
    out.send(words)


def answering(path: Path, rounds: list[list[tuple[bytes, bytes]]], desk: int, start: Barrier, out: Connection) -> None:
    """An issuer's process: answers this desk's renewal, or lending order, of each round at the same moment as the others.

    Sends one answer a round, or the code of the refusal. All processes draw the same random bytes.
    """
    answers: list[object] = []
    with SqliteRegister(path) as register:
        world = World()
        world.issuer._press.register = register
        for messages in rounds:
            message, introduction = messages[desk]
            start.wait(PATIENCE)
            try:
                if introduction:
                    answers.append(world.issuer.lend(message, introduction))
                else:
                    answers.append(world.issuer.renew(message))
            except InputError as refused:
                answers.append(refused.code.value)
    out.send(answers)
