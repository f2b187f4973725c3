"""The invented town, walked in a real browser: each role from end to end, and every page by a crawl."""
