"""The training loop, its optimizer, checkpoints and history."""
