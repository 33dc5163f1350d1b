from tests.drops.conftest import outside_world

__all__ = ["outside_world"]
