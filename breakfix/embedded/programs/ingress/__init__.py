"""The ingress controller of ingress-nginx, its webhook and what comes with its image."""
