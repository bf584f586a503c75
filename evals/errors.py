"""What can go wrong with suites and reports, each said in words for their author.

SettingsError (ingest.errors)
├── SuiteError      a suite that cannot be run as it is written
└── ReportError     a report or baseline that cannot be read or written
"""

from ingest.errors import SettingsError


class SuiteError(SettingsError):
    """A suite cannot be run as it is written; one line each, with file and line."""


class ReportError(SettingsError):
    """A report or baseline cannot be read or written."""
