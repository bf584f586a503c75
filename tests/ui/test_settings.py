"""Without accounts the page is for the machine that it runs on."""

import socket
from pathlib import Path

import pytest

from ingest.errors import SettingsError
from ui.settings import PageSettings

OUTSIDE = ["0.0.0.0", "192.168.1.7", "::", "example.org", "127.0.0.1.org"]


@pytest.fixture
def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize("host", OUTSIDE)
def test_an_address_that_others_reach_is_refused_without_accounts(host: str) -> None:
    with pytest.raises(SettingsError, match="there are no accounts"):
        PageSettings.from_environment({"SIC_HOST": host})


@pytest.mark.parametrize("host", ["", "127.0.0.1", "localhost", "127.8.8.8"])
def test_the_machine_itself_is_listened_on(host: str, port: str) -> None:
    settings = PageSettings.from_environment({"SIC_HOST": host, "SIC_PORT": port})
    assert (settings.host, settings.port) == (host or "127.0.0.1", int(port))


def test_with_accounts_others_may_reach_it(port: str) -> None:
    given = {"SIC_HOST": "0.0.0.0", "SIC_PORT": port, "SIC_AUTH_FILE": "users.txt"}
    assert PageSettings.from_environment(given).auth_file == Path("users.txt")


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="cannot be used"):
            PageSettings.from_environment({"SIC_PORT": str(taken.getsockname()[1])})
