"""What scrap is worth: content x recovery x price - cost, with its range and sources, and what others paid."""
