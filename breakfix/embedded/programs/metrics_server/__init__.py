"""metrics-server: kubelets scraped, metrics.k8s.io served."""
