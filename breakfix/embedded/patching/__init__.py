"""The four ways to change an object in part."""
