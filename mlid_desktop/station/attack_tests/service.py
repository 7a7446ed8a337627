"""A site's own test of attack detection: begun by two people in a demo vault, recorded presentation by presentation,
reported, and erased by two."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError, UsageError, VaultError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.station.attack_tests.entries import (
    AdmittedPerson,
    Entry,
    KeptPresentation,
    decode_entry,
    encode_entry,
)
from mlid_desktop.station.attack_tests.site_report import TestMaterial
from mlid_desktop.station.attack_tests.windows import match_threshold
from mlid_desktop.station.services.one_shot_capture import Publish, deliver_items, publish_nothing
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.workflow.attack_test.plan import (
    BONA_FIDE,
    AttackSpecies,
    AttackTest,
    AttackTestPlan,
    PlannedPresentation,
    RecordedPresentation,
)
from mlid_desktop.workflow.attack_test.presentation import PresentationSession


class AttackTestService:
    """The test of a demo vault. Call on the vault thread; :meth:`present` on one thread that owns the pipelines too.
    Reports are made of :meth:`material` by :func:`make_site_report`. ``looks_for_attacks``: the models in use do."""

    def __init__(self, session: VaultSession, recognition: Recognition, *, looks_for_attacks: bool) -> None:
        self._session = session
        self._recognition = recognition
        self._looks_for_attacks = looks_for_attacks
        self._entries: list[Entry] | None = None

    def test(self) -> AttackTest | None:
        """The test as it stands, from what was kept of it; None where there is none. Raises VaultError."""
        entries = self._read()
        plan = next((entry for entry in entries if isinstance(entry, AttackTestPlan)), None)
        if plan is None:
            return None
        people = [entry.label for entry in entries if isinstance(entry, AdmittedPerson)]
        recorded = [entry.shown for entry in entries if isinstance(entry, KeptPresentation)]
        try:
            return AttackTest.resume(plan, people, recorded)
        except ValueError:
            raise VaultError(Code.VAULT_DAMAGED, what="attack test") from None

    @property
    def obstacles(self) -> tuple[Code, ...]:
        """What stands against a test here, by the codes of the faults that :meth:`begin` raises for it; empty where one
        can be begun."""
        blind = () if self._looks_for_attacks else (Code.MODEL_LOOKS_FOR_NO_ATTACK,)
        return blind if self._session.demo else (*blind, Code.USAGE_NEEDS_DEMO_VAULT)

    def begin(self, plan: AttackTestPlan, second: SecondPerson | None) -> AttackTest:
        """Begins a test, confirmed by a second person. Raises ModelError(MODEL_LOOKS_FOR_NO_ATTACK),
        UsageError(USAGE_NEEDS_DEMO_VAULT, USAGE_TEST_UNDER_WAY), VaultError."""
        if Code.MODEL_LOOKS_FOR_NO_ATTACK in self.obstacles:
            raise ModelError(Code.MODEL_LOOKS_FOR_NO_ATTACK)
        self._session.vault.attack_tests.begin(encode_entry(plan), second)
        self._entries = [plan]
        return AttackTest(plan)

    def admit(self, label: str, *, agreed: bool) -> AttackTest:
        """Adds a person who agreed to be recorded for the test. Raises UsageError(USAGE_NO_TEST,
        USAGE_BAD_ARGUMENT)."""
        test = self._require()
        if not agreed:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--agreed")
        try:
            test = test.admit(label)
        except ValueError:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--label") from None
        self._keep(AdmittedPerson(test.people[-1]), "person")
        return test

    def begin_presentation(self, planned: PlannedPresentation | None = None) -> PresentationSession:
        """The session that records a presentation, the next one of the plan where none is named. Raises
        UsageError(USAGE_NO_TEST; USAGE_BAD_ARGUMENT where nothing is left to record, or somebody or something that is
        no part of the test is named)."""
        test = self._require()
        wanted = test.next_planned if planned is None else planned
        if wanted is None:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--label" if not test.people else "--species")
        try:
            test.record(RecordedPresentation(wanted.species, wanted.person))
        except ValueError:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--species, --label") from None
        return PresentationSession.of(wanted, self._session.policy, demo=self._session.demo)

    def planned(self, species: AttackSpecies | None, person: str) -> PlannedPresentation:
        """A presentation out of turn. Raises UsageError(USAGE_NO_TEST)."""
        return PlannedPresentation(species, person, self._require().done(species) + 1)

    def record(self, session: PresentationSession) -> AttackTest:
        """Keeps a presentation; durable when this returns. One of which no frame came is not kept. Raises
        UsageError(USAGE_BAD_ARGUMENT, USAGE_NO_TEST), VaultError."""
        test, latest = self._require(), session.latest
        if latest is None:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--face")
        shown = RecordedPresentation(session.planned.species, session.planned.person)
        test = test.record(shown)
        kept = KeptPresentation(shown, latest.provenance.kind, _models_of(session), session.frames)
        self._keep(kept, BONA_FIDE.replace(" ", "-") if shown.species is None else shown.species.value)
        return test

    def present(
        self, source: Source, planned: PlannedPresentation | None = None, publish: Publish = publish_nothing
    ) -> AttackTest:
        """Records one presentation from its source. Raises UsageError, DeviceError, ModelError, VaultError."""
        session = self.begin_presentation(planned)
        with deliver_items(source, Modality.FACE) as items:
            session = self._recognition.capture(session, items, (), publish)
        return self.record(session)

    def material(self) -> TestMaterial:
        """What a report is made of, once off the vault thread. Raises UsageError(USAGE_NO_TEST), VaultError."""
        self._require()
        return TestMaterial(
            tuple(entry for entry in self._read() if isinstance(entry, KeptPresentation)),
            self._session.policy,
            match_threshold(self._session.policy, self._session.calibrations),
            self._session.now(),
        )

    def erase(self, second: SecondPerson | None) -> None:
        """Erases the test with its keys, confirmed by a second person. Raises VaultError."""
        self._session.vault.attack_tests.erase(second)
        self._entries = []

    def _require(self) -> AttackTest:
        test = self.test()
        if test is None:
            raise UsageError(Code.USAGE_NO_TEST)
        return test

    def _read(self) -> list[Entry]:
        if self._entries is None:
            self._entries = [decode_entry(entry) for entry in self._session.vault.attack_tests.entries()]
        return self._entries

    def _keep(self, entry: Entry, kind: str) -> None:
        entries = self._read()
        self._session.vault.attack_tests.append(encode_entry(entry), kind)
        entries.append(entry)


def _models_of(session: PresentationSession) -> str:
    """The models that made the templates; "" where no frame gave one."""
    return next((frame.template.extractor.key for frame in session.frames if frame.template is not None), "")
