"""The kubelet's part of DNS: a container's /etc/resolv.conf, /etc/hosts and hostname."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from breakfix.embedded.objects import Object, name_of, namespace_of

MAX_NAMESERVERS, MAX_SEARCH, MAX_SEARCH_CHARACTERS, MAX_HOSTNAME = 3, 32, 2048, 63
CLUSTER_DOMAIN = "cluster.local"
HOSTS_HEADER = "# Kubernetes-managed hosts file.\n"
HOST_NETWORK_HEADER = "# Kubernetes-managed hosts file (host network).\n"
HOSTS = (
    "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n"
    "fe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"
)


@dataclass
class Dns:
    """What a resolv.conf says."""

    nameservers: list[str] = field(default_factory=list)
    search: list[str] = field(default_factory=list)
    options: dict[str, str | None] = field(default_factory=dict)

    def text(self) -> str:
        """As a file, in the runtime's order."""
        lines = [f"search {' '.join(self.search)}\n"] if self.search else []
        lines += [f"nameserver {server}\n" for server in self.nameservers]
        if self.options:
            shown = [n if v is None else f"{n}:{v}" for n, v in self.options.items()]
            lines.append(f"options {' '.join(shown)}\n")
        return "".join(lines)


def read_resolv_conf(text: str) -> Dns:
    """A resolv.conf; the last search line counts."""
    found = Dns()
    for line in text.replace("\r", "").splitlines():
        word, *rest = line.split("#")[0].split(";")[0].split() or [""]
        match word:
            case "nameserver" if rest:
                found.nameservers.append(rest[0])
            case "search":
                found.search = [name if name == "." else name.rstrip(".") for name in rest]
            case "domain" if rest:
                found.search = rest[:1]
            case "options":
                for option in rest:
                    name, colon, value = option.partition(":")
                    found.options[name] = value if colon else None
    return found


def resolv_conf(
    pod: Object, node: str, cluster_dns: Iterable[str], domain: str = CLUSTER_DOMAIN
) -> str:
    """A pod's resolv.conf; `node` is the node's own file."""
    return pod_dns(pod, read_resolv_conf(node), list(cluster_dns), domain).text()


def pod_dns(pod: Object, node: Dns, cluster_dns: list[str], domain: str = CLUSTER_DOMAIN) -> Dns:
    """By dnsPolicy, with dnsConfig added and limits kept."""
    spec = pod["spec"]
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    first = policy == "ClusterFirst" and not spec.get("hostNetwork")
    if policy == "None":
        found = Dns()
    elif cluster_dns and (first or policy == "ClusterFirstWithHostNet"):
        own = [f"{namespace_of(pod)}.svc.{domain}", f"svc.{domain}", domain]
        found = Dns(cluster_dns, _once([*own, *node.search]), {"ndots": "5"})
    else:
        found = Dns(list(node.nameservers), list(node.search), dict(node.options))
    return _limited(_extended(found, spec.get("dnsConfig") or {}))


def _extended(dns: Dns, config: Object) -> Dns:
    options = dns.options | {o["name"]: o.get("value") for o in config.get("options") or []}
    return Dns(
        _once([*dns.nameservers, *(config.get("nameservers") or [])]),
        _once([*dns.search, *(config.get("searches") or [])]), options,
    )  # fmt: skip


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _limited(dns: Dns) -> Dns:
    dns.nameservers = dns.nameservers[:MAX_NAMESERVERS]
    dns.search = dns.search[:MAX_SEARCH]
    while len(" ".join(dns.search)) > MAX_SEARCH_CHARACTERS:
        dns.search.pop()
    return dns


def hostname(pod: Object, domain: str = CLUSTER_DOMAIN) -> tuple[str, str]:
    """A pod's hostname, and its domain ("" without a subdomain)."""
    spec = pod["spec"]
    short = spec.get("hostname") or name_of(pod)[:MAX_HOSTNAME].rstrip("-.")
    subdomain = spec.get("subdomain")
    return short, f"{subdomain}.{namespace_of(pod)}.svc.{domain}" if subdomain else ""


def hosts_file(
    pod: Object, addresses: Iterable[str], node_hosts: str = "", domain: str = CLUSTER_DOMAIN
) -> str:
    """A pod's /etc/hosts; pods on the host network have the node's own with a header."""
    spec = pod["spec"]
    if spec.get("hostNetwork"):
        text = HOST_NETWORK_HEADER + node_hosts
    else:
        short, full = hostname(pod, domain)
        names = f"{short}.{full}\t{short}" if full else short
        text = HOSTS_HEADER + HOSTS + "".join(f"{address}\t{names}\n" for address in addresses)
    aliases = spec.get("hostAliases") or []
    if aliases:
        text += "\n# Entries added by HostAliases.\n"
        text += "".join(
            "\t".join([alias["ip"], *(alias.get("hostnames") or [])]) + "\n" for alias in aliases
        )
    return text


def read_hosts(text: str) -> list[tuple[str, list[str]]]:
    """An /etc/hosts: addresses with their names."""
    found = []
    for line in text.replace("\r", "").splitlines():
        words = line.split("#")[0].split()
        if len(words) > 1:
            found.append((words[0], words[1:]))
    return found
