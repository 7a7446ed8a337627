"""What a program of the site needs to ask a desk: pairing, signed requests, and answers that are verified.

It imports the standard library and the cryptography package, and nothing else of the product.
"""

from mlid_desktop.client.answers import AnswerNotValidError, CheckedCharacteristic, DeskAnswer, ToldField, read_answer
from mlid_desktop.client.desk_client import (
    DeskClient,
    DeskPairing,
    DeskQuestion,
    DeskRefusedError,
    DeskUnreachableError,
    RequestStatus,
    new_private_key,
    pair,
)
from mlid_desktop.client.patients import PatientNotUsableError, question_about, verified_patient

__all__ = [
    "AnswerNotValidError",
    "CheckedCharacteristic",
    "DeskAnswer",
    "DeskClient",
    "DeskPairing",
    "DeskQuestion",
    "DeskRefusedError",
    "DeskUnreachableError",
    "PatientNotUsableError",
    "RequestStatus",
    "ToldField",
    "new_private_key",
    "pair",
    "question_about",
    "read_answer",
    "verified_patient",
]
