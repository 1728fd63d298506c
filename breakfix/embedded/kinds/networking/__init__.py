"""The group networking.k8s.io."""

from breakfix.embedded.kinds.networking.ingress import IngressClasses, Ingresses
from breakfix.embedded.kinds.networking.network_policy import NetworkPolicies
from breakfix.embedded.kinds.networking.service_cidr import IPAddresses, ServiceCIDRs
from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    "ingresses.networking.k8s.io": Ingresses(),
    "ingressclasses.networking.k8s.io": IngressClasses(),
    "networkpolicies.networking.k8s.io": NetworkPolicies(),
    "servicecidrs.networking.k8s.io": ServiceCIDRs(),
    "ipaddresses.networking.k8s.io": IPAddresses(),
}
