"""One file for each command, apart from what the commands share."""
