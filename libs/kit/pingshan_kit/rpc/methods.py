"""The promise of an RPC in its proto: `option idempotency_level`."""

import pkgutil
from functools import cache
from importlib import import_module

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions


def is_repeatable(method: str) -> bool:
    """Returns whether sending `package.Service/VerbNoun` twice does what sending it once does: any level says so.

    Raises KeyError where no proto declares the method.
    """
    return _level(method) != MethodOptions.IDEMPOTENCY_UNKNOWN


def methods_of(package: str) -> list[MethodDescriptor]:
    """Returns all methods that a package's protos declare. Raises ModuleNotFoundError where there is no package."""
    found: list[MethodDescriptor] = []
    for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        if module.name.endswith("_pb2"):
            services = import_module(module.name).DESCRIPTOR.services_by_name.values()
            found += [method for service in services for method in service.methods]
    return found


@cache
def _level(method: str) -> "MethodOptions.IdempotencyLevel.ValueType":
    service = method.partition("/")[0]
    # Descriptors are known once their module is imported, and a caller may import it later than it asks.
    methods_of(service.rpartition(".")[0])
    found = descriptor_pool.Default().FindMethodByName(method.replace("/", "."))
    return found.GetOptions().idempotency_level
