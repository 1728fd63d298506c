"""Objects, resourceVersions and watches."""
