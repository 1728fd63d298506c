"""The structure of kinds: built-in ones from recorded facts, custom ones from their CRDs."""
