"""The README's promises, against what this project did not write: a package, so that `site` hides no module."""
