"""What programs and databases read of enumerations is the member's name, in small letters with hyphens."""

from __future__ import annotations

from enum import Enum

import pytest

from vitaletoken.rules.application import Revocation
from vitaletoken.rules.delegation import Way
from vitaletoken.rules.eligibility import Ineligibility
from vitaletoken.rules.policy import Grade, Reason
from vitaletoken.rules.terminal import TerminalWarning
from vitaletoken.rules.updates import Concern, Outcome


@pytest.mark.parametrize("kind", [Concern, Grade, Ineligibility, Outcome, Reason, Revocation, TerminalWarning, Way])
def test_a_value_is_its_members_name(kind: type[Enum]) -> None:
    """In --json of the command line, in a terminal's grades, in an issuer's database."""
    assert [member.value for member in kind] == [member.name.lower().replace("_", "-") for member in kind]
