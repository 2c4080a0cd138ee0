"""The frame around every route: host and size checks, who is asking, policies, CSRF, limits, headers, problems."""
