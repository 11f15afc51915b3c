from tests.component.identity.running import bound_identity

__all__ = ["bound_identity"]
