"""Which way packets take between a CE and Azure, hop by hop, there and back."""
