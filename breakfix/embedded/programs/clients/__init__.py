"""Programs that ask the network: wget, curl, nc, dig, nslookup, ping and their kin."""
