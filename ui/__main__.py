"""The accounts of the page: `python -m ui add-user | remove-user`, in the file of SIC_AUTH_FILE."""

import argparse
import sys
from getpass import getpass
from pathlib import Path

from ingest.command import run_command
from ingest.errors import SettingsError
from ingest.settings import IngestSettings, load_environment
from ui.accounts import ROLES, put_user, remove_user


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    environment = load_environment()
    parser = argparse.ArgumentParser(prog="python -m ui", description="Who may use the page.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add = commands.add_parser("add-user", help="add a user, or change role and password")
    add.add_argument("name")
    add.add_argument("--role", choices=ROLES, default="reader", help="(default: reader)")
    remove = commands.add_parser(
        "remove-user", help="take a user out, who is logged out at once; their history is deleted"
    )
    remove.add_argument("name")
    options = parser.parse_args(arguments)

    def work() -> int:
        file = environment.get("SIC_AUTH_FILE")
        if not file:
            raise SettingsError("Name the file of accounts in SIC_AUTH_FILE, such as users.txt.")
        if options.command == "add-user":
            put_user(Path(file), options.name, options.role, _ask_password(options.name))
            print(f"{options.name} may log in as {options.role}.")
        else:
            from ui.conversations import Conversations

            store = IngestSettings.from_environment(environment).store
            kept = Conversations(store) if store.is_dir() else None
            remove_user(Path(file), options.name)
            count = kept.delete_all(options.name) if kept else 0
            print(f"{options.name} is out. Conversations deleted: {count}.")
        return 0

    return run_command(work)


def _ask_password(name: str) -> str:
    """Ask for a password twice, or read a line where nobody sits at a terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass(f"Password of {name}: ")
    if getpass("Once more: ") != password:
        raise SettingsError("The two are not the same. Nothing was changed.")
    return password


if __name__ == "__main__":
    sys.exit(main())
