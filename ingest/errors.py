"""The errors a person may meet, each with what was found, where, and what to do.

SicError
├── SettingsError      a setting or a command-line value that cannot work
├── WeightsError       model weights that are missing, incomplete or not the publisher's
├── LoadError          a file that cannot become a document
├── ErrataError        a registry of errata that cannot be read or changed as asked
└── StoreError         a store that cannot be read or written
    ├── StoreLockedError     another process owns it
    ├── StoreDamagedError    its files are not what they were written as
    └── StoreMismatchError   it was made with another embedding model
"""


class SicError(Exception):
    """Any failure that is explained to the user in one or two sentences."""


class SettingsError(SicError):
    """A setting or a command-line value cannot work."""


class WeightsError(SicError):
    """Model weights are missing, incomplete or not the publisher's."""


class LoadError(SicError):
    """A file cannot become a document."""


class ErrataError(SicError):
    """A registry of errata cannot be read, or not be changed as asked."""


class StoreError(SicError):
    """The store cannot be read or written."""


class StoreLockedError(StoreError):
    """Another process owns the store."""


class StoreDamagedError(StoreError):
    """The store's files are not what they were written as."""


class StoreMismatchError(StoreError):
    """The store was made with another embedding model."""
