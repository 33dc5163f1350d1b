from tests.pickups.conftest import counter

__all__ = ["counter"]
