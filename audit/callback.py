"""An audit of the network that a `transformers.Trainer` is training, by one line in its script."""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from audit import jobs
from audit.config import Config, read
from audit.console import last_line
from audit.errors import AuditError, ConfigError, SubjectError, nearest
from audit.limits import Limit
from audit.models.text_folder import text_model
from audit.models.undisturbed import undisturbed
from audit.packages import needing
from audit.record import Decision, Record, Verdict
from audit.runner import prepare, run
from audit.saving import save

with needing("audit.TrainerCallback"):
    from transformers import TrainerCallback as _Callback

_CODES: Final = {verdict: float(code) for code, verdict in enumerate(Verdict)}
"""pass 0, inconclusive 1, error 2, fail 3: from best to worst."""

logger = logging.getLogger(__name__)


class TrainerCallback(_Callback):  # type: ignore[misc] # transformers has no types
    """Audit the network at the end of its training, or at each evaluation.

    The audit changes nothing in the training: the weights that come out are those of the same
    training without it, unless it stops it. Only the main process audits. What is wrong with the
    config or the data ends the training before its first step: the rows under test pass once for
    that. An audit that cannot be made later is logged with one sentence and a decision of "error",
    and the training goes on.

    Each gate is logged where the Trainer logs: in `trainer.state.log_history`, and in TensorBoard
    where the Trainer reports to it. `audit/GATE` is its number, with `audit/GATE low` and
    `audit/GATE high`, and `audit/GATE verdict` is 0 for pass, 1 inconclusive, 2 error, 3 fail;
    `audit/decision` is the exit status that the command would have (0 passed, 1 blocked, 3 error,
    4 inconclusive). The last line of each audit is written to stderr.

    Parameters
    ----------
    config : path
        Of `audit.toml`. `model.path` may be left out; it is not read.
    when : {"end", "evaluate"}
        At the end of the training, or at each evaluation.
    stop_beyond : mapping of str to float, optional
        By the name of a gate, what is beyond repair. The training is stopped at an evaluation where
        the whole interval of the gate's number lies beyond this value: above it for `at_most`,
        below it for `at_least`. Left out, nothing is stopped.
    out : path, optional
        Where each audit writes its bundle; left out, none is written.
    languages : sequence of str
        Of the pages of bundles.
    tokenizer : transformers.PreTrainedTokenizerFast, optional
        Left out, the one that was given to the Trainer as `processing_class`.
    log : callable, optional
        Takes what is logged, instead: `trainer.log` reaches every tracker that the Trainer reports
        to, such as Weights & Biases.

    Attributes
    ----------
    records : list of Record
        Of the audits that were made.
    problem : str
        Why the last audit could not be made; "" if it was.

    Raises
    ------
    ConfigError, SubjectError
        If the config, a gate in `stop_beyond`, or the data are not as they must be.

    Examples
    --------
    >>> trainer.add_callback(audit.TrainerCallback("audit.toml"))  # doctest: +SKIP

    """

    def __init__(  # noqa: PLR0913 - the options of an audit
        self,
        config: str | Path = "audit.toml",
        *,
        when: Literal["end", "evaluate"] = "end",
        stop_beyond: Mapping[str, float] | None = None,
        out: str | Path | None = None,
        languages: Sequence[str] = ("en", "zh-CN"),
        tokenizer: Any = None,  # noqa: ANN401 - transformers types say little
        log: Callable[[dict[str, float]], None] | None = None,
    ) -> None:
        self.path = Path(config)
        self.config = read(self.path, today=jobs.utc_now().date())
        self.when = when
        self.beyond = _beyond(self.config, stop_beyond or {}, when)
        self.out = None if out is None else Path(out)
        self.languages = tuple(languages)
        self.tokenizer = tokenizer
        self.log = log
        self.records: list[Record] = []
        self.problem = ""
        self._audited = -1

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ANN401, ARG002
        """Refuse what could not be audited before hours are spent on it."""
        self._audited = -1
        if state.is_world_process_zero:
            with undisturbed(given["model"]):
                prepare(self._job(given).job)

    def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> Any:  # noqa: ANN401
        """Audit, once a step however many sets are evaluated, and stop what is beyond repair."""
        if self.when != "evaluate" or state.global_step == self._audited:
            return control
        self._audited = state.global_step
        record = self._audit(args, state, given) if state.is_world_process_zero else None
        broken = self._broken(record) if record else []
        if broken:
            said = f"audit: the training stops: beyond repair are {', '.join(broken)}"
            _say(said)
        if _agreed(bool(broken), args):
            control.should_training_stop = True
        return control

    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ANN401, ARG002
        """Audit what the training ends with."""
        if self.when == "end" and state.is_world_process_zero:
            self._audit(args, state, given)

    def _audit(self, args: Any, state: Any, given: Mapping[str, Any]) -> Record | None:  # noqa: ANN401
        """Audit and log; None if it could not be done."""
        try:
            with undisturbed(given["model"]):
                record, line = self._record(self._job(given))
            self._log(_logged(record), args, state)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the training is not lost
            said = f": {problem}" if isinstance(problem, AuditError) else ""
            self.problem = f"{type(problem).__name__}{said}"
            logger.warning(
                "the audit at step %d could not be made; the training goes on: %s",
                state.global_step,
                self.problem,
            )
            self._log_error(args, state)
            _say(f"audit: ERROR step={state.global_step}")
            return None
        self.problem = ""
        self.records.append(record)
        _say(f"{line} step={state.global_step}")
        return record

    def _job(self, given: Mapping[str, Any]) -> jobs.Loaded:
        model = text_model(given["model"], self._tokenizer(given))
        return jobs.load(self.path, jobs.Options(out=self.out, model=model), now=jobs.utc_now())

    def _record(self, loaded: jobs.Loaded) -> tuple[Record, str]:
        """Return the record and its last line."""
        record = run(loaded.job)
        if self.out is None:
            return record, last_line(record)
        folder = save(loaded, record, self.out, self.languages)
        return record, last_line(record, folder / "report.html")

    def _tokenizer(self, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
        found = self.tokenizer if self.tokenizer is not None else given.get("processing_class")
        if found is None:
            msg = (
                "a network reads tokens, which only its tokenizer can make of a text; give it to "
                "the Trainer as processing_class, or to audit.TrainerCallback as tokenizer"
            )
            raise SubjectError(msg)
        return found

    def _broken(self, record: Record) -> list[str]:
        """Return the gates whose whole interval lies beyond what can be repaired."""
        return [
            f"{each.gate.name} ({each.estimate.low:.3g} to {each.estimate.high:.3g}, {limit})"
            for each in record.gates
            if (limit := self.beyond.get(each.gate.name)) is not None
            and each.estimate is not None
            and limit.broken_by(each.estimate)
        ]

    def _log(self, values: dict[str, float], args: Any, state: Any) -> None:  # noqa: ANN401
        if self.log is not None:
            self.log(values)
            return
        if "tensorboard" in args.report_to:
            _to_tensorboard(values, args, state)
        state.log_history.append({**values, "step": state.global_step})

    def _log_error(self, args: Any, state: Any) -> None:  # noqa: ANN401
        """Log where the numbers would stand; in the history alone, if logging is what failed."""
        failed = {"audit/decision": float(Decision.ERROR.exit_status)}
        try:
            self._log(failed, args, state)
        except Exception:  # noqa: BLE001 - whatever it is, the training is not lost
            state.log_history.append({**failed, "step": state.global_step})


def _say(line: str) -> None:
    """Write a line of its own to stderr, also where Trainer shows its bar."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    tqdm.write(line, file=sys.stderr)


def _beyond(config: Config, values: Mapping[str, float], when: str) -> dict[str, Limit]:
    """Return, by gate, the limit beyond which a training is stopped."""
    if values and when != "evaluate":
        msg = 'stop_beyond: needs when="evaluate"; at the end there is nothing left to stop'
        raise ConfigError(msg)
    demands = {each.title: each for each in (gate.demand() for gate in config.gate)}
    found = {}
    for name, value in values.items():
        if name not in demands:
            msg = f"stop_beyond: there is no gate {name!r}{nearest(name, demands)}"
            raise ConfigError(msg)
        high, low = demands[name].at_most, demands[name].at_least
        if (high is None) is (low is None):
            msg = f"stop_beyond: the gate {name!r} must have at_most or at_least"
            raise ConfigError(msg)
        if (high is not None and value < high) or (low is not None and value > low):
            msg = f"stop_beyond: {name!r} must be at least as loose as its limit, but is {value:g}"
            raise ConfigError(msg)
        found[name] = Limit.at_most(value) if high is not None else Limit.at_least(value)
    return found


def _logged(record: Record) -> dict[str, float]:
    found = {"audit/decision": float(record.decision.exit_status)}
    for each in record.gates:
        name = f"audit/{each.gate.name}"
        if each.estimate is not None:
            found[name] = each.estimate.value
            found |= {f"{name} low": each.estimate.low, f"{name} high": each.estimate.high}
        found[f"{name} verdict"] = _CODES[each.verdict]
    return found


def _to_tensorboard(values: Mapping[str, float], args: Any, state: Any) -> None:  # noqa: ANN401
    """Write beside what the Trainer itself writes: TensorBoard shows both as one run."""
    import os

    from torch.utils.tensorboard import SummaryWriter

    runs = [each for each in Path(args.output_dir, "runs").glob("*") if each.is_dir()]
    newest = max(runs, key=lambda each: each.stat().st_mtime, default=Path(args.output_dir, "runs"))
    folder = os.environ.get("TENSORBOARD_LOGGING_DIR") or newest
    with SummaryWriter(log_dir=str(folder), filename_suffix=".audit") as writer:
        for name, value in values.items():
            writer.add_scalar(name, value, state.global_step)


def _agreed(stop: bool, args: Any) -> bool:  # noqa: ANN401, FBT001 - what the main process decided
    """Return on every process what the main one decided; the others wait for its audit."""
    import torch
    from torch import distributed

    if not (distributed.is_available() and distributed.is_initialized()):
        return stop
    told = torch.tensor([float(stop)], device=args.device)
    distributed.broadcast(told, src=0)
    return bool(told.item())
