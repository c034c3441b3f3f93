"""Sub-commands that join several rooms; a room's own sub-command lies in the room."""
