"""Accounts: a file of hashed passwords, logins that cannot be guessed, sessions that end."""

import base64
import io
from pathlib import Path

import pytest

from ingest.errors import SettingsError
from tests.evals.scripted import cite, make_answer
from ui import accounts as module
from ui.__main__ import main
from ui.accounts import (
    FAILURES,
    SESSION_SECONDS,
    WAIT_SECONDS,
    Accounts,
    LoginError,
    User,
    put_user,
    remove_user,
)
from ui.conversations import Conversations

PASSWORD = "correct horse battery"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module._SCRYPT, "n", 2)
    monkeypatch.setattr(module, "_NOBODY", module.hash_password("nobody's"))


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.txt"
    put_user(path, "ann", "admin", PASSWORD)
    put_user(path, "ray", "reader", PASSWORD)
    return path


def test_the_file_has_no_password_and_is_its_owners(users: Path) -> None:
    assert PASSWORD not in users.read_text()
    assert users.stat().st_mode & 0o077 == 0
    lines = users.read_text().splitlines()
    assert [line.split()[:2] for line in lines] == [["ann", "admin"], ["ray", "reader"]]
    assert lines[0].split()[2] != lines[1].split()[2], "each hash has a salt of its own"


def test_a_login_opens_a_session_that_ends(users: Path) -> None:
    clock = Clock()
    accounts = Accounts(users, clock)
    token = accounts.log_in("ray", PASSWORD, "1.2.3.4")
    clock.now += SESSION_SECONDS - 1
    assert accounts.find(token) == User("ray", "reader")
    clock.now += SESSION_SECONDS + 1
    assert accounts.find(token) is None
    token = accounts.log_in("ray", PASSWORD, "1.2.3.4")
    accounts.log_out(token)
    assert accounts.find(token) is None
    assert accounts.find("x") is None


def test_who_is_taken_out_or_has_a_new_password_is_out_at_once(users: Path) -> None:
    accounts = Accounts(users)
    ann, ray = (accounts.log_in(name, PASSWORD, "a") for name in ("ann", "ray"))
    put_user(users, "ann", "admin", PASSWORD + "!")
    remove_user(users, "ray")
    assert accounts.find(ann) is None
    assert accounts.find(ray) is None
    with pytest.raises(LoginError):
        accounts.log_in("ray", PASSWORD, "a")


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_guesses_have_to_wait_and_so_does_the_right_one(users: Path, name: str) -> None:
    clock = Clock()
    accounts = Accounts(users, clock)
    for _ in range(FAILURES):
        with pytest.raises(LoginError, match="no such name"):
            accounts.log_in(name, "guess", "1.2.3.4")
    with pytest.raises(LoginError, match=f"Wait {WAIT_SECONDS} s"):
        accounts.log_in(name, PASSWORD, "5.6.7.8")
    assert accounts.log_in("ray", PASSWORD, "1.2.3.4")
    clock.now += WAIT_SECONDS + 1
    if name == "ann":
        assert accounts.log_in("ann", PASSWORD, "1.2.3.4")


def test_an_address_that_tries_many_names_has_to_wait(users: Path) -> None:
    accounts = Accounts(users, Clock())
    for number in range(10 * FAILURES):
        with pytest.raises(LoginError, match="no such name"):
            accounts.log_in(f"name-{number}", "guess", "1.2.3.4")
    with pytest.raises(LoginError, match="Wait"):
        accounts.log_in("ray", PASSWORD, "1.2.3.4")
    assert accounts.log_in("ray", PASSWORD, "5.6.7.8")


def test_programs_send_name_and_password_each_time(users: Path) -> None:
    def header(text: str) -> str:
        return "Basic " + base64.b64encode(text.encode()).decode()

    accounts = Accounts(users)
    for _ in range(2):
        assert accounts.find_basic(header(f"ray:{PASSWORD}"), "a") == User("ray", "reader")
    assert accounts.find_basic("Bearer x", "a") is None
    for wrong in (header("ray:x"), header("x"), "Basic %%%", "Basic /w=="):
        with pytest.raises(LoginError):
            accounts.find_basic(wrong, "a")
    remove_user(users, "ray")
    with pytest.raises(LoginError):
        accounts.find_basic(header(f"ray:{PASSWORD}"), "a")


@pytest.mark.parametrize(
    "line",
    ["ann admin", "ann king scrypt$a$b", "eve admin scrypt$AAAA$AAAA", "eve admin x$y$z"],
)
def test_a_broken_file_lets_nobody_in_and_is_named_with_its_line(users: Path, line: str) -> None:
    accounts = Accounts(users)
    token = accounts.log_in("ann", PASSWORD, "a")
    good = users.read_text()
    users.write_text(f"# users\n{good}{line}\n")
    with pytest.raises(SettingsError, match="line 4"):
        accounts.find(token)
    users.write_text(good)
    assert accounts.find(token)


def test_the_command_adds_changes_and_removes_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "team" / "users.txt"
    path.parent.mkdir()
    path.write_text("# our team\n")
    monkeypatch.setenv("SIC_AUTH_FILE", str(path))
    monkeypatch.setenv("SIC_STORE", str(tmp_path))
    kept = Conversations(tmp_path)
    for name in ("ann", "bob"):
        kept.keep(name, "", 0, make_answer(("It is.", cite(1, "It was built in 1931"))))

    def run(*arguments: str, password: str = PASSWORD) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return main([*arguments])

    assert run("add-user", "ann", "--role", "admin") == 0
    assert run("add-user", "ann", "--role", "editor") == 0
    assert Accounts(path).log_in("ann", PASSWORD, "a")
    assert path.read_text().startswith("# our team\nann editor scrypt$")
    assert run("add-user", "bob", password="short") == 2
    assert run("add-user", "b o b") == 2
    assert run("add-user", "b:b") == 2
    assert run("remove-user", "zoe") == 2
    assert "There is no user zoe" in capsys.readouterr().err
    assert run("remove-user", "ann") == 0
    assert "Conversations deleted: 1." in capsys.readouterr().out
    assert [len(kept.find(name)) for name in ("ann", "bob")] == [0, 1], "a new ann has none of it"
    assert path.read_text() == "# our team\n"
    with pytest.raises(SettingsError, match="names nobody"):
        Accounts(path)
