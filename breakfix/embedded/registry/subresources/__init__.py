"""The parts of a resource that have their own path: scale, binding, eviction, token, ..."""

from breakfix.embedded.registry.subresources.router import Subresources

__all__ = ["Subresources"]
