"""The exchange's own database, apart from custody: people, offers, money, and what waits to be told to custody."""
