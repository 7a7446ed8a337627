"""The session of an unlocked vault: one service for each use case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.station.administration.figures import FigureService
from mlid_desktop.station.administration.register.newcomers import NewcomerService
from mlid_desktop.station.administration.register.service import RegisterService
from mlid_desktop.station.administration.trust_anchors import DeviceTrust
from mlid_desktop.station.administration.vault_admin import VaultAdmin
from mlid_desktop.station.administration.vault_administration import VaultAdministration
from mlid_desktop.station.attack_tests.service import AttackTestService
from mlid_desktop.station.external_requests.service import ExternalRequestService
from mlid_desktop.station.services.attempt_releases import AttemptReleases
from mlid_desktop.station.services.enrolment import EnrolmentService
from mlid_desktop.station.services.identification import IdentificationService
from mlid_desktop.station.services.importing.bulk_import import BulkImportService
from mlid_desktop.station.services.pending_work import PendingWork, read_pending_work
from mlid_desktop.station.services.recognition.gallery_preparation import GalleryPreparation
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.site_fields import SiteFieldService
from mlid_desktop.station.services.subject_directory import SubjectDirectory
from mlid_desktop.station.services.subject_rights import PortraitService, SubjectRightsService
from mlid_desktop.station.services.suspicion_recorder import SuspicionRecorder
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.services.verification import VerificationService
from mlid_desktop.station.site_calibration.service import SiteCalibrationService


@dataclass(frozen=True, slots=True, eq=False)
class StationSession:
    """The services of an unlocked vault, until it is locked. All of them are for the vault thread but ``recognition``,
    which is for the inference thread. ``builtin``: faces are compared by the built-in models; ``looks_for_attacks``:
    pictures and masks before the camera are looked for."""

    vault_session: VaultSession = field(repr=False)
    recognition: Recognition
    galleries: GalleryPreparation
    suspicions: SuspicionRecorder
    releases: AttemptReleases
    subjects: SubjectDirectory
    enrolment: EnrolmentService
    verification: VerificationService
    identification: IdentificationService
    subject_rights: SubjectRightsService
    site_fields: SiteFieldService
    portraits: PortraitService
    bulk_import: BulkImportService
    administration: VaultAdministration
    attack_tests: AttackTestService
    site_calibration: SiteCalibrationService
    device_trust: DeviceTrust
    figures: FigureService
    external_requests: ExternalRequestService
    register: RegisterService
    newcomers: NewcomerService
    builtin: bool = False
    looks_for_attacks: bool = True

    @classmethod
    def of(
        cls,
        vault_session: VaultSession,
        recognition: Recognition,
        admin: VaultAdmin,
        *,
        policies: Sequence[Policy] = (),
        builtin: bool = False,
        looks_for_attacks: bool = True,
    ) -> StationSession:
        """Builds every service on the same vault, policy and recognition; ``policies`` are those that the program
        ships."""
        suspicions = SuspicionRecorder(vault_session)
        recognition.record, recognition.touches = suspicions.record, suspicions.touches_of
        galleries = GalleryPreparation(vault_session, recognition)
        enrolment = EnrolmentService(vault_session, recognition, suspicions, galleries)
        return cls(
            vault_session,
            recognition,
            galleries,
            suspicions,
            AttemptReleases(vault_session),
            SubjectDirectory(vault_session),
            enrolment,
            VerificationService(vault_session, recognition, suspicions),
            IdentificationService(vault_session, recognition, suspicions, galleries),
            SubjectRightsService(vault_session),
            SiteFieldService(vault_session),
            PortraitService(vault_session),
            BulkImportService(vault_session, enrolment),
            VaultAdministration(vault_session, admin),
            AttackTestService(vault_session, recognition, looks_for_attacks=looks_for_attacks),
            SiteCalibrationService(vault_session, policies),
            DeviceTrust(vault_session),
            FigureService(vault_session),
            ExternalRequestService(vault_session),
            RegisterService(vault_session),
            NewcomerService(vault_session, recognition),
            builtin,
            looks_for_attacks,
        )

    @property
    def operator(self) -> Operator:
        """The operator who unlocked the vault."""
        return self.vault_session.operator

    @property
    def clock_is_wrong(self) -> bool:
        """Whether the machine's clock stands before what the vault has seen, or years after it."""
        return self.vault_session.clock_is_wrong

    def now(self) -> datetime:
        """The time that the vault goes by, UTC: the machine's clock as long as that can be true."""
        return self.vault_session.now()

    @property
    def demo(self) -> bool:
        """Whether the vault was made for demonstration."""
        return self.vault_session.demo

    @property
    def vault_id(self) -> str:
        """The vault's identifier, as certificates and reports name it."""
        return self.vault_session.vault.identity.vault_id

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.vault_session.policy

    def pending_work(self) -> PendingWork:
        """The pending work at the desk, as far as the operator may know of it. Raises VaultError."""
        return read_pending_work(self.vault_session)

    def registered_devices(self) -> tuple[DeviceIdentity, ...]:
        """The devices whose samples count as live here."""
        return self.vault_session.vault.settings.devices()

    def confirm_second(self, name: str, passphrase: str) -> SecondPerson:
        """Confirms the second operator of an act that takes two, by passphrase. Raises VaultError where the passphrase
        is wrong or it is the same person."""
        return self.vault_session.vault.operators.confirm_second(name, passphrase)

    def lock(self) -> None:
        """Wipes the keys and closes the vault."""
        self.vault_session.vault.lock()
