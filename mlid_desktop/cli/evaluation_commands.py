"""The command group ``mlid evaluate``, put together from one module for each modality."""

from __future__ import annotations

from mlid_desktop.cli import evaluate, evaluate_attack, evaluate_fusion, evaluate_search, evaluate_voice

evaluation_commands = evaluate.evaluate_commands
evaluate_voice.register(evaluation_commands)
evaluation_commands.command("fingerprint-search")(evaluate_search.evaluate_search)
evaluation_commands.command("attack")(evaluate_attack.evaluate_attack)
evaluation_commands.command("fusion")(evaluate_fusion.evaluate_fusion)
