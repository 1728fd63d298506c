"""The small groups: scheduling, node, discovery, events, coordination, certificates, ..."""

from breakfix.embedded.kinds.misc.certificates import CertificateSigningRequests
from breakfix.embedded.kinds.misc.classes import (
    LeaseCandidates,
    Leases,
    PriorityClasses,
    RuntimeClasses,
)
from breakfix.embedded.kinds.misc.endpoint_slice import EndpointSlices
from breakfix.embedded.kinds.misc.events import NewEvents
from breakfix.embedded.kinds.misc.flow_control import (
    APIServices,
    DeviceClasses,
    FlowSchemas,
    PriorityLevels,
    ResourceClaims,
    ResourceClaimTemplates,
    ResourceSlices,
)
from breakfix.embedded.kinds.misc.reviews import (
    AccessReviews,
    LocalSubjectAccessReviews,
    Reviews,
    SubjectAccessReviews,
)
from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    "priorityclasses.scheduling.k8s.io": PriorityClasses(),
    "runtimeclasses.node.k8s.io": RuntimeClasses(),
    "endpointslices.discovery.k8s.io": EndpointSlices(),
    "events.events.k8s.io": NewEvents(),
    "leasecandidates.coordination.k8s.io": LeaseCandidates(),
    "leases.coordination.k8s.io": Leases(),
    "certificatesigningrequests.certificates.k8s.io": CertificateSigningRequests(),
    "flowschemas.flowcontrol.apiserver.k8s.io": FlowSchemas(),
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": PriorityLevels(),
    "apiservices.apiregistration.k8s.io": APIServices(),
    "resourceclaims.resource.k8s.io": ResourceClaims(),
    "resourceclaimtemplates.resource.k8s.io": ResourceClaimTemplates(),
    "resourceslices.resource.k8s.io": ResourceSlices(),
    "deviceclasses.resource.k8s.io": DeviceClasses(),
    "tokenreviews.authentication.k8s.io": Reviews(),
    "selfsubjectreviews.authentication.k8s.io": Reviews(),
    "selfsubjectrulesreviews.authorization.k8s.io": Reviews(),
    "selfsubjectaccessreviews.authorization.k8s.io": AccessReviews(),
    "subjectaccessreviews.authorization.k8s.io": SubjectAccessReviews(),
    "localsubjectaccessreviews.authorization.k8s.io": LocalSubjectAccessReviews(),
}
