from tests.component.identity.running import bound_identity, identity, simulators

__all__ = ["bound_identity", "identity", "simulators"]
