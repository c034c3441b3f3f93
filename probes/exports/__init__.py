"""Ways from a framework to a deployment target, one file each; see README.md."""
