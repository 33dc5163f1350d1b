#!/usr/bin/env python
import os
import sys

# These work on files alone; a container image is built with them where no engine can run.
WITHOUT_ENGINES = {
    "help",
    "version",
    "--help",
    "--version",
    "collectstatic",
    "compilemessages",
    "makemessages",
    "diffsettings",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creatorshop.settings")
    try:
        from django.core.management import execute_from_command_line

        from creatorshop import embedded
    except ImportError as error:
        sys.exit(f"{error}. Run `make setup` first, and then this with .venv/bin/python.")
    if len(sys.argv) > 1 and not WITHOUT_ENGINES & {sys.argv[1], *sys.argv[-1:]}:
        try:
            embedded.ensure_running()
        except embedded.EngineFailed as failure:
            sys.exit(str(failure))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
