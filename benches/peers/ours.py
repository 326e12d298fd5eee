"""Our token beside the peers': the same card, from the text of the QR code to the proof. Runs in this project's environment.

Like a peer's token, ours is verified again and again, in one session: the replay store looks its key up. ``message-new`` says
what it is where each QR is one that the store has to insert.
"""

from __future__ import annotations

from collections.abc import Callable

import nacl.bindings

from benches.peers.turns import serve
from benches.test_verify import EachNew, Scan, forgetful, scan_of
from vitaletoken.rules import context
from vitaletoken.wire import cose
from vitaletoken.wire.credential import parse_credential, serialize_claims
from vitaletoken.wire.presentation import parse_presentation


def issuing(scan: Scan) -> Callable[[], bytes]:
    """What an issuer does for a credential once it knows the claims: check their form, sign."""
    signer = scan.world.issuer_signer
    credential = parse_credential(parse_presentation(scan.message).credential)
    header, claims = cose.header_with_kid(credential.kid), credential.unverified_claims
    return lambda: cose.sign(signer.sign, header, context.CREDENTIAL_AAD, serialize_claims(claims))


def main() -> None:
    scan = scan_of()
    seen, forgets = scan.terminal(), forgetful(scan)
    signed, public = scan.checks[0]
    told = {"text": scan.text}
    serve(
        told,
        {
            "issue": issuing(scan),
            "verify": lambda: forgets.verify(scan.text, "visit"),
            "verify-seen": lambda: seen.verify(scan.text, "visit"),
            "message": lambda: forgets.verify_message(scan.message, "visit"),
            "message-seen": lambda: seen.verify_message(scan.message, "visit"),
            "message-new": EachNew(scan),
            "bare-1": lambda: nacl.bindings.crypto_sign_open(signed, public),
            "bare-2": lambda: scan.bare(2),
            "bare-3": lambda: scan.bare(3),
        },
    )


if __name__ == "__main__":
    main()
