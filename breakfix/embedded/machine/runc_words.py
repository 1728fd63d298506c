"""How containerd begins to say that runc could not make a container."""

NOT_MADE = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed:"
    " runc create failed: "
)
NOT_STARTED = f"{NOT_MADE}unable to start container process: "
