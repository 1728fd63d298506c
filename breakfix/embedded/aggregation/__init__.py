"""API groups that other servers serve: APIService objects and the proxy to their Services."""
