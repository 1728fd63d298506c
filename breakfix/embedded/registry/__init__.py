"""One read or write, from asked to stored."""
