"""The pages of a record, and the bundle of a run."""

from collections.abc import Sequence
from pathlib import Path

from audit import record_json
from audit.catalogue import load_formats
from audit.evidence import Bundle, write
from audit.jobs import Loaded
from audit.record import Record


def save(loaded: Loaded, record: Record, out: Path, languages: Sequence[str]) -> Path:
    """Write the bundle of a run and return its folder."""
    keep = loaded.config.run.keep_predictions
    bundle = Bundle(
        record=record,
        config=loaded.content,
        units=loaded.job.subject.units if keep else None,
        pages=pages(record, languages),
    )
    folder = write(bundle, out)
    loaded.store.clear()
    return folder


def pages(record: Record, languages: Sequence[str]) -> dict[str, str]:
    """Render every format that has a file, by file name, from what results.json says."""
    record, made = record_json.load(record_json.dump(record)), {}
    for each in load_formats().values():
        if not each.file:
            continue
        for language in languages if each.per_language else languages[:1]:
            made[_file_name(each.file, language if each.per_language else "en")] = each.render(
                record, language
            )
    return made


def _file_name(file: str, language: str) -> str:
    """Return `report.html` in English, `report.zh-CN.html` in Chinese."""
    if language == "en":
        return file
    stem, dot, suffix = file.rpartition(".")
    return f"{stem}.{language}{dot}{suffix}"
