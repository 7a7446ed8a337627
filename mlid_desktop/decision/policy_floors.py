"""What no policy may ask less than, whoever stores it: hard floors, and the name that a stored policy bears.

The floors are what was measured (decision 28): nobody knows what a laxer attack check lets through. A policy below them
is refused when it is to be stored; one that a vault holds from before is raised, rule by rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from mlid_desktop.decision.policy import Policy, read_policy
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError

# At most one false match in so many strangers. NIST SP 800-63B-4, 3.2.3 asks 1 in 10,000 of a face; the built-in
# models, which demo vaults alone use, are calibrated to 1 in 1,000. Of a finger 1 in 1,000 is what its data carry.
FMR_CEILING: Mapping[str, float] = {"face": 1e-4, "fingerprint": 1e-3, "voice": 0.05}
FMR_CEILING_DEMO: Mapping[str, float] = {**FMR_CEILING, "face": 1e-3}
CONTINUITY_CEILING: Mapping[str, float] = {"face": 0.01, "fingerprint": 0.01, "voice": 0.05}
FPIR_CEILING = 0.01
POSSIBLE_CEILING = 1e-3
ATTACK_FLOOR: Mapping[str, float] = {"window": 6, "threshold": 0.5, "frame_floor": 0.35}  # of faces
RAISED, OWN = "-raised", "-own"  # ends of names
LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Raise:
    """One rule of a policy that asks too little: ``where`` it stands (``attack.face.window``), what it says, and the
    floor."""

    where: str
    said: float
    floor: float

    def __str__(self) -> str:
        return f"{self.where} {self.said:g} > {self.floor:g}"


def below_floors(policy: Policy, *, demo: bool) -> tuple[Raise, ...]:
    """Every rule that asks less than the floors, by name; none where the policy may be stored. Faces that are captured
    are checked for attacks, whether they decide or only support."""
    found: list[Raise] = []

    def at_most(where: str, said: float, ceiling: float) -> None:
        found.extend([Raise(where, said, ceiling)] if said > ceiling else [])

    ceilings = FMR_CEILING_DEMO if demo else FMR_CEILING
    for modality, rate in policy.comparison.fmr.items():
        at_most(f"comparison.fmr.{modality.value}", rate, ceilings[modality.value])
    for modality, rules in policy.capture.items():
        at_most(f"capture.{modality.value}.continuity_fmr", rules.continuity_fmr, CONTINUITY_CEILING[modality.value])
    at_most("identification.fpir", policy.identification.fpir, FPIR_CEILING)
    for modality, rate in policy.identification.possible_fmr.items():
        at_most(f"identification.possible_fmr.{modality.value}", rate, POSSIBLE_CEILING)
    attack = policy.attack.get(Modality.FACE)
    if attack is not None or Modality.FACE in policy.capture:
        for name, floor in ATTACK_FLOOR.items():
            said = 0.0 if attack is None else float(getattr(attack, name))
            found.extend([Raise(f"attack.face.{name}", said, floor)] if said < floor else [])
    return tuple(found)


def require_storable(policy: Policy, shipped: Mapping[str, str], *, demo: bool) -> None:
    """``shipped`` has the digests of the program's own policies by name. Raises ModelError(MODEL_POLICY_BELOW_FLOOR)
    with the first rule that asks too little, ModelError(MODEL_POLICY_NAME_TAKEN) for another policy under a shipped
    one's name."""
    for lacking in below_floors(policy, demo=demo):
        raise ModelError(
            Code.MODEL_POLICY_BELOW_FLOOR, where=lacking.where, said=f"{lacking.said:g}", floor=f"{lacking.floor:g}"
        )
    if is_foreign(policy, shipped):
        raise ModelError(Code.MODEL_POLICY_NAME_TAKEN, name=policy.name)


def is_foreign(policy: Policy, shipped: Mapping[str, str]) -> bool:
    """Whether the policy bears the name of one of the program's own and is another."""
    return policy.name in shipped and shipped[policy.name] != policy.identity.digest


def raise_to_floors(
    policy: Policy, shipped: Mapping[str, str], *, demo: bool
) -> tuple[bytes | None, tuple[Raise, ...]]:
    """The file of the policy that counts in the place of this one, which a vault held from before: at least at every
    floor, and under a name of its own. None where it counts as it is."""
    raises = below_floors(policy, demo=demo)
    if not raises and not is_foreign(policy, shipped):
        return None, ()
    content: dict[str, Any] = policy.model_dump(mode="json")
    for raised in raises:
        _put(content, raised.where.split("."), raised.floor)
    content["name"] = _own_name(policy.name, RAISED if raises else OWN, shipped)
    text = policy_text(content)
    read_policy(text)
    return text, raises


def policy_text(content: Mapping[str, Any]) -> bytes:
    """A policy's values as a TOML file, sections after plain values."""
    lines: list[str] = []
    _write(lines, "", content)
    return ("\n".join(lines).lstrip("\n") + "\n").encode()


def _own_name(name: str, end: str, taken: Collection[str]) -> str:
    bare = name.removesuffix(RAISED).removesuffix(OWN)
    own = bare[: LONGEST_NAME - len(end)] + end
    return own if own not in taken else own[: LONGEST_NAME - 2] + "-2"


def _put(content: dict[str, Any], path: list[str], value: float) -> None:
    *sections, name = path
    for section in sections:
        content = content.setdefault(section, {})
    content[name] = int(value) if value == int(value) else value


def _write(lines: list[str], section: str, content: Mapping[str, Any]) -> None:
    plain = {name: value for name, value in content.items() if not isinstance(value, Mapping)}
    if section and (plain or not content):
        lines.append(f"\n[{section}]")
    lines.extend(f"{name} = {_value(value)}" for name, value in plain.items() if value is not None)
    for name, value in content.items():
        if isinstance(value, Mapping):
            _write(lines, f"{section}.{name}" if section else name, value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)
