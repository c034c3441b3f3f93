"""Rule files: reading them with line-exact errors, checking them completely, explaining them."""
