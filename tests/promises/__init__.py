"""The promises of the documentation, against what this project did not write: a package, so that `site` hides no module."""
