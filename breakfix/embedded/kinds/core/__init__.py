"""The core group: what is particular to each of its kinds.

Subresources that change more than the status have a strategy of their own, named as
"pods/resize"; their `prepare_update` and `validate_update` are called in place of the kind's.
"""

from __future__ import annotations

from breakfix.embedded.kinds.core.config import ConfigMaps, Secrets
from breakfix.embedded.kinds.core.controllers import PodTemplates, ReplicationControllers
from breakfix.embedded.kinds.core.endpoints import Bindings, Endpoints, ServiceAccounts
from breakfix.embedded.kinds.core.events import Events
from breakfix.embedded.kinds.core.limit_ranges import LimitRanges
from breakfix.embedded.kinds.core.namespaces import NamespaceFinalize, Namespaces
from breakfix.embedded.kinds.core.nodes import Nodes
from breakfix.embedded.kinds.core.pods import PodEphemeralContainers, PodResize, Pods
from breakfix.embedded.kinds.core.quotas import ResourceQuotas
from breakfix.embedded.kinds.core.services import Services
from breakfix.embedded.kinds.core.volume_claims import PersistentVolumeClaims
from breakfix.embedded.kinds.core.volumes import PersistentVolumes
from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    "bindings": Bindings(),
    "configmaps": ConfigMaps(),
    "endpoints": Endpoints(),
    "events": Events(),
    "limitranges": LimitRanges(),
    "namespaces": Namespaces(),
    "namespaces/finalize": NamespaceFinalize(),
    "nodes": Nodes(),
    "persistentvolumeclaims": PersistentVolumeClaims(),
    "persistentvolumes": PersistentVolumes(),
    "pods": Pods(),
    "pods/binding": Bindings(),
    "pods/ephemeralcontainers": PodEphemeralContainers(),
    "pods/resize": PodResize(),
    "podtemplates": PodTemplates(),
    "replicationcontrollers": ReplicationControllers(),
    "resourcequotas": ResourceQuotas(),
    "secrets": Secrets(),
    "serviceaccounts": ServiceAccounts(),
    "services": Services(),
}
