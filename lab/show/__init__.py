"""What an MSEE shows: Azure's own tables, and what became of each prefix."""
