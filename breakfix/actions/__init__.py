"""Steps that change a cluster: for faults, and for the repairs of a proof."""
