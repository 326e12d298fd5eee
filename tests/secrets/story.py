"""A visit and all that can go wrong with it, with secrets that can be recognized; then the years (``years``)."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import forge
from tests.secrets import spoilt
from tests.secrets.recorder import FAMILY, GIVEN, REFERENCE, SIGNATURE, WRONG, Story, watched
from tests.secrets.years import lived, salts
from tests.world import CODE, DAY, FATHERS_DIGITS, NIR, NIR_DIGITS, World, camille, child
from vitaletoken import (
    Argon2Profile,
    BeneficiaryNir,
    CardKind,
    CoseKey,
    Holder,
    PolicyholderNir,
    Purpose,
    Transaction,
    UserVerification,
    View,
)
from vitaletoken.adapters import keystore
from vitaletoken.adapters.memory import MemoryChallengeStore, MemoryHolderStore
from vitaletoken.adapters.number_key import generate_number_key
from vitaletoken.adapters.sqlite import SqliteChallengeStore
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.crypto import sealing
from vitaletoken.ports import ChallengeStore
from vitaletoken.rules.care_sheet import verify_care_sheet
from vitaletoken.rules.context import sealed_number_info
from vitaletoken.wire.enrolment import Number, serialize_number
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.text import SEALED_PREFIX, serialize_text

PASSPHRASE = "correct zebra battery staple"


def told(at: Path, patch: pytest.MonkeyPatch, algorithm: Algorithm) -> Story:
    """The whole story for one suite; files go under ``at``."""
    story = Story()
    for name, value in (("code", CODE), ("wrong code", WRONG), ("NIR", NIR_DIGITS), ("father's NIR", FATHERS_DIGITS)):
        story.canaries.digits(name, value)
    texts = {"passphrase": PASSPHRASE, "family name": FAMILY, "given name": GIVEN, "reference": REFERENCE}
    for name, value in texts.items():
        story.canaries.text(name, value)
    person = camille().person._replace(family_name=FAMILY, given_names=(GIVEN,))
    world = World(algorithm=algorithm, beneficiary=camille(person=person, reference=REFERENCE))
    story.canaries.binary("number key", world.number_key._secret)
    with watched(story, patch):
        _keys(story, world, at)
        _card(story, world, at)
        _open_visits(story, world)
        _asked_visits(story, world, at)
        _broken(story, world)
        story.keep(world)
        lived(story, at, algorithm)
    return story


def _keys(story: Story, world: World, at: Path) -> None:
    device, secrets = keystore.generate_device_key(world.algorithm, world.entropy)
    story.canaries.binary("device key", secrets[:32])
    story.canaries.binary("device PRF secret", secrets[32:])
    signer, secret = keystore.generate_signer(world.entropy)
    story.canaries.binary("signing key", secret)
    _more_keys(story, world, at)
    for name, key, kept in (("device", device, secrets), ("signer", signer, secret)):
        path = at / f"{name}.key"
        keystore.save_key(path, key, kept, PASSPHRASE, world.entropy, Argon2Profile.CHEAPEST)
        load = keystore.load_device_key if name == "device" else keystore.load_signer
        story.keep(load(path, PASSPHRASE))
        story.fails(load, path, PASSPHRASE[::-1])
        story.fails(keystore.save_key, path, key, kept, PASSPHRASE, world.entropy, Argon2Profile.CHEAPEST)
        (at / "broken.key").write_bytes(path.read_bytes()[:-1])
        story.fails(load, at / "broken.key", PASSPHRASE)
        for number, halved in enumerate(spoilt.halved(PASSPHRASE)):
            story.fails(load, path, halved)
            story.fails(
                keystore.save_key, at / f"{number}.key", key, kept, halved, world.entropy, Argon2Profile.CHEAPEST
            )
    story.fails(keystore.load_signer, at / "device.key", PASSPHRASE)
    world.device_key = story.keep(device)


def _more_keys(story: Story, world: World, at: Path) -> None:
    """Those that do not sign: an issuer's for sealed numbers, and a desk's."""
    number_key, secret = generate_number_key(world.entropy)
    symmetric = world.entropy.random(64)
    story.canaries.binary("number key", secret)
    story.canaries.binary("desk key for e-mail codes", symmetric)
    loads: tuple[tuple[str, Any, bytes, Any], ...] = (
        ("number", number_key, secret, keystore.load_number_key),
        ("desk", None, symmetric, partial(keystore.load_symmetric_keys, size=64)),
    )
    for name, key, kept, load in loads:
        path = at / f"{name}.key"
        keystore.save_key(path, key, kept, PASSPHRASE, world.entropy, Argon2Profile.CHEAPEST)
        story.fails(load, path, PASSPHRASE[::-1])
        story.fails(keystore.load_signer, path, PASSPHRASE)
        story.fails(load, path, f"{PASSPHRASE}\ud800")
        story.keep(load(path, PASSPHRASE))


def _card(story: Story, world: World, at: Path) -> None:
    store = story.keep(SqliteWallet(at / "wallet.db", world.device_key, world.entropy))
    world.holder_store = store
    world.holder = story.keep(Holder(world.device_key, store=store, clock=world.clock, entropy=world.entropy))
    offer = world.issuer.offer()
    for code in ("12345", "111111", CODE[:-1] + "x", CODE + "0", *spoilt.halved(CODE)):
        story.fails(world.holder.enrol, offer, world.trust, code, NIR, profile=world.profile)
    story.fails(world.holder.enrol, offer[:-1], world.trust, CODE, NIR, profile=world.profile)
    world.enrol()
    credential = world.views().minimal
    story.canaries.binary("credential", credential[-SIGNATURE:])
    story.fails(world.holder.accept, credential[:-1] + bytes([credential[-1] ^ 1]), world.trust)
    story.fails(world.holder.accept, world.views().billing, world.trust)
    for wrong in spoilt.messages(credential, FAMILY, GIVEN):
        story.fails(world.holder.accept, wrong, world.trust)
    request = story.keep(world.holder.enrol(world.issuer.offer(), world.trust, CODE, NIR, kind=CardKind.CHILD))
    story.fails(world.issuer.issue_views, request, world.issuer.offer(), child())
    salts(story, world.holder)
    _numbers(story, world)
    story.keep(child())
    story.fails(BeneficiaryNir, f"{NIR_DIGITS}9")
    story.fails(PolicyholderNir.parse, f"{FATHERS_DIGITS}00")
    for half in spoilt.halved(REFERENCE):
        story.fails(camille, reference=half)
        story.fails(camille, policyholder=half)
    for typed in spoilt.halved(NIR_DIGITS):
        story.fails(BeneficiaryNir, typed)
        story.fails(BeneficiaryNir.parse, typed)
    other = keystore.generate_device_key(world.algorithm, world.entropy)[0]
    story.fails(SqliteWallet, at / "wallet.db", other, world.entropy)


def _numbers(story: Story, world: World) -> None:
    """Sealed to the issuer, by somebody who seals what is no number."""
    offer = world.issuer.offer()
    info = sealed_number_info(hashlib.sha256(offer).digest())
    for wrong in spoilt.messages(serialize_number(Number(NIR, bytes(16))), NIR_DIGITS):
        sealed = sealing.seal(wrong, world.number_key.public_key, info)
        story.fails(world.issuer.issue, forge.request(world, offer, sealed=sealed), offer, world.beneficiary)


def _open_visits(story: Story, world: World) -> None:
    for _ in range(2):
        story.fails(world.holder.present, WRONG)
    for typed in ("abcdef", *spoilt.halved(CODE)):
        story.fails(world.holder.present, typed)
        story.fails(world.holder.rotate, typed)
    story.fails(world.holder.present, CODE, user_verification=UserVerification.CODE)
    shown = _shown(story, world.holder.present(CODE))
    story.keep(world.verifier.verify(shown.text, "visit 1"))
    story.fails(world.verifier.verify, shown.text, "visit 2")
    turns: Any = world.holder.rotate(CODE)
    _shown(story, next(turns).presentation)
    story.keep(turns)
    for text in (
        shown.text[:-3],
        shown.text.lower(),
        shown.text.replace("VT1:", "VT2:"),
        shown.text + "A",
        f"VT1:{NIR_DIGITS}",
        *spoilt.texts(shown.text),
        *map(serialize_text, spoilt.messages(shown.message, FAMILY, GIVEN)),
    ):
        story.fails(world.verifier.verify, text, "visit 3")
    world.clock.time += DAY
    story.fails(world.verifier.verify, shown.text, "visit 4")
    world.clock.time -= DAY


def _asked_visits(story: Story, world: World, at: Path) -> None:
    sheet = b'{"total": 2650}'
    transaction = Transaction(hashlib.sha256(sheet).digest(), "Ordonnance", 2650)
    stores: tuple[ChallengeStore, ...] = (MemoryChallengeStore(), SqliteChallengeStore(at / "challenges.db"))
    for number, store in enumerate(stores):
        session = f"visit 1{number}"
        desk = story.keep(world.asking(terminal=story.keep(world.desk(challenges=store))))
        asked = story.keep(desk.challenge(session, [Purpose.BILLING], view=View.BILLING, transaction=transaction))
        held = store.find(session)
        assert held
        assert held.secret
        story.keep(held)
        review = story.keep(world.holder.review(asked.text, world.trust))
        story.fails(world.holder.review, asked.text[:-3], world.trust)
        story.fails(world.holder.present, WRONG, to=review.asker)
        answer = _shown(story, world.holder.present(CODE, to=review.asker))
        story.fails(world.verifier.verify, answer.text, session)
        public = sealing.session_public_key(held.secret)
        inside = [
            forge.sealed(each, public, asked.message) for each in spoilt.messages(answer.message, FAMILY, NIR_DIGITS)
        ]
        for text in (*spoilt.texts(answer.text), *(serialize_text(each, SEALED_PREFIX) for each in inside)):
            story.fails(desk.verify, text, session, purpose=Purpose.BILLING)
        story.fails(desk.verify, answer.text[:-6] + "AAAAAA", session, purpose=Purpose.BILLING)
        story.fails(desk.verify, answer.text, "another visit", purpose=Purpose.BILLING)
        seen = story.keep(desk.verify(answer.text, session, purpose=Purpose.BILLING))
        assert seen.card.nir.digits() == NIR_DIGITS
        story.canaries.binary("opened answer", seen.evidence.presentation[-SIGNATURE:])
        story.fails(verify_care_sheet, *seen.evidence, b"another sheet", world.trust)
        presentation, challenge = seen.evidence
        story.keep(verify_care_sheet(presentation, challenge, sheet, world.trust))
        audience = _shown(story, world.holder.present(CODE, to=world.certificate()))
        story.fails(world.verifier.verify, audience.text, session)


def _broken(story: Story, world: World) -> None:
    """Ports that fail while they hold a secret, and wrong usage; last of all the code is used up."""

    class NoDisk(MemoryHolderStore):
        def update(self, change: Any) -> Any:
            change(self.load())
            raise OSError(28, "No space left on device")

    class NoHardware:
        public_key: CoseKey = world.device_key.public_key

        def sign(self, tbs: bytes) -> bytes:
            raise RuntimeError("the token was removed")

        def prf(self, message: bytes) -> bytes:
            raise RuntimeError("the token was removed")

    disk = NoDisk()
    disk._wallet = world.holder_store.load()
    story.fails(Holder(world.device_key, store=disk, clock=world.clock, entropy=world.entropy).present, CODE)
    kept = MemoryHolderStore()
    kept._wallet = world.holder_store.load()
    story.fails(Holder(NoHardware(), store=kept, clock=world.clock, entropy=world.entropy).present, CODE)
    for _ in range(14):
        world.clock.time += 2 * DAY
        story.fails(world.holder.present, WRONG)
    story.fails(world.holder.present, CODE)


def _shown(story: Story, presentation: Any) -> Any:
    """A presentation, of which neither text nor message may be in a log."""
    story.keep(presentation)
    story.canaries.text("full token", presentation.text)
    story.canaries.binary("message", presentation.message[-SIGNATURE:])
    return presentation
