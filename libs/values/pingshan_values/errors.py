"""The root of every refusal that a domain can state."""


class DomainError(Exception):
    """A rule refuses the act. The keyword arguments fill the sentences of the service's error table.

    Personal data must not be passed: the arguments reach logs and traces.
    """

    def __init__(self, **params: object) -> None:
        super().__init__(", ".join(f"{name}={value}" for name, value in params.items()))
        self.params = params
