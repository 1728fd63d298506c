"""What kubectl get prints."""
