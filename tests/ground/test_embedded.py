import os
import shutil
import signal
import subprocess
from pathlib import Path

from creatorshop.places import socket_folder
from tests.ground.desks import engines_of, run_at_desk, start_at_desk

WRITE = """
embedded.ensure_running()
import psycopg, redis
host = settings.DATABASES["default"]["HOST"]
with psycopg.connect(host=host, user="postgres", dbname="creatorshop", autocommit=True) as db:
    db.execute("CREATE TABLE IF NOT EXISTS visit (at timestamptz DEFAULT now())")
    db.execute("INSERT INTO visit DEFAULT VALUES")
    print(db.execute("SELECT count(*) FROM visit").fetchone()[0])
assert redis.Redis.from_url(settings.REDIS_URL).ping()
"""
STAY = WRITE + "print('here', flush=True); input()"


def come_in(data: Path, code: str = STAY, **more: str) -> subprocess.Popen[str]:
    """Return a user who has arrived, and stays until a line is typed."""
    user = start_at_desk(code, data=data, **more)
    assert user.stdout is not None
    printed = []
    while "here\n" not in printed:
        printed.append(user.stdout.readline())
        assert printed[-1], "".join(printed)  # an empty line means that it ended
    return user


def test_engines_start_by_themselves_keep_their_data_and_end_with_their_last_user(data: Path) -> None:
    first = run_at_desk(WRITE, data=data)
    second = run_at_desk(WRITE, data=data)

    assert (first, second) == ("1", "2")
    assert engines_of(data) == []


def test_whoever_comes_second_finds_the_engines_running_and_keeps_them_when_the_first_leaves(data: Path) -> None:
    early = come_in(data)
    running = {process.pid for process in engines_of(data)}
    late = come_in(data)

    early.communicate("\n")
    kept = {process.pid for process in engines_of(data)}
    late.communicate("\n")

    assert (len(running), kept) == (2, running)
    assert engines_of(data) == []


def test_engines_that_were_killed_start_again_with_their_data(data: Path) -> None:
    user = come_in(data)
    for process in engines_of(data):
        process.send_signal(signal.SIGKILL)
    user.kill()
    user.communicate()

    assert (socket_folder(data) / "valkey.sock").exists()  # what a killed server leaves behind
    assert (data / "postgres" / "postmaster.pid").exists()
    assert run_at_desk(WRITE, data=data) == "2"


def test_engines_outlive_a_killed_user_and_end_with_the_next_one(data: Path) -> None:
    user = come_in(data)
    user.kill()
    user.communicate()
    left = {process.pid for process in engines_of(data)}

    assert len(left) == 2
    assert run_at_desk(WRITE, data=data) == "2"
    assert engines_of(data) == []


def test_a_note_that_names_the_process_of_somebody_else_is_not_believed(data: Path) -> None:
    run_at_desk(WRITE, data=data)
    note = data / "postgres" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{data / 'postgres'}\n1700000000\n5432\n{socket_folder(data)}\n\n1 1\nready\n")

    assert run_at_desk(WRITE, data=data) == "2"


def test_a_copy_of_a_running_desk_is_a_desk_of_its_own(data: Path) -> None:
    copy = data.parent / "copy"
    user = come_in(data)
    shutil.copytree(data / "postgres", copy / "postgres", copy_function=shutil.copy2, ignore=_sockets)
    if os.geteuid() == 0:
        owner = (data / "postgres").stat()
        for path in (copy / "postgres", *(copy / "postgres").rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)

    in_the_copy = run_at_desk(WRITE, data=copy)
    still_running = len(engines_of(data))
    user.communicate("\n")

    assert (in_the_copy, still_running) == ("2", 2)
    assert run_at_desk(WRITE, data=data) == "2"  # the original never saw the copy's visit


def test_a_desk_deeper_than_a_socket_name_may_be_long_works_as_well(data: Path) -> None:
    deep = data / ("a" * 60) / ("b" * 60)

    assert run_at_desk(WRITE, data=deep) == "1"
    assert run_at_desk(WRITE, data=deep) == "2"
    assert socket_folder(deep).parent == Path("/tmp")
    shutil.rmtree(socket_folder(deep))


def test_nothing_starts_where_addresses_are_given(data: Path) -> None:
    given = {"DATABASE_URL": "postgresql://shop@db.example/shop", "REDIS_URL": "redis://redis.example/0"}

    printed = run_at_desk("embedded.ensure_running(); print(settings.DATABASES['default']['HOST'])", data=data, **given)

    assert printed == "db.example"
    assert not data.exists()


def test_only_the_engine_without_an_address_starts(data: Path) -> None:
    code = "embedded.ensure_running(); print('here', flush=True); input()"
    user = come_in(data, code, REDIS_URL="redis://redis.example/0")

    names = [process.name() for process in engines_of(data)]
    user.communicate("\n")

    assert names == ["postgres"]


def test_a_half_made_database_folder_is_made_again(data: Path) -> None:
    (data / "postgres.new" / "base").mkdir(parents=True)
    (data / "postgres.new" / "PG_VERSION").write_text("18\n")

    assert run_at_desk(WRITE, data=data) == "1"


def _sockets(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name.startswith(".s.")}
