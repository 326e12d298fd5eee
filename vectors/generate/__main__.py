"""Writes vectors/NAME.json, one file a layer, and spec/examples/NAME.md, one file a message."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from vectors.generate.cases import Case, document
from vectors.generate.examples import write_examples
from vectors.generate.layer_accept import accept_cases
from vectors.generate.layer_care_sheet import care_sheet_cases
from vectors.generate.layer_cbor import cbor_cases
from vectors.generate.layer_chain import chain_cases
from vectors.generate.layer_code import code_cases, code_choice_cases, code_counter_cases
from vectors.generate.layer_credential import credential_cases
from vectors.generate.layer_grant import grant_cases
from vectors.generate.layer_introduction import introduction_cases
from vectors.generate.layer_offer import offer_cases
from vectors.generate.layer_order import lending_order_cases
from vectors.generate.layer_produce import issue_cases, present_cases
from vectors.generate.layer_produce_lent import lent_issue_cases, lent_present_cases
from vectors.generate.layer_renewal import renewal_cases
from vectors.generate.layer_request import request_cases
from vectors.generate.layer_review import review_cases
from vectors.generate.layer_scenario import scenario_cases
from vectors.generate.layer_signature import signature_cases, thumbprint_cases
from vectors.generate.layer_snapshot import snapshot_cases
from vectors.generate.layer_status import status_cases
from vectors.generate.layer_sync import sync_cases
from vectors.generate.layer_terminal_produce import bound_present_cases, certify_cases, challenge_cases
from vectors.generate.layer_text import keyboard_cases, text_cases
from vectors.generate.layer_trust import trust_cases
from vectors.generate.layer_unlock import unlock_cases
from vectors.generate.layer_unseal import unseal_cases
from vectors.generate.layer_verify import verify_cases
from vectors.generate.withdrawn_elsewhere import (
    billing_as_card_cases,
    withdrawn_accept_cases,
    withdrawn_care_sheet_cases,
    withdrawn_offer_cases,
    withdrawn_review_cases,
    withdrawn_status_cases,
)

LAYERS: dict[str, Callable[[], Iterable[Case]]] = {
    "text": text_cases,
    "keyboard": keyboard_cases,
    "cbor": cbor_cases,
    "thumbprint": thumbprint_cases,
    "signature": signature_cases,
    "code": code_cases,
    "code-choice": code_choice_cases,
    "code-counter": code_counter_cases,
    "credential": credential_cases,
    "trust-list": trust_cases,
    "trust-chain": chain_cases,
    "snapshot": snapshot_cases,
    "status-sync": sync_cases,
    "status-list": lambda: (*status_cases(), *withdrawn_status_cases()),
    "renewal": renewal_cases,
    "unlock": unlock_cases,
    "introduction": introduction_cases,
    "grant": grant_cases,
    "order": lending_order_cases,
    "offer": lambda: (*offer_cases(), *withdrawn_offer_cases()),
    "request": request_cases,
    "accept": lambda: (*accept_cases(), *withdrawn_accept_cases(), *billing_as_card_cases()),
    "verify": verify_cases,
    "scenario": scenario_cases,
    "issue": lambda: (*issue_cases(), *lent_issue_cases()),
    "review": lambda: (*review_cases(), *withdrawn_review_cases()),
    "unseal": unseal_cases,
    "care-sheet": lambda: (*care_sheet_cases(), *withdrawn_care_sheet_cases()),
    "certify": certify_cases,
    "challenge": challenge_cases,
    "present": lambda: (*present_cases(), *bound_present_cases(), *lent_present_cases()),
}


def write(directory: Path) -> None:
    """Every file, in UTF-8 with line feeds."""
    for layer, cases in LAYERS.items():
        text = json.dumps(document(layer, cases()), indent=1, ensure_ascii=False) + "\n"
        (directory / f"{layer}.json").write_bytes(text.encode("utf-8"))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m vectors.generate", description="Generate the test vectors and the specification's examples."
    )
    parser.add_argument(
        "--out", type=Path, help="write to OUT and OUT/examples rather than to vectors/ and spec/examples/"
    )
    out: Path | None = parser.parse_args().out
    vectors = Path(__file__).parents[1] if out is None else out
    vectors.mkdir(parents=True, exist_ok=True)
    write(vectors)
    write_examples(vectors.parent / "spec" / "examples" if out is None else out / "examples")


if __name__ == "__main__":
    main()
