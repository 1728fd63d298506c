"""CustomResourceDefinitions and the resources they make."""
