"""From the bytes of an answer to customers, or to the error that the bytes call for. Pure."""
