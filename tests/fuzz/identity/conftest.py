from tests.component.identity.running import bound_identity, identity

__all__ = ["bound_identity", "identity"]
