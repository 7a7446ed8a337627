"""Assembles the station: the only place where all parts of the program are put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mlid_desktop.decision.calibration_set import CalibrationSet
from mlid_desktop.decision.policy import Policy, read_policy
from mlid_desktop.decision.site_calibration.stored_calibration import substitute_site_calibrations
from mlid_desktop.devices.catalog import (
    address_for_finger,
    is_signed,
    list_devices,
    open_source,
    parse_address,
    prepare_sources,
    usual_modality,
)
from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.decoding.ready_streams import ReadyStreams
from mlid_desktop.devices.source_kind import DeviceListing
from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.ports import Clock, Pipeline, Source
from mlid_desktop.modalities.modality_row import ModalityRow, PipelineMaterials
from mlid_desktop.modalities.registry import REGISTRY, ROWS
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from mlid_desktop.station.administration.trust_anchors import anchors_of
from mlid_desktop.station.administration.vault_admin import VaultAdmin, refuse_migration
from mlid_desktop.station.administration.vault_policy import policy_in_force
from mlid_desktop.station.capture.admission import admit_source
from mlid_desktop.station.capture.pipelines import Pipelines
from mlid_desktop.station.capture.sound_output import CuePlayer, TonePlayer
from mlid_desktop.station.configuration.preferences import Preferences, read_preferences, write_preferences
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import Settings, read_settings
from mlid_desktop.station.configuration.shipped_rules import read_calibrations, read_policies
from mlid_desktop.station.installation.machine_time import boot_identifier, monotonic_with_sleep
from mlid_desktop.station.installation.self_check import Installation, SelfCheck
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.site_calibrations import site_calibrations_of
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.session import StationSession
from mlid_desktop.station.text.language import Language, available_languages, open_language
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, create_vault, unlock_vault

if TYPE_CHECKING:
    from mlid_desktop.domain.provenance import DeviceIdentity


class SystemClock:
    """The machine's own clocks as the domain's ``Clock``."""

    def now(self) -> datetime:
        """Wall-clock time, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards, those that the machine slept included."""
        return monotonic_with_sleep()

    def boot(self) -> str:
        """Identifier of the machine's start that ``monotonic`` counts from; empty where the system does not tell."""
        return boot_identifier()


class Station:
    """The workstation before a vault is unlocked: settings, policy, calibrations, models, language."""

    def __init__(self, settings: Settings, resources: Path, clock: Clock) -> None:
        self.settings = settings
        self.resources = resources
        self.clock = clock
        self.language: Language = open_language(resources / "translations", settings.language)
        self.policy: Policy = read_policy((resources / "policy" / f"{settings.policy}.toml").read_bytes())
        self.policies = read_policies(resources / "policy")
        self.shipped_policies = {policy.name: policy.identity.digest for policy in self.policies}
        self.calibrations = read_calibrations(resources / "calibration")
        self.manifest = Manifest.read(resources / "models" / "manifest.toml")
        self.builtin = Manifest.read(resources / "models" / "builtin" / "manifest.toml")
        self.chimes = CuePlayer(_speaker, on=settings.sounds)
        self.decoder, self.ready_streams = PictureDecoder(), ReadyStreams()
        self.self_check = SelfCheck(Installation.of_this_program(resources))

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that can be chosen; one alone where the administrator manages it."""
        if "language" in self.settings.managed:
            return (self.language.code,)
        return available_languages(self.resources / "translations")

    def speak(self, code: str) -> None:
        """Changes the language, now and for the next start."""
        self.language.become(open_language(self.resources / "translations", code))
        self._prefer(replace(read_preferences(self.settings.state), language=code))

    def chime(self, *, on: bool) -> None:
        """Turns the sounds beside the hints on or off, now and for the next start."""
        self.chimes.on = on
        self._prefer(replace(read_preferences(self.settings.state), sounds=on))

    def folder_of(self, kind: str) -> Path | None:
        """The folder in which a file of this kind was chosen last; None for none, or where it is gone."""
        kept = read_preferences(self.settings.state).folders.get(kind)
        return Path(kept) if kept and Path(kept).is_dir() else None

    def remember_folder(self, kind: str, folder: Path) -> None:
        """Keeps the folder in which a file of this kind was chosen, for the next time."""
        present = read_preferences(self.settings.state)
        if present.folders.get(kind) != str(folder):
            self._prefer(replace(present, folders={**present.folders, kind: str(folder)}))

    def _prefer(self, chosen: Preferences) -> None:
        write_preferences(self.settings.state, chosen)

    def models(self) -> ModelStore:
        """A new store of the installed models; the caller who opens one of them owns it."""
        return ModelStore(self.manifest, self.settings.models, threads=self.settings.threads)

    def _builtin_models(self) -> ModelStore:
        return ModelStore(self.builtin, self.resources / "models" / "builtin", threads=self.settings.threads)

    def pipelines(self, *, demo: bool = False, sparing: bool = False) -> Pipelines:
        """The pipelines of all modalities, none of them opened yet. A demo vault takes telephone sound too;
        ``sparing``: of samples that cannot be kept the less is extracted."""
        store, builtin = self.models(), self._builtin_models() if demo else None

        def opener(row: ModalityRow) -> Callable[[], Pipeline]:
            return lambda: row.open(PipelineMaterials(store, self.learnt(row.facts.modality), builtin, sparing))

        return Pipelines({modality: opener(row) for modality, row in REGISTRY.items()})

    def learnt(self, modality: Modality) -> Path:
        """The folder of a modality's cohort statistics and other constants learnt from many people."""
        return self.resources / modality.value

    def open_engine(self, modality: Modality, *, builtin: bool = False) -> Pipeline:
        """Opens a modality's pipeline for evaluation, with the model pack or with the built-in models. Raises
        ModelError."""
        small = REGISTRY[modality].builtin
        if not builtin or small is None:
            return self.pipelines().open(modality)
        return small.open(PipelineMaterials(self._builtin_models(), self.learnt(modality)))

    def needs_builtin(self, *, demo: bool) -> bool:
        """Whether a modality is compared by built-in models, for evaluation: in a demo vault without the model pack."""
        stand_ins = [row.builtin.missing_roles for row in ROWS if row.builtin is not None]
        return demo and not all(any(map(self._is_there, roles)) for roles in stand_ins)

    def looks_for_attacks(self, *, demo: bool) -> bool:
        """Whether pictures and masks are looked for before the camera: everywhere but in a demo vault that lacks a
        model for it."""
        needed = [role for row in ROWS if row.builtin is not None for role in row.builtin.attack_roles]
        return not demo or (not self.needs_builtin(demo=demo) and all(map(self._is_there, needed)))

    def create_vault(
        self, folder: Path, operator_name: str, passphrase: str, *, demo: bool, second: SecondFounder | None = None
    ) -> StationSession:
        """A new vault with its first supervisor, and with whoever founds it with them. Call on the vault thread.
        Raises VaultError, UsageError."""
        vault = create_vault(
            folder,
            operator_name=operator_name,
            passphrase=passphrase,
            demo=demo,
            clock=self.clock,
            cost=self.vault_admin().cost(),
            second=second,
        )
        return self._session(vault)

    def vault_admin(self) -> VaultAdmin:
        """The administration of locked vaults."""
        return VaultAdmin(self.settings.unlock_seconds, self.clock)

    def unlock_vault(self, folder: Path, operator_name: str | None, passphrase: str) -> StationSession:
        """Unlocks an existing vault; one of an earlier format is migrated by ``VaultAdmin.migrate`` first. Call on the
        vault thread. Raises VaultError."""
        return self._session(
            unlock_vault(
                folder,
                operator_name=operator_name,
                passphrase=passphrase,
                clock=self.clock,
                before_migration=refuse_migration,
            )
        )

    def open_source(
        self,
        untrusted_address: str,
        modality: Modality,
        session: StationSession,
        position: FingerPosition | None = None,
    ) -> Source:
        """Opens a source under the kind that this vault grants it; where it can be told, it is asked for the finger at
        this position. Call on the vault thread. Raises DeviceError."""
        address = parse_address(untrusted_address)
        if position is not None:
            address = address_for_finger(address, position)
        anchors = anchors_of(session.vault_session)
        source = open_source(address, modality, anchors, self.decoder, self.ready_streams)
        return admit_source(source, session.registered_devices(), allows_virtual=session.policy.allows_virtual)

    def open_untrusted(self, untrusted_address: str, modality: Modality) -> Source:
        """Opens a source without a vault, on whose samples nothing is ever decided. For evaluation and previews."""
        return admit_source(open_source(parse_address(untrusted_address), modality, decoder=self.decoder), ())

    def prepare_sources(self, untrusted_addresses: Sequence[str]) -> None:
        """Does ahead what sources in use do before their first sample and touches no device; returns at once."""
        prepare_sources(untrusted_addresses, self.ready_streams)

    def model_hashes(self, prefix: str) -> dict[str, str]:
        """SHA-256 of the default models whose role begins with ``prefix``, by file, for reports."""
        return {entry.file: entry.sha256 for entry in self.manifest.defaults if entry.role.startswith(prefix)}

    def usual_modality(self, untrusted_address: str) -> Modality:
        """The modality that the device at this address delivers. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
        return usual_modality(parse_address(untrusted_address))

    def is_signed(self, identity: DeviceIdentity) -> bool:
        """Whether certificates vouch for the samples of this device."""
        return is_signed(identity.scheme)

    def devices(self) -> tuple[DeviceListing, ...]:
        """The devices that are connected now."""
        return list_devices()

    def install_models(
        self, source: Path | None, progress: Callable[[str, float], None], alternatives: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Installs the pinned models, and the ``alternatives`` named by file, from a folder or from where they are
        published. Raises ModelError."""
        from mlid_desktop.models.install import install  # noqa: PLC0415 - late: brings an HTTP client

        folder, proxy = self.settings.models, self.settings.proxy
        done = install(self.manifest, folder, source=source, progress=progress, alternatives=alternatives, proxy=proxy)
        return tuple(done.installed)

    def _session(self, vault: Vault) -> StationSession:
        """Under the policy that supervisors keep in the vault, the shipped one where they keep none; never below the
        floors."""
        demo = vault.identity.demo
        try:
            builtin = self.needs_builtin(demo=demo)
            usual = self._evaluation_policy() if builtin else self.policy
            shipped_calibrations = self.calibrations_in_use(builtin=builtin)
            calibrations = substitute_site_calibrations(shipped_calibrations, site_calibrations_of(vault))
            policy = policy_in_force(vault, usual, self.shipped_policies)
            vault.audit.append("vault.unlocked", {"role": vault.operator.role.value, "policy": policy.identity.digest})
            whole, shipped = self.self_check.require_whole, self.shipped_policies
            vault_session = VaultSession(vault, policy, calibrations, self.clock, whole, shipped, shipped_calibrations)
            recognition = Recognition(self.pipelines(demo=demo, sparing=True), policy, calibrations)
            return StationSession.of(
                vault_session,
                recognition,
                self.vault_admin(),
                policies=self.policies,
                builtin=builtin,
                looks_for_attacks=self.looks_for_attacks(demo=demo),
            )
        except BaseException:
            vault.lock()
            raise

    def _evaluation_policy(self) -> Policy:
        return read_policy((self.resources / "policy" / "evaluation.toml").read_bytes())

    def calibrations_in_use(self, *, builtin: bool = False) -> CalibrationSet:
        """The calibrations of the extractors that the installed models make, with those of earlier ones beside."""
        found = self.calibrations
        for row in ROWS:
            variant = next((made for made in row.variants if all(map(self._is_there, made.roles))), None)
            if variant is not None:
                modality = row.facts.modality
                found = found.with_extractor(modality, variant.name, variant.earlier, variant.continuity)
            if row.succeeding_role and not self._is_there(row.succeeding_role):
                found = found.stepped_back(row.facts.modality)
        if not builtin:
            return found
        return replace(found, today={**found.today, **read_calibrations(self.resources / "calibration" / "builtin")})

    def _is_there(self, role: str) -> bool:
        return (self.settings.models / self.manifest.entry(role).file).exists()


def assemble(settings: Settings | None = None, clock: Clock | None = None) -> Station:
    """Assembles the station of this machine. Raises ModelError where a shipped policy, calibration or manifest is
    damaged."""
    return Station(settings or read_settings(), resource_folder(), clock or SystemClock())


def _speaker() -> TonePlayer:
    from mlid_desktop.devices.microphone.playback import Loudspeaker  # noqa: PLC0415 - drivers when asked for

    return Loudspeaker()
