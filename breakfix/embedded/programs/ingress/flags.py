"""The flags of ingress-nginx's controller, with their defaults."""

from __future__ import annotations

FLAGS = {
    "ingress-class": "nginx", "controller-class": "k8s.io/ingress-nginx", "publish-service": "",
    "publish-status-address": "", "default-backend-service": "", "election-id":
    "ingress-controller-leader", "configmap": "", "watch-ingress-without-class": "false",
    "watch-namespace": "", "http-port": "80", "https-port": "443", "healthz-port": "10254",
    "validating-webhook": "", "validating-webhook-certificate": "", "validating-webhook-key": "",
    "default-ssl-certificate": "", "update-status": "true", "enable-metrics": "false", "v": "2",
    "report-node-internal-ip-address": "false", "tcp-services-configmap": "",
    "udp-services-configmap": "", "enable-ssl-passthrough": "false", "ingress-class-by-name":
    "false", "disable-leader-election": "false", "sync-rate-limit": "0.3", "version": "false",
    "update-status-on-shutdown": "true", "shutdown-grace-period": "0", "annotations-prefix":
    "nginx.ingress.kubernetes.io", "apiserver-host": "", "watch-namespace-selector": "",
    "enable-ssl-chain-completion": "false", "metrics-per-host": "true", "election-ttl": "30s",
    "disable-catch-all": "false", "enable-annotation-validation": "true", "deep-inspect": "true",
    "dynamic-configuration-retries": "15", "health-check-path": "/healthz",
    "force-namespace-isolation": "false", "profiling": "true", "logtostderr": "true",
    "disable-svc-external-name": "false", "disable-full-test": "false", "time-buckets": "",
    "post-shutdown-grace-period": "10", "disable-sync-events": "false", "status-port": "10246",
    "stream-port": "10247", "profiler-port": "10245", "maxmind-edition-ids": "",
    "enable-topology-aware-routing": "false", "status-update-interval": "60",
}  # fmt: skip
