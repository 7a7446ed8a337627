"""The workspace that all pages share: the station, its language, one thread each for vault and inference, and the
unlocked vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import Operator, SubjectSummary
from mlid_desktop.gui.state.bridge import Bridge
from mlid_desktop.gui.state.gallery_warming import GalleryWarming
from mlid_desktop.gui.state.model_installation import ModelInstallation
from mlid_desktop.gui.state.people_index import TOLD_BY_VAULT, Indices, Part, PeopleIndex, Query, day_began
from mlid_desktop.gui.state.source_choices import SourceChoice, added_choice, preferred_source, source_choices
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.capture.handoff import FINGER_PATIENCE_S
from mlid_desktop.station.configuration.desk_sources import DeskSources
from mlid_desktop.station.services.pending_work import PendingWork
from mlid_desktop.station.threads import ThreadRole, Worker

if TYPE_CHECKING:
    from concurrent.futures import Future

    from mlid_desktop.station.assemble import Station
    from mlid_desktop.station.services.suspicion_recorder import Attempted
    from mlid_desktop.station.session import StationSession

CAPTURES_END_S = 2.0  # that a lock waits for captures to be judged: a model looks at a picture in a fraction of it
NOT_SAID = Organisation()
VOICE_BEGINS_S = 0.0  # after its page is shown: the room is heard while what is asked is read
FEW = 2000  # people who are looked through in less time than handing the question to another thread takes
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Unlocked:
    """The state of an unlocked vault that the GUI thread may read without asking the vault thread."""

    session: StationSession
    operator: Operator
    demo: bool
    people_index: PeopleIndex
    choices: tuple[SourceChoice, ...]
    added: tuple[SourceChoice, ...] = ()
    organisation: Organisation = NOT_SAID

    @property
    def people(self) -> tuple[SubjectSummary, ...]:
        """Everybody who is enrolled."""
        return self.people_index.people


class Workspace(QObject):
    """The window's access to the station. Every signal is emitted on the GUI thread."""

    opened = Signal()
    closed = Signal()
    people_changed = Signal()
    sources_changed = Signal()
    engines_changed = Signal()
    pending_changed = Signal()
    language_changed = Signal()
    callers_changed = Signal()
    register_made = Signal()
    models_wanted = Signal()  # by a page that cannot capture for want of them
    organisation_wanted = Signal()  # by a page that cannot say who asks
    suspected = Signal(object)  # a session that a suspicion ended after its capture was left
    failed = Signal(object)

    def __init__(self, station: Station, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self.station, self.theme, self.bridge = station, theme, bridge
        self.language = station.language
        self.vault_worker = Worker(ThreadRole.VAULT)
        self.inference_worker = Worker(ThreadRole.INFERENCE)
        self.model_installation = ModelInstallation(station, bridge)
        self.warming = GalleryWarming(self)
        self.pending = PendingWork()
        self._sources = DeskSources(station.settings.state)
        self.wanted = self._sources.in_use()
        self.engine_faults: dict[Modality, MlidError | None] = {}
        self.finger_patience_s, self.voice_begins_s = FINGER_PATIENCE_S, VOICE_BEGINS_S
        self.last_operator = ""  # who was here before the vault was locked; nowhere kept
        self.last_in_step: datetime | None = None  # when this desk last agreed with its register, before that
        self._added: tuple[SourceChoice, ...] = ()
        self._unlocked: Unlocked | None = None
        self._locking: Future[None] | None = None
        self.sources_changed.connect(self._prepare_sources)

    @property
    def unlocked(self) -> Unlocked:
        """The unlocked vault. A page that asks while it is locked has a bug."""
        if self._unlocked is None:
            raise RuntimeError("the vault is locked")
        return self._unlocked

    @property
    def is_open(self) -> bool:
        """Whether a vault is unlocked."""
        return self._unlocked is not None

    def source(self, modality: Modality) -> SourceChoice | None:
        """The source in use for a modality; None where nothing can deliver it."""
        return preferred_source(self.unlocked.choices, modality, self.wanted.get(modality, ""))

    def can_capture(self, modality: Modality) -> bool:
        """Whether a device and the models are there that capturing this takes."""
        return self.source(modality) is not None and self.engine_faults.get(modality) is None

    def choose_source(self, choice: SourceChoice) -> None:
        """Puts this source to use from now on."""
        self.wanted[choice.modality] = choice.address
        self._sources.use(choice.modality, choice.address)
        self.sources_changed.emit()

    def add_source(
        self,
        untrusted_address: str,
        modality: Modality,
        added: Callable[[SourceChoice], None],
        failed: Callable[[MlidError], None],
    ) -> None:
        """Adds a stream or file to the list, now and for the next start, unless its address may hold a secret.
        ``failed`` is told DeviceError for what is no address, or of something that delivers no such characteristic.
        Readers and services are asked who they are, which may take them a while; nothing is captured yet."""
        address = untrusted_address.strip()

        def know(choice: SourceChoice) -> None:
            if self._unlocked is None:
                return
            others = tuple(other for other in self._unlocked.choices if other.address != choice.address)
            self._added = (choice, *(other for other in self._added if other.address != choice.address))
            self._sources.add(choice.address, modality)
            self._unlocked = replace(self._unlocked, choices=(choice, *others))
            self.sources_changed.emit()
            added(choice)

        def ask() -> SourceChoice:
            identity = self.station.open_untrusted(address, modality).identity
            return added_choice(address, modality, identity, self.language)

        self.on_vault(ask, know, failed)

    def is_added(self, choice: SourceChoice) -> bool:
        """Whether a source was added by its address."""
        return any(other.address == choice.address for other in self._added)

    def forget_source(self, choice: SourceChoice) -> None:
        """Takes a source that was added off the list."""
        self._added = tuple(other for other in self._added if other.address != choice.address)
        self._sources.forget(choice.address)
        others = tuple(other for other in self.unlocked.choices if other.address != choice.address)
        self._unlocked = replace(self.unlocked, choices=others)
        self.sources_changed.emit()

    def on_vault(
        self, task: Callable[[], T], done: Callable[[T], None], failed: Callable[[MlidError], None] | None = None
    ) -> None:
        """Runs a task on the vault thread. A fault goes to ``failed``; anything else is a bug and surfaces as one."""
        self.bridge.follow(self.vault_worker.submit(task), done, lambda error: self._sort(error, failed))

    def on_inference(
        self, task: Callable[[], T], done: Callable[[T], None], failed: Callable[[MlidError], None] | None = None
    ) -> None:
        """Runs a task as :meth:`on_vault`, on the inference thread."""
        self.bridge.follow(self.inference_worker.submit(task), done, lambda error: self._sort(error, failed))

    def on_vault_after_captures(self, task: Callable[[], object]) -> None:
        """Runs a task on the vault thread once the captures that were left have ended and what they showed is noted."""

        def hand_over() -> None:
            self.bridge.follow(self.vault_worker.submit(task), lambda _: None, lambda error: self._sort(error, None))

        self.inference_worker.submit(hand_over)

    def note_suspicion(self, session: Attempted) -> None:
        """A suspicion that was found without a capture under way, in what was left."""
        recorder = self.unlocked.session.suspicions
        self.on_vault(lambda: recorder.record_here(session), lambda _: self.refresh_pending())

    def open(self, folder: Path, name: str, passphrase: str, failed: Callable[[MlidError], None]) -> None:
        """Unlocks a vault."""
        self.on_vault(
            lambda: self._entered(self.station.unlock_vault(folder, name or None, passphrase)), self._enter, failed
        )

    def create(self, make: Callable[[], StationSession], failed: Callable[[MlidError], None]) -> None:
        """Creates a vault, by what the vault thread is to call for it, and unlocks it."""

        def create() -> Unlocked:
            return self._entered(make())

        self.on_vault(create, self._enter, failed)

    def lock(self) -> None:
        """Locks the vault: keys and everything read are dropped."""
        if self._unlocked is None:
            return
        session, self._unlocked = self._unlocked.session, None
        self.last_operator = session.operator.name
        self.engine_faults, self._added, self.pending = {}, (), PendingWork()
        self.warming.end()
        self._prepare_sources()
        self.closed.emit()
        self._end_captures(session)
        self._locking = self.vault_worker.submit(session.lock)
        self.bridge.follow(self._locking, lambda _: None, lambda error: self._sort(error, None))

    def refresh_people(self) -> None:
        """Reads the list of people again, after something was saved or erased."""
        session = self.unlocked.session
        self.warming.renew()
        self.on_vault(lambda: _people_of(session), self._know_people)

    def destroy_values(self, *, begun: bool = False) -> None:
        """Destroys values of the site's fields that are to be destroyed, some people at a time: between them the vault
        does what is asked at the desk. What a power cut interrupted goes on; ``begun``: some were destroyed already."""
        if self._unlocked is None:
            return

        def done(left: int) -> None:
            if left:
                self.destroy_values(begun=True)
            elif begun and self._unlocked is not None:
                self.refresh_people()

        self.on_vault(self._unlocked.session.site_fields.erase_next, done)

    def look_up(self, query: Query, wanted: Callable[[], bool], found: Callable[[Indices], None]) -> None:
        """Searches for people: at once where there are few, else on the vault thread, where a query that is not
        ``wanted`` any more when its turn comes is passed over."""
        unlocked, today = self.unlocked, day_began(self.station.clock.now())
        if len(unlocked.people) <= FEW and query.part not in TOLD_BY_VAULT:
            found(unlocked.people_index.find(query, today))
            return
        rights = unlocked.session.subject_rights

        def look() -> Indices | None:
            if not wanted():
                return None
            listed: frozenset[str] = frozenset()
            if query.part is Part.DUE:
                listed = frozenset(erasure.subject_id for erasure in rights.due())
            elif query.part is Part.EARLIER:
                listed = rights.to_renew()
            return unlocked.people_index.find(query, today, listed)

        def known(indices: Indices | None) -> None:
            if indices is not None and wanted() and self._unlocked is not None:
                found(indices)

        self.on_vault(look, known)

    def speak(self, code: str) -> None:
        """Changes the language; the window is translated."""
        if code != self.language.code:
            self.station.speak(code)
            self.language_changed.emit()

    def refresh_organisation(self) -> None:
        """Reads again who asks for consent here."""
        session = self.unlocked.session

        def known(organisation: Organisation) -> None:
            if self._unlocked is not None:
                self._unlocked = replace(self._unlocked, organisation=organisation)

        self.on_vault(lambda: session.administration.organisation(self.station.settings), known)

    def refresh_pending(self) -> None:
        """Reads again what waits for somebody: drafts, records that are due, a backup."""
        if self._unlocked is not None:
            self.on_vault(self._unlocked.session.pending_work, self._know_pending)

    def refresh_sources(self, done: Callable[[], None] = lambda: None) -> None:
        """Looks again which sources are connected."""
        session = self.unlocked.session

        def known(choices: tuple[SourceChoice, ...]) -> None:
            if self._unlocked is not None:
                self._unlocked = replace(self._unlocked, choices=(*self._added, *choices))
                self.sources_changed.emit()
                done()

        self.on_vault(lambda: self._found_sources(session), known)

    def _found_sources(self, session: StationSession) -> tuple[SourceChoice, ...]:
        """The sources that are connected, as this vault and its policy let them count. On the vault thread."""
        allows = session.policy.allows_virtual
        found, registered = self.station.devices(), session.registered_devices()
        return source_choices(found, registered, self.language, demo=session.demo, allows_virtual=allows)

    def shut_down(self) -> None:
        """Locks the vault, waits until keys and files are closed, and ends the threads, when the window closes."""
        unlocked, self._unlocked = self._unlocked, None
        self._prepare_sources()
        self.bridge.close()
        if unlocked is not None:
            self._end_captures(unlocked.session)
            self._locking = self.vault_worker.submit(unlocked.session.lock)
        if self._locking is not None:
            self._locking.result()
        self.inference_worker.stop()
        self.vault_worker.stop()
        self.station.chimes.close()

    def _end_captures(self, session: StationSession) -> None:
        """What the captures that were left have shown is judged and noted while there are keys to note it with; not
        for longer than that takes."""
        ended = self.inference_worker.submit(session.recognition.forget_galleries)
        with suppress(TimeoutError):
            ended.result(timeout=CAPTURES_END_S)

    def _do_on_vault(self, task: Callable[[], None]) -> None:
        """For the inference thread: returns when it is done."""
        self.vault_worker.submit(task).result()

    def _entered(self, session: StationSession) -> Unlocked:
        session.suspicions.on_vault = self._do_on_vault
        kept = tuple(self._kept_sources())
        choices = (*kept, *self._found_sources(session))
        people = _people_of(session)
        organisation = session.administration.organisation(self.station.settings)
        return Unlocked(session, session.operator, session.demo, people, choices, kept, organisation)

    def _kept_sources(self) -> Iterator[SourceChoice]:
        """The sources that were added at an earlier start, as far as they are still there."""
        for address, name in self._sources.added().items():
            with suppress(MlidError, ValueError):
                modality = Modality(name)
                identity = self.station.open_untrusted(address, modality).identity
                yield added_choice(address, modality, identity, self.language)

    def _enter(self, unlocked: Unlocked) -> None:
        self._unlocked, self._added = unlocked, unlocked.added
        self.opened.emit()
        self.destroy_values()
        self._warm(unlocked.session)

    def _warm(self, session: StationSession) -> None:
        """Loads models and galleries behind the window, so that the first capture and search do not wait for them."""
        pipelines = session.recognition.pipelines

        def look() -> dict[Modality, MlidError | None]:
            return {modality: pipelines.fault(modality) for modality in pipelines.modalities}

        def known(faults: dict[Modality, MlidError | None]) -> None:
            if self._unlocked is not None and self._unlocked.session is session:
                self.engine_faults = faults
                self.engines_changed.emit()
                self._prepare_sources()

        self.on_inference(look, known)
        self.warming.begin(session)

    def _prepare_sources(self) -> None:
        """Readies the sources in use behind the window, as far as that touches no device; none while it is locked."""
        chosen = [self.source(modality) for modality in Modality] if self.is_open else []
        self.station.prepare_sources(tuple(choice.address for choice in chosen if choice is not None))

    def _know_people(self, people_index: PeopleIndex) -> None:
        if self._unlocked is not None:
            self._unlocked = replace(self._unlocked, people_index=people_index)
            self.people_changed.emit()

    def _know_pending(self, pending: PendingWork) -> None:
        if self._unlocked is not None:
            self.pending = pending
            self.pending_changed.emit()

    def _sort(self, error: BaseException, failed: Callable[[MlidError], None] | None) -> None:
        if not isinstance(error, MlidError):
            raise error
        if failed is not None:
            failed(error)
        else:
            self.failed.emit(error)


def _people_of(session: StationSession) -> PeopleIndex:
    return PeopleIndex.of(session.subjects.everybody(), session.site_fields.schema())
