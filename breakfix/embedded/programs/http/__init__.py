"""HTTP/1.1 for programs in containers: messages, clients, servers, the API."""
