"""Every report format that the suite ships: pure functions of the record."""

from typing import Final

ALL: Final = {
    "html": "audit_reports.html:FORMAT",
    "junit": "audit_reports.junit:FORMAT",
    "notebook": "audit_reports.notebook:FORMAT",
    "summary": "audit_reports.summary:FORMAT",
    "annotations": "audit_reports.annotations:FORMAT",
    "terminal": "audit_reports.terminal:FORMAT",
}
