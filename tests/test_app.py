"""The page is for the machine that it runs on, as long as it has no logins."""

import socket

import pytest

from app import read_address
from ingest.errors import SettingsError


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org", "127.0.0.1.org"])
def test_an_address_that_others_reach_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="no logins"):
        read_address({"SIC_HOST": host})


@pytest.mark.parametrize("host", ["", "127.0.0.1", "localhost", "127.8.8.8"])
def test_the_machine_itself_is_listened_on(host: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert read_address({"SIC_HOST": host, "SIC_PORT": str(port)}) == (host or "127.0.0.1", port)


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="cannot be used"):
            read_address({"SIC_PORT": str(taken.getsockname()[1])})
