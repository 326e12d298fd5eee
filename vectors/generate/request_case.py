"""What the cases of `request` share."""

from __future__ import annotations

from vectors.generate.cases import Case, Json, stage
from vectors.generate.encoder import encode
from vectors.generate.enrolled import CNAM_NUMBERS, Number, enrolment_binding
from vectors.generate.fixtures import OFFER
from vectors.generate.messages import Request


def request_given(data: bytes, answered: bytes = OFFER) -> dict[str, Json]:
    """The input of `request`."""
    return {"bytes": data.hex(), "offer": answered.hex(), "secret": CNAM_NUMBERS.secret.hex()}


def request_ok(request: Request, number: Number) -> dict[str, Json]:
    """What an accepted request says."""
    return {
        "device_key": encode(request.device.cose).hex(),
        "code_key": request.code.public.hex(),
        "nir": number.nir,
        "salt": number.salt.hex(),
    }


def request_refused(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    request: Request | bytes,
    *flags: str,
    base: str = "suite-1",
    answered: bytes = OFFER,
) -> Case:
    """A request that is refused; the code is the first part of `slug`."""
    data = request if isinstance(request, bytes) else request.encode()
    given = request_given(data, answered)
    return Case(f"request/{slug}", rules, comment, given, slug.partition("/")[0], f"request/accepted/{base}", flags)


def request_stages(request: Request, number: Number) -> dict[str, Json]:
    """Intermediate values of a good request."""
    sealing = number.sealing(OFFER)
    return {
        "request_claims": stage(request.claims),
        "code_sig_structure": {"hex": request.code_layer.to_be_signed.hex()},
        "device_sig_structure": {"hex": request.device_layer.to_be_signed.hex()},
        "sealed_number": {"hex": number.plain.hex()},
        "seal_info": {"hex": sealing.info.hex()},
        "seal_ephemeral_secret": {"hex": sealing.ephemeral.secret.hex()},
        "enrolment_binding": {"hex": enrolment_binding(request.encode(), number).hex()},
    }
