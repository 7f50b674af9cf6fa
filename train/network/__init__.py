"""The network: timm backbone, pre-trained weights, frozen layers and a new head."""
