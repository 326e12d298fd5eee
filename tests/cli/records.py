"""The people of the lab, as an insurer has them. All of them are invented."""

from __future__ import annotations

PERSON = {
    "reference": "person-1",
    "family_name": "Lefebvre-Moreau",
    "given_names": ["Camille", "Élise"],
    "sex": "female",
    "quality": "policyholder",
    "policyholder": None,
    "scheme": "01 751 0042",
    "enrolment": "cnie-nfc",
}
#: Invented, of a department that there is not; as a person types it.
NIR, NIR_TYPED = "2850399000001", "2 85 03 99 000 001 93"
FATHERS_NIR = "1550399000002"
TWINS = ("1190399000011", "1190399000012")


def on_record(nir: str, born: str, **changes: object) -> dict[str, object]:
    """A person in the insurer's own records."""
    fields: dict[str, object] = {**PERSON, "nir": nir, "birth_date": born, **changes}
    return {name: value for name, value in fields.items() if name != "enrolment"}


#: Camille is the daughter of Jean and the mother of twins. All of them are invented.
PEOPLE = [
    on_record(NIR_TYPED, "1985-03-05", mail="camille@example.org"),
    on_record(
        *(FATHERS_NIR, "1955-03-01"),
        reference="person-2",
        family_name="Lefebvre",
        given_names=["Jean"],
        sex="male",
        mail="jean@example.org",
    ),
    *(
        on_record(
            *(number, "2019-03-05"),
            reference=f"twin-{rank}",
            given_names=[name],
            birth_rank=rank,
            quality="child",
            policyholder="person-1",
            account=False,
        )
        for rank, (name, number) in enumerate(zip(("Alix", "Noé"), TWINS, strict=True), start=1)
    ),
]
