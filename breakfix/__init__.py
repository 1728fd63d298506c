"""breakfix: break-fix rounds on a Kubernetes cluster, timed, hinted and verified by behaviour."""

__version__ = "0.1.0"
