"""What the network is fed: augmented pictures, or features computed once and cached."""
