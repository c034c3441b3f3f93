"""The terminal app. Screens draw what the desk holds; none of them decides or keeps anything."""
