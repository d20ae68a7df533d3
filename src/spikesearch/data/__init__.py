"""Images: data sets as uint8 arrays, recorded splits, and augmentation batched on tensors."""
