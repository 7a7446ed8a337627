"""Typed faults: what stopped the work, as a code and facts that a sentence can be made of.

A bad capture is no fault: it is a value with a :class:`~mlid_desktop.domain.reasons.Reason`. A fault here is something
the operator or the supervisor must mend (a camera, a model file, a passphrase). Sentences for people are made from the
codes in ``station.text.errors``, nowhere else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

Fact = str | int | float


class Code(StrEnum):
    """Every fault the program can name; the part before the dot is its class of fault."""

    USAGE_BAD_ARGUMENT = "usage.bad_argument"
    USAGE_PATH_MISSING = "usage.path_missing"
    USAGE_UNKNOWN_SUBJECT = "usage.unknown_subject"
    USAGE_NEEDS_DEMO_VAULT = "usage.needs_demo_vault"
    USAGE_TEST_UNDER_WAY = "usage.test_under_way"
    USAGE_NO_TEST = "usage.no_test"
    USAGE_UNKNOWN_DRAFT = "usage.unknown_draft"
    USAGE_NUMBER_TAKEN = "usage.number_taken"
    USAGE_NUMBER_AMBIGUOUS = "usage.number_ambiguous"
    USAGE_NUMBER_NOT_SHARED = "usage.number_not_shared"
    USAGE_FIELDS_INVALID = "usage.fields_invalid"
    USAGE_FIELD_INVALID = "usage.field_invalid"
    USAGE_FIELD_TAKEN = "usage.field_taken"
    USAGE_FIELDS_NOT_AGREED = "usage.fields_not_agreed"
    USAGE_FIELDS_BUSY = "usage.fields_busy"
    USAGE_FIELDS_PROBED = "usage.fields_probed"
    USAGE_LIST_UNREADABLE = "usage.list_unreadable"
    USAGE_BAD_DATASET = "usage.bad_dataset"
    USAGE_OUTPUT_UNWRITABLE = "usage.output_unwritable"
    USAGE_OUTPUT_EXISTS = "usage.output_exists"
    USAGE_OUTPUT_IS_INPUT = "usage.output_is_input"
    USAGE_OUTPUT_IN_VAULT = "usage.output_in_vault"
    USAGE_CONSENT_WITHDRAWN = "usage.consent_withdrawn"
    USAGE_RECORD_CHANGED = "usage.record_changed"
    USAGE_NO_PORTRAIT = "usage.no_portrait"
    USAGE_ATTEMPT_ENDED = "usage.attempt_ended"
    USAGE_TRY_LATER = "usage.try_later"
    USAGE_LOCKED_OUT = "usage.locked_out"
    USAGE_NOTHING_TO_RELEASE = "usage.nothing_to_release"
    USAGE_UNKNOWN_CALLER = "usage.unknown_caller"
    USAGE_ANSWER_INVALID = "usage.answer_invalid"
    USAGE_DESK_REFUSED = "usage.desk_refused"

    DEVICE_BAD_ADDRESS = "device.bad_address"
    DEVICE_NOT_FOUND = "device.not_found"
    DEVICE_BUSY = "device.busy"
    DEVICE_DENIED = "device.denied"
    DEVICE_LOST = "device.lost"
    DEVICE_STALLED = "device.stalled"
    DEVICE_CLOCK_STANDS = "device.clock_stands"
    DEVICE_DARK = "device.dark"
    DEVICE_NO_SAMPLES = "device.no_samples"
    DEVICE_BAD_MEDIA = "device.bad_media"
    DEVICE_KIND_NOT_READ = "device.kind_not_read"
    DEVICE_TOO_COSTLY = "device.too_costly"
    DEVICE_TOO_LARGE = "device.too_large"
    DEVICE_DRIVER_MISSING = "device.driver_missing"
    DEVICE_NOT_ALLOWED = "device.not_allowed"
    DEVICE_NO_IMAGE = "device.no_image"
    DEVICE_NO_FINGER = "device.no_finger"
    DEVICE_NOT_READY = "device.not_ready"
    DEVICE_FAILED = "device.failed"
    DEVICE_BAD_ANSWER = "device.bad_answer"
    DEVICE_UNTRUSTED = "device.untrusted"
    DEVICE_OVERFLOW = "device.overflow"
    DEVICE_BAD_SETTINGS = "device.bad_settings"

    MODEL_MANIFEST_INVALID = "model.manifest_invalid"
    MODEL_MISSING = "model.missing"
    MODEL_CHANGED = "model.changed"
    MODEL_UNUSABLE = "model.unusable"
    MODEL_FETCH_FAILED = "model.fetch_failed"
    MODEL_BUILD_FAILED = "model.build_failed"
    MODEL_EXTRACTOR_MISMATCH = "model.extractor_mismatch"
    MODEL_TEMPLATE_INVALID = "model.template_invalid"
    MODEL_RECORD_INVALID = "model.record_invalid"
    MODEL_EVALUATION_ONLY = "model.evaluation_only"
    MODEL_LOOKS_FOR_NO_ATTACK = "model.looks_for_no_attack"
    MODEL_UNCALIBRATED = "model.uncalibrated"
    MODEL_TOO_FEW_PEOPLE = "model.too_few_people"
    MODEL_POLICY_INVALID = "model.policy_invalid"
    MODEL_POLICY_BELOW_FLOOR = "model.policy_below_floor"
    MODEL_POLICY_NAME_TAKEN = "model.policy_name_taken"

    VAULT_NOT_FOUND = "vault.not_found"
    VAULT_EXISTS = "vault.exists"
    VAULT_ANOTHER = "vault.another"
    VAULT_IN_USE = "vault.in_use"
    VAULT_LOCKED = "vault.locked"
    VAULT_WRONG_PASSPHRASE = "vault.wrong_passphrase"
    VAULT_UNKNOWN_OPERATOR = "vault.unknown_operator"
    VAULT_TRY_LATER = "vault.try_later"
    VAULT_BAD_RECOVERY_CODE = "vault.bad_recovery_code"
    VAULT_NO_RECOVERY_CODE = "vault.no_recovery_code"
    VAULT_NO_DEVICE_SECRET = "vault.no_device_secret"
    VAULT_LAST_SUPERVISOR = "vault.last_supervisor"
    VAULT_SAME_PASSPHRASE = "vault.same_passphrase"
    VAULT_WEAK_PASSPHRASE = "vault.weak_passphrase"
    VAULT_NOT_PERMITTED = "vault.not_permitted"
    VAULT_SECOND_PERSON_NEEDED = "vault.second_person_needed"
    VAULT_SECOND_MUST_WAIT = "vault.second_must_wait"
    VAULT_SECOND_IS_NOBODY = "vault.second_is_nobody"
    VAULT_RECOVERY_CODE_ALONE = "vault.recovery_code_alone"
    VAULT_NOBODY_TO_SECOND = "vault.nobody_to_second"
    VAULT_DAMAGED = "vault.damaged"
    VAULT_ROLLED_BACK = "vault.rolled_back"
    VAULT_UNSUPPORTED_VERSION = "vault.unsupported_version"
    VAULT_EARLIER_FORMAT = "vault.earlier_format"
    VAULT_NO_BACKUP_OF_FORMAT = "vault.no_backup_of_format"
    VAULT_KDF_OUT_OF_BOUNDS = "vault.kdf_out_of_bounds"
    VAULT_DISK_FULL = "vault.disk_full"
    VAULT_UNWRITABLE = "vault.unwritable"
    VAULT_CLOCK_SET_BACK = "vault.clock_set_back"

    REGISTER_UNREACHABLE = "register.unreachable"
    REGISTER_UNVERIFIED = "register.unverified"
    REGISTER_NO_SERVICE = "register.no_service"
    REGISTER_SETTINGS = "register.settings"
    REGISTER_REFUSED = "register.refused"
    REGISTER_WRONG_PASSPHRASE = "register.wrong_passphrase"
    REGISTER_NO_DATABASE = "register.no_database"
    REGISTER_CERTIFICATE = "register.certificate"
    REGISTER_NO_ROOT = "register.no_root"
    REGISTER_SERVER_TOO_OLD = "register.server_too_old"
    REGISTER_NOT_PERMITTED = "register.not_permitted"
    REGISTER_NOT_A_DESK = "register.not_a_desk"
    REGISTER_EXISTS = "register.exists"
    REGISTER_MISSING = "register.missing"
    REGISTER_VERSION = "register.version"
    REGISTER_BEFORE_UPGRADE = "register.before_upgrade"
    REGISTER_CUTS_OFF = "register.cuts_off"
    REGISTER_ANOTHER = "register.another"
    REGISTER_BUSY = "register.busy"
    REGISTER_MOVED_ON = "register.moved_on"
    REGISTER_CROWDED = "register.crowded"
    REGISTER_READ_ONLY = "register.read_only"
    REGISTER_FULL = "register.full"
    REGISTER_FAULTY = "register.faulty"
    REGISTER_OUTCOME_UNKNOWN = "register.outcome_unknown"
    REGISTER_DAMAGED = "register.damaged"
    REGISTER_ROLLED_BACK = "register.rolled_back"
    REGISTER_FORKED = "register.forked"
    REGISTER_NOT_SET_BACK = "register.not_set_back"
    REGISTER_SEEN_ELSEWHERE = "register.seen_elsewhere"
    REGISTER_TOO_OLD_TO_MEND = "register.too_old_to_mend"
    REGISTER_KEYS_RENEWED = "register.keys_renewed"
    REGISTER_KEYS_AWAITED = "register.keys_awaited"
    REGISTER_LED_ELSEWHERE = "register.led_elsewhere"
    REGISTER_TOO_LONG_AGO = "register.too_long_ago"
    REGISTER_TRIED_ENOUGH = "register.tried_enough"
    REGISTER_NONE = "register.none"
    REGISTER_IN_ONE = "register.in_one"
    REGISTER_NO_APPLICANT = "register.no_applicant"
    REGISTER_NOT_ANSWERED = "register.not_answered"
    REGISTER_NO_SUCH_DESK = "register.no_such_desk"
    REGISTER_NOT_READY = "register.not_ready"
    REGISTER_SERVER_LACKS = "register.server_lacks"
    REGISTER_DUMP_UNREADABLE = "register.dump_unreadable"
    REGISTER_DUMP_PROGRAM = "register.dump_program"

    STATION_CHECK_RUNNING = "station.check_running"
    STATION_NO_DISPLAY = "station.no_display"
    STATION_SYSTEM_REFUSED = "station.system_refused"
    STATION_PORT_TAKEN = "station.port_taken"
    STATION_DESK_SILENT = "station.desk_silent"
    STATION_NO_WINDOW = "station.no_window"
    STATION_LINKS_UNSAFE = "station.links_unsafe"
    STATION_OUTPUT_LOST = "station.output_lost"
    STATION_OUT_OF_MEMORY = "station.out_of_memory"
    STATION_CHANGED = "station.changed"
    STATION_UNSIGNED = "station.unsigned"
    STATION_POLICY_INVALID = "station.policy_invalid"
    STATION_UPDATE_UNSIGNED = "station.update_unsigned"
    STATION_UPDATE_UNFIT = "station.update_unfit"
    STATION_UPDATE_OLDER = "station.update_older"
    STATION_UPDATE_REFUSED = "station.update_refused"
    STATION_UPDATE_UNDONE = "station.update_undone"

    @property
    def room(self) -> str:
        """The part of a code before the dot: ``usage``, ``device``, ``model``, ``vault``, ``register`` or
        ``station``."""
        return self.value.split(".", 1)[0]


class MlidError(Exception):
    """A fault with a code. ``facts`` fill the blanks of its sentence; they never hold biometric values, names or
    keys."""

    room: ClassVar[str] = ""

    def __init__(self, code: Code, **facts: Fact) -> None:
        if self.room and code.room != self.room:
            raise ValueError(f"{code} is not a fault of {self.room}")
        super().__init__(code.value)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        known = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code.value} ({known})" if known else self.code.value


class UsageError(MlidError):
    """The request itself cannot be carried out as asked: mend the request."""

    room = "usage"


class DeviceError(MlidError):
    """A source of samples (device, stream, file, simulation) cannot deliver."""

    room = "device"


class ModelError(MlidError):
    """A model, calibration, policy or template cannot be trusted or used."""

    room = "model"


class VaultError(MlidError):
    """The vault cannot be opened, read or written as asked. It is left as it was."""

    room = "vault"


class RegisterError(MlidError):
    """The register that several desks share cannot be reached, read or written as asked. What the desk holds is left as
    it was."""

    room = "register"


class StationError(MlidError):
    """The installed program itself cannot be trusted, updated or set up as asked."""

    room = "station"
