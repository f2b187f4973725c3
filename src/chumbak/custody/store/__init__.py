"""The store on disk: one log of records and its projections, in SQLite or PostgreSQL."""
