"""Who may use the page: names, roles and hashed passwords of a file, logins, and their sessions.

The file has a line for each user, "NAME ROLE HASH", as `python -m ui add-user` writes it, and is
read again when it changes. A reader asks and proposes corrections; an editor also adds and removes
documents; an admin also accepts corrections, runs evals and reads the metrics.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock

from ingest.errata import write_whole
from ingest.errors import SettingsError, SicError

Role = Literal["reader", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SHORTEST_PASSWORD = 10
SESSION_SECONDS = 12 * 3600
"""How long a session lives that nothing is asked of."""
FAILURES = 5
"""Failed logins of a name after which it must wait, and ten times as many of an address."""
WAIT_SECONDS = 300
_SCRYPT = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26, "dklen": 32}
"""The cost of a guess: 32 MiB and a tenth of a second (RFC 7914)."""


class LoginError(SicError):
    """A login that is refused; the message is for who tried."""

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds
        """How long to wait before the next try."""
        waiting = f"There were too many failed logins. Wait {seconds:.0f} s."
        super().__init__(waiting if seconds else "There is no such name with this password.")


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. Without accounts there is one user, who is nameless and may do everything."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Tell whether the user may do what a role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


OWNER = User("", "admin")
"""The user of a page without accounts: whoever sits at the machine."""


@dataclass(frozen=True, slots=True)
class _Account:
    user: User
    hash: str


@dataclass(slots=True)
class _Session:
    account: _Account
    used: float


@dataclass(slots=True)
class _Failures:
    number: int
    last: float


class Accounts:
    """The users of a file and who is logged in. Threads may share it."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the file. Raises SettingsError, also if it names nobody."""
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._hashing = threading.Lock()
        self._sessions: dict[str, _Session] = {}
        self._failures: dict[tuple[str, str], _Failures] = {}
        self._proven: dict[bytes, _Account] = {}
        self._secret = secrets.token_bytes(32)
        self._stamp: tuple[int, int] = (0, 0)
        self._accounts: dict[str, _Account] = {}
        self._read()
        if not self._accounts:
            raise SettingsError(
                f"{path} names nobody, so nobody could log in. Run `python -m ui add-user NAME "
                "--role admin` first."
            )

    def log_in(self, name: str, password: str, address: str) -> str:
        """Return the token of a new session. Raises LoginError."""
        account = self._prove(name, password, address)
        token = secrets.token_urlsafe(32)
        with self._lock:
            now = self._clock()
            for old, session in list(self._sessions.items()):
                if now - session.used > SESSION_SECONDS:
                    del self._sessions[old]
            self._sessions[token] = _Session(account, now)
        return token

    def log_out(self, token: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(token, None)

    def find(self, token: str) -> User | None:
        """Return whose session a token is. Who is taken out of the file has none any more."""
        self._read()
        with self._lock:
            session, now = self._sessions.get(token), self._clock()
            if session is None:
                return None
            known = self._accounts.get(session.account.user.name)
            is_same = known is not None and known.hash == session.account.hash
            if not is_same or now - session.used > SESSION_SECONDS:
                del self._sessions[token]
                return None
            session.used = now
            return known.user if known else None

    def find_basic(self, header: str, address: str) -> User | None:
        """Return who sends an HTTP Basic header (RFC 7617). Raises LoginError if it is wrong."""
        self._read()
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise LoginError from error
        key = hmac.digest(self._secret, header.encode(), "sha256")
        proven = self._proven.get(key)
        if proven is None or self._accounts.get(name) != proven:
            self._proven.pop(key, None)
            proven = self._prove(name, password, address)
            self._proven[key] = proven
        return proven.user

    def _prove(self, name: str, password: str, address: str) -> _Account:
        """Return the account of a name and password. Raises LoginError."""
        self._read()
        watched = {("name", name): FAILURES, ("address", address): 10 * FAILURES}
        with self._hashing:
            self._require_patience(watched)
            account = self._accounts.get(name)
            is_right = check_password(password, account.hash if account else _NOBODY)
            with self._lock:
                if account and is_right:
                    self._failures.pop(("name", name), None)
                    return account
                for key in watched:
                    before = self._failures.get(key)
                    number = before.number + 1 if before else 1
                    self._failures[key] = _Failures(number, self._clock())
        raise LoginError

    def _require_patience(self, watched: dict[tuple[str, str], int]) -> None:
        with self._lock:
            now = self._clock()
            for key, failures in list(self._failures.items()):
                if now - failures.last > WAIT_SECONDS:
                    del self._failures[key]
            for key, most in watched.items():
                failed = self._failures.get(key)
                if failed and failed.number >= most:
                    raise LoginError(WAIT_SECONDS - (now - failed.last))

    def _read(self) -> None:
        """Read the file if it changed. Raises SettingsError: a broken one lets nobody in."""
        try:
            stat = self.path.stat()
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be read: {error.strerror}.") from error
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            accounts = _parse(self.path)
            with self._lock:
                self._accounts, self._stamp = accounts, stamp


def hash_password(password: str) -> str:
    """Return a salted hash: "scrypt$SALT$HASH", both base64."""
    salt = secrets.token_bytes(16)
    made = hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)
    return "$".join(["scrypt", *(base64.b64encode(part).decode() for part in (salt, made))])


def check_password(password: str, hashed: str) -> bool:
    """Tell whether a hash was made of a password."""
    _, salt, made = hashed.split("$")
    guess = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt), **_SCRYPT)
    return hmac.compare_digest(guess, base64.b64decode(made))


_NOBODY = hash_password(secrets.token_hex())
"""What the password of an unknown name is held against, so that it takes as long."""


def put_user(path: Path, name: str, role: Role, password: str) -> None:
    """Add a user to a file, or change role and password. Raises SettingsError."""
    if not name or any(not c.isprintable() or c.isspace() or c in ":#" for c in name):
        raise SettingsError(f"{name!r} is no name: give letters and digits, without spaces.")
    if len(password) < SHORTEST_PASSWORD:
        raise SettingsError(f"The password is too short: give {SHORTEST_PASSWORD} characters.")
    _change(path, name, f"{name} {role} {hash_password(password)}")


def remove_user(path: Path, name: str) -> None:
    """Take a user out of a file. Raises SettingsError."""
    if not path.is_file() or name not in _parse(path):
        raise SettingsError(f"There is no user {name} in {path}.")
    _change(path, name, None)


def _change(path: Path, name: str, line: str | None) -> None:
    """Take a name's line out of a file, and put another behind the rest."""
    with FileLock(path.with_name(f".{path.name}.lock")):
        if path.is_file():
            _parse(path)
        old = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        kept = [one for one in old if one.split()[:1] != [name]]
        lines = [*kept, *([line] if line else [])]
        write_whole(path, "".join(f"{one}\n" for one in lines), mode=0o600)


def _parse(path: Path) -> dict[str, _Account]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error
    accounts: dict[str, _Account] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, role, hashed = (*line.split(), "", "", "")[:3]
        known = next((one for one in ROLES if one == role), None)
        if known is None or not _is_hash(hashed) or name in accounts:
            raise SettingsError(
                f"{path}, line {number}: this is not a user of its own as `python -m ui add-user` "
                f"writes it (NAME {'|'.join(ROLES)} HASH)."
            )
        accounts[name] = _Account(User(name, known), hashed)
    return accounts


def _is_hash(text: str) -> bool:
    parts = text.split("$")
    if len(parts) != 3 or parts[0] != "scrypt":
        return False
    try:
        return all(len(base64.b64decode(part, validate=True)) >= 16 for part in parts[1:])
    except binascii.Error:
        return False
