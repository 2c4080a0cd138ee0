"""A practice's values in plain form and back: one wording for the practice file, database and pages."""
