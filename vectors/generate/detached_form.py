"""What stands around a content that detached signatures sign, in wrong forms: of trust lists and of snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vectors.generate.encoder import Pairs, Raw, Tag, Value, Wide, encode
from vectors.generate.keys import Ed25519Key
from vectors.generate.messages import aad, detached, header_kid, header_status, sig_structure
from vectors.generate.mldsa import ML_DSA, SIGNATURE_SIZE


@dataclass(frozen=True)
class Detached:
    """A good message: claims, signed by two keys."""

    claims: Mapping[Any, Any]
    role: str
    keys: Sequence[Ed25519Key]
    most: int
    """The most signatures that it may have."""

    @property
    def content(self) -> bytes:
        """What is signed."""
        return encode(self.claims)

    @property
    def signatures(self) -> list[list[Value]]:
        """By each of the keys."""
        return [detached(self.content, key, self.role) for key in self.keys]

    def with_many(self, count: int) -> list[Value]:
        """The message with this many signatures, most of them the first one again."""
        first = self.signatures[0]
        return [self.content, [*self.signatures, *[first] * (count - len(self.keys))]]

    def with_first(self, *items: Value) -> list[Value]:
        """The message with these elements in place of the first signature."""
        return [self.content, [list(items), *self.signatures[1:]]]

    def headed(self, header: bytes, size: int = 64) -> list[Value]:
        """The same, the first signature made over another protected header, cut or filled up to a size."""
        made = self.keys[0].sign(sig_structure(header, aad(self.role), self.content))
        return self.with_first(header, {}, None, made[:size].ljust(size, b"\0"))

    def faults(self) -> Iterator[tuple[str, Value, str, str]]:
        """Slug, message, rule, comment."""
        content, signatures = self.content, self.signatures
        first = signatures[0]
        header, _, _, signature = first
        assert isinstance(header, bytes)
        assert isinstance(signature, bytes)
        kid = self.keys[0].kid
        whole: list[Value] = [content, signatures]
        around: tuple[tuple[str, Value, str, str], ...] = (
            ("no-signatures", [content, []], "CBOR-6", "no signature"),
            (f"{self.most + 1}-signatures", self.with_many(self.most + 1), "CBOR-6", f"{self.most + 1} signatures"),
            ("one-element", [content], "CBOR-6", "no array of signatures"),
            ("three-elements", [*whole, 0], "CBOR-6", "a third element"),
            ("content-map", [self.claims, signatures], "CBOR-6", "the claims as a map, not in a byte string"),
            ("signatures-map", [content, dict(enumerate(signatures))], "CBOR-6", "a map in place of the array of signatures"),
            ("sign1", [header, {}, content, signature], "CBOR-6", "a COSE_Sign1 with its content"),
            ("tagged", Tag(98, whole), "CBOR-2", "tagged as COSE_Sign"),
            ("trailing", Raw(encode(whole) + b"\0"), "CBOR-1", "a byte after the message"),
            ("indefinite", Raw(b"\x9f" + encode(whole)[1:] + b"\xff"), "CBOR-1", "an array of indefinite length"),
            ("wide", Wide(whole, 1), "CBOR-1", "the array with a wider head"),
            ("empty", Raw(b""), "CBOR-1", "no byte at all"),
        )  # fmt: skip
        inside: tuple[tuple[str, Value, str, str], ...] = (
            ("payload-attached", self.with_first(header, {}, content, signature), "CBOR-6", "a signature with the content in it"),
            ("payload-empty", self.with_first(header, {}, b"", signature), "CBOR-6", "an empty byte string in place of null"),
            ("unprotected-kid", self.with_first(header, {4: kid}, None, signature), "COSE-1", "the kid where it is not signed"),
            ("signature-63", self.with_first(header, {}, None, signature[:63]), "CBOR-6", "a signature of 63 bytes"),
            ("signature-65", self.with_first(header, {}, None, signature + b"\0"), "CBOR-6", "a signature of 65 bytes"),
            ("signature-missing", self.with_first(header, {}, None), "CBOR-6", "a COSE_Sign1 of three elements"),
            ("signature-null", self.with_first(header, {}, None, None), "CBOR-6", "null in place of a signature"),
            ("signature-tagged", [content, [Tag(18, first), *signatures[1:]]], "CBOR-2", "a tagged COSE_Sign1"),
            ("header-eddsa", self.headed(b"\xa2\x01\x27" + header[3:]), "COSE-2", "alg -8"),
            ("header-no-kid", self.headed(b"\xa1\x01\x32"), "COSE-2", "no kid"),
            ("header-kid-7", self.headed(header_kid(kid[:7])), "COSE-2", "a kid of 7 bytes"),
            ("header-kid-9", self.headed(header_kid(kid + b"\0")), "COSE-2", "a kid of 9 bytes"),
            ("header-crit", self.headed(encode({1: -19, 2: [4], 4: kid})), "COSE-2", "a critical header"),
            ("header-order", self.headed(encode(Pairs(((4, kid), (1, -19))))), "COSE-2", "kid before alg"),
            ("header-typ", self.headed(header_status(kid)), "COSE-2", "the header of a status list"),
            ("header-empty", self.headed(b""), "COSE-2", "an empty protected header"),
            ("pq-signature-64", self.headed(encode({1: ML_DSA, 4: kid})), "CBOR-6", "alg -49 over a signature of 64 bytes"),
            ("pq-signature-short", self.headed(encode({1: ML_DSA, 4: kid}), SIGNATURE_SIZE - 1), "CBOR-6",
             "alg -49 over a signature of 3,308 bytes"),
            ("pq-signature-long", self.headed(encode({1: ML_DSA, 4: kid}), SIGNATURE_SIZE + 1), "CBOR-6",
             "alg -49 over a signature of 3,310 bytes"),
            ("ed25519-signature-3309", self.headed(header, SIGNATURE_SIZE), "CBOR-6",
             "alg -19 over a signature of 3,309 bytes"),
            ("header-ml-dsa-44", self.headed(encode({1: -48, 4: kid}), 2420), "COSE-2", "alg -48, ML-DSA-44"),
            ("header-ml-dsa-wide", self.headed(encode({1: Wide(ML_DSA, 2), 4: kid}), SIGNATURE_SIZE), "COSE-2",
             "alg -49 with a wider head"),
            ("header-ml-dsa-no-kid", self.headed(encode({1: ML_DSA}), SIGNATURE_SIZE), "COSE-2", "alg -49 and no kid"),
        )  # fmt: skip
        yield from (*around, *inside)

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """The content in another encoding, as it was signed."""
        entries = sorted(self.claims.items(), key=lambda entry: encode(entry[0]))
        unsorted = encode(Pairs((*entries[1:], entries[0])))
        for slug, changed in (("trailing", self.content + b"\0"), ("order", unsorted), ("empty", b"")):
            yield slug, encode([changed, [detached(changed, key, self.role) for key in self.keys]])
