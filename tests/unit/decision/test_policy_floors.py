"""No policy asks less than the floors, whatever file it comes from, and a stored one bears a name of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.policy import Policy, read_policy
from mlid_desktop.decision.policy_floors import below_floors, policy_text, raise_to_floors, require_storable
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError
from tests.makers import RESOURCES, policy

SHIPPED = {name: policy(name).identity.digest for name in ("standard", "strict", "evaluation")}
LAX: dict[str, object] = {
    "attack.face.window": 1,
    "attack.face.threshold": 1e-6,
    "attack.face.frame_floor": 0.0,
    "comparison.fmr.face": 0.1,
    "comparison.fmr.fingerprint": 0.1,
    "comparison.fmr.voice": 0.1,
    "capture.face.continuity_fmr": 0.1,
    "capture.fingerprint.continuity_fmr": 0.1,
    "identification.fpir": 0.1,
    "identification.possible_fmr.face": 0.1,
}


def changed(rules: Mapping[str, object], name: str = "mine") -> Policy:
    """A shipped policy with some rules set to something else."""
    content: dict[str, Any] = policy().model_dump(mode="json")
    content["name"] = name
    for where, value in rules.items():
        *sections, last = where.split(".")
        inner = content
        for section in sections:
            inner = inner[section]
        inner[last] = value
    return read_policy(policy_text(content))


@pytest.mark.parametrize("name", ["standard", "strict"])
def test_what_is_shipped_is_storable_everywhere(name: str) -> None:
    for demo in (True, False):
        require_storable(policy(name), SHIPPED, demo=demo)
        assert raise_to_floors(policy(name), SHIPPED, demo=demo) == (None, ())


def test_the_policy_of_the_built_in_models_is_for_demo_vaults() -> None:
    require_storable(policy("evaluation"), SHIPPED, demo=True)
    with pytest.raises(ModelError) as fault:
        require_storable(policy("evaluation"), SHIPPED, demo=False)
    assert fault.value.code is Code.MODEL_POLICY_BELOW_FLOOR


@pytest.mark.parametrize("where", LAX)
def test_each_rule_below_its_floor_is_refused_by_name(where: str) -> None:
    with pytest.raises(ModelError) as fault:
        require_storable(changed({where: LAX[where]}), SHIPPED, demo=False)
    assert (fault.value.code, fault.value.facts["where"]) == (Code.MODEL_POLICY_BELOW_FLOOR, where)


def test_faces_that_only_support_are_checked_for_attacks_too() -> None:
    content: dict[str, Any] = policy("standard-all").model_dump(mode="json")
    content |= {"name": "mine", "attack": {}}
    content["comparison"] |= {"primary": ["fingerprint"], "supporting": ["face", "voice"]}
    unchecked = read_policy(policy_text(content))
    with pytest.raises(ModelError) as fault:
        require_storable(unchecked, SHIPPED, demo=False)
    assert fault.value.code is Code.MODEL_POLICY_BELOW_FLOOR
    text, _ = raise_to_floors(unchecked, SHIPPED, demo=False)
    assert text is not None
    assert read_policy(text).attack[Modality.FACE] == policy().attack[Modality.FACE]
    assert below_floors(read_policy(text), demo=False) == ()


def test_another_policy_does_not_bear_a_shipped_ones_name() -> None:
    stricter = changed({"comparison.fmr.face": 1e-6}, "standard")
    with pytest.raises(ModelError) as fault:
        require_storable(stricter, SHIPPED, demo=False)
    assert fault.value.code is Code.MODEL_POLICY_NAME_TAKEN
    text, raises = raise_to_floors(stricter, SHIPPED, demo=False)
    assert text is not None
    assert (read_policy(text).name, raises) == ("standard-own", ())
    assert read_policy(text).comparison.rate(Modality.FACE) == 1e-6


@given(st.dictionaries(st.sampled_from(sorted(LAX)), st.floats(1e-6, 0.09), max_size=6), st.booleans())
def test_whatever_was_stored_is_at_the_floors_once_it_is_settled(rules: dict[str, float], demo: bool) -> None:
    """What is stricter than the floor stays as it is, and raising once is enough."""
    given_rules: dict[str, object] = {name: 3 if name.endswith("window") else value for name, value in rules.items()}
    stored = changed(given_rules, "standard")
    text, raises = raise_to_floors(stored, SHIPPED, demo=demo)
    assert {raised.where for raised in raises} == {raised.where for raised in below_floors(stored, demo=demo)}
    if text is None:
        assert stored.identity.digest == SHIPPED["standard"]
        return
    after = read_policy(text)
    assert below_floors(after, demo=demo) == ()
    assert after.name not in SHIPPED
    assert raise_to_floors(after, SHIPPED, demo=demo) == (None, ())
    before_content, after_content = stored.model_dump(mode="json"), after.model_dump(mode="json")
    raised = {rule.where.split(".")[0] for rule in raises}
    kept = {name for name in before_content if before_content[name] == after_content[name]}
    assert kept >= set(before_content) - raised - {"name"}


def test_a_file_made_of_a_policy_reads_as_the_same_policy() -> None:
    for path in (RESOURCES / "policy").glob("*.toml"):
        shipped = read_policy(path.read_bytes())
        assert read_policy(policy_text(shipped.model_dump(mode="json"))).model_dump() == shipped.model_dump()
