from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import Candidate, Meaning, Tier
from mlid_desktop.domain.errors import Code, DeviceError, ModelError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.subjects import Details, Operator, Role, SubjectSummary
from mlid_desktop.gui.enrol.presenter import name_fault, number_fault
from mlid_desktop.gui.home.presenter import home_screen, set_up_words, setup_state
from mlid_desktop.gui.identify.candidates_presenter import candidates_screen
from mlid_desktop.gui.page.device_status import lamps, summary
from mlid_desktop.gui.page.fault_presenter import fault_screen, no_device_screen
from mlid_desktop.gui.page.help_presenter import help_screen
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.setup_presenter import lacking_text, proof_of
from mlid_desktop.gui.records.presenter import count_text
from mlid_desktop.gui.state.people_index import Part, PeopleIndex, Query
from mlid_desktop.gui.state.source_choices import address_for, choices_for, preferred_source, source_choices
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.unlock.presenter import VaultForm, form_fault, time_left
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.services.pending_work import DayCounts, PendingWork
from mlid_desktop.station.text.language import open_language
from mlid_desktop.workflow.events import CandidatesFound
from tests.makers import ENROLLED
from tests.site_schemas import clinic

ENGLISH = open_language(Path(), "en")
CLERK = Operator("A. Clerk", Role.OPERATOR)
CAMERA = DeviceIdentity("camera", "usb-1", "Desk camera")


class Listed:
    """A device as the station lists it."""

    def __init__(
        self, address: str, identity: DeviceIdentity, kind: SourceKind, modality: Modality, state: str = "ready"
    ) -> None:
        self.address, self.identity, self.kind, self.modality = address, identity, kind, modality
        self.state = state


CONNECTED = (Listed("camera:0", CAMERA, SourceKind.LIVE, Modality.FACE),)


def people(*names: str) -> tuple[SubjectSummary, ...]:
    return tuple(
        SubjectSummary(f"id{index}", str(1001 + index), name, ENROLLED, (FACE,)) for index, name in enumerate(names)
    )


def candidate(subject: str, tier: Tier = Tier.STRONG) -> Candidate:
    return Candidate(subject, FACE, tier, Meaning(9.0, 1e-5, capped=True), 0.7)


def test_candidates_come_in_tiers_strongest_first_and_never_as_the_person() -> None:
    everybody = {person.subject_id: person for person in people("Ana", "Ben", "Cy")}
    found = CandidatesFound((candidate("id1"), candidate("id0", Tier.POSSIBLE), candidate("id2")), 3, 0.003)
    screen = candidates_screen(found, everybody, CLERK, ENGLISH)
    assert [tier.title for tier in screen.tiers] == ["Very similar", "Perhaps similar"]
    assert [row.name for row in screen.tiers[0].rows] == ["Ben", "Cy"]
    assert screen.title == "3 people are similar"
    assert all(row.score == "" for tier in screen.tiers for row in tier.rows)


def test_what_was_typed_stands_beside_what_is_on_record_as_far_as_lists_show_it() -> None:
    schema = clinic()
    membership, born, plan = (schema.by_name[name].key for name in ("membership", "born", "plan"))
    values = ((membership, "4539578763621486"), (born, "1980-01-02"), (plan, "gold"))
    ana = replace(people("Ana")[0], fields=values)
    typed = Details.kept("1009", "Anna", fields=((plan, "basic"),))
    found = CandidatesFound((candidate("id0"),), 1, 0.001)
    screen = candidates_screen(found, {"id0": ana}, CLERK, ENGLISH, schema, typed)
    assert screen.typed == (("Name", "Anna"), ("Plan", "Basic"))
    listed = (("Membership", "••••86"), ("Plan", "Gold"))
    assert screen.tiers[0].rows[0].record == (("Name", "Ana"), *listed)
    searched = candidates_screen(found, {"id0": ana}, CLERK, ENGLISH, schema)
    assert (searched.typed, searched.tiers[0].rows[0].record) == ((), listed)


def test_the_expected_false_hits_of_a_search_are_stated() -> None:
    def said(expected: float) -> str:
        return candidates_screen(CandidatesFound((), 5000, expected), {}, CLERK, ENGLISH).reach

    assert said(0.001) == "Searched 5000 people. Fewer than 1 in 100 such searches shows somebody by mistake."
    assert said(0.2) == "Searched 5000 people. About 1 in 5 such searches shows somebody by mistake."
    assert said(5.0) == "Searched 5000 people. Such a search shows about 5 people by mistake."


def test_it_is_told_whom_the_search_could_not_compare() -> None:
    def said(**missed: int) -> str:
        return candidates_screen(CandidatesFound((), 2, 0.0, **missed), {}, CLERK, ENGLISH).reach

    assert said().endswith("by mistake.")
    assert said(without_model=1).endswith(
        "1 enrolled person could not be compared, because the model of that reference is not installed here: install "
        "it under Administration, Models."
    )
    assert "3 enrolled people gave nothing" in said(not_compared=3, without_model=2)
    assert "2 enrolled people could not be compared" in said(not_compared=3, without_model=2)


def test_a_candidate_erased_in_the_meantime_is_left_out() -> None:
    screen = candidates_screen(CandidatesFound((candidate("gone"),), 1, 0.0), {}, CLERK, ENGLISH)
    assert screen.count == 0


def test_the_count_says_how_many_of_how_many() -> None:
    assert count_text(1, 1, ENGLISH) == "1 person"
    assert count_text(3, 1200, ENGLISH) == "3 of 1,200 people"


def test_home_counts_who_was_enrolled_today_and_invites_when_nobody_is() -> None:
    ana_and_ben = people("Ana", "Ben")
    earlier = replace(ana_and_ben[1], enrolled_at=ENROLLED - timedelta(days=2))
    screen = home_screen(
        PeopleIndex.of((ana_and_ben[0], earlier)), ENROLLED, ENGLISH, waiting=PendingWork(today=DayCounts(accepted=3))
    )
    assert [figure.value for figure in screen.groups[0][1]] == ["2", "1"]
    assert screen.groups[1][1][0].value == "3"
    assert not screen.empty
    assert home_screen(PeopleIndex(), ENROLLED, ENGLISH).empty


def test_portraits_that_the_policy_keeps_no_more_wait_to_be_destroyed() -> None:
    ana, ben = people("Ana", "Ben")
    index = PeopleIndex.of([replace(ana, portrait="b" * 32), ben])
    assert index.find(Query(part=Part.PORTRAIT), ENROLLED).tolist() == [0]
    assert home_screen(index, ENROLLED, ENGLISH).waiting == ()
    (row,) = home_screen(index, ENROLLED, ENGLISH, keeps_portraits=False).waiting
    assert (row.text, row.part) == ("1 portrait is still kept", Part.PORTRAIT)


def test_simulated_people_are_offered_in_demo_vaults_only() -> None:
    inside = source_choices(CONNECTED, (), ENGLISH, demo=True)
    outside = source_choices(CONNECTED, (), ENGLISH, demo=False)
    assert {choice.kind for choice in inside} == {SourceKind.LIVE, SourceKind.SIMULATED}
    assert [choice.name for choice in outside] == ["Desk camera"]


def test_home_says_which_modality_is_off_and_what_turns_it_on() -> None:
    faults = {Modality.FACE: ModelError(Code.MODEL_MISSING, modality="face", role="x"), Modality.FINGERPRINT: None}
    screen = home_screen(PeopleIndex(), ENROLLED, ENGLISH, faults)
    assert screen.off.startswith("Faces are off")
    assert "Administration, Models" in screen.off


def test_a_virtual_camera_can_be_chosen_and_says_what_it_is() -> None:
    virtual = Listed("camera:1", DeviceIdentity("camera", "v", "Virtual"), SourceKind.VIRTUAL, Modality.FACE)
    (shown,) = source_choices((virtual,), (virtual.identity,), ENGLISH, demo=False)
    assert "demo" in shown.note
    assert not shown.registered
    (allowed,) = source_choices((virtual,), (virtual.identity,), ENGLISH, demo=False, allows_virtual=True)
    assert allowed.registered
    assert address_for(shown, FACE) == "camera:1"


def test_a_camera_says_whether_it_counts_as_live() -> None:
    (unknown,) = source_choices(CONNECTED, (), ENGLISH, demo=False)
    (known,) = source_choices(CONNECTED, (CAMERA,), ENGLISH, demo=False)
    assert (unknown.registered, unknown.tone) == (False, Tone.INCONCLUSIVE)
    assert (known.registered, known.tone) == (True, Tone.ACCEPTED)


def test_a_reader_that_compares_inside_itself_is_listed_with_the_reason_and_never_used() -> None:
    inside = Listed(
        "reader:0", DeviceIdentity("reader", "m", "Match"), SourceKind.LIVE, Modality.FINGERPRINT, "no_image"
    )
    busy = Listed("reader:1", DeviceIdentity("reader", "b", "Busy"), SourceKind.LIVE, Modality.FINGERPRINT, "busy")
    choices = source_choices((inside, busy), (inside.identity,), ENGLISH, demo=False)
    assert [choice.usable for choice in choices] == [False, True]
    assert "gives no picture" in choices[0].note
    assert "close it" in choices[1].note
    assert preferred_source(choices, Modality.FINGERPRINT, "reader:0") == choices[1]
    assert preferred_source(choices[:1], Modality.FINGERPRINT, "reader:0") is None


def test_the_source_chosen_before_is_used_again_while_it_is_there() -> None:
    choices = source_choices(CONNECTED, (), ENGLISH, demo=True)
    last = choices_for(choices, Modality.FACE)[-1]
    assert preferred_source(choices, Modality.FACE, last.address) == last
    first = preferred_source(choices, Modality.FACE, "camera:7")
    assert first is not None
    assert first.name == "Desk camera"
    assert preferred_source((), Modality.FACE, "") is None


def test_a_simulated_person_has_ten_different_fingers() -> None:
    finger = choices_for(source_choices((), (), ENGLISH, demo=True), Modality.FINGERPRINT)
    addresses = {
        address_for(choice, Characteristic(Modality.FINGERPRINT, position))
        for choice in finger
        for position in FingerPosition
    }
    assert len(addresses) == 10 * len(finger)


def test_a_missing_camera_is_a_page_that_says_what_to_do() -> None:
    screen = no_device_screen(Modality.FACE, ENGLISH, demo=False)
    assert screen.title == "No camera is connected"
    assert (screen.offers_retry, screen.offers_simulated) == (True, False)
    assert fault_screen(DeviceError(Code.DEVICE_BUSY), Modality.FACE, ENGLISH, demo=True).offers_simulated


def test_a_missing_model_is_no_matter_of_trying_again() -> None:
    screen = fault_screen(ModelError(Code.MODEL_MISSING, role="face"), Modality.FACE, ENGLISH, demo=True)
    assert "Administration, Models" in screen.text
    assert (screen.offers_retry, screen.offers_simulated) == (False, False)


def test_the_strip_says_what_is_wrong_in_the_order_of_gravity() -> None:
    choices = source_choices(CONNECTED, (CAMERA,), ENGLISH, demo=False)
    missing = ModelError(Code.MODEL_MISSING, role="face")
    face, finger, microphone = lamps(choices, {Modality.FACE: missing, Modality.FINGERPRINT: None}, {}, ENGLISH)
    assert (face.tone, finger.tone, microphone.tone) == (Tone.REJECTED, Tone.INCONCLUSIVE, Tone.INCONCLUSIVE)
    wordings = ("Face: models missing, 2 more", "Face: models missing", "Face: off")
    assert summary((face, finger, microphone), ENGLISH) == (wordings, Tone.REJECTED)
    assert summary((finger, microphone), ENGLISH) == (("not connected",), Tone.INCONCLUSIVE)
    face, *_ = lamps(choices, {Modality.FACE: None, Modality.FINGERPRINT: None}, {}, ENGLISH)
    assert face.tone is Tone.ACCEPTED
    face, *_ = lamps(choices, {}, {}, ENGLISH)
    assert "loading" in face.spoken


def test_details_are_checked_as_typed() -> None:
    assert number_fault("1001", ENGLISH) == name_fault("Ana", ENGLISH) == ""
    assert number_fault("  ", ENGLISH) == "A number is needed."
    assert number_fault("1" * 65, ENGLISH) == "At most 64 characters."
    assert name_fault("A\x07", ENGLISH) == "Only characters that can be printed."


def test_a_vault_form_names_the_first_thing_to_correct() -> None:
    def fault(name: str, first: str, again: str) -> str:
        return form_fault(VaultForm(name, first, again, creating=True), ENGLISH)

    assert fault("", "long enough", "long enough").startswith("Type your name")
    assert fault("Ana", "short", "short") == "The passphrase needs at least 8 characters."
    assert fault("Ana", "long enough", "long enouhg") == "The two passphrases differ. Type them again."
    assert fault("Ana", "long enough", "long enough") == ""
    assert "long" not in repr(VaultForm("Ana", "long enough", ""))


def test_help_lists_the_keys_of_pages_as_they_lie_on_the_keyboard() -> None:
    keys = [key for key, _ in help_screen(PageName.HOME, ENGLISH).keys]
    assert keys[:8] == ["F2", "F3", "F4", "F5", "F8", "F10", "F11", "F12"]


def test_help_lists_the_keys_of_its_page_and_those_of_every_page_under_all_keys_alone() -> None:
    screen = help_screen(PageName.VERIFY, ENGLISH)
    listed = [key for key, _ in screen.keys]
    assert "Space" in listed
    assert not {"Enter", "Esc", "Tab", "F1"} & set(listed)
    assert {"Enter", "Esc", "Tab", "F1"} <= {key for group in screen.all_keys for key, _ in group.keys}
    assert help_screen(PageName.FIGURES, ENGLISH).keys == ()


def test_a_step_of_the_first_day_says_how_it_stands_and_built_in_models_are_enough_for_a_demo_alone() -> None:
    for step in SetupStep:
        assert proof_of(step, ENGLISH, done=False, builtin=True) == ("", Tone.NEUTRAL)
        lacking = lacking_text(step, "Finish", (), ENGLISH)
        assert lacking.startswith("Before “Finish”: ")
        said, tone = proof_of(step, ENGLISH, done=True, builtin=True)
        if step is SetupStep.MODELS:
            assert tone is Tone.INCONCLUSIVE
            assert said.startswith("Enough for a demo")
        else:
            assert (said, tone) == proof_of(step, ENGLISH, done=True, builtin=False)
            assert tone is Tone.ACCEPTED
    assert proof_of(SetupStep.MODELS, ENGLISH, done=True, builtin=False)[1] is Tone.ACCEPTED
    untested = {Modality.VOICE, Modality.FINGERPRINT}
    assert lacking_text(SetupStep.DEVICES, "Next", untested, ENGLISH).endswith("test Finger, Microphone.")


def test_what_leads_to_the_set_up_says_how_far_it_is() -> None:
    assert set_up_words(None, ENGLISH) == ("Set up this desk", "settings")
    assert set_up_words((), ENGLISH) == ("This desk is ready", "tick")
    assert setup_state(None, ENGLISH) is setup_state((), ENGLISH) is None
    state = setup_state(tuple(SetupStep)[1:], ENGLISH)
    assert state is not None
    assert (state.words, state.done, state.count) == ("Set up this desk: 1 of 8 done", 1, 8)
    assert state.missing.startswith("Missing: ")


def test_a_code_of_joining_says_to_the_second_how_long_it_holds() -> None:
    assert time_left(1780.6, ENGLISH) == "The code holds for 29:41 more."
    assert time_left(9, ENGLISH) == "The code holds for 0:09 more."
    assert time_left(-1, ENGLISH) == "The code holds for 0:00 more."
