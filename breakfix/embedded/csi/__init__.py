"""Container Storage Interface: drivers, their sidecars, and how a kubelet finds them."""
