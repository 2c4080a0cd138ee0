"""The TOML practice file: read with all its problems at once, rendered, compared and applied."""
