"""The simulated network: addresses, connections, Services, policies and DNS."""
