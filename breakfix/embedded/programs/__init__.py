"""What runs in containers: commands and servers, each an async function of a Process."""
